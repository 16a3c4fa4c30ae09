"""Pictures as they come: server-sent events of an edit, with previews on the way."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workbench.engines.openai import faults, sentences
from workbench.engines.openai.answers import Given, Reader, unpacked
from workbench.engines.openai.wire import Head
from workbench.errors import ModelFault, Unavailable
from workbench.imaging import headers

#: which picture, which preview of it, and its bytes
Partial = Callable[[int, int, bytes], None]


class Events:
    """The data of server-sent events, from pieces cut anywhere (HTML standard, 9.2.6)."""

    def __init__(self) -> None:
        self._rest = bytearray()
        #: how much of the rest is known to hold no end of a line
        self._seen = 0
        self._data: list[bytes] = []

    def fed(self, piece: bytes) -> Iterator[bytes]:
        """The data of each event that is whole now."""
        self._rest += piece
        while (end := self._rest.find(b"\n", self._seen)) >= 0:
            line = bytes(self._rest[:end]).removesuffix(b"\r")
            del self._rest[: end + 1]
            self._seen = 0
            yield from self._line(line)
        self._seen = len(self._rest)

    def closed(self) -> Iterator[bytes]:
        """The data of a last event after which no empty line came."""
        yield from self._line(bytes(self._rest))
        yield from self._line(b"")

    def _line(self, line: bytes) -> Iterator[bytes]:
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif not line and self._data:
            yield b"\n".join(self._data)
            self._data = []


class Stream:
    """The events of one answer; a preview never becomes a result."""

    def __init__(self, reader: Reader, head: Head, partial: Partial | None) -> None:
        self._reader, self._head, self._partial = reader, head, partial
        self._events = Events()
        self._raw: list[bytes | None] = []
        self._usage: dict[str, Any] | None = None
        #: nothing more is awaited
        self.done = False

    def feed(self, piece: bytes) -> None:
        """Take a piece of the body. Raises ModelFault."""
        for data in self._events.fed(piece):
            self._event(data, last=False)

    def given(self, error: Exception | None) -> Given:
        """What came when the answer has ended, whole or by `error`. Raises ModelFault where no picture is done."""
        if not self.done and error is None:
            for data in self._events.closed():
                self._event(data, last=True)
        if not self._raw:
            raise self._truncated() if error is None else error
        return self._reader.given(self._head, self._raw, self._usage)

    def _event(self, data: bytes, *, last: bool) -> None:
        if self.done:
            return
        if data.strip() == b"[DONE]":
            self.done = True
            return
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            # the stump of an event that was cut off with the stream is no nonsense
            if not last and not self._raw:
                self._reader.wrong(self._head, "a message on the way is damaged")
            self.done = not last
            return
        if isinstance(event, dict):
            self._take(event)

    def _take(self, event: Mapping[str, Any]) -> None:
        kind = event.get("type")
        if kind == "error" or event.get("error"):
            if not self._raw:
                raise self._failed(event)
            self.done = True
        elif kind == "image_edit.partial_image":
            self._preview(event)
        elif kind == "image_edit.completed":
            packed = event.get("b64_json")
            self._raw.append(unpacked(packed) if isinstance(packed, str) else None)
            self._usage = added(self._usage, event.get("usage"))
            self.done = len(self._raw) >= self._reader.request.pictures

    def _preview(self, event: Mapping[str, Any]) -> None:
        packed, number = event.get("b64_json"), event.get("partial_image_index")
        data = unpacked(packed) if isinstance(packed, str) else None
        if self._partial is None or data is None or headers.signature(data[:12]) is None:
            return
        try:
            self._partial(len(self._raw) + 1, number if isinstance(number, int) else 0, data)
        except Unavailable:
            # where a preview can't be kept, the picture that is being paid for goes on
            self._partial = None

    def _failed(self, event: Mapping[str, Any]) -> ModelFault:
        reader = self._reader
        return faults.inside(reader.connection, reader.request.model, event, self._request_id, stream=True)

    def _truncated(self) -> ModelFault:
        return ModelFault(
            sentences.of("truncated_stream", self._reader.connection), "truncated_stream", billed="maybe", retry=True,
            status=self._head.status, request_id=self._request_id,
        )  # fmt: skip

    @property
    def _request_id(self) -> str | None:
        return self._head.headers.get("x-request-id")


def added(usage: dict[str, Any] | None, more: Any) -> dict[str, Any] | None:
    """Two counts of tokens together: each finished picture brings its own."""
    if not isinstance(more, Mapping):
        return usage
    if usage is None:
        return dict(more)
    found = dict(usage)
    for name, value in more.items():
        before = found.get(name)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            found[name] = added(dict(before), value)
        elif isinstance(value, int) and isinstance(before, int) and not isinstance(value, bool):
            found[name] = before + value
        else:
            found[name] = value
    return found
