-- The tables of Loupe's first schema. Rules that the database itself keeps are in 0001_rules.sql.

create table workspace (
  id smallint primary key default 1 check (id = 1),
  name text not null default 'Loupe',
  four_eyes boolean not null default false,
  created_at timestamptz not null default now()
);
insert into workspace default values;

create table operators (
  id uuid primary key default uuidv7(),
  email varchar(320) not null unique check (email = lower(email) and email ~ '^[^@\s]+@[^@\s]+$'),
  name text not null default '' check (length(name) <= 200),
  role varchar(16) not null check (role in ('designer', 'lead', 'auditor', 'admin')),
  active boolean not null default true,
  is_local boolean not null default false,
  created_at timestamptz not null default now()
);
create unique index operators_one_local on operators (is_local) where is_local;

create table blobs (
  sha256 varchar(64) primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  size bigint not null check (size > 0),
  media_type varchar(64) not null,
  created_at timestamptz not null default now(),
  erased_at timestamptz,
  erased_reason text
);

create table pictures (
  sha256 varchar(64) primary key references blobs,
  format varchar(8) not null check (format in ('PNG', 'JPEG', 'WEBP')),
  width integer not null check (width between 1 and 16384),
  height integer not null check (height between 1 and 16384),
  alpha boolean not null,
  profile boolean not null,
  pixel_sha256 varchar(64) not null check (pixel_sha256 ~ '^[0-9a-f]{64}$'),
  phash bigint not null,
  preview_sha256 varchar(64) not null references blobs,
  thumb_sha256 varchar(64) not null references blobs,
  notes jsonb not null default '[]'
);
create index pictures_pixels on pictures (pixel_sha256);

create table assets (
  id uuid primary key default uuidv7(),
  name varchar(200) not null check (length(trim(name)) > 0),
  collection varchar(100) check (length(trim(collection)) > 0),
  tags text[] not null default '{}',
  created_by uuid not null references operators,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz,
  -- the newest version, and what a list shows of it: a page of the library then reads this one table
  head_id uuid,
  number integer,
  sha256 varchar(64) references pictures,
  format varchar(8),
  width integer,
  height integer,
  alpha boolean,
  thumb_sha256 varchar(64),
  words tsvector generated always as (asset_words(name, collection, tags)) stored,
  check (num_nulls(head_id, number, sha256, format, width, height, alpha, thumb_sha256) in (0, 8))
);
create unique index assets_name on assets (lower(name)) where archived_at is null;
create index assets_archived on assets (lower(name)) where archived_at is not null;
create index assets_newest on assets (updated_at desc, id desc) where archived_at is null;
create index assets_collection on assets (collection, updated_at desc, id desc) where archived_at is null;
create index assets_by_name on assets (lower(name), id) where archived_at is null;
create index assets_words on assets using gin (words);

create table templates (
  name varchar(64) primary key check (name ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  created_at timestamptz not null default now()
);

create table template_revisions (
  id uuid primary key default uuidv7(),
  name varchar(64) not null references templates,
  revision integer not null check (revision >= 1),
  title text not null,
  definition jsonb not null,
  source text not null,
  sha256 varchar(64) not null check (sha256 ~ '^[0-9a-f]{64}$'),
  state varchar(16) not null default 'proposed' check (state in ('proposed', 'approved', 'retired')),
  author_id uuid not null references operators,
  approved_by uuid references operators,
  self_approved boolean not null default false,
  created_at timestamptz not null default now(),
  approved_at timestamptz,
  retired_at timestamptz,
  unique (name, revision),
  check (self_approved = (approved_by is not null and approved_by = author_id)),
  check (state <> 'approved' or approved_by is not null)
);
create unique index template_one_approved on template_revisions (name) where state = 'approved';

create table guidelines (
  id uuid primary key default uuidv7(),
  revision integer not null unique check (revision >= 1),
  title text not null,
  definition jsonb not null,
  source text not null,
  sha256 varchar(64) not null check (sha256 ~ '^[0-9a-f]{64}$'),
  state varchar(16) not null default 'proposed' check (state in ('proposed', 'approved', 'retired')),
  author_id uuid not null references operators,
  approved_by uuid references operators,
  self_approved boolean not null default false,
  created_at timestamptz not null default now(),
  approved_at timestamptz,
  retired_at timestamptz,
  check (self_approved = (approved_by is not null and approved_by = author_id)),
  check (state <> 'approved' or approved_by is not null)
);
create unique index guideline_one_approved on guidelines ((true)) where state = 'approved';

create table edits (
  id uuid primary key default uuidv7(),
  asset_id uuid not null references assets,
  base_version_id uuid not null,
  base_sha256 varchar(64) not null references pictures,
  template_revision_id uuid not null references template_revisions,
  guideline_id uuid references guidelines,
  kind varchar(16) not null default 'edit' check (kind in ('edit', 'reapply')),
  engine varchar(16) not null check (engine in ('exact', 'openai', 'external')),
  summary text not null,
  recipe text not null,
  recipe_sha256 varchar(64) not null check (recipe_sha256 ~ '^[0-9a-f]{64}$'),
  wanted smallint not null default 1 check (wanted between 1 and 10),
  state varchar(16) not null default 'queued' check (state in ('queued', 'running', 'ready', 'failed', 'unknown',
    'cancelled', 'submitted', 'accepted', 'rejected', 'withdrawn')),
  author_id uuid not null references operators,
  via varchar(16) not null check (via in ('web', 'cli', 'worker')),
  attempt integer not null default 0 check (attempt >= 0),
  runner uuid,
  heartbeat_at timestamptz,
  progress real not null default 0 check (progress between 0 and 1),
  phase text not null default '',
  failure text,
  chosen_id uuid,
  -- what a list shows of the chosen candidate, else of the first one
  verdict varchar(8) check (verdict in ('pass', 'review', 'fail')),
  thumb_sha256 varchar(64),
  reused_from uuid references edits,
  rerun_of uuid references edits,
  reapplied_from uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  submitted_at timestamptz,
  unique (id, author_id),
  check ((state = 'running') = (runner is not null)),
  check ((state = 'running') = (heartbeat_at is not null)),
  check (state not in ('submitted', 'accepted', 'rejected', 'withdrawn') or chosen_id is not null),
  check (state not in ('failed', 'unknown') or failure is not null)
);
create index edits_waiting on edits (submitted_at, id) where state = 'submitted';
create index edits_running on edits (heartbeat_at) where state = 'running';
create index edits_queued on edits (id) where state = 'queued';
create index edits_by_asset on edits (asset_id, id desc);
create index edits_by_author on edits (author_id, id desc);
create index edits_by_state on edits (state, id desc);
create index edits_same on edits (recipe_sha256, base_sha256, engine);

create table versions (
  id uuid primary key default uuidv7(),
  asset_id uuid not null references assets,
  number integer not null check (number >= 1),
  kind varchar(16) not null check (kind in ('import', 'edit', 'revert', 'reapply')),
  sha256 varchar(64) not null references pictures,
  parent_id uuid,
  origin_id uuid references versions,
  edit_id uuid references edits,
  committed_by uuid not null references operators,
  approved_by uuid references operators,
  self_approved boolean not null default false,
  note text not null default '',
  provenance jsonb not null default '{}',
  created_at timestamptz not null default now(),
  unique (asset_id, number),
  unique (asset_id, id),
  foreign key (asset_id, parent_id) references versions (asset_id, id),
  check ((kind = 'import') = (parent_id is null)),
  check ((kind in ('edit', 'reapply')) = (edit_id is not null and approved_by is not null)),
  check (self_approved = (approved_by is not null and approved_by = committed_by))
);
create index versions_of_bytes on versions (sha256);
alter table assets add foreign key (id, head_id) references versions (asset_id, id) deferrable initially deferred;
alter table edits add foreign key (asset_id, base_version_id) references versions (asset_id, id);
alter table edits add foreign key (reapplied_from) references versions (id);

create table candidates (
  id uuid primary key default uuidv7(),
  edit_id uuid not null references edits,
  index smallint not null check (index >= 1),
  sha256 varchar(64) not null references pictures,
  raw_sha256 varchar(64) references blobs,
  mask_sha256 varchar(64) references blobs,
  verdict varchar(8) not null check (verdict in ('pass', 'review', 'fail')),
  report jsonb not null,
  notes jsonb not null default '[]',
  created_at timestamptz not null default now(),
  unique (edit_id, index),
  unique (edit_id, id)
);
alter table edits add foreign key (id, chosen_id) references candidates (edit_id, id);

create table decisions (
  id uuid primary key default uuidv7(),
  edit_id uuid not null,
  author_id uuid not null,
  verb varchar(16) not null check (verb in ('accept', 'reject', 'withdraw', 'undo')),
  decided_by uuid not null references operators,
  self_approved boolean not null,
  seen_sha256 varchar(64) not null check (seen_sha256 ~ '^[0-9a-f]{64}$'),
  reason text not null default '',
  note text not null default '',
  version_id uuid references versions,
  created_at timestamptz not null default now(),
  foreign key (edit_id, author_id) references edits (id, author_id),
  check (self_approved = (verb = 'accept' and decided_by = author_id)),
  check (verb <> 'withdraw' or decided_by = author_id),
  check (verb <> 'reject' or length(trim(reason)) > 0),
  check ((verb in ('accept', 'undo')) = (version_id is not null))
);
create index decisions_of_edit on decisions (edit_id, id desc);
create index decisions_by_person on decisions (decided_by, id desc);

create table events (
  seq bigint primary key,
  at timestamptz not null,
  verb varchar(64) not null check (verb ~ '^[a-z]+:[a-z]+$'),
  operator varchar(320) not null,
  via varchar(32) not null,
  subject text not null,
  asset_id uuid,
  detail jsonb not null default '{}',
  body text not null,
  prev varchar(64) not null,
  hash varchar(64) not null
);
create index events_of_asset on events (asset_id, seq desc) where asset_id is not null;
create index events_of_subject on events (split_part(verb, ':', 1), seq desc);
