"""One request over the wire: the SDK sends it from a thread of its own, and whoever waits can leave at any time.

The SDK's timeout counts between two reads, so that a server that drips a byte now and then holds it for ever, and
nothing can interrupt a read that gets none. Here the thread reads, and the caller looks at the clock, at a cancelled
edit and at how much has come; when it leaves, the socket is shut under the thread.
"""

import queue
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import httpx2

from workbench.engines.openai.connections import Connection

if TYPE_CHECKING:  # half a second to load: only who asks a model waits for it
    import openai

#: seconds between two looks at clock and caller
TICK = 0.2
#: seconds until a connection stands
_CONNECT = 10.0
#: bytes of a refusal that are read
_REFUSAL = 65_536
#: headers that a server other than OpenAI gets; the SDK adds what it finds in OPENAI_* of the environment
_HEADERS = frozenset({
    "accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "host",
    "transfer-encoding", "user-agent",
})  # fmt: skip
_AGENT = "Loupe (brand images)"
#: where the SDK sends edits to
_EDITS = "/images/edits"

#: sends a request and gives its answer, the body still unread
Send = Callable[["openai.OpenAI", httpx2.Client], AbstractContextManager[Any]]


class TooMuch(httpx2.TransportError):
    """More bytes came than any honest answer has."""


@dataclass(frozen=True)
class Head:
    """The first part of an answer."""

    status: int
    #: names in lower case
    headers: Mapping[str, str]


@dataclass(frozen=True)
class End:
    """The last thing that happens; with an error, the answer isn't whole."""

    error: Exception | None = None


class Exchange:
    """A request on its way; entering starts it, leaving ends it, wherever it is."""

    def __init__(self, connection: Connection, send: Send, *, most: int, tick: Callable[[], None]) -> None:
        """`most` bytes are read; `tick` is called at least every half second and may raise to leave."""
        self._connection, self._send, self._most, self._tick = connection, send, most, tick
        self._items: queue.SimpleQueue[Head | bytes | End] = queue.SimpleQueue()
        self._sockets: list[socket.socket] = []
        self._left = threading.Event()
        #: whether anything was sent, and whether all of it was, so that the server may be at work and bill it
        self.begun = self.reached = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._run, name="image model", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._left.set()
        for each in self._sockets:
            try:
                # not SSLSocket.shutdown, which takes the reading thread's state away
                socket.socket.shutdown(each, socket.SHUT_RDWR)
            except OSError:
                continue

    def items(self) -> Iterator[Head | bytes | End]:
        """Head, pieces of the body, and one End. Raises whatever `tick` raises."""
        looked = time.monotonic()
        while True:
            try:
                item = self._items.get(timeout=TICK)
            except queue.Empty:
                item = None
            if item is None or time.monotonic() - looked >= TICK:
                self._tick()
                looked = time.monotonic()
            if item is not None:
                yield item
            if isinstance(item, End):
                return

    def _run(self) -> None:
        import openai

        end = End()
        try:
            with self._http() as http, self._sdk(http) as sdk, self._send(sdk, http) as answer:
                total = 0
                for piece in answer.iter_bytes():
                    total += len(piece)
                    if total > self._most:
                        raise TooMuch("too many bytes")
                    self._items.put(piece)
        except openai.APIStatusError as error:
            # its body was read, and its head is told already; the error itself holds what the server wrote
            self._items.put(error.response.content)
        except openai.APIConnectionError as error:
            end = End(error.__cause__ if isinstance(error.__cause__, Exception) else error)
        except Exception as error:  # noqa: BLE001  (raised again where somebody waits for it)
            end = End(error)
        finally:
            self._items.put(end)

    def _sdk(self, http: httpx2.Client) -> "openai.OpenAI":
        import openai

        return openai.OpenAI(
            api_key=self._connection.key.get_secret_value() or "none",
            base_url=self._connection.url,
            max_retries=0,
            http_client=http,
            timeout=http.timeout,
        )

    def _http(self) -> httpx2.Client:
        patience = self._connection.read_timeout
        return httpx2.Client(
            transport=_Guarded(self._connection, self._headed, self._traced),
            timeout=httpx2.Timeout(patience, connect=min(_CONNECT, patience)),
            follow_redirects=False,
            trust_env=False,
            headers={"Accept-Encoding": "identity"},
        )

    def _headed(self, head: Head) -> None:
        self._items.put(head)

    def _traced(self, event: str, info: Mapping[str, Any]) -> None:
        if self._left.is_set():
            raise httpx2.ConnectError("nobody waits for it any more")
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            found = info["return_value"].get_extra_info("socket")
            if isinstance(found, socket.socket):
                self._sockets.append(found)
        elif getattr(info.get("request"), "method", b"") == b"CONNECT":
            # between us and a proxy; nothing for the server is on its way yet
            return
        elif event.endswith("send_request_headers.started"):
            self.begun = True
        elif event.endswith("send_request_body.complete"):
            self.reached = True


class _Guarded(httpx2.BaseTransport):
    """What goes out is meant for this server, and of a refusal no more is read than words need."""

    def __init__(
        self, connection: Connection, headed: Callable[[Head], None], traced: Callable[[str, Mapping[str, Any]], None]
    ) -> None:
        self._connection, self._headed, self._traced = connection, headed, traced
        self._inner = httpx2.HTTPTransport(proxy=_proxy(connection), retries=0)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._inner.handle_request(self._outgoing(request))
        head = Head(answer.status_code, {name.lower(): value for name, value in answer.headers.items()})
        self._headed(head)
        if not 200 <= head.status < 300 and isinstance(answer.stream, httpx2.SyncByteStream):
            answer.stream = _Beginning(answer.stream)
        return answer

    def close(self) -> None:
        self._inner.close()

    def _outgoing(self, request: httpx2.Request) -> httpx2.Request:
        """As it goes out; a copy, because the SDK looks later at what it had put into its own."""
        key, url, fields = self._connection.key.get_secret_value(), request.url, httpx2.Headers(request.headers)
        if not self._connection.official:
            for name in set(fields) - _HEADERS:
                del fields[name]
            fields["User-Agent"] = _AGENT
        fields["Authorization"] = f"Bearer {key}"
        if not key:
            del fields["Authorization"]
        path = self._connection.profile.path
        if url.path.endswith(_EDITS) and path != _EDITS:
            url = url.copy_with(path=url.path.removesuffix(_EDITS) + path)
        told = {**request.extensions, "trace": self._traced}
        return httpx2.Request(request.method, url, headers=fields, stream=request.stream, extensions=told)


class _Beginning(httpx2.SyncByteStream):
    """The first bytes of a body."""

    def __init__(self, whole: httpx2.SyncByteStream) -> None:
        self._whole = whole

    def __iter__(self) -> Iterator[bytes]:
        left = _REFUSAL
        for piece in self._whole:
            yield piece[:left]
            left -= len(piece)
            if left <= 0:
                return

    def close(self) -> None:
        self._whole.close()


def _proxy(connection: Connection) -> str | None:
    """The way out that the environment names, for OpenAI only: other servers are reached directly."""
    if not connection.official or urllib.request.proxy_bypass(connection.host):
        return None
    return urllib.request.getproxies().get(urlsplit(connection.url).scheme)
