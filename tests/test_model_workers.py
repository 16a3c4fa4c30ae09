"""Workers as real processes while a model is at work: killed, asked to leave, cut off from the database. Never twice."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator import Emulator
from tests.houses import open_house, stop
from tests.models import PLACE, asked, calls, connected, pictured, shown, spend
from tests.outputs import still_png
from tests.test_generating_faults import outage
from tests.test_worker import HASTE, ROOT, until, worker
from workbench import edits, postgres
from workbench.models import Edit
from workbench.permissions import Actor

#: a silent worker counts as dead after 1 s, after 3 s where a model may still answer it
QUICK = {**HASTE, "LOUPE_STALLED_AFTER": "1", "LOUPE_HEARTBEAT_EVERY": "0.3"}
NUMBER = 30 if os.environ.get("LOUPE_SOAK") else 4


@pytest.fixture
def server(me: Actor, rules: None) -> Iterator[Emulator]:
    with Emulator() as emulator, connected(emulator):
        yield emulator


def state(edit: Edit) -> str:
    return shown(edit).edit.state


def test_a_worker_runs_several_calls_at_a_time_while_exact_edits_go_on(server: Emulator, me: Actor) -> None:
    server.seconds = 3.0
    drawn = [asked(me, again=True) for _ in range(4)]
    with worker():
        until(lambda: len(server.log) == 4, 60, "the calls were not made side by side")
        exact = edits.propose(me, "Still", edits.Wish("colour-swap", {"source": "#B5532F", "target": "Moss"}))
        until(lambda: state(exact) == "ready", 60, "the exact edit waited for the calls")
        until(lambda: all(state(one) == "ready" for one in drawn), 60, "the calls were not finished")
    assert len(server.ledger) == 4


def test_a_worker_that_is_killed_in_mid_call_leaves_a_question_and_nothing_is_asked_again(
    server: Emulator, me: Actor
) -> None:
    server.seconds = 60.0
    edit = asked(me)
    with worker(**QUICK) as first:
        until(lambda: server.log, 60, "no call was made")
        with worker(**QUICK) as second:
            first.kill()
            until(lambda: state(edit) == "unknown", 60, "nobody noticed")
            assert second.poll() is None
    assert "may have been billed" in (shown(edit).edit.failure or "")
    assert [call.state for call in calls(edit)] == ["lost"] and len(server.log) == 1


def test_a_worker_that_is_told_to_leave_gives_a_call_its_time(server: Emulator, me: Actor) -> None:
    server.seconds = 3.0
    edit = asked(me)
    with worker() as process:
        until(lambda: server.log, 60, "no call was made")
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0
    assert state(edit) == "ready" and len(server.ledger) == 1


def test_a_worker_that_must_leave_in_mid_call_leaves_a_question(server: Emulator, me: Actor) -> None:
    server.seconds = 60.0
    edit = asked(me)
    with worker(LOUPE_DRAIN_SECONDS="0") as process:
        until(lambda: server.log, 60, "no call was made")
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) is not None
    assert state(edit) == "unknown" and spend(edit).state != "reserved"
    assert [call.state for call in calls(edit)] == ["lost"]


def test_a_worker_that_loses_the_database_in_mid_call_keeps_the_answer(
    server: Emulator, me: Actor, cluster: str
) -> None:
    server.seconds = 4.0
    edit = asked(me)
    with worker(LOUPE_STALLED_AFTER="3", LOUPE_DRAIN_SECONDS="1") as process:
        until(lambda: server.log, 60, "no call was made")
        with outage(cluster):  # begins while the model draws, and the queue gives up what it waits for after a second
            until(lambda: server.ledger, 30, "the model did not answer")
            time.sleep(1.0)
        until(lambda: state(edit) == "ready", 60, "the answer was lost")
        follower = asked(me, again=True)
        until(lambda: state(follower) == "ready", 90, "the worker takes nothing any more")
        assert process.poll() is None
    assert [call.state for call in calls(edit)] == ["answered"] and len(server.ledger) == 2


def words(number: int) -> dict[str, object]:
    """A wish whose prompt is its own, so that the ledger tells whose picture was paid."""
    return {"template": "copy-update", "values": {"old": "Slow", "new": f"Edit {number}"}, "engine": "openai"}


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("policy", ["ask", "again"])
def test_workers_that_are_killed_again_and_again_lose_nothing_and_pay_nothing_twice(
    server: Emulator, me: Actor, policy: str
) -> None:
    """SIGKILL at any step. An edit is ready and paid once, or nobody knows, and then it was asked for once.

    Where the settings say that it is run again, every payment has its own row, and one of them gave the pictures.
    """
    chance, server.seconds = random.Random(5), 0.5
    pictured(me)
    queued = [asked(me, **words(number)) for number in range(NUMBER)]
    _killed(server, queued, chance, {**QUICK, "LOUPE_IMAGE_LIMIT": "1000", "LOUPE_IMAGE_LOST": policy})
    requests = Counter(_prompt(one.fields["prompt"]) for one in server.log)
    paid = Counter(row.prompt_sha256 for row in server.ledger)
    for edit in queued:
        prompt = _prompt(json.loads(edit.recipe)["prompt"])
        now, made = shown(edit), calls(edit)
        assert now.edit.state in ("ready", "unknown") or "stopped 3 times" in (now.edit.failure or ""), now.edit.failure
        assert now.edit.state != "unknown" or policy == "ask"
        assert paid[prompt] <= requests[prompt] <= len(made), "a call that nobody knows of"
        assert policy == "again" or requests[prompt] <= 1, "asked for twice"
        assert Counter(call.state for call in made)["answered"] == (now.edit.state == "ready") or made[-1].outputs
        assert {call.state for call in made} <= {"answered", "lost"}
        assert len(now.candidates) == (now.edit.state == "ready")
        assert spend(edit).state in ("settled", "maybe", "released")
    print(Counter(state(one) for one in queued), f"{len(server.log)} requests, {len(server.ledger)} paid")


def _killed(server: Emulator, queued: list[Edit], chance: random.Random, settings: dict[str, str]) -> None:
    """Workers one after the other, each killed some time after it had asked the model, until all edits have ended."""
    ends = ("ready", "unknown", "failed")
    for _ in range(2 * NUMBER):
        if all(state(one) in ends for one in queued):
            return
        before = len(server.log)
        with worker(**settings) as process:
            over = time.monotonic() + 20
            while len(server.log) == before and time.monotonic() < over:
                time.sleep(0.05)
            time.sleep(chance.random() * 6)
            process.kill()
    with worker(**settings):
        until(lambda: all(state(one) in ends for one in queued), 300, "an edit was lost")


def _prompt(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_database_that_is_restarted_in_mid_call_costs_nothing(tmp_path: Path) -> None:
    with (
        Emulator(seconds=6.0) as server,
        open_house(OPENAI_BASE_URL=server.url, OPENAI_API_KEY="emulator", **QUICK) as house,
    ):
        house.loupe("setup")
        picture = tmp_path / "still.png"
        picture.write_bytes(still_png())
        house.loupe("sources", "add", picture, "--name", "Still")
        edit = house.loupe(
            "edits", "propose", "Still", "--template", "add-prop", "--set", "prop=a linen cloth", "--region", PLACE
        )["edit"]
        process = subprocess.Popen(
            [sys.executable, "-m", "workbench", "worker"], cwd=ROOT, env=house.environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            until(lambda: server.log, 60, "no call was made")
            postgres.stop(house.home)  # whoever needs it next starts it
            until(
                lambda: postgres.status(house.home).running
                and house.ask(f"select state from edits where id = '{edit}'") == "ready", 90, "it was lost"
            )  # fmt: skip
            assert process.poll() is None
        finally:
            stop(process)
        assert house.ask("select string_agg(state, ' ') from model_calls") == "answered"
        assert len(server.ledger) == 1
