"""Starting and stopping an import: what is asked for, checked as far as can be without asking anybody."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from workbench import audit, db, jobs
from workbench.errors import InvalidInput, MovedOn, NotAllowed
from workbench.models import Duplicates, Import, ImportItem
from workbench.permissions import Actor, may, require
from workbench.sources import remote
from workbench.sources.imports.lists import MOST_ENTRIES, Entry
from workbench.sources.imports.reading import find
from workbench.sources.naming import checked_collection, checked_tags

#: items of one import
MOST = MOST_ENTRIES
#: characters of a title
_TITLE = 200
CLOCK: Any = sa.func.clock_timestamp()


def start(
    actor: Actor, entries: Sequence[Entry], *, title: str = "", collection: str | None = None, tags: Sequence[str] = (),
    duplicates: Duplicates = "add",
) -> Import:  # fmt: skip
    """Have workers bring in what is at the addresses of `entries`; a folder of a bucket means every picture below it.

    An entry that can't be brought in is refused with its sentence and the rest goes on. `duplicates` as in
    `sources.add`. Returns at once. Raises InvalidInput when there is nothing to bring in.
    """
    require(actor, "asset:add")
    if duplicates == "version":
        require(actor, "version:import")
    if not entries:
        raise InvalidInput("There is nothing to import. Name some addresses.")
    if len(entries) > MOST:
        raise InvalidInput(f"An import takes up to {MOST:,} pictures, not {len(entries):,}. Import them in parts.")
    job = Import(
        author_id=actor.id, via=actor.via, title=_title(title, entries), collection=checked_collection(collection),
        tags=checked_tags(tags), duplicates=duplicates,
    )  # fmt: skip
    with db.transaction() as tx:
        tx.add(job)
        tx.flush()
        tx.add_all(_item(job.id, place, entry) for place, entry in enumerate(entries, 1))
        tx.flush()
        jobs.wake_import(tx, job.id)
        audit.record(tx, actor, "import:start", job.id, title=job.title, items=len(entries), duplicates=duplicates)
        return job


def _item(import_id: uuid.UUID, place: int, entry: Entry) -> ImportItem:
    problem, source = entry.problem, entry.source.strip()
    if problem is None:
        try:
            if not remote.is_remote(source):
                raise InvalidInput("It is no address that begins with https://, s3:// or redis://.")
            source = remote.checked(source)
        except InvalidInput as error:
            problem = f"Row {entry.line}: {error}" if entry.line else str(error)
    made = ImportItem(
        import_id=import_id, place=place, source=source[:4000] or "(no source)", line=entry.line, name=entry.name,
        collection=entry.collection, tags=list(entry.tags),
    )  # fmt: skip
    if problem is not None:
        made.state, made.sentence, made.ended_at = "refused", problem, datetime.now(UTC)
        made.source = remote.shown(made.source)
    return made


def _title(title: str, entries: Sequence[Entry]) -> str:
    if words := " ".join("".join(c if c.isprintable() else " " for c in title).split()):
        return words[:_TITLE]
    first = remote.shown(entries[0].source.strip())[:120] or "(no source)"
    return first if len(entries) == 1 else f"{len(entries):,} pictures, first {first}"


def cancel(actor: Actor, words: str) -> Import:
    """Stop an import: what came in stays, the rest is not brought in."""
    require(actor, "asset:add")
    with db.transaction() as tx:
        job = find(tx, words)
        tx.refresh(job, with_for_update=True)
        if job.author_id != actor.id and not may(actor, "version:import"):
            raise NotAllowed("Only who started an import can cancel it, or a lead.")
        if job.cancelled_at is not None:
            return job
        if job.ended_at is not None:
            raise MovedOn("The import is at its end already, so there is nothing to cancel.")
        job.cancelled_at = CLOCK
        tx.add(job)
        rest = sa.update(ImportItem).where(
            col(ImportItem.import_id) == job.id, col(ImportItem.state).in_(("waiting", "running"))
        )
        values = {"state": "cancelled", "runner": None, "heartbeat_at": None, "sentence": None, "ended_at": CLOCK}
        tx.execute(rest.values(**values, source=_shown()))
        tx.flush()
        tx.refresh(job)
        audit.record(tx, actor, "import:cancel", job.id, title=job.title)
        return job


def _shown() -> sa.ColumnElement[str]:
    """`remote.shown` in the database's words."""
    source = col(ImportItem.source)
    return sa.case(
        (source.ilike("https:%"), sa.func.split_part(sa.func.split_part(source, "?", 1), "#", 1)), else_=source
    )
