"""The worker: takes queued edits, runs them in a thread, keeps their heartbeat, sweeps up after dead workers."""

import asyncio
import logging
import os
import signal
import threading
import uuid
from contextlib import suppress

import procrastinate

from workbench import db, edits, jobs, proofs
from workbench.edits import pipeline
from workbench.errors import DatabaseFault, Interrupted
from workbench.settings import settings

log = logging.getLogger("loupe.worker")
#: edits at once in one worker: image work takes a core each
SLOTS = 2
#: seconds after the drain at which the process leaves, whatever a thread still does
LEAVE_AFTER = 4.0


class Progress:
    """What the image thread last said, and whether its work is still wanted; shared by thread and event loop."""

    def __init__(self) -> None:
        self.fraction, self.phase = 0.0, "Starting"
        self.unwanted = threading.Event()

    def tell(self, fraction: float, phase: str) -> None:
        """Called by the image thread between steps. Raises Interrupted when the edit was cancelled or lost."""
        if self.unwanted.is_set():
            raise Interrupted("The edit is no longer wanted here.")
        self.fraction, self.phase = fraction, phase


async def run_edit(edit_id: uuid.UUID) -> None:
    """Run one queued edit to its end; nothing happens when somebody else has it.

    1. Take it (compare-and-set). 2. Beat while the image thread works. 3. Commit, fenced.
    When this task is cancelled, the edit is handed back uncounted.
    """
    taken = await asyncio.to_thread(edits.start, edit_id)
    if taken is None:
        return
    fence, edit = taken
    progress = Progress()
    beating = asyncio.create_task(_beat(fence, progress))
    try:
        if not await asyncio.to_thread(pipeline.work, fence, edit, progress.tell):
            log.warning("result discarded: the edit was taken over", extra={"edit": str(edit_id)})
    except asyncio.CancelledError:
        progress.unwanted.set()
        with suppress(DatabaseFault):  # then its silence hands it back
            edits.hand_back(fence)
        log.info("edit handed back", extra={"edit": str(edit_id)})
        raise
    except Interrupted:
        log.info("edit lost or cancelled", extra={"edit": str(edit_id)})
    finally:
        beating.cancel()


async def _beat(fence: edits.Fence, progress: Progress) -> None:
    while True:
        await asyncio.sleep(settings().heartbeat_every)
        with suppress(DatabaseFault):  # a short outage costs a beat, not the edit
            if not await asyncio.to_thread(edits.beat, fence, progress.fraction, progress.phase):
                progress.unwanted.set()
                return


def run_one(edit_id: uuid.UUID) -> None:
    """Run one edit in this process, as a worker would."""
    asyncio.run(run_edit(edit_id))


def serve() -> None:
    """Work until SIGTERM or SIGINT; then finish what is quick, hand the rest back, and leave in time."""
    db.migrate()
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=db.libpq_url(), min_size=1, max_size=4))

    @app.task(name=jobs.RUN_EDIT, queue="edits")
    async def run(edit_id: str) -> None:
        await run_edit(uuid.UUID(edit_id))

    @app.task(name=jobs.PREPARE_PROOF, queue="edits")
    async def prepare(proof_id: str) -> None:
        await asyncio.to_thread(proofs.prepare, uuid.UUID(proof_id))

    asyncio.run(_serve(app))


async def _serve(app: procrastinate.App) -> None:
    loop = asyncio.get_running_loop()
    async with app.open_async():
        working = asyncio.create_task(_work_off(app))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _leave, working)
        sweeping = asyncio.create_task(_sweep())
        log.info("worker ready")
        with suppress(asyncio.CancelledError):
            await working
        sweeping.cancel()
    # Threads that are deep in image work can't be joined; everything they could still write is fenced.
    logging.shutdown()
    os._exit(0)


async def _work_off(app: procrastinate.App) -> None:
    await app.run_worker_async(
        queues=["edits"],
        concurrency=SLOTS,
        fetch_job_polling_interval=1.0,
        update_heartbeat_interval=jobs.WORKER_BEAT,
        stalled_worker_timeout=jobs.WORKER_GONE,
        shutdown_graceful_timeout=settings().drain_seconds,
        delete_jobs="always",
        install_signal_handlers=False,
    )


def _leave(working: "asyncio.Task[None]") -> None:
    """Stop taking edits; whatever hangs, the process is gone `drain_seconds` and `LEAVE_AFTER` from now."""
    timer = threading.Timer(settings().drain_seconds + LEAVE_AFTER, os._exit, (1,))
    timer.daemon = True
    timer.start()
    working.cancel()


async def _sweep() -> None:
    while True:
        await asyncio.sleep(min(2.0, settings().stalled_after / 2))
        with suppress(DatabaseFault):
            for edit_id in await asyncio.to_thread(edits.sweep, settings().stalled_after):
                log.warning("edit re-queued or given up: its worker gave no sign", extra={"edit": str(edit_id)})
            await asyncio.to_thread(proofs.sweep, settings().stalled_after)
