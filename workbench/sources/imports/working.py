"""Bringing in what an import asks for, in the worker: each picture once, whoever dies in between."""

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench import db, jobs, operators
from workbench.errors import (
    DatabaseFault,
    Interrupted,
    InvalidInput,
    MovedOn,
    NotAllowed,
    NotFound,
    StoreFault,
    Unavailable,
)
from workbench.models import Duplicates, Import, ImportItem, Operator
from workbench.permissions import Actor
from workbench.settings import settings
from workbench.sources import arriving, fetching, remote, s3
from workbench.sources.ahead import ahead
from workbench.sources.arriving import Added, Arrival, Arrived
from workbench.sources.imports.starting import MOST

log = logging.getLogger("loupe.imports")
#: seconds after which a worker turns to what is more urgent and comes back later
SPELL = 5.0
#: items that are begun together
AT_ONCE = 2 * arriving.LANES
#: an item whose worker died this often in the middle is refused: it may be what kills them
MOST_ATTEMPTS = 3
#: how often something out of reach is asked again, and the seconds in between: doubled each time, up to the longest.
#: A web server is given a good minute, a bucket or Redis server, which the house relies on, 25 minutes
WEB_TRIES, HOUSE_TRIES = 4, 10
FIRST_WAIT, LONGEST_WAIT = 5.0, 300.0
STOPPED = (
    f"The program that brought in this picture stopped {MOST_ATTEMPTS} times in the middle. "
    "Leave it out, try a smaller picture, or tell whoever runs Loupe."
)
CLOCK: Any = sa.func.clock_timestamp()


@dataclass(frozen=True)
class Claim:
    """Items that this runner has, of an import, and in whose name."""

    job: Import
    email: str
    items: list[ImportItem]


def work(import_id: uuid.UUID, spell: float = SPELL, *, network: fetching.Network = fetching.INTERNET) -> bool:
    """Bring in pictures of the import for about `spell` seconds. False: there is more, and a worker was woken.

    1. Claim the next items, counting the attempt. 2. Fetch, decode and store them, some at once. 3. One by one, in
    their order, write each down and end its item in one transaction, or keep the sentence that refused it. Whatever
    was done before is left as it is, and a runner that was taken for dead writes nothing.
    """
    runner, until = uuid.uuid4(), time.monotonic() + spell
    with _beating(import_id, runner):
        while True:
            claim = _claim(import_id, runner)
            if claim is None:
                return True
            if not claim.items:
                return False
            _bring_in(claim, network)
            if time.monotonic() > until:
                with db.transaction() as tx:
                    jobs.wake_import(tx, import_id)
                return False


def _bring_in(claim: Claim, network: fetching.Network) -> None:
    try:
        actor = operators.actor(claim.email, "worker")
    except NotAllowed as error:
        for item in claim.items:
            _refuse(item, str(error))
        return
    for item, done in ahead(partial(_fetched, actor, claim.job, network=network), claim.items, arriving.LANES):
        try:
            _finish(actor, item, done())
        except (InvalidInput, NotFound, NotAllowed, MovedOn) as error:
            _refuse(item, str(error))
        except Unavailable as error:
            if isinstance(error, DatabaseFault):
                raise
            _put_off(item, error)
        except Interrupted:
            log.info("import_item_lost", extra={"import": str(item.import_id), "place": item.place})


def _fetched(
    actor: Actor, job: Import, item: ImportItem, *, network: fetching.Network
) -> list[str] | tuple[Arrival, Arrived]:
    """What an item stands for, in the store already; for a folder the addresses of its pictures."""
    if remote.is_folder(item.source):
        return s3.pictures_below(item.source, MOST)
    found = remote.fetch(item.source, network=network)
    arrival = Arrival(
        item.name or found.name, found.origin, item.name is not None, item.collection or job.collection,
        [*job.tags, *item.tags], cast(Duplicates, job.duplicates),
    ).checked(actor)  # fmt: skip
    return arrival, arriving.store(found.data, arrival)


def _finish(actor: Actor, item: ImportItem, found: list[str] | tuple[Arrival, Arrived]) -> None:
    if isinstance(found, list):
        _list(item, found)
        return
    arrival, arrived = found
    if arriving.enter(actor, arrived, arrival, also=partial(_entered, item)) is None:
        _hand_back(item)


def _entered(item: ImportItem, tx: Session, added: Added) -> None:
    alike = [
        {"asset": str(one.asset.id), "version": str(one.version.id), "how": one.how}
        for one in added.alike
        if one.asset.id != added.asset.id or added.outcome == "here"
    ]
    became = {"state": added.outcome, "asset_id": added.asset.id, "version_id": added.version.id}
    _end(tx, item, **became, alike=alike, sentence=None)


def _list(item: ImportItem, addresses: list[str]) -> None:
    """Make items of a folder's pictures; all of them and the folder's end, or nothing."""
    with db.transaction() as tx:
        _locked(tx, item.import_id)
        of_import = col(ImportItem.import_id) == item.import_id
        last, count = tx.execute(sa.select(sa.func.max(ImportItem.place), sa.func.count()).where(of_import)).one()
        if count + len(addresses) > MOST:
            raise InvalidInput(f"With this folder it would be more than {MOST:,} pictures. Import it by itself.")
        _end(tx, item, state="listed", sentence=None)
        tx.add_all(
            ImportItem(
                import_id=item.import_id, place=place, source=address, line=item.line, collection=item.collection,
                tags=item.tags,
            )
            for place, address in enumerate(addresses, last + 1)
        )  # fmt: skip


def _refuse(item: ImportItem, sentence: str) -> None:
    with suppress(Interrupted), db.transaction() as tx:
        words = f"Row {item.line}: {sentence}" if item.line else sentence
        _end(tx, item, state="refused", sentence=words)


def _put_off(item: ImportItem, error: Unavailable) -> None:
    """Have an item wait until what it needs may be there again; our own store is waited for without end."""
    if not isinstance(error, StoreFault):
        most = WEB_TRIES if item.source.lower().startswith("https:") else HOUSE_TRIES
        if not error.retry or item.tries >= most:
            _refuse(item, str(error))
            return
    wait = timedelta(seconds=min(FIRST_WAIT * 2**item.tries, LONGEST_WAIT))
    tries = min(item.tries + 1, HOUSE_TRIES)
    _hand_back(item, tries=tries, not_before=CLOCK + wait, sentence=str(error))


def _hand_back(item: ImportItem, **values: Any) -> None:
    with suppress(Interrupted), db.transaction() as tx:
        _write(tx, item, state="waiting", attempt=item.attempt - 1, **values)


def _end(tx: Session, item: ImportItem, **values: Any) -> None:
    _write(tx, item, ended_at=CLOCK, source=remote.shown(item.source), **values)


def _write(tx: Session, item: ImportItem, **values: Any) -> None:
    """Change an item that is still this runner's; raises Interrupted when it is not, so that nothing is kept."""
    mine = sa.update(ImportItem).where(
        col(ImportItem.import_id) == item.import_id,
        col(ImportItem.place) == item.place,
        col(ImportItem.state) == "running",
        col(ImportItem.runner) == item.runner,
    )
    if tx.execute(mine.values(runner=None, heartbeat_at=None, **values)).rowcount != 1:  # type: ignore[attr-defined]
        raise Interrupted("The picture is brought in by somebody else, or no longer wanted.")


def _claim(import_id: uuid.UUID, runner: uuid.UUID) -> Claim | None:
    """The next items for this runner; none in it: others have what is left, or it waits. None: the import has ended."""
    with db.transaction() as tx:
        job = _locked(tx, import_id)
        if job.cancelled_at is not None or job.ended_at is not None:
            return None
        _take_back(tx, import_id)
        of_import = select(ImportItem).where(ImportItem.import_id == import_id)
        due = sa.or_(col(ImportItem.not_before).is_(None), col(ImportItem.not_before) <= CLOCK)
        ready = of_import.where(ImportItem.state == "waiting", due).order_by(col(ImportItem.place)).limit(AT_ONCE)
        items = list(tx.exec(ready).all())
        if not items:
            return _waiting(tx, job)
        # What was begun before may be what killed its worker: it goes alone, so that its neighbours don't go with it.
        items = items[:1] if items[0].attempt else [item for item in items if not item.attempt]
        for item in items:
            item.state, item.runner, item.attempt = "running", runner, item.attempt + 1
            item.heartbeat_at = CLOCK
        tx.add_all(items)
        tx.flush()
        for item in items:
            tx.refresh(item)
        return Claim(job, tx.get_one(Operator, job.author_id).email, items)


def _take_back(tx: Session, import_id: uuid.UUID) -> None:
    """Let items be claimed again whose runner gave no sign; refuse those that it happened to too often."""
    late = col(ImportItem.heartbeat_at) < CLOCK - timedelta(seconds=settings().stalled_after)
    silent = sa.update(ImportItem).where(
        col(ImportItem.import_id) == import_id, col(ImportItem.state) == "running", late
    )
    often = col(ImportItem.attempt) >= MOST_ATTEMPTS
    free: dict[str, Any] = {"runner": None, "heartbeat_at": None}
    tx.execute(silent.where(often).values(state="refused", sentence=STOPPED, ended_at=CLOCK, **free))
    tx.execute(silent.where(~often).values(state="waiting", **free))


def _waiting(tx: Session, job: Import) -> Claim | None:
    """End the import when every item has its outcome; else have a worker look again when there may be something."""
    still = sa.select(col(ImportItem.not_before)).where(
        col(ImportItem.import_id) == job.id, col(ImportItem.state).in_(("waiting", "running"))
    )
    moments = list(tx.scalars(still).all())
    if not moments:
        job.ended_at = CLOCK
        tx.add(job)
        return None
    soon = datetime.now(UTC) + timedelta(seconds=settings().stalled_after)
    jobs.wake_import(tx, job.id, at=min([moment for moment in moments if moment is not None], default=soon))
    return Claim(job, "", [])


def _locked(tx: Session, import_id: uuid.UUID) -> Import:
    return tx.exec(select(Import).where(Import.id == import_id).with_for_update()).one()


@contextmanager
def _beating(import_id: uuid.UUID, runner: uuid.UUID) -> Iterator[None]:
    """Signs of life for whatever this runner has, from a thread of their own."""
    over = threading.Event()

    def beat() -> None:
        mine = sa.update(ImportItem).where(
            col(ImportItem.import_id) == import_id,
            col(ImportItem.state) == "running",
            col(ImportItem.runner) == runner,
        )
        while not over.wait(settings().heartbeat_every):
            with suppress(DatabaseFault), db.transaction() as tx:  # a short outage costs a beat, not the work
                tx.execute(mine.values(heartbeat_at=CLOCK))

    thread = threading.Thread(target=beat, name="import-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def sweep(stalled_after: float) -> list[uuid.UUID]:
    """Renew the wake-up calls of imports whose worker died; one sweeper at a time."""
    with db.transaction() as tx:
        if not tx.scalar(sa.text("select pg_try_advisory_xact_lock(hashtextextended('loupe.sweep.imports', 0))")):
            return []
        lost = jobs.forgotten_imports(tx, timedelta(seconds=stalled_after))
        for import_id in lost:
            jobs.wake_import(tx, import_id)
        return lost
