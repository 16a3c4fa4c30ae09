"""Colour areas are found where people see them, whole in light and shade, and their outlines hold them."""

import numpy as np
import pytest

from tests.scenes import poster, rgb
from workbench.imaging import areas, painting

SIZE = (320, 240)


def painted(outline, size=SIZE):
    return painting.mask({"shapes": [{"polygon": [list(point) for point in outline]}]}, size)


def overlap(one, other):
    return (one & other).sum() / (one | other).sum()


def nearest(found, colour):
    return min(found, key=lambda area: np.abs(np.subtract(rgb(area.hex), rgb(colour))).sum())


def test_each_shape_of_a_poster_is_an_area_with_its_colour_and_share():
    picture = poster()
    found = areas.areas(picture)
    for colour, truth in {
        "#B5532F": (picture == rgb("#B5532F")).all(axis=2),
        "#2A2724": (picture == rgb("#2A2724")).all(axis=2),
    }.items():
        mine = [area for area in found if np.abs(np.subtract(rgb(area.hex), rgb(colour))).max() <= 3]
        together = np.logical_or.reduce([painted(area.outline) for area in mine])
        assert not (truth & ~together).any(), "an outline runs outside its area"
        assert (together & ~painting.grown(truth, 4)).sum() <= 3
        assert sum(area.share for area in mine) == pytest.approx(truth.mean(), abs=0.03)  # soft edges belong to it
    assert [area.share for area in found] == sorted((area.share for area in found), reverse=True)
    assert nearest(found, "#F6F0E4").share > 0.5


def test_a_ground_leaves_out_what_stands_on_it_and_print_is_no_hole():
    picture = np.full((240, 320, 3), rgb("#F6F0E4"), np.uint8)
    picture[60:180, 100:220] = rgb("#2747B8")
    picture[20:24, 20:40] = rgb("#2A2724")
    ground = nearest(areas.areas(picture), "#F6F0E4")
    mask = painted(ground.outline)
    assert not mask[120, 160] and mask[22, 30] and mask[5, 5] and mask[239, 319]
    assert len(ground.rings) == 2
    assert overlap(mask, (picture == rgb("#F6F0E4")).all(axis=2)) > 0.97


def test_a_shaded_product_is_one_area_and_its_grey_shadow_another():
    rows, columns = np.mgrid[:240, :320]
    picture = np.full((240, 320, 3), 214, np.float64)
    shadow = (rows > 150) & (rows < 200) & (columns > 200)
    picture[shadow] = 120
    product = (rows > 40) & (rows < 200) & (columns > 80) & (columns < 200)
    light = 0.55 + 0.45 * np.cos((columns - 120) / 70)
    picture[product] = (np.array(rgb("#7A8F6A")) * light[..., None])[product]
    found = areas.areas(np.clip(picture, 0, 255).astype(np.uint8))
    green = max(found, key=lambda area: overlap(painted(area.outline), product))
    assert overlap(painted(green.outline), product) > 0.85
    assert not painted(green.outline)[175, 280]


def test_what_is_transparent_is_in_no_area():
    picture = np.dstack([poster(), np.full((240, 320), 255, np.uint8)])
    picture[:, 200:, 3] = 0
    for area in areas.areas(picture):
        assert painted(area.outline)[:, 204:].mean() < 0.01
    picture[..., 3] = 0
    assert areas.areas(picture) == []


def test_the_same_picture_gives_the_same_areas_and_a_recipe_takes_them():
    noise = np.random.default_rng(7).integers(0, 256, (240, 320, 3), np.uint8)
    for picture in (poster(), noise, np.full((16, 16, 3), 90, np.uint8), poster(width=1600, height=1200)):
        found = areas.areas(picture)
        assert found == areas.areas(picture)
        assert len(found) <= 24
        for area in found:
            assert 3 <= len(area.outline) <= 2000
            assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in area.outline)
    assert areas.areas(np.full((16, 16, 3), 90, np.uint8))[0].hex == "#5A5A5A"


def test_an_outline_lies_at_the_same_place_in_the_picture_as_in_its_preview():
    large, small = poster(width=1600, height=1200), poster(width=400, height=300)
    for size, picture in (((1600, 1200), small), ((400, 300), large)):
        main = nearest(areas.areas(picture), "#B5532F")
        truth = (poster(width=size[0], height=size[1]) == rgb("#B5532F")).all(axis=2)
        assert (truth & ~painted(main.outline, size)).sum() < 0.55 * truth.sum(), "one of the two shapes is it"
        assert (painted(main.outline, size) & ~truth).sum() < 0.08 * truth.sum()
