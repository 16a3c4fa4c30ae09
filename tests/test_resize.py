"""Resizing: true to an exact reference in linear light, no fringe, no halo, sizes that are refused."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage import data

from tests.scenes import MORE, poster
from workbench.errors import InvalidInput
from workbench.imaging import resize

Bytes = NDArray[np.uint8]
BLUE, OAT = (39, 71, 184), (246, 240, 228)


def flat(width: int, height: int, colour: tuple[int, ...]) -> Bytes:
    return np.full((height, width, len(colour)), colour, np.uint8)


def noise(width: int, height: int, channels: int = 3, seed: int = 1) -> Bytes:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def decoded(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    x = levels / 255
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def shares(old: int, new: int) -> NDArray[np.float64]:
    """How much of each new pixel each old one covers, by definition."""
    edges = np.arange(old + 1)
    low, high = np.arange(new)[:, None] * old / new, (np.arange(new)[:, None] + 1) * old / new
    return np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0, None) * new / old


def reference(image: Bytes, width: int, height: int) -> NDArray[np.float64]:
    """The area mean in linear light, premultiplied, in float64; unrounded levels, alpha 0–255 as a fourth channel."""
    alpha = image[..., 3:] / 255 if image.shape[2] == 4 else np.ones((*image.shape[:2], 1))
    light = np.concatenate([decoded(image[..., :3].astype(float)) * alpha, alpha], axis=2)
    down, across = shares(image.shape[0], height), shares(image.shape[1], width)
    mean = np.einsum("yi,xj,ijc->yxc", down, across, light, optimize=True)
    levels = encoded(mean[..., :3] / np.maximum(mean[..., 3:], 1e-9))
    return np.concatenate([levels, mean[..., 3:] * 255], axis=2)


@pytest.mark.parametrize("size", [(100, 77), (208, 150), (139, 43), (400, 299), (16, 301), (417, 16), (417, 150)])
def test_shrinking_is_the_area_mean_in_linear_light(size: tuple[int, int]) -> None:
    image = noise(417, 301)
    apart = np.abs(resize.resize(image, *size, sharpen=0) - reference(image, *size)[..., :3])
    assert apart.max() < 0.6


def test_shrinking_with_transparency_is_the_premultiplied_mean() -> None:
    image = noise(240, 180, 4)
    expected = reference(image, 77, 61)
    small = resize.resize(image, 77, 61, sharpen=0)
    assert np.abs(small[..., 3] - expected[..., 3]).max() < 0.6
    assert np.abs(small[..., :3] - expected[..., :3]).max() < 0.6


@settings(max_examples=20 * MORE, deadline=None)
@given(
    st.integers(16, 90), st.integers(16, 90), st.integers(16, 90), st.integers(16, 90), st.integers(0, 255),
    st.sampled_from([0.0, 0.3, 1.0]),
)  # fmt: skip
def test_a_flat_picture_keeps_its_colour_at_any_size(
    columns: int, rows: int, width: int, height: int, level: int, sharpen: float
) -> None:
    colour = (level, 255 - level, (level * 7) % 256)
    assert np.all(resize.resize(flat(columns, rows, colour), width, height, sharpen=sharpen) == colour)
    veiled = (*colour, max(level, 1))
    assert np.all(resize.resize(flat(columns, rows, veiled), width, height, sharpen=sharpen)[..., 3] == veiled[3])


@pytest.mark.parametrize("sharpen", [0.0, 0.3, 1.0])
def test_fine_checks_keep_their_light(sharpen: float) -> None:
    checks = np.repeat((np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8)[..., None], 3, axis=2)
    assert np.unique(resize.resize(checks, 64, 64, sharpen=sharpen)).tolist() == [188]


@pytest.mark.parametrize("size", [(211, 140), (599, 398), (700, 500)])
def test_bands_leave_no_trace(size: tuple[int, int]) -> None:
    picture = np.ascontiguousarray(data.coffee())
    whole = resize.resize(picture, *size, sharpen=0.7)
    apart = cv2.absdiff(resize.resize(picture, *size, sharpen=0.7, band=20_000), whole)
    assert apart.max() <= 1
    assert (apart > 0).mean() < 1e-4


@pytest.mark.parametrize("size", [(60, 40), (217, 133), (600, 401)])
def test_transparent_black_around_a_shape_leaves_no_fringe(size: tuple[int, int]) -> None:
    image = flat(300, 200, (0, 0, 0, 0))
    inside = np.hypot(*(np.indices((200, 300)) - np.array([100, 150])[:, None, None])) < 80
    image[inside] = (*OAT, 255)
    scaled = resize.resize(image, *size, sharpen=1.0)
    seen = scaled[..., 3] > 0
    assert 0 < np.count_nonzero(scaled[..., 3] == 255) < np.count_nonzero(seen) < seen.size
    assert np.all(scaled[seen][:, :3] == OAT)


@pytest.mark.parametrize("sharpen", [0.3, 1.0])
def test_no_flat_colour_beside_an_edge_changes(sharpen: float) -> None:
    image = flat(600, 400, OAT)
    image[100:300, 200:400] = BLUE
    small = resize.resize(image, 151, 101, sharpen=sharpen).reshape(-1, 3).astype(int)
    assert np.all((small >= np.minimum(BLUE, OAT)) & (small <= np.maximum(BLUE, OAT)))
    plain = resize.resize(image, 151, 101, sharpen=0).reshape(-1, 3)
    pure = np.all(plain == BLUE, axis=1) | np.all(plain == OAT, axis=1)
    assert np.array_equal(small[pure], plain[pure])


def test_an_enlarged_edge_has_no_halo() -> None:
    image = flat(60, 40, OAT)
    image[10:30, 20:40] = BLUE
    large = resize.resize(image, 431, 287).astype(int)
    assert np.all((large >= np.minimum(BLUE, OAT)) & (large <= np.maximum(BLUE, OAT)))
    assert np.all(large[:60, :130] == OAT)


@pytest.mark.parametrize("name", ["coffee", "rocket", "chelsea"])
def test_enlarging_gives_more_back_than_plain_interpolation_does(name: str) -> None:
    original = np.ascontiguousarray(getattr(data, name)()[:300, :400])
    small = resize.resize(original, 200, 150, sharpen=0)
    ours = resize.resize(small, 400, 300).astype(float)
    plain = cv2.resize(small, (400, 300), interpolation=cv2.INTER_LINEAR).astype(float)
    assert ((ours - original) ** 2).mean() < 0.96 * ((plain - original) ** 2).mean()


def test_sharpening_adds_detail_and_keeps_the_mean_light() -> None:
    picture = np.ascontiguousarray(data.coffee())
    detail = []
    for strength in (0, 0.3, 1):
        small = resize.resize(picture, 200, 133, sharpen=strength)
        detail.append(cv2.Laplacian(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), cv2.CV_64F).std())
        assert abs(decoded(small.astype(float)).mean() - decoded(picture.astype(float)).mean()) < 0.005
    assert detail[0] * 1.05 < detail[1] and detail[1] * 1.1 < detail[2]


def test_the_pictures_own_size_keeps_every_bit() -> None:
    image = noise(64, 48, 4)
    same = resize.resize(image, 64, 48, sharpen=1)
    assert np.array_equal(same, image) and same is not image


def test_a_part_of_a_picture_gives_the_same_as_its_copy() -> None:
    image = poster(width=300, height=200)
    part = image[13:177, 21:260]
    assert np.array_equal(resize.resize(part, 101, 59), resize.resize(part.copy(), 101, 59))


@pytest.mark.parametrize("size", [(15, 100), (100, 15), (0, 100), (16_385, 100), (100, 20_000), (-5, 40)])
def test_sizes_that_no_picture_may_have_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(InvalidInput, match="each side must have 16 to 16,384 px"):
        resize.resize(noise(32, 32), *size)


def test_a_strength_is_a_share() -> None:
    with pytest.raises(InvalidInput, match=r"share from 0 to 1, not 1\.5"):
        resize.resize(noise(32, 32), 16, 16, sharpen=1.5)


@pytest.mark.parametrize(
    ("side", "pixels", "size"),
    [("width", 1080, (1080, 720)), ("height", 800, (1200, 800)), ("longest", 600, (600, 400))],
)
def test_one_side_tells_the_other(side: str, pixels: int, size: tuple[int, int]) -> None:
    assert resize.size_of((3000, 2000), side, pixels) == size


def test_a_side_that_makes_the_other_too_small_is_refused() -> None:
    with pytest.raises(InvalidInput, match="200 × 7 px can't be made"):
        resize.size_of((3000, 100), "width", 200)
    with pytest.raises(InvalidInput, match="choose width, height or longest"):
        resize.size_of((3000, 100), "shortest", 200)


def test_enlarging_and_stretching_are_said() -> None:
    assert resize.doubts((3000, 2000), (1080, 720)) == ()
    assert resize.doubts((3001, 1999), (1080, 719)) == ()
    (larger,) = resize.doubts((1000, 700), (1400, 980))
    assert "enlarged to 1.4 times its size" in larger
    assert "stretched" in resize.doubts((1000, 1000), (500, 600))[0]
