"""A perceptual hash, to find pictures that look alike; it says nothing about fidelity."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workbench.imaging import flatten

Pixels = NDArray[np.uint8]

_SIDE = 32
_LOW = 8


def phash(pixels: Pixels) -> int:
    """64-bit DCT hash of an H×W×3|4 uint8 sRGB picture, unsigned, as the `imagehash` package defines `phash`.

    32×32 luma (Lanczos), 2-D DCT-II, the 8×8 lowest frequencies, one bit each for "above their median", row by row,
    first bit highest. Transparency is laid on middle grey. The 512 px preview is enough: at 32×32 they are the same.
    """
    luma = Image.fromarray(np.ascontiguousarray(flatten.over(pixels, flatten.GREY))).convert("L")
    small = np.asarray(luma.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS), dtype=np.float32)
    # Rounded, so that the rounding noise of an even picture does not become bits.
    low = np.asarray(cv2.dct(small))[:_LOW, :_LOW].round(2)
    bits = np.packbits(low > np.median(low))
    return int.from_bytes(bits.tobytes(), "big")


def distance(a: int, b: int) -> int:
    """In how many of 64 bits two hashes differ; 0–4 is the same picture, over 12 another one."""
    return (a ^ b).bit_count()
