"""What the SDK itself does with broken servers: where an upgrade changes this, our own reading of answers is looked at."""

import json
from collections.abc import Iterator

import openai
import pytest

from tests.calls import MODEL, PICTURE
from tests.emulator import Emulator


@pytest.fixture
def server() -> Iterator[Emulator]:
    with Emulator(paints=False) as running:
        yield running


def edit(server: Emulator, **changes: object) -> object:
    client = openai.OpenAI(api_key="emulator", base_url=server.url, max_retries=0, timeout=5)
    with client:
        values = {"model": MODEL, "prompt": "Red.", "image": ("a.png", PICTURE.data, "image/png"), **changes}
        found = client.images.edit(**values)  # type: ignore[call-overload]
        return list(found) if changes.get("stream") else found


def test_a_page_instead_of_a_picture_passes_as_text(server: Emulator) -> None:
    server.script("html")
    assert isinstance(edit(server), str)


def test_a_list_passes_as_a_list(server: Emulator) -> None:
    server.script("top_list")
    assert isinstance(edit(server), list)


@pytest.mark.parametrize("words", ["error_200", "no_data", "no_data value=null", "bad_base64", "url_only"])
def test_an_answer_without_a_picture_passes_as_success(server: Emulator, words: str) -> None:
    server.script(words)
    assert isinstance(edit(server), openai.types.ImagesResponse)


@pytest.mark.parametrize("words", ["cut_json", "empty"])
def test_a_damaged_answer_raises_what_is_no_error_of_the_sdk(server: Emulator, words: str) -> None:
    server.script(words)
    with pytest.raises(json.JSONDecodeError):
        edit(server)


@pytest.mark.parametrize("words", ["stream_ignored", "stream_end"])
def test_a_stream_that_gives_no_picture_just_ends(server: Emulator, words: str) -> None:
    server.script(words)
    assert not [each for each in edit(server, stream=True, partial_images=1) if each.type == "image_edit.completed"]  # type: ignore[attr-defined]


def test_bytes_without_a_type_are_refused(server: Emulator) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        edit(server, image=PICTURE.data)
    assert raised.value.code == "unsupported_file_mimetype"


def test_another_address_is_followed_with_the_picture(server: Emulator) -> None:
    server.script("redirect")
    with pytest.raises(openai.NotFoundError):
        edit(server)
    assert server.strays and server.strays[0].files, "so that ours must not follow"


def test_a_failed_request_is_sent_three_times_unless_that_is_switched_off(server: Emulator) -> None:
    server.script("reset", "reset")
    assert openai.OpenAI(api_key="x", base_url=server.url).max_retries == 2
    with pytest.raises(openai.APIConnectionError):
        edit(server)
    assert len(server.log) == 1
