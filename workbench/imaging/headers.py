"""What the first bytes of a PNG, JPEG or WebP say about the picture, read without decoding it."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from workbench.errors import RejectedImage

Format = Literal["PNG", "JPEG", "WEBP"]
MEDIA_TYPES: dict[Format, str] = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
#: start-of-frame markers; C4, C8 and CC in that range mean something else (ITU-T T.81, table B.1)
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_BROKEN = "This {} is cut off or damaged: export it again and upload the whole file."


@dataclass(frozen=True)
class Header:
    """The facts a file states about itself before any pixel is decoded."""

    format: Format
    #: pixels as stored, before any EXIF rotation
    width: int
    height: int
    #: bits of one channel
    depth: int
    #: channels as stored (a palette counts as 1)
    channels: int
    animated: bool = False
    palette: bool = False
    #: bytes of the file that belong to the picture; anything behind is not ours
    length: int = 0

    @property
    def media_type(self) -> str:
        """The MIME type, as in `image/png`."""
        return MEDIA_TYPES[self.format]


def broken(name: str) -> RejectedImage:
    """The one sentence for a file whose structure or data does not hold together."""
    return RejectedImage(_BROKEN.format(name))


def parse(data: bytes) -> Header | None:
    """The header of a PNG, JPEG or WebP; None for anything else; RejectedImage where its structure is damaged."""
    found = signature(data)
    if found is None:
        return None
    return _png(data) if found == "PNG" else _jpeg(data) if found == "JPEG" else _webp(data)


def signature(start: bytes) -> Format | None:
    """The format that the first 12 bytes of a file announce; None for anything else."""
    if start.startswith(PNG_SIGNATURE):
        return "PNG"
    if start.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    return "WEBP" if start[:4] == b"RIFF" and start[8:12] == b"WEBP" else None


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk as (type, start of its body, length of its body), ending with IEND; RejectedImage when cut off."""
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            break
        yield kind, at + 8, length
        if kind == b"IEND":
            return
        at += 12 + length
    raise broken("PNG")


def check_png(data: bytes) -> None:
    """Raise RejectedImage unless the checksum of every chunk that pixels are made of is right (PNG 3rd ed., 5.5)."""
    view = memoryview(data)
    for kind, start, length in png_chunks(data):
        stated = int.from_bytes(view[start + length : start + length + 4], "big")
        if kind in (b"IHDR", b"PLTE", b"IDAT", b"tRNS") and zlib.crc32(view[start - 4 : start + length]) != stated:
            raise broken("PNG")


def check_jpeg(data: bytes) -> None:
    """Raise RejectedImage unless the end marker follows the last scan; a thumbnail's own lies before it."""
    if data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda"):
        raise broken("JPEG")


def webp_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each RIFF chunk as (type, start of its body, length of its body); RejectedImage when cut off (RFC 9649)."""
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise broken("WebP")
    at = 12
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise broken("WebP")
        yield kind, at + 8, length
        at += 8 + length + length % 2


def _png(data: bytes) -> Header:
    chunks = png_chunks(data)
    kind, start, length = next(chunks)
    if kind != b"IHDR" or length != 13:
        raise broken("PNG")
    width, height, depth, colour = struct.unpack_from(">IIBB", data, start)
    if depth not in _PNG_DEPTHS.get(colour, ()):
        raise broken("PNG")
    animated, end = False, start
    for kind, start, length in chunks:
        animated = animated or kind == b"acTL"
        end = start + length + 4
    return Header("PNG", width, height, depth, _PNG_CHANNELS[colour], animated, palette=colour == 3, length=end)


def _jpeg(data: bytes) -> Header:
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xFF or marker in _JPEG_BARE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _JPEG_FRAMES:
            if at + 10 > len(data):
                break
            depth, height, width, channels = struct.unpack_from(">BHHB", data, at + 4)
            return Header("JPEG", width, height, depth, channels, length=len(data))
        if marker in (0xD9, 0xDA):
            break
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise broken("JPEG")


def _webp(data: bytes) -> Header:
    found: Header | None = None
    extended = animated = alpha = False
    length = 8 + int.from_bytes(data[4:8], "little")
    for kind, start, size in webp_chunks(data):
        animated = animated or kind in (b"ANIM", b"ANMF")
        if kind == b"VP8X" and size >= 10 and found is None:
            extended, alpha, animated = True, bool(data[start] & 0x10), animated or bool(data[start] & 0x02)
            width, height = (int.from_bytes(data[start + i : start + i + 3], "little") + 1 for i in (4, 7))
            found = Header("WEBP", width, height, 8, 4 if alpha else 3, animated, length=length)
        frame = _webp_frame(kind, data, start, size, length)
        if frame is None:
            continue
        if found is None:
            found = frame
        elif extended and not animated and (frame.width, frame.height) != (found.width, found.height):
            raise broken("WebP")
    if found is None:
        raise broken("WebP")
    return Header("WEBP", found.width, found.height, 8, found.channels, animated, length=length)


def _webp_frame(kind: bytes, data: bytes, start: int, size: int, length: int) -> Header | None:
    """Size as the bitstream itself states it: a canvas that claims less must not slip past the caps."""
    if kind == b"VP8 ":
        if size < 10 or data[start + 3 : start + 6] != b"\x9d\x01\x2a":
            raise broken("WebP")
        width, height = struct.unpack_from("<HH", data, start + 6)
        return Header("WEBP", width & 0x3FFF, height & 0x3FFF, 8, 3, length=length)
    if kind == b"VP8L":
        if size < 5 or data[start] != 0x2F:
            raise broken("WebP")
        bits = int.from_bytes(data[start + 1 : start + 5], "little")
        alpha = bool(bits >> 28 & 1)
        return Header("WEBP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, 8, 4 if alpha else 3, length=length)
    return None
