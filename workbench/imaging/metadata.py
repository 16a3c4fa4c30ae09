"""The metadata that travels with a picture: resolution, copyright, creator and description; nothing else.

Places, thumbnails, maker notes and edit histories stay behind, in the original file, which is kept untouched.
"""

import contextlib
import html
import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image

_ORIENTATION, _DESCRIPTION, _ARTIST, _COPYRIGHT = 0x0112, 0x010E, 0x013B, 0x8298
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT, _INCHES = 0x011A, 0x011B, 0x0128, 2
_LONGEST = 2000
#: what Pillow's EXIF reader raises on hostile bytes
_FAULTS = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, OverflowError, struct.error)


@dataclass(frozen=True)
class Metadata:
    """What is kept; None where the file says nothing."""

    #: pixels per inch, across and down
    dpi: tuple[float, float] | None = None
    copyright: str | None = None
    artist: str | None = None
    description: str | None = None

    def to_exif(self) -> bytes:
        """An EXIF block with these facts and no orientation; empty when there is nothing to say."""
        exif = Image.Exif()
        texts = ((_DESCRIPTION, self.description), (_ARTIST, self.artist), (_COPYRIGHT, self.copyright))
        for tag, text in texts:
            if text:
                # As bytes: Pillow would turn every © into a question mark.
                exif[tag] = text.encode()
        if self.dpi:
            exif[_X_RESOLUTION], exif[_Y_RESOLUTION] = self.dpi
            exif[_RESOLUTION_UNIT] = _INCHES
        return exif.tobytes() if len(exif) else b""


@dataclass(frozen=True)
class Found:
    """Everything read from a file's metadata blocks."""

    metadata: Metadata
    #: EXIF orientation 1–8
    orientation: int
    #: the EXIF block could not be read
    damaged: bool


def read(exif: bytes, xmp: bytes, info: Mapping[object, object]) -> Found:
    """Metadata from raw EXIF and XMP blocks and from Pillow's `info` (dpi, PNG text); never raises."""
    tags, damaged = _tags(exif)
    packet = xmp.decode("utf-8", errors="ignore")[:1_000_000]
    orientation = tags.get(_ORIENTATION, 1)
    found = Metadata(
        dpi=_dpi(info.get("dpi")) or _dpi_from(tags),
        copyright=_text(tags.get(_COPYRIGHT)) or _in_xmp(packet, "rights") or _text(info.get("Copyright")),
        artist=_text(tags.get(_ARTIST)) or _in_xmp(packet, "creator") or _text(info.get("Author")),
        description=_text(tags.get(_DESCRIPTION)) or _in_xmp(packet, "description") or _text(info.get("Description")),
    )
    known = isinstance(orientation, int) and 1 <= orientation <= 8
    return Found(found, orientation if isinstance(orientation, int) and known else 1, damaged)


def _tags(raw: bytes) -> tuple[dict[int, object], bool]:
    if not raw:
        return {}, False
    wanted = (_ORIENTATION, _DESCRIPTION, _ARTIST, _COPYRIGHT, _X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT)
    exif = Image.Exif()
    try:
        exif.load(raw)
        return {tag: exif[tag] for tag in wanted if tag in exif}, False
    except _FAULTS:
        return {}, True


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return None
    # EXIF means ASCII, cameras write UTF-8, Pillow reads Latin-1.
    with contextlib.suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    printable = "".join(c for c in value if c.isprintable() or c == "\n").strip()
    return printable[:_LONGEST] or None


def _in_xmp(packet: str, name: str) -> str | None:
    """The first value of Dublin Core `name` (XMP part 1, 8.4), by pattern: an XML parser is a larger risk here."""
    found = re.search(rf"<dc:{name}>.{{0,200}}?<rdf:li[^>]{{0,200}}>([^<]{{1,{_LONGEST}}})<", packet, re.DOTALL)
    return _text(html.unescape(found[1])) if found else None


def _dpi(value: object) -> tuple[float, float] | None:
    if not isinstance(value, tuple) or len(value) != 2:
        return None
    try:
        across, down = float(value[0]), float(value[1])
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    sane = all(math.isfinite(v) and 1 <= v <= 30_000 for v in (across, down))
    return (round(across, 1), round(down, 1)) if sane else None


def _dpi_from(tags: Mapping[int, object]) -> tuple[float, float] | None:
    if tags.get(_RESOLUTION_UNIT, _INCHES) != _INCHES:
        return None
    return _dpi((tags.get(_X_RESOLUTION), tags.get(_Y_RESOLUTION)))
