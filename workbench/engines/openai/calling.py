"""A call: one or several tries under one deadline, each recorded before and after.

1. The request is checked here; what the server would refuse isn't sent.
2. Each try takes its turn at the gate, is recorded, goes out, and is recorded again with what came of it.
3. What surely wasn't billed is tried again, up to four times in all and as long as the deadline lasts. What may have
   been billed is tried again once. A timeout, and whatever would be refused again, is not.
"""

import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from workbench.engines.openai import asking, preflight, sentences
from workbench.engines.openai.answers import Given, Received
from workbench.engines.openai.asking import Request
from workbench.engines.openai.attempts import Attempt, Late, left
from workbench.engines.openai.connections import Connection
from workbench.engines.openai.streaming import Partial
from workbench.engines.openai.wire import TICK
from workbench.errors import Interrupted, ModelFault

TRIES = 4
#: faults after which the same request may be sent again at once
_AGAIN = frozenset({
    "rate_limit", "server", "transient", "connect", "dropped", "bad_response", "truncated_stream", "stream_error",
})  # fmt: skip
#: seconds: the longest pause, and for how long an account without quota is left alone
_LONGEST, _EMPTY = 8.0, 60.0
#: by address: fields that a server has refused, so that they aren't sent again
_refused: dict[str, frozenset[str]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Try:
    """One request and what came of it."""

    number: int
    state: Literal["answered", "failed"]
    #: what really went out, for records
    sent: Mapping[str, Any]
    seconds: float
    pictures: tuple[Received, ...] = ()
    status: int | None = None
    request_id: str | None = None
    #: ModelFault.fault, or "interrupted"
    fault: str | None = None
    sentence: str | None = None
    billed: Literal["no", "maybe", "yes"] = "no"
    usage: dict[str, Any] | None = None


class Journal(Protocol):
    """Where tries are recorded."""

    def sent(self, number: int, told: Mapping[str, Any]) -> None:
        """Before the first byte of a try."""

    def ended(self, tried: Try) -> None:
        """After it; an answered one holds its pictures, which must be kept before anything else happens."""


class Gate(Protocol):
    """Who may ask when."""

    def take(self, pictures: int) -> None:
        """Before each try. Raises NotYet where its turn is far off."""

    def block(self, seconds: float) -> None:
        """The provider wants to be left alone for so long."""


@dataclass(frozen=True)
class Answer:
    """What came of a call."""

    pictures: tuple[Received, ...]
    #: the provider's count of tokens
    usage: dict[str, Any] | None
    request_id: str | None
    seconds: float
    tries: int
    #: sentences for a designer: fewer pictures, another size, a field that was left out
    notes: tuple[str, ...]
    #: it comes from the emulator, not from a model
    emulated: bool


def call(
    connection: Connection, request: Request, *, journal: Journal, gate: Gate, wanted: Callable[[], None],
    partial: Partial | None = None, stop_at: float | None = None,
) -> Answer:  # fmt: skip
    """Ask for the pictures of `request` until they are there or it is no use.

    `wanted` is called at least every half second, whatever the server does, and raises Interrupted when nobody wants
    the result any more. `partial` gets the number of the picture (from 1), of its preview (from 0) and its bytes.
    `stop_at` is a time of time.monotonic(), by default after the connection's deadline. Raises ModelFault, which is
    billed "maybe" when any of the tries was; Interrupted; NotYet from the gate.
    """
    began = time.monotonic()
    ends = began + connection.deadline if stop_at is None else stop_at
    return _Call(connection, request, journal, gate, wanted, partial, began, ends).run()


@dataclass
class _Call:
    connection: Connection
    request: Request
    journal: Journal
    gate: Gate
    wanted: Callable[[], None]
    partial: Partial | None
    began: float
    stop_at: float
    number: int = 0
    #: tries that count: those for which a field was left out don't
    failed: int = 0
    doubtful: int = 0
    notes: list[str] = field(default_factory=list)

    def run(self) -> Answer:
        request, fields = self._taken()
        preflight.check(self.connection, request, fields)
        while True:
            try:
                return self._tried(request, fields)
            except ModelFault as fault:
                refused = self._left_out(fault, request, fields)
                if refused is None:
                    self._pause(fault)
                else:
                    _remember(self.connection.url, refused)
                    request, fields = self._taken()

    def _taken(self) -> tuple[Request, dict[str, Any]]:
        with _lock:
            without = _refused.get(self.connection.url, frozenset())
        return asking.taken(self.request, self.connection.profile, without)

    def _tried(self, request: Request, fields: Mapping[str, Any]) -> Answer:
        self.wanted()
        self.gate.take(request.pictures)
        if left(self.stop_at) <= 0:
            raise ModelFault(sentences.of("late", self.connection), "rate_limit", retry=True, wait=0.0)
        self.number += 1
        told = asking.told(request, fields)
        self.journal.sent(self.number, told)
        attempt = Attempt(
            self.connection, request, fields, self._tick, self.partial, allowed=self.stop_at - self.began
        )  # fmt: skip
        began = time.monotonic()
        try:
            given = attempt.run()
        except ModelFault as fault:
            self._end(attempt, told, began, fault.fault, str(fault), fault.billed)
            raise
        except Interrupted as stop:
            self._end(attempt, told, began, "interrupted", str(stop), "maybe" if attempt.billed else "no")
            raise
        return self._answered(attempt, told, began, given)

    def _tick(self) -> None:
        self.wanted()
        if left(self.stop_at) <= 0:
            raise Late

    def _answered(self, attempt: Attempt, told: Mapping[str, Any], began: float, given: Given) -> Answer:
        head = attempt.head
        assert head is not None
        took = time.monotonic() - began
        self.journal.ended(
            Try(
                self.number, "answered", told, took, given.pictures, head.status, attempt.request_id, billed="yes",
                usage=given.usage,
            )
        )  # fmt: skip
        notes = (*self.notes, *self._left_out_notes(), *given.notes)
        emulated = "x-loupe-emulator" in head.headers
        seconds = time.monotonic() - self.began
        return Answer(given.pictures, given.usage, attempt.request_id, seconds, self.number, notes, emulated)

    def _end(
        self, attempt: Attempt, told: Mapping[str, Any], began: float, fault: str, sentence: str,
        billed: Literal["no", "maybe", "yes"],
    ) -> None:  # fmt: skip
        status = attempt.head.status if attempt.head else None
        seconds = time.monotonic() - began
        self.journal.ended(
            Try(
                self.number, "failed", told, seconds, (), status, attempt.request_id, fault, sentence, billed
            )
        )  # fmt: skip

    def _pause(self, fault: ModelFault) -> None:
        """Wait until another try makes sense, or raise `fault`."""
        self.failed += 1
        self.doubtful += fault.billed != "no"
        wait = fault.wait if fault.wait is not None else _backoff(self.connection.pause, self.failed)
        if fault.status == 429 or (fault.status and fault.fault == "rate_limit"):
            self.gate.block(wait if fault.fault == "rate_limit" else max(wait, _EMPTY))
        again = fault.retry and fault.fault in _AGAIN and self.failed < TRIES
        if not again or self.doubtful > (1 if fault.billed != "no" else TRIES) or wait >= left(self.stop_at):
            if self.doubtful:
                fault.billed = "maybe"
            raise fault
        until = time.monotonic() + wait
        while (rest := until - time.monotonic()) > 0:
            self.wanted()
            time.sleep(min(TICK, rest))

    def _left_out(self, fault: ModelFault, request: Request, fields: Mapping[str, Any]) -> str | None:
        """The optional field that the server has refused, for a server that may know fewer of them than OpenAI."""
        if not self.connection.profile.drops or fault.fault != "invalid" or fault.status not in (400, 422):
            return None
        guides = [name for name, part in (("mask", request.mask), ("markup", request.markup)) if part]
        optional = [name for name in (*fields, *guides) if name not in asking.NEEDED]
        param = (fault.param or "").rpartition(".")[2]
        if param in optional:
            return param
        named = (name for name in optional if re.search(rf"(?<![\w]){name}(?![\w])", str(fault)) and len(name) > 1)
        return next(named, None) if fault.param is None else None

    def _left_out_notes(self) -> list[str]:
        with _lock:
            without = _refused.get(self.connection.url, frozenset())
        asked = {**self.request.fields(), "mask": self.request.mask, "markup": self.request.markup}
        gone = [name for name in asked if name in without and asked[name] is not None]
        return [f"The image model's server takes no “{name}”, so it was left out." for name in gone]


def forget() -> None:
    """Send every field again, as to servers that were never asked."""
    with _lock:
        _refused.clear()


def _remember(url: str, name: str) -> None:
    with _lock:
        _refused[url] = _refused.get(url, frozenset()) | {name}


def _backoff(pause: float, failed: int) -> float:
    """Seconds before the next try where the server says nothing: doubled each time, a quarter of it by chance."""
    return min(_LONGEST, pause * 2.0 ** (failed - 1)) * (1 - 0.25 * random.random())
