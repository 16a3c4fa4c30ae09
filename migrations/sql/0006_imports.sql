-- Imports: many pictures from elsewhere, brought in by workers, each item once; and how pictures that look alike are found.

create table imports (
  id uuid primary key default uuidv7(),
  author_id uuid not null references operators,
  via varchar(16) not null check (via in ('web', 'cli')),
  -- what it is called in lists: a manifest's name, a bucket's folder
  title varchar(200) not null check (length(trim(title)) > 0),
  -- for items that name none of their own
  collection varchar(100) check (length(trim(collection)) > 0),
  tags text[] not null default '{}',
  -- what becomes of a picture that the library has already, or nearly
  duplicates varchar(8) not null check (duplicates in ('add', 'skip', 'version')),
  created_at timestamptz not null default now(),
  -- when every item had its outcome
  ended_at timestamptz,
  cancelled_at timestamptz
);
create index imports_open on imports (id) where ended_at is null and cancelled_at is null;

-- One picture to be brought in, or a folder of a bucket whose pictures become items of their own ('listed').
create table import_items (
  import_id uuid not null references imports,
  place integer not null check (place >= 1),
  -- where it comes from; once it has its outcome without a query, which may hold a key
  source text not null check (length(source) between 1 and 4000),
  -- of the manifest, as a spreadsheet counts them
  line integer check (line >= 1),
  name varchar(200),
  collection varchar(100),
  tags text[] not null default '{}',
  state varchar(16) not null default 'waiting' check (
    state in ('waiting', 'running', 'added', 'version', 'here', 'listed', 'refused', 'cancelled')),
  -- how often somebody began with it, and how often what it comes from was out of reach
  attempt smallint not null default 0 check (attempt >= 0),
  tries smallint not null default 0 check (tries >= 0),
  runner uuid,
  heartbeat_at timestamptz,
  not_before timestamptz,
  -- why it was refused, or waits
  sentence text check (length(trim(sentence)) > 0),
  asset_id uuid references assets,
  version_id uuid references versions,
  -- what it looks like: [{"asset", "version", "how"}]
  alike jsonb not null default '[]',
  ended_at timestamptz,
  primary key (import_id, place),
  check ((state = 'running') = (num_nulls(runner, heartbeat_at) = 0)),
  check ((state in ('added', 'version', 'here')) = (num_nulls(asset_id, version_id) = 0)),
  check (state <> 'refused' or sentence is not null),
  check ((state in ('waiting', 'running')) = (ended_at is null)),
  foreign key (asset_id, version_id) references versions (asset_id, id)
);
create index import_items_by_state on import_items (import_id, state, place);

create trigger imports_kept before delete on imports for each row execute function refuse();
create trigger imports_whole before truncate on imports for each statement execute function refuse();
create trigger import_items_kept before delete on import_items for each row execute function refuse();
create trigger import_items_whole before truncate on import_items for each statement execute function refuse();

-- What an import asked for never changes; it ends once, or is cancelled once.
create function keep_import() returns trigger language plpgsql as $$
declare
  moving text[] := array['ended_at', 'cancelled_at'];
begin
  if (to_jsonb(new) - moving) is distinct from (to_jsonb(old) - moving)
     or num_nonnulls(old.ended_at, old.cancelled_at) > 0 then
    raise exception 'an import is immutable; it ends or is cancelled, once' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger imports_immutable before update on imports for each row execute function keep_import();

create function keep_import_item() returns trigger language plpgsql as $$
declare
  moving text[] := array['state', 'attempt', 'tries', 'runner', 'heartbeat_at', 'not_before', 'sentence', 'asset_id',
                         'version_id', 'alike', 'ended_at', 'source'];
begin
  if (to_jsonb(new) - moving) is distinct from (to_jsonb(old) - moving) or old.ended_at is not null
     or (new.source is distinct from old.source and new.ended_at is null) then
    raise exception 'an item is brought in once, as it was asked for' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger import_items_immutable before update on import_items for each row execute function keep_import_item();

-- A picture from elsewhere may also become the next version of an asset there is.
do $$
declare was text;
begin
  select conname into strict was from pg_constraint where conrelid = 'versions'::regclass and contype = 'c'
    and pg_get_constraintdef(oid) like '%import%parent_id IS NULL%';
  execute format('alter table versions drop constraint %I', was);
end $$;
alter table versions add constraint versions_first check ((number = 1) = (parent_id is null));
alter table versions add constraint versions_first_import check (number > 1 or kind = 'import');

-- Multi-index hashing (Norouzi, Punjani, Fleet, CVPR 2012): hashes that differ in at most 7 of 64 bits have at least
-- one of four 16-bit slices that differs in at most one bit. Each slice is one number; the slice's place is its upper part.
create function phash_slices(phash bigint) returns integer[] language sql immutable parallel safe as $$
  select array[(phash & 65535)::integer, (65536 + (phash >> 16 & 65535))::integer,
               (131072 + (phash >> 32 & 65535))::integer, (196608 + (phash >> 48 & 65535))::integer] $$;
create index pictures_alike on pictures using gin (phash_slices(phash)) with (fastupdate = off);
