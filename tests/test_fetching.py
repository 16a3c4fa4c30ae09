"""Pictures come from public addresses only: each attack succeeds against a naive client and fails against ours."""

import http.server
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpcore2
import httpx
import pytest

from tests.scenes import encoded, poster, poster_png
from workbench.errors import InvalidInput, LoupeError, RejectedImage, Unavailable
from workbench.sources import fetching
from workbench.sources.fetching import Network, fetch, public

CERTIFICATE = Path(__file__).parent / "certificates" / "server.pem"
PUBLIC = "93.184.216.34"
SITE = "https://pictures.example"
PICTURE = poster_png()
SECRET = b"\x89PNG\r\n\x1a\n the inside"


@dataclass
class Site:
    """An HTTPS server on loopback that does what `answers` say."""

    port: int
    answers: dict[str, Callable[[Any], None]]
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def certificate() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATE))


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            found.answers.get(self.path, lambda handler: _send(handler, 404, b""))(self)

        def log_message(self, *args: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, CERTIFICATE.with_suffix(".key"))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    found = Site(server.server_address[1], {})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def _send(handler: Any, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def giving(body: bytes, status: int = 200, **headers: str) -> Callable[[Any], None]:
    return lambda handler: _send(handler, status, body, **headers)


@dataclass
class Roads(httpcore2.NetworkBackend):
    """Leads every checked address to the server on loopback, and notes which addresses those were."""

    port: int
    dialled: list[tuple[str, int]] = field(default_factory=list)

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *rest: Any, **more: Any) -> Any:
        self.dialled.append((host, port))
        return httpcore2.SyncBackend().connect_tcp("127.0.0.1", self.port, timeout)


@pytest.fixture
def roads(site: Site) -> Roads:
    site.asked.clear()
    return Roads(site.port)


@pytest.fixture
def network(roads: Roads, certificate: ssl.SSLContext) -> Network:
    return Network(lambda host, port: [PUBLIC], roads, certificate)


def test_a_picture_comes_from_the_address_that_was_checked(site: Site, roads: Roads, network: Network) -> None:
    site.answers["/tea/Oat%20tin.png?key=secret"] = giving(PICTURE, Content_Type="image/png")
    found = fetch(f"{SITE}/tea/Oat%20tin.png?key=secret#part", limit=10**6, network=network)
    assert (found.data, found.name) == (PICTURE, "Oat tin")
    assert found.origin == f"{SITE}/tea/Oat%20tin.png", "a query may hold a key"
    assert roads.dialled == [(PUBLIC, 443)]


INSIDE = ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0x7f000001", "2130706433", "127.1", "0"]


@pytest.mark.parametrize("host", INSIDE)
def test_no_spelling_of_this_machine_leads_inside(site: Site, certificate: ssl.SSLContext, host: str) -> None:
    site.answers["/secret"] = giving(SECRET)
    # the certificate doesn't name every spelling, which an attacker would not care about
    assert httpx.get(f"https://{host}:{site.port}/secret", verify=False).content == SECRET
    with pytest.raises(InvalidInput, match="private network"):
        fetch(f"https://{host}/secret", limit=10**6, network=Network(trust=certificate))


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.7", "172.16.1.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::", "2002:a9fe:a9fe::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "::ffff:10.0.0.1", "not an address",
    ],
)  # fmt: skip
def test_an_inner_address_is_not_public(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"])
def test_an_outer_address_is_public(address: str) -> None:
    assert public(address)


def test_a_name_with_a_public_and_an_inner_address_is_refused(roads: Roads, certificate: ssl.SSLContext) -> None:
    for mixed in ([PUBLIC, "10.0.0.7"], ["10.0.0.7", PUBLIC]):
        with pytest.raises(InvalidInput, match="private network"):
            fetch(f"{SITE}/a.png", limit=99, network=Network(lambda host, port, found=mixed: found, roads, certificate))
    assert roads.dialled == []


def test_a_name_that_changes_its_address_is_asked_only_once(
    site: Site, roads: Roads, certificate: ssl.SSLContext
) -> None:
    site.answers["/a.png"] = giving(PICTURE)
    told = iter([[PUBLIC], ["127.0.0.1"]])
    answers: list[list[str]] = []

    def rebinding(host: str, port: int) -> list[str]:
        answers.append(next(told))
        return answers[-1]

    assert fetch(f"{SITE}/a.png", limit=10**6, network=Network(rebinding, roads, certificate)).data == PICTURE
    assert (answers, roads.dialled) == ([[PUBLIC]], [(PUBLIC, 443)])


@pytest.mark.parametrize("target", ["https://169.254.169.254/meta", "https://localhost/secret", "//127.0.0.1/secret"])
def test_a_redirect_inside_is_refused(site: Site, roads: Roads, certificate: ssl.SSLContext, target: str) -> None:
    site.answers["/go"] = giving(b"", 302, Location=target)
    real = Network(lambda host, port: [PUBLIC] if host == "pictures.example" else fetching.resolved(host, port), roads,
                   certificate)  # fmt: skip
    with pytest.raises(InvalidInput, match="private network"):
        fetch(f"{SITE}/go", limit=10**6, network=real)
    assert roads.dialled == [(PUBLIC, 443)]


@pytest.mark.parametrize(
    "target", ["http://pictures.example/a.png", "file:///etc/passwd", "ftp://x/a.png", "gopher://x"]
)
def test_a_redirect_to_another_kind_of_address_is_refused(site: Site, network: Network, target: str) -> None:
    site.answers["/go"] = giving(b"", 301, Location=target)
    with pytest.raises(InvalidInput, match="https://"):
        fetch(f"{SITE}/go", limit=10**6, network=network)


def test_a_few_redirects_are_followed_and_a_circle_is_left(site: Site, roads: Roads, network: Network) -> None:
    site.answers.update({
        "/1": giving(b"", 301, Location="/2"), "/2": giving(b"", 307, Location=f"{SITE}/3"), "/3": giving(PICTURE),
        "/round": giving(b"", 302, Location="/round"),
    })  # fmt: skip
    assert fetch(f"{SITE}/1", limit=10**6, network=network).data == PICTURE
    roads.dialled.clear()
    with pytest.raises(InvalidInput, match="leads on"):
        fetch(f"{SITE}/round", limit=10**6, network=network)
    assert len(roads.dialled) == 4


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://pictures.example/a.png", "https://"),
        ("ftp://pictures.example/a.png", "https://"),
        ("file:///etc/passwd", "https://"),
        ("pictures.example/a.png", "https://"),
        ("https://", "https://"),
        ("https://user:word@pictures.example/a.png", "name and password"),
        ("https://pictures.example:22/a.png", "port 22"),
        ("https://pictures.example:8443/a.png", "port 8443"),
        ("https://pictures.example:port/a.png", "not an address"),
        ("https://[::1/a.png", "not an address"),
        ("https://pictures.example/a b.png", "space"),
        ("https://pictures.example/a\r\nHost: b", "space"),
        ("https://pictures.example/ä.png", "character"),
    ],
)
def test_an_address_that_is_none_gets_a_sentence_and_no_connection(
    roads: Roads, network: Network, address: str, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        fetch(address, limit=10**6, network=network)
    assert roads.dialled == []


def test_the_certificate_must_be_the_names_own(site: Site, roads: Roads, certificate: ssl.SSLContext) -> None:
    site.answers["/a.png"] = giving(PICTURE)
    with pytest.raises(Unavailable):
        fetch(
            "https://elsewhere.example/a.png", limit=10**6, network=Network(lambda h, p: [PUBLIC], roads, certificate)
        )
    with pytest.raises(Unavailable):
        fetch(f"{SITE}/a.png", limit=10**6, network=Network(lambda h, p: [PUBLIC], roads))


def test_a_page_that_says_it_is_a_picture_is_none(site: Site, network: Network) -> None:
    site.answers["/a.png"] = giving(b"<html>" * 1000, Content_Type="image/png")
    with pytest.raises(RejectedImage, match="not a PNG"):
        fetch(f"{SITE}/a.png", limit=10**6, network=network)
    site.answers["/short"] = giving(b"\x89PN")
    with pytest.raises(RejectedImage, match="not a PNG"):
        fetch(f"{SITE}/short", limit=10**6, network=network)
    site.answers["/packed"] = giving(PICTURE, Content_Encoding="gzip")
    with pytest.raises(RejectedImage, match="packed"):
        fetch(f"{SITE}/packed", limit=10**6, network=network)


def _endless(handler: Any) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(PICTURE[:12])
    try:
        while True:
            handler.wfile.write(bytes(65536))
    except OSError:
        pass


def _dripping(handler: Any) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        for byte in PICTURE:
            handler.wfile.write(bytes([byte]))
            time.sleep(0.05)
    except OSError:
        pass


def _slow_headers(handler: Any) -> None:
    try:
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500:
            handler.wfile.write(bytes([byte]))
            time.sleep(0.05)
    except OSError:
        pass


def test_more_than_was_asked_for_is_cut_off_while_it_comes(site: Site, network: Network) -> None:
    site.answers["/declared"] = giving(encoded(poster(width=640, height=480)))
    with pytest.raises(RejectedImage, match="more than"):
        fetch(f"{SITE}/declared", limit=1000, network=network)
    site.answers["/endless"] = _endless
    with pytest.raises(RejectedImage, match="more than 1 MB"):
        fetch(f"{SITE}/endless", limit=1_000_000, network=network)


@pytest.mark.parametrize("slow", [_dripping, _slow_headers])
def test_a_drip_ends_with_the_whole_fetch(site: Site, network: Network, slow: Callable[[Any], None]) -> None:
    site.answers["/slow"] = slow
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="too long"):
        fetch(f"{SITE}/slow", limit=10**6, seconds=1.0, network=network)
    assert 0.9 < time.monotonic() - begun < 10


@pytest.mark.parametrize(("status", "words"), [(403, "everybody"), (404, "no picture"), (500, "status 500")])
def test_a_server_that_gives_nothing_is_quoted(site: Site, network: Network, status: int, words: str) -> None:
    site.answers["/no"] = giving(b"", status)
    with pytest.raises(Unavailable, match=words):
        fetch(f"{SITE}/no", limit=10**6, network=network)


def test_a_name_that_nobody_has_is_said_so() -> None:
    with pytest.raises(LoupeError, match="no server"):
        fetch("https://nobody.invalid/a.png", limit=10**6)
