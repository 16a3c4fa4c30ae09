-- Image models: every call with what came of it, money, shared limits, and pictures that are still being drawn.

-- One row for every request that was sent to a provider; written before the first byte goes out. It is the truth about
-- what was asked, what came back and what it may have cost.
create table model_calls (
  id uuid primary key default uuidv7(),
  edit_id uuid not null references edits,
  -- of the edit, and the try within it
  attempt integer not null check (attempt >= 1),
  number integer not null check (number >= 1),
  -- the provider's account: a hash of address and key, never the key
  account varchar(64) not null,
  model varchar(120) not null,
  images smallint not null check (images between 1 and 10),
  -- what was sent, without prompt, pictures and key
  sent jsonb not null default '{}',
  state varchar(16) not null default 'sent' check (state in ('sent', 'answered', 'failed', 'lost')),
  sent_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  status smallint,
  request_id varchar(200),
  -- the kind of fault, and its sentence
  kind varchar(32),
  sentence text,
  billed varchar(8) not null default 'maybe' check (billed in ('no', 'maybe', 'yes')),
  -- the raw pictures, stored before this row says so: [{"sha256", "size", "media_type", "width", "height"}]
  outputs jsonb not null default '[]',
  usage jsonb,
  -- millionths of a US dollar; null = not known
  micros bigint check (micros >= 0),
  check ((state = 'sent') = (ended_at is null)),
  check ((state = 'answered') = (jsonb_array_length(outputs) > 0)),
  check (state <> 'failed' or kind is not null),
  unique (edit_id, attempt, number)
);
create index model_calls_of_edit on model_calls (edit_id, id);
create index model_calls_open on model_calls (edit_id) where state = 'sent';
create index model_calls_newest on model_calls (sent_at desc);

create function keep_call() returns trigger language plpgsql as $$
declare
  moving text[] := array['state', 'ended_at', 'status', 'request_id', 'kind', 'sentence', 'billed', 'outputs', 'usage',
                         'micros'];
begin
  -- who seemed dead may have lived: an answer that came after all was paid for, so it is kept
  if (to_jsonb(new) - moving) is distinct from (to_jsonb(old) - moving)
     or not (old.state = 'sent' or (old.state = 'lost' and new.state = 'answered')) then
    raise exception 'a call is recorded once, and ended once' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger model_calls_immutable before update on model_calls for each row execute function keep_call();
create trigger model_calls_kept before delete on model_calls for each row execute function refuse();
create trigger model_calls_whole before truncate on model_calls for each statement execute function refuse();

-- Money set aside when an edit is queued, and what it came to. Amounts are millionths of a US dollar.
create table spends (
  edit_id uuid primary key references edits,
  operator_id uuid not null references operators,
  template varchar(64) not null,
  model varchar(120) not null,
  -- UTC
  day date not null default (clock_timestamp() at time zone 'utc')::date,
  -- the estimate; null = the price is not known
  reserved bigint check (reserved >= 0),
  -- what was paid, or may have been; null until it is settled, and where the price is not known
  spent bigint check (spent >= 0),
  -- reserved: still on its way · settled: from the provider's own figures · maybe: it may have been billed, so the
  -- estimate counts · released: nothing was paid
  state varchar(16) not null default 'reserved' check (state in ('reserved', 'settled', 'maybe', 'released')),
  -- the day of the price table
  priced_at date,
  updated_at timestamptz not null default clock_timestamp()
);
create index spends_by_day on spends (day, operator_id);
create index spends_by_template on spends (template, day);
create trigger spends_kept before delete on spends for each row execute function refuse();
create trigger spends_whole before truncate on spends for each statement execute function refuse();

-- The pictures of an edit that a model is still drawing; gone once it is done. Small previews in the store.
create table partials (
  edit_id uuid not null references edits,
  -- of the candidate, from 1
  index smallint not null check (index between 1 and 10),
  -- how many came before it
  number smallint not null check (number >= 0),
  sha256 varchar(64) not null references blobs,
  at timestamptz not null default clock_timestamp(),
  primary key (edit_id, index)
);

-- How an edit failed, as programs count it.
alter table edits add column failure_kind varchar(32);
alter table edits add column failure_stage varchar(32);
-- Where an edit waits for its turn at a provider, until when.
alter table edits add column not_before timestamptz;

create or replace function keep_edit() returns trigger language plpgsql as $$
declare
  moving text[] := array['state', 'attempt', 'runner', 'heartbeat_at', 'progress', 'phase', 'failure', 'failure_kind',
                         'failure_stage', 'not_before', 'chosen_id', 'verdict', 'thumb_sha256', 'updated_at',
                         'submitted_at'];
begin
  if (to_jsonb(new) - moving) is distinct from (to_jsonb(old) - moving) then
    raise exception 'what an edit asked for is immutable' using errcode = 'restrict_violation';
  end if;
  if new.state is distinct from old.state and (old.state, new.state) not in (
      ('queued', 'running'), ('queued', 'cancelled'), ('queued', 'failed'),
      ('running', 'ready'), ('running', 'failed'), ('running', 'unknown'), ('running', 'cancelled'), ('running', 'queued'),
      ('ready', 'submitted'), ('ready', 'cancelled'),
      ('submitted', 'accepted'), ('submitted', 'rejected'), ('submitted', 'withdrawn'),
      ('accepted', 'submitted')) then
    raise exception 'an edit can''t go from % to %', old.state, new.state using errcode = 'restrict_violation';
  end if;
  if new.state in ('submitted', 'accepted', 'rejected', 'withdrawn') and old.state <> 'ready'
     and new.chosen_id is distinct from old.chosen_id then
    raise exception 'the candidate was chosen when the edit was submitted' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
