"""Waiting at the shared limit without waiting: time passes by moving everything that was written into the past."""

import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from workbench import db
from workbench.engines import limits

ACCOUNT = "acc0"


def pass_time(seconds: float) -> None:
    """As if `seconds` had gone by for the account since its last word."""
    with db.transaction() as tx:
        for statement in (
            "update model_grants set at = at - make_interval(secs => :s)",
            "update model_waiters set since = since - make_interval(secs => :s),"
            " expected_until = expected_until - make_interval(secs => :s)",
            "update model_limits set blocked_until = blocked_until - make_interval(secs => :s),"
            " latest = latest - make_interval(secs => :s)",
        ):
            tx.execute(sa.text(statement), {"s": seconds})


def take(waiter: str = "w", pictures: int = 1, *, most: int = 5, window: float = 60, **more: object) -> float:
    """Ask in a transaction of its own."""
    with db.transaction() as tx:
        return limits.take(tx, ACCOUNT, pictures=pictures, most=most, window=window, waiter=waiter, **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Caller:
    """Somebody who wants pictures from a moment on, and asks again exactly when told."""

    name: str
    arrives: float
    pictures: int = 1
    batch: bool = False
    #: it never comes back for its turn
    dies: bool = False


@dataclass
class Seen:
    """What happened to them."""

    #: (moment, caller), in the order of the grants
    grants: list[tuple[float, Caller]] = field(default_factory=list)
    asked: int = 0

    @property
    def order(self) -> list[str]:
        return [caller.name for _, caller in self.grants]

    def pictures(self) -> list[float]:
        """The moment of each picture."""
        return [at for at, caller in self.grants for _ in range(caller.pictures)]


def play(callers: Sequence[Caller], *, most: int, window: float) -> Seen:
    """Let all of them come, wait and ask again, in time that is only counted; statements take a few real milliseconds."""
    seen, now, tie = Seen(), 0.0, itertools.count()
    line = [(caller.arrives, next(tie), caller) for caller in callers]
    heapq.heapify(line)
    while line:
        at, _, caller = heapq.heappop(line)
        if at > now:
            pass_time(at - now)
            now = at
        wait = take(caller.name, caller.pictures, most=most, window=window, batch=caller.batch)
        seen.asked += 1
        if wait == 0:
            seen.grants.append((now, caller))
        elif not caller.dies:
            heapq.heappush(line, (now + wait, next(tie), caller))
    return seen
