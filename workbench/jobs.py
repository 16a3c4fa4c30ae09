"""The queue: names of the tasks, and how they are put there inside the caller's own transaction.

An edit's row is the authority; a job is only the wake-up call that makes a worker look at it.
"""

import uuid
from datetime import datetime, timedelta

import procrastinate
import sqlalchemy as sa
from procrastinate.contrib.sqlalchemy import SQLAlchemyPsycopg2Connector
from sqlmodel import Session

RUN_EDIT, PREPARE_PROOF, IMPORT_SOURCES = "run_edit", "prepare_proof", "import_sources"
#: work for this machine, and work that mostly waits for an image model; a worker takes from both, more of the second
EDITS, MODELS = "edits", "models"
#: what is taken first; a proof's many pictures never keep a person's own edit waiting
NOW, LATER = 0, -10
#: seconds between a worker's signs of life, and after how many without one it counts as gone
WORKER_BEAT, WORKER_GONE = 2.0, 10.0

_queue = procrastinate.App(connector=SQLAlchemyPsycopg2Connector())


def wake(tx: Session, edit_id: uuid.UUID, at: datetime | None = None) -> None:
    """Ask a worker to look at the edit once this transaction is committed, or not before `at`.

    Those of proofs come after all others.
    """
    query = sa.text("select proof_id, engine = 'openai' and recipe::jsonb -> 'parameters' ->> 'output' is null as model"
                    " from edits where id = :id")  # fmt: skip
    edit = tx.execute(query, {"id": edit_id}).one()
    priority = LATER if edit.proof_id else NOW
    _defer(tx, RUN_EDIT, MODELS if edit.model else EDITS, priority, at, edit_id=str(edit_id))


def wake_proof(tx: Session, proof_id: uuid.UUID) -> None:
    """Ask a worker to make edits of the proof's pictures once this transaction is committed."""
    _defer(tx, PREPARE_PROOF, EDITS, LATER, None, proof_id=str(proof_id))


def wake_import(tx: Session, import_id: uuid.UUID, at: datetime | None = None) -> None:
    """Ask a worker to bring in pictures of the import once this transaction is committed, or not before `at`.

    Nothing happens where a call that waits says so already: whoever goes on without a worker asks again and again.
    """
    waiting = sa.text(
        "select exists (select from procrastinate_jobs where task_name = :task and status = 'todo'"
        " and args ->> 'import_id' = :id"
        " and coalesce(scheduled_at, now()) <= coalesce(cast(:at as timestamptz), now()))"
    )
    if tx.scalar(waiting, {"task": IMPORT_SOURCES, "id": str(import_id), "at": at}):
        return
    _defer(tx, IMPORT_SOURCES, EDITS, LATER, at, import_id=str(import_id))


def _defer(tx: Session, task: str, queue: str, priority: int, at: datetime | None, **about: str) -> None:
    waiting = _queue.configure_task(task, connection=tx.connection(), queue=queue, priority=priority, schedule_at=at)
    waiting.defer(**about)


def anybody_there(tx: Session) -> bool:
    """Whether a worker has given a sign of life lately."""
    query = sa.text(
        "select exists (select from procrastinate_workers where last_heartbeat > clock_timestamp() - :gone)"
    )
    return bool(tx.execute(query, {"gone": timedelta(seconds=WORKER_GONE)}).scalar())


def forget_dead(tx: Session) -> int:
    """Delete the jobs that workers now gone had begun; the edits they were for are re-queued by their own rows."""
    query = sa.text(
        "delete from procrastinate_jobs j where status = 'doing' and not exists (select from procrastinate_workers w"
        " where w.id = j.worker_id and w.last_heartbeat > clock_timestamp() - :gone) returning id"
    )
    return len(tx.execute(query, {"gone": timedelta(seconds=WORKER_GONE)}).all())


def forgotten(tx: Session, older_than: timedelta) -> list[uuid.UUID]:
    """Queued edits, older than given, that no job would wake: their wake-up call was lost."""
    waiting = "edits r where r.state = 'queued' and r.updated_at"
    return _forgotten(tx, waiting, RUN_EDIT, "edit_id", older_than)


def forgotten_proofs(tx: Session, older_than: timedelta) -> list[uuid.UUID]:
    """Proofs, older than given, that are not prepared and that no job would prepare."""
    waiting = "proofs r where r.prepared_at is null and r.cancelled_at is null and r.created_at"
    return _forgotten(tx, waiting, PREPARE_PROOF, "proof_id", older_than)


def forgotten_imports(tx: Session, older_than: timedelta) -> list[uuid.UUID]:
    """Imports, older than given, that have not ended and that no job would go on with."""
    waiting = "imports r where r.ended_at is null and r.cancelled_at is null and r.created_at"
    return _forgotten(tx, waiting, IMPORT_SOURCES, "import_id", older_than)


def _forgotten(tx: Session, waiting: str, task: str, called: str, older_than: timedelta) -> list[uuid.UUID]:
    """Rows that are `waiting` (the end of a query, up to the time since when) and that no job of `task` names."""
    query = sa.text(
        f"select r.id from {waiting} < clock_timestamp() - :age and not exists (select from procrastinate_jobs j"
        f" where j.task_name = :task and j.status in ('todo', 'doing') and j.args ->> '{called}' = r.id::text)"
        " order by r.id limit 100"
    )
    return [row.id for row in tx.execute(query, {"age": older_than, "task": task}).all()]
