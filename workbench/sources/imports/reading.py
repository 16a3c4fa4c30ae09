"""What people look at: an import with its counts, and its items page by page with what became of each."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench import versions
from workbench.errors import NotFound
from workbench.models import Asset, Import, ImportItem, ItemState, Operator, Version

#: states in which an item has not had its outcome yet
OPEN: tuple[ItemState, ...] = ("waiting", "running")


@dataclass(frozen=True)
class Imported:
    """An import and how far it is."""

    job: Import
    author: Operator
    #: how many items are in each state; a folder that was listed is no item any more
    counts: Mapping[ItemState, int]

    @property
    def state(self) -> Literal["running", "finished", "cancelled"]:
        """Whether there is more to come."""
        if self.job.cancelled_at is not None:
            return "cancelled"
        return "running" if self.job.ended_at is None else "finished"

    @property
    def all(self) -> int:
        """How many pictures it has, as far as is known: folders are counted as one until they are listed."""
        return sum(number for state, number in self.counts.items() if state != "listed")

    @property
    def done(self) -> int:
        """How many of them have their outcome."""
        return self.all - sum(self.counts.get(state, 0) for state in OPEN)


@dataclass(frozen=True)
class Item:
    """One picture of an import."""

    item: ImportItem
    #: what it became, or what the library had already
    asset: Asset | None
    version: Version | None


@dataclass(frozen=True)
class ItemPage:
    """One page of items in their order, and the place after which the next one goes on."""

    items: list[Item]
    next: int | None


def find(tx: Session, words: str) -> Import:
    """The import with that id, or 8 or more first characters of it. Raises NotFound."""
    found = versions.by_id(tx, Import, words)
    if len(found) != 1:
        raise NotFound(f"There is no import “{words}”. `sources imports` lists them.")
    return found[0]  # type: ignore[no-any-return]


def imported(tx: Session, words: str) -> Imported:
    """One import with its counts; three statements. Raises NotFound."""
    return _shown(tx, [find(tx, words)])[0]


def newest(tx: Session, *, before: uuid.UUID | None = None, limit: int = 20) -> list[Imported]:
    """The imports, newest first, `limit` of them older than `before`; three statements."""
    query = select(Import).order_by(col(Import.id).desc()).limit(limit)
    if before is not None:
        query = query.where(col(Import.id) < before)
    return _shown(tx, list(tx.exec(query).all()))


def _shown(tx: Session, found: list[Import]) -> list[Imported]:
    people = tx.exec(select(Operator).where(col(Operator.id).in_({job.author_id for job in found}))).all()
    authors = {person.id: person for person in people}
    counted = (
        sa.select(col(ImportItem.import_id), col(ImportItem.state), sa.func.count())
        .where(col(ImportItem.import_id).in_([job.id for job in found]))
        .group_by(col(ImportItem.import_id), col(ImportItem.state))
    )
    counts: dict[uuid.UUID, dict[ItemState, int]] = {}
    for job_id, state, number in tx.execute(counted).all():
        counts.setdefault(job_id, {})[state] = number
    return [Imported(job, authors[job.author_id], counts.get(job.id, {})) for job in found]


def items(
    tx: Session, job: Import, *, states: Collection[ItemState] = (), after: int = 0, limit: int = 100
) -> ItemPage:
    """`limit` items of an import after the place `after`, in their order; only those in `states`, if any are given."""
    query = (
        sa.select(ImportItem, Asset, Version)
        .outerjoin(Asset, col(Asset.id) == ImportItem.asset_id)
        .outerjoin(Version, col(Version.id) == ImportItem.version_id)
        .where(col(ImportItem.import_id) == job.id, col(ImportItem.place) > after)
        .order_by(col(ImportItem.place))
        .limit(limit + 1)
        .execution_options(populate_existing=True)
    )
    if states:
        query = query.where(col(ImportItem.state).in_(states))
    rows = [Item(*row) for row in tx.execute(query).all()]
    return ItemPage(rows[:limit], rows[limit - 1].item.place if len(rows) > limit else None)
