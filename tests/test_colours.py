"""Colour swap against pictures drawn with the source and with the target colour."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage import data

from workbench.errors import InvalidInput
from workbench.imaging import colours
from workbench.imaging.colour_space import delta_e_2000, from_linear, hex_to_rgb, to_lab, to_linear

RED, BLUE, ORANGE, GREEN = "#E4002B", "#0057B8", "#FF6A13", "#00A651"
WIDTH, HEIGHT = 480, 360


def coverage(draw, oversampling=8):
    big = Image.new("L", (WIDTH * oversampling, HEIGHT * oversampling))
    draw(ImageDraw.Draw(big), oversampling)
    return np.asarray(big.resize((WIDTH, HEIGHT), Image.Resampling.BOX), np.float64)[..., None] / 255


def shapes(draw, s):
    draw.ellipse([30 * s, 30 * s, 190 * s, 190 * s], fill=255)
    draw.polygon([(240 * s, 40 * s), (450 * s, 70 * s), (330 * s, 200 * s)], fill=255)
    draw.rounded_rectangle([60 * s, 230 * s, 300 * s, 330 * s], 20 * s, fill=255)


def ground(name):
    if name == "white":
        return np.full((HEIGHT, WIDTH, 3), 255.0)
    photo = Image.fromarray(getattr(data, name)()).convert("RGB")
    return np.asarray(photo.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), np.float64)


def flat_scene(behind, colour):
    share = coverage(shapes)
    return np.rint(ground(behind) * (1 - share) + hex_to_rgb(colour) * share).astype(np.uint8), share[..., 0]


def shaded_scene(behind, colour):
    """A glossy can, lit in linear light."""
    share = coverage(lambda d, s: d.rounded_rectangle([150 * s, 40 * s, 330 * s, 320 * s], 24 * s, fill=255))
    across = np.clip((np.arange(WIDTH)[None, :, None] - 240) / 90, -1, 1)
    shade = 0.35 + 0.6 * np.clip(np.sqrt(1 - across**2) * 0.8 - across * 0.4, 0, 1)
    gloss = 0.3 * np.exp(-(((across + 0.5) / 0.1) ** 2))
    body = np.broadcast_to(from_linear(shade * to_linear(hex_to_rgb(colour)) + gloss), (HEIGHT, WIDTH, 3))
    return np.rint(ground(behind) * (1 - share) + body * share).astype(np.uint8), share[..., 0]


def difference(one, two):
    return delta_e_2000(to_lab(one[..., :3]), to_lab(two[..., :3]))


def changed(one, two):
    return (one != two).any(axis=-1)


@pytest.mark.parametrize(("behind", "edge_limit"), [("white", 0.25), ("coffee", 1.5), ("chelsea", 1.5)])
@pytest.mark.parametrize(("source", "target"), [(RED, BLUE), (BLUE, ORANGE)])
def test_flat_areas_are_exact_and_edges_unmixed(behind, edge_limit, source, target):
    picture, share = flat_scene(behind, source)
    truth, _ = flat_scene(behind, target)
    result = colours.swap(picture, source, target, mode="flat")
    off = difference(result, truth)
    assert off[share == 1].max() == 0
    assert off[(share > 0) & (share < 1)].mean() <= edge_limit
    assert changed(result, picture)[share == 0].mean() <= 0.0015


@pytest.mark.parametrize("behind", ["white", "chelsea"])
@pytest.mark.parametrize(("source", "target"), [(RED, BLUE), (GREEN, RED)])
def test_shading_and_gloss_stay_when_a_product_changes_colour(behind, source, target):
    picture, share = shaded_scene(behind, source)
    truth, _ = shaded_scene(behind, target)
    result = colours.swap(picture, source, target, mode="shaded")
    assert difference(result, truth)[share > 0].mean() <= 0.5
    assert changed(result, picture)[share == 0].mean() <= 0.002


def test_a_jpeg_keeps_its_flat_cores_close_and_is_said_to_be_doubtful():
    picture, share = flat_scene("white", RED)
    truth, _ = flat_scene("white", BLUE)
    stored = io.BytesIO()
    Image.fromarray(picture).save(stored, "JPEG", quality=90)
    read = np.asarray(Image.open(stored).convert("RGB"))
    swapped = colours.swap_details(read, [(RED, BLUE)], mode="flat")
    assert np.percentile(difference(swapped.image, truth)[share == 1], 95) <= 1.7
    assert any("JPEG" in doubt for doubt in swapped.doubts)


def as_jpeg(picture, subsampling):
    stored = io.BytesIO()
    Image.fromarray(picture).save(stored, "JPEG", quality=92, subsampling=subsampling)
    return np.asarray(Image.open(stored).convert("RGB"))


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
def test_a_jpeg_product_keeps_no_fringe_of_the_old_colour(subsampling):
    picture, share = shaded_scene("coffee", RED)
    truth, _ = shaded_scene("coffee", BLUE)
    result = colours.swap(as_jpeg(picture, subsampling), RED, BLUE, mode="shaded")
    off, best = difference(result, truth), difference(as_jpeg(truth, subsampling), truth)
    edge = (share > 0) & (share < 1)
    assert off[share == 1].mean() <= 1
    assert off[edge].mean() <= max(5, 1.25 * best[edge].mean())
    assert (off[share > 0.5] > 15).mean() <= 0.005


def shadowed_scene(colour):
    """One flat ground with a soft shadow across it and white print on top."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / 100
    shadow = 0.6 * np.exp(-(((y - 2.6) / 0.25) ** 2)) / (1 + np.exp(-(x - 2.2) * 6))
    shadow[shadow < 0.01] = 0
    lit = from_linear(to_linear(hex_to_rgb(colour)) * (1 - shadow[..., None])).astype(np.float64)
    words = coverage(lambda d, s: d.rectangle([60 * s, 60 * s, 300 * s, 90 * s], fill=255))
    grain = np.random.default_rng(3).normal(0, 0.6, shadow.shape) * (shadow > 0)
    return np.rint(lit * (1 - words) + 255 * words + grain[..., None]).clip(0, 255).astype(np.uint8), shadow


def test_a_shadow_on_a_flat_ground_takes_the_new_colour_along():
    picture, shadow = shadowed_scene("#7A8F6A")
    truth, _ = shadowed_scene(BLUE)
    swapped = colours.swap_details(picture, [("#7A8F6A", BLUE)])
    off = difference(swapped.image, truth)
    assert swapped.modes == ("shaded",)
    assert off[shadow > 0].mean() <= 1
    assert off[(shadow == 0) & (picture == hex_to_rgb("#7A8F6A")).all(axis=-1)].max() == 0
    assert not swapped.doubts


def test_what_kept_the_old_colour_is_never_passed_over_in_silence():
    picture, _ = shadowed_scene("#7A8F6A")
    swapped = colours.swap_details(picture, [("#7A8F6A", BLUE)], mode="flat")
    assert any("kept the old colour" in doubt for doubt in swapped.doubts)
    clean, _ = flat_scene("white", RED)
    assert not colours.swap_details(clean, [(RED, BLUE)]).doubts


@pytest.mark.parametrize("colour", ["#7A8F6A", "#4F7A63", "#B5532F"])
def test_a_softly_grained_product_raises_no_doubt(colour):
    picture, share = shaded_scene("white", colour)
    grain = np.random.default_rng(5).normal(0, 0.8, picture.shape[:2])
    grained = np.rint(picture + grain[..., None]).clip(0, 255).astype(np.uint8)
    truth = np.rint(shaded_scene("white", BLUE)[0] + grain[..., None]).clip(0, 255).astype(np.uint8)
    swapped = colours.swap_details(grained, [(colour, BLUE)], mode="shaded")
    assert difference(swapped.image, truth)[share > 0].mean() <= 1
    assert not swapped.doubts


def test_clipped_highlights_are_said_to_be_doubtful():
    picture, _ = shaded_scene("coffee", "#FFC400")
    washed = np.clip(picture.astype(int) + 30, 0, 255).astype(np.uint8)
    swapped = colours.swap_details(washed, [("#FFC400", BLUE)], mode="shaded")
    assert any("too bright" in doubt for doubt in swapped.doubts)


@pytest.mark.parametrize("mode", ["flat", "shaded", "auto"])
def test_nothing_outside_the_region_or_under_protection_changes(mode):
    picture, _ = (flat_scene if mode == "flat" else shaded_scene)("coffee", RED)
    region, protect = np.zeros((2, HEIGHT, WIDTH), bool)
    region[60:300, 100:260] = True
    protect[150:200, 150:400] = True
    before = picture.copy()
    result = colours.swap(picture, RED, BLUE, mode=mode, region=region, protect=protect)
    assert not changed(result, before)[~region | protect].any()
    assert changed(result, before)[region & ~protect].sum() > 1000
    assert np.array_equal(picture, before)


def test_two_colours_exchange_places():
    picture = np.full((60, 90, 3), 255, np.uint8)
    picture[10:50, 10:45], picture[10:50, 45:80] = hex_to_rgb(RED), hex_to_rgb(BLUE)
    result = colours.swap_many(picture, [(RED, BLUE), (BLUE, RED)], mode="flat")
    assert np.array_equal(result[10:50, 10:80], picture[10:50, 10:80][:, ::-1])
    assert np.array_equal(result[:10], picture[:10])


def test_alpha_and_hidden_pixels_stay_as_they_are():
    picture = np.zeros((80, 80, 4), np.uint8)
    picture[..., :3] = hex_to_rgb(RED)
    picture[20:60, 20:60, 3] = 255
    picture[20:60, 20, 3] = 100
    result = colours.swap(picture, RED, BLUE)
    assert np.array_equal(result[..., 3], picture[..., 3])
    shown = picture[..., 3] > 0
    assert np.array_equal(result[~shown], picture[~shown])
    assert (result[shown][:, :3] == hex_to_rgb(BLUE)).all()


@pytest.mark.parametrize("mode", ["flat", "shaded", "auto"])
def test_an_absent_colour_leaves_an_equal_copy_and_the_nearest_is_named(mode):
    picture, _ = flat_scene("white", RED)
    result = colours.swap(picture, GREEN, BLUE, mode=mode)
    assert result is not picture
    assert np.array_equal(result, picture)
    assert colours.swap_details(picture, [(GREEN, BLUE)], mode=mode).missing == (GREEN,)
    assert colours.nearest(picture, "#D8102F") == RED


def test_auto_tells_drawn_from_lit():
    assert colours.resolve_mode(flat_scene("coffee", ORANGE)[0], ORANGE) == "flat"
    assert colours.resolve_mode(flat_scene("white", "#222222")[0], "#222222") == "flat"
    assert colours.resolve_mode(shaded_scene("chelsea", RED)[0], RED) == "shaded"
    assert colours.swap_details(shaded_scene("white", BLUE)[0], [(BLUE, RED)]).modes == ("shaded",)


@pytest.mark.parametrize("target", ["#FFFFFF", "#222222", "#808080"])
def test_black_grey_and_white_are_colours_too(target):
    picture, share = flat_scene("chelsea", RED)
    assert (colours.swap(picture, RED, target)[share == 1] == hex_to_rgb(target)).all()
    back, share = flat_scene("white", "#222222")
    assert (colours.swap(back, "#222222", target)[share == 1] == hex_to_rgb(target)).all()


def test_a_grey_product_is_said_to_be_doubtful():
    picture, _ = shaded_scene("white", "#808080")
    swapped = colours.swap_details(picture, [("#808080", RED)], mode="shaded")
    assert any("grey" in doubt for doubt in swapped.doubts)


def test_small_print_is_recoloured_to_its_last_stroke():
    share = coverage(
        lambda d, s: [d.line([(40 * s, y * s), (440 * s, (y + 9) * s)], 255, 9) for y in range(60, 300, 30)]
    )
    share = np.maximum(share, coverage(lambda d, s: d.rectangle([20 * s, 20 * s, 90 * s, 45 * s], fill=255)))
    picture, truth = (np.rint(255 * (1 - share) + hex_to_rgb(c) * share).astype(np.uint8) for c in (RED, BLUE))
    result = colours.swap(picture, RED, BLUE, mode="flat", region=np.ones((HEIGHT, WIDTH), bool))
    assert difference(result, truth)[(share[..., 0] > 0)].mean() <= 0.6


def test_the_palette_lists_flat_colours_largest_first():
    picture, _ = flat_scene("white", RED)
    assert colours.palette(picture) == ["#FFFFFF", RED]


@pytest.mark.parametrize(
    "change",
    [
        {"image": np.zeros((20, 20), np.uint8)},
        {"image": np.zeros((20, 20, 3), np.float32)},
        {"source": "red"},
        {"target": "#12"},
        {"mode": "best"},
        {"tolerance": 300},
        {"region": np.ones((20, 21), bool)},
        {"region": np.ones((20, 20), np.uint8)},
        {"protect": np.ones((2, 20), bool)},
    ],
)
def test_wrong_input_is_refused_with_a_sentence(change):
    arguments = {"image": np.zeros((20, 20, 3), np.uint8), "source": RED, "target": BLUE, **change}
    with pytest.raises(InvalidInput, match=r"\.$"):
        colours.swap(**arguments)


def test_tiny_pictures_and_empty_regions_are_harmless():
    for shape in ((1, 1, 3), (1, 9, 3), (16, 16, 4)):
        picture = np.full(shape, 200, np.uint8)
        for mode in ("flat", "shaded", "auto"):
            assert colours.swap(picture, "#C8C8C8", RED, mode=mode).shape == shape
            nowhere = np.zeros(shape[:2], bool)
            assert np.array_equal(colours.swap(picture, "#C8C8C8", RED, mode=mode, region=nowhere), picture)
