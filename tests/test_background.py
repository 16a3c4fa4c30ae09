"""Cutting products out and putting them on new grounds: exact inside, clean at the edges, doubtful aloud."""

from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.scenes import encoded
from workbench.errors import InvalidInput
from workbench.imaging import backdrop, background, grounds, intake
from workbench.imaging.colour_space import LINEAR, delta_e_2000, hex_to_rgb, to_lab, to_levels

Bytes = NDArray[np.uint8]
WIDTH, HEIGHT, SAMPLES = 320, 260, 8


@cache
def coverage(handle: bool = True) -> NDArray[np.float32]:
    """A mug: the share of each pixel that it covers."""
    y, x = np.mgrid[0 : HEIGHT * SAMPLES, 0 : WIDTH * SAMPLES].astype(np.float32) / SAMPLES
    body = (np.abs(x - 150) < 52.3) & (np.abs(y - 140) < 66.6)
    around = np.hypot(x - 206, y - 140)
    inside = body | ((around < 36) & (around > 24) & (x > 195)) if handle else body
    return inside.reshape(HEIGHT, SAMPLES, WIDTH, SAMPLES).mean(axis=(1, 3), dtype=np.float32)


def shade() -> NDArray[np.float32]:
    """The share of light that a soft shadow at the mug's foot leaves."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    far = np.hypot((x - 185) / 85, (y - 206) / 16)
    return (1 - 0.45 / (1 + np.exp((far - 0.9) * 7))).astype(np.float32)


def lit(colour: str) -> NDArray[np.float32]:
    across = np.arange(WIDTH, dtype=np.float32)
    return LINEAR[hex_to_rgb(colour)] * (0.45 + 0.55 * np.exp(-(((across - 140) / 50) ** 2)))[None, :, None]


def studio() -> NDArray[np.float32]:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    pool = 0.72 + 0.28 * np.exp(-((x - 110) ** 2 + (y - 90) ** 2) / 30000)
    return LINEAR[hex_to_rgb("#DCD5CA")] * pool[..., None]


def mixed(
    ground: NDArray[np.float32], colour: str = "#B5532F", *, light: bool = True, shadow: bool = True, seed: int = 1
) -> Bytes:
    alpha = coverage()[..., None]
    ground = ground * shade()[..., None] if shadow else ground
    product = np.broadcast_to(lit(colour), (HEIGHT, WIDTH, 3))
    if light:
        levels = to_levels(alpha * product + (1 - alpha) * ground)
    else:
        levels = alpha * to_levels(product) + (1 - alpha) * to_levels(ground)
    noise = np.random.default_rng(seed).standard_normal((HEIGHT, WIDTH, 3)) * 0.8
    return np.clip(np.rint(levels + noise), 0, 255).astype(np.uint8)


def box(left: int = 75, top: int = 55, right: int = 265, bottom: int = 230) -> NDArray[np.bool_]:
    marked = np.zeros((HEIGHT, WIDTH), np.bool_)
    marked[top:bottom, left:right] = True
    return marked


def edge() -> NDArray[np.bool_]:
    mixed_ = (coverage() > 0) & (coverage() < 1)
    return cv2.dilate(mixed_.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)


def flat(colour: str) -> NDArray[np.float32]:
    return np.broadcast_to(LINEAR[hex_to_rgb(colour)], (HEIGHT, WIDTH, 3)).astype(np.float32)


def iou(alpha: NDArray[np.float32]) -> float:
    truth = coverage() >= 0.5
    return float(((alpha >= 0.5) & truth).sum() / ((alpha >= 0.5) | truth).sum())


@pytest.mark.parametrize("kind", ["studio", "#FFFFFF", "#B9BABC"])
def test_a_product_is_cut_out_of_an_even_ground_along_its_true_edge(kind: str) -> None:
    cut = background.cut_out(mixed(studio() if kind == "studio" else flat(kind)), box())
    assert iou(cut.alpha) > 0.995
    assert np.abs(cut.alpha - coverage())[edge()].mean() < 0.02
    assert cut.light
    assert cut.doubts == ()


def test_the_hole_of_a_handle_is_ground() -> None:
    cut = background.cut_out(mixed(studio()), box())
    assert cut.alpha[135:145, 210:222].max() == 0


def test_a_soft_shadow_is_no_product() -> None:
    cut = background.cut_out(mixed(studio()), box())
    assert cut.alpha[212:, :].max() == 0
    assert cut.shadow is not None
    beside = (coverage() == 0) & ~edge()
    assert np.abs(cut.shadow - shade())[beside].mean() < 0.02


@pytest.mark.parametrize("colour", ["#2747B8", "#FFFFFF", "#2A2724"])
def test_on_a_new_ground_edges_are_those_of_the_product_pictured_there(colour: str) -> None:
    new = background.replace(mixed(studio()), box(), ground=colour)
    truth = np.rint(
        to_levels(
            coverage()[..., None] * lit("#B5532F") + (1 - coverage()[..., None]) * flat(colour) * shade()[..., None]
        )
    ).astype(np.uint8)
    off = delta_e_2000(to_lab(new.image), to_lab(truth))
    assert off[edge()].mean() < 2
    pasted = np.where((coverage() > 0.5)[..., None], mixed(studio()), hex_to_rgb(colour)).astype(np.uint8)
    assert off[edge()].mean() < 0.5 * delta_e_2000(to_lab(pasted), to_lab(truth))[edge()].mean()


def test_a_drawing_is_mixed_as_levels_like_it_was_drawn() -> None:
    drawn = mixed(flat("#F6F0E4"), "#2747B8", light=False, shadow=False)
    new = background.replace(drawn, box(), ground="#B5532F")
    product = to_levels(np.broadcast_to(lit("#2747B8"), drawn.shape))
    truth = coverage()[..., None] * product + (1 - coverage()[..., None]) * hex_to_rgb("#B5532F")
    off = delta_e_2000(to_lab(new.image), to_lab(np.rint(truth).astype(np.uint8)))
    assert not background.cut_out(drawn, box()).light
    assert off[edge()].mean() < 1.5


def test_inside_the_product_every_bit_is_kept() -> None:
    picture = mixed(studio())
    new = background.replace(picture, box(), ground="#2747B8")
    deep = cv2.erode((coverage() == 1).view(np.uint8), np.ones((5, 5), np.uint8)).view(np.bool_)
    assert (new.alpha[deep] == 1).all()
    assert np.array_equal(new.image[new.alpha == 1], picture[new.alpha == 1])


def test_outside_the_mark_nothing_of_the_old_picture_stays() -> None:
    picture = mixed(studio())
    picture[10:40, 10:60] = (200, 30, 30)
    new = background.replace(picture, box(), ground="#2747B8")
    assert np.all(new.image[5:45, 5:65] == hex_to_rgb("#2747B8"))


def test_protected_pixels_keep_every_bit() -> None:
    picture, protect = mixed(studio()), np.zeros((HEIGHT, WIDTH), np.bool_)
    protect[5:45, 5:250] = True
    new = background.replace(picture, box(), ground="#2747B8", protect=protect)
    assert np.array_equal(new.image[protect], picture[protect])
    clear = background.replace(picture, box(), ground=None, protect=protect)
    assert np.array_equal(clear.image[protect][:, :3], picture[protect])
    assert (clear.image[protect][:, 3] == 255).all()


def test_a_transparent_ground_leaves_no_old_colour_under_partial_alpha() -> None:
    clear = background.replace(mixed(flat("#FFFFFF"), "#2747B8"), box(), ground=None).image
    assert clear.shape[2] == 4
    assert (clear[clear[..., 3] == 0] == 0).all()
    partial = (clear[..., 3] > 25) & (clear[..., 3] < 230)
    product = np.rint(to_levels(np.broadcast_to(lit("#2747B8"), (HEIGHT, WIDTH, 3)))).astype(np.uint8)
    assert partial.sum() > 100
    assert delta_e_2000(to_lab(clear[..., :3]), to_lab(product))[partial].mean() < 5


def test_the_alpha_of_a_transparent_picture_is_its_cut_out() -> None:
    source = np.dstack([np.full((HEIGHT, WIDTH, 3), (39, 71, 184)), np.rint(coverage() * 255)]).astype(np.uint8)
    new = background.replace(source, np.ones((HEIGHT, WIDTH), np.bool_), ground="#F6F0E4")
    assert new.image.shape[2] == 4
    assert (new.image[..., 3] == 255).all()
    assert np.array_equal(np.rint(new.alpha * 255).astype(np.uint8), source[..., 3])
    again = background.replace(source, np.ones((HEIGHT, WIDTH), np.bool_), ground=None).image
    assert np.array_equal(again[source[..., 3] > 0], source[source[..., 3] > 0])


def test_a_compressed_picture_is_cut_along_its_edge() -> None:
    picture = intake.read(encoded(mixed(studio(), "#2747B8"), "JPEG", quality=88)).array
    new = background.replace(picture, box(), ground="#FFFFFF")
    assert iou(new.alpha) > 0.98
    assert new.doubts == ()


@pytest.mark.parametrize("darker", [0.8, 0.92, 0.97])
def test_a_product_of_nearly_its_grounds_colour_is_found_or_doubted(darker: float) -> None:
    ground, alpha = studio(), coverage()[..., None]
    levels = to_levels(alpha * ground * darker + (1 - alpha) * ground)
    noise = np.random.default_rng(1).standard_normal(levels.shape) * 0.8
    same = np.clip(np.rint(levels + noise), 0, 255).astype(np.uint8)
    same[120:160, 120:180] = (181, 83, 47)
    found = background.cut_out(same, box())
    assert iou(found.alpha) > 0.97 or found.doubts


def test_a_product_that_the_mark_cuts_is_doubted() -> None:
    cut = background.cut_out(mixed(studio()), box(left=120))
    assert any("cut by the mark" in doubt for doubt in cut.doubts)


def test_a_busy_ground_is_doubted() -> None:
    rng = np.random.default_rng(3)
    patches = cv2.resize(
        rng.integers(20, 235, (13, 16, 3)).astype(np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC
    )
    cut = background.cut_out(mixed(LINEAR[patches], shadow=False), box())
    assert any("busy" in doubt for doubt in cut.doubts)


def test_two_things_in_the_mark_are_said() -> None:
    picture = mixed(studio())
    picture[60:110, 240:262] = (30, 90, 60)
    cut = background.cut_out(picture, box())
    assert any("2 separate things" in doubt for doubt in cut.doubts)


def test_marks_that_cannot_work_are_refused_with_what_would() -> None:
    picture = mixed(studio())
    with pytest.raises(InvalidInput, match="whole picture"):
        background.cut_out(picture, np.ones((HEIGHT, WIDTH), np.bool_))
    with pytest.raises(InvalidInput, match="Nothing is marked"):
        background.cut_out(picture, np.zeros((HEIGHT, WIDTH), np.bool_))
    with pytest.raises(InvalidInput, match="stands out"):
        background.cut_out(np.full_like(picture, 200), box())
    with pytest.raises(InvalidInput, match="height and width"):
        background.cut_out(picture, box()[:-1])


def test_a_gradient_shows_no_bands_and_ends_on_its_colours() -> None:
    drawn, _ = grounds.rows(grounds.Gradient("#2747B8", "#2A4ABC", 0), (256, 64))
    levels = drawn(0, 64)
    whole = grounds.dithered(levels, 0)
    means = cv2.blur(whole.astype(np.float32), (16, 16)) - cv2.blur(levels, (16, 16))
    assert np.abs(means[8:-8, 8:-8]).max() < 0.12
    assert np.abs(whole[:, 0].mean(0) - hex_to_rgb("#2747B8")).max() < 0.2
    assert np.abs(whole[:, -1].mean(0) - hex_to_rgb("#2A4ABC")).max() < 0.2


def test_a_gradient_turns_with_its_angle_and_does_not_depend_on_the_strip() -> None:
    down, _ = grounds.rows(grounds.Gradient("#000000", "#FFFFFF", 90), (40, 100))
    assert down(0, 1).max() < 3
    assert down(99, 100).min() > 252
    slanted, _ = grounds.rows(grounds.Gradient("#000000", "#FFFFFF", 45), (60, 60))
    assert slanted(0, 1)[0, 0].max() < 5 < 250 < slanted(59, 60)[0, -1].min()
    halves = np.vstack([grounds.dithered(slanted(0, 30), 0), grounds.dithered(slanted(30, 60), 30)])
    assert np.array_equal(halves, grounds.dithered(slanted(0, 60), 0))


def test_a_flat_ground_is_exactly_its_colour() -> None:
    levels, _ = grounds.rows("#2747B8", (50, 40))
    assert np.all(grounds.dithered(levels(0, 40), 0) == hex_to_rgb("#2747B8"))


def test_a_background_picture_covers_the_frame_around_its_middle() -> None:
    picture = np.zeros((100, 300, 3), np.uint8)
    picture[:, 100:200] = (200, 100, 50)
    covered, doubts = grounds.cover(picture, (100, 100))
    assert np.array_equal(covered, picture[:, 100:200])
    assert doubts == ()
    _, doubts = grounds.cover(picture, (200, 200))
    assert "enlarged 2.0 times" in doubts[0]
    with pytest.raises(InvalidInput, match="opaque"):
        grounds.cover(np.zeros((50, 50, 4), np.uint8), (100, 100))


def test_a_surface_is_not_pulled_down_by_a_shadow() -> None:
    empty = np.clip(np.rint(to_levels(studio())), 0, 255).astype(np.uint8)
    shaded = np.clip(np.rint(to_levels(studio() * shade()[..., None])), 0, 255).astype(np.uint8)
    fitted = backdrop.fit(shaded, ~box())
    assert fitted.even
    assert np.abs(fitted.levels - empty).mean() < 1.5


def test_the_same_picture_gives_the_same_cut() -> None:
    rng = np.random.default_rng(3)
    patches = cv2.resize(
        rng.integers(20, 235, (13, 16, 3)).astype(np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC
    )
    picture = mixed(LINEAR[patches], shadow=False)
    cv2.setRNGSeed(77)
    first = background.cut_out(picture, box()).alpha
    assert np.array_equal(first, background.cut_out(picture, box()).alpha)
