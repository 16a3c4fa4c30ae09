"""One try: the request goes out, the answer comes in, and whatever breaks on the way gets its name."""

import io
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import httpx2
import numpy as np

from workbench.engines.openai import faults, sentences
from workbench.engines.openai.answers import Given, Reader
from workbench.engines.openai.asking import Request, Sent
from workbench.engines.openai.connections import Connection
from workbench.engines.openai.pictures import mask_png
from workbench.engines.openai.preflight import most_bytes
from workbench.engines.openai.streaming import Partial, Stream
from workbench.engines.openai.wire import End, Exchange, Head, TooMuch
from workbench.errors import ModelFault
from workbench.imaging import headers

if TYPE_CHECKING:
    import openai

File = tuple[str, bytes, str]
#: what a stream of events begins with
_EVENTS = (b"data:", b"event:", b"id:", b"retry:", b":")


class Late(Exception):
    """The time for all tries is over."""


@dataclass
class Attempt:
    """One request and its answer."""

    connection: Connection
    #: as this server takes it, with the fields of its form
    request: Request
    fields: Mapping[str, Any]
    #: raises to leave
    tick: Callable[[], None]
    partial: Partial | None
    #: seconds for all tries, for the sentence
    allowed: float
    #: what was heard so far
    head: Head | None = None
    exchange: Exchange | None = None

    def run(self) -> Given:
        """The pictures. Raises ModelFault, and whatever `tick` raises but Late."""
        reader = Reader(self.connection, self.request, self._fetched)
        self.exchange = Exchange(self.connection, self._send, most=most_bytes(self.request), tick=self.tick)
        try:
            with self.exchange as exchange:
                return self._read(reader, exchange.items())
        except Late as error:
            raise self._timeout(self.allowed, "LOUPE_IMAGE_DEADLINE") from error
        except TooMuch:
            reader.too_much(self.head)
        except httpx2.DecodingError:
            reader.wrong(self.head, "the answer is packed in a way that can't be undone")
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, OSError) as error:
            raise self._broken(error) from error

    @property
    def billed(self) -> bool:
        """Whether it may be paid for although nothing came."""
        return self.exchange is not None and self.exchange.reached

    @property
    def request_id(self) -> str | None:
        """The provider's name for this request."""
        return self.head.headers.get("x-request-id") if self.head else None

    def _read(self, reader: Reader, items: Iterable[Head | bytes | End]) -> Given:
        body, stream, error = bytearray(), None, None
        for item in items:
            if isinstance(item, Head):
                self.head = item
            elif isinstance(item, End):
                error = item.error
            elif stream is not None or self._streams(body, item):
                stream = stream or Stream(reader, self._headed(), self.partial)
                stream.feed(item)
                if stream.done:
                    break
            else:
                body += item
        if self.head is not None and not 200 <= self.head.status < 300:
            raise faults.refused(
                self.connection, self.request.model, self.head.status, self.head.headers, bytes(body)
            ) from None
        if stream is not None:
            return stream.given(error)
        if error is not None:
            raise error
        return reader.parsed(self._headed(), bytes(body))

    def _streams(self, before: bytearray, piece: bytes) -> bool:
        """Whether the body that begins here is a stream of events: a server may ignore that one was asked for."""
        if before or not 200 <= self._headed().status < 300:
            return False
        if piece.startswith(_EVENTS):
            return True
        kind = self._headed().headers.get("content-type", "")
        return "event-stream" in kind and piece.lstrip()[:1] not in (b"{", b"[", b"<")

    def _headed(self) -> Head:
        assert self.head is not None
        return self.head

    def _send(self, sdk: "openai.OpenAI", http: httpx2.Client) -> AbstractContextManager[Any]:
        images = [_file(each, f"image-{number}") for number, each in enumerate(self.request.images, 1)]
        files = {
            name: _file(each, name)
            for name, each in (("mask", self._mask()), ("markup", self.request.markup))
            if each is not None
        }
        values: dict[str, Any] = {**self.fields, **files, "image": images[0] if len(images) == 1 else images}
        return sdk.images.with_streaming_response.edit(**values)

    def _mask(self) -> Sent | None:
        if self.request.mask is not None or not self.connection.profile.needs_mask:
            return self.request.mask
        first = headers.parse(self.request.images[0].data)
        assert first is not None
        everything = np.ones((first.height, first.width), np.bool_)
        return Sent("mask.png", mask_png(everything, self.connection.profile.mask), "image/png")

    def _fetched(self, text: str) -> bytes:
        """A picture that the server only names: from its own address, and from nowhere else."""
        address = urljoin(self.connection.url + "/", text)
        reader = Reader(self.connection, self.request, self._fetched)
        if _origin(address) != _origin(self.connection.url):
            reader.wrong(self.head, "it names an address elsewhere, and pictures are taken from the server itself only")
        sent = Exchange(
            self.connection, lambda _, http: http.stream("GET", address), most=most_bytes(self.request), tick=self.tick
        )
        body = io.BytesIO()
        with sent as exchange:
            for item in exchange.items():
                if isinstance(item, Head) and item.status != 200:
                    reader.wrong(item, f"the picture it names isn't there ({item.status})")
                if isinstance(item, bytes):
                    body.write(item)
                if isinstance(item, End) and item.error is not None:
                    raise item.error
        return body.getvalue()

    def _broken(self, error: Exception) -> ModelFault:
        exchange = self.exchange
        assert exchange is not None
        if not exchange.begun:
            words = sentences.of("connect", self.connection)
            return ModelFault(words, "connect", retry=True)
        if isinstance(error, httpx2.TimeoutException) and exchange.reached:
            return self._timeout(self.connection.read_timeout, "LOUPE_IMAGE_READ_TIMEOUT")
        paid = sentences.PAID if exchange.reached else sentences.FREE
        return ModelFault(
            sentences.of("dropped", self.connection, billed=paid), "dropped",
            billed="maybe" if exchange.reached else "no", retry=True,
            status=self.head.status if self.head else None, request_id=self.request_id,
        )  # fmt: skip

    def _timeout(self, seconds: float, setting: str) -> ModelFault:
        reached = self.exchange is not None and self.exchange.reached
        paid = sentences.PAID if reached else sentences.FREE
        words = sentences.of("timeout", self.connection, seconds=f"{seconds:g}", limit=setting, billed=paid)
        status = self.head.status if self.head else None
        return ModelFault(
            words, "timeout", billed="maybe" if reached else "no", retry=True, status=status, request_id=self.request_id
        )  # fmt: skip


def left(stop_at: float) -> float:
    """Seconds until then."""
    return stop_at - time.monotonic()


def _file(sent: Sent, name: str) -> File:
    """Always with its type: without one the SDK says `application/octet-stream`, which OpenAI refuses."""
    return f"{name}.{sent.media_type.partition('/')[2]}", sent.data, sent.media_type


def _origin(address: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None
