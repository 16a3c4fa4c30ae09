"""Which canvas sizes a model takes, and which of them suits a part of a picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Size = tuple[int, int]
#: x, y, width, height
Box = tuple[int, int, int, int]
Numbers = NDArray[np.float64]
Sizes = NDArray[np.int64]

#: canvas pixels for one of the picture beyond which the crop takes in more of the picture instead
_MOST = 2.0
#: steps in which padding is compared, as a share of the canvas: less isn't worth a loss of detail
_PADDING = 0.005
#: the same for its pixels: a size nearer to the box's own proportions is worth so much more of them
_COST = 0.05


@dataclass(frozen=True)
class Rule:
    """The sizes of a model that takes any within bounds."""

    #: both sides are multiples of it
    multiple: int = 16
    #: px of the longer side, and the longer side as a multiple of the shorter
    longest: int = 3840
    aspect: float = 3.0
    #: px of the whole canvas
    least: int = 655_360
    most: int = 8_294_400

    def sizes(self) -> Sizes:
        """Every allowed (width, height), N×2."""
        sides = np.arange(self.multiple, self.longest + 1, self.multiple)
        width, height = (axis.ravel() for axis in np.meshgrid(sides, sides))
        pixels = width * height
        within = (self.least <= pixels) & (pixels <= self.most)
        within &= np.maximum(width, height) <= self.aspect * np.minimum(width, height)
        return np.column_stack([width, height])[within]


def fitted(picture: Size, box: Box, sizes: Sizes) -> Size:
    """The size with the least padding for `box` of a picture, then the least loss of detail, then few pixels."""
    width, height = sizes.T.astype(np.float64)
    across, down = _wanted(picture, box, width, height)
    scale = np.minimum(width / across, height / down)
    padding = np.maximum(0, 1 - across * down * scale**2 / (width * height))
    lost = np.maximum(0, 1 - scale)
    apart = np.abs(np.log(width / height * box[3] / box[2]))
    cost = np.floor(np.log(width * height) / _COST)
    # the last key counts first
    best = np.lexsort((width * height, apart, cost, np.round(lost, 3), np.floor(padding / _PADDING)))[0]
    return int(sizes[best, 0]), int(sizes[best, 1])


def grown(picture: Size, box: Box, size: Size) -> Box:
    """`box` with as much around it as the canvas has room for, where the picture has it."""
    width, height = (np.array([float(side)]) for side in size)
    sides = [int(wanted[0]) for wanted in _wanted(picture, box, width, height)]
    places = []
    for at, long, side, most in zip(box[:2], box[2:], sides, picture, strict=True):
        places.append(min(max(0, at + (long - side) // 2), most - side))
    return places[0], places[1], sides[0], sides[1]


def _wanted(picture: Size, box: Box, width: Numbers, height: Numbers) -> tuple[Numbers, Numbers]:
    """Width and height of the crop on each canvas, whole numbers: at least the box, with the canvas's proportions."""
    across, down = np.maximum(box[2], width / _MOST), np.maximum(box[3], height / _MOST)
    across = np.maximum(across, down * width / height)
    down = np.maximum(down, across * height / width)
    return np.minimum(np.rint(across), picture[0]), np.minimum(np.rint(down), picture[1])
