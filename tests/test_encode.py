"""Results as files: nothing outside the edit changes by a bit, and everything that belongs to the picture stays."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.encoded import SRGB, WIDE, file
from workbench.errors import InvalidInput
from workbench.imaging import encode, intake

NOISE = np.random.default_rng(3).integers(0, 256, (60, 80, 4), np.uint8)
LOSSLESS = {"PNG": {}, "WEBP": {"lossless": True, "exact": True}, "JPEG": {"quality": 92}}


def picture_of(format, mode="RGBA", **options):
    image = Image.fromarray(NOISE).convert("RGB" if format == "JPEG" else mode)
    return intake.read(file(image, format, **LOSSLESS[format], **options))


def edited(picture):
    result = picture.array.copy()
    result[10:30, 20:50, :3] = (39, 71, 184)
    return result


@pytest.mark.parametrize("icc", [None, SRGB, WIDE])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("format", ["PNG", "WEBP", "JPEG"])
def test_every_pixel_outside_the_edit_is_kept_bit_for_bit(format, mode, icc):
    picture = picture_of(format, mode, icc_profile=icc)
    result = edited(picture)
    made = encode.lossless(picture, result)
    mask = encode.changed(picture.array, result)
    assert encode.prove(picture, made.data, mask) == 0
    again = intake.read(made.data)
    assert again.icc == icc
    assert (again.format, made.format) == (made.format, "WEBP" if format == "WEBP" else "PNG")
    assert again.size == made.size == (80, 60)
    assert np.array_equal(again.native[~mask], picture.native[~mask])
    # 8 bits of the profile can't hold every sRGB colour.
    assert np.abs(again.array[mask][:, :3].astype(int) - (39, 71, 184)).max() <= (1 if icc == WIDE else 0)


def test_colours_hidden_under_alpha_0_survive():
    hidden = NOISE.copy()
    hidden[..., 3] = 0
    for format in ("PNG", "WEBP"):
        picture = intake.read(file(Image.fromarray(hidden), format, **LOSSLESS[format]))
        assert np.array_equal(intake.read(encode.lossless(picture, picture.array).data).array, hidden)


@pytest.mark.parametrize("icc", [None, WIDE])
def test_the_proof_counts_every_stray_pixel(icc):
    picture = picture_of("PNG", icc_profile=icc)
    stray = picture.native.copy()
    stray[5, 5, 0] ^= 1
    stray[6, 6, 3] ^= 128
    stray[40, 40, 2] ^= 1
    data = file(Image.fromarray(stray), icc_profile=icc)
    nothing = np.zeros((60, 80), bool)
    assert encode.prove(picture, data, nothing) == 3
    nothing[40, 40] = True
    assert encode.prove(picture, data, nothing) == 2


def test_the_proof_refuses_what_it_cannot_compare():
    picture = picture_of("PNG", icc_profile=WIDE)
    nothing = np.zeros((60, 80), bool)
    with pytest.raises(InvalidInput, match="size"):
        encode.prove(picture, file(Image.new("RGB", (80, 61))), nothing)
    with pytest.raises(InvalidInput, match="profile"):
        encode.prove(picture, file(Image.fromarray(picture.native)), nothing)


def test_a_lossy_file_does_not_pass_the_proof():
    picture = picture_of("JPEG")
    lossy = file(Image.fromarray(picture.array), "JPEG", quality=92)
    assert encode.prove(picture, lossy, np.zeros((60, 80), bool)) > 0


def test_a_jpeg_becomes_a_png_and_says_why():
    picture = picture_of("JPEG")
    made = encode.lossless(picture, picture.array)
    assert (made.format, made.media_type) == ("PNG", "image/png")
    assert "PNG" in made.notes[0]
    assert encode.lossless(picture_of("PNG"), NOISE).notes == ()


@pytest.mark.parametrize("format", ["PNG", "WEBP", "JPEG"])
def test_safe_metadata_is_kept_and_places_and_orientation_are_not(format):
    exif = Image.Exif()
    exif[0x8298] = "© Aster".encode()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 11.0)})
    exif[0x011A] = exif[0x011B] = 300.0
    exif[0x0128] = 2
    picture = picture_of(format, exif=exif.tobytes())
    made = encode.lossless(picture, picture.array)
    again = intake.read(made.data)
    assert again.metadata == picture.metadata
    assert (again.metadata.copyright, again.metadata.dpi) == ("© Aster", (300, 300))
    assert again.size == (60, 80)
    assert again.notes == ()
    kept = Image.open(io.BytesIO(made.data)).getexif()
    assert 0x0112 not in kept
    assert not kept.get_ifd(0x8825)


@pytest.mark.parametrize("icc", [None, WIDE])
def test_another_size_or_an_added_alpha_is_encoded_too(icc):
    picture = picture_of("PNG", "RGB", icc_profile=icc)
    cropped = encode.lossless(picture, picture.array[:50, :70])
    assert cropped.size == (70, 50)
    assert intake.read(cropped.data).icc == icc
    cut_out = np.dstack([picture.array, NOISE[..., 3]])
    again = intake.read(encode.lossless(picture, cut_out).data)
    assert np.array_equal(again.native[..., :3], picture.native)
    assert np.array_equal(again.array[..., 3], NOISE[..., 3])


def test_a_result_that_is_no_picture_is_refused():
    picture = picture_of("PNG")
    for wrong in (NOISE.astype(np.float32), NOISE[..., 0], NOISE[..., :2], NOISE[:0]):
        with pytest.raises(InvalidInput):
            encode.lossless(picture, wrong)


def test_copies_keep_the_profile_and_jpeg_lies_on_white():
    pixels = NOISE.copy()
    pixels[:, :40, 3] = 0
    pixels[:, 40:] = (200, 30, 40, 255)
    data = file(Image.fromarray(pixels), icc_profile=WIDE, dpi=(300, 300))
    for format in ("PNG", "JPEG", "WEBP"):
        copy = intake.read(encode.copy(data, format, quality=95))
        assert (copy.format, copy.icc, copy.size) == (format, WIDE, (80, 60))
        assert copy.array.shape[2] == (3 if format == "JPEG" else 4)
    jpeg = intake.read(encode.copy(data, "JPEG", quality=95))
    assert jpeg.metadata.dpi == (300, 300)
    assert jpeg.native[:, :32].min() >= 250
    assert np.abs(jpeg.native[:, 56:].astype(int) - (200, 30, 40)).max() <= 4
    assert np.array_equal(intake.read(encode.copy(data, "PNG")).native, pixels)


def test_copies_are_refused_with_a_sentence():
    data = file(Image.new("L", (16_384, 16)))
    for arguments in (("WEBP",), ("JPEG", 0), ("JPEG", 101), ("GIF",)):
        with pytest.raises(InvalidInput):
            encode.copy(data, *arguments)
    with pytest.raises(InvalidInput):
        encode.copy(b"text", "PNG")


def test_changed_sees_every_channel_and_reads_a_missing_alpha_as_opaque():
    one = NOISE.copy()
    one[3, 4, 3] ^= 1
    one[5, 6, 1] ^= 1
    assert np.argwhere(encode.changed(NOISE, one)).tolist() == [[3, 4], [5, 6]]
    opaque = np.dstack([NOISE[..., :3], np.full((60, 80), 255, np.uint8)])
    assert not encode.changed(NOISE[..., :3], opaque).any()
    with pytest.raises(InvalidInput):
        encode.changed(NOISE, NOISE[1:])


@pytest.mark.parametrize("shape", [(300, 400), (1, 7), (64, 1)])
def test_a_heat_map_is_in_the_alpha_channel_of_white(shape):
    levels = np.random.default_rng(2).integers(0, 256, shape, np.uint8)
    levels[0, 0] = 255
    data = encode.heat_png(levels)
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
    assert np.array_equal(pixels[..., 3], levels)
    assert pixels[..., :3].min() == 255
    assert len(encode.heat_png(np.zeros((1000, 1500), np.uint8))) < 5000
    for wrong in (levels.astype(float), levels[0], np.dstack([levels] * 3), np.zeros((0, 5), np.uint8)):
        with pytest.raises(InvalidInput):
            encode.heat_png(wrong)


def test_a_mask_is_in_the_alpha_channel():
    mask = np.zeros((1000, 1000), bool)
    mask[300:700, 200:801] = True
    data = encode.mask_png(mask)
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
    assert np.array_equal(pixels[..., 3], mask * 255)
    assert pixels[..., :3].min() == 255
    assert len(data) < 2000
