"""Font files for tests: a real TrueType font, and what can be wrong with one."""

import io
import struct
from pathlib import Path

from PIL import ImageFont

from workbench.ui import shell

#: a variable WOFF2, 48 kB
INTER = (Path(shell.__file__).parent / "static" / "Inter.woff2").read_bytes()


def aileron() -> bytes:
    """The small TrueType font that Pillow brings along."""
    opened = ImageFont.load_default(20)
    assert isinstance(opened, ImageFont.FreeTypeFont) and isinstance(opened.path, io.BytesIO)
    return opened.path.getvalue()


def place(data: bytes, tag: bytes) -> int:
    """Where a table stands in the directory of a TrueType font."""
    number = int.from_bytes(data[4:6], "big")
    return next(at for at in range(12, 12 + 16 * number, 16) if data[at : at + 4] == tag)


def without(data: bytes, tag: bytes) -> bytes:
    """The font with a table under a name that nobody knows."""
    at = place(data, tag)
    return data[:at] + b"none" + data[at + 4 :]


def only(data: bytes, first: int, last: int) -> bytes:
    """The font with glyphs for the characters from `first` to `last` alone (a cmap of format 12)."""
    table = struct.pack(">HHHHI", 0, 1, 3, 10, 12)
    table += struct.pack(">HHIIIIII", 12, 0, 28, 0, 1, first, last, 20)
    at = place(data, b"cmap")
    entry = struct.pack(">4sIII", b"cmap", 0, len(data), len(table))
    return data[:at] + entry + data[at + 16 :] + table


def base128(number: int) -> bytes:
    """A number as a WOFF2 directory writes it."""
    digits = [number & 127]
    while number := number >> 7:
        digits.insert(0, number & 127 | 128)
    return bytes(digits)


def woff2_bomb(*, total: int, stated: int = 50_000) -> bytes:
    """A WOFF2 of about 70 bytes whose tables say that they unpack to `total` bytes, and its header `stated`."""
    directory = b"".join(bytes([number]) + base128(100) for number in range(5))
    directory += bytes([10 | 3 << 6]) + base128(total) + bytes([11 | 3 << 6]) + base128(100)
    head = struct.pack(">4sIIHHIIHHIIIII", b"wOF2", 65536, 48 + len(directory), 7, 0, stated, 0, 1, 0, 0, 0, 0, 0, 0)
    return head + directory
