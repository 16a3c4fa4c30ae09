"""The emulator draws like an image model, and the drift of what it draws is known exactly."""

import base64
from collections.abc import Iterator
from typing import Any

import httpx2
import numpy as np
import openai
import pytest

from tests.emulator import Emulator, truth
from tests.emulator.asking import MODEL, SMALL, Pixels, ask, decoded, hole, pictures, png
from tests.outputs import still
from workbench.imaging import align

#: x, y, width, height of what may change in the middle of 1024 × 640
BOX = (400, 200, 240, 240)
SIZE = (1024, 640)


@pytest.fixture(scope="module")
def photo() -> Pixels:
    """1024 × 640 with grain that a registration can hold on to."""
    return np.ascontiguousarray(np.tile(still(), (2, 2, 1))[100:740, 100:1124])


@pytest.fixture
def server() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


def asked(server: Emulator, photo: Pixels, *, mask: bool = True, **fields: Any) -> list[Pixels]:
    hidden = png(hole(SIZE, BOX)) if mask else None
    return pictures(ask(server, png(photo), mask=hidden, **{"size": SMALL, **fields}))


def inside(pixels: Pixels, margin: int = 12) -> Pixels:
    x, y, width, height = BOX
    return pixels[y + margin : y + height - margin, x + margin : x + width - margin]


def changed(one: Pixels, other: Pixels) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return (one != other).any(axis=2)


@pytest.mark.parametrize(
    "prompt", ["Add a vase", "Remove it", "Recolour it to #2747B8", "Set “SPRING” there", "Retouch it"]
)
def test_without_drift_every_pixel_outside_the_mask_stays(server: Emulator, photo: Pixels, prompt: str) -> None:
    server.drift = 0
    (drawn,) = asked(server, photo, prompt=prompt)
    x, y, width, height = BOX
    difference = changed(drawn, photo)
    assert difference[y : y + height, x : x + width].mean() > 0.03, "something happened where it was allowed"
    difference[y : y + height, x : x + width] = False
    assert not difference.any()


def test_the_drift_is_the_one_it_tells(server: Emulator, photo: Pixels) -> None:
    (drawn,) = asked(server, photo)
    matrix, cast = truth(server.log[-1])
    found = align.align(photo, drawn)
    assert found.confidence == "good"
    corners = np.array([[0, 0, 1], [1023, 0, 1], [0, 639, 1], [1023, 639, 1]], np.float64).T
    assert np.abs(found.matrix @ corners - matrix @ corners).max() < 0.3
    assert np.abs(matrix @ corners - corners[:2]).max() > 5, "a drift worth repairing"
    back = align.warped(drawn, found.matrix, SIZE)[0].astype(np.float64) - photo
    assert np.abs(np.median(back[40:160, 100:900], axis=(0, 1)) - cast).max() < 1


def test_another_size_is_told_as_truly(server: Emulator, photo: Pixels) -> None:
    (drawn,) = asked(server, photo, mask=False, size="1536x1024", prompt="Retouch it")
    assert drawn.shape == (1024, 1536, 3)
    matrix, _ = truth(server.log[-1])
    found = align.align(photo, drawn)
    corners = np.array([[60, 0, 1], [960, 0, 1], [60, 639, 1], [960, 639, 1]], np.float64).T
    assert np.abs(found.matrix @ corners - matrix @ corners).max() < 0.5, (
        "cropped to the new proportions, not stretched"
    )


def test_twice_the_same_drift_moves_twice_as_far(server: Emulator, photo: Pixels) -> None:
    reach = []
    for drift in (0.5, 1.0):
        server.drift = drift
        asked(server, photo, prompt="Retouch it")
        reach.append(truth(server.log[-1])[0] - np.eye(2, 3))
    assert np.allclose(2 * reach[0], reach[1])


def test_the_same_words_draw_the_same_and_every_picture_differs(server: Emulator, photo: Pixels) -> None:
    first = asked(server, photo, prompt="Add a vase", n=2)
    assert (first[0] == asked(server, photo, prompt="Add a vase")[0]).all()
    others = [*first, *asked(server, photo, prompt="Add a cup")]
    for place, one in enumerate(others):
        for other in others[place + 1 :]:
            assert changed(inside(one), inside(other)).mean() > 0.2


def test_a_colour_in_the_prompt_is_the_colour_it_paints(server: Emulator, photo: Pixels) -> None:
    server.drift = 0
    plain = photo.copy()
    plain[200:440, 400:640] = (181, 83, 47)
    (drawn,) = asked(server, plain, prompt="Recolour Clay (#B5532F) to exactly Aster blue (#2747B8).")
    assert np.abs(np.median(inside(drawn), axis=(0, 1)) - (0x27, 0x47, 0xB8)).max() <= 3


def test_what_is_removed_makes_room_for_what_is_around(server: Emulator) -> None:
    server.drift = 0
    ground = np.full((640, 1024, 3), (90, 140, 110), np.uint8)
    thing = ground.copy()
    thing[260:380, 460:580] = (200, 30, 30)
    (drawn,) = asked(server, thing, prompt="Remove what stands inside the marked area")
    assert np.abs(inside(drawn).astype(int) - (90, 140, 110)).max() < 16


def test_a_reference_is_copied_into_its_place(server: Emulator, photo: Pixels) -> None:
    server.drift = 0
    mark = np.zeros((60, 60, 4), np.uint8)
    mark[10:50, 10:50] = (250, 0, 200, 255)
    answer = ask(server, png(photo), png(mark), mask=png(hole(SIZE, BOX)), prompt="Add the logo Aster", size=SMALL)
    (drawn,) = pictures(answer)
    assert (drawn[320, 520] == (250, 0, 200)).all()


def test_markup_and_no_guide_at_all_change_the_middle_only(server: Emulator, photo: Pixels) -> None:
    server.drift = 0
    ring = np.zeros((640, 1024, 4), np.uint8)
    ring[200:440, 400:640] = (255, 0, 0, 255)
    ring[204:436, 404:636] = 0
    for guide in (png(ring), None):
        (drawn,) = pictures(ask(server, png(photo), markup=guide, prompt="Add a vase", size=SMALL))
        difference = changed(drawn, photo)
        assert difference[240:400, 440:600].mean() > 0.2
        assert not difference[:150].any() and not difference[:, :340].any()


def test_a_transparent_background_leaves_the_product(server: Emulator) -> None:
    shot = np.full((640, 1024, 3), (235, 230, 220), np.uint8)
    shot[160:520, 400:620] = (40, 70, 180)
    (drawn,) = asked(
        server, shot, mask=False, prompt="Cut out the box on a transparent background", background="transparent"
    )
    assert drawn.shape == (640, 1024, 4)
    assert drawn[340, 510, 3] == 255 and drawn[30, 30, 3] == 0
    assert 0.08 < (drawn[..., 3] > 127).mean() < 0.2


def test_one_flat_colour_gets_another_ground(server: Emulator) -> None:
    server.drift = 0
    flat = np.full((640, 1024, 3), 90, np.uint8)
    (drawn,) = asked(server, flat, mask=False, prompt="Replace the background behind it with #F0F0FF")
    assert drawn.mean() > 200


@pytest.mark.parametrize(("kind", "magic"), [("jpeg", b"\xff\xd8"), ("webp", b"RIFF"), ("png", b"\x89PNG")])
def test_pictures_come_in_the_format_asked_for(server: Emulator, photo: Pixels, kind: str, magic: bytes) -> None:
    answer = ask(server, png(photo), output_format=kind, size=SMALL, prompt="Retouch it")
    assert base64.b64decode(answer.json()["data"][0]["b64_json"]).startswith(magic)
    assert answer.json()["output_format"] == kind


def test_without_a_size_the_proportions_stay(server: Emulator, photo: Pixels) -> None:
    (drawn,) = asked(server, photo, mask=False, size=None, prompt="Retouch it")
    assert abs(drawn.shape[1] / drawn.shape[0] - 1.6) < 0.01
    (drawn,) = asked(server, photo, mask=False, size=None, prompt="Retouch it", model="gpt-image-1.5")
    assert drawn.shape[:2] == (1024, 1536)


def test_previews_come_first_and_sharpen(server: Emulator, photo: Pixels) -> None:
    server.seconds = 0.3
    with openai.OpenAI(base_url=server.url, api_key="emulator", max_retries=0) as client:
        stream = client.images.edit(
            model=MODEL,
            image=png(photo),
            mask=png(hole(SIZE, BOX)),
            prompt="Add a vase",
            size=SMALL,
            stream=True,
            partial_images=2,
        )
        events = list(stream)
    kinds = [event.type for event in events]
    assert kinds == ["image_edit.partial_image"] * 2 + ["image_edit.completed"]
    assert [event.partial_image_index for event in events[:2]] == [0, 1]  # type: ignore[union-attr]
    final = decoded(events[2].b64_json).astype(np.float64)
    apart = [np.abs(decoded(event.b64_json) - final).mean() for event in events[:2]]
    assert apart[0] > apart[1] > 1
    assert events[2].usage.output_tokens == server.ledger[-1].usage["output_tokens"]  # type: ignore[union-attr]
    assert (server.log[-1].seconds or 0) >= 0.3


def test_a_stream_of_several_pictures_bills_their_sum(server: Emulator, photo: Pixels) -> None:
    with openai.OpenAI(base_url=server.url, api_key="emulator", max_retries=0) as client:
        stream = client.images.edit(
            model=MODEL, image=png(photo), prompt="Add a vase", size=SMALL, stream=True, partial_images=1, n=2
        )
        events = list(stream)
    assert [event.type.split(".")[1] for event in events] == ["partial_image", "completed"] * 2
    done = [event for event in events if event.type == "image_edit.completed"]
    assert sum(event.usage.total_tokens for event in done) == server.ledger[-1].usage["total_tokens"]
    assert done[0].b64_json != done[1].b64_json


def test_localai_takes_a_white_mask_and_gives_an_address(server: Emulator, photo: Pixels) -> None:
    server.drift = 0
    white = np.zeros((640, 1024), np.uint8)
    x, y, width, height = BOX
    white[y : y + height, x : x + width] = 255
    answer = ask(server, png(photo), mask=png(white), path="/images/inpainting", size=SMALL, prompt="Add a vase")
    file = httpx2.get(answer.json()["data"][0]["url"], trust_env=False).content
    difference = changed(decoded(base64.b64encode(file).decode()), photo)
    assert difference[y : y + height, x : x + width].any()
    difference[y : y + height, x : x + width] = False
    assert not difference.any()
    assert ask(server, png(photo), path="/images/inpainting").status_code == 400, "a mask is needed"
