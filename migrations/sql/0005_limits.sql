-- The limits that all workers share: how many pictures an account may ask for in a window, the log of grants, who waits.

-- One row for every account at a provider. Whoever asks for pictures holds it while the log is read and written, so that
-- there is one order among all workers. Times are this database's clock, whatever the workers' clocks say.
create table model_limits (
  account varchar(64) primary key,
  -- pictures in a window, and seconds of it, as the last caller knew them
  most integer not null check (most >= 1),
  span double precision not null check (span > 0),
  -- the provider said to wait
  blocked_until timestamptz,
  -- what the clock said when this row was last held
  latest timestamptz not null default clock_timestamp()
) with (fillfactor = 50);

create table model_grants (
  id bigint generated always as identity primary key,
  account varchar(64) not null references model_limits,
  at timestamptz not null,
  pictures integer not null check (pictures >= 1)
);
create index model_grants_newest on model_grants (account, at desc);

-- Who was told to come back. They keep their place in line, and room is kept for them, while they are expected.
create table model_waiters (
  account varchar(64) not null references model_limits,
  waiter varchar(64) not null,
  pictures integer not null check (pictures >= 1),
  -- after everybody who waits at a screen
  batch boolean not null,
  since timestamptz not null,
  expected_until timestamptz not null,
  primary key (account, waiter)
);

-- Hold the account's row, made where it isn't there, and say what time it is. A clock that went back takes everything it
-- wrote along, so that nothing lies in the future: at worst the time that passed in between is waited for once more.
create function hold_limit(key text, pictures_most integer, seconds float8) returns timestamptz language plpgsql as $$
declare
  held model_limits;
  moment timestamptz;
  gone interval;
begin
  loop
    select * into held from model_limits l where l.account = key for update;
    exit when found;
    insert into model_limits (account, most, span) values (key, pictures_most, seconds) on conflict do nothing;
  end loop;
  moment := clock_timestamp();
  if moment < held.latest then
    gone := held.latest - moment;
    update model_grants g set at = g.at - gone where g.account = key;
    update model_waiters w set since = w.since - gone, expected_until = w.expected_until - gone where w.account = key;
    update model_limits l set blocked_until = l.blocked_until - gone where l.account = key;
  end if;
  update model_limits l set latest = moment where l.account = key;
  return moment;
end $$;

create function block_pictures(key text, rest float8, pictures_most integer, seconds float8) returns void
language plpgsql as $$
declare
  moment constant timestamptz := hold_limit(key, pictures_most, seconds);
begin
  update model_limits l set blocked_until = greatest(l.blocked_until, moment + make_interval(secs => rest))
    where l.account = key;
end $$;

-- Pictures `asked` for at once: 0 when they are granted, else the seconds after which to ask again. A picture is granted
-- once the `pictures_most`-th one before it lies `seconds + margin` back, so that no window of the provider's can hold
-- more, whatever its place; those ahead in line count as granted before.
create function take_pictures(key text, name text, asked integer, later boolean, pictures_most integer, seconds float8,
                              margin float8, grace float8) returns float8 language plpgsql as $$
declare
  moment constant timestamptz := hold_limit(key, pictures_most, seconds);
  span constant interval := make_interval(secs => seconds + margin);
  mine timestamptz := moment;
  place integer;
  rounds integer;
  rest interval;
begin
  select w.since into mine from model_waiters w where w.account = key and w.waiter = name;
  mine := coalesce(mine, moment);
  select asked + coalesce(sum(w.pictures), 0) into place from model_waiters w
    where w.account = key and w.waiter <> name and w.expected_until > moment
      and (w.batch, w.since, w.waiter) < (later, mine, name);
  rounds := (place - 1) / pictures_most;
  -- the grant that must have left the window first: with it, more are in there than may stay
  select max(g.at) + span - moment into rest from (
    select l.at, sum(l.pictures) over (order by l.at desc, l.id desc) as upto
      from model_grants l where l.account = key and l.at > moment - span) g
    where g.upto > pictures_most - (place - rounds * pictures_most);
  -- those ahead may never come back, so nobody waits for them for more than a window without asking again
  rest := greatest(least(coalesce(rest, '0') + rounds * span, span),
                   (select l.blocked_until from model_limits l where l.account = key) - moment);
  if rest <= '0' then
    update model_limits l set most = pictures_most, span = seconds
      where l.account = key and (l.most, l.span) <> (pictures_most, seconds);
    insert into model_grants (account, at, pictures) values (key, moment, asked);
    delete from model_waiters w where w.account = key
      and (w.waiter = name or w.expected_until < moment - make_interval(hours => 1));
    delete from model_grants g where g.account = key and g.at < moment - 2 * span;
    return 0;
  end if;
  insert into model_waiters values (key, name, asked, later, mine, moment + rest + make_interval(secs => grace))
    on conflict (account, waiter) do update set pictures = excluded.pictures, batch = excluded.batch,
      expected_until = excluded.expected_until;
  return greatest(extract(epoch from rest), 0.001);
end $$;

-- A day's money is added up whenever some is set aside; from this index alone, without reading the rows.
create index spends_counted on spends (day) include (operator_id, template, reserved, spent);
