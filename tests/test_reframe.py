"""Reframing: exact sizes, crops that keep what must stay, grounds that fit, refusals that name what would be cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.scenes import MORE, poster
from workbench.errors import InvalidInput
from workbench.imaging import marks, resize
from workbench.imaging.reframe import Kept, reframe

Bytes = NDArray[np.uint8]
BLUE, OAT = (39, 71, 184), (246, 240, 228)


def flat(width: int, height: int, colour: tuple[int, ...] = OAT) -> Bytes:
    return np.full((height, width, len(colour)), colour, np.uint8)


def noise(width: int, height: int, channels: int = 3) -> Bytes:
    return np.random.default_rng(3).integers(0, 256, (height, width, channels), np.uint8)


def spotted(width: int, height: int, x: int, y: int, side: int = 40) -> Bytes:
    """An even ground with a detailed square at x, y."""
    image = flat(width, height)
    image[y : y + side, x : x + side] = np.random.default_rng(5).integers(0, 256, (side, side, 3), np.uint8)
    return image


@pytest.mark.parametrize(("anchor", "corner"), [("left", 0), ("centre", 50), ("right", 100), ("top-right", 100)])
def test_a_crop_without_scaling_keeps_every_bit(anchor: str, corner: int) -> None:
    image = noise(300, 200)
    framed = reframe(image, 200, 200, how="fill", focus=anchor)
    assert (framed.crop, framed.scale, framed.doubts) == ((corner, 0, 200, 200), 1, ())
    assert np.array_equal(framed.image, image[:, corner : corner + 200])


@settings(max_examples=40 * MORE, deadline=None)
@given(
    st.integers(20, 160), st.integers(20, 160), st.integers(20, 160), st.integers(20, 160),
    st.sampled_from(["fill", "fit", "pad"]), st.sampled_from(["auto", *marks.ANCHORS]), st.sampled_from([3, 4]),
)  # fmt: skip
def test_every_way_gives_the_size_it_promises(
    columns: int, rows: int, width: int, height: int, how: str, focus: str, channels: int
) -> None:
    try:
        framed = reframe(noise(columns, rows, channels), width, height, how=how, focus=focus)
    except InvalidInput as error:
        assert how != "fill" and "Shown whole in" in str(error)
        return
    high, wide, made = framed.image.shape
    assert made == channels
    assert (wide <= width and high <= height and (wide == width or high == height)) if how == "fit" else True
    assert (wide, high) == (width, height) or how == "fit"
    x, y, w, h = framed.crop
    assert 0 <= x <= x + w <= columns and 0 <= y <= y + h <= rows
    assert (w == columns or h == rows) if how == "fill" else (w, h) == (columns, rows)
    # at most a pixel of rounding between both directions
    assert how != "fill" or abs(w * height - h * width) <= max(width, height)


@pytest.mark.parametrize("spot", [20, 130, 240, 350])
def test_the_automatic_crop_holds_what_stands_out(spot: int) -> None:
    x, _, w, _ = reframe(spotted(400, 100, spot, 30), 100, 100, how="fill").crop
    assert x <= spot and spot + 40 <= x + w
    _, y, _, h = reframe(spotted(100, 400, 30, spot), 100, 100, how="fill").crop
    assert y <= spot and spot + 40 <= y + h


def test_transparent_detail_draws_no_attention() -> None:
    image = np.dstack([spotted(400, 100, 20, 30), np.full((100, 400), 255, np.uint8)])
    image[:, :100, 3] = 0
    image[30:70, 300:340, :3] = BLUE
    assert reframe(image, 100, 100, how="fill").crop[0] > 200


@settings(max_examples=60 * MORE, deadline=None)
@given(st.data())
def test_a_crop_never_cuts_what_must_stay(data: st.DataObject) -> None:
    columns, rows = data.draw(st.integers(60, 200)), data.draw(st.integers(60, 200))
    keep = []
    for number in range(data.draw(st.integers(1, 4))):
        x, y = data.draw(st.integers(-5, columns - 2)), data.draw(st.integers(-5, rows - 2))
        keep.append(Kept((x, y, data.draw(st.integers(6, 80)), data.draw(st.integers(6, 80))), f"line {number}"))
    focus = data.draw(st.sampled_from(["auto", *marks.ANCHORS]))
    spans = [
        (min(max(0, k.box[a]) for k in keep), max(min((columns, rows)[a], k.box[a] + k.box[a + 2]) for k in keep))
        for a in (0, 1)
    ]
    try:
        x, y, w, h = reframe(flat(columns, rows), 90, 60, how="fill", focus=focus, keep=keep).crop
    except InvalidInput as error:
        scale = max(90 / columns, 60 / rows)
        assert spans[0][1] - spans[0][0] > round(90 / scale) or spans[1][1] - spans[1][0] > round(60 / scale)
        assert "line" in str(error) and "“pad”" in str(error)
        return
    assert x <= spans[0][0] and spans[0][1] <= x + w
    assert y <= spans[1][0] and spans[1][1] <= y + h


def test_kept_lines_get_some_air_where_there_is_room() -> None:
    framed = reframe(flat(400, 100), 100, 100, how="fill", focus="left", keep=[Kept((200, 40, 60, 10), "Sale")])
    assert framed.crop == (163, 0, 100, 100)
    assert "moved away from “left”" in framed.doubts[0]
    exact = reframe(flat(400, 100), 100, 100, how="fill", keep=[Kept((200, 40, 100, 10), "Sale")])
    assert (exact.crop, exact.doubts) == ((200, 0, 100, 100), ())


def test_the_automatic_crop_lies_round_the_middle_of_what_is_kept() -> None:
    keep = [Kept((200, 10, 30, 10), "Autumn"), Kept((240, 40, 20, 10), "Shop now")]
    assert reframe(spotted(400, 100, 20, 30), 100, 100, how="fill", keep=keep).crop == (180, 0, 100, 100)


def test_a_crop_that_would_cut_is_refused_by_the_words_it_would_cut() -> None:
    keep = [Kept((5, 40, 60, 10), "Summer sale"), Kept((300, 40, 60, 10), "Shop now")]
    with pytest.raises(InvalidInput, match=r"would cut “Summer sale” and “Shop now”: .* 355 × 10 px .* 100 × 100 px"):
        reframe(flat(400, 100), 100, 100, how="fill", keep=keep)
    assert reframe(flat(400, 100), 100, 100, how="pad", keep=keep).image.shape == (100, 100, 3)
    many = [Kept((x, 40, 20, 10), f"word {x}") for x in range(0, 400, 40)]
    with pytest.raises(InvalidInput, match="would cut “word 0”, “word 40”, “word 80” and 5 more: what"):
        reframe(flat(400, 100), 100, 100, how="fill", keep=many)


@pytest.mark.parametrize(("anchor", "top"), [("auto", 50), ("top", 0), ("bottom", 100), ("bottom-left", 100)])
def test_a_padded_picture_lies_unscaled_on_its_ground(anchor: str, top: int) -> None:
    image = noise(200, 100)
    framed = reframe(image, 200, 200, how="pad", focus=anchor, ground="#2747B8")
    assert np.array_equal(framed.image[top : top + 100], image)
    rest = np.delete(framed.image, slice(top, top + 100), axis=0)
    assert np.all(rest == BLUE) and framed.doubts == ()


def test_an_even_edge_gives_the_ground_without_a_seam() -> None:
    image = poster(width=320, height=240)
    framed = reframe(image, 320, 400, how="pad")
    assert np.all(framed.image[:80] == image[0, 0]) and framed.doubts == ()


def test_only_the_sides_that_meet_the_ground_decide_it() -> None:
    image = flat(300, 200)
    image[:, :10] = image[:, -10:] = BLUE
    assert np.all(reframe(image, 300, 400, how="pad").image[50] == OAT)
    assert np.all(reframe(image, 500, 200, how="pad").image[:, 50] == BLUE)


def test_an_uneven_edge_is_said_to_show_a_seam() -> None:
    image = flat(300, 200)
    image[:, :150] = BLUE
    framed = reframe(image, 300, 300, how="pad")
    assert "a seam may show" in framed.doubts[0]
    assert reframe(image, 300, 300, how="pad", ground="#FFFFFF").doubts == ()


def test_transparent_pictures_stay_transparent_or_are_laid_on_a_colour() -> None:
    image = flat(100, 50, (9, 8, 7, 0))
    image[10:40, 30:70] = (*BLUE, 255)
    image[10:40, 70] = (*BLUE, 128)
    clear = reframe(image, 100, 100, how="pad")
    assert np.all(clear.image[:25] == 0) and clear.doubts == ()
    laid = reframe(image, 100, 100, how="pad", ground="#FFFFFF").image
    assert np.all(laid[..., 3] == 255)
    assert laid[30, 5].tolist() == [255] * 4 and laid[50, 50].tolist() == [*BLUE, 255]
    assert np.abs(laid[50, 70, :3] - (np.array(BLUE) * 128 + 255 * 127) / 255).max() <= 0.5


def test_an_enlarged_picture_is_said_to_be_soft() -> None:
    assert "enlarged to 1.4 times" in reframe(noise(100, 100), 140, 140, how="fill").doubts[0]
    assert "enlarged to 2 times" in reframe(noise(100, 100), 200, 250, how="fit").doubts[0]
    assert reframe(noise(100, 100), 80, 80, how="fill").doubts == ()


def test_a_scaled_crop_equals_the_resized_part() -> None:
    image = poster(width=400, height=300)
    framed = reframe(image, 100, 150, how="fill", focus="right")
    x, y, w, h = framed.crop
    assert np.array_equal(framed.image, resize.resize(image[y : y + h, x : x + w], 100, 150))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"how": "stretch"}, "choose fill, fit, pad"),
        ({"focus": "middle"}, "no place to focus on"),
        ({"width": 8}, "each side must have 16"),
        ({"how": "pad", "ground": "blue"}, "is not a colour"),
        ({"how": "fit", "height": 1000, "width": 20}, "would be only 20 × 10 px"),
    ],
)
def test_wrong_arguments_get_a_sentence(changes: dict[str, object], sentence: str) -> None:
    arguments: dict[str, object] = {"image": flat(400, 200), "width": 100, "height": 100, "how": "fill"}
    with pytest.raises(InvalidInput, match=sentence):
        reframe(**(arguments | changes))  # type: ignore[arg-type]
