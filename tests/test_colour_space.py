"""Colour conversions and ΔE2000 against published values and scikit-image."""

import numpy as np
import pytest
from skimage import color

from workbench.errors import InvalidInput
from workbench.imaging import colour_space

RANDOM = np.random.default_rng(0)
PICTURE = RANDOM.integers(0, 256, (64, 64, 3), dtype=np.uint8)
OTHER = RANDOM.integers(0, 256, (64, 64, 3), dtype=np.uint8)


@pytest.mark.parametrize("text", ["#0057B8", "0057b8", " #0057B8 "])
def test_a_hex_colour_becomes_three_bytes_and_back(text):
    rgb = colour_space.hex_to_rgb(text)
    assert rgb.dtype == np.uint8
    assert rgb.tolist() == [0, 87, 184]
    assert colour_space.rgb_to_hex(rgb) == "#0057B8"


@pytest.mark.parametrize("junk", ["", "#12345", "blue", "#GG0000", "##0057B8", "#0057B8FF", None, 5])
def test_junk_is_refused_with_a_sentence(junk):
    with pytest.raises(InvalidInput, match="not a colour"):
        colour_space.hex_to_rgb(junk)


def test_every_byte_survives_linear_light():
    levels = np.arange(256, dtype=np.uint8)
    assert np.array_equal(colour_space.from_linear(colour_space.to_linear(levels)), levels)


def test_cielab_agrees_with_scikit_image():
    assert np.abs(colour_space.to_lab(PICTURE) - color.rgb2lab(PICTURE)).max() < 0.001


def test_oklab_has_its_published_values_and_one_result_for_both_shapes():
    red = colour_space.to_oklab(np.array([[255, 0, 0], [255, 255, 255]], np.uint8))
    assert red == pytest.approx(np.array([[0.62796, 0.22486, 0.12585], [1, 0, 0]]), abs=2e-4)
    rows = colour_space.to_oklab(PICTURE.reshape(-1, 3)).reshape(PICTURE.shape)
    assert np.abs(rows - colour_space.to_oklab(PICTURE)).max() < 1e-5


def test_delta_e_2000_agrees_with_scikit_image():
    one, two = color.rgb2lab(PICTURE), color.rgb2lab(OTHER)
    assert np.abs(colour_space.delta_e_2000(one, two) - color.deltaE_ciede2000(one, two)).max() < 1e-3


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_delta_e_2000_has_the_values_of_sharma_2005(one, two, expected):
    assert float(colour_space.delta_e_2000(one, two)) == pytest.approx(expected, abs=1e-4)
