"""The worker: takes queued edits, runs them in a thread, keeps their heartbeat, sweeps up after dead workers."""

import asyncio
import logging
import os
import signal
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

import procrastinate

from workbench import db, edits, jobs, proofs, sources
from workbench.edits import pipeline
from workbench.errors import DatabaseFault, Interrupted
from workbench.settings import settings

log = logging.getLogger("loupe.worker")
#: edits at once in one worker: image work takes a core each, calls of image models only wait
SLOTS, CALLS = 2, 6
#: seconds after the drain at which the process leaves, whatever a thread still does
LEAVE_AFTER = 4.0
#: where edits are worked on; heartbeats have other threads, or many calls at once would leave none for them
_threads: Final = ThreadPoolExecutor(SLOTS + CALLS, thread_name_prefix="edit")

#: edits that are worked on now
_woken: set["asyncio.Task[None]"] = set()


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
    log.info("edit_started", extra={"edit": str(edit_id), "engine": edit.engine, "attempt": fence.attempt})
    progress = Progress()
    beating = asyncio.create_task(_beat(fence, progress))
    try:
        loop = asyncio.get_running_loop()
        if not await loop.run_in_executor(_threads, pipeline.work, fence, edit, progress.tell):
            log.warning("edit_lost", extra={"edit": str(edit_id)})
    except asyncio.CancelledError:
        progress.unwanted.set()
        with suppress(DatabaseFault):  # then its silence hands it back
            edits.hand_back(fence)
        log.info("edit_handed_back", extra={"edit": str(edit_id)})
        raise
    except Interrupted:
        log.info("edit_lost", extra={"edit": str(edit_id)})
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
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=db.libpq_url(), min_size=1, max_size=6))

    @app.task(name=jobs.RUN_EDIT, queue=jobs.EDITS)
    async def run(edit_id: str) -> None:
        # the job is only the call: when the queue loses its connection, what it woke goes on
        task = asyncio.create_task(run_edit(uuid.UUID(edit_id)))
        _woken.add(task)
        task.add_done_callback(_woken.discard)
        await asyncio.shield(task)

    @app.task(name=jobs.PREPARE_PROOF, queue=jobs.EDITS)
    async def prepare(proof_id: str) -> None:
        await asyncio.to_thread(proofs.prepare, uuid.UUID(proof_id))

    @app.task(name=jobs.IMPORT_SOURCES, queue=jobs.EDITS)
    async def bring_in(import_id: str) -> None:
        await asyncio.to_thread(sources.work_import, uuid.UUID(import_id))

    asyncio.run(_serve(app))


async def _serve(app: procrastinate.App) -> None:
    loop = asyncio.get_running_loop()
    async with app.open_async():
        working = asyncio.create_task(_work_off(app))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _leave, working)
        sweeping = asyncio.create_task(_sweep())
        log.info("worker_ready")
        with suppress(asyncio.CancelledError):
            await working
        sweeping.cancel()
        for task in _woken:
            task.cancel()
        await asyncio.gather(*_woken, return_exceptions=True)
    # Threads that are deep in image work can't be joined; everything they could still write is fenced.
    logging.shutdown()
    os._exit(0)


async def _work_off(app: procrastinate.App) -> None:
    """Take from both queues: what needs this machine's cores, and what only waits for an answer."""
    async with asyncio.TaskGroup() as group:
        for queue, number in ((jobs.EDITS, SLOTS), (jobs.MODELS, CALLS)):
            group.create_task(_take(app, queue, number))


async def _take(app: procrastinate.App, queue: str, number: int) -> None:
    while True:
        with suppress(procrastinate.exceptions.ConnectorException):  # the database is away: try again
            await app.run_worker_async(
                queues=[queue],
                name=queue,
                concurrency=number,
                fetch_job_polling_interval=1.0,
                update_heartbeat_interval=jobs.WORKER_BEAT,
                stalled_worker_timeout=jobs.WORKER_GONE,
                shutdown_graceful_timeout=settings().drain_seconds,
                delete_jobs="always",
                install_signal_handlers=False,
            )
        log.warning("queue_lost", extra={"queue": queue})
        await asyncio.sleep(1.0)


def _leave(working: "asyncio.Task[None]") -> None:
    """Stop taking edits; whatever hangs, the process is gone `drain_seconds` and `LEAVE_AFTER` from now."""
    timer = threading.Timer(settings().drain_seconds + LEAVE_AFTER, os._exit, (1,))
    timer.daemon = True
    timer.start()
    working.cancel()


async def _sweep() -> None:
    seen, trusted = time.time(), True
    while True:
        await asyncio.sleep(min(2.0, settings().stalled_after / 2))
        before, seen = seen, time.time()
        trusted = trusted and seen - before < settings().stalled_after  # else this machine slept
        try:
            if not trusted:  # nobody could say that they live, so they get time for it
                await asyncio.to_thread(db.revision)
                await asyncio.sleep(settings().stalled_after)
                seen, trusted = time.time(), True
            await asyncio.to_thread(_sweep_up)
        except DatabaseFault:
            trusted = False


def _sweep_up() -> None:
    for edit_id in edits.sweep(settings().stalled_after):
        log.warning("edit_swept", extra={"edit": str(edit_id)})
    proofs.sweep(settings().stalled_after)
    sources.sweep_imports(settings().stalled_after)
