"""New grounds for a product: one colour, a gradient without bands, or a picture that fills the frame."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.errors import InvalidInput
from workbench.imaging.colour_space import Bytes, Floats, hex_to_rgb
from workbench.imaging.resize import resize

#: rows start to end (not included) → (end − start)×W×3 unrounded sRGB levels 0–255
Rows = Callable[[int, int], Floats]


@dataclass(frozen=True)
class Gradient:
    """From one colour to another, as CSS and design tools draw it: evenly in sRGB levels."""

    first: str  #: #RRGGBB
    second: str  #: #RRGGBB
    #: degrees: 0 runs left to right, 90 top to bottom; the ends lie in the frame's corners
    angle: float = 0.0


def rows(ground: str | Gradient | Bytes, size: tuple[int, int]) -> tuple[Rows, tuple[str, ...]]:
    """The ground for a frame of (width, height), by rows, and doubts about it. Raises InvalidInput."""
    if isinstance(ground, Gradient):
        return _gradient(ground, size), ()
    if isinstance(ground, str):
        levels = hex_to_rgb(ground).astype(np.float32)
        return lambda start, end: np.broadcast_to(levels, (end - start, size[0], 3)), ()
    covering, doubts = cover(ground, size)
    return lambda start, end: covering[start:end].astype(np.float32), doubts


def _gradient(gradient: Gradient, size: tuple[int, int]) -> Rows:
    width, height = size
    if not math.isfinite(gradient.angle):
        raise InvalidInput("The gradient's angle must be a number of degrees, for example 90 for top to bottom.")
    turn = math.radians(gradient.angle)
    across, down = math.cos(turn), math.sin(turn)
    length = abs(width * across) + abs(height * down)
    first, second = (hex_to_rgb(colour).astype(np.float32) for colour in (gradient.first, gradient.second))
    x = (np.arange(width) + 0.5 - width / 2) * (across / length) + 0.5

    def drawn(start: int, end: int) -> Floats:
        y = (np.arange(start, end) + 0.5 - height / 2) * (down / length)
        share = np.clip(x[None] + y[:, None], 0, 1).astype(np.float32)[..., None]
        return np.asarray(first + share * (second - first), np.float32)

    return drawn


def cover(picture: Bytes, size: tuple[int, int]) -> tuple[Bytes, tuple[str, ...]]:
    """A picture scaled in correct light so that it fills (width, height), its middle kept; uint8 H×W×3, and doubts."""
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in (3, 4) or 0 in picture.shape:
        raise InvalidInput("The background picture must be 8-bit RGB or RGBA, height × width × 3 or 4.")
    if picture.shape[2] == 4 and int(picture[..., 3].min()) < 255:
        raise InvalidInput("The background picture has transparent parts. Choose one that is opaque everywhere.")
    tall, wide = picture.shape[:2]
    scale = max(size[0] / wide, size[1] / tall)
    # only what will be seen is scaled
    w, h = min(wide, max(1, round(size[0] / scale))), min(tall, max(1, round(size[1] / scale)))
    left, top = (wide - w) // 2, (tall - h) // 2
    seen = np.ascontiguousarray(picture[top : top + h, left : left + w, :3])
    doubts: tuple[str, ...] = ()
    if scale > 1.05:
        doubts = (
            f"The background picture is {wide} × {tall} px and was enlarged {scale:.1f} times: it may look soft. "
            "Choose a larger one.",
        )
    return resize(seen, *size, sharpen=0.0) if seen.shape[1::-1] != size else seen, doubts


def dithered(levels: Floats, start: int) -> Bytes:
    """Unrounded levels, h×W×3, of rows from `start` on as bytes that show no bands; whole levels stay as they are.

    Interleaved gradient noise, another for each channel (Jimenez 2014, "Next generation post processing in Call of
    Duty: Advanced Warfare"): fixed, and its error is of high frequency.
    """
    height, width = levels.shape[:2]
    y, x = np.arange(start, start + height + 34)[:, None], np.arange(width + 94)[None]
    pattern = ((52.9829189 * ((0.06711056 * x + 0.00583715 * y) % 1)) % 1).astype(np.float32)
    # a whole level that arithmetic left a hair below itself is still that level
    pattern = pattern * np.float32(0.998) + np.float32(1e-3)
    result = np.empty(levels.shape, np.uint8)
    for channel in range(3):
        # shifted by a few pixels, so that a grey gradient's channels don't round together
        shifted = pattern[17 * channel : 17 * channel + height, 47 * channel : 47 * channel + width]
        result[..., channel] = np.clip(levels[..., channel] + shifted, 0, 255)
    return result
