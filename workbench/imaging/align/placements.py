"""The ways in which a model may have fitted a frame into an output of another shape."""

import numpy as np

from workbench.imaging.align.blocks import Levels
from workbench.imaging.align.warping import Matrix, Size, placed, plain

#: proportions that differ by less are the same: sizes are rounded to multiples of 16
_SAME_SHAPE = 0.012
#: levels that vary less are an even bar, and the share of a side that a bar takes at least
_EVEN, _LEAST_BAR = 3.0, 0.015


def starts(size: Size, output: Levels) -> dict[str, Matrix]:
    """Maps from a frame of (width, height) to `output` by name: "resize", then what else may have been done."""
    height, width = output.shape
    found = {"resize": plain(size, (width, height))}
    across, down = width / size[0], height / size[1]
    if abs(np.log(across / down)) > _SAME_SHAPE:
        found["padded"] = _centred(size, (width, height), min(across, down))
        found["cropped"] = _centred(size, (width, height), max(across, down))
    left, top, right, bottom = _content(output)
    wide, high = right - left, bottom - top
    narrower = (wide, high) != (width, height) and wide > 0 < high
    if narrower and abs(np.log(wide / size[0] / (high / size[1]))) < 2 * _SAME_SHAPE:
        found["framed"] = placed(wide / size[0], high / size[1], (left, top))
    return found


def same_shape(size: Size, other: Size) -> bool:
    return bool(abs(np.log(other[0] / size[0] / (other[1] / size[1]))) <= _SAME_SHAPE)


def _centred(size: Size, output: Size, factor: float) -> Matrix:
    left, top = ((there - here * factor) / 2 for here, there in zip(size, output, strict=True))
    return placed(factor, factor, (left, top))


def _content(levels: Levels) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what isn't an even bar along a side."""
    (left, right), (top, bottom) = (_between(lines) for lines in (levels.T, levels))
    return left, top, right, bottom


def _between(lines: Levels) -> tuple[int, int]:
    uneven = np.flatnonzero(lines.std(axis=1) > _EVEN)
    if not len(uneven):
        return 0, len(lines)
    first, last = int(uneven[0]), int(uneven[-1]) + 1
    least = _LEAST_BAR * len(lines)
    return first if first > least else 0, last if len(lines) - last > least else len(lines)
