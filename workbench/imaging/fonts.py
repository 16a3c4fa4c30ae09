"""Font files: whether one can be trusted to draw copy, what it says of itself, and which characters it lacks."""

import io
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_letters
from typing import Literal

from PIL import Image, ImageFont

from workbench.errors import RejectedFile

Format = Literal["ttf", "otf", "woff2"]
MEDIA_TYPES: dict[Format, str] = {"ttf": "font/ttf", "otf": "font/otf", "woff2": "font/woff2"}

#: bytes of the file, and of what a compressed one unpacks to; a font with all Chinese characters has about 20 MB
LARGEST, LARGEST_UNPACKED = 20_000_000, 30_000_000
#: tables of an ordinary font; it has about twenty
MOST_TABLES = 100
#: px; at this size most letters differ from each other
_SIZE = 24
#: a noncharacter (Unicode 16, 23.7): no font has a glyph for it, so it is drawn as the "missing" sign
_NOTHING = "\uffff"
_BROKEN = "This font is cut off or damaged: export it again and give the whole file."
_SIGNATURES: dict[bytes, Format] = {
    b"\x00\x01\x00\x00": "ttf", b"true": "ttf", b"OTTO": "otf", b"wOF2": "woff2",
}  # fmt: skip
_OTHERS = (
    (b"ttcf", "This is a collection of several fonts. Give the one that the brand uses as a file of its own."),
    (b"wOFF", "This is a WOFF font. Give it as WOFF2, TTF or OTF."),
    (b"\x80\x01", "This is a PostScript Type 1 font. Give it as OTF, TTF or WOFF2."),
    (b"%!", "This is a PostScript Type 1 font. Give it as OTF, TTF or WOFF2."),
)
#: what drawing needs (OpenType 1.9.1, "Required tables"), then one of the kinds of outlines
_NEEDED = frozenset({b"cmap", b"head", b"hhea", b"hmtx", b"maxp"})
_OUTLINES = (frozenset({b"glyf", b"loca"}), frozenset({b"CFF "}), frozenset({b"CFF2"}))
#: tags that a WOFF2 directory names by a number (WOFF File Format 2.0, section 4.1)
_KNOWN_TAGS = (
    "cmap head hhea hmtx maxp name OS/2 post cvt  fpgm glyf loca prep CFF  VORG EBDT EBLC gasp hdmx kern LTSH PCLT "
    "VDMX vhea vmtx BASE GDEF GPOS GSUB EBSC JSTF MATH CBDT CBLC COLR CPAL SVG  sbix acnt avar bdat bloc bsln cvar "
    "fdsc feat fmtx fvar gvar hsty just lcar mort morx opbd prop trak Zapf Silf Glat Gloc Feat Sill"
)


@dataclass(frozen=True)
class Axis:
    """One axis of a variable font, in the font's own units (a weight from 1 to 1000)."""

    name: str
    least: float
    default: float
    most: float


@dataclass(frozen=True)
class FontFacts:
    """What a font says of itself."""

    format: Format
    family: str
    style: str
    glyphs: int
    #: empty for a font that isn't variable
    axes: tuple[Axis, ...]

    @property
    def weight(self) -> Axis | None:
        """The axis of a variable font's weights."""
        return next((axis for axis in self.axes if axis.name.casefold() == "weight"), None)


def check(data: bytes) -> FontFacts:
    """The facts of a TTF, OTF or WOFF2 file that draws Latin letters. Raises RejectedFile with a sentence.

    Sizes, the table directory and what a WOFF2 unpacks to are read from the header before anything is decoded.
    """
    kind = _kind(data)
    tables = dict(_woff2(data) if kind == "woff2" else _sfnt(data))
    if not tables.keys() >= _NEEDED or not any(tables.keys() >= outlines for outlines in _OUTLINES):
        raise RejectedFile("This font has no outlines that could be drawn. Give an ordinary TTF, OTF or WOFF2 file.")
    font = _opened(data, _SIZE)
    lacking = missing(data, ascii_letters)
    if len(lacking) == len(ascii_letters):
        raise RejectedFile("This font has no Latin letters, so it can't set copy. Give the brand's text font.")
    family, style = font.getname()
    return FontFacts(kind, _plain(family) or "no name", _plain(style), font.font.glyphs, _axes(font))


def missing(data: bytes, text: str) -> str:
    """The characters of `text`, each once and in its order, that the font `data` has no glyph for.

    A character counts as missing when it is drawn like one that no font has. White space and invisible format
    characters are never missing. Raises RejectedFile when the file can't be drawn with.
    """
    font = _opened(data, _SIZE)
    blank = _drawn(font, _NOTHING)
    wanted = dict.fromkeys(unicodedata.normalize("NFC", text))
    return "".join(one for one in wanted if _visible(one) and _drawn(font, one)[1:] in (blank[1:], (b"", (0, 0))))


def _kind(data: bytes) -> Format:
    for start, sentence in _OTHERS:
        if data.startswith(start):
            raise RejectedFile(sentence)
    kind = _SIGNATURES.get(data[:4])
    if kind is None:
        raise RejectedFile("This is not a font. Give a TTF, OTF or WOFF2 file.")
    if len(data) > LARGEST:
        raise RejectedFile(f"This font has {len(data):,} bytes. Loupe accepts up to {LARGEST // 1_000_000} MB.")
    return kind


def _sfnt(data: bytes) -> Iterator[tuple[bytes, int]]:
    """(tag, length) of each table; the directory and every table lie wholly in the file (OpenType 1.9.1)."""
    if len(data) < 12:
        raise RejectedFile(_BROKEN)
    number = int.from_bytes(data[4:6], "big")
    if not 0 < number <= MOST_TABLES or len(data) < 12 + 16 * number:
        raise RejectedFile(_BROKEN)
    for at in range(12, 12 + 16 * number, 16):
        tag, _, start, length = struct.unpack_from(">4sIII", data, at)
        if start + length > len(data):
            raise RejectedFile(_BROKEN)
        yield tag, length


def _woff2(data: bytes) -> Iterator[tuple[bytes, int]]:
    """(tag, unpacked length) of each table; their sum and the header's own sum are held to what may be unpacked.

    Source: W3C, WOFF File Format 2.0, sections 4 (header) and 4.1 (table directory).
    """
    if len(data) < 48:
        raise RejectedFile(_BROKEN)
    length, number, _, unpacked, packed = struct.unpack_from(">IHHII", data, 8)
    if data[4:8] == b"ttcf":
        raise RejectedFile(_OTHERS[0][1])
    if not 0 < number <= MOST_TABLES or length != len(data) or packed > len(data) - 48:
        raise RejectedFile(_BROKEN)
    at, total, known = 48, 0, [_KNOWN_TAGS[place : place + 4].encode() for place in range(0, len(_KNOWN_TAGS), 5)]
    for _ in range(number):
        flags, at = _byte(data, at)
        tag = data[at : at + 4] if flags & 63 == 63 else known[flags & 63]
        at += 4 if flags & 63 == 63 else 0
        size, at = _base128(data, at)
        # glyf and loca are transformed by version 0 and whole by version 3, all others the other way round
        version = flags >> 6
        if version != 3 if tag in (b"glyf", b"loca") else version != 0:
            transformed, at = _base128(data, at)
            size = max(size, transformed)
        total += size
        if max(total, unpacked) > LARGEST_UNPACKED:
            limit = LARGEST_UNPACKED // 1_000_000
            raise RejectedFile(f"This WOFF2 font would unpack to more than {limit} MB, which no brand font needs.")
        yield tag, size


def _byte(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise RejectedFile(_BROKEN)
    return data[at], at + 1


def _base128(data: bytes, at: int) -> tuple[int, int]:
    """A number of up to five bytes of seven bits each (WOFF 2.0, UIntBase128), and where it ends."""
    value = 0
    for _ in range(5):
        byte, at = _byte(data, at)
        value = value << 7 | byte & 127
        if byte < 128:
            return value, at
    raise RejectedFile(_BROKEN)


def _opened(data: bytes, size: int) -> ImageFont.FreeTypeFont:
    try:
        # the simple layout asks the font for each character by itself; the other one may fall back or join them
        return ImageFont.truetype(io.BytesIO(data), size, layout_engine=ImageFont.Layout.BASIC)
    except (OSError, ValueError) as error:
        raise RejectedFile(_BROKEN) from error


def _drawn(font: ImageFont.FreeTypeFont, character: str) -> tuple[float, bytes, tuple[int, int]]:
    """Advance, coverage and size of one character."""
    try:
        mask = font.getmask(character)
        return font.getlength(character), bytes(mask), mask.size
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise RejectedFile(_BROKEN) from error


def _visible(character: str) -> bool:
    return not character.isspace() and unicodedata.category(character) not in ("Cf", "Cc", "Zs")


def _axes(font: ImageFont.FreeTypeFont) -> tuple[Axis, ...]:
    try:
        found = font.get_variation_axes()
    except OSError:  # what Pillow says of a font that is not variable
        return ()
    return tuple(
        Axis(_plain(axis["name"]), axis["minimum"] or 0, axis["default"] or 0, axis["maximum"] or 0) for axis in found
    )


def _plain(name: str | bytes | None) -> str:
    words = name.decode("utf-8", "replace") if isinstance(name, bytes) else name or ""
    return "".join(one for one in words if one.isprintable())[:60].strip()
