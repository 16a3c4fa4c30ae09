"""From the bytes of an answer to pictures: nothing that isn't one gets through, whatever a server calls it."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from workbench.engines.openai import faults, sentences
from workbench.engines.openai.asking import Request
from workbench.engines.openai.connections import Connection
from workbench.engines.openai.wire import Head
from workbench.errors import ModelFault, RejectedImage
from workbench.imaging import headers, intake

#: megabytes of a picture
_MOST_MB = 100
#: pixels of a picture, as a multiple of what was asked for; models answer in sizes of their own
_LARGER = 4
_LEAST_MP = 16.6
_TOO_MUCH = "it sent far more than pictures of this size need"


@dataclass(frozen=True)
class Received:
    """A picture as the model gave it, decoded once as a whole."""

    data: bytes
    media_type: str
    #: width, height
    size: tuple[int, int]


@dataclass(frozen=True)
class Given:
    """What an answer holds."""

    pictures: tuple[Received, ...]
    usage: dict[str, Any] | None = None
    #: sentences for a designer
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reader:
    """Reads the answers to one request."""

    connection: Connection
    request: Request
    #: the bytes at an address of the same server
    fetch: Callable[[str], bytes]

    def parsed(self, head: Head, body: bytes) -> Given:
        """The pictures of an answer in JSON. Raises ModelFault."""
        found = self._json(head, body)
        if not isinstance(found, dict):
            self.wrong(head, "it isn't the object that it should be")
        if not found.get("data") and any(found.get(name) for name in ("error", "detail", "message")):
            request_id = head.headers.get("x-request-id")
            raise faults.inside(self.connection, self.request.model, found, request_id, stream=False)
        data = found.get("data")
        if not isinstance(data, list) or not data:
            self.wrong(head, "the list of pictures is empty")
        raw = [self._bytes(each) for each in data[: self.request.pictures]]
        usage = found.get("usage")
        return self.given(head, raw, usage if isinstance(usage, dict) else None)

    def given(self, head: Head, raw: list[bytes | None], usage: dict[str, Any] | None) -> Given:
        """Those of `raw` that are pictures, and sentences about the others. Raises ModelFault where none is."""
        pictures, notes = [], []
        for data in raw:
            found = None if data is None else self._picture(data)
            if found is not None:
                pictures.append(found)
        if not pictures:
            self.wrong(head, "what it calls a picture is none")
        asked = self.request.pictures
        if len(pictures) < asked:
            came = "1 picture" if len(pictures) == 1 else f"{len(pictures)} pictures"
            notes.append(f"The image model gave {came} of {asked} that were asked for.")
        notes += _sizes(self.request.size, pictures)
        return Given(tuple(pictures), usage, tuple(notes))

    def wrong(self, head: Head | None, what: str, *, retry: bool = True) -> NoReturn:
        """Raise the fault of an answer that can't be used."""
        raise ModelFault(
            sentences.of("bad_response", self.connection, what=what), "bad_response", billed="maybe", retry=retry,
            status=head.status if head else None, request_id=head.headers.get("x-request-id") if head else None,
        )  # fmt: skip

    def too_much(self, head: Head | None) -> NoReturn:
        """Raise the fault of an answer without end."""
        self.wrong(head, _TOO_MUCH, retry=False)

    def _json(self, head: Head, body: bytes) -> Any:
        if not body.strip():
            self.wrong(head, "the answer is empty")
        if body.lstrip()[:1] == b"<":
            raise ModelFault(
                sentences.of("page", self.connection), "bad_response", billed="maybe", status=head.status,
                request_id=head.headers.get("x-request-id"),
            )  # fmt: skip
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            self.wrong(head, "the answer is cut off or damaged")

    def _bytes(self, item: Any) -> bytes | None:
        if not isinstance(item, Mapping):
            return None
        if isinstance(item.get("b64_json"), str):
            return unpacked(item["b64_json"])
        if isinstance(item.get("url"), str):
            text = item["url"]
            return unpacked(text) if text.startswith("data:") else self.fetch(text)
        return None

    def _picture(self, data: bytes) -> Received | None:
        most = max(_LEAST_MP, _LARGER * self.request.size[0] * self.request.size[1] / 1_000_000)
        try:
            found = intake.read(data, max_mb=_MOST_MB, max_mp=most)
        except RejectedImage:
            return None
        return Received(data, headers.MEDIA_TYPES[found.format], found.size)


def unpacked(text: str) -> bytes | None:
    """The bytes of Base64 or of a `data:` address; None where it is neither, to the letter (RFC 4648, 3.3)."""
    if text.startswith("data:"):
        kind, comma, text = text.partition(",")
        if not comma or not kind.endswith(";base64"):
            return None
    try:
        return base64.b64decode(text, validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _sizes(asked: tuple[int, int], pictures: list[Received]) -> list[str]:
    others = dict.fromkeys(each.size for each in pictures if each.size != asked)
    return [f"The image model drew {w} × {h} px where {asked[0]} × {asked[1]} were asked for." for w, h in others]
