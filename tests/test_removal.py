"""Removing objects: the ground comes back where it is even, with its grain; everywhere else it is refused."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from workbench.errors import InvalidInput, NeedsGenerative
from workbench.imaging import intake
from workbench.imaging.colour_space import delta_e_2000, to_lab
from workbench.imaging.removal import remove
from workbench.starter import pictures as starter

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
WIDTH, HEIGHT = 420, 340
STATIC = Path(starter.__file__).parents[1] / "ui" / "static"


def lit(kind: str, seed: int, grain: float = 0.0, soft: float = 0.0) -> NDArray[np.float64]:
    """A ground of one colour under light: even, a ramp, a pool, or a sweep from wall to floor; unrounded levels."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / WIDTH
    light = {
        "even": np.ones_like(x),
        "ramp": 1 + random.uniform(-0.2, 0.2) * (x - 0.5) + random.uniform(-0.2, 0.2) * (y - 0.4),
        "pool": 0.7 + 0.35 / (1 + ((x - random.uniform(0.2, 0.8)) ** 2 + (y - random.uniform(0, 0.5)) ** 2) / 0.25),
        "sweep": 1 - 0.12 * (1 + np.tanh((y - random.uniform(0.35, 0.5)) / 0.15)),
    }[kind]
    noise = random.normal(size=(HEIGHT, WIDTH, 3))
    noise = cv2.GaussianBlur(noise, (0, 0), soft) if soft else noise
    noise = 0.6 * noise + 0.8 * noise.mean(axis=2, keepdims=True)
    return random.uniform(110, 210, 3) * light[..., None] + grain * noise / noise.std()


def developed(levels: NDArray[np.float64]) -> Bytes:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def with_object(ground: NDArray[np.float64], x: float, y: float, size: float) -> tuple[Bytes, Mask]:
    """A box with a soft shadow to its right, and a generous oval round both."""
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    solid = (np.abs(across - x) < size * 0.7) & (np.abs(down - y) < size)
    shadow = 0.4 * np.exp(-(((across - x - size) / size) ** 2 + ((down - y - size * 0.8) / (size * 0.3)) ** 2))
    picture = ground * (1 - shadow[..., None])
    picture[solid] = (180, 40, 60)
    region = ((across - x - size * 0.7) / (size * 3.0)) ** 2 + ((down - y - size * 0.4) / (size * 2.0)) ** 2 < 1
    return developed(picture), region


def psnr(one: Bytes, other: Bytes) -> float:
    return float(10 * np.log10(255**2 / max(((one.astype(float) - other) ** 2).mean(), 1e-9)))


def seen(one: Bytes, other: Bytes, where: Mask, sigma: float = 4) -> NDArray[np.float32]:
    """ΔE2000 without the grain, in `where`."""
    calm = [developed(cv2.GaussianBlur(a.astype(np.float32), (0, 0), sigma))[where] for a in (one, other)]
    return delta_e_2000(to_lab(calm[0]), to_lab(calm[1]))


@pytest.mark.parametrize("seed", [101, 102, 103])
def test_a_flat_ground_comes_back_exactly(seed: int) -> None:
    truth = developed(lit("even", seed))
    picture, region = with_object(truth.astype(float), 190, 160, 36)
    removed = remove(picture, region)
    assert np.array_equal(removed.image, truth) and removed.doubts == ()
    assert np.array_equal(removed.mask, region)


@pytest.mark.parametrize("kind", ["ramp", "pool", "sweep"])
@pytest.mark.parametrize(("grain", "soft"), [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (2.0, 0.8)])
def test_a_studio_ground_comes_back_with_its_grain(kind: str, grain: float, soft: float) -> None:
    for seed in (111, 112):
        ground = lit(kind, seed, grain, soft)
        picture, region = with_object(ground, 170 + seed % 7 * 10, 150, 34)
        removed = remove(picture, region)
        truth = developed(ground)
        assert psnr(removed.image[region], truth[region]) >= (36 if grain else 48)
        off = seen(removed.image, truth, region)
        assert off.mean() < 0.6 and np.percentile(off, 99) < 2.0
        assert not (removed.image != picture)[~region].any()


@pytest.mark.parametrize("soft", [0.0, 0.8])
def test_the_new_grain_looks_like_the_old(soft: float) -> None:
    ground = lit("even", 121, 2.5, soft)
    picture, region = with_object(ground, 190, 160, 40)
    fill, truth = remove(picture, region).image, developed(ground)
    for step in (0, 1, 2):
        grains = [a.astype(float) - ground.mean(axis=(0, 1)) for a in (fill, truth)]
        both = region & np.roll(region, step, axis=1)
        found, wanted = (float((g * np.roll(g, step, axis=1))[both].mean()) for g in grains)
        assert abs(found - wanted) < 0.6
    crossed = [np.corrcoef((a.astype(float))[region].T)[0, 1] for a in (fill, truth)]
    assert abs(crossed[0] - crossed[1]) < 0.08


def test_faint_unevenness_leaves_no_seam() -> None:
    x = np.mgrid[0:HEIGHT, 0:WIDTH][1]
    ground = np.repeat(150 + 1.8 * np.sin(x / 26)[..., None], 3, axis=2)
    region = np.zeros((HEIGHT, WIDTH), bool)
    region[130:210, 120:300] = True
    rim = region & (cv2.distanceTransform(region.view(np.uint8), cv2.DIST_L2, 3) <= 5)
    picture = developed(ground + np.random.default_rng(1).normal(0, 0.3, ground.shape))
    picture[150:190, 140:280] = 30
    filled = remove(picture, region).image.astype(float)
    assert np.abs(cv2.blur(filled, (5, 5)) - ground)[rim].mean() < 0.2


def test_the_same_picture_gives_the_same_pixels() -> None:
    picture, region = with_object(lit("pool", 131, 1.5), 200, 150, 30)
    assert np.array_equal(remove(picture, region).image, remove(picture, region).image)


def test_two_objects_are_removed_at_once() -> None:
    ground = lit("ramp", 141, 1.0)
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    picture, region = developed(ground), np.zeros((HEIGHT, WIDTH), bool)
    for x, y in ((90, 90), (160, 110), (330, 250)):
        picture[(np.abs(across - x) < 15) & (np.abs(down - y) < 15)] = (30, 90, 40)
        region |= (np.abs(across - x) < 24) & (np.abs(down - y) < 24)
    removed = remove(picture, region)
    assert removed.doubts == ()
    assert seen(removed.image, developed(ground), region).max() < 2.5


def test_another_object_nearby_is_not_taken_for_ground() -> None:
    ground = lit("ramp", 151, 1.0)
    picture, region = with_object(ground, 150, 160, 30)
    picture[20:320, 300:320] = (20, 20, 160)
    removed = remove(picture, region & (np.mgrid[0:HEIGHT, 0:WIDTH][1] < 280))
    assert seen(removed.image, developed(ground), region & (np.mgrid[0:HEIGHT, 0:WIDTH][1] < 270)).max() < 2.5


def beside(ground: NDArray[np.float64], gap: float, direction: float, radius: float) -> tuple[Bytes, Mask, Bytes]:
    """A disc in a roomy round marking, another disc whose rim is gap px from it; without the first: the truth."""
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    turn = np.deg2rad(direction)
    x, y = 210 + np.cos(turn) * (60 + gap + radius), 170 + np.sin(turn) * (60 + gap + radius)
    truth = developed(ground)
    truth[np.hypot(across - x, down - y) < radius] = (122, 143, 106)
    picture = truth.copy()
    picture[np.hypot(across - 210, down - 170) < 46] = (181, 83, 47)
    return picture, np.hypot(across - 210, down - 170) < 60, truth


@pytest.mark.parametrize(("kind", "grain"), [("even", 0.0), ("ramp", 1.0), ("pool", 1.5)])
@pytest.mark.parametrize(("gap", "direction"), [(8, 180), (24, 30), (30, 260)])
def test_a_large_neighbour_does_not_stop_a_removal(kind: str, grain: float, gap: float, direction: float) -> None:
    picture, region, truth = beside(lit(kind, 155, grain), gap, direction, 70)
    removed = remove(picture, region)
    assert removed.doubts == ()
    assert seen(removed.image, truth, region).max() < 2.0
    assert not (removed.image != picture)[~region].any()


def test_one_of_two_discs_on_a_flat_card_goes_without_a_trace() -> None:
    down, across = np.mgrid[0:1440, 0:1920]
    large = np.full((1440, 1920, 3), (246, 240, 228), np.uint8)
    large[np.hypot(across - 500, down - 800) < 300] = (122, 143, 106)
    truth = cv2.resize(large, (480, 360), interpolation=cv2.INTER_AREA)
    large[np.hypot(across - 1300, down - 800) < 300] = (181, 83, 47)
    picture = np.asarray(cv2.resize(large, (480, 360), interpolation=cv2.INTER_AREA), np.uint8)
    region = np.zeros((360, 480), bool)
    region[109:291, 234:416] = True
    removed = remove(picture, region)
    assert np.array_equal(removed.image, truth) and removed.doubts == ()


def test_a_badge_beside_a_bottle_goes_with_the_margin_a_person_would_leave() -> None:
    picture = intake.read(starter.one(STATIC / "Inter.woff2", "warm-serum-badge.png").data).array[40:680, 860:1500]
    roomy, tight = (np.zeros(picture.shape[:2], bool) for _ in range(2))
    roomy[180:470, 180:470] = True
    tight[196:454, 196:454] = True
    removed = remove(picture, roomy)
    assert removed.doubts == ()
    assert np.array_equal(removed.image[~roomy], picture[~roomy])
    assert seen(removed.image, remove(picture, tight).image, roomy).max() < 1.5


def test_a_neighbour_that_the_marking_touches_or_cuts_off_is_refused() -> None:
    for gap in (-15, 0, 3):
        picture, region, _ = beside(lit("even", 156, 1.0), gap, 180, 70)
        with pytest.raises(NeedsGenerative, match="edges"):
            remove(picture, region)


def test_a_strip_of_ground_is_not_enough_where_other_things_lie_on_two_sides() -> None:
    picture = developed(lit("even", 157, 1.0))
    region = np.zeros((HEIGHT, WIDTH), bool)
    region[110:230, 150:270] = True
    picture[:, :142] = picture[:102] = (90, 120, 140)
    with pytest.raises(NeedsGenerative, match="edges"):
        remove(picture, region)


def test_dots_all_round_are_a_pattern_and_not_neighbours() -> None:
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    picture = developed(lit("even", 158, 0.5))
    picture[np.hypot(across % 42 - 21, down % 42 - 21) < 6] = (120, 40, 50)
    region = np.zeros((HEIGHT, WIDTH), bool)
    region[126:210, 168:252] = True  # between the dots
    with pytest.raises(NeedsGenerative, match="pattern"):
        remove(picture, region)


def test_what_is_protected_stays_and_is_not_taken_for_ground() -> None:
    ground = lit("even", 161, 1.0)
    picture, region = with_object(ground, 180, 160, 36)
    protect = np.zeros_like(region)
    protect[60:280, 250:330] = True
    picture[protect] = (200, 220, 20)
    picture[protect & region] = (10, 10, 10)
    removed = remove(picture, region, protect=protect)
    assert np.array_equal(removed.image[protect], picture[protect])
    assert not removed.mask[protect].any()
    assert seen(removed.image, developed(ground), removed.mask & (np.mgrid[0:HEIGHT, 0:WIDTH][1] < 235)).max() < 2.5


PHOTOGRAPHS = ["astronaut", "coffee", "chelsea", "rocket", "brick", "gravel", "camera", "coins"]


def photograph(name: str) -> Bytes:
    pixels = getattr(data, name)()
    return np.ascontiguousarray(np.dstack([pixels] * 3) if pixels.ndim == 2 else pixels[..., :3])


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_photograph_is_refused_or_comes_back_as_it_was(name: str) -> None:
    """Areas without an object are marked, so that the picture itself is the truth: no bad fill is silent."""
    picture, random, refused = photograph(name), np.random.default_rng(len(name) * 31), 0
    down, across = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]]
    for _ in range(16):
        x, y = random.uniform(0, picture.shape[1]), random.uniform(0, picture.shape[0])
        a, b = random.uniform(8, 60, 2)
        region = ((across - x) / a) ** 2 + ((down - y) / b) ** 2 < 1
        try:
            removed = remove(picture, region)
        except InvalidInput as error:
            assert str(error).endswith("Nothing was changed.")
            refused += 1
        else:
            off = seen(removed.image, picture, region, 2.5)
            assert removed.doubts or np.percentile(off, 99) < 3.5
    assert refused >= 8


@pytest.mark.parametrize(("name", "box"), [("brick", (200, 200)), ("gravel", (100, 300)), ("coffee", (60, 330))])
def test_a_texture_needs_an_image_model(name: str, box: tuple[int, int]) -> None:
    picture = photograph(name)
    region = np.zeros(picture.shape[:2], bool)
    region[box[0] : box[0] + 60, box[1] : box[1] + 60] = True
    with pytest.raises(NeedsGenerative, match="Choose a template for an image model"):
        remove(picture, region)


def striped(period: int, depth: float) -> Bytes:
    levels = lit("even", 171, 1.0)
    return developed(levels + depth * np.sign(np.sin(np.arange(WIDTH) * 2 * np.pi / period))[None, :, None])


@pytest.mark.parametrize(("period", "depth"), [(6, 3.0), (9, 2.5), (24, 4.0), (60, 3.0)])
def test_faint_stripes_are_a_pattern(period: int, depth: float) -> None:
    region = np.zeros((HEIGHT, WIDTH), bool)
    region[120:220, 150:260] = True
    with pytest.raises(NeedsGenerative, match=r"pattern|texture|unevenly"):
        remove(striped(period, depth), region)


@pytest.mark.parametrize("width", [1, 3, 60])
def test_a_line_that_runs_behind_the_object_is_not_lost(width: int) -> None:
    picture, region = with_object(lit("even", 181, 1.0), 190, 160, 36)
    picture[180 : 180 + width, :] = picture[180 : 180 + width, :] // 2
    with pytest.raises(NeedsGenerative, match=r"edges|unevenly"):
        remove(picture, region)


def test_a_hairline_is_seen_although_it_hardly_changes_the_light() -> None:
    picture, region = with_object(lit("even", 182, 0.5), 190, 160, 36)
    picture[180] -= 13
    with pytest.raises(NeedsGenerative, match="pattern or edges"):
        remove(picture, region)


def test_an_object_that_reaches_out_of_the_marking_asks_for_more() -> None:
    picture, _ = with_object(lit("even", 191, 1.0), 190, 160, 36)
    region = np.zeros((HEIGHT, WIDTH), bool)
    region[130:280, 168:320] = True  # leaves out the box's left side
    with pytest.raises(InvalidInput, match=r"reaches beyond the marked area|Choose a template"):
        remove(picture, region)
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    disc = developed(lit("even", 191, 1.0))
    disc[np.hypot(across - 200, down - 150) < 40] = (180, 40, 60)
    with pytest.raises(InvalidInput, match=r"reaches beyond the marked area\. Mark all of it") as refusal:
        remove(disc, np.hypot(across - 200, down - 150) < 38)
    assert not isinstance(refusal.value, NeedsGenerative)


def test_an_object_that_fills_the_marking_to_its_rim_is_said_to_be_doubtful() -> None:
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH]
    picture = developed(lit("even", 201, 1.0))
    region = np.hypot(across - 200, down - 150) < 40
    picture[region] = (180, 40, 60)
    assert "reaches the rim of the marked area" in remove(picture, region).doubts[0]
    roomy = np.hypot(across - 200, down - 150) < 46
    assert remove(picture, roomy).doubts == ()


def test_transparent_surroundings_become_transparent() -> None:
    picture = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    picture[100:150, 100:150] = (200, 30, 30, 255)
    region = np.zeros((HEIGHT, WIDTH), bool)
    region[90:160, 90:160] = True
    assert not remove(picture, region).image.any()
    opaque = np.dstack([developed(lit("ramp", 211, 1.0)), np.full((HEIGHT, WIDTH), 255, np.uint8)])
    assert np.all(remove(opaque, region).image[..., 3] == 255)
    opaque[..., 3] = 200
    with pytest.raises(NeedsGenerative, match="partly transparent"):
        remove(opaque, region)


def test_marking_everything_leaves_no_ground() -> None:
    picture = developed(lit("even", 221, 1.0))
    with pytest.raises(NeedsGenerative, match="Too little ground is left"):
        remove(picture, np.ones((HEIGHT, WIDTH), bool))
    with pytest.raises(InvalidInput, match="Nothing is marked"):
        remove(picture, np.zeros((HEIGHT, WIDTH), bool))
    with pytest.raises(InvalidInput, match="the picture's height and width"):
        remove(picture, np.ones((HEIGHT, WIDTH - 1), bool))
