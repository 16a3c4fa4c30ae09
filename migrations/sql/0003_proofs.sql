-- Proofs: a revision of a template run over a reference set of pictures before anybody approves it.

create table proofs (
  id uuid primary key default uuidv7(),
  template_revision_id uuid not null references template_revisions,
  guideline_id uuid references guidelines,
  author_id uuid not null references operators,
  via varchar(16) not null check (via in ('web', 'cli')),
  -- as typed, the same for all pictures
  values jsonb not null default '{}',
  -- the same place in all pictures; without it each picture's own newest region of this template
  region jsonb,
  created_at timestamptz not null default now(),
  -- when every picture had become an edit or was refused
  prepared_at timestamptz,
  cancelled_at timestamptz,
  unique (id, template_revision_id)
);
create index proofs_of_revision on proofs (template_revision_id, id desc);
create index proofs_unprepared on proofs (id) where prepared_at is null and cancelled_at is null;

-- The reference set, in its order. A picture becomes an edit, or is refused with a sentence that people read.
create table proof_pictures (
  proof_id uuid not null references proofs,
  place smallint not null check (place between 1 and 40),
  asset_id uuid not null references assets,
  sha256 varchar(64) not null references pictures,
  attempt smallint not null default 0 check (attempt >= 0),
  refusal text check (length(trim(refusal)) > 0),
  primary key (proof_id, place),
  unique (proof_id, asset_id)
);

alter table edits add column proof_id uuid;
alter table edits drop constraint edits_kind_check;
alter table edits add constraint edits_kind_check check (kind in ('edit', 'reapply', 'proof'));
alter table edits add constraint edits_proof check (
  (kind = 'proof') = (proof_id is not null)
  and (kind <> 'proof' or state in ('queued', 'running', 'ready', 'failed', 'unknown', 'cancelled')));
alter table edits add foreign key (proof_id, template_revision_id) references proofs (id, template_revision_id);
alter table edits add foreign key (proof_id, asset_id) references proof_pictures (proof_id, asset_id);
create unique index edits_of_proof on edits (proof_id, asset_id) where proof_id is not null;

-- Which of the notes are doubts; null in what was made before, where they weren't told apart.
alter table candidates add column doubts jsonb;

alter table template_revisions add column proof_id uuid;
alter table template_revisions add foreign key (proof_id, id) references proofs (id, template_revision_id);

create trigger proofs_kept before delete on proofs for each row execute function refuse();
create trigger proofs_whole before truncate on proofs for each statement execute function refuse();
create trigger proof_pictures_kept before delete on proof_pictures for each row execute function refuse();
create trigger proof_pictures_whole before truncate on proof_pictures for each statement execute function refuse();

-- What a proof asked for never changes; it is prepared once, and can be cancelled once.
create function keep_proof() returns trigger language plpgsql as $$
declare
  moving text[] := array['prepared_at', 'cancelled_at'];
begin
  if (to_jsonb(new) - moving) is distinct from (to_jsonb(old) - moving) or old.cancelled_at is not null
     or (old.prepared_at is not null and new.prepared_at is distinct from old.prepared_at) then
    raise exception 'a proof is immutable; it can only be cancelled, once' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger proofs_immutable before update on proofs for each row execute function keep_proof();

create function keep_proof_picture() returns trigger language plpgsql as $$
begin
  if (to_jsonb(new) - array['attempt', 'refusal']) is distinct from (to_jsonb(old) - array['attempt', 'refusal'])
     or old.refusal is not null or new.attempt < old.attempt then
    raise exception 'the pictures of a proof are immutable' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger proof_pictures_immutable before update on proof_pictures for each row execute function keep_proof_picture();

-- What was made with an unapproved template never becomes history.
create function refuse_proof() returns trigger language plpgsql as $$
begin
  if exists (select from edits where id = new.edit_id and kind = 'proof') then
    raise exception 'a proof is never submitted, decided on or made a version' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger versions_no_proof before insert on versions for each row execute function refuse_proof();
create trigger decisions_no_proof before insert on decisions for each row execute function refuse_proof();

-- As before; and the proof that an approval stood on is named at that moment or never.
create or replace function keep_revision() returns trigger language plpgsql as $$
declare
  moving text[] := array['state', 'approved_by', 'self_approved', 'approved_at', 'retired_at', 'proof_id'];
begin
  if (to_jsonb(new) - moving) is distinct from (to_jsonb(old) - moving) then
    raise exception 'a revision is immutable' using errcode = 'restrict_violation';
  end if;
  if new.state is distinct from old.state
     and (old.state, new.state) not in (('proposed', 'approved'), ('proposed', 'retired'), ('approved', 'retired')) then
    raise exception 'a revision can''t go from % to %', old.state, new.state using errcode = 'restrict_violation';
  end if;
  if old.state <> 'proposed' and (new.approved_by, new.approved_at) is distinct from (old.approved_by, old.approved_at) then
    raise exception 'an approval is immutable' using errcode = 'restrict_violation';
  end if;
  if (to_jsonb(new) ->> 'proof_id') is distinct from (to_jsonb(old) ->> 'proof_id')
     and (old.state, new.state) is distinct from ('proposed', 'approved') then
    raise exception 'a proof is named when a revision is approved' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
