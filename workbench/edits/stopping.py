"""Edits that stop before their end: handed back, cancelled, or left by a worker that died."""

import uuid
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench import audit, budgets, db, jobs
from workbench.edits import recording
from workbench.edits.reading import find
from workbench.edits.running import CLOCK, Fence, close, queued, record, write
from workbench.errors import MovedOn, NotAllowed
from workbench.models import Edit, ModelCall, Spend
from workbench.permissions import Actor, require
from workbench.settings import settings

#: an edit whose worker died this often is failed: it may be what kills them
MOST_ATTEMPTS = 3
#: so much longer a silent worker is waited for that may hold the answer of a model
WORTH_WAITING = 3
GIVEN_UP = (
    "The program that ran this edit stopped {attempt} times in the middle. The original is untouched. "
    "Try a smaller region or a smaller picture, or tell whoever runs Loupe."
)
UNKNOWN = (
    "The program that ran this edit stopped while the image model was at work, so nobody knows whether its pictures "
    "were made. The original is untouched. The call may have been billed{cost}. Run the edit again for new pictures, "
    "which is another call and paid again, or leave it."
)


def hand_back(fence: Fence) -> bool:
    """Put the edit back in the queue, uncounted, because this worker leaves. False: it was lost before.

    Where a model was at work, it ends as unknown instead, unless the settings say that it is run again.
    """
    with db.transaction() as tx:
        recording.lose(tx, fence.edit_id)
        asks = _asks(tx, fence.edit_id)
        values = _unknown(tx, fence.edit_id) if asks else queued(fence.attempt - 1)
        if not write(tx, fence, **values):
            return False
        if asks:
            _end(tx, fence.edit_id)
        else:
            jobs.wake(tx, fence.edit_id)
        return True


def _asks(tx: Session, edit_id: uuid.UUID) -> bool:
    """Whether a person has to say that the edit is run again, because that may pay twice."""
    return settings().image_lost == "ask" and recording.doubtful(tx, edit_id)


def _unknown(tx: Session, edit_id: uuid.UUID) -> dict[str, object]:
    spend = tx.get(Spend, edit_id)
    cost = f" (about {budgets.dollars(spend.reserved)})" if spend and spend.reserved else ""
    sentence = UNKNOWN.format(cost=cost)
    return {**queued(0), "state": "unknown", "attempt": Edit.attempt, "failure": sentence, "failure_kind": "unknown",
            "failure_stage": "model"}  # fmt: skip


def _end(tx: Session, edit_id: uuid.UUID) -> None:
    edit = tx.exec(select(Edit).where(Edit.id == edit_id), execution_options={"populate_existing": True}).one()
    close(tx, edit)
    verb = "edit:unknown" if edit.state == "unknown" else "edit:fail"
    record(tx, edit, verb, attempt=edit.attempt, why=edit.failure, kind=edit.failure_kind, stage=edit.failure_stage)


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
        edit.state, edit.runner, edit.heartbeat_at, edit.phase, edit.not_before = "cancelled", None, None, "", None
        edit.updated_at = CLOCK  # type: ignore[assignment]
        tx.add(edit)
        tx.flush()
        tx.refresh(edit)
        close(tx, edit)
        audit.record(tx, actor, "edit:cancel", edit.id, asset=edit.asset_id)
        return edit


def cancel_proof(tx: Session, proof_id: uuid.UUID) -> int:
    """Stop the edits of a proof that still wait or run, and say how many they were."""
    query = (
        sa.update(Edit)
        .where(col(Edit.proof_id) == proof_id, col(Edit.state).in_(("queued", "running")))
        .values(state="cancelled", runner=None, heartbeat_at=None, phase="", not_before=None, updated_at=CLOCK)
        .returning(Edit)
        .execution_options(populate_existing=True)
    )
    stopped = tx.scalars(query).all()
    for edit in stopped:
        close(tx, edit)
    return len(stopped)


def sweep(stalled_after: float) -> list[uuid.UUID]:
    """Re-queue edits whose worker gave no sign for `stalled_after` seconds, and renew lost wake-up calls.

    One sweeper at a time; the heartbeat is looked at again under the row's lock, so that a worker that wakes in
    between keeps its edit. After the database itself was away, workers get that long to say that they live. Where a
    model was at work, see `hand_back`.
    """
    with db.transaction() as tx:
        if not tx.scalar(sa.text("select pg_try_advisory_xact_lock(hashtextextended('loupe.sweep', 0))")):
            return []
        jobs.forget_dead(tx)
        age = timedelta(seconds=stalled_after)
        query = select(Edit).where(Edit.state == "running", _silent(age)).with_for_update(skip_locked=True)
        stalled = tx.exec(query.execution_options(populate_existing=True)).all()
        ended = [edit.id for edit in stalled if not _queue_again(tx, edit)]
        lost = jobs.forgotten(tx, age)
        for edit_id in lost:
            jobs.wake(tx, edit_id)
        _close_calls(tx, age)
        for edit_id in ended:
            _end(tx, edit_id)
        return [edit.id for edit in stalled] + lost


def _silent(age: timedelta) -> sa.ColumnElement[bool]:
    """Edits without a sign of life for `age`; longer where a model's answer may still come, which nobody gets twice."""
    calls = sa.exists().where(col(ModelCall.edit_id) == Edit.id, col(ModelCall.state) == "sent")
    patience = sa.case((calls, WORTH_WAITING * age), else_=age)
    return sa.and_(col(Edit.heartbeat_at) < CLOCK - patience, sa.func.pg_postmaster_start_time() < CLOCK - patience)


def _queue_again(tx: Session, edit: Edit) -> bool:
    """Whether the edit waits for another worker; otherwise it is failed, or unknown."""
    recording.lose(tx, edit.id)
    if asks := _asks(tx, edit.id):
        values = _unknown(tx, edit.id)
    elif edit.attempt >= MOST_ATTEMPTS:
        values = {**queued(edit.attempt), "state": "failed", "failure": GIVEN_UP.format(attempt=edit.attempt),
                  "failure_kind": "stopped"}  # fmt: skip
    else:
        values = queued(edit.attempt)
    tx.execute(sa.update(Edit).where(col(Edit.id) == edit.id).values(updated_at=CLOCK, **values))
    if asks or edit.attempt >= MOST_ATTEMPTS:
        return False
    jobs.wake(tx, edit.id)
    return True


def _close_calls(tx: Session, age: timedelta) -> None:
    """Calls of edits that were cancelled while their worker died, and money that nobody has counted."""
    query = (
        select(ModelCall.edit_id)
        .join(Edit, col(Edit.id) == ModelCall.edit_id)
        .where(ModelCall.state == "sent", col(ModelCall.sent_at) < CLOCK - age)
        .where(col(Edit.state).not_in(("queued", "running")), col(Edit.updated_at) < CLOCK - age)
    )
    for edit_id in set(tx.exec(query).all()):
        recording.lose(tx, edit_id)
        budgets.settle(tx, edit_id)
    budgets.settle_ended(tx)
