-- What the database itself holds true, whoever writes: append-only history, valid states, four eyes, the chained ledger.

create function refuse() returns trigger language plpgsql as $$
begin
  raise exception '% is history: % is refused', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end $$;

do $$
declare t text;
begin
  foreach t in array array['versions', 'candidates', 'decisions', 'events', 'pictures', 'templates'] loop
    execute format('create trigger %I before update or delete on %I for each row execute function refuse()', t || '_kept', t);
  end loop;
  foreach t in array array['blobs', 'assets', 'operators', 'template_revisions', 'guidelines', 'edits', 'workspace'] loop
    execute format('create trigger %I before delete on %I for each row execute function refuse()', t || '_kept', t);
  end loop;
  foreach t in array array['versions', 'candidates', 'decisions', 'events', 'pictures', 'templates', 'blobs', 'assets',
                           'operators', 'template_revisions', 'guidelines', 'edits', 'workspace'] loop
    execute format('create trigger %I before truncate on %I for each statement execute function refuse()', t || '_whole', t);
  end loop;
end $$;

create function four_eyes() returns boolean language sql stable as $$ select four_eyes from workspace $$;

create function keep_four_eyes() returns trigger language plpgsql as $$
begin
  if old.four_eyes and not new.four_eyes then
    raise exception 'four eyes, once on, stay on' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger workspace_four_eyes before update on workspace for each row execute function keep_four_eyes();

create function refuse_self_approval() returns trigger language plpgsql as $$
begin
  if new.self_approved and four_eyes() then
    if tg_op = 'INSERT' or new.approved_by is distinct from old.approved_by then
      raise exception 'four eyes: nobody approves their own work' using errcode = 'restrict_violation';
    end if;
  end if;
  return new;
end $$;
create trigger template_revisions_four_eyes before insert or update on template_revisions
  for each row execute function refuse_self_approval();
create trigger guidelines_four_eyes before insert or update on guidelines
  for each row execute function refuse_self_approval();

create function refuse_self_decision() returns trigger language plpgsql as $$
begin
  if new.self_approved and four_eyes() then
    raise exception 'four eyes: nobody approves their own work' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger decisions_four_eyes before insert on decisions for each row execute function refuse_self_decision();
create trigger versions_four_eyes before insert on versions for each row execute function refuse_self_decision();

-- A revision's content never changes; its state only goes forward.
create function keep_revision() returns trigger language plpgsql as $$
begin
  if (to_jsonb(new) - array['state', 'approved_by', 'self_approved', 'approved_at', 'retired_at'])
     is distinct from (to_jsonb(old) - array['state', 'approved_by', 'self_approved', 'approved_at', 'retired_at']) then
    raise exception 'a revision is immutable' using errcode = 'restrict_violation';
  end if;
  if new.state is distinct from old.state
     and (old.state, new.state) not in (('proposed', 'approved'), ('proposed', 'retired'), ('approved', 'retired')) then
    raise exception 'a revision can''t go from % to %', old.state, new.state using errcode = 'restrict_violation';
  end if;
  if old.state <> 'proposed' and (new.approved_by, new.approved_at) is distinct from (old.approved_by, old.approved_at) then
    raise exception 'an approval is immutable' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger template_revisions_immutable before update on template_revisions for each row execute function keep_revision();
create trigger guidelines_immutable before update on guidelines for each row execute function keep_revision();

-- An edit's question never changes; its state follows DESIGN section 3.
create function keep_edit() returns trigger language plpgsql as $$
declare
  moving text[] := array['state', 'attempt', 'runner', 'heartbeat_at', 'progress', 'phase', 'failure', 'chosen_id',
                         'verdict', 'thumb_sha256', 'updated_at', 'submitted_at'];
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
create trigger edits_kept_true before update on edits for each row execute function keep_edit();

create function begin_edit() returns trigger language plpgsql as $$
begin
  if new.state not in ('queued', 'ready') or (new.state = 'ready' and new.reused_from is null) then
    raise exception 'an edit begins queued, or ready with the candidates of another' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger edits_begin before insert on edits for each row execute function begin_edit();

-- Bytes can be taken down with a reason; nothing else about a blob changes.
create function keep_blob() returns trigger language plpgsql as $$
begin
  if (new.sha256, new.size, new.media_type, new.created_at) is distinct from (old.sha256, old.size, old.media_type, old.created_at)
     or old.erased_at is not null or length(trim(coalesce(new.erased_reason, ''))) = 0 then
    raise exception 'a blob is immutable; it can only be erased, with a reason' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger blobs_immutable before update on blobs for each row execute function keep_blob();

-- The ledger: the body is exactly what is hashed; each body names the hash before it.
create function chain_event() returns trigger language plpgsql as $$
declare tip record;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'events are written under READ COMMITTED, not %', current_setting('transaction_isolation')
      using errcode = 'restrict_violation';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('loupe.events', 0));
  select seq, hash into tip from events order by seq desc limit 1;
  new.seq := coalesce(tip.seq, 0) + 1;
  new.prev := coalesce(tip.hash, '');
  new.at := clock_timestamp();
  new.body := jsonb_build_object(
    'seq', new.seq, 'prev', new.prev, 'at', to_char(new.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'verb', new.verb, 'operator', new.operator, 'via', new.via, 'subject', new.subject, 'asset', new.asset_id,
    'detail', new.detail)::text;
  new.hash := encode(sha256(convert_to(new.body, 'UTF8')), 'hex');
  return new;
end $$;
create trigger events_chain before insert on events for each row execute function chain_event();
