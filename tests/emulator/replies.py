"""What goes back over the wire, and the work it comes from: pictures drawn once, as JSON or as a stream of events."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from tests.emulator import drawing
from tests.emulator.requests import Asked
from tests.emulator.usage import usage
from tests.emulator.validation import Refusal
from workbench.engines import rules


class Reset(Exception):
    """Raised where a body should break off with a reset of the connection."""


class Wire(Protocol):
    """The connection of one request."""

    def wait(self, seconds: float) -> None:
        """Work so long; a client that hangs up is noted, and the work goes on."""

    def listened(self) -> bool:
        """Whether the client is still there and the server isn't ending."""


@dataclass
class Reply:
    """One answer; a body of pieces goes out chunked unless `length` declares its bytes."""

    status: int = 200
    body: bytes | Iterator[bytes] = b""
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    #: the work is done to its end even when nobody listens any more
    goes_on: bool = False


def said(document: Any, status: int = 200, **headers: str) -> Reply:
    """JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(document).encode(), headers=named)


def refusing(refusal: Refusal, **headers: str) -> Reply:
    return said(refusal.document, refusal.status, **headers)


@dataclass
class Work:
    """What a model does for one request; nothing is drawn before it is asked for."""

    asked: Asked
    wire: Wire
    #: s that the model takes in all
    seconds: float
    #: writes the bill: pictures and usage
    bill: Callable[[int, dict[str, Any]], None]
    #: takes a file and gives the address under which it is served
    shelve: Callable[[bytes], str]
    #: address of another origin, where all that comes is noted
    elsewhere: Callable[[], str]
    #: False = one small grey picture whatever was asked, for tests of calls in numbers
    paints: bool = True
    #: what a fault makes of the finished pictures' count
    delivered: int | None = None

    @property
    def count(self) -> int:
        return self.asked.pictures if self.delivered is None else self.delivered

    @cached_property
    def pictures(self) -> list[drawing.Pixels]:
        if not self.paints:
            return [drawing.PLAIN] * self.count
        white = self.asked.path.endswith("/inpainting")
        return [drawing.draw(self.asked, index, white_edits=white) for index in range(self.count)]

    @property
    def kind(self) -> str:
        return self.asked.fields.get("output_format", "png")

    def file(self, pixels: drawing.Pixels) -> bytes:
        return drawing.encoded(pixels, self.kind, int(self.asked.fields.get("output_compression", "100")))

    @cached_property
    def files(self) -> list[bytes]:
        return [self.file(pixels) for pixels in self.pictures]

    def facts(self) -> dict[str, Any]:
        """What an answer and each event say of the pictures."""
        high, wide = self.pictures[0].shape[:2] if self.pictures else (0, 0)
        quality = self.asked.fields.get("quality", "auto")
        return {
            "background": self.asked.fields.get("background", "auto"), "output_format": self.kind, "quality": quality,
            "size": f"{wide}x{high}",
        }  # fmt: skip

    def usage(self, pictures: int, partials: int = 0) -> dict[str, Any]:
        fields = self.asked.fields
        faithful = rules.rules(fields.get("model", "")).always_faithful
        high, wide = self.pictures[0].shape[:2] if self.pictures else (1024, 1024)
        return usage(
            self.asked.prompt, [file.size for file in self.asked.images if file.size], self.asked.size or (wide, high),
            quality=fields.get("quality", "auto"), pictures=pictures, partials=partials,
            fidelity="high" if faithful else fields.get("input_fidelity", "low"),
        )  # fmt: skip

    def document(self) -> dict[str, Any]:
        """A whole answer."""
        data = [{"b64_json": base64.b64encode(file).decode()} for file in self.files]
        return {"created": int(self.asked.at), "data": data, **self.facts(), "usage": self.usage(len(data))}

    def body(self) -> bytes:
        return json.dumps(self.document()).encode()

    def done(self) -> None:
        """Draw, take the time it takes, and bill it."""
        self.files  # noqa: B018
        self.wire.wait(self.seconds)
        self.bill(self.count, self.usage(self.count))

    def replied(self) -> Reply:
        """The answer as it was asked for."""
        if self.asked.path.endswith("/inpainting"):
            self.done()
            data = [{"url": self.shelve(file)} for file in self.files]
            return said({"created": int(self.asked.at), "data": data})
        if self.asked.streamed:
            return streamed(self.events())
        self.done()
        return Reply(body=self.body())

    def events(self) -> Iterator[dict[str, Any]]:
        """`image_edit.partial_image` as often as asked, then `image_edit.completed`, picture by picture.

        The seconds pass evenly between them. Each event's usage is its own picture's: the pictures that were sent count
        in the first only, so that the sum over all events is the bill.
        """
        partials, steps = self.asked.partials, self.count * (self.asked.partials + 1)
        for index in range(self.count):
            for number in range(partials):
                staged = self.file(drawing.preview(self.pictures[index], number, partials))
                self.wire.wait(self.seconds / steps)
                yield self.event("image_edit.partial_image", staged, partial_image_index=number)
            file = self.files[index]
            self.wire.wait(self.seconds / steps)
            if index == self.count - 1:
                self.bill(self.count, self.usage(self.count, partials * self.count))
            used = self.usage(1, partials)
            if index:
                output = used["output_tokens"]
                used = {**used, "input_tokens": 0, "input_tokens_details": {"text_tokens": 0, "image_tokens": 0},
                        "total_tokens": output}  # fmt: skip
            yield self.event("image_edit.completed", file, usage=used)

    def event(self, kind: str, file: bytes, **more: Any) -> dict[str, Any]:
        b64 = base64.b64encode(file).decode()
        return {"type": kind, "b64_json": b64, "created_at": int(self.asked.at), **self.facts(), **more}


def streamed(events: Iterator[dict[str, Any] | bytes]) -> Reply:
    """Server-sent events; bytes go out as they are."""
    pieces = (event if isinstance(event, bytes) else sse(event) for event in events)
    return Reply(body=pieces, media_type="text/event-stream; charset=utf-8", goes_on=True)


def sse(event: dict[str, Any]) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
