"""Registration: where an original lies in a picture that was made of it, and how surely that is known."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.scenes import MORE
from workbench.imaging.align import Alignment, align, plain, scaled, warped
from workbench.imaging.align.warping import inverse

Pixels = NDArray[np.uint8]
SIZE = (720, 480)


def picture(seed: int = 1, size: tuple[int, int] = SIZE) -> Pixels:
    """A photograph's mixture: soft light, blurred and sharp things, texture in one half, grain."""
    random = np.random.default_rng(seed)
    width, height = size
    light = np.zeros((height, width, 3), np.float32)
    for blur, levels in ((60, 40), (12, 30), (3, 14)):
        noise = cv2.GaussianBlur(random.standard_normal((height, width)).astype(np.float32), (0, 0), blur)
        light += (noise * levels / noise.std())[..., None] * random.uniform(0.6, 1, 3).astype(np.float32)
    light[:, : width // 3] = cv2.GaussianBlur(light[:, : width // 3], (0, 0), 9)
    image = Image.fromarray(np.clip(light + 128, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(14):
        x, y, r = random.uniform(0, width), random.uniform(0, height), random.uniform(8, 50)
        draw.ellipse([x - r, y - r, x + r, y + r * 0.8], fill=tuple(int(v) for v in random.integers(20, 235, 3)))
    draw.text((width * 0.4, height * 0.1), "NORDIC", "#222222", ImageFont.load_default(height / 8))
    return np.asarray(image)


def poster(words: str) -> Pixels:
    image = Image.new("RGB", SIZE, "#F6F0E4")
    ImageDraw.Draw(image).text((SIZE[0] / 2, SIZE[1] / 2), words, "#B5532F", ImageFont.load_default(80), anchor="mm")
    return np.asarray(image)


def drifted(
    image: Pixels,
    size: tuple[int, int] = SIZE,
    *,
    shift: tuple[float, float] = (1.5, -1.1),
    scale: tuple[float, float] = (1.004, 1.004),
    turn: float = 0.1,
    grain: float = 2.0,
    base: NDArray[np.float64] | None = None,
) -> tuple[Pixels, NDArray[np.float64]]:
    """(what a model returns, the true map): moved about the middle, a cast, grain, JPEG."""
    middle, angle = (np.array(size) - 1) / 2, np.radians(turn)
    linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.diag(scale)
    start = plain((image.shape[1], image.shape[0]), size) if base is None else base
    true = linear @ start
    true[:, 2] += middle - linear @ middle + shift
    back, shrunk = inverse(true), np.array([1.0, 1.0])
    if image.shape[1] > 1.5 * size[0]:
        small = (image.shape[1] // 2, image.shape[0] // 2)
        image, shrunk = cv2.resize(image, small, interpolation=cv2.INTER_AREA), np.array([0.5, 0.5])
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    at = np.stack([x, y, np.ones_like(x)], axis=-1) @ back.T
    at = ((at + 0.5) * shrunk - 0.5).astype(np.float32)
    laid = cv2.remap(image, at[..., 0], at[..., 1], cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT)
    random = np.random.default_rng(7)
    levels = laid[..., :3] * np.linspace(0.96, 1.05, size[0])[None, :, None] + (3, -2, 4)
    levels += cv2.GaussianBlur(random.standard_normal(levels.shape), (0, 0), 0.6) * grain
    data = cv2.imencode(".jpg", np.clip(np.rint(levels), 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)), true


def apart(found: Alignment, true: NDArray[np.float64], image: Pixels) -> float:
    """Output px between the found and the true place, mean over the original's frame."""
    x, y = np.meshgrid(np.linspace(0, image.shape[1] - 1, 9), np.linspace(0, image.shape[0] - 1, 9))
    points = np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    return float(np.hypot(*((found.matrix - true) @ points)).mean())


def with_patch(image: Pixels, box: tuple[int, int, int, int], seed: int = 9) -> Pixels:
    left, top, right, bottom = box
    changed = image.copy()
    changed[top:bottom, left:right] = picture(seed, (right - left, bottom - top))
    return changed


def box_mask(image: Pixels, box: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    mask = np.zeros(image.shape[:2], np.bool_)
    mask[box[1] : box[3], box[0] : box[2]] = True
    return mask


@settings(max_examples=5 * MORE, deadline=None)
@given(
    shift=st.tuples(st.floats(-6, 6), st.floats(-6, 6)),
    scale=st.floats(0.98, 1.02),
    turn=st.floats(-0.5, 0.5),
    seed=st.integers(1, 4),
)
def test_a_known_drift_is_recovered(shift: tuple[float, float], scale: float, turn: float, seed: int) -> None:
    image = picture(seed)
    output, true = drifted(image, shift=shift, scale=(scale, scale), turn=turn)
    found = align(image, output)
    assert found.confidence == "good"
    assert apart(found, true, image) < 0.1


def test_unequal_scales_are_recovered() -> None:
    image = picture()
    output, true = drifted(image, shift=(-4, 3), scale=(1.03, 0.975), turn=-0.4)
    found = align(image, output)
    assert found.confidence == "good"
    assert apart(found, true, image) < 0.15


@pytest.mark.parametrize("size", [(1080, 720), (360, 240), (1008, 672)])
def test_the_map_is_told_between_full_resolutions(size: tuple[int, int]) -> None:
    image = picture(2, (1080, 720))
    output, true = drifted(image, size)
    found = align(image, output)
    assert found.confidence == "good"
    assert apart(found, true, image) < 0.1


def test_an_output_larger_than_the_original_is_registered_in_its_own_pixels() -> None:
    image = picture()
    output, true = drifted(image, (1080, 720))
    found = align(image, output)
    assert found.confidence == "good"
    assert apart(found, true, image) < 0.15


@pytest.mark.parametrize("size", [(720, 480), (360, 240), (1000, 667), (301, 203)])
def test_a_pure_resize_is_told_exactly(size: tuple[int, int]) -> None:
    image = picture(3)
    shrinks = size[0] < SIZE[0]
    found = align(image, cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC))
    assert (found.matrix == plain(SIZE, size)).all()
    assert found.confidence == "good"


def test_most_of_the_texture_changed_moves_nothing() -> None:
    image = picture(4)
    output, true = drifted(with_patch(image, (200, 40, 690, 420)))
    found = align(image, output)
    assert apart(found, true, image) < 0.3
    assert found.confidence != "good" or apart(found, true, image) < 0.2


def test_a_patch_moves_nothing() -> None:
    image = picture(4)
    output, true = drifted(with_patch(image, (300, 100, 560, 330)))
    found = align(image, output)
    assert found.confidence == "good"
    assert apart(found, true, image) < 0.12


def test_a_region_lets_copy_on_a_plain_ground_register() -> None:
    """What moved with the letters isn't the frame: outside the region a small mark says where it lies."""
    before, after = poster("SUMMER SALE"), poster("BIG SUMMER SALE")
    marks = [(20, 20, 80, 80), (640, 20, 700, 80), (20, 400, 80, 460), (640, 400, 700, 460)]
    for seed, box in enumerate(marks, 2):
        before, after = (with_patch(image, box, seed) for image in (before, after))
    output, true = drifted(after)
    region = box_mask(before, (90, 150, 630, 330))
    found = align(before, output, region=region)
    assert apart(found, true, before) < 0.3
    assert found.confidence == "good" or found.score >= 0.2


@pytest.mark.parametrize(
    ("before", "after"),
    [("SUMMER SALE", "BIG SUMMER SALE"), ("SUMMER SALE", "WINTER SALE"), ("ONE", "TWO"), ("SALE", "SALE!")],
)
def test_changed_copy_alone_is_never_trusted(before: str, after: str) -> None:
    image = poster(before)
    output, true = drifted(poster(after))
    found = align(image, output)
    assert found.confidence != "good" or apart(found, true, image) < 0.5


@pytest.mark.parametrize("fit", ["stretched", "letterbox", "cropped", "zoomed", "framed"])
def test_other_shapes_are_recognised_or_doubted(fit: str) -> None:
    image = picture(5)
    side, factor = 512, 512 / 720
    placed = {
        "stretched": plain(SIZE, (side, side)),
        "letterbox": np.array(
            [[factor, 0, (factor - 1) / 2], [0, factor, (side - 480 * factor) / 2 + (factor - 1) / 2]]
        ),
        "cropped": np.array([[side / 480, 0, (side - 720 * side / 480) / 2], [0, side / 480, 0.033]]),
        "zoomed": np.array([[1.15 * factor, 0, -40.0], [0, 1.15 * factor, 60.0]]),
        "framed": np.array([[0.6, 0, 40.0], [0, 0.6, 120.0]]),
    }[fit]
    output, true = drifted(image, (side, side), base=placed, shift=(0.8, -0.5), grain=1)
    if fit in ("letterbox", "framed"):
        top, bottom = (int(placed[1] @ (0, y, 1)) for y in (0, 479))
        output[: top + 2], output[bottom - 2 :] = 0, 0
    if fit == "framed":
        output[:, :42], output[:, int(placed[0] @ (719, 0, 1)) - 2 :] = 0, 0
    found = align(image, output)
    assert apart(found, true, image) < 0.5 or found.confidence != "good"
    if fit in ("stretched", "letterbox"):
        assert found.confidence == "good"
        assert apart(found, true, image) < 0.2


def flat(level: int = 200, size: tuple[int, int] = SIZE) -> Pixels:
    return np.full((size[1], size[0], 3), level, np.uint8)


def noise(seed: int) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (picture(1), picture(2), "none"),
        (picture(1), picture(1)[:, ::-1], "none"),
        (picture(1), picture(1)[::-1], "none"),
        (picture(1), 255 - picture(1), "none"),
        (picture(1), flat(), "none"),
        (flat(), picture(1), "none"),
        (noise(1), noise(2), "none"),
        (picture(1), noise(2), "none"),
        (flat(), flat(190), "doubtful"),
        (flat(), flat(190, (480, 480)), "none"),
    ],
)
def test_what_can_not_be_registered_is_said(before: Pixels, after: Pixels, told: str) -> None:
    found = align(before, np.ascontiguousarray(after))
    assert found.confidence == told
    assert (found.matrix == plain(SIZE, (after.shape[1], after.shape[0]))).all()


@pytest.mark.parametrize(
    ("size", "other"),
    [
        ((16, 16), (16, 16)),
        ((16, 16), (64, 48)),
        ((720, 90), (1024, 128)),
        ((40, 480), (480, 480)),
        ((300, 20), (9, 7)),
        ((90, 60), (1, 1)),
    ],
)
def test_tiny_and_extreme_shapes_are_answered(size: tuple[int, int], other: tuple[int, int]) -> None:
    image = picture(1, SIZE)[: size[1], : size[0]]
    found = align(image, cv2.resize(image, other, interpolation=cv2.INTER_AREA))
    assert np.isfinite(found.matrix).all() and np.isfinite(found.score)
    assert found.confidence != "good" or apart(found, plain(size, other), image) < 0.5


@pytest.mark.parametrize("where", ["everywhere", "nowhere", "protected"])
def test_strange_masks_are_answered(where: str) -> None:
    image = picture(2)
    every = np.ones(image.shape[:2], np.bool_)
    masks = {
        "everywhere": {"region": every},
        "nowhere": {"region": ~every, "protect": ~every},
        "protected": {"region": every, "protect": every},
    }[where]
    output, true = drifted(image)
    assert apart(align(image, output, **masks), true, image) < 0.1


def test_protected_parts_say_where_a_new_background_lies() -> None:
    image = picture(3)
    box = (220, 60, 520, 430)
    output, true = drifted(with_patch(picture(6), box, 8))
    image = with_patch(image, box, 8)
    found = align(image, output, protect=box_mask(image, box))
    assert apart(found, true, image) < 0.5


def test_transparent_pictures_register_by_their_shape() -> None:
    image = np.dstack([picture(2), np.full((SIZE[1], SIZE[0]), 255, np.uint8)])
    cv2.ellipse(image, (360, 240), (300, 200), 0, 0, 360, (0, 0, 0, 0), -1)
    flattened = np.where(image[..., 3:] > 0, image[..., :3], 255).astype(np.uint8)
    output, true = drifted(flattened)
    found = align(image, output)
    assert apart(found, true, image) < 0.2
    assert found.confidence != "none"


def test_nothing_nasty_is_called_good_wrongly() -> None:
    image, random = picture(1), np.random.default_rng(3)
    stripes = np.repeat(np.where(np.arange(480) % 40 < 20, 60, 200).astype(np.uint8)[:, None], 720, axis=1)
    wave = 128 + 60 * np.sin(np.arange(720) * 2 * np.pi / 9) * np.sin(np.arange(480) * 2 * np.pi / 9)[:, None]
    one_disc = flat()
    cv2.circle(one_disc, (120, 100), 40, (30, 60, 90), -1)
    grainy = np.clip(flat() + random.normal(0, 8, (480, 720, 1)), 0, 255).astype(np.uint8)
    nasty = {
        "far away": (image, drifted(image, shift=(90, 40))),
        "turned": (image, drifted(image, turn=8)),
        "zoomed": (image, drifted(image, scale=(1.3, 1.3))),
        "stripes": (np.dstack([stripes] * 3), drifted(np.dstack([stripes] * 3), shift=(5, 0))),
        "a pattern": (
            np.dstack([wave] * 3).astype(np.uint8),
            drifted(np.dstack([wave] * 3).astype(np.uint8), shift=(5, 5)),
        ),
        "one disc": (one_disc, drifted(one_disc, shift=(4, 3), scale=(1.02, 1.02))),
        "grain only": (grainy, drifted(flat(), shift=(4, 3), grain=8)),
        "a corner kept": (image, drifted(with_patch(picture(6), (0, 0, 200, 160), 8), shift=(3, 3))),
        "blurred": (image, drifted(cv2.GaussianBlur(image, (0, 0), 6), shift=(3, 3))),
    }
    for name, (before, (output, true)) in nasty.items():
        found = align(before, output)
        assert found.confidence != "good" or apart(found, true, before) < 0.5, name


def test_a_map_between_pictures_is_the_same_between_resized_ones() -> None:
    matrix = np.array([[1.01, 0.02, 3.0], [-0.02, 0.99, -2.0]])
    smaller = scaled(matrix, 0.5, (0.25, 0.5))
    middle_of_first_four = smaller @ (0, 0, 1)
    expected = (matrix @ (0.5, 0.5, 1) + 0.5) * (0.25, 0.5) - 0.5
    assert np.allclose(middle_of_first_four, expected)
    assert np.allclose(scaled(plain((600, 400), (300, 100)), 0.5, 2), plain((300, 200), (600, 200)))


def test_a_warped_output_lies_where_the_map_says() -> None:
    image = picture(2)
    output, true = drifted(image, (1440, 960), grain=0)
    laid, valid = warped(output, true, SIZE)
    assert laid.dtype == np.uint8 and laid.shape == image.shape
    difference = cv2.absdiff(laid, drifted(image, shift=(0, 0), scale=(1, 1), turn=0, grain=0)[0])
    assert difference[valid].mean() < 4
    assert warped(output.astype(np.float32), true, SIZE)[0].dtype == np.float32


def test_what_the_output_does_not_show_is_not_valid() -> None:
    shifted = np.array([[1.0, 0, 10.0], [0, 1.0, 0.0]])
    laid, valid = warped(picture(), shifted, SIZE)
    assert valid[:, : SIZE[0] - 14].all() and not valid[:, SIZE[0] - 13 :].any()
    assert warped(picture(), plain((3000, 2000), SIZE), (3000, 2000))[1].all()
    assert laid.shape == picture().shape


def test_a_warped_transparent_output_keeps_its_edge_colours() -> None:
    image = np.zeros((40, 60, 4), np.uint8)
    image[10:30, 20:40] = (200, 40, 20, 255)
    laid, _ = warped(image, np.array([[1.0, 0, 0.5], [0, 1.0, 0.5]]), (60, 40))
    seen = laid[laid[..., 3] > 40]
    assert np.abs(seen[:, :3].astype(int) - (200, 40, 20)).max() <= 2
