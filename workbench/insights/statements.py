"""What is asked of the database for the insights; every statement walks an index and reads a bounded part of it."""

#: the newest edits since :first, at most :most of them: ids are ordered by time, so this walks the primary key
RECENT = """
with recent as (
  select id, created_at, state, engine, template_revision_id, failure_kind, failure_stage, failure, verdict
  from edits where id >= :first and kind <> 'proof' order by id desc limit :most
)
"""

OUTCOMES = f"""{RECENT}
select (created_at at time zone 'utc')::date as day, state, engine, verdict, count(*) as n
from recent group by 1, 2, 3, 4 order by 1, 2, 3, 4
"""

#: the three newest edits of each kind of failure stand for it
FAILURES = f"""{RECENT}
select r.state, coalesce(r.failure_kind, '') as kind, coalesce(r.failure_stage, '') as stage, r.engine,
  t.name as template, coalesce(s.model, '') as model, count(*) as n, max(r.created_at) as newest,
  (array_agg(r.id order by r.id desc))[1:3] as edits, (array_agg(r.failure order by r.id desc))[1] as sentence
from recent r join template_revisions t on t.id = r.template_revision_id left join spends s on s.edit_id = r.id
where r.state in ('failed', 'unknown')
group by 1, 2, 3, 4, 5, 6 order by n desc, kind, stage, template, model limit 200
"""

#: how long results took: the ledger says when one was there and how long its worker was at it
SPEEDS = """
with told as (
  select at, verb, subject, (detail ->> 'seconds')::float8 as running
  from events where split_part(verb, ':', 1) = 'edit' order by seq desc limit :most
)
select e.engine, coalesce(s.model, '') as model, count(*) as n,
  percentile_cont(array[0.5, 0.95]) within group (
    order by greatest(extract(epoch from told.at - e.created_at)::float8 - told.running, 0)) as queued,
  percentile_cont(array[0.5, 0.95]) within group (order by told.running) as running
from told
  cross join lateral (select * from edits where id = told.subject::uuid offset 0) e  -- one by one, never all of them
  left join spends s on s.edit_id = e.id
where told.verb = 'edit:ready' and told.running is not null and told.at >= :since and e.kind <> 'proof'
group by 1, 2 order by 1, 2
"""

CALLS = """
with recent as (
  select model, state, coalesce(kind, '') as fault, status, billed,
    extract(epoch from ended_at - sent_at)::float8 as took
  from model_calls where sent_at >= :since order by sent_at desc limit :most
)
select model, state, fault, status, billed, count(*) as n,
  percentile_cont(array[0.5, 0.95]) within group (order by took) as took
from recent group by 1, 2, 3, 4, 5 order by 1, 6 desc, 2, 3
"""

#: what one person's edits cost since a day, and may cost yet
OWN = """
select coalesce(sum(coalesce(spent, reserved, 0)), 0) as micros
from spends where day >= :since and operator_id = :operator
"""

#: the database's day, as budgets count
TODAY = "select (clock_timestamp() at time zone 'utc')::date as today"
