"""What must not leave: the key, and what the environment holds for OpenAI alone."""

import logging
import socket
import threading
import traceback
from collections.abc import Iterator

import pytest

from tests.calls import Records, ask, connected, fault_of, request
from tests.emulator import Emulator, fault
from workbench.engines import openai
from workbench.engines.openai import calling
from workbench.errors import ModelFault

KEY = "loupe-SECRET-0123456789abcdef"


@pytest.fixture
def server() -> Iterator[Emulator]:
    calling.forget()
    with Emulator(paints=False, key=KEY) as running:
        yield running


@pytest.fixture
def leaky(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment as a developer's who uses OpenAI for other things as well."""
    for name, value in {
        "OPENAI_API_KEY": "sk-leak-key", "OPENAI_ADMIN_KEY": "sk-leak-admin", "OPENAI_ORG_ID": "org-leak",
        "OPENAI_PROJECT_ID": "proj-leak", "OPENAI_BASE_URL": "http://127.0.0.1:9/leak",
        "OPENAI_CUSTOM_HEADERS": "X-Leak: leak\nAuthorization: Bearer leak\nCookie: leak",
        "HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "", "no_proxy": "",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("leaky")
def test_a_server_that_is_not_openai_gets_nothing_that_was_meant_for_openai(server: Emulator) -> None:
    connection = connected(server.url, key=KEY)
    ask(server, connection=connection)
    assert openai.probe(connection).works
    assert len(server.log) == 2
    for asked in server.log:
        assert "leak" not in repr(asked.headers).lower()
        assert asked.headers["authorization"] == f"Bearer {KEY}"
        assert not [name for name in asked.headers if name.startswith(("openai-", "x-", "cookie"))]


@pytest.mark.usefixtures("leaky")
def test_a_server_without_a_key_gets_none(server: Emulator) -> None:
    assert fault_of(server, connection=connected(server.url, key="")).fault == "auth"
    assert "authorization" not in server.log[0].headers


def test_openai_is_reached_by_the_way_out_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)

        def refuse() -> None:
            while True:
                try:
                    wire, _ = proxy.accept()
                except OSError:
                    return
                with wire:
                    said.append(wire.recv(4096))
                    wire.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        raised = fault_of("https://api.openai.com/v1", connection=connected("https://api.openai.com/v1", key=KEY))
        proxy.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    assert raised.fault == "connect" and raised.billed == "no"
    assert said[0].startswith(b"CONNECT api.openai.com:443")
    assert not any(KEY.encode() in each for each in said)


@pytest.mark.parametrize(
    "said",
    [
        fault("string_error", text=f"Incorrect API key provided: {KEY}. See the documentation."),
        fault("string_error", status=403, text=f"The key {KEY} may not do that."),
        fault("detail", param=KEY), fault("detail", text=f"refused: {KEY}"), fault("bad_parameter", param="size", code=KEY),
        fault("auth"), fault("redirect"), fault("reset"), fault("html"), fault("top_value", value=KEY),
        fault("no_data"), fault("url_only", url=f"http://127.0.0.1:9/{KEY}"), fault("server_error"),
    ],
    ids=lambda each: each.name,
)  # fmt: skip
def test_the_key_is_in_no_message_no_record_and_no_log_whatever_the_server_says(
    server: Emulator, said: object, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_LOG", "debug")
    caplog.set_level(logging.DEBUG)
    for name in ("openai", "httpx2", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger=name)
    records, connection = Records(), connected(server.url, key=KEY)
    server.script(said, said, said, said)  # type: ignore[arg-type]
    try:
        ask(server, records=records, connection=connection)
        raise AssertionError("it was answered")
    except ModelFault as raised:
        told = "".join(traceback.format_exception(raised)) + repr(vars(raised))
    told += repr(records) + repr(connection) + repr(connection.key) + str(vars(connection)) + caplog.text
    assert server.log[0].headers["authorization"] == f"Bearer {KEY}", "it was sent, so it might have come back"
    assert KEY not in told and KEY[:12] not in told


def test_no_prompt_is_logged(server: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ask(server, connection=connected(server.url, key=KEY), prompt="A launch that nobody may know of.")
    assert server.log[0].prompt.startswith("A launch")
    assert "launch" not in caplog.text


def test_a_request_and_its_record_tell_the_same_pictures() -> None:
    told = request().told()
    assert told["mask"]["sha256"] != told["images"][0]["sha256"]
    assert told["prompt_characters"] == len(request().prompt)
