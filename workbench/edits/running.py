"""An edit's way through the workers: start, heartbeat, wait, finish, fail; every write is fenced.

Starting is one compare-and-set. Every later write names the edit, the runner, the attempt and the state `running`:
where no row answers, the edit was lost to somebody else and the result is thrown away.
"""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Self

import sqlalchemy as sa
from sqlmodel import Session, col

from workbench import audit, budgets, db, jobs, versions
from workbench.edits.wishes import Blob
from workbench.models import Candidate, Edit, Operator, Partial
from workbench.permissions import Actor

CLOCK = sa.func.clock_timestamp()


@dataclass(frozen=True)
class Fence:
    """Who runs an edit right now; no other may write."""

    edit_id: uuid.UUID
    runner: uuid.UUID
    attempt: int
    #: time.monotonic() at the start
    began: float = field(default_factory=time.monotonic, compare=False)

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return round(time.monotonic() - self.began, 3)


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

    def with_notes(self, *notes: str) -> Self:
        """The same with more to say about it."""
        return replace(self, notes=(*self.notes, *notes))


def start(edit_id: uuid.UUID) -> tuple[Fence, Edit] | None:
    """Take the queued edit, or None when somebody else has it, or it needs no run any more."""
    runner = uuid.uuid4()
    with db.transaction() as tx:
        query = (
            sa.update(Edit)
            .where(col(Edit.id) == edit_id, col(Edit.state) == "queued")
            .where(sa.or_(col(Edit.not_before).is_(None), col(Edit.not_before) <= CLOCK))
            .values(state="running", attempt=Edit.attempt + 1, runner=runner, heartbeat_at=CLOCK, progress=0.0,
                    phase="Starting", not_before=None, updated_at=CLOCK)
            .returning(col(Edit.attempt))
        )  # fmt: skip
        attempt = tx.execute(query).scalar()
        if attempt is None:
            return None
        return Fence(edit_id, runner, attempt), tx.get_one(Edit, edit_id)


def _held(fence: Fence) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(Edit.id) == fence.edit_id,
        col(Edit.runner) == fence.runner,
        col(Edit.attempt) == fence.attempt,
        col(Edit.state) == "running",
    )


def holds(tx: Session, fence: Fence) -> bool:
    """Whether the edit is this runner's, and stays so until the transaction ends."""
    return tx.scalar(sa.select(col(Edit.id)).where(*_held(fence)).with_for_update(read=True)) is not None


def write(tx: Session, fence: Fence, **values: Any) -> bool:
    """Change the edit's row. False: it is no longer this runner's, nothing was written."""
    query = sa.update(Edit).where(*_held(fence)).values(updated_at=CLOCK, **values)
    return tx.execute(query).rowcount == 1  # type: ignore[attr-defined,no-any-return]


def beat(fence: Fence, progress: float, phase: str) -> bool:
    """Say that the runner lives and how far it is (0–1). False: the edit is no longer this runner's."""
    with db.transaction() as tx:
        return write(tx, fence, heartbeat_at=CLOCK, progress=min(max(progress, 0.0), 1.0), phase=phase)


def finish(fence: Fence, made: Sequence[Made]) -> bool:
    """Commit the candidates. False: the edit was lost, nothing was written."""
    with db.transaction() as tx:
        if not write(tx, fence, state="ready", runner=None, heartbeat_at=None, progress=1.0, phase=""):
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
        close(tx, edit)
        record(tx, edit, "edit:ready", attempt=fence.attempt, results=results, seconds=fence.seconds)
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


def fail(fence: Fence, sentence: str, *, kind: str | None = None, stage: str | None = None) -> bool:
    """End the edit with the sentence its author reads; `kind` and `stage` for who counts. False: it was lost before."""
    with db.transaction() as tx:
        told = {"failure": sentence, "failure_kind": kind, "failure_stage": stage}
        if not write(tx, fence, state="failed", runner=None, heartbeat_at=None, phase="", **told):
            return False
        edit = tx.get_one(Edit, fence.edit_id)
        close(tx, edit)
        record(tx, edit, "edit:fail", attempt=fence.attempt, why=sentence, kind=kind, stage=stage)
        return True


def wait(fence: Fence, seconds: float, phase: str) -> bool:
    """Put the edit back in the queue, uncounted, until its turn comes in `seconds`. False: it was lost before."""
    with db.transaction() as tx:
        at = tx.scalars(sa.select(CLOCK + timedelta(seconds=max(0.0, seconds)))).one()
        if not write(tx, fence, **{**queued(fence.attempt - 1), "phase": phase, "not_before": at}):
            return False
        jobs.wake(tx, fence.edit_id, at)
        return True


def queued(attempt: int) -> dict[str, Any]:
    """What an edit's row says once it waits for a worker again, after so many attempts that count."""
    return {"state": "queued", "runner": None, "heartbeat_at": None, "attempt": attempt, "phase": "", "progress": 0.0}


def close(tx: Session, edit: Edit) -> None:
    """What is left to do when an edit has come to its end: count its money, and drop the previews on the way."""
    if edit.engine == "openai":
        tx.execute(sa.delete(Partial).where(col(Partial.edit_id) == edit.id))
        budgets.settle(tx, edit.id)


def record(tx: Session, edit: Edit, verb: str, **detail: Any) -> None:
    """Write the event in the name of the edit's author, on whose behalf a worker acts."""
    person = tx.get_one(Operator, edit.author_id)
    author = Actor(person.id, person.email, person.name, frozenset(), "worker")
    if edit.proof_id:
        detail["proof"] = str(edit.proof_id)
    audit.record(tx, author, verb, edit.id, asset=edit.asset_id, **detail)
