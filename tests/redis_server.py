"""A real redis-server on loopback, for one module's tests."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import redis

from tests.serving import free_port

PASSWORD = "loupe-secret"


@contextmanager
def serving_redis(folder: Path) -> Iterator[str]:
    """The URL of a fresh server that keeps nothing on disk, stopped and gone at the end."""
    port = free_port()
    command = [
        str(Path(sys.executable).with_name("redis-server")), "--port", str(port), "--bind", "127.0.0.1",
        "--requirepass", PASSWORD, "--save", "", "--appendonly", "no", "--dir", str(folder),
    ]  # fmt: skip
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(command, env=dict(os.environ), stdout=log, stderr=log)
    url = f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    try:
        until = time.monotonic() + 30
        while True:
            with suppress(redis.exceptions.ConnectionError):
                redis.Redis.from_url(url).ping()
                break
            assert process.poll() is None and time.monotonic() < until, (folder / "redis.log").read_text()
            time.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait()
