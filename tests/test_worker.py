"""The worker as a real process: killed, stopped and woken, asked to leave in the middle of an edit."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from tests.flows import proposed
from tests.scenes import encoded
from workbench import db, edits, sources
from workbench.models import Edit
from workbench.permissions import Actor

ROOT = Path(__file__).resolve().parent.parent
#: waits scaled down: a worker counts as dead after 3 s without a heartbeat
HASTE = {"LOUPE_STALLED_AFTER": "3", "LOUPE_HEARTBEAT_EVERY": "0.5"}


@contextmanager
def worker(**environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", "worker"], cwd=ROOT, env={**os.environ, **HASTE, **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def until(what: Callable[[], bool], seconds: float, message: str) -> float:
    """Wait until `what` holds and return how long it took; the limits here are three times what is aimed at."""
    start = time.monotonic()
    while not what():
        assert time.monotonic() - start < seconds, message
        time.sleep(0.05)
    return time.monotonic() - start


def state(edit: Edit) -> str:
    with db.transaction() as tx:
        return str(tx.scalar(sa.text("select state from edits where id = :id"), {"id": edit.id}))


def attempts(edit: Edit) -> int:
    with db.transaction() as tx:
        return int(tx.scalar(sa.text("select attempt from edits where id = :id"), {"id": edit.id}) or 0)


def results(edit: Edit) -> int:
    with db.transaction() as tx:
        return int(tx.scalar(sa.text("select count(*) from candidates where edit_id = :id"), {"id": edit.id}) or 0)


@pytest.fixture
def slow(me: Actor, rules: None) -> Edit:
    """An edit that takes seconds: a big picture full of noise, which is slow to save without loss."""
    noise = np.random.default_rng(7).integers(0, 255, (1500, 2000, 3), np.uint8)
    noise[250:1250, 250:1750] = (181, 83, 47)
    asset = sources.add(me, encoded(noise, "PNG", compress_level=0), name="big", origin="test").asset
    return proposed(me, asset.id, values={"source": "#B5532F", "target": "Moss", "mode": "flat"})


def test_a_worker_runs_what_is_queued_and_leaves_when_asked(me: Actor, rules: None) -> None:
    edit = proposed(me)
    with worker() as process:
        until(lambda: state(edit) == "ready", 60, "the edit was not run")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert results(edit) == 1


def test_when_a_worker_is_killed_another_takes_its_edit_within_20_s_and_there_is_one_result(slow: Edit) -> None:
    as_delivered = {"LOUPE_STALLED_AFTER": "8", "LOUPE_HEARTBEAT_EVERY": "2"}
    with worker(**as_delivered) as first:
        until(lambda: state(slow) == "running", 60, "nobody took the edit")
        with worker(**as_delivered) as second:
            first.kill()
            took = until(lambda: attempts(slow) == 2 or state(slow) == "ready", 60, "the edit stayed behind")
            until(lambda: state(slow) == "ready", 60, "the edit was not finished")
            assert second.poll() is None
    assert took < 20
    assert (attempts(slow), results(slow)) == (2, 1)


def test_a_stopped_worker_that_wakes_after_its_edit_was_run_again_writes_nothing(slow: Edit) -> None:
    with worker() as sleeper:
        until(lambda: state(slow) == "running", 60, "nobody took the edit")
        sleeper.send_signal(signal.SIGSTOP)
        with worker():
            until(lambda: state(slow) == "ready", 90, "the edit stayed behind")
            with db.transaction() as tx:
                before = edits.show(tx, str(slow.id))
            sleeper.send_signal(signal.SIGCONT)
            time.sleep(6)
            with db.transaction() as tx:
                after = edits.show(tx, str(slow.id))
    assert before.edit == after.edit
    assert [one.id for one, _ in before.candidates] == [one.id for one, _ in after.candidates]
    assert results(slow) == 1


def test_a_worker_that_must_leave_hands_its_edit_back_uncounted(slow: Edit) -> None:
    with worker(LOUPE_DRAIN_SECONDS="0") as process:
        until(lambda: state(slow) == "running", 60, "nobody took the edit")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) is not None
    with db.transaction() as tx:
        row = tx.execute(sa.text("select state, attempt, runner from edits where id = :id"), {"id": slow.id}).one()
    assert (row.state, row.attempt, row.runner) == ("queued", 0, None)
    with worker():
        until(lambda: state(slow) == "ready", 90, "the edit stayed behind")


def test_a_cancelled_edit_stops_its_worker_and_is_not_taken_up_again(slow: Edit, me: Actor) -> None:
    with worker():
        until(lambda: state(slow) == "running", 60, "nobody took the edit")
        edits.cancel(me, str(slow.id))
        follower = proposed(me)
        until(lambda: state(follower) == "ready", 60, "the worker did not go on")
    assert (state(slow), results(slow)) == ("cancelled", 0)
