"""Money: what is set aside, what it came to, and that nobody gets past a cap."""

import random
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.flows import added, proposed
from tests.scenes import MORE
from workbench import budgets, db
from workbench.errors import OverBudget
from workbench.models import Edit, ModelCall, Spend
from workbench.permissions import Actor, Role
from workbench.settings import settings

Caps = Callable[..., None]
MODEL = "gpt-image-2.5-sunburst-2026-09-08"


@pytest.fixture
def caps(monkeypatch: pytest.MonkeyPatch) -> Caps:
    """caps(person=5, template=10, day=20) sets the day's caps in US dollars."""

    def put(person: float = 20, template: float = 100, day: float = 200) -> None:
        for name, value in (("PERSON_DAY", person), ("TEMPLATE_DAY", template), ("DAY", day)):
            monkeypatch.setenv(f"LOUPE_BUDGET_{name}", str(value))
        settings.cache_clear()

    return put


@pytest.fixture
def queued(me: Actor, rules: None) -> Callable[..., Edit]:
    """queued() puts one more edit of the same poster into the queue."""
    asset = added(me).asset.id

    def edit(actor: Actor = me) -> Edit:
        return proposed(actor, asset)

    return edit


def reserve(edit: Edit, micros: int | None, template: str = "add-prop", **more: Any) -> None:
    about = {"model": MODEL, "cap": None, "priced_at": date(2026, 11, 22), **more}
    with db.transaction() as tx:
        budgets.reserve(tx, edit_id=edit.id, operator_id=edit.author_id, template=template, micros=micros, **about)


def called(
    edit: Edit, billed: str, micros: int | None = None, number: int = 1, images: int = 1, state: str = ""
) -> None:
    """A call of the edit that ended, or with state “sent” is still on its way."""
    state = state or ("answered" if billed == "yes" else "failed")
    outputs = [{"sha256": "0" * 64}] * images if state == "answered" else []
    with db.transaction() as tx:
        tx.add(ModelCall(
            edit_id=edit.id, attempt=1, number=number, account="a" * 16, model=MODEL, images=images, state=state,
            ended_at=None if state == "sent" else datetime.now(UTC), kind="dropped", billed=billed, outputs=outputs,
            micros=micros,
        ))  # fmt: skip


def settle(edit: Edit) -> Spend:
    with db.transaction() as tx:
        spend = budgets.settle(tx, edit.id)
    assert spend is not None
    return spend


def standing(edit: Edit, template: str = "add-prop") -> budgets.Standing:
    with db.transaction() as tx:
        return budgets.standing(tx, edit.author_id, template)


def by_day(by: budgets.By = "model", since: date | None = None) -> list[budgets.Spent]:
    with db.transaction() as tx:
        return budgets.by_day(tx, since or date(2026, 1, 1), by)


def moved(edit: Edit, days: int) -> None:
    """As if the money had been set aside on another day."""
    with db.transaction() as tx:
        tx.execute(sa.text("update spends set day = day + :days where edit_id = :id"), {"days": days, "id": edit.id})


def test_what_is_set_aside_is_missing_from_what_is_left(queued: Callable[..., Edit], caps: Caps) -> None:
    caps(person=20, template=10, day=200)
    edit = queued()
    assert standing(edit) == budgets.Standing(20_000_000, 10_000_000, 200_000_000)
    assert standing(edit).least == 10_000_000
    reserve(edit, 410_000)
    assert standing(edit) == budgets.Standing(19_590_000, 9_590_000, 199_590_000)
    assert standing(edit, "another").template == 10_000_000


def test_the_sentence_says_what_it_costs_what_is_left_and_what_to_do(queued: Callable[..., Edit], caps: Caps) -> None:
    caps(person=1)
    reserve(queued(), 800_000)
    edit = queued()
    with pytest.raises(OverBudget) as caught:
        reserve(edit, 410_000)
    with db.transaction() as tx:
        foreseen = budgets.refusal(tx, operator_id=edit.author_id, template="add-prop", micros=410_000)
        assert not budgets.refusal(tx, operator_id=edit.author_id, template="add-prop", micros=200_000)
    assert (
        foreseen
        == str(caught.value)
        == (
            "This edit may cost $0.41, and you have $0.20 left today (of $1.00). "
            "Ask for fewer pictures, a lower quality, or wait until tomorrow (UTC)."
        )
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"template": 0.3}, "this template has $0.30 left today (of $0.30)"),
        ({"day": 0.25}, "everybody together has $0.25 left today (of $0.25)"),
        ({"person": 0.2, "day": 0.3, "template": 0.4}, "you have $0.20 left today (of $0.20)"),
    ],
)
def test_the_tightest_cap_is_named_and_waiting_only_where_it_helps(
    queued: Callable[..., Edit], caps: Caps, given: dict[str, float], words: str
) -> None:
    caps(**given)
    with pytest.raises(OverBudget) as caught:
        reserve(queued(), 410_000)
    assert words in str(caught.value)
    assert str(caught.value).endswith("Ask for fewer pictures or a lower quality.")
    assert by_day() == []


def test_the_last_cent_may_be_spent_and_nothing_after_it(queued: Callable[..., Edit], caps: Caps) -> None:
    caps(day=0.41)
    reserve(queued(), 410_000)
    reserve(queued(), 0)
    with pytest.raises(OverBudget, match=r"may cost \$0.0001, and everybody together has \$0.00 left"):
        reserve(queued(), 1)


def test_a_day_that_ended_over_its_cap_begins_nothing_more_that_costs(queued: Callable[..., Edit], caps: Caps) -> None:
    caps(day=0.5)
    edit = queued()
    reserve(edit, 400_000)
    called(edit, "maybe", number=1)
    called(edit, "yes", 390_000, number=2)
    assert settle(edit).spent == 790_000
    assert standing(edit).day == 0
    with pytest.raises(OverBudget, match=r"has \$0.00 left today \(of \$0.50\)"):
        reserve(queued(), 1)
    reserve(queued(), 0)
    reserve(queued(), None)


def test_a_template_says_what_one_edit_may_cost(queued: Callable[..., Edit]) -> None:
    with pytest.raises(OverBudget, match=r"may cost \$0.41, and one edit by this template may cost \$0.40 at most"):
        reserve(queued(), 400_001, cap=0.4)
    reserve(queued(), 400_000, cap=0.4)


def test_a_budget_of_nothing_means_nothing(queued: Callable[..., Edit], caps: Caps) -> None:
    caps(template=0)
    for micros in (1, None):
        with pytest.raises(OverBudget, match=r"this template has a budget of \$0.00 a day.*LOUPE_BUDGET_TEMPLATE_DAY"):
            reserve(queued(), micros)
    reserve(queued(), 0)
    with pytest.raises(OverBudget, match=r"costs money, and one edit by this template may cost \$0.00"):
        reserve(queued(), None, cap=0.0)


def test_a_price_that_nobody_knows_is_listed_but_in_no_sum(queued: Callable[..., Edit], caps: Caps) -> None:
    caps(person=0.5)
    edit = queued()
    reserve(edit, None)
    assert standing(edit).person == 500_000
    [spent] = by_day()
    assert (spent.micros, spent.maybe, spent.reserved, spent.edits, spent.unpriced) == (0, 0, 0, 1, 1)
    called(edit, "yes", None)
    assert (settle(edit).state, settle(edit).spent) == ("settled", None)
    assert by_day()[0].unpriced == 1


def test_people_have_budgets_of_their_own_and_share_the_others(
    queued: Callable[..., Edit], caps: Caps, person: Callable[[str, Role], Actor]
) -> None:
    caps(person=1, template=1.5, day=3)
    mara, ines = person("mara", "designer"), person("ines", "designer")
    reserve(queued(mara), 900_000)
    with pytest.raises(OverBudget, match="you have"):
        reserve(queued(mara), 200_000)
    with pytest.raises(OverBudget, match="this template has"):
        reserve(queued(ines), 700_000)
    reserve(queued(ines), 700_000, template="portrait-retouch")
    assert [(one.name, one.reserved) for one in by_day("person")] == [("Ines", 700_000), ("Mara", 900_000)]
    assert [(one.name, one.reserved) for one in by_day("template")] == [
        ("add-prop", 900_000),
        ("portrait-retouch", 700_000),
    ]


def test_twenty_that_race_for_room_for_five_are_five(queued: Callable[..., Edit], caps: Caps) -> None:
    caps(person=0.5)
    waiting, start = [queued() for _ in range(20)], threading.Barrier(20)
    won: list[Edit] = []
    lost: list[str] = []

    def one(edit: Edit) -> None:
        start.wait()
        try:
            reserve(edit, 100_000)
            won.append(edit)
        except OverBudget as error:
            lost.append(str(error))

    threads = [threading.Thread(target=one, args=(edit,)) for edit in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (5, 15)
    assert standing(waiting[0]).person == 0


def test_an_answer_is_counted_by_the_providers_own_figure(queued: Callable[..., Edit]) -> None:
    edit = queued()
    reserve(edit, 410_000)
    called(edit, "yes", 375_123)
    spend = settle(edit)
    assert (spend.state, spend.spent, spend.reserved) == ("settled", 375_123, 410_000)
    assert standing(edit).person == 20_000_000 - 375_123


@pytest.mark.parametrize("failed", [0, 1, 3])
def test_what_was_not_billed_is_released(queued: Callable[..., Edit], failed: int) -> None:
    edit = queued()
    reserve(edit, 410_000)
    for number in range(failed):
        called(edit, "no", number=number + 1)
    assert (settle(edit).state, settle(edit).spent) == ("released", 0)
    assert standing(edit).person == 20_000_000
    assert by_day()[0].edits == 0


def test_what_may_have_been_billed_counts_as_estimated_and_apart(queued: Callable[..., Edit]) -> None:
    edit = queued()
    reserve(edit, 410_000)
    called(edit, "maybe", number=1)
    called(edit, "yes", 400_000, number=2)
    spend = settle(edit)
    assert (spend.state, spend.spent) == ("maybe", 810_000)
    [spent] = by_day()
    assert (spent.micros, spent.maybe, spent.edits) == (400_000, 410_000, 1)


def test_a_call_without_a_figure_counts_for_its_share_of_the_pictures(queued: Callable[..., Edit]) -> None:
    edit = queued()
    with db.transaction() as tx:
        tx.execute(sa.text("alter table edits disable trigger user"))
        tx.execute(sa.text("update edits set wanted = 3 where id = :id"), {"id": edit.id})
        tx.execute(sa.text("alter table edits enable trigger user"))
    reserve(edit, 1_000_000)
    called(edit, "yes", 300_000, number=1)
    called(edit, "maybe", number=2, images=2)
    assert (settle(edit).state, settle(edit).spent) == ("maybe", 300_000 + 666_667)


def test_settling_again_changes_nothing_and_a_late_end_is_counted(queued: Callable[..., Edit]) -> None:
    edit = queued()
    reserve(edit, 410_000)
    called(edit, "maybe", state="sent")
    first = settle(edit)
    assert (first.state, first.spent) == ("maybe", 410_000)
    assert settle(edit).updated_at == first.updated_at
    with db.transaction() as tx:
        call = tx.execute(sa.select(ModelCall)).scalar_one()
        call.state, call.ended_at, call.billed, call.micros = "answered", datetime.now(UTC), "yes", 123_456
        call.outputs = [{"sha256": "0" * 64}]
    assert (settle(edit).state, settle(edit).spent) == ("settled", 123_456)


def test_settling_counts_what_the_rows_say_now_whatever_was_read_before(queued: Callable[..., Edit]) -> None:
    edit = queued()
    reserve(edit, 410_000)
    called(edit, "maybe", state="sent")
    with db.transaction() as tx:
        read = tx.scalars(sa.select(ModelCall)).one()
        tx.execute(
            sa.text("update model_calls set state = 'failed', ended_at = now(), kind = 'connect', billed = 'no'")
        )
        assert read.billed == "maybe"
        spend = budgets.settle(tx, edit.id)
        assert spend is not None and spend.state == "released"


def test_edits_without_money_set_aside_are_left_alone(queued: Callable[..., Edit]) -> None:
    with db.transaction() as tx:
        assert budgets.settle(tx, queued().id) is None
        assert budgets.settle(tx, uuid.uuid4()) is None
    assert by_day() == []


def test_what_a_dead_worker_left_behind_is_settled_and_what_still_runs_is_not(queued: Callable[..., Edit]) -> None:
    dead, alive = queued(), queued()
    for edit in (dead, alive):
        reserve(edit, 410_000)
        called(edit, "maybe", state="sent")
    with db.transaction() as tx:
        tx.execute(sa.text("update edits set state = 'running', attempt = 1, runner = uuidv7(), heartbeat_at = now()"))
        tx.execute(
            sa.text(
                "update edits set state = 'unknown', runner = null, heartbeat_at = null, failure = 'Died.' where id = :id"
            ),
            {"id": dead.id},
        )
    with db.transaction() as tx:
        assert budgets.settle_ended(tx) == 1
    with db.transaction() as tx:
        assert budgets.settle_ended(tx) == 0
        assert tx.get_one(Spend, dead.id).state == "maybe"
        assert tx.get_one(Spend, alive.id).state == "reserved"


def test_a_new_day_begins_with_whole_budgets(queued: Callable[..., Edit], caps: Caps) -> None:
    caps(person=0.5)
    edit = queued()
    reserve(edit, 500_000)
    moved(edit, -1)
    reserve(queued(), 500_000)
    assert [(one.day, one.reserved) for one in by_day()] == [
        (_today() - timedelta(days=1), 500_000),
        (_today(), 500_000),
    ]
    assert len(by_day(since=_today())) == 1


def _today() -> date:
    with db.transaction() as tx:
        return tx.execute(sa.text("select (clock_timestamp() at time zone 'utc')::date")).scalar_one()


def test_a_reservation_is_undone_with_the_edit_it_was_for(queued: Callable[..., Edit]) -> None:
    edit = queued()
    with pytest.raises(RuntimeError, match="queue"), db.transaction() as tx:
        budgets.reserve(tx, edit_id=edit.id, operator_id=edit.author_id, template="add-prop", model=MODEL, micros=5,
                        cap=None, priced_at=None)  # fmt: skip
        raise RuntimeError("the queue failed")
    assert standing(edit).person == 20_000_000


@pytest.mark.parametrize("seed", range(3 * MORE))
def test_money_is_never_negative_never_forgotten_and_its_parts_are_the_whole(
    queued: Callable[..., Edit], caps: Caps, person: Callable[[str, Role], Actor], seed: int
) -> None:
    dice = random.Random(seed)
    caps(person=3, template=4, day=5)
    people = [person("mara", "designer"), person("ines", "lead")]
    worth: dict[uuid.UUID, int] = {}
    for _ in range(25):
        edit = queued(dice.choice(people))
        estimate = dice.choice((None, 0, dice.randint(1, 900_000)))
        try:
            reserve(edit, estimate, template=dice.choice(("add-prop", "portrait-retouch")))
        except OverBudget:
            assert estimate
            continue
        worth[edit.id] = estimate or 0
        ended = dice.random()
        for number in range(dice.randint(0, 3)):
            billed = dice.choice(("no", "maybe", "yes"))
            called(edit, billed, dice.choice((None, dice.randint(0, 900_000))) if billed == "yes" else None, number + 1)
        if ended < 0.8:
            spend = settle(edit)
            assert (spend.state == "released") == (spend.spent == 0 and _paid(edit) == 0)
            worth[edit.id] = spend.spent or 0
        now = standing(edit)
        assert 0 <= now.least <= min(now.person, now.template, now.day)
    for by in ("model", "template", "person"):
        rows = by_day(by)
        assert all(min(row.micros, row.maybe, row.reserved, row.edits, row.unpriced) >= 0 for row in rows)
        assert sum(row.micros + row.maybe + row.reserved for row in rows) == sum(worth.values())
    with db.transaction() as tx:
        assert tx.execute(sa.text("select count(*) from spends")).scalar() == len(worth)


def _paid(edit: Edit) -> int:
    with db.transaction() as tx:
        count = sa.text("select count(*) from model_calls where edit_id = :id and billed <> 'no'")
        return int(tx.execute(count, {"id": edit.id}).scalar_one())


@pytest.mark.parametrize(
    ("micros", "up", "words"),
    [(0, True, "$0.00"), (410_000, True, "$0.41"), (410_001, True, "$0.42"), (419_999, False, "$0.41"),
     (4_100, True, "$0.0041"), (4_101, True, "$0.0042"), (1_234_560_000, True, "$1,234.56")],
)  # fmt: skip
def test_amounts_read_like_prices_and_never_flatter(micros: int, up: bool, words: str) -> None:
    assert budgets.dollars(micros, up=up) == words
