"""Whether two pictures are one and the same to the eye: saved again, smaller or in another format, not edited."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging import flatten

Pixels = NDArray[np.uint8]

#: bits of two perceptual hashes that may differ. Measured on 29 pictures saved again (JPEG down to 50, WebP, sizes down
#: to a quarter): at most 8, nearly always 0 to 2. But brand pictures that differ in colour alone differ in 0 to 2 too.
BITS = 7
#: cells a side of a grid → levels of 255 by which any channel's mean in one cell may differ. Measured on the same
#: pictures (9 in 10 / all): 8 × 8 cells, saved again 2.6 / 5.5; 16 × 16, 4.4 / 6.7; 32 × 32, 9.6 / 14. What is missed
#: there comes in as another picture, which loses nothing. A shade that differs by 6 levels over a seventh of the
#: sides, or by 4 over more, shows in the coarse grid; a small mark and a crop by 1 % (22 and more) in the fine one
LEVELS = {8: 3.0, 16: 5.0, 32: 12.0}
#: share by which the ratio of the sides may differ: what rounding a small size does
_SIDES = 0.012
_GRID = 32


@dataclass(frozen=True, eq=False)
class Look:
    """What a picture looks like from afar."""

    #: 32×32×3 float32, 0–255, sRGB: the mean colour of each cell, transparency laid on middle grey
    cells: NDArray[np.float32]
    #: width and height of the pixels it was made of
    size: tuple[int, int]


def look(pixels: Pixels) -> Look:
    """The look of an H×W×3|4 uint8 sRGB picture of any size; a preview has the same."""
    plain = np.ascontiguousarray(flatten.over(pixels, flatten.GREY), dtype=np.float32)
    cells = np.asarray(cv2.resize(plain, (_GRID, _GRID), interpolation=cv2.INTER_AREA), dtype=np.float32)
    return Look(cells, (pixels.shape[1], pixels.shape[0]))


def same(first: Look, second: Look) -> bool:
    """Whether two pictures are the same to the eye: the same form, and no cell that differs visibly."""
    (width, height), (other_width, other_height) = first.size, second.size
    form = (width / height) / (other_width / other_height)
    rounded = 1.5 / min(width, height, other_width, other_height)  # both previews have whole pixels
    if abs(form - 1) > max(_SIDES, rounded):
        return False
    apart = first.cells - second.cells
    return all(_coarse(apart, side) <= most for side, most in LEVELS.items())


def _coarse(apart: NDArray[np.float32], side: int) -> float:
    """The largest mean of any channel in the cells of a grid of `side`; what differs both ways evens out."""
    each = _GRID // side
    return float(np.abs(apart.reshape(side, each, side, each, 3).mean(axis=(1, 3))).max())
