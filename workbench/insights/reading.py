"""What happened lately: edits by how they ended, failures, speed, calls of image models, and money."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from workbench import budgets
from workbench.budgets import MILLION, By, Spent
from workbench.errors import InvalidInput
from workbench.insights import statements
from workbench.permissions import Actor, may
from workbench.settings import settings

#: edits, calls and events that are read at most: beyond it, what is shown tells of the newest ones
MOST = 50_000
#: days that can be looked back
LONGEST = 366


@dataclass(frozen=True)
class Outcome:
    """Edits that were asked for on one day (UTC) and are in one state now."""

    day: date
    state: str
    engine: str
    #: of the candidate a list shows; None where there is none
    verdict: str | None
    n: int


@dataclass(frozen=True)
class Failure:
    """Edits that failed, or ended nobody knows how, in the same way."""

    #: failed, unknown
    state: str
    #: the error's kind and what was being done; "" in edits from before these were kept
    kind: str
    stage: str
    engine: str
    template: str
    #: "" where no model was asked
    model: str
    n: int
    newest: datetime
    #: the newest of them
    edits: tuple[uuid.UUID, ...]
    #: what the newest one told its author
    sentence: str


@dataclass(frozen=True)
class Seconds:
    """A middle and a bad case, in seconds."""

    median: float
    p95: float


@dataclass(frozen=True)
class Speed:
    """How long results of one engine, or one of its models, took."""

    engine: str
    model: str
    n: int
    #: until a worker began for the last time, and from there to the result
    queued: Seconds
    running: Seconds


@dataclass(frozen=True)
class Calls:
    """Requests to one model that ended alike."""

    model: str
    #: sent, answered, failed, lost
    state: str
    #: "" where there was none
    fault: str
    status: int | None
    #: no, maybe, yes
    billed: str
    n: int
    #: None while no answer is there
    took: Seconds | None


@dataclass(frozen=True)
class Budget:
    """Today's money, in micros: what is left for the person and for everybody, what the caps are, what was used."""

    person: int
    person_of: int
    everybody: int
    everybody_of: int
    #: the person's own spend, in the whole time that is looked at
    own: int


@dataclass(frozen=True)
class Insights:
    """Everything of the last `days` days, today included."""

    #: the first day and today, UTC
    since: date
    today: date
    outcomes: tuple[Outcome, ...]
    failures: tuple[Failure, ...]
    speeds: tuple[Speed, ...]
    calls: tuple[Calls, ...]
    spent: tuple[Spent, ...]
    #: what `spent` is told apart by
    by: By
    budget: Budget | None = field(default=None)

    @property
    def days(self) -> int:
        return (self.today - self.since).days + 1

    @property
    def edits(self) -> int:
        return sum(one.n for one in self.outcomes)

    @property
    def cut(self) -> bool:
        """Whether there were more edits than are read."""
        return self.edits >= MOST

    def states(self) -> dict[str, int]:
        """Edits by the state they are in."""
        return summed((one.state, one.n) for one in self.outcomes)

    def verdicts(self) -> dict[str, int]:
        """Results by what their report says."""
        return summed((one.verdict, one.n) for one in self.outcomes if one.verdict)

    @property
    def acceptance(self) -> float | None:
        """Accepted edits among the decided ones, None before there is a decision."""
        states = self.states()
        decided = states.get("accepted", 0) + states.get("rejected", 0)
        return states.get("accepted", 0) / decided if decided else None

    @property
    def rate_limited(self) -> float | None:
        """The share of calls that the provider put off (status 429), None where none was made."""
        every = sum(one.n for one in self.calls)
        return sum(one.n for one in self.calls if one.status == 429) / every if every else None

    @property
    def maybe_billed(self) -> int:
        """Calls of which nobody knows whether they were billed."""
        return sum(one.n for one in self.calls if one.billed == "maybe" and one.state != "sent")


def read(tx: Session, actor: Actor | None = None, *, days: int = 30, by: By = "model") -> Insights:
    """The last `days` days, today included; with an `actor` their budget, and nobody's name who may not see it.

    A handful of statements, however much there is.
    """
    if not 1 <= days <= LONGEST:
        raise InvalidInput(f"Look back 1 to {LONGEST} days, not {days}.")
    today = tx.execute(sa.text(statements.TODAY)).one().today
    since = today - timedelta(days=days - 1)
    start = datetime.combine(since, time(), UTC)
    if actor is not None and by == "person" and not may(actor, "insights:people"):
        by = "model"
    window = {"first": first(start), "most": MOST}
    return Insights(
        since=since,
        today=today,
        outcomes=tuple(Outcome(**row._mapping) for row in tx.execute(sa.text(statements.OUTCOMES), window)),
        failures=tuple(_failure(row) for row in tx.execute(sa.text(statements.FAILURES), window)),
        speeds=tuple(_speed(row) for row in tx.execute(sa.text(statements.SPEEDS), {"since": start, "most": MOST})),
        calls=tuple(_calls(row) for row in tx.execute(sa.text(statements.CALLS), {"since": start, "most": MOST})),
        spent=tuple(budgets.by_day(tx, since, by=by)),
        by=by,
        budget=_budget(tx, actor, since) if actor else None,
    )


def first(at: datetime) -> uuid.UUID:
    """The least id that a row made at that moment can have (RFC 9562, version 7)."""
    return uuid.UUID(int=int(at.timestamp() * 1000) << 80)


def summed(pairs: Iterable[tuple[str | None, int]]) -> dict[str, int]:
    """The numbers of each name, added up."""
    found: dict[str, int] = {}
    for name, number in pairs:
        found[name or ""] = found.get(name or "", 0) + number
    return found


def _failure(row: "sa.Row[tuple[object, ...]]") -> Failure:
    fields = dict(row._mapping)
    return Failure(**{**fields, "edits": tuple(fields["edits"]), "sentence": fields["sentence"] or ""})


def _speed(row: "sa.Row[tuple[object, ...]]") -> Speed:
    return Speed(row.engine, row.model, row.n, _seconds(row.queued), _seconds(row.running))


def _calls(row: "sa.Row[tuple[object, ...]]") -> Calls:
    took = None if row.took is None or row.took[0] is None else _seconds(row.took)
    return Calls(row.model, row.state, row.fault, row.status, row.billed, row.n, took)


def _seconds(two: Sequence[float]) -> Seconds:
    return Seconds(round(two[0], 3), round(two[1], 3))


def _budget(tx: Session, actor: Actor, since: date) -> Budget:
    own = tx.execute(sa.text(statements.OWN), {"since": since, "operator": actor.id}).one()
    # no template has the empty name, so this asks for the other two caps only
    left, chosen = budgets.standing(tx, actor.id, ""), settings()
    return Budget(
        person=left.person,
        person_of=round(chosen.budget_person * MILLION),
        everybody=left.day,
        everybody_of=round(chosen.budget_day * MILLION),
        own=int(own.micros),
    )
