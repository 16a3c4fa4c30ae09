"""Previews: size, format, truth to the picture, and the hashes that find it again."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs
from skimage.metrics import structural_similarity

from tests.encoded import WIDE, file
from workbench.imaging import intake, previews
from workbench.imaging.phash import distance, phash


def opened(data):
    return Image.open(io.BytesIO(data))


def picture_of(pixels, format="PNG", **options):
    return intake.read(file(Image.fromarray(pixels), format, **options))


def photograph(width=1200, height=800):
    """A photograph with grain down to the pixel, so that resampling has something to lose."""
    image = Image.fromarray(photographs.coffee()).resize((width, height), Image.Resampling.LANCZOS)
    noise = np.random.default_rng(1).normal(0, 6, (height, width, 1))
    return np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)


def flat_art(width=1200, height=800):
    pixels = np.full((height, width, 3), (246, 240, 228), np.uint8)
    pixels[200:500, 300:700] = (39, 71, 184)
    pixels[500:520] = (181, 83, 47)
    return pixels


def ssim(a, b):
    return structural_similarity(
        a, b, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
    )


def test_a_photograph_becomes_two_jpegs_that_look_like_it():
    made = previews.make(picture_of(photograph(2000, 500), "JPEG", quality=95))
    assert (made.large_media_type, made.small_media_type) == ("image/jpeg", "image/jpeg")
    assert opened(made.large).size == (1600, 400)
    assert opened(made.small).size == (512, 128)


@pytest.mark.parametrize("name", ["coffee", "astronaut", "chelsea"])
def test_the_encoded_preview_of_a_photograph_is_true_to_it(name):
    pixels = getattr(photographs, name)()
    large = np.asarray(opened(previews.make(picture_of(pixels)).large))
    assert ssim(large, pixels) >= 0.95


@pytest.mark.parametrize("width", [1650, 2400, 3201, 4000])
def test_the_small_preview_is_as_good_as_one_from_the_full_picture(width):
    pixels = photograph(width, 240)
    large = previews.fit(Image.fromarray(pixels), previews.LARGE, reducing_gap=1.0)
    small = np.asarray(previews.fit(large, previews.SMALL))
    ideal = np.asarray(Image.fromarray(pixels).resize(small.shape[1::-1], Image.Resampling.LANCZOS))
    assert ssim(small, ideal) >= 0.99


@pytest.mark.parametrize("size", [(20, 30), (512, 100), (513, 100), (1600, 16), (1601, 16)])
def test_nothing_is_enlarged(size):
    made = previews.make(picture_of(photograph(*size)))
    assert max(opened(made.large).size) == min(1600, max(size))
    assert max(opened(made.small).size) == min(512, max(size))


def test_flat_art_keeps_its_exact_colours():
    made = previews.make(picture_of(flat_art()))
    for encoded, media_type in ((made.large, made.large_media_type), (made.small, made.small_media_type)):
        assert media_type == "image/webp"
        pixels = np.asarray(opened(encoded).convert("RGB"))
        assert ((pixels == (39, 71, 184)).all(axis=2)).mean() > 0.1
    assert np.array_equal(np.asarray(opened(made.large).convert("RGB")), flat_art())


def test_transparency_is_kept_without_loss_and_without_fringes():
    pixels = np.dstack([photograph(700, 400), np.full((400, 700), 255, np.uint8)])
    pixels[:, :351] = (255, 0, 255, 0)
    made = previews.make(picture_of(pixels))
    assert (made.large_media_type, made.small_media_type) == ("image/webp", "image/webp")
    small = np.asarray(opened(made.small)).astype(int)
    edge = small[(small[..., 3] > 40) & (small[..., 3] < 215)]
    inside = small[small[..., 3] == 255]
    # The hidden magenta must not bleed into the edge.
    assert len(edge)
    assert edge[:, 2].mean() < inside[:, 2].mean() + 40


def test_an_alpha_channel_without_transparency_changes_nothing():
    pixels = photograph(600, 400)
    opaque = previews.make(picture_of(np.dstack([pixels, np.full((400, 600), 255, np.uint8)])))
    assert opaque == previews.make(picture_of(pixels))


def test_previews_are_srgb_and_carry_no_metadata():
    made = previews.make(picture_of(flat_art(), icc_profile=WIDE))
    assert "icc_profile" not in opened(made.large).info
    seen = np.asarray(opened(made.large).convert("RGB"))
    assert not np.array_equal(seen[300, 400], (39, 71, 184))
    assert np.array_equal(seen, picture_of(flat_art(), icc_profile=WIDE).array)


def test_the_pixel_hash_is_of_pixels_and_not_of_files():
    pixels = flat_art(300, 200)[:, :, :3]

    def digest(*args, **options):
        return previews.pixel_sha256(picture_of(*args, **options))

    known = digest(pixels)
    assert known == digest(pixels, "WEBP", lossless=True)
    assert known == digest(pixels, compress_level=9, dpi=(300, 300))
    assert known == previews.make(picture_of(pixels)).pixel_sha256
    other = pixels.copy()
    other[7, 7, 1] ^= 1
    assert known != digest(other)
    assert known != digest(pixels, icc_profile=WIDE)
    assert known != digest(pixels.reshape(300, 200, 3))


def test_looks_are_found_again_and_others_are_told_apart():
    pixels = photograph(900, 600)
    made = previews.make(picture_of(pixels))
    smaller = previews.make(picture_of(photograph(450, 300), "JPEG", quality=60))
    assert 0 <= made.phash < 2**64
    assert distance(made.phash, smaller.phash) <= 4
    assert distance(made.phash, phash(photographs.astronaut())) > 12
    assert distance(0b1011, 0b0001) == 2
    assert phash(np.full((40, 40, 3), 90, np.uint8)) == phash(np.full((50, 30, 3), 90, np.uint8))
