"""Placing marks: exact positions, correct light, nothing changed outside, refusals that say what would do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from tests.scenes import MORE
from workbench import recipes
from workbench.errors import InvalidInput
from workbench.imaging import marks

Bytes = NDArray[np.uint8]
BLUE, OAT, INK = (39, 71, 184), (246, 240, 228), (42, 39, 36)


def flat(width: int, height: int, colour: tuple[int, ...]) -> Bytes:
    return np.full((height, width, len(colour)), colour, np.uint8)


def noise(width: int, height: int, channels: int, seed: int = 1) -> Bytes:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def coverage(width: int, height: int, samples: int = 16) -> NDArray[np.float64]:
    """The exact share of each pixel that a ring and a slanted bar cover; the shape fills the frame."""
    y, x = np.mgrid[0 : height * samples, 0 : width * samples]
    x, y = (x + 0.5) / (width * samples) * 3, (y + 0.5) / (height * samples)
    radius = np.hypot(x - 0.5, y - 0.5)
    ring = (radius < 0.5) & (radius > 0.3)
    bar = (x > 1.2) & (x < 3) & (np.abs(y - 0.5 - 0.2 * (x - 2.1)) < 0.2)
    return (ring | bar).reshape(height, samples, width, samples).mean(axis=(1, 3))


def drawn(width: int, height: int, colour: tuple[int, int, int] = BLUE) -> Bytes:
    """The shape as a logo file: one colour, antialiased alpha, black (as many tools write it) where transparent."""
    alpha = np.rint(coverage(width, height, 4) * 255)
    mark = np.dstack([flat(width, height, colour), alpha]).astype(np.uint8)
    mark[alpha == 0, :3] = 0
    return mark


@pytest.mark.parametrize("width", [48, 77, 96, 131, 200, 299])
def test_a_scaled_mark_equals_the_shape_drawn_at_that_size(width: int) -> None:
    ground = flat(480, 240, OAT)
    placed = marks.place(ground, drawn(600, 200), anchor="top-left", width=width / 480)
    x, y, w, h = placed.box
    assert (w, h) == (width, round(width / 3))
    truth = coverage(w, h)[..., None]
    expected = np.rint(truth * BLUE + (1 - truth) * OAT)
    difference = np.abs(placed.image[y : y + h, x : x + w] - expected)
    assert difference.mean() < 0.35
    assert np.percentile(difference, 99) <= 4


def test_transparent_black_around_a_mark_leaves_no_dark_fringe() -> None:
    placed = marks.place(flat(400, 200, (255, 255, 255)), drawn(600, 200, (255, 255, 255)), width=0.31)
    assert placed.image.min() == 255


def test_colours_inside_a_mark_are_averaged_in_linear_light() -> None:
    checks = np.zeros((64, 64, 4), np.uint8)
    checks[::2, ::2, :3] = checks[1::2, 1::2, :3] = 255
    checks[..., 3] = 255
    placed = marks.place(flat(128, 128, INK), checks, anchor="centre", width=0.25)
    x, y, w, h = placed.box
    assert np.all(np.abs(placed.image[y : y + h, x : x + w].astype(int) - 188) <= 1)


def test_a_mark_is_blended_over_the_picture_like_design_tools_do() -> None:
    mark = flat(10, 10, (255, 255, 255, 128))
    placed = marks.place(flat(20, 20, (0, 0, 0)), mark, anchor="centre", width=0.5)
    assert placed.image[10, 10].tolist() == [128, 128, 128]
    half = marks.place(flat(20, 20, (0, 0, 0)), flat(10, 10, (255, 255, 255)), anchor="centre", width=0.5, opacity=0.5)
    assert half.image[10, 10].tolist() == [128, 128, 128]


def test_a_mark_at_its_own_size_keeps_every_opaque_pixel() -> None:
    mark = noise(40, 30, 4)
    mark[..., 3] = 255
    placed = marks.place(noise(80, 60, 3, seed=2), mark, anchor="bottom-right", width=0.5)
    assert placed.box == (40, 30, 40, 30)
    assert np.array_equal(placed.image[30:, 40:], mark[..., :3])


def test_straight_alpha_grounds_follow_porter_and_duff() -> None:
    ground, mark = noise(60, 60, 4), noise(60, 60, 4, seed=5)
    mark[0, 0, 3] = mark[-1, -1, 3] = 255
    placed = marks.place(ground, mark, anchor="top-left", width=1)
    expected = np.asarray(Image.alpha_composite(Image.fromarray(ground), Image.fromarray(mark))).astype(int)
    visible = expected[..., 3] > 8  # below that one level of alpha is many levels of colour
    assert np.abs(placed.image.astype(int) - expected)[visible].max() <= 1
    clear = marks.place(flat(60, 60, (9, 8, 7, 0)), mark, anchor="top-left", width=1).image
    painted = mark[..., 3] > 0
    assert np.array_equal(clear[painted], mark[painted])
    assert np.all(clear[~painted] == (9, 8, 7, 0))


@pytest.mark.parametrize(
    ("anchor", "corner"),
    [
        ("top-left", (10, 10)),
        ("top", (150, 10)),
        ("top-right", (290, 10)),
        ("left", (10, 90)),
        ("centre", (150, 90)),
        ("right", (290, 90)),
        ("bottom-left", (10, 170)),
        ("bottom", (150, 170)),
        ("bottom-right", (290, 170)),
    ],
)
def test_nine_anchors_keep_the_clear_space(anchor: str, corner: tuple[int, int]) -> None:
    placed = marks.place(flat(400, 200, OAT), flat(200, 40, (*BLUE, 255)), anchor=anchor, width=0.25, clear_space=0.5)
    assert placed.box == (*corner, 100, 20)


@pytest.mark.parametrize("free", [300, 301, 303, 305])
def test_a_centred_mark_lies_at_most_half_a_pixel_to_the_right(free: int) -> None:
    placed = marks.place(flat(100 + free, 50, OAT), flat(100, 20, (*BLUE, 255)), anchor="top", width=100 / (100 + free))
    assert placed.box[0] == (free + 1) // 2


def test_paint_too_thin_for_eight_bits_is_no_paint() -> None:
    placed = marks.place(flat(400, 200, (9, 8, 7, 0)), drawn(600, 200), width=0.31, opacity=0.3)
    assert np.all(placed.image[placed.mask][:, 3] > 0)
    assert np.all(placed.image[~placed.mask] == (9, 8, 7, 0))


def test_recipes_know_the_same_anchors() -> None:
    assert tuple(marks.ANCHORS) == recipes.ANCHORS


def test_inside_a_region_the_clear_space_counts_from_its_box() -> None:
    region = np.zeros((200, 400), bool)
    region[40:160, 100:300] = True
    mark = flat(200, 40, (*BLUE, 255))
    placed = marks.place(flat(400, 200, OAT), mark, anchor="top-right", width=0.25, clear_space=0.5, region=region)
    assert placed.box == (190, 50, 100, 20)


def test_transparent_margins_of_a_marks_file_do_not_count() -> None:
    mark = np.zeros((100, 300, 4), np.uint8)
    mark[30:70, 50:250] = (*BLUE, 255)
    placed = marks.place(flat(400, 200, OAT), mark, anchor="top-left", width=0.25)
    assert placed.box == (0, 0, 100, 20)
    assert np.all(placed.image[:20, :100] == BLUE)


@settings(max_examples=60 * MORE, deadline=None)
@given(
    st.integers(16, 90),
    st.integers(16, 90),
    st.sampled_from((3, 4)),
    st.sampled_from(sorted(marks.ANCHORS)),
    st.floats(0.05, 1),
    st.floats(0, 1),
    st.floats(0.1, 1),
    st.booleans(),
)
def test_nothing_changes_outside_the_mark(
    columns: int, rows: int, channels: int, anchor: str, width: float, clear: float, opacity: float, boxed: bool
) -> None:
    ground = noise(columns, rows, channels)
    kept = ground.copy()
    region = np.zeros((rows, columns), bool)
    region[rows // 8 :, columns // 8 :] = True
    try:
        placed = marks.place(
            ground,
            noise(37, 23, 4),
            anchor=anchor,
            width=width,
            clear_space=clear,
            opacity=opacity,
            region=region if boxed else None,
        )
    except InvalidInput as error:
        assert "needs" in str(error)
        return
    x, y, w, h = placed.box
    assert x >= 0 and y >= 0 and x + w <= columns and y + h <= rows
    differs = (placed.image != ground).any(axis=2)
    assert not (differs & ~placed.mask).any()
    outside = np.ones((rows, columns), bool)
    outside[y : y + h, x : x + w] = False
    assert not (placed.mask & outside).any()
    assert not boxed or not (placed.mask & ~region).any()
    assert np.array_equal(ground, kept)
    assert placed.image.dtype == np.uint8 and placed.image.shape == ground.shape


def test_a_mark_below_its_smallest_width_is_refused_with_the_width_that_would_do() -> None:
    ground, mark = flat(400, 200, OAT), flat(200, 40, (*BLUE, 255))
    with pytest.raises(InvalidInput, match=r"would be 40 px wide; the guideline asks for at least 96 px.*least 24 %"):
        marks.place(ground, mark, width=0.1, min_width=96)
    assert marks.place(ground, mark, width=0.24, min_width=96).box[2] == 96
    with pytest.raises(InvalidInput, match="only 400 px wide"):
        marks.place(ground, mark, width=1, min_width=500)


def test_a_mark_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"needs 100 × 300 px, but there are only 400 × 200 px"):
        marks.place(flat(400, 200, OAT), flat(100, 300, (*BLUE, 255)), width=0.25)
    with pytest.raises(InvalidInput, match=r"needs 420 × 60 px"):
        marks.place(flat(400, 200, OAT), flat(400, 40, (*BLUE, 255)), width=1, clear_space=0.25)


def test_a_mark_is_never_cut_by_a_region_nor_laid_over_something_protected() -> None:
    ground, mark = flat(400, 200, OAT), flat(200, 40, (*BLUE, 255))
    y, x = np.mgrid[:200, :400]
    disc = np.hypot(x - 199.5, y - 99.5) < 90
    with pytest.raises(InvalidInput, match="would cut the mark"):
        marks.place(ground, mark, anchor="top-left", width=0.25, region=disc)
    assert marks.place(ground, mark, anchor="centre", width=0.25, region=disc).box == (150, 90, 100, 20)
    protect = np.zeros((200, 400), bool)
    protect[195, 395] = True
    with pytest.raises(InvalidInput, match="protected"):
        marks.place(ground, mark, width=0.25, protect=protect)
    assert marks.place(ground, mark, anchor="left", width=0.25, protect=protect).box[0] == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"anchor": "middle"}, "choose top-left, top"),
        ({"width": 0}, "above 0 and at most 1"),
        ({"width": float("nan")}, "above 0 and at most 1"),
        ({"opacity": 1.1}, "above 0 and at most 1"),
        ({"mark": flat(4, 4, (1, 2, 3, 0))}, "fully transparent"),
        ({"mark": np.zeros((4, 4, 4), np.float32)}, "The mark must be 8-bit"),
        ({"image": np.zeros((4, 4), np.uint8)}, "The picture must be 8-bit"),
        ({"region": np.zeros((200, 400), bool)}, "The region is empty"),
        ({"region": np.ones((200, 401), bool)}, "the picture's height and width"),
        ({"protect": np.ones((200, 400), np.uint8)}, "the picture's height and width"),
    ],
)
def test_wrong_arguments_get_a_sentence(changes: dict[str, object], sentence: str) -> None:
    arguments: dict[str, object] = {"image": flat(400, 200, OAT), "mark": flat(40, 20, (*BLUE, 255)), "width": 0.2}
    with pytest.raises(InvalidInput, match=sentence):
        marks.place(**(arguments | changes))  # type: ignore[arg-type]


def test_an_enlarged_mark_is_said_to_be_doubtful() -> None:
    ground = flat(400, 200, OAT)
    assert marks.place(ground, drawn(120, 40), width=0.3).doubts == ()
    (doubt,) = marks.place(ground, drawn(120, 40), width=0.6).doubts
    assert "120 px wide and was enlarged to 240 px" in doubt


def ratio(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """WCAG 2.2 contrast, straight from its definition."""

    def luminance(colour: tuple[int, int, int]) -> float:
        light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (level / 255 for level in colour)]
        return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]

    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("colour", "ground", "reads"),
    [
        (BLUE, OAT, True),
        (OAT, INK, True),
        (OAT, BLUE, True),
        (BLUE, (201, 195, 184), True),
        (BLUE, INK, False),
        (OAT, (255, 255, 255), False),
        (BLUE, (122, 143, 106), False),
    ],
)
def test_a_mark_that_hardly_stands_out_is_said_to_be_doubtful(
    colour: tuple[int, int, int], ground: tuple[int, int, int], reads: bool
) -> None:
    placed = marks.place(flat(400, 200, ground), drawn(600, 200, colour), width=0.4)
    assert placed.contrast is not None
    assert (placed.doubts == ()) is reads
    assert abs(placed.contrast - ratio(colour, ground)) < 0.01


def test_a_mark_half_on_a_similar_ground_is_said_to_be_doubtful() -> None:
    ground = flat(400, 200, OAT)
    ground[:, :200] = INK
    placed = marks.place(ground, flat(200, 40, (*BLUE, 255)), anchor="centre", width=0.5)
    assert "stands out" in placed.doubts[0]


def test_a_transparent_ground_has_no_contrast_to_measure() -> None:
    placed = marks.place(flat(400, 200, (0, 0, 0, 0)), drawn(600, 200), width=0.4)
    assert (placed.contrast, placed.doubts) == (None, ())


@settings(max_examples=60 * MORE, deadline=None)
@given(
    st.integers(20, 200), st.integers(20, 200), st.integers(4, 300), st.integers(4, 120), st.floats(0, 0.6),
    st.sampled_from(list(marks.ANCHORS)),
)  # fmt: skip
def test_a_mark_without_a_width_is_as_large_as_fits(
    wide: int, high: int, columns: int, rows: int, clear_space: float, anchor: str
) -> None:
    region = np.zeros((220, 230), bool)
    region[10 : 10 + high, 20 : 20 + wide] = True
    mark = flat(columns, rows, (*BLUE, 255))

    def fits(w: int) -> bool:
        h = max(1, int(w * rows / columns + 0.5))
        clear = int(clear_space * h + 0.5)
        return w + 2 * clear <= wide and h + 2 * clear <= high

    try:
        placed = marks.place(flat(230, 220, OAT), mark, anchor=anchor, clear_space=clear_space, region=region)
    except InvalidInput as error:
        assert not fits(1) and "larger region" in str(error)
        return
    assert fits(placed.box[2]) and not fits(placed.box[2] + 1)
    assert not placed.mask[~region].any()


def test_a_mark_without_a_width_fills_the_picture_where_no_region_is_marked() -> None:
    placed = marks.place(flat(400, 200, OAT), drawn(600, 200), anchor="centre")
    assert placed.box == (0, 34, 400, 133)
    assert marks.place(flat(400, 200, OAT), drawn(600, 200), clear_space=0.5).box[2:] == (300, 100)


def test_a_place_too_small_for_the_marks_minimum_is_refused() -> None:
    region = np.zeros((200, 400), bool)
    region[20:60, 30:110] = True
    with pytest.raises(InvalidInput, match=r"would be 80 px wide; .* at least 96 px\. Mark a larger place"):
        marks.place(flat(400, 200, OAT), drawn(600, 200), region=region, min_width=96)


def test_a_mark_file_larger_than_the_picture_is_scaled_or_refused_with_its_size() -> None:
    assert marks.place(flat(120, 100, OAT), drawn(600, 200), width=0.5).box[2:] == (60, 20)
    with pytest.raises(InvalidInput, match=r"needs 120 × 360 px, but there are only 120 × 100 px"):
        marks.place(flat(120, 100, OAT), flat(200, 600, (*BLUE, 255)), width=1)
