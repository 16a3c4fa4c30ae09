"""`setup`, `up` and `down` as real processes: one line, one house, everything that dies comes back or is said."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests import clusters
from tests.houses import House, Up, open_house, until
from tests.serving import free_port


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    """A house that is set up; each test may start it, none leaves it running."""
    with open_house() as house:
        house.loupe("setup")
        yield house


def healthy(running: Up) -> bool:
    try:
        return httpx.get(f"{running.address}/_stcore/health", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def gone(*processes: psutil.Process) -> bool:
    """Whether none of them lives; whoever nobody reaps counts as dead."""
    return not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes)


def test_setup_again_changes_nothing(home: House) -> None:
    events = home.ask("select count(*) from events")
    assert home.loupe("setup")["installed"] == []
    assert home.ask("select count(*) from events") == events > 0


def test_up_prints_one_line_with_the_address_and_serves_only_this_machine(home: House) -> None:
    with home.up() as running:
        assert running.out.read_text() == f"Loupe is ready: {running.address}\n"
        assert healthy(running)
        listening = {one.laddr.ip for one in running.child("web").net_connections() if one.status == "LISTEN"}
        assert listening == {"127.0.0.1"}


def test_what_dies_is_started_again_under_the_same_address(home: House) -> None:
    with home.up() as running:
        worker, web = running.child("worker"), running.child("web")
        worker.kill()
        until(lambda: "The worker stopped" in running.err.read_text(), 60, "the worker's death was not said")
        assert running.child("worker").pid != worker.pid
        web.kill()
        until(lambda: "The web stopped" in running.err.read_text(), 60, "the web's death was not said")
        until(lambda: healthy(running), 60, "the web did not come back")
        assert running.process.poll() is None
        assert running.out.read_text().count("\n") == 1


def test_a_worker_that_dies_at_once_stops_everything_and_says_why(home: House, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if sys.orig_argv[-2:] == ['workbench', 'worker']:\n"
        "    sys.stderr.write('No worker today.\\n')\n"
        "    sys.stderr.flush()\n"
        "    os._exit(3)\n"
    )
    running = home.starting(PYTHONPATH=str(tmp_path))
    until(lambda: running.process.poll() is not None or len(running.family()) > 1, 60, "nothing was started")
    family = running.family() if running.process.poll() is None else []
    assert running.process.wait(120) == 1
    assert "The worker stopped 3 times within a minute (exit 3)" in running.err.read_text()
    assert "No worker today." in running.err.read_text()
    assert gone(*family)
    assert not healthy(running)


def test_one_home_is_run_once(home: House) -> None:
    with home.up() as running:
        second = home.run("up", "--port", free_port())
        assert (second.returncode, second.stdout) == (1, "")
        assert f"Loupe is running already for {home.home} (process {running.process.pid})" in second.stderr
        assert healthy(running)


def test_a_port_in_use_is_said(home: House) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = home.run("up", "--port", port)
    assert refused.returncode == 1
    assert f"Port {port} is in use. Choose another with --port." in refused.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_web_and_worker_with_it(home: House, number: signal.Signals) -> None:
    with home.up() as running:
        family = running.family()
        assert len(family) >= 3
        os.kill(running.process.pid, number)
        assert running.process.wait(60) == 0
        assert gone(*family)
        assert not (home.home / "up.pid").exists()


def test_a_signal_before_it_is_ready_ends_it_as_well(home: House) -> None:
    running = home.starting()
    until(lambda: len(running.family()) > 1, 60, "nothing was started")
    family = running.family()
    running.process.terminate()
    assert running.process.wait(60) == 0
    assert running.out.read_text() == ""
    assert gone(*family)


def test_down_stops_everything_and_again_does_nothing(home: House) -> None:
    with home.up() as running:
        family = [*running.family(), clusters.postmaster(home.home)]
        # as a shell would: whoever started `up` takes note that it ended
        threading.Thread(target=running.process.wait, daemon=True).start()
        assert home.loupe("down") == {"stopped": ["app", "database"]}
        assert gone(*family)
        assert running.process.wait(10) == 0
    assert home.loupe("down") == {"stopped": []}


def test_what_a_killed_up_left_behind_is_ended_by_the_next_one_and_by_down(home: House) -> None:
    with home.up() as first:
        orphans = [first.child("web"), first.child("worker")]
        first.process.kill()
        first.process.wait()
        assert all(alive(orphan) for orphan in orphans)
        with home.up() as second:
            assert not any(alive(orphan) for orphan in orphans)
            more = [second.child("web"), second.child("worker")]
            second.process.kill()
            second.process.wait()
            assert "app" in home.loupe("down")["stopped"]
            assert not any(alive(orphan) for orphan in more)


def alive(process: psutil.Process) -> bool:
    """A zombie that nobody has reaped is gone for everybody else."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
