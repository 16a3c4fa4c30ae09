"""`up` and `down`: web and worker as child processes, restarted when they die, stopped when asked."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from pathlib import Path
from types import FrameType

import psutil

from workbench.cli import calls
from workbench.errors import LoupeError
from workbench.settings import settings

ROOT = Path(__file__).resolve().parent.parent.parent
#: a child that dies this often within a minute is not started again
MOST_DEATHS, WITHIN = 3, 60.0
#: seconds a child has to leave after SIGTERM; the worker needs up to 24
LEAVE_WITHIN = 26.0


class Child:
    """One process that is kept running."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        self.name, self.command, self.environment = name, command, environment
        self.log = settings().root / "logs" / f"{name}.log"
        self.deaths: deque[float] = deque(maxlen=MOST_DEATHS)
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the process with its output appended to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def look(self) -> bool:
        """Start it again if it died, and say so. Raises LoupeError with the end of its log when it dies on and on."""
        if self.process.poll() is None:
            return False
        self.deaths.append(time.monotonic())
        if len(self.deaths) == MOST_DEATHS and self.deaths[-1] - self.deaths[0] < WITHIN:
            tail = self.log.read_text(errors="replace").splitlines()[-8:]
            raise LoupeError(
                f"The {self.name} stopped {MOST_DEATHS} times within a minute (exit {self.process.returncode}), "
                f"so Loupe stops. The end of {self.log}:\n" + "\n".join(tail)
            )
        calls.remark(f"The {self.name} stopped (exit {self.process.returncode}); starting it again.")
        self.process = self.start()
        return True

    def stop(self, until: float) -> None:
        """Ask it to leave, and make it leave after `until` (time.monotonic)."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.1, until - time.monotonic()))
            return
        self.process.kill()
        self.process.wait()


def up(port: int | None) -> None:
    """Start web and worker, print one line with the address, and stay until told to stop."""
    if settings().dyno or settings().port:
        raise LoupeError("`up` is for your own machine. A platform starts the lines of the Procfile by itself.")
    if (running := _running()) is not None:
        raise LoupeError(f"Loupe is running already for {settings().root} (process {running}). `loupe down` stops it.")
    down()  # what a killed `up` left behind
    chosen = _free_port(port)
    address = f"http://localhost:{chosen}"
    children: list[Child] = []
    stopping: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.append(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    _note([])
    try:
        children.append(Child("web", _web(chosen), _environment()))
        children.append(Child("worker", [sys.executable, "-m", "workbench", "worker"], _environment()))
        _note(children)
        _until_healthy(chosen, children, stopping)
        if not stopping:
            calls.show({"url": address}, f"Loupe is ready: {address}")
            sys.stdout.flush()
        while not stopping:
            for child in children:
                if child.look():
                    _note(children)
            time.sleep(0.5)
    finally:
        _stop(children)
        _pid_file().unlink(missing_ok=True)


def _web(port: int) -> list[str]:
    return [
        sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port),
        "--server.address", "127.0.0.1", "--server.headless", "true", "--server.maxUploadSize", str(settings().max_mb),
    ]  # fmt: skip


def _environment() -> dict[str, str]:
    return {**os.environ, "LOUPE_HOME": str(settings().root), "PYTHONUNBUFFERED": "1"}


def _free_port(wanted: int | None) -> int:
    """The wanted port, or the first free one from 8501 on."""
    for port in [wanted] if wanted else range(8501, 8600):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise LoupeError(
        f"Port {wanted} is in use. Choose another with --port." if wanted else "No port from 8501 to 8599 is free."
    )


def _until_healthy(port: int, children: list[Child], stopping: list[int]) -> None:
    for _ in range(600):
        with (
            contextlib.suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer,
        ):
            if answer.status == 200:
                return
        if stopping:
            return
        for child in children:
            child.look()
        time.sleep(0.1)
    raise LoupeError(f"The web server gave no answer within a minute. {settings().root / 'logs' / 'web.log'} says why.")


def _stop(children: list[Child]) -> None:
    until = time.monotonic() + LEAVE_WITHIN
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    for child in children:
        child.stop(until)


def _pid_file() -> Path:
    return settings().root / "up.pid"


def _note(children: list[Child]) -> None:
    """Write down who runs, with start times: a process id alone may be somebody else's by the time it is read."""
    processes = [psutil.Process(), *(psutil.Process(child.process.pid) for child in children)]
    _pid_file().write_text(json.dumps([[process.pid, process.create_time()] for process in processes]))


def _noted() -> list[psutil.Process]:
    """The processes of this home's last `up`, itself first, that still live."""
    try:
        noted = json.loads(_pid_file().read_text())
    except (OSError, ValueError):
        return []
    alive = []
    for pid, started in noted:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            if process.create_time() == started and process.status() != psutil.STATUS_ZOMBIE:
                alive.append(process)
    return alive


def _running() -> int | None:
    """The process id of the `up` of this home, if it lives."""
    return next((one.pid for one in _noted() if one.pid != os.getpid() and "up" in one.cmdline()), None)


def down() -> bool:
    """Stop the `up` of this home with its children, also children whose `up` was killed; False when none lives."""
    alive = _noted()
    if not alive:
        return False
    leader = [process for process in alive if "up" in process.cmdline()]
    # an `up` that lives stops its children itself; without one they are asked directly
    for process in leader or alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    until = time.monotonic() + LEAVE_WITHIN + 5
    while time.monotonic() < until and _noted():
        time.sleep(0.1)
    for process in _noted():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _pid_file().unlink(missing_ok=True)
    return True
