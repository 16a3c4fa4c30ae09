"""A worker process that does nothing but ask for its turn and call a provider; tests and bench start several of them.

    python -m tests.harness.limited '{"url": "http://127.0.0.1:8000/v1", "seconds": 9, …}'

Prints a line when it is ready, begins when a line comes in, and prints what it saw as JSON.
"""

import http.client
import io
import json
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

from workbench import db
from workbench.engines import limits


def _body() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "#C8783C").save(picture, "PNG")
    lines = [b"--part"]
    for name, value in (
        ("model", "gpt-image-2.5-sunburst-2026-09-08"),
        ("prompt", "Make it blue"),
        ("size", "1024x1024"),
    ):
        lines += [f'Content-Disposition: form-data; name="{name}"'.encode(), b"", value.encode(), b"--part"]
    lines += [b'Content-Disposition: form-data; name="image"; filename="a.png"', b"Content-Type: image/png", b""]
    return b"\r\n".join([*lines, picture.getvalue(), b"--part--", b""])


#: a small edit as it goes over the wire
BODY = _body()


@dataclass
class Work:
    """What one process does."""

    #: of the provider, with /v1
    url: str
    seconds: float
    most: int
    window: float
    margin: float = limits.MARGIN
    threads: int = 6
    account: str = "acc0"


@dataclass
class Seen:
    """What its threads saw together."""

    asked: int = 0
    called: int = 0
    refused: int = 0
    #: seconds that statements took, the longest of them
    slowest: float = 0.0
    lock: Any = field(default_factory=threading.Lock, repr=False)


def work(given: Work, seen: Seen, until: float) -> None:
    """Ask, sleep exactly as told, call; a refusal of the provider stops everybody for as long as it says."""
    waiter = str(uuid.uuid4())
    while time.monotonic() < until:
        began = time.monotonic()
        with db.transaction() as tx:
            wait = limits.take(
                tx, given.account, most=given.most, window=given.window, margin=given.margin, waiter=waiter
            )
        with seen.lock:
            seen.asked += 1
            seen.slowest = max(seen.slowest, time.monotonic() - began)
        if wait:
            time.sleep(min(wait, max(0.0, until - time.monotonic())))
            continue
        blocked = call(given.url)
        with seen.lock:
            seen.called += 1
            seen.refused += blocked > 0
        if blocked:
            with db.transaction() as tx:
                limits.block(tx, given.account, blocked)


def call(url: str) -> float:
    """One request for one picture: 0.0, or the seconds to wait that the refusal names."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    headers = {"Authorization": "Bearer emulator", "Content-Type": "multipart/form-data; boundary=part"}
    try:
        connection.request("POST", f"{address.path}/images/edits", BODY, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status == 429:
            return float(answer.headers["retry-after-ms"]) / 1000
        assert answer.status == 200, said
        return 0.0
    finally:
        connection.close()


def main() -> None:
    given = Work(**json.loads(sys.argv[1]))
    with db.transaction() as tx:
        limits.standing(tx, given.account)
    print("ready", flush=True)
    sys.stdin.readline()
    seen, until = Seen(), time.monotonic() + given.seconds
    threads = [threading.Thread(target=work, args=(given, seen, until)) for _ in range(given.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({name: value for name, value in vars(seen).items() if name != "lock"}))


if __name__ == "__main__":
    main()
