"""What a model really changed is told apart from what it only redrew."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage import data

from tests.scenes import MORE
from workbench.imaging.colour_space import delta_e_2000, oklab_to_levels, to_lab, to_oklab
from workbench.imaging.region import Found, allowed, find, heat

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
WIDTH, HEIGHT = 600, 400
EVERYWHERE = np.ones((HEIGHT, WIDTH), bool)
OFF_WHITE, INK = (236, 228, 214), (38, 34, 30)


def photograph() -> Bytes:
    return np.asarray(cv2.resize(data.coffee(), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


def ground(colour: tuple[int, int, int] = OFF_WHITE) -> Bytes:
    return np.full((HEIGHT, WIDTH, 3), colour, np.uint8)


def gradient() -> Bytes:
    across = np.linspace(70, 215, WIDTH)[None, :, None] * np.array([1, 0.95, 0.85])
    return levels(np.broadcast_to(across, (HEIGHT, WIDTH, 3)))


def fabric() -> Bytes:
    """A weave with yarns of uneven lightness."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    yarns = np.random.default_rng(2).normal(0, 7, (HEIGHT // 5 + 1, WIDTH // 5 + 1))
    weave = 9 * np.sin(x * 1.25) * np.cos(y * 1.25) + np.repeat(np.repeat(yarns, 5, 0), 5, 1)[:HEIGHT, :WIDTH]
    return levels(np.array([150, 128, 104]) + weave[..., None])


def levels(values: NDArray[np.floating]) -> Bytes:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def redrawn(
    truth: Bytes, cast: tuple[float, float, float] = (1.03, 1.0, 0.97), grain: float = 1.2, quality: int = 92
) -> Bytes:
    """As a model returns it: warmer, with grain of its own, saved as JPEG."""
    noise = np.random.default_rng(8).normal(0, grain, truth.shape)
    file = cv2.imencode(".jpg", levels(truth * np.array(cast) + noise), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR), np.uint8)


def box(left: int, top: int, right: int, bottom: int) -> Mask:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[top:bottom, left:right] = True
    return mask


def shifted(picture: Bytes, where: Mask, lab: tuple[float, float, float]) -> Bytes:
    """With OKLab moved by `lab` in a part."""
    moved = oklab_to_levels(to_oklab(picture) + np.array(lab, np.float32))
    return levels(np.where(where[..., None], moved, picture))


def lettered(picture: Bytes, colour: tuple[int, int, int], size: float, lines: tuple[str, ...]) -> Bytes:
    shown = picture.copy()
    for number, words in enumerate(lines):
        place = (60, 120 + round(number * 48 * size))
        cv2.putText(shown, words, place, cv2.FONT_HERSHEY_SIMPLEX, size, colour, max(1, round(2 * size)), cv2.LINE_AA)
    return shown


def looked(before: Bytes, after: Bytes, **options: object) -> Found:
    return find(before, after, EVERYWHERE, **options)  # type: ignore[arg-type]


def overlap(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / (one | other).sum())


SCENES = {"flat": ground(), "gradient": gradient(), "fabric": fabric(), "photograph": photograph()}


@pytest.mark.parametrize("picture", SCENES.values(), ids=SCENES)
def test_a_frame_that_was_only_redrawn_shows_no_change(picture: Bytes) -> None:
    found = looked(picture, redrawn(picture))
    assert not found.mask.any() and not found.doubts
    assert float(np.median(found.heat)) > 1.0  # it is not the same picture


@pytest.mark.parametrize("name", ["flat", "photograph"])
def test_a_gain_that_varies_slowly_over_the_frame_is_no_change(name: str) -> None:
    picture = SCENES[name]
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    gain = 1 + 0.04 * np.sin(x / WIDTH * 5) * np.cos(y / HEIGHT * 4)
    found = looked(picture, redrawn(levels(picture * gain[..., None])))
    assert not found.mask.any()


@pytest.mark.parametrize("level", [0, 2])
def test_grain_and_an_offset_near_black_are_no_change(level: int) -> None:
    picture = photograph()
    picture[:, : WIDTH // 2] = level
    noise = np.random.default_rng(4).normal(0, 1.5, picture.shape)
    output = levels(picture + noise + np.array([4, 0, 4]) * box(60, 80, 220, 300)[..., None])
    assert not looked(picture, output).mask.any()


def test_white_letters_that_a_cast_clips_are_no_change() -> None:
    picture = lettered(ground((176, 60, 44)), (255, 255, 255), 1.6, ("Summer sale", "Every bag"))
    assert not looked(picture, redrawn(picture, (1.1, 1.1, 1.1))).mask.any()


@pytest.mark.parametrize("name", ["flat", "fabric", "photograph"])
def test_a_recoloured_shape_is_found_with_its_outline(name: str) -> None:
    picture = SCENES[name]
    shape = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(shape, (330, 210), (110, 70), 20, 0, 360, 1, -1)
    found = looked(picture, redrawn(shifted(picture, shape > 0, (-0.05, -0.07, -0.09))))
    assert overlap(found.mask, shape > 0) >= 0.95
    assert not found.doubts


@pytest.mark.parametrize("name", ["flat", "gradient", "fabric"])
def test_the_strokes_of_new_small_letters_are_found(name: str) -> None:
    picture = SCENES[name]
    truth = lettered(picture, INK, 0.55, ("New: oat milk,", "from 3.90", "until Sunday"))
    strokes = heat.between(picture, truth) > 12
    found = looked(picture, redrawn(truth)).mask
    assert strokes.sum() > 500
    assert (found & strokes).sum() >= 0.9 * strokes.sum()
    assert not (found & ~cv2.dilate(strokes.view(np.uint8), np.ones((25, 25), np.uint8)).view(np.bool_)).any()


def patched(picture: Bytes, where: Mask) -> Bytes:
    """A part moved by ΔE2000 8 in the mean, to another hue."""
    for strength in np.linspace(0.01, 0.2, 39):
        moved = shifted(picture, where, (0, float(-0.6 * strength), float(0.8 * strength)))
        if float(heat.between(picture, moved)[where].mean()) >= 8:
            return moved
    raise AssertionError("no shift is strong enough")


@pytest.mark.parametrize("marked", [False, True], ids=["no region", "outside a region"])
@pytest.mark.parametrize("name", ["flat", "gradient", "fabric"])
def test_a_stray_patch_is_found_wherever_it_is(name: str, marked: bool) -> None:
    picture, patch, asked = SCENES[name], box(420, 300, 455, 314), box(60, 60, 260, 200)
    truth = shifted(patched(picture, patch), asked, (-0.1, 0.05, 0.05))
    found = looked(picture, redrawn(truth), region=asked if marked else None)
    assert (found.mask & patch).sum() >= 0.8 * patch.sum()
    assert overlap(found.mask, patch | asked) >= 0.95


#: hardly more than noise: about ΔE2000 2.5
FAINT = (-0.016, 0.0, 0.008)


def test_a_faint_recolour_counts_where_a_region_is_marked_and_is_doubted() -> None:
    picture, part = SCENES["flat"], box(200, 120, 420, 300)
    found = looked(picture, redrawn(shifted(picture, part, FAINT)), region=box(180, 100, 440, 320))
    assert overlap(found.mask, part) >= 0.9
    assert len(found.doubts) == 1 and "hardly more than the drift" in found.doubts[0]
    clear = looked(picture, redrawn(shifted(picture, part, (-0.1, 0.05, 0.05))), region=box(180, 100, 440, 320))
    assert overlap(clear.mask, part) >= 0.9 and not clear.doubts


def faint_beside_an_edit() -> tuple[Bytes, Mask, Mask]:
    part, asked = box(360, 140, 540, 320), box(60, 60, 260, 200)
    return redrawn(shifted(shifted(SCENES["flat"], part, FAINT), asked, (-0.1, 0.05, 0.05))), part, asked


def test_a_faint_difference_beside_the_edit_is_left_and_told() -> None:
    output, _, asked = faint_beside_an_edit()
    found = looked(SCENES["flat"], output)
    assert overlap(found.mask, asked) >= 0.95
    assert len(found.doubts) == 1 and "left out" in found.doubts[0] and "Mark the region" in found.doubts[0]


def test_a_faint_difference_outside_a_region_is_found() -> None:
    output, part, asked = faint_beside_an_edit()
    found = looked(SCENES["flat"], output, region=asked)
    assert overlap(found.mask, part | asked) >= 0.9


def test_a_large_faint_change_without_a_region_is_taken_and_doubted() -> None:
    picture, part = SCENES["flat"], box(200, 120, 420, 300)
    found = looked(picture, redrawn(shifted(picture, part, FAINT)))
    assert overlap(found.mask, part) >= 0.9
    assert len(found.doubts) == 1 and "outline may be wrong" in found.doubts[0]


def test_the_colour_match_takes_a_cast_off() -> None:
    picture = SCENES["photograph"]
    part = box(200, 120, 420, 300)
    output = redrawn(shifted(picture, part, (-0.2, 0.1, 0.1)), (1.05, 1.0, 0.95))
    found = looked(picture, output)
    corrected = levels(oklab_to_levels(to_oklab(output) - found.bias))
    rest = ~part

    def off(shown: Bytes) -> float:
        return float(np.abs(shown[rest].mean(axis=0) - picture[rest].mean(axis=0)).max())

    assert off(output) > 4 and off(corrected) < 0.5


def test_without_colour_match_nothing_is_corrected_and_the_same_is_found() -> None:
    picture = SCENES["photograph"]
    output = redrawn(shifted(picture, box(200, 120, 420, 300), (-0.2, 0.1, 0.1)))
    matched, plain = looked(picture, output), looked(picture, output, match_colour=False)
    assert matched.bias.any() and not plain.bias.any()
    assert np.array_equal(matched.mask, plain.mask)


def test_a_border_that_the_output_does_not_show_is_never_a_change() -> None:
    picture, valid = SCENES["photograph"], box(24, 0, WIDTH, HEIGHT - 18)
    output = redrawn(shifted(picture, box(10, 250, 200, HEIGHT), (-0.2, 0.1, 0.1)))
    output[~valid] = 0
    found = find(picture, output, valid)
    assert found.mask.any() and not (found.mask & ~valid).any()
    assert overlap(found.mask, box(24, 250, 200, HEIGHT - 18)) >= 0.95


def test_a_finer_sensitivity_finds_no_less() -> None:
    picture = SCENES["fabric"]
    truth = shifted(picture, box(80, 80, 200, 200), (-0.15, 0.1, 0.0))
    truth = shifted(truth, box(300, 80, 420, 200), (-0.03, 0.01, 0.02))
    sizes = [int(looked(picture, redrawn(truth), sensitivity=s).mask.sum()) for s in (0.02, 0.035, 0.05, 0.08)]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > 1.5 * sizes[-1] > 0
    assert looked(picture, picture, sensitivity=0.02).thresholds[1] == pytest.approx(0.02)


@settings(max_examples=15 * MORE, deadline=None)
@given(st.integers(16, 150), st.integers(16, 150), st.integers(0, 2**32 - 1), st.sampled_from([0, 2, 40]))
def test_identical_pictures_show_nothing_at_all(width: int, height: int, seed: int, rough: int) -> None:
    random = np.random.default_rng(seed)
    picture = levels(random.uniform(0, 255, 3) + random.normal(0, rough, (height, width, 3)))
    found = find(picture, picture, np.ones((height, width), bool))
    assert not found.mask.any() and found.heat.max() < 1e-4 and not found.doubts


@settings(max_examples=25 * MORE, deadline=None)
@given(st.integers(16, 150), st.integers(16, 150), st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_any_two_pictures_from_16_pixels_up_give_finite_maps_of_their_size(
    width: int, height: int, seed: int, even: bool, marked: bool
) -> None:
    random = np.random.default_rng(seed)
    pictures = random.integers(0, 256, (2, 1, 1, 3) if even else (2, height, width, 3), dtype=np.uint8)
    before, after = (np.ascontiguousarray(np.broadcast_to(p, (height, width, 3))) for p in pictures)
    valid, region = random.random((height, width)) < 0.9, random.random((height, width)) < 0.5
    found = find(before, after, valid, region=region if marked else None)
    assert found.mask.shape == found.heat.shape == found.error.shape == (height, width)
    assert found.bias.shape == (height, width, 3)
    assert all(np.isfinite(values).all() for values in (found.heat, found.error, found.bias, found.noise))


def test_alpha_and_levels_between_bytes_change_nothing_of_what_is_found() -> None:
    picture = SCENES["photograph"]
    output = redrawn(shifted(picture, box(200, 120, 420, 300), (-0.2, 0.1, 0.1)))
    alpha = np.full((HEIGHT, WIDTH, 1), 90, np.uint8)
    bare = looked(picture, output)
    other = looked(np.dstack([picture, alpha]), np.dstack([output, alpha]).astype(np.float32) + np.float32(0.3))
    assert bare.mask.any() and np.array_equal(bare.mask, other.mask) and np.array_equal(bare.bias, other.bias)


def test_what_is_protected_may_not_change_even_in_the_region() -> None:
    region, protect = np.eye(4, dtype=bool), np.zeros((4, 4), bool)
    protect[0] = True
    may = allowed(region, protect, (4, 4))
    assert may is not None and np.array_equal(may, region & ~protect)
    assert region[0, 0] and not may[0, 0]  # the region itself stays as it was
    only = allowed(None, protect, (4, 4))
    assert only is not None and np.array_equal(only, ~protect)
    assert np.array_equal(allowed(region, None, (4, 4)), region)


def test_without_region_and_protection_anything_may_change() -> None:
    assert allowed(None, None, (4, 4)) is None


@settings(max_examples=20 * MORE, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([3, 30, 255]))
def test_the_fast_heat_agrees_with_the_exact_difference(seed: int, apart: int) -> None:
    random = np.random.default_rng(seed)
    before = random.integers(0, 256, (40, 50, 3), dtype=np.uint8)
    after = levels(before + random.integers(-apart, apart + 1, before.shape))
    off = np.abs(heat.between(before, after) - delta_e_2000(to_lab(before), to_lab(after)))
    assert np.quantile(off, 0.999) < 0.1  # ΔE2000 itself jumps where two hues are opposite
