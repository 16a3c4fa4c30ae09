"""What intake accepts, how it reads it, and the sentence it refuses everything else with."""

import io
import struct
import threading
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from tests.encoded import SRGB, WIDE, file, grey_profile
from tests.scenes import MORE
from workbench.errors import RejectedImage
from workbench.imaging import encode, headers, intake, profiles

NOISE = np.random.default_rng(7).integers(0, 256, (40, 64, 4), np.uint8)


def noise(mode="RGB"):
    with_alpha = Image.fromarray(NOISE)
    return with_alpha.convert(mode) if mode in ("RGBA", "LA") else with_alpha.convert("RGB").convert(mode)


def refusal(data, **limits):
    with pytest.raises(RejectedImage) as caught:
        intake.read(data, **limits)
    return str(caught.value)


@pytest.mark.parametrize(
    ("mode", "shape", "note"),
    [
        ("RGB", 3, None),
        ("RGBA", 4, None),
        ("1", 3, "Black-and-white"),
        ("L", 3, "Greyscale"),
        ("LA", 4, "Greyscale"),
        ("P", 3, "Palette"),
    ],
)
def test_every_png_mode_becomes_rgb_or_rgba(mode, shape, note):
    image = noise(mode)
    picture = intake.read(file(image))
    assert picture.array.shape == (40, 64, shape)
    assert picture.array is picture.native
    assert np.array_equal(picture.array, np.asarray(image.convert("RGBA" if shape == 4 else "RGB")))
    assert (note is None) == (not picture.notes)
    assert note is None or picture.notes[0].startswith(note)


@pytest.mark.parametrize("mode", ["P", "RGB", "L"])
def test_a_transparent_colour_becomes_alpha(mode):
    image = noise(mode)
    key = image.getpixel((5, 6))
    picture = intake.read(file(image, transparency=key))
    assert picture.array.shape[2] == 4
    assert picture.array[6, 5, 3] == 0
    assert (picture.array[..., 3] == 255).any()


def test_formats_sizes_and_exact_pixels():
    for format, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("JPEG", {})):
        mode = "RGB" if format == "JPEG" else "RGBA"
        picture = intake.read(file(noise(mode), format, **options))
        assert (picture.format, picture.size, picture.icc) == (format, (64, 40), None)
        assert format == "JPEG" or np.array_equal(picture.array, NOISE)
    assert intake.header(file(noise(), "WEBP")).media_type == "image/webp"


def test_a_lossy_webp_decodes_as_pillow_decodes_it():
    data = file(noise(), "WEBP", quality=70)
    assert np.array_equal(intake.read(data).array, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "WEBP", "JPEG"])
def test_orientation_is_applied_in_every_format(orientation, format):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if format == "WEBP" else {}
    picture = intake.read(file(noise(), format, exif=exif.tobytes(), **options))
    assert picture.size == ((40, 64) if orientation >= 5 else (64, 40))
    assert bool(picture.notes) == (orientation != 1)
    if format == "PNG":
        # The eight positions written out, so that the test does not share the table it checks.
        n = NOISE[..., :3]
        turned = [n, n[:, ::-1], n[::-1, ::-1], n[::-1], n.swapaxes(0, 1), np.rot90(n, -1), 0, np.rot90(n)]
        turned[6] = np.rot90(n, 2).swapaxes(0, 1)
        assert np.array_equal(picture.array, turned[orientation - 1])


def test_a_wide_profile_is_converted_and_the_native_pixels_stay():
    picture = intake.read(file(noise("RGBA"), icc_profile=WIDE))
    assert picture.icc == WIDE
    assert np.array_equal(picture.native, NOISE)
    assert not np.array_equal(picture.array[..., :3], NOISE[..., :3])
    assert np.array_equal(picture.array[..., 3], NOISE[..., 3])
    # Pure Display P3 red is outside sRGB; its grey axis is the same.
    red_and_grey = intake.read(file(Image.fromarray(np.full((16, 16, 3), 119, np.uint8)), icc_profile=WIDE))
    assert np.abs(red_and_grey.array.astype(int) - 119).max() <= 1


def test_a_converted_colour_matches_the_matrices():
    level = np.array([180, 90, 60], np.uint8)
    picture = intake.read(file(Image.fromarray(np.tile(level, (16, 16, 1))), icc_profile=WIDE))
    light = np.where(level / 255 <= 0.04045, level / 255 / 12.92, ((level / 255 + 0.055) / 1.055) ** 2.4)
    # Display P3 → sRGB in linear light (CSS Color 4, sample code).
    p3_to_srgb = [[1.224940, -0.224940, 0], [-0.042057, 1.042057, 0], [-0.019638, -0.078636, 1.098274]]
    out = np.array(p3_to_srgb) @ light
    expected = 255 * np.where(out <= 0.0031308, out * 12.92, 1.055 * out ** (1 / 2.4) - 0.055)
    assert np.abs(picture.array[0, 0] - expected).max() <= 1


def test_an_srgb_profile_converts_nothing_but_is_kept():
    picture = intake.read(file(noise(), icc_profile=SRGB))
    assert picture.array is picture.native
    assert picture.icc == SRGB
    assert picture.notes == ()


@pytest.mark.parametrize("icc", [b"nonsense", WIDE[:200], WIDE[:16] + b"CMYK" + WIDE[20:], grey_profile()])
def test_a_profile_that_does_not_fit_is_ignored_with_a_note(icc):
    picture = intake.read(file(noise(), icc_profile=icc))
    assert picture.icc is None
    assert picture.array is picture.native
    assert "profile" in picture.notes[0]


def test_a_grey_profile_is_converted_to_srgb():
    grey = Image.fromarray(np.full((20, 20), 55, np.uint8))
    picture = intake.read(file(grey, icc_profile=grey_profile()))
    assert picture.icc is None
    assert "grey profile" in picture.notes[1]
    # Linear light 55/255 is level 128 of sRGB.
    assert np.abs(picture.array.astype(int) - 128).max() <= 1


def test_profiles_that_cannot_be_written_are_told_apart():
    assert profiles.examine(SRGB, "RGB").is_srgb
    assert profiles.examine(WIDE, "RGB").reversible
    with pytest.raises(profiles.UnusableProfile):
        profiles.examine(SRGB, "GRAY")


def test_safe_metadata_is_read_and_the_rest_is_not():
    exif = Image.Exif()
    exif[0x8298] = "© 2026 Aster".encode()
    exif[0x013B] = b"Mara Lind"
    exif.get_ifd(0x8825)[1] = "N"
    picture = intake.read(file(noise(), "JPEG", dpi=(300, 300), exif=exif.tobytes()))
    assert picture.metadata.copyright == "© 2026 Aster"
    assert picture.metadata.artist == "Mara Lind"
    assert picture.metadata.dpi == (300, 300)
    xmp = '<x><dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© &amp; Söhne</rdf:li></rdf:Alt></dc:rights></x>'
    assert intake.read(file(noise(), "WEBP", xmp=xmp.encode())).metadata.copyright == "© & Söhne"


def test_a_wrong_ending_is_noted_and_a_right_one_is_not():
    data = file(noise(), "JPEG")
    assert intake.read(data, name="hero.JPG").notes == ()
    assert intake.read(data, name="hero").notes == ()
    assert "JPEG" in intake.read(data, name="hero.png").notes[0]


def test_pictures_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        intake.read(file(noise(), "WEBP")).array[0, 0] = 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG"),
        ("Größe".encode() * 3000, "text file"),
        (b"%PDF-1.7", "PDF"),
        (b"\x00\x00\x00\x1cftypheic" + bytes(40), "HEIC"),
        (b"\x00\x00\x00\x1cftypavif" + bytes(40), "AVIF"),
        (b"8BPS\x00\x01", "Photoshop"),
        (bytes(range(128, 256)), "unknown"),
        (file(noise(), "GIF"), "GIF"),
        (file(noise(), "TIFF"), "TIFF"),
        (file(noise(), "BMP"), "BMP"),
        (file(noise("CMYK"), "JPEG"), "CMYK"),
        (file(Image.fromarray(np.zeros((40, 40), np.uint16))), "16 bits"),
        (file(noise(), save_all=True, append_images=[noise("L").convert("RGB")]), "animated"),
        (file(noise(), "WEBP", save_all=True, append_images=[noise("L").convert("RGB")]), "animated"),
        (file(Image.new("L", (60_000, 2))), "60,000 × 2 px"),
        (file(Image.new("L", (16_385, 16))), "16,384"),
        (file(Image.new("L", (15, 40))), "16"),
    ],
)
def test_everything_else_is_refused_with_a_sentence(data, words):
    sentence = refusal(data)
    assert words in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 160


def test_the_caps_are_exact():
    data = file(Image.new("L", (1000, 500)))
    assert intake.read(data, max_mp=0.5).size == (1000, 500)
    assert "500,000 pixels" in refusal(data, max_mp=0.499999)
    padded = data + bytes(100_000 - len(data))
    assert intake.read(padded, max_mb=0.1).size == (1000, 500)
    assert "100,001 bytes" in refusal(padded + b"\0", max_mb=0.1)
    assert intake.header(file(Image.new("1", (16_384, 16)))).width == 16_384


def bomb(width, height):
    """A valid, tiny PNG that would decode to gigabytes."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    return headers.PNG_SIGNATURE + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("limit", [None, 100, 10**12])
def test_bombs_are_refused_by_our_own_caps_whatever_pillow_is_told(monkeypatch, limit):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "megapixels" in refusal(bomb(16_000, 16_000))
        for format in ("PNG", "JPEG", "WEBP"):
            assert intake.read(file(noise(), format)).size == (64, 40)
    assert limit == Image.MAX_IMAGE_PIXELS


def test_a_webp_that_lies_about_its_canvas_is_refused():
    data = bytearray(file(noise("RGBA"), "WEBP", lossless=True, icc_profile=WIDE))
    assert data[12:16] == b"VP8X"
    data[24:27] = (19).to_bytes(3, "little")
    with pytest.raises(RejectedImage, match="damaged"):
        intake.header(bytes(data))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("lenient", [False, True])
def test_cut_files_are_refused_even_where_pillow_is_told_to_accept_them(monkeypatch, format, keep, lenient):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", lenient)
    data = file(noise(), format)
    assert "cut off" in refusal(data[: int(len(data) * keep)])


def test_a_flipped_bit_in_png_pixels_is_found(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    data = bytearray(file(noise(), compress_level=0))
    data[len(data) // 2] ^= 1
    assert "damaged" in refusal(bytes(data))


def test_a_jpeg_of_endless_scans_is_refused():
    data = file(noise(), "JPEG", progressive=True)
    assert intake.read(data).size == (64, 40)
    assert "scans" in refusal(data[:-2] + b"\xff\xda\x00\x02" * 200 + data[-2:])


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_a_picture_is_decoded_once(monkeypatch, format):
    data = file(noise("RGB"), format, icc_profile=WIDE)
    decodes = []
    load = ImageFile.ImageFile.load

    def counted(self):
        if self.tile:
            decodes.append(self.format)
        return load(self)

    monkeypatch.setattr(ImageFile.ImageFile, "load", counted)
    intake.header(data)
    assert decodes == []
    intake.read(data)
    assert decodes == [format]


def test_many_threads_read_the_same(monkeypatch):
    data = file(noise("RGBA"), icc_profile=WIDE)
    expected = intake.read(data).array
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(intake.read(data).array)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert all(np.array_equal(each, expected) for each in seen)


EXIF = Image.Exif()
EXIF[0x0112] = 6
EXIF[0x8298] = b"Aster"
SEEDS = [
    file(noise("RGBA"), exif=EXIF.tobytes(), icc_profile=WIDE, dpi=(72, 72)),
    file(noise("P"), transparency=3),
    file(noise(), "JPEG", exif=EXIF.tobytes(), icc_profile=WIDE),
    file(noise(), "JPEG", progressive=True),
    file(noise("RGBA"), "WEBP", exif=EXIF.tobytes(), icc_profile=WIDE),
    file(noise(), "WEBP", lossless=True),
]


@settings(max_examples=400 * MORE, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_files_are_read_or_refused_and_nothing_else(data):
    body = bytearray(data.draw(st.sampled_from(SEEDS)))
    body = body[: data.draw(st.integers(0, len(body)))] if data.draw(st.booleans()) else body
    for _ in range(data.draw(st.integers(0, 8))):
        if body:
            # Half of the flips in the first bytes, where the structure is.
            end = len(body) - 1 if data.draw(st.booleans()) else min(len(body) - 1, 700)
            body[data.draw(st.integers(0, end))] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            picture = intake.read(bytes(body))
        except RejectedImage:
            return
        encode.lossless(picture, picture.array)
    assert picture.array.shape[:2] == picture.size[::-1]
