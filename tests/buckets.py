"""A real S3-compatible server on loopback, and a proxy in front of it that misbehaves on request."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import boto3
from botocore.config import Config

from tests.serving import free_port

KEYS = {"AWS_ACCESS_KEY_ID": "loupe", "AWS_SECRET_ACCESS_KEY": "loupe-secret", "AWS_REGION": "us-east-1"}
#: each of the server's ports also takes the one 10,000 above
HIGHEST = 55_000


def _ports(count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        port = free_port()
        if port < HIGHEST and port not in found:
            found.append(port)
    return found


@contextmanager
def serving_bucket(folder: Path) -> Iterator[str]:
    """The address of a fresh server with the credentials KEYS, stopped and gone at the end."""
    s3, master, volume, filer, admin, metrics = _ports(6)
    command = [
        str(Path(sys.executable).with_name("weed")), "mini", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        f"-s3.port={s3}", f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}",
        f"-admin.port={admin}", "-admin.ui=false", "-webdav=false", "-s3.port.iceberg=0",
        "-master.telemetry=false", f"-metricsPort={metrics}",
    ]  # fmt: skip
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **KEYS}, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{s3}"
    try:
        _answering(address, process, folder / "server.log")
        yield address
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def _answering(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 60
    while True:
        with suppress(Exception):
            client(address).list_buckets()
            return
        assert process.poll() is None and time.monotonic() < until, log.read_text(errors="replace")[-3000:]
        time.sleep(0.2)


def client(address: str):  # type: ignore[no-untyped-def]
    """boto3's own client, for what a test looks at behind the store's back."""
    return boto3.client(
        "s3", endpoint_url=address, region_name=KEYS["AWS_REGION"], aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"], config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip


@dataclass
class Proxy:
    """Passes requests on, one connection each, and does what `script` says to the first ones."""

    target: int
    #: for the next requests, in order: "ok", "503", "reset", "hang", "lost", "cut", "flip" or "slow"; then all pass
    script: list[str] = field(default_factory=list)
    #: the first line of each request that came
    heard: list[str] = field(default_factory=list)
    #: whether nobody is there at all
    away: bool = False

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            request = _message(connection, answer_continue=True)
            if not request:
                return
            self.heard.append(request.split(b"\r\n", 1)[0].decode())
            deed = "reset" if self.away else self.script.pop(0) if self.script else "ok"
            if deed == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return
            if deed == "hang":
                time.sleep(60)
                return
            if deed == "slow":
                time.sleep(1)
            if deed == "503":
                connection.sendall(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            answer = self._passed_on(request)
            connection.sendall(_spoilt(answer, deed))

    def _passed_on(self, request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"connection:", b"expect:"))]
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            server.sendall(b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body)
            return _message(server, to_the_end=True)


def _spoilt(answer: bytes, deed: str) -> bytes:
    if deed == "lost":
        return b""
    head, gap, body = answer.partition(b"\r\n\r\n")
    if deed == "cut":
        return head + gap + body[: len(body) // 2]
    if deed == "flip" and body:
        return head + gap + bytes([body[0] ^ 1]) + body[1:]
    return answer


def _message(connection: socket.socket, *, answer_continue: bool = False, to_the_end: bool = False) -> bytes:
    """One HTTP message, its body by Content-Length or until the other side closes."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lower = head.lower()
    if answer_continue and b"expect: 100-continue" in lower:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = next((int(line[15:]) for line in lower.split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while to_the_end or len(body) < length:
        part = connection.recv(1 << 20)
        if not part:
            break
        body += part
    return head + b"\r\n\r\n" + body
