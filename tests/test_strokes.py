"""Thin strokes, edges blended in light, and what a swap says it may have left behind."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage import data

from workbench.errors import InvalidInput
from workbench.imaging import colours, matting
from workbench.imaging.colour_space import delta_e_2000, from_linear, hex_to_rgb, to_lab, to_linear

RED, TEAL, PAPER = "#D7263D", "#1B998B", "#EFE6D8"
WIDTH, HEIGHT, OVER = 420, 300, 6


def coverage(draw):
    big = Image.new("L", (WIDTH * OVER, HEIGHT * OVER))
    draw(ImageDraw.Draw(big), OVER)
    return np.asarray(big.resize((WIDTH, HEIGHT), Image.Resampling.BOX), np.float64)[..., None] / 255


def disc(draw, s):
    draw.ellipse([60 * s, 40 * s, 260 * s, 240 * s], fill=255)


def print_and_disc(draw, s):
    draw.ellipse([30 * s, 60 * s, 180 * s, 210 * s], fill=255)
    for row, width in enumerate((0.9, 1.3, 1.9, 2.4)):
        line = [(x * s, (50 + 55 * row + 12 * np.sin(x / 20)) * s) for x in range(210, 400)]
        draw.line(line, 255, round(width * s))


def wires(draw, s):
    for row, width in enumerate((1.0, 1.6, 2.4, 3.4)):
        line = [(x * s, (45 + 65 * row + 14 * np.sin(x / 30 + row)) * s) for x in range(30, 390)]
        draw.line(line, 255, round(width * s))


def photo(name):
    picture = getattr(data, name)()
    picture = picture[0] if isinstance(picture, tuple) else picture
    return np.asarray(Image.fromarray(picture).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), np.float64)


def drawn(draw, colour, ground, *, linear=False, shade=1.0):
    """A picture in one colour, blended as levels or in linear light, and the share of paint."""
    share = coverage(draw)
    behind = np.broadcast_to(hex_to_rgb(PAPER).astype(float), (HEIGHT, WIDTH, 3)) if ground is None else photo(ground)
    lit = to_linear(hex_to_rgb(colour)) * shade
    if linear:
        return from_linear(to_linear(np.rint(behind).astype(np.uint8)) * (1 - share) + lit * share), share[..., 0]
    return np.rint(behind * (1 - share) + from_linear(lit) * share).astype(np.uint8), share[..., 0]


def difference(one, two):
    return delta_e_2000(to_lab(one), to_lab(two))


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("source", [RED, "#2E294E", "#5FAD56"])
def test_edges_are_unmixed_in_the_scale_they_were_blended_in(source, linear):
    picture, share = drawn(disc, source, None, linear=linear)
    truth, _ = drawn(disc, TEAL, None, linear=linear)
    swapped = colours.swap_details(picture, [(source, TEAL)], mode="flat")
    assert difference(swapped.image, truth)[(share > 0) & (share < 1)].mean() <= 0.6
    assert not swapped.doubts


def test_hairlines_on_quiet_ground_are_found_without_a_region():
    picture, share = drawn(print_and_disc, RED, None)
    truth, _ = drawn(print_and_disc, TEAL, None)
    swapped = colours.swap_details(picture, [(RED, TEAL)], mode="flat")
    assert difference(swapped.image, truth)[share > 0].mean() <= 0.3
    assert not swapped.doubts
    assert (swapped.image != picture).any(-1)[cv2.dilate(share, np.ones((9, 9))) == 0].sum() == 0


@pytest.mark.parametrize("ground", [None, "immunohistochemistry"])
def test_wires_that_light_plays_on_are_recoloured_to_the_hairline(ground):
    shade = np.linspace(0.95, 0.3, WIDTH)[None, :, None]
    picture, share = drawn(wires, "#5FAD56", ground, linear=True, shade=shade)
    truth, _ = drawn(wires, "#7B2D8B", ground, linear=True, shade=shade)
    before, region = picture.copy(), np.ones((HEIGHT, WIDTH), bool)
    swapped = colours.swap_details(picture, [("#5FAD56", "#7B2D8B")], mode="shaded", region=region)
    assert difference(swapped.image, truth)[share > 0.1].mean() <= (0.6 if ground is None else 3.5)
    assert np.array_equal(picture, before)


def test_small_print_left_on_a_photograph_is_never_passed_over_in_silence():
    picture, share = drawn(print_and_disc, RED, "immunohistochemistry")
    truth, _ = drawn(print_and_disc, TEAL, "immunohistochemistry")
    swapped = colours.swap_details(picture, [(RED, TEAL)], mode="flat")
    assert (difference(swapped.image, truth)[share > 0.3] > 12).mean() > 0.02
    assert any("keep traces of #D7263D" in doubt for doubt in swapped.doubts)


def test_edges_on_a_ground_that_cannot_be_foreseen_are_said_to_be_doubtful():
    picture, share = drawn(disc, RED, "stereo_motorcycle")
    truth, _ = drawn(disc, TEAL, "stereo_motorcycle")
    swapped = colours.swap_details(picture, [(RED, TEAL)], mode="flat")
    assert difference(swapped.image, truth)[(share > 0) & (share < 1)].mean() > 1.5
    assert any("busy" in doubt for doubt in swapped.doubts)


def test_edges_on_a_photograph_that_come_out_well_raise_no_doubt():
    picture, share = drawn(disc, RED, "rocket")
    truth, _ = drawn(disc, TEAL, "rocket")
    swapped = colours.swap_details(picture, [(RED, TEAL)], mode="flat")
    assert difference(swapped.image, truth)[(share > 0) & (share < 1)].mean() <= 1.5
    assert not swapped.doubts


def test_a_colour_too_coarse_for_its_target_is_said_to_be():
    shade = np.linspace(1.0, 0.25, WIDTH)[None, :, None]
    picture, _ = drawn(disc, "#F0A202", None, linear=True, shade=shade)
    said = [
        colours.swap_details(picture, [("#F0A202", target)], mode="shaded").doubts for target in ("#0F4C5C", "#F0B202")
    ]
    assert [any("too coarsely" in doubt for doubt in doubts) for doubts in said] == [True, False]


def test_what_is_left_of_a_colour_is_a_share_of_the_allowed_area():
    picture, share = drawn(disc, RED, None)
    swapped = colours.swap(picture, RED, TEAL, mode="flat")
    assert colours.left(picture, swapped, RED) <= 0.0005
    assert abs(colours.left(picture, picture, RED) - (share == 1).mean()) <= 0.01
    half = np.zeros((HEIGHT, WIDTH), bool)
    half[:, :160] = True
    partly = colours.swap(picture, RED, TEAL, mode="flat", region=half)
    assert colours.left(picture, partly, RED, half) <= 0.001
    assert abs(colours.left(picture, partly, RED) - (share[:, 160:] == 1).sum() / share.size) <= 0.01
    with pytest.raises(InvalidInput, match="one size"):
        colours.left(picture, swapped[:-1], RED)


def test_the_nearest_clean_pixel_is_found_near_and_far():
    random = np.random.default_rng(2)
    clean = random.random((60, 80)) < 0.01
    clean[:, :40] |= random.random((60, 40)) < 0.2
    at = np.flatnonzero(~clean)
    found = matting.nearest(clean, at)
    assert clean.ravel()[found].all()
    there = np.argwhere(clean)
    apart = np.hypot(*(np.array(np.divmod(at, 80)) - np.array(np.divmod(found, 80))))
    best = np.array([np.hypot(*(there - np.divmod(i, 80)).T).min() for i in at])
    assert np.abs(apart - best)[best <= 8].max() == 0
    assert (apart <= 1.05 * best + 0.5).all()
