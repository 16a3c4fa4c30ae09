"""What happened lately: counted from the rows themselves, within the days asked for, with little asked of the database."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests import flows, seeded
from tests.pages import statements
from tests.test_cli import Loupe
from workbench import db, insights, reviews
from workbench.cli import main
from workbench.errors import InvalidInput
from workbench.insights.reading import first
from workbench.permissions import Actor, Role

pytestmark = pytest.mark.usefixtures("rules")


def read(actor: Actor | None = None, **wish: Any) -> insights.Insights:
    with db.transaction() as tx:
        return insights.read(tx, actor, **wish)


def test_with_nothing_there_everything_is_none_or_empty(me: Actor) -> None:
    found = read(me, days=7)
    assert (found.days, found.edits, found.states(), found.acceptance, found.rate_limited) == (7, 0, {}, None, None)
    assert (found.failures, found.speeds, found.calls, found.spent, found.maybe_billed) == ((), (), (), (), 0)
    assert found.budget is not None
    assert (found.budget.person, found.budget.person_of, found.budget.everybody) == (
        20_000_000,
        20_000_000,
        200_000_000,
    )


def test_edits_are_counted_by_the_state_they_are_in_and_by_verdict(me: Actor) -> None:
    flows.accepted(me)
    reviews.reject(me, str(flows.submitted(me).id), reason="Too cold")
    flows.accepted(me)
    flows.proposed(me)
    found = read()
    assert found.states() == {"accepted": 2, "rejected": 1, "queued": 1}
    assert found.verdicts() == {"pass": 3}
    assert found.acceptance == pytest.approx(2 / 3)
    assert {one.day for one in found.outcomes} == {found.today}


def test_only_the_days_asked_for_count_by_the_edits_own_ids(me: Actor) -> None:
    for days in (0, 1, 6, 7, 40):
        seeded.edit(me, ago=timedelta(days=days))
    assert [read(days=days).edits for days in (1, 2, 7, 8, 60)] == [1, 2, 3, 4, 5]
    assert len({one.day for one in read(days=60).outcomes}) == 5


@pytest.mark.parametrize("days", [0, -1, 367, 10**9])
def test_days_that_make_no_sense_are_refused_in_words(days: int) -> None:
    with pytest.raises(InvalidInput, match="Look back 1 to 366 days"):
        read(days=days)


def test_the_least_id_of_a_moment_lies_before_every_id_made_then() -> None:
    at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    with db.transaction() as tx:
        ids = tx.execute(sa.text("select uuidv7() as id from generate_series(1, 50)")).scalars().all()
    now = datetime.fromtimestamp((ids[0].int >> 80) / 1000, UTC)
    assert first(now) < min(ids) < max(ids) < first(now + timedelta(seconds=5))
    assert first(at) < first(at + timedelta(milliseconds=1))


def test_failures_are_told_apart_by_kind_stage_template_and_model(me: Actor) -> None:
    one = seeded.edit(
        me, state="failed", failure="Too many at once.", failure_kind="rate_limit", failure_stage="model", model="m-1"
    )
    other = seeded.edit(
        me, state="failed", failure="Still too many.", failure_kind="rate_limit", failure_stage="model", model="m-1"
    )
    seeded.edit(
        me, state="failed", failure="Not in the picture.", failure_kind="not_in_picture", failure_stage="engine"
    )
    seeded.edit(
        me,
        state="unknown",
        failure="It may have been billed.",
        failure_kind="timeout",
        failure_stage="model",
        model="m-1",
    )
    seeded.edit(me, state="ready")
    first_, *rest = read().failures
    assert (first_.kind, first_.stage, first_.template, first_.model, first_.n, first_.state) == (
        "rate_limit",
        "model",
        "colour-swap",
        "m-1",
        2,
        "failed",
    )
    assert (first_.sentence, first_.edits) == ("Still too many.", (other, one))
    assert {(two.state, two.kind, two.model) for two in rest} == {
        ("failed", "not_in_picture", ""),
        ("unknown", "timeout", "m-1"),
    }


def test_a_real_failure_and_a_real_result_are_told_with_their_seconds(me: Actor) -> None:
    flows.ready(me)
    flows.ready(me, values={**flows.VALUES, "source": "#00FF00"})
    found = read()
    assert found.states() == {"ready": 1, "failed": 1}
    assert [one.n for one in found.failures] == [1] and "nearest" in found.failures[0].sentence
    speed = found.speeds[0]
    assert (speed.engine, speed.model, speed.n) == ("exact", "", 1)
    assert 0 < speed.running.median < 60 and 0 <= speed.queued.median < 60


def test_seconds_in_the_queue_and_at_work_are_told_apart(me: Actor) -> None:
    for waited, worked in ((10, 2), (20, 4), (30, 60)):
        edit = seeded.edit(me, ago=timedelta(minutes=5), engine="openai", model="m-1")
        seeded.ready(edit, after=waited + worked, seconds=worked)
    speed = read().speeds[0]
    assert (speed.engine, speed.model, speed.n) == ("openai", "m-1", 3)
    assert (speed.queued.median, speed.running.median) == pytest.approx((20, 4), abs=0.2)
    assert speed.running.p95 == pytest.approx(54.4, abs=0.2)


def test_calls_are_told_by_how_they_ended(me: Actor) -> None:
    edit = seeded.edit(me, engine="openai", model="m-1")
    seeded.call(edit, 1, state="failed", kind="rate_limit", status=429, billed="no")
    seeded.call(edit, 2, state="failed", kind="dropped", billed="maybe", seconds=30)
    seeded.call(edit, 3, state="answered", status=200, billed="yes", seconds=12)
    seeded.call(edit, 4, state="sent")
    found = read()
    assert found.rate_limited == 0.25
    assert found.maybe_billed == 1, "a call that is on its way is not lost yet"
    answered = next(one for one in found.calls if one.state == "answered")
    assert (answered.model, answered.status, answered.billed, answered.n) == ("m-1", 200, "yes", 1)
    assert answered.took is not None and answered.took.median == pytest.approx(12, abs=0.1)
    assert next(one for one in found.calls if one.state == "sent").took is None


def test_spend_is_told_by_person_only_to_who_may_see_it(person: Callable[[str, Role], Actor]) -> None:
    designer, lead = person("mara", "designer"), person("jo", "lead")
    seeded.edit(designer, model="m-1", spent=400_000)
    seeded.edit(lead, model="m-1", spent=100_000)
    assert [(one.name, one.micros) for one in read(lead, by="person").spent] == [("Jo", 100_000), ("Mara", 400_000)]
    seen = read(designer, by="person")
    assert (seen.by, [one.name for one in seen.spent]) == ("model", ["m-1"])
    assert seen.budget is not None and (seen.budget.own, seen.budget.person) == (400_000, 19_600_000)


@pytest.mark.parametrize("role", ["designer", "auditor", "lead", "admin"])
def test_every_role_may_rowswhat_happened(person: Callable[[str, Role], Actor], role: Role) -> None:
    assert read(person("kim", role)).edits == 0


def test_proofs_do_not_count(me: Actor) -> None:
    seeded.edit(me)
    with db.transaction() as tx:
        every = tx.scalar(sa.text("select count(*) from edits"))
    assert read().edits == every == 1


def plans(days: int) -> dict[str, Any]:
    """What each statement of the insights reads when it looks back so many days."""
    from workbench.insights import statements as asked

    since = datetime.now(UTC) - timedelta(days=days)
    found = {}
    with db.transaction() as tx:
        # small tables are rather read whole; what is asked here is whether big ones need not be
        tx.execute(sa.text("set local enable_seqscan = off"))
        for name in ("OUTCOMES", "FAILURES", "CALLS", "SPEEDS"):
            statement = sa.text("explain (analyze, buffers off, format json)" + getattr(asked, name))
            plan = tx.execute(statement, {"first": first(since), "most": 100, "since": since}).scalar()
            found[name] = plan[0]["Plan"] if isinstance(plan, list) else json.loads(str(plan))[0]["Plan"]
    return found


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


def test_however_much_there_is_a_bounded_part_of_it_is_rowsby_an_index(me: Actor) -> None:
    seeded.many(me, edits=3000, calls=3000, days=300)
    for name, plan in [*plans(1).items(), *plans(400).items()]:
        for node in nodes(plan):
            table = node.get("Relation Name")
            if table in ("edits", "model_calls", "events"):
                assert "Seq Scan" not in node["Node Type"], f"{name} walks the whole of {table}"
                rows = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
                assert rows <= 101, f"{name} reads {rows} rows of {table}"


def test_many_edits_take_as_many_statements_as_few(me: Actor) -> None:
    def sent() -> int:
        with statements() as noted:
            read(me)
        return len(noted)

    few = sent()
    seeded.many(me, edits=50, calls=50, days=20)
    assert sent() == few < 12


# ---- the command line ----


def stats(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    found: dict[str, Any] = Loupe(capsys)("stats", *words)
    return found


def test_stats_keeps_its_words_and_adds_what_happened_lately(me: Actor, capsys: pytest.CaptureFixture[str]) -> None:
    flows.accepted(me)
    edit = seeded.edit(
        me,
        state="failed",
        failure="Anna’s own words",
        failure_kind="timeout",
        failure_stage="model",
        model="m-1",
        engine="openai",
        spent=50_000,
    )
    seeded.call(edit, 1, state="failed", kind="timeout", billed="maybe", seconds=9)
    found = stats(capsys, "--days", "7")
    assert found.keys() >= {"assets", "versions", "events", "approved_templates", "stored_bytes", "edits"}
    assert found["edits"] == found["recent_edits"] == {"accepted": 1, "failed": 1}
    assert (found["days"], found["acceptance_share"], found["verdicts"]) == (7, 1.0, {"pass": 1})
    assert found["failures"] == [
        {
            "kind": "timeout",
            "stage": "model",
            "template": "colour-swap",
            "model": "m-1",
            "engine": "openai",
            "state": "failed",
            "edits": 1,
        }
    ]
    assert found["calls"]["maybe_billed"] == 1 and found["calls"]["rate_limited_share"] == 0
    assert found["calls"]["outcomes"][0]["seconds"]["median"] == pytest.approx(9, abs=0.1)
    assert found["spend"]["today"] == {
        "billed": 0.05,
        "maybe_billed": 0.0,
        "set_aside": 0.0,
        "edits_without_a_price": 0,
    }
    assert found["seconds"][0]["engine"] == "exact"
    assert "Anna" not in json.dumps(found) and me.name not in json.dumps(found)


def test_stats_as_a_person_reads_them(me: Actor, capsys: pytest.CaptureFixture[str]) -> None:
    flows.accepted(me)
    edit = seeded.edit(
        me, state="unknown", failure="x", failure_kind="dropped", failure_stage="model", model="m-1", spent=50_000
    )
    seeded.call(edit, 1, state="failed", kind="rate_limit", status=429, billed="no")
    assert main(["stats"]) == 0
    said = capsys.readouterr().out
    for words in ("1 pictures", "Accepted: 100% of 1 decided", "Unknown: 1 × dropped · model · colour-swap · m-1",
                  "100.0% put off (429)", "Spent today: $0.05"):  # fmt: skip
        assert words in said, said


def test_stats_refuses_days_that_make_no_sense(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "--days", "0"]) == 2
