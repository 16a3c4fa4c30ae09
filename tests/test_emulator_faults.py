"""Every fault of the emulator, seen as bytes on a socket; and what the bare openai package makes of the worst ones."""

import base64
import email.utils
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import openai
import pytest
from PIL import Image

from tests.emulator import Emulator, fault
from tests.emulator.asking import MODEL, ask, pictures, png, read_for, small
from tests.emulator.faults import TABLE
from tests.test_emulator_streams import STREAM, STREAMS


@pytest.fixture
def server() -> Iterator[Emulator]:
    with Emulator(paints=False) as running:
        yield running


def refused(
    status: int, code: str | None = None, kind: str = "invalid_request_error"
) -> Callable[[httpx2.Response], bool]:
    def check(answer: httpx2.Response) -> bool:
        error = answer.json()["error"]
        return (answer.status_code, error["code"], error["type"]) == (status, code, kind)

    return check


def page(status: int) -> Callable[[httpx2.Response], bool]:
    return lambda answer: answer.status_code == status and answer.text.startswith("<html>")


def answered(check: Callable[[Any], bool]) -> Callable[[httpx2.Response], bool]:
    return lambda answer: answer.status_code == 200 and check(answer.json())


def first(check: Callable[[bytes], bool]) -> Callable[[httpx2.Response], bool]:
    """Of the first picture's bytes."""
    return answered(lambda document: check(base64.b64decode(document["data"][0]["b64_json"], validate=True)))


def opened(mode: str, format: str) -> Callable[[httpx2.Response], bool]:
    def check(file: bytes) -> bool:
        with Image.open(io.BytesIO(file)) as image:
            image.load()
            return (image.mode, image.format) == (mode, format)

    return first(check)


def sized(*sizes: tuple[int, int]) -> Callable[[httpx2.Response], bool]:
    return lambda answer: [picture.shape[1::-1] for picture in pictures(answer)] == list(sizes)


SERVER = "server_error"
LIMIT = "input-images"
USER = "image_generation_user_error"
#: for each fault what the answer to n = 2 looks like, and how many pictures are billed
ANSWERS: list[tuple[str, Callable[[httpx2.Response], bool], int]] = [
    ("rate_limit", refused(429, "rate_limit_exceeded", LIMIT), 0),
    ("quota", refused(429, "insufficient_quota", "insufficient_quota"), 0),
    ("auth", refused(401, "invalid_api_key"), 0),
    ("verification", refused(403), 0),
    ("no_model", refused(404, "model_not_found"), 0),
    ("not_found", lambda it: (it.status_code, it.text) == (404, "404 page not found"), 0),
    ("too_large", page(413), 0),
    ("moderation", refused(400, "moderation_blocked", USER), 0),
    ("moderation kind=shell_api_error", refused(400, "moderation_blocked", "shell_api_error"), 0),
    ("moderation_after", refused(400, "moderation_blocked", USER), 0),
    ("bad_parameter param=quality", refused(400, "unknown_parameter"), 0),
    ("detail", lambda it: it.status_code == 422 and it.json()["detail"][0]["loc"] == ["body", "quality"], 0),
    ("detail text=no", lambda it: it.json() == {"detail": "no"}, 0),
    ("string_error", lambda it: it.status_code == 400 and it.json() == {"error": "invalid_size"}, 0),
    ("server_error", refused(500, None, SERVER), 0),
    ("server_error status=409", refused(409, None, SERVER), 0),
    ("unavailable retry_after=3", lambda it: page(503)(it) and it.headers["retry-after"] == "3", 0),
    ("html", page(200), 0),
    ("empty", lambda it: it.status_code == 200 and it.content == b"", 0),
    ("top_list", answered(lambda it: isinstance(it, list)), 0),
    ("top_value value=7", answered(lambda it: it == 7), 0),
    ("error_200", answered(lambda it: it["error"]["code"] == "overloaded"), 0),
    ("error_200 shape=str", answered(lambda it: isinstance(it["error"], str)), 0),
    ("error_200 shape=list", answered(lambda it: isinstance(it["error"], list)), 0),
    ("error_200 shape=detail", answered(lambda it: set(it) == {"detail"}), 0),
    ("deep levels=5000", lambda it: it.content.startswith(b"[[[["), 0),
    ("bad_gateway", page(502), 2),
    ("gateway_timeout", page(504), 2),
    ("slow seconds=.1", lambda it: len(pictures(it)) == 2 and it.elapsed.total_seconds() > 0.1, 2),
    ("cut_json", lambda it: int(it.headers["content-length"]) == len(it.content) and not it.text.endswith("}"), 2),
    ("bare", answered(lambda it: set(it) == {"data"} and len(it["data"]) == 2), 2),
    ("no_data", answered(lambda it: it["data"] == []), 2),
    ("no_data value=null", answered(lambda it: it["data"] is None), 2),
    ("no_data value=absent", answered(lambda it: "data" not in it), 2),
    ("no_data value=dict", answered(lambda it: isinstance(it["data"], dict)), 2),
    ("null_item", answered(lambda it: it["data"] == [None, None]), 2),
    ("no_b64", answered(lambda it: it["data"][0]["b64_json"] is None), 2),
    ("url_only", answered(lambda it: httpx2.get(it["data"][0]["url"], trust_env=False).content[:4] == b"\x89PNG"), 2),
    ("url_only url=http://169.254.169.254/", answered(lambda it: it["data"][0] == {"url": "http://169.254.169.254/"}), 2),
    ("data_url", answered(lambda it: it["data"][0]["b64_json"].startswith("data:image/png;base64,iVBOR")), 2),
    ("bad_base64", answered(lambda it: it["data"][0]["b64_json"].startswith("***")), 2),
    ("not_a_picture", first(lambda file: file.startswith(b"%PDF")), 2),
    ("cut_picture", first(lambda file: file.startswith(b"\x89PNG") and b"IEND" not in file), 2),
    ("bomb", first(lambda file: file[16:24] == (60_000).to_bytes(4, "big") * 2), 2),
    ("shortfall", sized((64, 64)), 1),
    ("surplus", sized(*[(64, 64)] * 3), 3),
    ("half_bad", answered(lambda it: base64.b64decode(it["data"][1]["b64_json"]) == b"no picture"), 2),
    ("wrong_size width=80 height=80", sized((80, 80), (80, 80)), 2),
    ("wrong_aspect", sized((64, 51), (64, 51)), 2),
    ("encoding", opened("RGB", "JPEG"), 2),
    ("encoding kind=webp", opened("RGB", "WEBP"), 2),
    ("encoding kind=palette", opened("P", "PNG"), 2),
    ("encoding kind=alpha", opened("RGBA", "PNG"), 2),
    ("encoding kind=grey", opened("L", "JPEG"), 2),
    ("encoding kind=cmyk", opened("CMYK", "JPEG"), 2),
    ("encoding kind=deep", opened("I;16", "PNG"), 2),
    ("encoding kind=gif", opened("P", "GIF"), 2),
    ("stream_ignored", lambda it: len(pictures(it)) == 2, 2),
]  # fmt: skip
#: those whose answer isn't whole, with what the reader of the socket meets
BREAKS = {
    "reset": httpx2.ReadError, "reset_body": httpx2.ReadError, "close_body": httpx2.RemoteProtocolError,
    "hang": httpx2.ReadTimeout, "hang_body": httpx2.ReadTimeout,
}  # fmt: skip
#: those that have tests of their own below
APART = {"redirect", "drip", "huge", "stream_hang", "stream_drip"}


@pytest.mark.parametrize(("words", "check", "billed"), ANSWERS, ids=[words for words, _, _ in ANSWERS])
def test_a_fault_looks_as_it_is_named(
    server: Emulator, words: str, check: Callable[[httpx2.Response], bool], billed: int
) -> None:
    server.script(words)
    assert check(ask(server, n=2))
    assert sum(paid.pictures for paid in server.ledger) == billed
    assert server.log[0].fault is not None and server.log[0].fault.split()[0] == words.split()[0]
    assert len(pictures(ask(server, n=2))) == 2, "the next request meets nothing"


@pytest.mark.parametrize(("name", "error"), BREAKS.items())
def test_an_answer_breaks_off(server: Emulator, name: str, error: type[Exception]) -> None:
    server.script(name)
    with pytest.raises(error):
        ask(server, timeout=0.3)
    assert len(server.ledger) == 1, "the work was done"
    if error is httpx2.ReadTimeout:
        until = time.monotonic() + 5
        while not server.log[0].client_gone and time.monotonic() < until:
            time.sleep(0.01)
        assert server.log[0].client_gone
    assert ask(server).status_code == 200


def test_no_byte_comes_before_a_reset_and_half_of_them_before_one_in_the_body(server: Emulator) -> None:
    server.script("reset", "reset_body")
    for expected in (0, 1):
        received = []
        with pytest.raises(httpx2.ReadError), httpx2.Client(trust_env=False, verify=False) as client:
            with client.stream(
                "POST",
                f"{server.url}/images/edits",
                files={"image": png(small())},
                headers={"Authorization": "Bearer emulator"},
                data={"model": MODEL, "prompt": "x"},
            ) as answer:
                received.append(answer.status_code)
                for _ in answer.iter_raw():
                    pass
        assert len(received) == expected


def test_every_fault_is_tested() -> None:
    streams = {words.split()[0] for words, _, _ in STREAMS}
    assert {words.split()[0] for words, _, _ in ANSWERS} | set(BREAKS) | APART | streams == set(TABLE)


def test_a_fault_that_does_not_exist_is_refused_when_it_is_scripted(server: Emulator) -> None:
    for words in ("rate_limits", "rate_limit after=2"):
        with pytest.raises(KeyError):
            server.script(words)
    assert str(fault("rate_limit", retry_after=2)) == "rate_limit retry_after=2"
    assert server.unused == 0


def test_all_hints_when_to_come_again(server: Emulator) -> None:
    server.script(
        "rate_limit retry_after=2",
        "rate_limit ms=300",
        "rate_limit date=30",
        "rate_limit reset=51s",
        "rate_limit should_retry=False",
    )
    two, ms, date, reset, never = (ask(server).headers for _ in range(5))
    assert two["retry-after"] == "2" and ms["retry-after-ms"] == "300" and "retry-after" not in ms
    ahead = email.utils.parsedate_to_datetime(date["retry-after"]).timestamp() - time.time()
    assert 25 < ahead <= 31
    assert reset["x-ratelimit-reset-requests"] == "51s" and never["x-should-retry"] == "false"


def test_a_redirect_leads_to_another_origin_where_it_is_noticed(server: Emulator) -> None:
    server.script("redirect")
    answer = ask(server)
    assert answer.status_code == 307
    place = answer.headers["location"]
    assert place.startswith("http://127.0.0.1:") and not place.startswith(server.url.removesuffix("/v1"))
    httpx2.post(place, headers={"Authorization": "Bearer emulator"}, trust_env=False)
    assert [stray.headers["authorization"] for stray in server.strays] == ["Bearer emulator"]


def test_a_drip_never_ends_and_stays_below_a_read_timeout(server: Emulator) -> None:
    server.script("drip every=.05")
    assert 3 <= len(read_for(server, 0.5)) <= 11


@pytest.mark.parametrize("declared", [True, False])
def test_a_huge_body_is_made_as_it_is_sent(server: Emulator, declared: bool) -> None:
    server.script(fault("huge", mb=20, declared=declared))
    answer = ask(server)
    assert ("content-length" in answer.headers) == declared
    assert len(answer.content) > 20_000_000 and answer.content.endswith(b'"}]}')


def test_the_end_of_the_emulator_ends_what_hangs() -> None:
    with Emulator(paints=False) as server:
        server.script("hang")
        started = time.monotonic()
        threading.Timer(0.2, server.stop).start()
        with pytest.raises(httpx2.TransportError):
            ask(server, timeout=20)
    assert time.monotonic() - started < 5


def sdk(server: Emulator, **fields: Any) -> Any:
    """What the package returns without any care around it."""
    with openai.OpenAI(base_url=server.url, api_key="emulator", max_retries=0, timeout=0.4) as client:
        made = client.images.edit(model=MODEL, image=png(small()), prompt="x", **fields)
        return list(made) if fields.get("stream") else made


@pytest.mark.parametrize(
    ("words", "fields", "expected"),
    [
        ("quota", {}, openai.RateLimitError),
        ("unavailable", {}, openai.InternalServerError),
        ("too_large", {}, openai.APIStatusError),
        ("moderation", {}, openai.BadRequestError),
        ("reset", {}, openai.APIConnectionError),
        ("hang", {}, openai.APITimeoutError),
        ("cut_json", {}, json.JSONDecodeError),
        ("empty", {}, json.JSONDecodeError),
        ("stream_broken", STREAM, json.JSONDecodeError),
        ("stream_cut", STREAM, openai.APIConnectionError),
        ("stream_error", STREAM, openai.APIError),
    ],
)
def test_what_the_package_raises(
    server: Emulator, words: str, fields: dict[str, Any], expected: type[Exception]
) -> None:
    server.script(words)
    with pytest.raises(expected):
        sdk(server, **fields)


@pytest.mark.parametrize(
    ("words", "fields", "check"),
    [
        ("html", {}, lambda made: isinstance(made, str)),
        ("top_list", {}, lambda made: isinstance(made, list)),
        ("error_200", {}, lambda made: made.data is None and made.error),
        ("no_data", {}, lambda made: made.data == []),
        ("no_data value=null", {}, lambda made: made.data is None),
        ("bad_base64", {}, lambda made: made.data[0].b64_json.startswith("***")),
        ("url_only", {}, lambda made: made.data[0].b64_json is None),
        ("stream_ignored", STREAM, lambda made: made == []),
        ("stream_end", STREAM, lambda made: len(made) == 2),
        ("stream_done", STREAM, lambda made: len(made) == 3),
    ],
)
def test_what_the_package_lets_through(
    server: Emulator, words: str, fields: dict[str, Any], check: Callable[[Any], bool]
) -> None:
    server.script(words)
    assert check(sdk(server, **fields))
