"""Runs the app, or a copy of it with other pages, as a real process on loopback, and speaks to it over the wire."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("edit", "review", "history", "library", "templates", "guidelines", "audit", "insights")
#: set by a platform or a developer's shell, these change who may connect
UNSET = ("PORT", "DYNO", "DATABASE_URL")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def copy_app(folder: Path, pages: Mapping[str, str]) -> Path:
    """The product's own frame and web parts in `folder`, around other `pages` and without a switch of people."""
    shutil.copytree(ROOT / "workbench", folder / "workbench", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
    shutil.copy(ROOT / "app.py", folder)
    (folder / "workbench/ui/who.py").write_text("def switch() -> None: ...\n")
    (folder / "pages").mkdir()
    for name in PAGES:
        (folder / "pages" / f"{name}.py").write_text(
            pages.get(name, f"import streamlit as st\nst.text({marker(name)!r})\n")
        )
    return folder


def marker(page: str) -> str:
    """Words that only the copied page `page` shows."""
    return f"inside-the-page-{page}"


@contextmanager
def serving(command: Sequence[str], port: int, home: Path, cwd: Path | None = None, **env: str) -> Iterator[int]:
    """Runs `command` until the block ends; enters once its health route answers on `port` of 127.0.0.1."""
    inherited = {name: value for name, value in os.environ.items() if name not in UNSET}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    log = home / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd or home,
            env={**inherited, "PATH": path, "LOUPE_HOME": str(home / "loupe"), "PYTHONUNBUFFERED": "1", **env},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _await_health(process, port, log)
        yield port
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    # its own group: a shell in between must not leave the server behind
    for word in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, word)
            process.wait(20)


def _await_health(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(errors="replace")[-3000:]
        try:
            if httpx.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("not healthy in time:\n" + log.read_text(errors="replace")[-3000:])


def streamlit(app: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port)]


@contextmanager
def session(port: int, host: str = "127.0.0.1", origin: str | None = None) -> Iterator[ClientConnection]:
    """A browser's socket to the app on loopback, under any Host and Origin; raises InvalidStatus when refused."""
    raw = socket.create_connection(("127.0.0.1", port), timeout=30)
    address = f"ws://{host}:{port}/_stcore/stream"
    with connect(
        address, sock=raw, subprotocols=["streamlit"], origin=origin, max_size=None, max_queue=None, proxy=None
    ) as opened:
        yield opened


def run_page(opened: ClientConnection, path: str) -> bytes:
    """Everything the server sends for one run of the page at `path`."""
    ask = BackMsg()
    ask.rerun_script.page_name = path
    opened.send(ask.SerializeToString())
    received = b""
    while True:
        data = opened.recv(timeout=60)
        assert isinstance(data, bytes)
        received += data
        message = ForwardMsg()
        message.ParseFromString(data)
        ended = message.WhichOneof("type") == "script_finished"
        # the hidden default page ends early, to go on with another one
        if ended and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return received


def session_id(opened: ClientConnection) -> str:
    """The id of the session behind the socket, as the first run of the app announces it."""
    ask = BackMsg()
    ask.rerun_script.page_name = ""
    opened.send(ask.SerializeToString())
    while True:
        message = ForwardMsg()
        message.ParseFromString(opened.recv(timeout=60))
        if message.WhichOneof("type") == "new_session":
            return str(message.new_session.initialize.session_id)
