"""Colour stored at half size is recognised and put back where it was drawn."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage import data

from workbench.imaging import chroma
from workbench.imaging.chroma import Grid


def stored(picture, subsampling):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=90, subsampling=subsampling)
    return np.asarray(Image.open(file).convert("RGB"))


def poster():
    big = Image.new("RGB", (1920, 1440), "#F6F0E4")
    draw = ImageDraw.Draw(big)
    for i in range(9):
        draw.ellipse([200 * i, 150 * i, 200 * i + 330, 150 * i + 370], fill=["#B5532F", "#2747B8", "#4F7A63"][i % 3])
    return np.asarray(big.resize((480, 360), Image.Resampling.BOX))


@pytest.mark.parametrize("picture", [poster(), data.astronaut(), data.rocket()], ids=["poster", "astronaut", "rocket"])
def test_the_grid_of_stored_colour_is_recognised(picture):
    assert chroma.grid(picture) is None
    assert chroma.grid(stored(picture, "4:4:4")) is None
    assert chroma.grid(stored(picture, "4:2:2")) == Grid(down=1, right=2)
    assert chroma.grid(stored(picture, "4:2:0")) == Grid(down=2, right=2)
    cropped = np.ascontiguousarray(stored(picture, "4:2:0")[1:, 1:])
    assert chroma.grid(cropped) == Grid(down=2, right=2, top=1, left=1)


def test_a_picture_that_was_enlarged_as_a_whole_is_left_alone():
    small = Image.fromarray(poster())
    assert chroma.grid(np.asarray(small.resize((960, 720), Image.Resampling.BILINEAR))) is None


@pytest.mark.parametrize("offset", [0, 1])
def test_edges_come_back_to_half_their_error(offset):
    truth = poster()[offset:, offset:]
    read = np.ascontiguousarray(stored(poster(), "4:2:0")[offset:, offset:])
    sharp = chroma.sharpened(read, Grid(2, 2, offset, offset))
    edge = np.abs(np.diff(truth.astype(int), axis=1, prepend=truth[:, :1])).max(-1) > 30
    before, after = (np.abs(picture.astype(int) - truth)[edge].mean() for picture in (read, sharp))
    assert after < 0.6 * before
    assert np.abs(sharp.astype(int) @ [299, 587, 114] - read.astype(int) @ [299, 587, 114]).mean() < 1500


def test_strips_meet_without_a_seam():
    picture = np.tile(stored(poster(), "4:2:0"), (2, 1, 1))
    whole = chroma.sharpened(picture, Grid(2, 2))
    shifted = chroma.sharpened(np.ascontiguousarray(picture[64:]), Grid(2, 2))
    assert np.abs(whole[96:].astype(int) - shifted[32:]).max() <= 1


def test_tiny_pictures_have_no_grid():
    for shape in ((1, 1, 3), (2, 3, 3), (16, 16, 3)):
        assert chroma.grid(np.full(shape, 90, np.uint8)) is None
