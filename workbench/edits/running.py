"""An edit's way through the workers: start, heartbeat, finish, hand back, cancel, sweep; every write is fenced.

Starting is one compare-and-set. Every later write names the edit, the runner, the attempt and the state `running`:
where no row answers, the edit was lost to somebody else and the result is thrown away.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench import audit, db, jobs, versions
from workbench.edits.reading import find
from workbench.edits.wishes import Blob
from workbench.errors import MovedOn, NotAllowed
from workbench.models import Candidate, Edit, Operator
from workbench.permissions import Actor, require

#: an edit whose worker died this often is failed: it may be what kills them
MOST_ATTEMPTS = 3
CLOCK = sa.func.clock_timestamp()


@dataclass(frozen=True)
class Fence:
    """Who runs an edit right now; no other may write."""

    edit_id: uuid.UUID
    runner: uuid.UUID
    attempt: int


@dataclass(frozen=True)
class Maps:
    """Small pictures of what happened where; None where there is nothing to tell."""

    #: where the result differs from its original
    changed: Blob | None = None
    #: all that the model changed, allowed or not
    found: Blob | None = None
    #: how far the model's colours were off
    heat: Blob | None = None


@dataclass(frozen=True)
class Made:
    """One candidate whose bytes are in the store already."""

    kept: versions.Kept
    #: sha256 of the engine's raw output where it isn't the result itself
    raw_sha256: str | None
    maps: Maps
    verdict: str
    report: dict[str, Any]
    notes: tuple[str, ...]
    #: those of the notes that say what the engine was not sure of
    doubts: tuple[str, ...]


def start(edit_id: uuid.UUID) -> tuple[Fence, Edit] | None:
    """Take the queued edit, or None when somebody else has it, or it needs no run any more."""
    runner = uuid.uuid4()
    with db.transaction() as tx:
        query = (
            sa.update(Edit)
            .where(col(Edit.id) == edit_id, col(Edit.state) == "queued")
            .values(state="running", attempt=Edit.attempt + 1, runner=runner, heartbeat_at=CLOCK, progress=0.0,
                    phase="Starting", updated_at=CLOCK)
            .returning(col(Edit.attempt))
        )  # fmt: skip
        attempt = tx.execute(query).scalar()
        if attempt is None:
            return None
        return Fence(edit_id, runner, attempt), tx.get_one(Edit, edit_id)


def _write(tx: Session, fence: Fence, **values: Any) -> bool:
    query = (
        sa.update(Edit)
        .where(
            col(Edit.id) == fence.edit_id,
            col(Edit.runner) == fence.runner,
            col(Edit.attempt) == fence.attempt,
            col(Edit.state) == "running",
        )
        .values(updated_at=CLOCK, **values)
    )
    return tx.execute(query).rowcount == 1  # type: ignore[attr-defined,no-any-return]


def beat(fence: Fence, progress: float, phase: str) -> bool:
    """Say that the runner lives and how far it is (0–1). False: the edit is no longer this runner's."""
    with db.transaction() as tx:
        return _write(tx, fence, heartbeat_at=CLOCK, progress=min(max(progress, 0.0), 1.0), phase=phase)


def finish(fence: Fence, made: Sequence[Made]) -> bool:
    """Commit the candidates. False: the edit was lost, nothing was written."""
    with db.transaction() as tx:
        if not _write(tx, fence, state="ready", runner=None, heartbeat_at=None, progress=1.0, phase=""):
            return False
        if made:
            first = made[0]
            shown = {"verdict": first.verdict, "thumb_sha256": first.kept.picture.thumb_sha256}
            tx.execute(sa.update(Edit).where(col(Edit.id) == fence.edit_id).values(**shown))
        for number, one in enumerate(made, start=1):
            tx.add(_candidate(tx, fence.edit_id, number, one))
        tx.flush()
        results = [one.kept.picture.sha256 for one in made]
        edit = tx.get_one(Edit, fence.edit_id)
        _record(tx, edit, "edit:ready", attempt=fence.attempt, results=results)
        return True


def _candidate(tx: Session, edit_id: uuid.UUID, number: int, made: Made) -> Candidate:
    """The row of a candidate, with those of its blobs written."""
    versions.rows(tx, made.kept)
    maps = (made.maps.changed, made.maps.found, made.maps.heat)
    for blob in maps:
        if blob:
            versions.add_blob(tx, *blob)
    mask, found, heat = (blob[0] if blob else None for blob in maps)
    return Candidate(
        edit_id=edit_id, index=number, sha256=made.kept.picture.sha256, raw_sha256=made.raw_sha256, mask_sha256=mask,
        found_sha256=found, heat_sha256=heat, verdict=made.verdict, report=made.report, notes=list(made.notes),
        doubts=list(made.doubts),
    )  # fmt: skip


def fail(fence: Fence, sentence: str) -> bool:
    """End the edit with the sentence its author reads. False: it was lost before."""
    with db.transaction() as tx:
        if not _write(tx, fence, state="failed", runner=None, heartbeat_at=None, failure=sentence, phase=""):
            return False
        edit = tx.get_one(Edit, fence.edit_id)
        _record(tx, edit, "edit:fail", attempt=fence.attempt, why=sentence)
        return True


def hand_back(fence: Fence) -> bool:
    """Put the edit back in the queue, uncounted, because this worker leaves. False: it was lost before."""
    with db.transaction() as tx:
        back = {"state": "queued", "runner": None, "heartbeat_at": None, "attempt": fence.attempt - 1, "phase": ""}
        if not _write(tx, fence, progress=0.0, **back):
            return False
        jobs.wake(tx, fence.edit_id)
        return True


def cancel(actor: Actor, words: str) -> Edit:
    """Stop an edit that waits, runs or is ready; what it made is thrown away. A cancelled edit is never retried."""
    require(actor, "edit:cancel")
    with db.transaction() as tx:
        edit = find(tx, words, lock=True)
        if edit.author_id != actor.id:
            raise NotAllowed("Only its author can cancel an edit. A lead can reject it once it is submitted.")
        if edit.state == "cancelled":
            return edit
        if edit.state not in ("queued", "running", "ready"):
            raise MovedOn(f"The edit is {edit.state}, so there is nothing to cancel.")
        edit.state, edit.runner, edit.heartbeat_at, edit.phase = "cancelled", None, None, ""
        edit.updated_at = CLOCK  # type: ignore[assignment]
        tx.add(edit)
        tx.flush()
        tx.refresh(edit)
        audit.record(tx, actor, "edit:cancel", edit.id, asset=edit.asset_id)
        return edit


def cancel_proof(tx: Session, proof_id: uuid.UUID) -> int:
    """Stop the edits of a proof that still wait or run, and say how many they were."""
    query = (
        sa.update(Edit)
        .where(col(Edit.proof_id) == proof_id, col(Edit.state).in_(("queued", "running")))
        .values(state="cancelled", runner=None, heartbeat_at=None, phase="", updated_at=CLOCK)
    )
    return int(tx.execute(query).rowcount)  # type: ignore[attr-defined]


def sweep(stalled_after: float) -> list[uuid.UUID]:
    """Re-queue edits whose worker gave no sign for `stalled_after` seconds, and renew lost wake-up calls.

    One sweeper at a time; the heartbeat is looked at again under the row's lock, so that a worker that wakes in
    between keeps its edit.
    """
    with db.transaction() as tx:
        if not tx.scalar(sa.text("select pg_try_advisory_xact_lock(hashtextextended('loupe.sweep', 0))")):
            return []
        jobs.forget_dead(tx)
        late = col(Edit.heartbeat_at) < CLOCK - timedelta(seconds=stalled_after)
        query = select(Edit).where(Edit.state == "running", late).with_for_update(skip_locked=True)
        stalled = tx.exec(query.execution_options(populate_existing=True)).all()
        for edit in stalled:
            _give_up_or_queue(tx, edit)
        lost = jobs.forgotten(tx, timedelta(seconds=stalled_after))
        for edit_id in lost:
            jobs.wake(tx, edit_id)
        for edit in stalled:
            if edit.state == "failed":
                _record(tx, edit, "edit:fail", attempt=edit.attempt, why=edit.failure)
        return [edit.id for edit in stalled] + lost


def _give_up_or_queue(tx: Session, edit: Edit) -> None:
    edit.runner, edit.heartbeat_at, edit.progress, edit.phase = None, None, 0.0, ""
    edit.updated_at = CLOCK  # type: ignore[assignment]
    if edit.attempt >= MOST_ATTEMPTS:
        edit.state = "failed"
        edit.failure = (
            f"The program that ran this edit stopped {edit.attempt} times in the middle. The original is untouched. "
            "Try a smaller region or a smaller picture, or tell whoever runs Loupe."
        )
    else:
        edit.state = "queued"
    tx.add(edit)
    tx.flush()
    if edit.state == "queued":
        jobs.wake(tx, edit.id)


def _record(tx: Session, edit: Edit, verb: str, **detail: Any) -> None:
    """Write the event in the name of the edit's author, on whose behalf a worker acts."""
    person = tx.get_one(Operator, edit.author_id)
    author = Actor(person.id, person.email, person.name, frozenset(), "worker")
    if edit.proof_id:
        detail["proof"] = str(edit.proof_id)
    audit.record(tx, author, verb, edit.id, asset=edit.asset_id, **detail)
