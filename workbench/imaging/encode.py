"""Pictures become files again: lossless results that keep every untouched pixel, the proof of that, and copies."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workbench.errors import InvalidInput
from workbench.imaging import differences, flatten, headers, profiles
from workbench.imaging.decoding import Decoded, decode
from workbench.imaging.headers import MEDIA_TYPES, Format
from workbench.imaging.intake import Picture

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

#: fast and, on photographs, smaller than zlib's default 6
_PNG = {"compress_level": 1}
#: effort, not loss; `exact` keeps the colours under alpha 0
_WEBP = {"lossless": True, "exact": True, "quality": 0, "method": 2}
_WEBP_LONGEST = 16_383
#: where a result differs from its original, as bool H×W
changed = differences.changed
_FROM_JPEG = "Kept as PNG, because saving a JPEG again would change every pixel."


@dataclass(frozen=True)
class Encoded:
    """A lossless file made of a result."""

    data: bytes
    format: Format
    media_type: str
    #: width, height in pixels
    size: tuple[int, int]
    notes: tuple[str, ...]


def lossless(picture: Picture, result: Pixels) -> Encoded:
    """Encode `result` as the next state of `picture`: PNG stays PNG, WebP becomes lossless WebP, JPEG becomes PNG.

    `result` is H×W×3|4 uint8 sRGB, as edited from `picture.array`. The file is in the picture's own profile: where a
    pixel's colour equals `picture.array` the native value is kept bit for bit, elsewhere the result is converted into
    the profile. A result of another size is converted as a whole. Profile, resolution and safe metadata are kept;
    the orientation is upright. Raises InvalidInput when the result is no such array.
    """
    _check(result)
    format: Format = "WEBP" if picture.format == "WEBP" else "PNG"
    pixels = _native(picture, result)
    data = _save(pixels, format, picture.icc, picture.metadata.to_exif(), picture.metadata.dpi)
    notes = (_FROM_JPEG,) if picture.format == "JPEG" else ()
    return Encoded(data, format, MEDIA_TYPES[format], (result.shape[1], result.shape[0]), notes)


def prove(picture: Picture, data: bytes, changed: Mask) -> int:
    """How many pixels outside `changed` (bool H×W) differ between `picture.native` and the file `data`: 0 is promised.

    The file is decoded anew and compared in its own profile. Raises InvalidInput when size or profile differ, because
    then its numbers can't be compared, and RejectedImage when it can't be decoded.
    """
    decoded = _decoded(data)
    if decoded.pixels.shape[:2] != picture.native.shape[:2] or changed.shape != picture.native.shape[:2]:
        raise InvalidInput("The result has another size than the original, so nothing can be proven about its pixels.")
    if decoded.icc != picture.icc:
        raise InvalidInput("The result has another colour profile than the original, so pixels can't be compared.")
    return int(np.count_nonzero(differences.changed(picture.native, decoded.pixels) & ~changed))


def copy(data: bytes, format: Format, quality: int = 90) -> bytes:
    """A copy of the file `data` for use elsewhere, never a version: JPEG or WebP of `quality` 1–100, or PNG.

    Profile, resolution and safe metadata are kept. JPEG has no transparency: it is flattened on white, in the
    picture's own values, and its colour is not subsampled. Raises RejectedImage, or InvalidInput for a WebP too long.
    """
    if format not in MEDIA_TYPES:
        raise InvalidInput("A copy can be made as PNG, JPEG or WEBP.")
    if not 1 <= quality <= 100:
        raise InvalidInput(f"The quality of a copy is a number from 1 to 100, not {quality}.")
    decoded = _decoded(data)
    pixels = flatten.over(decoded.pixels, flatten.WHITE) if format == "JPEG" else decoded.pixels
    lossy = {"quality": quality, "subsampling": 0} if format == "JPEG" else {"quality": quality}
    kept = decoded.metadata
    return _save(pixels, format, decoded.icc, kept.to_exif(), kept.dpi, None if format == "PNG" else lossy)


def mask_png(mask: Mask) -> bytes:
    """A bool H×W mask as a small white PNG whose alpha is 255 where True, as `mask-image` in CSS wants it."""
    image = Image.fromarray(np.ascontiguousarray(mask, dtype=np.uint8) * 255).convert("1", dither=Image.Dither.NONE)
    file = io.BytesIO()
    palette = Image.frombytes("P", image.size, image.convert("L").point(lambda level: level // 255).tobytes())
    palette.putpalette([255] * 6)
    palette.save(file, "PNG", bits=1, transparency=b"\x00\xff", compress_level=6)
    return file.getvalue()


def heat_png(levels: NDArray[np.uint8]) -> bytes:
    """uint8 H×W levels as a white PNG whose alpha is the level, as `mask-image` in CSS wants it.

    For a map of ΔE2000 a level is min(255, round(10·ΔE)): 25.5 and more are opaque. Raises InvalidInput for another
    array.
    """
    if levels.dtype != np.uint8 or levels.ndim != 2 or not levels.size:
        raise InvalidInput("A map is made of one 8-bit level for each pixel.")
    image = Image.fromarray(np.ascontiguousarray(levels)).convert("L")
    # A palette of 256 transparencies of one white takes half the bytes of grey with alpha.
    palette = Image.frombytes("P", image.size, image.tobytes())
    palette.putpalette([255] * 768)
    file = io.BytesIO()
    palette.save(file, "PNG", transparency=bytes(range(256)), compress_level=6)
    return file.getvalue()


def _decoded(data: bytes) -> Decoded:
    found = headers.parse(data)
    if found is None:
        raise InvalidInput("This is not a PNG, JPEG or WebP.")
    return decode(data, found)


def _check(result: Pixels) -> None:
    if result.dtype != np.uint8 or result.ndim != 3 or result.shape[2] not in (3, 4) or 0 in result.shape:
        raise InvalidInput("A result must be 8-bit RGB or RGBA.")


def _native(picture: Picture, result: Pixels) -> Pixels:
    """`result` in the picture's own profile, with the original's native values wherever the colour is the same."""
    if picture.native is picture.array:
        return result
    assert picture.icc is not None
    if result.shape[:2] != picture.array.shape[:2]:
        return profiles.from_srgb(result, picture.icc)
    edited = differences.colours(picture.array, result)
    merged = result.copy()
    merged[..., :3] = picture.native[..., :3]
    rows, columns = (np.flatnonzero(edited.any(axis=axis)) for axis in (1, 0))
    if rows.size:
        box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        converted = profiles.from_srgb(result[box][..., :3], picture.icc)
        merged[box][..., :3][edited[box]] = converted[edited[box]]
    return merged


def _save(
    pixels: Pixels,
    format: Format,
    icc: bytes | None,
    exif: bytes,
    dpi: tuple[float, float] | None,
    lossy: dict[str, int] | None = None,
) -> bytes:
    if format == "WEBP" and max(pixels.shape[:2]) > _WEBP_LONGEST:
        raise InvalidInput(f"A WebP can't be longer than {_WEBP_LONGEST:,} px on a side: use PNG or JPEG.")
    options: dict[str, Any] = dict(lossy if lossy is not None else _WEBP if format == "WEBP" else _PNG)
    options |= {name: value for name, value in (("icc_profile", icc), ("exif", exif), ("dpi", dpi)) if value}
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, format, **options)
    return file.getvalue()
