"""The server: a thread for each connection, one request after the other on it, every one noted."""

import math
import threading
import time
import uuid
from collections import deque
from collections.abc import Collection, Iterator
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.emulator import faults, validation
from tests.emulator.connection import Connection, Server
from tests.emulator.ledger import Ledger, Paid, Window
from tests.emulator.replies import Reply, Work, refusing
from tests.emulator.requests import Asked
from tests.emulator.turned_away import limited, models_list, not_found
from workbench.engines import rules

EDITS, INPAINTING, SHELF = "/v1/images/edits", "/v1/images/inpainting", "/generated-images/"


class Emulator:
    """A provider of image models on 127.0.0.1; `with Emulator() as server:` or `start()` and `stop()`.

    drift    how much its model redraws what it should have left alone; 0 = every pixel outside the mask stays
    limit    pictures in any `window` seconds; may be changed while it runs
    seconds  how long the model takes for a request
    models   names served besides those of the table, with the rules of any server, and any field
    paints   False: one small grey picture for every request, when only the calls matter
    """

    def __init__(
        self, *, drift: float = 1.0, limit: int | None = None, window: float = 60.0, seconds: float = 0.0,
        key: str = "emulator", models: Collection[str] = (), paints: bool = True, port: int = 0,
        ledger: Path | None = None, keep: bool = True,
    ) -> None:  # fmt: skip
        self.drift, self.seconds, self.key, self.paints = drift, seconds, key, paints
        self.models = tuple(models)
        #: every request, in the order in which they had come whole; without `keep` of the files only what they are
        self.log: list[Asked] = []
        #: what came to the other origin, where nobody should go
        self.strays: list[Asked] = []
        self.ledger = Ledger(ledger)
        self.ending = threading.Event()
        self.keep = keep
        self._port = port
        self._window = Window(limit, window)
        self._script: deque[faults.Fault | None] = deque()
        self._shelf: dict[str, bytes] = {}
        self._lock = threading.RLock()
        self._servers: list[Server] = []

    def __enter__(self) -> "Emulator":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> "Emulator":
        if not self._servers:
            self._serve(self._port)
        return self

    def stop(self) -> None:
        """Ends every connection, also those that hang."""
        self.ending.set()
        for server in self._servers:
            server.end()

    @property
    def url(self) -> str:
        """For OPENAI_BASE_URL."""
        return f"{self._servers[0].origin}/v1"

    @property
    def limit(self) -> int | None:
        return self._window.most

    @limit.setter
    def limit(self, most: int | None) -> None:
        self._window.most = most

    @property
    def window(self) -> float:
        return self._window.seconds

    @window.setter
    def window(self, seconds: float) -> None:
        self._window.seconds = seconds

    def script(self, *said: "str | faults.Fault | None") -> None:
        """What happens to the next requests, one each and in order, "ok" for nothing; then all is well again."""
        read = [faults.read(one) for one in said]
        with self._lock:
            self._script.extend(read)

    @property
    def unused(self) -> int:
        """Faults that no request has met yet."""
        return len(self._script)

    def elsewhere(self) -> str:
        """Another origin on this machine."""
        with self._lock:
            if len(self._servers) < 2:
                self._serve(0)
            return self._servers[1].origin

    def reply(self, asked: Asked, wire: Connection, malformed: str | None = None) -> Reply:
        """The answer to a request on `wire`; it is in the log from now on."""
        if wire.server is not self._servers[0]:
            self.strays.append(asked)
            return not_found(self._work(asked, wire))
        with self._lock:
            self.log.append(asked)
            fault = self._script.popleft() if self._script and not asked.path.startswith(SHELF) else None
        asked.fault = str(fault) if fault else None
        work = self._work(asked, wire)
        if malformed:
            asked.refused = "malformed"
            return refusing(validation.Refusal(400, malformed, None))
        return self._refused(asked, fault, work) or (fault.reply(work) if fault else self._right(asked, work))

    def _refused(self, asked: Asked, fault: faults.Fault | None, work: Work) -> Reply | None:
        """What a wrong request gets, or one that is turned away, or that comes too early."""
        if asked.path.startswith(SHELF):
            return None
        refusal = validation.refused_key(asked, self.key)
        if refusal is None and asked.method == "POST" and asked.path == EDITS:
            refusal = validation.refused(asked, own_models=self.models)
        if refusal is None and asked.method == "POST" and asked.path == INPAINTING:
            refusal = validation.refused_inpainting(asked)
        if refusal is not None:
            asked.refused = refusal.code or str(refusal.status)
            return refusing(refusal)
        if fault is not None and fault.early:
            return fault.reply(work)
        return self._too_early(asked) if asked.method == "POST" else None

    def _too_early(self, asked: Asked) -> Reply | None:
        wait = self._window.take(asked.pictures)
        if not wait:
            return None
        asked.refused = "rate_limit_exceeded"
        message = f"Rate limit reached on input-images per min: Limit {self.limit}. Please try again in {wait:.3f}s."
        # a millisecond more than the window says, as a client that comes back to the tick would be early
        hints = {"retry-after": str(math.ceil(wait)), "retry-after-ms": str(math.ceil(wait * 1000) + 1)}
        return limited(hints, message)

    def _right(self, asked: Asked, work: Work) -> Reply:
        if asked.method == "GET" and asked.path.startswith(SHELF):
            picture = self._shelf.get(asked.path.removeprefix(SHELF))
            return Reply(body=picture, media_type="image/png") if picture else not_found(work)
        if (asked.method, asked.path) == ("GET", "/v1/models"):
            current = [one.name for one in rules.known() if one.state != "retired"]
            return models_list([*self.models, *current])
        if asked.method == "POST" and asked.path in (EDITS, INPAINTING):
            return work.replied()
        return not_found(work)

    def _work(self, asked: Asked, wire: Connection) -> Work:
        asked.drift = self.drift

        def bill(pictures: int, usage: dict[str, Any]) -> None:
            prompt = sha256(asked.prompt.encode()).hexdigest()
            model, image = asked.fields.get("model", ""), asked.images[0].sha256
            self.ledger.write(Paid(asked.request_id, pictures, time.time(), prompt, model, image, usage))

        return Work(asked, wire, self.seconds, bill, self._shelve, self.elsewhere, self.paints)

    def _shelve(self, file: bytes) -> str:
        name = f"{uuid.uuid4().hex}.png"
        self._shelf[name] = file
        return self._servers[0].origin + SHELF + name

    def headers(self, asked: Asked) -> Iterator[tuple[str, str]]:
        """What every answer tells."""
        yield "x-loupe-emulator", "1"
        yield "x-request-id", asked.request_id
        yield "openai-processing-ms", str(round((time.time() - asked.at) * 1000))
        if self.limit is not None:
            yield "x-ratelimit-limit-requests", str(self.limit)
            yield "x-ratelimit-remaining-requests", str(self._window.left())
            yield "x-ratelimit-reset-requests", f"{self._window.reset():.3f}s"

    def _serve(self, port: int) -> None:
        server = Server(port, self)
        self._servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True, name="emulator").start()
