"""An original and the output laid onto it, at the working size at which they are analysed."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.align import warping
from workbench.imaging.align.warping import Mask, Matrix
from workbench.imaging.colour_space import Bytes, Floats
from workbench.imaging.lock import transparency

#: pixels of the working size
ANALYSED = 1_600_000


@dataclass(frozen=True)
class Compared:
    """Both pictures in the original's frame, opaque, no finer than either really is."""

    #: uint8 h×w×3
    original: Bytes
    #: uint8 h×w×3
    output: Bytes
    #: bool h×w, where the output shows something
    valid: Mask
    #: 2×3, pixel centres of the original → pixel centres of the output, both at full size
    matrix: Matrix
    #: float32[3] levels: what shows through a transparent original; None for an opaque one
    ground: Floats | None
    #: px of the original in one working px
    px: float


def compared(original: Bytes, output: Bytes, matrix: Matrix) -> Compared:
    """`original` (uint8 H×W×3|4) and `output` (uint8, any size, 3|4) by the matrix between them."""
    height, width = original.shape[:2]
    density = math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))
    scale = min(1.0, density, math.sqrt(ANALYSED / (width * height)))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = original if size == (width, height) else cv2.resize(original, size, interpolation=cv2.INTER_AREA)
    laid, valid = warping.warped(output, warping.scaled(matrix, (size[0] / width, size[1] / height), 1.0), size)
    shown, over, ground = transparency.grounded(np.asarray(small, np.uint8), np.asarray(laid, np.uint8), valid)
    return Compared(shown, over, valid, matrix, ground, math.sqrt(width * height / (size[0] * size[1])))


def shrunk(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """bool H×W at working size, True where any of it is."""
    small = cv2.resize(mask.view(np.uint8) * np.uint8(255), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(small > 0)
