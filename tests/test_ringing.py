"""Pictures that a sharp filter scaled: their edges overshoot, and a flat swap follows without a doubt."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.scenes import poster
from workbench.imaging import chroma, colours, flat
from workbench.imaging.colour_space import delta_e_2000, hex_to_rgb, to_lab

PAIRS = [("#B5532F", "#2747B8"), ("#E4002B", "#0057B8"), ("#FFC400", "#2747B8"), ("#808080", "#E4002B")]


def difference(one, two):
    return delta_e_2000(to_lab(one), to_lab(two))


@pytest.mark.parametrize(("source", "target"), [*PAIRS, ("#2A2724", "#B5532F"), ("#4F7A63", "#B5532F")])
@pytest.mark.parametrize("mode", ["flat", "auto"])
def test_a_clean_antialiased_poster_raises_no_doubt(source, target, mode):
    swapped = colours.swap_details(poster(source), [(source, target)], mode=mode)
    assert swapped.modes == ("flat",)
    assert swapped.doubts == ()


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_overshoot_beside_an_edge_takes_the_new_colour_as_well(source, target):
    picture, truth = poster(source), poster(target)
    swapped = colours.swap_details(picture, [(source, target)], mode="flat")
    off, touched = difference(swapped.image, truth), (picture != truth).any(-1)
    assert off[touched].mean() <= 0.12
    assert np.percentile(off[touched], 99) <= 1.7
    assert swapped.alpha.min() >= 0 and swapped.alpha.max() <= 1
    assert (swapped.alpha[(swapped.image != picture).any(-1)] > 0).all()


@pytest.mark.parametrize("options", [{"quality": 98, "subsampling": "4:4:4"}, {"quality": 90, "subsampling": "4:2:0"}])
def test_compression_is_never_taken_for_a_sharp_filter(options):
    file = io.BytesIO()
    Image.fromarray(poster("#B5532F")).save(file, "JPEG", **options)
    picture = np.asarray(Image.open(file).convert("RGB"))
    stored = chroma.grid(picture)
    picture = picture if stored is None else chroma.sharpened(picture, stored)
    found = flat.areas(picture, hex_to_rgb("#B5532F"), tolerance=None, opacity=None, lenient=False)
    assert not found.rings
