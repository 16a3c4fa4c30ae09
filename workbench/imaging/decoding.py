"""From checked bytes to upright pixels, with exactly one full decode.

PNG and JPEG go through Pillow's own file classes and not through `Image.open`, whose size check depends on a global
that any library may change; WebP goes through OpenCV for the same reason, and because it needs less than half the
memory. The caps of `intake.header` come before any of this.
"""

import io
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from workbench.errors import RejectedImage
from workbench.imaging import headers, metadata
from workbench.imaging.headers import Header

Pixels = NDArray[np.uint8]

#: what Pillow's readers raise on hostile bytes; found by fuzzing
_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    IndexError,
    EOFError,
    OverflowError,
    ZeroDivisionError,
    AssertionError,
    struct.error,
    zlib.error,
)
#: EXIF orientation → (transpose first, then flip upside down, then flip left to right)
_TURNS = {
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}
_MODES = {"1": "Black-and-white", "L": "Greyscale", "LA": "Greyscale", "P": "Palette", "PA": "Palette"}


@dataclass(frozen=True, eq=False)
class Decoded:
    """The pixels of a file as it holds them, upright, and what came with them."""

    #: H×W×3 or H×W×4 uint8, straight alpha, in the file's own profile
    pixels: Pixels
    #: one channel in the file, repeated three times in `pixels`
    grey: bool
    icc: bytes | None
    metadata: metadata.Metadata
    notes: tuple[str, ...]


def decode(data: bytes, header: Header) -> Decoded:
    """Decode a file whose header is known and within the caps; RejectedImage when its data is cut off or damaged."""
    data = data[: header.length]
    return _webp(data) if header.format == "WEBP" else _pillow(data, header)


def _pillow(data: bytes, header: Header) -> Decoded:
    name = header.format
    # Not left to Pillow alone: one global flag of its own makes it accept cut and damaged files.
    (headers.check_png if name == "PNG" else headers.check_jpeg)(data)
    try:
        image = (PngImageFile if name == "PNG" else JpegImageFile)(io.BytesIO(data))
        if image.size != (header.width, header.height):
            raise headers.broken(name)
        image.load()
        info = dict(image.info)
        mode = image.mode
        opened = image.convert(_target(image)) if mode not in ("RGB", "RGBA") or "transparency" in info else image
        pixels = np.asarray(opened)
    except _FAULTS as error:
        raise headers.broken(name) from error
    notes = (f"{_MODES[mode]} picture: kept as {opened.mode}.",) if mode in _MODES else ()
    return _upright(pixels, mode in ("1", "L", "LA"), info, notes)


def _target(image: Image.Image) -> str:
    if image.mode not in (*_MODES, "RGB", "RGBA"):
        raise RejectedImage(f"This {image.format} holds its colours in a way Loupe can't keep: save it as 8-bit RGB.")
    return "RGBA" if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info else "RGB"


def _webp(data: bytes) -> Decoded:
    blocks = {kind: data[start : start + size] for kind, start, size in headers.webp_chunks(data)}
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise headers.broken("WebP") from error
    if found is None or found.ndim != 3 or found.dtype != np.uint8:
        raise headers.broken("WebP")
    pixels: Pixels = found.astype(np.uint8, copy=False)
    cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB, dst=pixels)
    info = {"icc_profile": blocks.get(b"ICCP"), "exif": blocks.get(b"EXIF", b""), "xmp": blocks.get(b"XMP ", b"")}
    return _upright(pixels, False, info, ())


def _upright(pixels: Pixels, grey: bool, info: Mapping[Any, Any], notes: tuple[str, ...]) -> Decoded:
    found = metadata.read(_block(info.get("exif")), _block(info.get("xmp")), info)
    if found.damaged:
        notes += ("The EXIF data is damaged and was ignored.",)
    if found.orientation != 1:
        pixels = _turned(pixels, found.orientation)
        notes += ("Turned upright as its EXIF orientation says.",)
    icc = _block(info.get("icc_profile")) or None
    return Decoded(pixels, grey, icc, found.metadata, notes)


def _block(value: object) -> bytes:
    return value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else b""


def _turned(pixels: Pixels, orientation: int) -> Pixels:
    """The stored pixels as the camera meant them (EXIF 2.32, tag 0x0112)."""
    transpose, down, across = _TURNS[orientation]
    view = pixels.swapaxes(0, 1) if transpose else pixels
    view = view[::-1] if down else view
    return np.ascontiguousarray(view[:, ::-1] if across else view)
