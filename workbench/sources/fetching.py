"""Pictures from addresses that people type: fetched once, only from the public internet, within fixed bounds.

A server that fetches for its users can be sent to places that only it may reach (SSRF). Here the name is resolved once,
every address it has must be public, and the connection goes to just that checked address; each redirect is a new
address and starts from the beginning.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import httpcore2

from workbench.errors import InvalidInput, RejectedImage, Unavailable
from workbench.imaging import headers

#: seconds for the whole of it: name, connection, headers, body, redirects
SECONDS = 30.0
REDIRECTS = 3
#: answers that lead elsewhere
_ELSEWHERE = (301, 302, 303, 307, 308)
#: answers that another time may be different: a time-out, too many requests
_BUSY = (408, 425, 429)
#: addresses that hold an IPv4 address, which is then the one that counts; for outsiders NAT64 leads into the inside
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_AGENT = "Loupe (brand images)"

#: the addresses of a name, as `socket.getaddrinfo` gives them
Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True)
class Fetched:
    """What an address gave."""

    data: bytes
    #: where the bytes came from in the end, without a query: it may hold a key
    origin: str
    #: the last part of the path, for a name
    name: str


def resolved(host: str, port: int) -> list[str]:
    """Every address of `host`; raises InvalidInput for a name that has none."""
    try:
        return list(
            dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        )
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:  # the name server is away, not the name
            raise passing(f"The server “{host[:100]}” can't be looked up at the moment. Try again.") from error
        raise InvalidInput(f"There is no server “{host[:100]}”. Check the address.") from error
    except (OSError, UnicodeError) as error:
        raise InvalidInput(f"There is no server “{host[:100]}”. Check the address.") from error


def public(address: str) -> bool:
    """Whether an IP address is one that anybody on the internet could reach."""
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found in _NAT64:
            return False
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return public(str(inner))
    return found.is_global and not found.is_multicast


@dataclass(frozen=True)
class Network:
    """What a fetch goes out through."""

    #: every address of a name
    resolve: Resolve = resolved
    #: opens a connection to an address that was checked
    sockets: httpcore2.NetworkBackend = field(default_factory=httpcore2.SyncBackend)
    #: whose certificates count; None = those that the system trusts
    trust: ssl.SSLContext | None = None


INTERNET = Network()


def fetch(address: str, *, limit: int, seconds: float = SECONDS, network: Network = INTERNET) -> Fetched:
    """The picture at `address`, at most `limit` bytes of it, in `seconds` at most.

    Raises InvalidInput for an address that may not be fetched, RejectedImage for what is no picture, Unavailable for a
    server that doesn't give one; only the last may be different another time.
    """
    deadline = time.monotonic() + seconds
    for _ in range(REDIRECTS + 1):
        host = checked(address)
        context = network.trust or _trust()
        with httpcore2.ConnectionPool(context, network_backend=_Pinned(network, deadline)) as pool:
            answer = _answer(pool, address, host, limit)
        if isinstance(answer, bytes):
            return Fetched(answer, address.split("?")[0].split("#")[0], _name(address))
        address = urljoin(address, answer)
    raise InvalidInput(f"The address leads on more than {REDIRECTS} times. Give the picture's own address.")


@cache
def _trust() -> ssl.SSLContext:
    return httpcore2.default_ssl_context()


def checked(address: str) -> str:
    """The host of an address that may be asked; raises InvalidInput with what is wrong with it."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError as error:
        raise InvalidInput("This is not an address. It looks like https://example.com/picture.png.") from error
    if parts.scheme != "https" or not host:
        raise InvalidInput("Pictures are fetched from addresses that begin with https:// and name a server.")
    if parts.username is not None or parts.password is not None:
        raise InvalidInput("An address with a name and password in it is not fetched. Give one without.")
    if port != 443:
        raise InvalidInput(f"Pictures are not fetched from port {port}. Give an address without a port.")
    if any(not " " < character < "\x7f" for character in address):
        raise InvalidInput("The address holds a space or a character that belongs in no address. Copy it again.")
    return host


def _answer(pool: httpcore2.ConnectionPool, address: str, host: str, limit: int) -> bytes | str:
    """The body, or the address that it leads to."""
    told = {"Host": host, "User-Agent": _AGENT, "Accept": "image/*", "Accept-Encoding": "identity"}
    try:
        with pool.stream("GET", address.split("#")[0], headers=list(told.items())) as answer:
            fields = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            if answer.status in _ELSEWHERE and "location" in fields:
                return fields["location"]
            if answer.status in _BUSY or answer.status >= 500:
                raise passing(_refused(host, answer.status))
            if answer.status != 200:
                raise Unavailable(_refused(host, answer.status))
            return _body(answer.iter_stream(), fields, limit)
    except httpcore2.TimeoutException as error:
        raise passing(f"“{host}” took too long. Try again, or download the picture and add the file.") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol) as error:
        raise passing(f"“{host}” doesn't answer as a web server should. Check the address.") from error


def _refused(host: str, status: int) -> str:
    if status in (401, 403):
        return f"“{host}” doesn't give this picture to everybody. Download it and add the file."
    if status in (404, 410):
        return f"There is no picture at this address on “{host}”. Check the address."
    return f"“{host}” answers with status {status}. Try again later, or download the picture and add the file."


def passing(sentence: str) -> Unavailable:
    """What may be had another time, without anything being changed."""
    fault = Unavailable(sentence)
    fault.retry = True
    return fault


def _body(parts: Iterable[bytes], fields: Mapping[str, str], limit: int) -> bytes:
    too_large = RejectedImage(f"The picture at this address has more than {limit / 1e6:g} MB. Take a smaller one.")
    if fields.get("content-length", "0").isdigit() and int(fields.get("content-length", "0")) > limit:
        raise too_large
    if fields.get("content-encoding", "identity") != "identity":
        raise RejectedImage("The server sends this picture packed. Download it and add the file.")
    body, looked = bytearray(), False
    for part in parts:
        body += part
        if len(body) > limit:
            raise too_large
        if not looked and len(body) >= 12:
            looked = True
            is_picture(bytes(body[:12]))
    is_picture(bytes(body[:12]))
    return bytes(body)


def is_picture(start: bytes) -> None:
    """By content, not by what the server calls it; raises RejectedImage."""
    if headers.signature(start) is None:
        raise RejectedImage("What lies at this address is not a PNG, JPEG or WebP. Give the picture's own address.")


def _name(address: str) -> str:
    last = unquote(urlsplit(address).path.rsplit("/", 1)[-1])
    return last.rsplit(".", 1)[0][:200].strip() or urlsplit(address).hostname or "Picture"


class _Pinned(httpcore2.NetworkBackend):
    """Connects to checked addresses only, and gives everything one deadline together."""

    def __init__(self, network: Network, deadline: float) -> None:
        self._network, self._deadline = network, deadline

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.NetworkStream:  # fmt: skip
        found = self._network.resolve(host, port)
        if not found or not all(public(address) for address in found):
            raise InvalidInput(
                f"“{host[:100]}” is inside a private network, and Loupe only fetches from the public internet. "
                "Download the picture and add the file."
            )
        left = _left(self._deadline)
        return _Bounded(self._network.sockets.connect_tcp(found[0], port, left), self._deadline)


class _Bounded(httpcore2.NetworkStream):
    """A connection whose every wait ends with the whole fetch, however slowly a server drips."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        # the certificate is the name's, not the address's
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _Bounded(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("the whole fetch took too long")
    return left
