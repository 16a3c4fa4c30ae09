"""Who may connect, what may be uploaded, and the headers every answer carries: pure ASGI, for HTTP and WebSocket."""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.web import refusals

#: the one path that answers everybody, so that a platform can see the process is alive
HEALTH = "/_stcore/health"
#: Streamlit's own routes that tell strangers about the app, wherever a base path puts them
CLOSED = re.compile(r"(?:^|/)_stcore/(?:metrics|agent|script-health-check)(?:/|\Z)")
#: a Host header and nothing else: name, IPv4 or bracketed IPv6, and an optional port
HOST = re.compile(r"(?P<name>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?\Z")
#: where Streamlit takes uploads
UPLOADS = re.compile(r"(?:^|/)_stcore/upload_file/")
#: the most that a multipart body's boundary lines and part header may add to its file, in bytes
FRAMING = 4096

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class LocalOnly:
    """Lets in nobody but this machine, as long as there is no login; stands outermost.

    The server's own address and the Host header must both be loopback: the first keeps the network out, the second
    a web page elsewhere that made its name point here. What a proxy says about itself (X-Forwarded-*) is ignored.
    With `hosted` (PORT or DYNO is set) nobody is let in at all.
    """

    def __init__(self, app: ASGIApp, *, hosted: bool) -> None:
        self.app = app
        self.hosted = hosted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (scope["type"] == "http" and scope["path"] == HEALTH):
            await self.app(scope, receive, send)
        elif refusal := self._refusal(scope):
            await _refuse(refusal, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if self.hosted:
            return _page(refusals.HOSTED)
        if not (_loopback_server(scope) and _loopback_host(headers.getlist("host"))):
            return _page(refusals.elsewhere((scope.get("server") or (None, None))[1]))
        if CLOSED.search(scope["path"]):
            return PlainTextResponse("Closed.", status_code=403, headers=HEADERS)
        if scope["type"] == "websocket" and not _same_origin(headers):
            return PlainTextResponse("Another site may not connect.", status_code=403, headers=HEADERS)
        return None


class SecureHeaders:
    """Gives every HTTP answer the security headers it doesn't already carry."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = content_policy(Headers(scope=scope).get("host", ""))

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", policy)
            await send(message)

        await self.app(scope, receive, send_secured)


class UploadCap:
    """Refuses an upload of more than `cap` bytes with 413 while it arrives, to the byte.

    Streamlit's own limit counts in units of 1,048,576 bytes, ours in 1,000,000; and it is read again from a file when
    that file changes. This one holds whatever is configured there.
    """

    def __init__(self, app: ASGIApp, *, cap: int) -> None:
        self.app = app
        self.cap = cap

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not UPLOADS.search(scope["path"]):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > self.cap + FRAMING:
            await PlainTextResponse("File too large.", status_code=413)(scope, receive, send)
            return
        body = _Multipart(headers.get("content-type", ""))

        async def receive_capped() -> Message:
            message = await receive()
            body.add(message.get("body", b""))
            if body.file_size > self.cap:
                raise HTTPException(status_code=413, detail="File too large.")
            return message

        await self.app(scope, receive_capped, send)


class _Multipart:
    """Counts the bytes of the one file in a multipart body, less its framing (RFC 7578, RFC 2046 5.1.1)."""

    def __init__(self, content_type: str) -> None:
        boundary = re.search(r'boundary="?([^";,]+)', content_type)
        #: CRLF -- boundary -- CRLF
        self._closing = len(boundary[1]) + 8 if boundary else 0
        self._opening: int | None = None
        self._start = b""
        self._seen = 0

    def add(self, chunk: bytes) -> None:
        self._seen += len(chunk)
        if self._opening is None:
            self._start = (self._start + chunk)[:FRAMING]
            end = self._start.find(b"\r\n\r\n")
            if end >= 0 or len(self._start) == FRAMING:
                self._opening = end + 4 if end >= 0 else 0

    @property
    def file_size(self) -> int:
        """Bytes of the file seen so far; short by the closing line until the body has ended."""
        return self._seen - (self._opening or 0) - self._closing


def content_policy(host: str) -> str:
    """The Content-Security-Policy for a page served under `host`; a socket back to that very host is allowed."""
    sockets = f" ws://{host} wss://{host}" if HOST.match(host) else ""
    return (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        # Streamlit's start page has an inline script and components are loaded as blob modules
        "script-src 'self' blob: 'unsafe-inline' 'wasm-unsafe-eval'; "
        f"connect-src 'self'{sockets}; font-src 'self' data:; worker-src 'self' blob:; "
        "frame-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
    )


def _loopback_server(scope: Scope) -> bool:
    address, _ = scope.get("server") or ("", None)
    return _loopback(address)


def _loopback_host(values: Iterable[str]) -> bool:
    """Exactly one Host header that names this machine; nothing is resolved, no suffix counts."""
    hosts = list(values)
    match = HOST.match(hosts[0]) if len(hosts) == 1 else None
    return match is not None and (match["name"].lower() == "localhost" or _loopback(match["name"].strip("[]")))


def _loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    # a dual-stack socket reports 127.0.0.1 as ::ffff:127.0.0.1
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


def _same_origin(headers: Headers) -> bool:
    """Browsers always send Origin with a WebSocket; without one it isn't a web page that asks."""
    origins = headers.getlist("origin")
    if not origins:
        return True
    origin = urlsplit(origins[0])
    return len(origins) == 1 and origin.scheme in ("http", "https") and origin.netloc == headers.get("host")


def _page(html: str) -> Response:
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    headers = {**HEADERS, "Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return HTMLResponse(html, status_code=403, headers=headers)


async def _refuse(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        # closing before accepting makes the server answer the handshake with 403
        await send({"type": "websocket.close", "code": 1008})
    else:
        await response(scope, receive, send)
