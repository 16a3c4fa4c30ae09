"""Money: set aside when an edit is queued, settled from what its calls came to, and never more than the caps allow.

Amounts are millionths of a US dollar (micros). A day is a day in UTC, by the database's clock, and an edit counts on
the day it was queued. docs/reference/budgets.md says what counts when.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench.errors import OverBudget
from workbench.models import Edit, ModelCall, Spend
from workbench.settings import settings

MILLION = 1_000_000
By = Literal["model", "template", "person"]
#: what a row of spends counts for: the estimate while it is on its way, then what it came to
COUNTED = "coalesce(s.spent, s.reserved, 0)"


@dataclass(frozen=True)
class Standing:
    """Micros that may still be spent today; 0 where a cap is used up."""

    person: int
    template: int
    day: int

    @property
    def least(self) -> int:
        """What one more edit may cost at most."""
        return min(self.person, self.template, self.day)


@dataclass(frozen=True)
class Spent:
    """What one day's edits cost, by model, template or person."""

    day: date
    name: str
    #: micros that were billed
    micros: int
    #: micros that may have been billed besides
    maybe: int
    #: edits that something was, or may be, spent on
    edits: int
    #: micros set aside for edits that are still on their way
    reserved: int = 0
    #: edits whose price nobody knows; they are in none of the sums
    unpriced: int = 0


@dataclass(frozen=True)
class _Cap:
    """One of the day's caps."""

    #: what stands in the sentence before “… left today”
    whose: str
    #: micros a day
    most: int
    left: int


def reserve(
    tx: Session, *, edit_id: uuid.UUID, operator_id: uuid.UUID, template: str, model: str, micros: int | None,
    cap: float | None, priced_at: date | None,
) -> None:  # fmt: skip
    """Set `micros` aside for a new edit, in the transaction that queues it; None = the price is not known.

    `cap`: US dollars that one edit by this template may cost. Reservations wait for one another until the transaction
    ends, so that no two can take the same rest. Raises OverBudget with the cap that stands in the way; nothing was set
    aside then. What has no known price is held only to caps of zero.
    """
    tx.execute(sa.text("select pg_advisory_xact_lock(hashtextextended('loupe.spends', 0))"))
    today = _today(tx)
    why = refusal(tx, operator_id=operator_id, template=template, micros=micros, cap=cap, day=today)
    if why:
        raise OverBudget(why)
    tx.add(Spend(edit_id=edit_id, operator_id=operator_id, template=template, model=model, reserved=micros, day=today,
                 priced_at=priced_at))  # fmt: skip
    tx.flush()


def refusal(
    tx: Session, *, operator_id: uuid.UUID, template: str, micros: int | None, cap: float | None = None,
    day: date | None = None,
) -> str:  # fmt: skip
    """Why such an edit would be refused today, as a sentence for whoever wants it; "" where it would not be."""
    if cap is not None and (cap == 0 if micros is None else micros > _micros(cap)):
        cost = "costs money" if micros is None else f"may cost {_up(micros)}"
        return (
            f"This edit {cost}, and one edit by this template may cost {_down(_micros(cap))} at most. "
            "Ask for fewer pictures or a lower quality."
        )
    caps = _caps(tx, operator_id, template, day or _today(tx))
    tightest = min(caps, key=lambda each: (each.most > 0, each.left))
    if tightest.most == 0 and micros != 0:
        return _nothing(tightest)
    return _too_much(micros, tightest) if micros and micros > tightest.left else ""


def settle(tx: Session, edit_id: uuid.UUID) -> Spend | None:
    """Count what an edit's calls came to; once it no longer runs, and again whenever one of them ends later.

    Says nothing about edits for which no money was set aside.
    """
    fresh = {"populate_existing": True}
    held = select(Spend).where(Spend.edit_id == edit_id).with_for_update()
    spend = tx.exec(held, execution_options=fresh).one_or_none()
    if spend is None:
        return None
    calls = tx.exec(select(ModelCall).where(ModelCall.edit_id == edit_id), execution_options=fresh).all()
    wanted = tx.exec(select(Edit.wanted).where(Edit.id == edit_id)).one()
    state, spent = _settled(calls, spend.reserved, wanted)
    if (spend.state, spend.spent) != (state, spent):
        spend.state, spend.spent = state, spent
        spend.updated_at = tx.scalars(sa.select(sa.func.clock_timestamp())).one()
        tx.flush()
    return spend


def settle_ended(tx: Session, limit: int = 100) -> int:
    """Settle edits that ended without anybody counting, as when their worker died; how many there were."""
    left = tx.exec(
        select(Spend.edit_id).join(Edit, col(Edit.id) == Spend.edit_id)
        .where(Spend.state == "reserved", col(Edit.state).not_in(("queued", "running")))
        .order_by(col(Spend.edit_id)).limit(limit).with_for_update(skip_locked=True, of=Spend)
    ).all()  # fmt: skip
    for edit_id in left:
        settle(tx, edit_id)
    return len(left)


def standing(tx: Session, operator_id: uuid.UUID, template: str) -> Standing:
    """What may still be spent today by a person, with a template, and by all together."""
    return Standing(*(max(0, cap.left) for cap in _caps(tx, operator_id, template, _today(tx))))


def by_day(tx: Session, since: date, by: By = "model") -> list[Spent]:
    """What was spent on each day from `since` on, oldest first; a person stands there by name."""
    name = {"model": "s.model", "template": "s.template", "person": "o.name"}[by]
    key = "s.operator_id" if by == "person" else name
    rows = tx.execute(sa.text(BY_DAY.format(name=name, key=key)), {"since": since}).all()
    return [Spent(row.day, row.name, int(row.known), int(row.maybe), row.edits, int(row.reserved), row.unpriced)
            for row in rows]  # fmt: skip


#: of an edit that may have been billed, what was billed for sure is told apart from the rest
BY_DAY = """
select s.day, {name} as name,
  coalesce(sum(case s.state when 'settled' then s.spent when 'maybe' then least(s.spent, c.known) end), 0) as known,
  coalesce(sum(case s.state when 'maybe' then s.spent - least(s.spent, c.known) end), 0) as maybe,
  coalesce(sum(case s.state when 'reserved' then s.reserved end), 0) as reserved,
  count(*) filter (where s.state <> 'released') as edits,
  count(*) filter (where s.state <> 'released' and s.spent is null and s.reserved is null) as unpriced
from spends s join operators o on o.id = s.operator_id
left join lateral (
  select coalesce(sum(m.micros), 0) as known from model_calls m where m.edit_id = s.edit_id and m.billed = 'yes'
) c on s.state = 'maybe'
where s.day >= :since group by s.day, {key}, {name} order by s.day, {name}, {key}
"""


def dollars(micros: int, *, up: bool = True) -> str:
    """An amount as people read it, “$0.41”: what is to be paid rounded up, what is left (`up=False`) rounded down."""
    step = 10_000 if micros >= 100_000 or micros % 10_000 == 0 else 100
    rounded = (-(-micros // step) if up else micros // step) * step
    return f"${rounded / MILLION:,.{2 if rounded % 10_000 == 0 else 4}f}"


def _up(micros: int) -> str:
    return dollars(micros)


def _down(micros: int) -> str:
    return dollars(micros, up=False)


def _settled(calls: Sequence[ModelCall], reserved: int | None, wanted: int) -> tuple[str, int | None]:
    """State and micros of an edit with these calls; micros are None where something was paid and nobody knows what.

    A call that may have been billed, or was billed without a figure, counts as its pictures' share of the estimate.
    """
    paid = [call for call in calls if call.billed != "no"]
    if not paid:
        return "released", 0
    amounts = [_amount(call, reserved, wanted) for call in paid]
    known = [amount for amount in amounts if amount is not None]
    state = "maybe" if any(call.billed == "maybe" for call in paid) else "settled"
    return state, sum(known) if known else None


def _amount(call: ModelCall, reserved: int | None, wanted: int) -> int | None:
    if call.billed == "yes" and call.micros is not None:
        return call.micros
    if reserved is None:
        return None
    return -(-reserved * min(call.images, wanted) // wanted)


def _caps(tx: Session, operator_id: uuid.UUID, template: str, today: date) -> list[_Cap]:
    """The day's caps of a person, a template and the workspace."""
    row = tx.execute(
        sa.text(
            f"select coalesce(sum({COUNTED}) filter (where s.operator_id = :operator), 0) as person,"
            f" coalesce(sum({COUNTED}) filter (where s.template = :template), 0) as template,"
            f" coalesce(sum({COUNTED}), 0) as day from spends s where s.day = :today"
        ),
        {"operator": operator_id, "template": template, "today": today},
    ).one()
    limit = settings()
    caps = {"you have": (limit.budget_person, row.person), "this template has": (limit.budget_template, row.template),
            "everybody together has": (limit.budget_day, row.day)}  # fmt: skip
    return [_Cap(whose, _micros(most), _micros(most) - int(used)) for whose, (most, used) in caps.items()]


def _too_much(micros: int, cap: _Cap) -> str:
    wait = ", or wait until tomorrow (UTC)" if micros <= cap.most else ""
    return (
        f"This edit may cost {_up(micros)}, and {cap.whose} {_down(max(0, cap.left))} left today "
        f"(of {_down(cap.most)}). Ask for fewer pictures{',' if wait else ' or'} a lower quality{wait}."
    )


def _nothing(cap: _Cap) -> str:
    setting = {"you have": "LOUPE_BUDGET_PERSON_DAY", "this template has": "LOUPE_BUDGET_TEMPLATE_DAY"}
    return (
        f"This edit costs money, and {cap.whose} a budget of $0.00 a day for image models. "
        f"Whoever runs Loupe can raise {setting.get(cap.whose, 'LOUPE_BUDGET_DAY')}."
    )


def _today(tx: Session) -> date:
    today = tx.scalar(sa.text("select (clock_timestamp() at time zone 'utc')::date"))
    assert isinstance(today, date)
    return today


def _micros(amount: float) -> int:
    return round(amount * MILLION)
