"""The emulator of the Images API refuses, limits and bills like the provider it stands for."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import openai
import pytest
from PIL import Image

from tests.emulator import Emulator
from tests.emulator.asking import MODEL, ask, hole, pictures, png, small
from tests.emulator.ledger import read
from workbench.engines import rules

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def server() -> Iterator[Emulator]:
    """Answers quickly with a grey square: here only the calls matter."""
    with Emulator(paints=False) as running:
        yield running


def refusal(answer: httpx2.Response) -> tuple[int, str | None, str | None]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["param"]


def test_an_edit_is_answered_and_noted(server: Emulator) -> None:
    answer = ask(server, quality="low")
    assert answer.headers["x-loupe-emulator"] == "1"
    assert len(pictures(answer)) == 1
    asked = server.log[-1]
    assert (asked.method, asked.path, asked.status) == ("POST", "/v1/images/edits", 200)
    assert asked.fields["quality"] == "low" and asked.headers["authorization"] == "Bearer emulator"
    assert (asked.images[0].media_type, asked.images[0].found, asked.images[0].size) == (
        "image/png",
        "image/png",
        (64, 48),
    )
    assert answer.headers["x-request-id"] == asked.request_id == server.ledger[-1].request_id


def test_the_openai_package_is_answered_as_by_the_provider(server: Emulator) -> None:
    with openai.OpenAI(base_url=server.url, api_key="emulator", max_retries=0) as client:
        made = client.images.edit(model=MODEL, image=[png(small()), png(small())], prompt="Make it blue", n=2)
        assert made.data is not None and len(made.data) == 2
        assert made.usage is not None and made.usage.total_tokens > 0
        assert made._request_id == server.log[-1].request_id
        assert MODEL in {model.id for model in client.models.list()}
    assert [file.field for file in server.log[0].files] == ["image[]", "image[]"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"seed": 7}, (400, "unknown_parameter", "seed")),
        ({"prompt": None}, (400, "missing_required_parameter", "prompt")),
        ({"prompt": "x" * 32_001}, (400, "string_above_max_length", "prompt")),
        ({"model": "gpt-image-1"}, (404, "model_not_found", "model")),
        ({"model": "dall-e-2"}, (404, "model_not_found", "model")),
        ({"model": "made-up"}, (404, "model_not_found", "model")),
        ({"quality": "standard"}, (400, "invalid_value", "quality")),
        ({"input_fidelity": "high"}, (400, "invalid_input_fidelity_model", "input_fidelity")),
        ({"background": "transparent", "output_format": "jpeg"}, (400, "invalid_value", "background")),
        ({"output_compression": 80}, (400, "invalid_value", "output_compression")),
        ({"n": 0}, (400, "integer_below_min_value", "n")),
        ({"n": 11}, (400, "integer_above_max_value", "n")),
        ({"n": "two"}, (400, "invalid_type", "n")),
        ({"partial_images": 2}, (400, "invalid_value", "partial_images")),
        ({"stream": True, "partial_images": 4}, (400, "integer_above_max_value", "partial_images")),
        ({"size": "1000x1000"}, (400, "invalid_value", "size")),
        ({"size": "512x512"}, (400, "invalid_value", "size")),
        ({"size": "3840x1024"}, (400, "invalid_value", "size")),
        ({"model": "gpt-image-1.5", "size": "1024x640"}, (400, "invalid_value", "size")),
        ({"model": "gpt-image-2", "quality": "max"}, (400, "invalid_value", "quality")),
        ({"model": "gpt-image-1.5", "complexity": "low"}, (400, "unsupported_parameter", "complexity")),
    ],
    ids=lambda value: " ".join(map(str, value.items())) if isinstance(value, dict) else None,
)  # fmt: skip
def test_a_wrong_field_is_refused_with_its_code(
    server: Emulator, fields: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    assert (
        refusal(
            ask(server, **{key: value[:40_000] if isinstance(value, str) else value for key, value in fields.items()})
        )
        == expected
    )
    assert server.ledger == [], "what is refused isn't billed"


@pytest.mark.parametrize("rule", rules.known(), ids=lambda rule: rule.name)
def test_every_model_takes_what_its_table_says_and_nothing_else(server: Emulator, rule: rules.Rules) -> None:
    assert (ask(server, model=rule.name).status_code == 200) == (rule.state != "retired")
    if rule.state == "retired":
        return
    choices = {
        "quality": (rule.quality, ("low", "high", "auto", "xhigh", "max", "hd")),
        "input_fidelity": (rule.fidelity, ("high", "low")),
        "complexity": (rule.complexity, ("low", "high")),
    }
    for name, (allowed, tried) in choices.items():
        taken = {value for value in tried if ask(server, model=rule.name, **{name: value}).status_code == 200}
        assert taken == set(tried) & set(allowed), name


def damaged(name: str) -> dict[str, Any]:
    """Keyword arguments of `ask` for a file that the API refuses."""
    if name == "mask of 4 MB":
        noise = np.random.default_rng(1).integers(0, 256, (1010, 1010, 4), np.uint8)
        return {"images": [png(noise[..., :3])], "mask": png(noise)}
    picture, plain = png(small()), small()
    clear = hole((64, 48), (8, 8, 20, 20))
    jpeg = io.BytesIO()
    Image.fromarray(plain).save(jpeg, "JPEG")
    return {
        "untyped": {"images": [("upload", picture[1], "application/octet-stream")]},
        "heic": {"images": [("a.heic", picture[1], "image/heic")]},
        "no picture": {"images": [("a.png", b"GIF89a not really", "image/png")]},
        "cut": {"images": [("a.png", picture[1][:80], "image/png")]},
        "17 pictures": {"images": [picture] * 17},
        "mask as JPEG": {"mask": ("m.jpg", jpeg.getvalue(), "image/jpeg")},
        "mask without alpha": {"mask": png(plain)},
        "mask of another size": {"mask": png(hole((48, 64), (0, 0, 8, 8)))},
        "markup without room": {"markup": png(np.dstack([plain, np.full((48, 64), 255, np.uint8)]))},
        "markup of another size": {"markup": png(hole((48, 64), (0, 0, 8, 8)))},
        "markup and mask": {"markup": png(clear), "mask": png(clear)},
        "markup for an older model": {"markup": png(clear), "model": "gpt-image-2"},
    }[name]


@pytest.mark.parametrize(
    ("name", "code", "param"),
    [
        ("untyped", "unsupported_file_mimetype", "image[0]"),
        ("heic", "unsupported_file_mimetype", "image[0]"),
        ("no picture", "invalid_image_file", "image[0]"),
        ("cut", "invalid_image_file", "image[0]"),
        ("17 pictures", "array_above_max_length", "image"),
        ("mask as JPEG", "invalid_mask_image_format", "mask"),
        ("mask without alpha", "invalid_mask_image_format", "mask"),
        ("mask of another size", "invalid_mask_image_format", "mask"),
        ("mask of 4 MB", "invalid_mask_image_format", "mask"),
        ("markup without room", "invalid_markup_image_format", "markup"),
        ("markup of another size", "invalid_markup_image_format", "markup"),
        ("markup and mask", "mutually_exclusive_parameters", "markup"),
        ("markup for an older model", "unsupported_parameter", "markup"),
    ],
)
def test_a_wrong_file_is_refused_with_its_code(server: Emulator, name: str, code: str, param: str) -> None:
    options = damaged(name)
    assert refusal(ask(server, *options.pop("images", []), **options)) == (400, code, param)


def test_a_turned_photograph_takes_a_mask_of_its_upright_size(server: Emulator) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.fromarray(small()).save(out, "JPEG", exif=exif)
    turned = ("a.jpg", out.getvalue(), "image/jpeg")
    assert ask(server, turned, mask=png(hole((48, 64), (0, 0, 8, 8)))).status_code == 200
    assert ask(server, turned, mask=png(hole((64, 48), (0, 0, 8, 8)))).status_code == 400


def test_a_wrong_key_is_refused_and_not_repeated(server: Emulator) -> None:
    answer = ask(server, key="sk-proj-abcdefghijklmnop")
    assert refusal(answer) == (401, "invalid_api_key", None)
    assert "abcdefgh" not in answer.text
    assert httpx2.get(f"{server.url}/models").status_code == 401


def test_what_is_no_form_is_refused_and_other_addresses_are_not_found(server: Emulator) -> None:
    headers = {"Authorization": "Bearer emulator"}
    assert httpx2.post(f"{server.url}/images/edits", json={"prompt": "x"}, headers=headers).status_code == 400
    assert httpx2.get(f"{server.url}/images/edits", headers=headers).status_code == 404
    assert ask(server, path="/images/generations").status_code == 404


def test_a_model_of_ones_own_is_served_with_fields_of_its_own() -> None:
    with Emulator(paints=False, models=("qwen-image-edit",), key="") as server:
        assert ask(server, model="qwen-image-edit", seed=7, size="512x512", key="none").status_code == 200
        assert ask(server, model="qwen-image", key="none").status_code == 404


def test_the_limit_counts_pictures_in_a_sliding_window(server: Emulator) -> None:
    server.limit = 3
    server.window = 0.6
    assert ask(server, n=2).status_code == 200
    early = ask(server, n=2)
    assert refusal(early) == (429, "rate_limit_exceeded", None)
    assert early.headers["x-ratelimit-remaining-requests"] == "1"
    assert ask(server).status_code == 200, "what was refused counts for nothing"
    time.sleep(int(early.headers["retry-after-ms"]) / 1000)
    assert ask(server, n=2).status_code == 200, "it may come back when it was told to"
    assert sum(paid.pictures for paid in server.ledger) == 5


def test_what_is_turned_away_at_the_door_uses_up_no_limit(server: Emulator) -> None:
    server.limit = 1
    server.script("unavailable", "rate_limit retry_after=1", "server_error")
    assert [ask(server).status_code for _ in range(5)] == [503, 429, 500, 200, 429]


def test_many_at_once_get_no_more_than_the_limit(server: Emulator) -> None:
    server.limit = 5
    threads = [threading.Thread(target=ask, args=(server,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(asked.status or 0 for asked in server.log) == [200] * 5 + [429] * 11
    assert len(server.ledger) == 5


@pytest.mark.parametrize("streams", [{}, {"stream": True, "partial_images": 2}], ids=["plain", "stream"])
def test_who_hangs_up_pays_all_the_same(server: Emulator, streams: dict[str, Any]) -> None:
    server.seconds = 0.6
    with pytest.raises(httpx2.ReadTimeout):
        ask(server, timeout=0.04, n=3, **streams)
    until = time.monotonic() + 10
    while not server.ledger and time.monotonic() < until:
        time.sleep(0.02)
    assert server.ledger[0].pictures == 3
    assert server.log[0].client_gone


def test_a_client_that_dies_while_it_sends_leaves_nothing(server: Emulator) -> None:
    with socket.create_connection(("127.0.0.1", int(server.url.split(":")[2].removesuffix("/v1")))) as connection:
        connection.sendall(b"POST /v1/images/edits HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nhalf")
    assert ask(server).status_code == 200
    assert len(server.log) == 1


def test_a_head_without_sense_is_refused(server: Emulator) -> None:
    with socket.create_connection(("127.0.0.1", int(server.url.split(":")[2].removesuffix("/v1")))) as connection:
        connection.sendall(b"POST /v1/images/edits HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n")
        assert b" 400 " in connection.recv(100)
    assert server.log == []


def test_usage_follows_the_published_tokens(server: Emulator) -> None:
    used = ask(server, model="gpt-image-1.5", input_fidelity="high", quality="high", size="1024x1536").json()["usage"]
    # 64 × 48 px is 683 × 512 when its short side is 512: two tiles
    assert used["input_tokens_details"] == {"text_tokens": 3, "image_tokens": 65 + 2 * 129 + 6144}
    assert used["output_tokens"] == 6240
    assert (
        ask(server, model="gpt-image-1.5", quality="low", size="1024x1024", n=3).json()["usage"]["output_tokens"]
        == 3 * 272
    )


def test_it_runs_by_itself_and_its_ledger_outlives_it(tmp_path: Path) -> None:
    ledger = tmp_path / "paid.jsonl"
    command = [sys.executable, "-m", "tests.emulator", "--port", "0", "--seconds", "0", "--ledger", str(ledger)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if "make run" in line)
            url = line.split()[0].removeprefix("OPENAI_BASE_URL=")
            with openai.OpenAI(base_url=url, api_key="emulator", max_retries=0) as client:
                client.images.edit(model="gpt-image-1.5", image=png(small()), prompt="Make it blue", size="1024x1024")
        finally:
            os.kill(process.pid, signal.SIGKILL)
    assert [(paid.pictures, paid.model) for paid in read(ledger)] == [(1, "gpt-image-1.5")]
    assert json.loads(ledger.read_text())["request_id"].startswith("req_")
