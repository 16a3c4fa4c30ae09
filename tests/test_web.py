"""Who may connect, what answers carry, and what the web process reads at start."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send
from streamlit.testing.v1 import AppTest

from tests.serving import ROOT, copy_app, free_port, run_page, serving, session, session_id, streamlit
from workbench.settings import Settings
from workbench.web.middleware import CLOSED, LocalOnly, SecureHeaders

MB = 1_000_000


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for everything behind the rule."""
    if scope["type"] == "http":
        await PlainTextResponse("inside")(scope, receive, send)
    else:
        await send({"type": f"{scope['type']}.inside"})


def ask(
    app: Any, kind: str = "http", path: str = "/", server: Any = ("127.0.0.1", 8501), **headers: str | list[str]
) -> list[Message]:
    """What `app` sends back for one request with these headers."""
    pairs = [
        (name.replace("_", "-").encode(), value.encode("latin-1"))
        for name, given in headers.items()
        for value in ([given] if isinstance(given, str) else given)
    ]
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    scope = {"type": kind, "method": "GET", "path": path, "headers": pairs, "server": server, "query_string": b""}
    asyncio.run(app(scope, receive, send))
    return sent


def let_in(sent: list[Message]) -> bool:
    return any(message["type"].endswith("inside") or message.get("body") == b"inside" for message in sent)


OPEN = LocalOnly(inside, hosted=False)
HOSTED = LocalOnly(inside, hosted=True)

HOSTS_IN = ["localhost", "LocalHost:8501", "127.0.0.1", "127.0.0.1:8501", "127.1.2.3:1", "[::1]", "[::1]:8501"]
HOSTS_OUT = [
    "",
    "loupe.example",
    "localhost.evil.com",
    "evil.com:localhost",
    "127.0.0.1.evil.com",
    "127.0.0.1@evil.com",
    "evil.com/127.0.0.1",
    "localhost ",
    "localhost,evil.com",
    "localhost:",
    "localhost:8501:8501",
    "localhost:999999",
    "localhost\nevil.com",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "0.0.0.0",
    "10.0.0.5:8501",
    "::1",
    "[::2]",
    "[::1]x",
    "[::1",
    "notlocalhost",
]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("host", HOSTS_IN)
def test_this_machine_gets_in(kind: str, host: str) -> None:
    assert let_in(ask(OPEN, kind, host=host))


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("host", HOSTS_OUT)
def test_another_name_stays_out(kind: str, host: str) -> None:
    assert not let_in(ask(OPEN, kind, host=host))


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("server", [("10.0.0.5", 80), ("::", 80), ("fe80::1%eth0", 80), ("/run/x.sock", None), None])
def test_another_server_address_stays_out(kind: str, server: Any) -> None:
    assert not let_in(ask(OPEN, kind, server=server, host="localhost"))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_every_loopback_server_address_serves(address: str) -> None:
    assert let_in(ask(OPEN, server=(address, 8501), host="localhost"))


def test_no_host_or_two_hosts_stay_out() -> None:
    assert not let_in(ask(OPEN))
    assert not let_in(ask(OPEN, host=["localhost", "localhost"]))


def test_what_a_proxy_says_opens_nothing() -> None:
    said = {
        "x_forwarded_host": "localhost",
        "x_forwarded_for": "127.0.0.1",
        "forwarded": "for=127.0.0.1;host=localhost",
    }
    assert not let_in(ask(OPEN, host="loupe.example", **said))
    assert not let_in(ask(OPEN, server=("10.0.0.5", 80), host="localhost", **said))


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        ("http://localhost:8501", True),
        ("https://localhost:8501", True),
        ("http://localhost:8502", False),
        ("http://127.0.0.1:8501", False),
        ("http://evil.com", False),
        ("http://localhost:8501.evil.com", False),
        ("ftp://localhost:8501", False),
        ("null", False),
        ("", False),
    ],
)
def test_only_our_own_pages_open_a_socket(origin: str, welcome: bool) -> None:
    assert let_in(ask(OPEN, "websocket", host="localhost:8501", origin=origin)) is welcome


def test_a_socket_is_refused_before_it_is_accepted() -> None:
    assert ask(OPEN, "websocket", host="evil.com") == [{"type": "websocket.close", "code": 1008}]


def test_nobody_gets_into_a_hosted_process() -> None:
    for kind in ("http", "websocket"):
        assert not let_in(ask(HOSTED, kind, host="localhost"))
    page = ask(HOSTED, host="localhost")
    assert page[0]["status"] == 403
    assert b"DATABASE_URL" in page[1]["body"] and b"login" in page[1]["body"].lower()


def test_health_and_lifespan_pass() -> None:
    for rule in (OPEN, HOSTED):
        assert let_in(ask(rule, path="/_stcore/health", server=("10.0.0.5", 80), host="loupe.example"))
        assert let_in(ask(rule, "lifespan"))
    assert not let_in(ask(HOSTED, path="/_stcore/health/more"))
    assert not let_in(ask(HOSTED, "websocket", path="/_stcore/health"))


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/agent/mcp", "/base/_stcore/metrics"]
)
def test_streamlits_own_windows_are_closed(path: str) -> None:
    assert CLOSED.search(path)
    assert ask(OPEN, path=path, host="localhost")[0]["status"] == 403


def test_every_answer_carries_the_security_headers() -> None:
    def headers(app: Any, host: str) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in ask(app, host=host)[0]["headers"]}

    for app, host in ((SecureHeaders(inside), "localhost:8501"), (OPEN, "evil.com"), (HOSTED, "localhost")):
        found = headers(app, host)
        assert found["x-content-type-options"] == "nosniff"
        assert found["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in found["content-security-policy"]
    policy = headers(SecureHeaders(inside), "localhost:8501")["content-security-policy"]
    assert "connect-src 'self' ws://localhost:8501 wss://localhost:8501;" in policy
    assert "evil" not in headers(SecureHeaders(inside), "evil.com; script-src *")["content-security-policy"]


class App(NamedTuple):
    """A running copy of the app."""

    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("web")
    # a fragment's errors pass by main.py
    ours = "import streamlit as st\nfrom workbench.errors import NotFound\n@st.fragment\ndef part():\n"
    pages = {
        "edit": "import streamlit as st\nst.file_uploader('Add a picture')\n",
        "audit": f"{ours}    raise NotFound('Anna has no such picture')\npart()\n",
        "review": "raise ValueError('a secret detail')\n",
    }
    port = free_port()
    with serving(streamlit(copy_app(home / "copy", pages) / "app.py", port), port, home, LOUPE_MAX_MB="1"):
        yield App(port, home / f"server-{port}.log")


def put(app: App, size: int, *, chunked: bool = False) -> int:
    """Uploads `size` bytes as the uploader's JavaScript does; the status."""
    token = httpx.get(f"{app.url}/_stcore/health").cookies["_streamlit_xsrf"]
    body = b'--edge\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    body += bytes(size) + b"\r\n--edge--\r\n"
    with session(app.port) as opened:
        answer = httpx.put(
            f"{app.url}/_stcore/upload_file/{session_id(opened)}/one",
            headers={"X-Xsrftoken": token, "Content-Type": "multipart/form-data; boundary=edge"},
            cookies={"_streamlit_xsrf": token},
            content=(body[i : i + 65536] for i in range(0, len(body), 65536)) if chunked else body,
        )
    return answer.status_code


@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_is_refused_from_the_first_byte_above_the_cap(app: App, chunked: bool) -> None:
    assert put(app, MB, chunked=chunked) == 204
    assert put(app, MB + 1, chunked=chunked) == 413
    assert put(app, 3 * MB, chunked=chunked) == 413


def test_a_large_upload_is_refused_before_anything_else_is_asked(app: App) -> None:
    assert httpx.put(f"{app.url}/_stcore/upload_file/x/y", content=bytes(2 * MB)).status_code == 413


def test_the_whole_app_answers_with_the_headers(app: App) -> None:
    for path in ("/", "/edit", "/app/static/quick-slider.js", "/_stcore/health", "/blob/none"):
        answer = httpx.get(app.url + path)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path


@pytest.mark.parametrize("name", ["PORT", "DYNO"])
def test_hosted_is_read_from_the_environment(name: str) -> None:
    chosen = Settings.model_validate({name: "5000"})
    assert chosen.port is not None or chosen.dyno is not None


def test_our_own_sentences_are_shown_and_stay_out_of_the_log(app: App) -> None:
    """They may name people and pictures; a bug is told by its kind and its place."""
    with session(app.port) as opened:
        ours, bug = run_page(opened, "audit").decode("latin-1"), run_page(opened, "review").decode("latin-1")
    log = app.log.read_text()
    assert "Anna has no such picture" in ours and "Anna" not in log
    assert "Something went wrong inside Loupe" in bug and "a secret detail" not in bug
    assert "a secret detail" not in log
    line = next(json.loads(one) for one in log.splitlines() if "ValueError" in one)
    assert line["raised"][0]["kind"] == "ValueError"
    assert line["raised"][0]["places"][-1] == "pages/review.py:1 <module>"


def test_app_py_does_nothing_under_a_page_test() -> None:
    ran = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert not ran.exception and not ran.main.children
