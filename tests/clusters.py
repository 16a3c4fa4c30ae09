"""Folders with an embedded database for one test each, and what the tests do to it."""

import atexit
import os
import pickle
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy

from workbench import errors, postgres
from workbench.postgres import places

ROOT = Path(__file__).resolve().parents[1]
FAST = {"fsync": "off"}
START = f"""
import pathlib, sys
from workbench import postgres
print(postgres.start(pathlib.Path(sys.argv[1]), options={FAST}))
"""

needs_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="run as root to test what root may and may not do"
)


@contextmanager
def open_place() -> Iterator[Path]:
    """A folder that every account may pass (pytest's own is closed), and no server in it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="loupe-", dir="/tmp")).resolve()
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for path in (folder, *folder.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                clear(path)
        shutil.rmtree(folder)


def clear(home: Path) -> None:
    """Stop what runs for `home` and remove what lies outside of it."""
    elsewhere = places.elsewhere(home)
    for major in (18, 16):
        if any((folder / f"pg{major}" / "postmaster.pid").exists() for folder in (home, elsewhere)):
            postgres.stop(home, major=major)
    shutil.rmtree(elsewhere, ignore_errors=True)


def fill(home: Path) -> Path:
    """Give `home` a copy of a cluster made once: five times as fast as a new one."""
    home.mkdir()
    subprocess.run(["cp", "-a", _cluster() / "pg18", home / "pg18"], check=True)
    return home


@cache
def _cluster() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="loupe-", dir="/tmp")).resolve()
    atexit.register(shutil.rmtree, folder)
    folder.chmod(0o755)
    start(folder)
    postgres.stop(folder)
    return folder


def start(home: Path, **more: Any) -> str:
    return postgres.start(home, options=FAST, **more)


def starting(home: Path, python_path: str = "", **more: Any) -> subprocess.Popen[str]:
    """Another process that starts the database of `home`."""
    paths = os.pathsep.join(filter(None, (python_path, str(ROOT))))
    command, environment = [sys.executable, "-c", START, str(home)], os.environ | {"PYTHONPATH": paths}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def finished(process: subprocess.Popen[str]) -> str:
    said, failed = process.communicate(timeout=60)
    assert process.returncode == 0, failed
    return said.strip()


def ask(url: str, *statements: str) -> Any:
    """The first value that the last statement returns."""
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                result = connection.execute(sqlalchemy.text(statement))
            return result.scalar() if result.returns_rows else None
    finally:
        engine.dispose()


def postmaster(home: Path) -> psutil.Process:
    return psutil.Process(int((postgres.status(home).data / "postmaster.pid").read_text().split()[0]))


def kill(process: psutil.Process) -> None:
    """kill -9, then wait until it is dead: gone, or a zombie that nobody reaps."""
    process.kill()
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)


def as_user(name: str, function: Callable[[], Any]) -> Any:
    """What `function` returns or raises when an ordinary user calls it; forked, since the user may not reach Python."""
    entry = pwd.getpwnam(name)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        outcome: tuple[bool, Any] = (False, AssertionError(f"it failed as {name}"))
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            outcome = (True, function())
        except errors.LoupeError as error:
            outcome = (False, error)
        finally:  # the fork must never return into the test
            os.write(writer, pickle.dumps(outcome))
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        good, value = pickle.loads(answer.read())
    os.waitpid(child, 0)
    if good:
        return value
    raise value


def modes(*folders: Path) -> dict[Path, tuple[int, int, int]]:
    """Rights, owner and group of each."""
    about = {folder: folder.stat() for folder in folders}
    return {folder: (entry.st_mode, entry.st_uid, entry.st_gid) for folder, entry in about.items()}
