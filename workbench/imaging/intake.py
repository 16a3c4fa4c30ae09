"""The door: bytes become a `Picture`, or a sentence says what is wrong with them and what would be accepted."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from workbench.errors import RejectedImage
from workbench.imaging import headers, profiles, refusals
from workbench.imaging.decoding import Decoded, decode
from workbench.imaging.headers import Format, Header
from workbench.imaging.metadata import Metadata

Pixels = NDArray[np.uint8]

SHORTEST_SIDE, LONGEST_SIDE = 16, 16_384
#: an honest progressive JPEG has about ten scans; each one costs a pass over the whole picture
_MOST_SCANS = 100
_ENDINGS: dict[Format, tuple[str, ...]] = {"PNG": ("png",), "JPEG": ("jpg", "jpeg", "jpe", "jfif"), "WEBP": ("webp",)}
_NAMES: dict[Format, str] = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP"}


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture. Its arrays are read-only: copy before changing."""

    #: H×W×3 or H×W×4 uint8, upright, sRGB, straight alpha
    array: Pixels
    #: the same pixels in the file's own profile; the very same object as `array` when nothing had to be converted
    native: Pixels
    #: the RGB profile that `native` is in and that belongs into a file made of it; None means sRGB
    icc: bytes | None
    format: Format
    #: width, height in pixels, upright
    size: tuple[int, int]
    #: sentences about what had to be read differently than the file says
    notes: tuple[str, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)


def header(data: bytes, *, max_mb: float = 100, max_mp: float = 50) -> Header:
    """Check everything that can be known without decoding and return the header.

    `max_mb` counts 1,000,000 bytes, `max_mp` 1,000,000 pixels; sides are 16 to 16,384 px.
    Raises RejectedImage for other kinds of files, animations, CMYK, 16-bit, damaged structure, and anything too big.
    """
    if not data:
        raise RejectedImage("This file is empty. Upload a PNG, JPEG or WebP.")
    if len(data) > max_mb * 1_000_000:
        raise RejectedImage(f"This file has {len(data):,} bytes. Loupe accepts up to {max_mb:g} MB.")
    found = headers.parse(data)
    if found is None:
        kind = refusals.kind_of(data)
        raise RejectedImage(f"This is {kind}. Loupe keeps PNG, JPEG and WebP: save it as one of these.")
    if found.animated:
        raise RejectedImage(f"This {_NAMES[found.format]} is animated. Loupe keeps still pictures: save one frame.")
    _check_size(found, max_mp)
    _check_colours(found)
    if found.format == "JPEG" and data.count(b"\xff\xda") > _MOST_SCANS:
        raise RejectedImage("This JPEG is split into far too many scans. Save it again as an ordinary JPEG.")
    return found


def read(data: bytes, *, max_mb: float = 100, max_mp: float = 50, name: str | None = None) -> Picture:
    """Decode a PNG, JPEG or WebP once, upright, in sRGB and in its own profile.

    Limits as in `header`. Grey, palette and 1-bit pictures become RGB(A). An RGB profile that means sRGB (within one
    level) converts nothing; another is converted relative-colorimetrically with black-point compensation, alpha
    untouched; one that is damaged, or can only be read and not written, is dropped; each with a note. With `name`,
    a file ending that contradicts the content is noted too. Raises RejectedImage.
    """
    known = header(data, max_mb=max_mb, max_mp=max_mp)
    decoded = decode(data, known)
    array, native, icc, notes = _in_srgb(decoded)
    for pixels in (array, native):
        pixels.flags.writeable = False
    height, width = native.shape[:2]
    notes = _about_name(name, known.format) + decoded.notes + notes
    return Picture(array, native, icc, known.format, (width, height), notes, decoded.metadata)


def _check_size(found: Header, max_mp: float) -> None:
    words = f"This picture is {found.width:,} × {found.height:,} px"
    if min(found.width, found.height) < SHORTEST_SIDE or max(found.width, found.height) > LONGEST_SIDE:
        raise RejectedImage(f"{words}. Loupe accepts sides from {SHORTEST_SIDE} to {LONGEST_SIDE:,} px.")
    pixels = found.width * found.height
    if pixels > max_mp * 1_000_000:
        raise RejectedImage(f"{words}, {pixels:,} pixels in all. Loupe accepts up to {max_mp:g} megapixels.")


def _check_colours(found: Header) -> None:
    name = _NAMES[found.format]
    if found.format == "JPEG" and found.depth not in (8, 12, 16):
        raise headers.broken(name)
    if found.depth > 8:
        raise RejectedImage(f"This {name} has {found.depth} bits per channel. Save it with 8 bits per channel.")
    if found.format == "JPEG" and found.channels == 4:
        raise RejectedImage("This JPEG is in CMYK, for print. Save it in RGB, best with the sRGB profile.")
    if found.format == "JPEG" and found.channels not in (1, 3):
        raise headers.broken(name)


def _in_srgb(decoded: Decoded) -> tuple[Pixels, Pixels, bytes | None, tuple[str, ...]]:
    """The sRGB array, the native array, the profile of the latter, and notes."""
    pixels = decoded.pixels
    if decoded.icc is None:
        return pixels, pixels, None, ()
    space: profiles.Space = "GRAY" if decoded.icc[16:20] == b"GRAY" else "RGB"
    try:
        if space == "GRAY" and not decoded.grey:
            raise profiles.UnusableProfile("a grey profile on a colour picture")
        profile = profiles.examine(decoded.icc, space)
    except profiles.UnusableProfile:
        return pixels, pixels, None, ("The colour profile can't be used and was ignored: treated as sRGB.",)
    if profile.is_srgb:
        return pixels, pixels, profile.icc, ()
    if space == "GRAY":
        colours = profiles.to_srgb(np.ascontiguousarray(pixels[..., 0]), profile)
        array = np.dstack([colours, pixels[..., 3]]) if pixels.shape[2] == 4 else colours
        return array, array, None, ("Converted from its grey profile to sRGB.",)
    array = profiles.to_srgb(pixels, profile)
    if not profile.reversible:
        return array, array, None, ("Its colour profile can only be read, so the picture was converted to sRGB.",)
    return array, pixels, profile.icc, ()


def _about_name(name: str | None, format: Format) -> tuple[str, ...]:
    ending = name.rpartition(".")[2].lower() if name and "." in name else ""
    if not ending or ending in _ENDINGS[format]:
        return ()
    return (f"The name ends in .{ending[:10]}, but the content is {_NAMES[format]}.",)
