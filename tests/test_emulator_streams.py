"""Every fault of a stream of the emulator's, event by event."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from tests.emulator import Emulator
from tests.emulator.asking import ask, decoded, read_for

STREAM = {"stream": True, "partial_images": 2}


@pytest.fixture
def server() -> Iterator[Emulator]:
    with Emulator(paints=False) as running:
        yield running


def events(answer: httpx2.Response) -> list[dict[str, Any]]:
    """As a lenient reader sees them: whole JSON of data lines."""
    found = []
    for block in answer.text.replace("\r\n", "\n").split("\n\n"):
        data = "\n".join(line[5:] for line in block.split("\n") if line.startswith("data:")).strip()
        if data and data != "[DONE]":
            found.append(json.loads(data))
    return found


def kinds(answer: httpx2.Response) -> list[str]:
    return [event["type"].removeprefix("image_edit.") for event in events(answer)]


PREVIEWS = ["partial_image"] * 2
STREAMS: list[tuple[str, Callable[[httpx2.Response], bool], int]] = [
    ("stream_end", lambda it: kinds(it) == PREVIEWS, 1),
    ("stream_end_between", lambda it: kinds(it) == [*PREVIEWS, "completed"], 1),
    ("stream_error", lambda it: kinds(it) == [*PREVIEWS, "error"] and events(it)[-1]["error"]["code"] == "moderation_blocked", 1),
    ("stream_error code=server_error named=False", lambda it: "event: error" not in it.text and kinds(it)[-1] == "error", 1),
    ("stream_unknown", lambda it: kinds(it)[0] == "queued" and kinds(it)[-2] == "completed", 1),
    ("stream_comment", lambda it: it.text.startswith(": keep-alive") and kinds(it) == [*PREVIEWS, "completed"], 1),
    ("stream_done", lambda it: it.text.endswith("data: [DONE]\n\n") and kinds(it)[-1] == "completed", 1),
    ("stream_done_early", lambda it: it.text.endswith("data: [DONE]\n\n") and kinds(it) == PREVIEWS, 1),
    ("stream_odd", lambda it: it.text.startswith("\ufeffid:") and kinds(it) == [*PREVIEWS, "completed"], 1),
    ("stream_pieces size=37", lambda it: kinds(it) == [*PREVIEWS, "completed"], 1),
    ("stream_bad_preview", lambda it: base64.b64decode(events(it)[0]["b64_json"]) == b"no picture" and decoded(events(it)[2]["b64_json"]).any(), 1),
    ("stream_foreign", lambda it: events(it)[0]["object"] == "image.edit.chunk", 1),
    ("stream_broken", lambda it: it.text.count("image_edit.completed") >= 1 and not it.text.rstrip().endswith("}"), 1),
    ("stream_cut", lambda it: False, 1),
]  # fmt: skip


@pytest.mark.parametrize(("words", "check", "billed"), STREAMS, ids=[words for words, _, _ in STREAMS])
def test_a_stream_fails_as_it_is_named(
    server: Emulator, words: str, check: Callable[[httpx2.Response], bool], billed: int
) -> None:
    server.script(words)
    if words == "stream_cut":
        with pytest.raises(httpx2.ReadError):
            ask(server, **STREAM)
    else:
        answer = ask(server, **STREAM)
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert check(answer)
    assert sum(paid.pictures for paid in server.ledger) == billed


def test_a_stream_hangs_or_drips_after_its_previews(server: Emulator) -> None:
    server.script("stream_hang", "stream_drip every=.05")
    assert read_for(server, 0.4, **STREAM).count(b"event: image_edit.partial_image") == 2
    assert read_for(server, 0.4, **STREAM).count(b": keep-alive") >= 3
