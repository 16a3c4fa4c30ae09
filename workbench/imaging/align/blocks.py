"""What each block of a frame says about a map: how far it is off there, how surely, and how alike the pictures are.

One step of Lucas and Kanade (1981) in every block, with a gain and an offset of its own, so that a colour cast or a
gain field moves nothing.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging.align.warping import Mask, Matrix, covered

Levels = NDArray[np.float32]
Numbers = NDArray[np.float64]

#: px of blur that leaves what a redrawn picture shares with its original, and of the larger one that is taken away
FINE, COARSE = 1.0, 8.0
#: pixels of blurred noise that go together: 4πσ²
_TOGETHER = 4 * np.pi * FINE**2
#: levels that no 8-bit picture is more exact than
_FLOOR = 0.3


@dataclass(frozen=True)
class Blocks:
    """Measurements of N blocks."""

    #: N×2, (x, y) of the middle, frame pixels
    centre: Numbers
    #: N×2, frame pixels by which the output's picture lies too far right and down; what a block can't see is 0
    shift: Numbers
    #: N×2×2, inverse covariance of `shift`, 1/px²
    information: Numbers
    #: N, correlation −1…1 of the two pictures once shifted
    likeness: Numbers
    #: N×2, standard deviation in levels of the frame and of the output laid into it
    contrast: Numbers

    def __getitem__(self, which: NDArray[np.bool_]) -> "Blocks":
        return Blocks(
            self.centre[which], self.shift[which], self.information[which], self.likeness[which], self.contrast[which]
        )

    def __len__(self) -> int:
        return len(self.centre)


_NOTHING = Blocks(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros((0, 2, 2)), np.zeros(0), np.zeros((0, 2)))


def banded(levels: Levels) -> Levels:
    """h×w levels without pixel noise and without slow changes of light (difference of Gaussians)."""
    return np.asarray(cv2.GaussianBlur(levels, (0, 0), FINE) - cv2.GaussianBlur(levels, (0, 0), COARSE))


def measured(frame: Levels, output: Levels, matrix: Matrix, side: int, usable: Mask | None = None) -> Blocks:
    """Every block of side×side px that lies in the output wholly, and in `usable` (bool, the frame's h×w) wholly.

    `frame` and `output` are `banded`; `matrix` maps frame to output.
    """
    height, width = frame.shape
    if min(height, width) < side:
        return _NOTHING
    # bilinear: bicubic as OpenCV has it moves slopes by up to .05 px
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid: Levels = np.asarray(
        cv2.warpAffine(output, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
    counts = covered(output.shape, matrix, (width, height), 2)
    counts = counts if usable is None else counts & usable
    whole = _sums(counts.astype(np.float32), side) > side * side - 0.5
    sums = {name: _sums(product, side)[whole] for name, product in _products(frame, laid).items()}
    return _solved(sums, _centres(frame.shape, side)[whole], side)


def _products(frame: Levels, laid: Levels) -> dict[str, Levels]:
    dx, dy = (_slope(frame, axis) for axis in (1, 0))
    ex, ey = (_slope(laid, axis) for axis in (1, 0))
    gx, gy = -(dx + ex) / 2, -(dy + ey) / 2
    return {
        "a": frame, "b": laid, "aa": frame * frame, "ab": frame * laid, "bb": laid * laid,
        "x": gx, "y": gy, "ax": frame * gx, "ay": frame * gy, "bx": laid * gx, "by": laid * gy,
        "xx": gx * gx, "xy": gx * gy, "yy": gy * gy,
        "jxx": dx * ex, "jxy": (dx * ey + dy * ex) / 2, "jyy": dy * ey,
    }  # fmt: skip


def _slope(levels: Levels, axis: int) -> Levels:
    kernel = np.array([[-0.5, 0, 0.5]], np.float32)
    return np.asarray(cv2.filter2D(levels, cv2.CV_32F, kernel if axis else kernel.T, borderType=cv2.BORDER_REPLICATE))


def _sums(values: Levels, side: int) -> NDArray[np.float32]:
    top, left = (length % side // 2 for length in values.shape)
    rows, columns = (length // side for length in values.shape)
    inner = values[top : top + rows * side, left : left + columns * side]
    return np.asarray(cv2.resize(inner, (columns, rows), interpolation=cv2.INTER_AREA) * (side * side), np.float32)


def _centres(shape: tuple[int, ...], side: int) -> Numbers:
    top, left = (length % side // 2 for length in shape)
    rows, columns = (length // side for length in shape)
    x, y = np.meshgrid(left + np.arange(columns) * side, top + np.arange(rows) * side)
    return np.asarray(np.stack([x, y], axis=-1) + (side - 1) / 2, np.float64)


def _solved(sums: dict[str, NDArray[np.float32]], centre: Numbers, side: int) -> Blocks:
    """Least squares of output = gain · frame + offset − gradient · shift in every block.

    The information uses products of the two pictures' gradients, to which noise, being different in each, adds
    nothing: a block of pure grain would else be sure that it is in place.
    """
    s = {name: values.astype(np.float64) for name, values in sums.items()}
    n = float(side * side)
    # without the block's mean, which is the offset
    aa, bb, ab = (s[p + q] - s[p] * s[q] / n for p, q in ("aa", "bb", "ab"))
    ax, ay, bx, by = (s[p + q] - s[p] * s[q] / n for p, q in ("ax", "ay", "bx", "by"))
    xx, xy, yy = (s[p + q] - s[p] * s[q] / n for p, q in ("xx", "xy", "yy"))
    least = n * _FLOOR**2
    normal = _symmetric(xx - ax * ax / (aa + least), xy - ax * ay / (aa + least), yy - ay * ay / (aa + least))
    right = np.stack([bx - ab * ax / (aa + least), by - ab * ay / (aa + least)], axis=-1)
    shift = _solve(normal, right)
    gain = (ab - (shift * np.stack([ax, ay], axis=-1)).sum(axis=1)) / (aa + least)
    rest = np.maximum(bb - gain * ab - (shift * np.stack([bx, by], axis=-1)).sum(axis=1), 0)
    shared = _symmetric(s["jxx"], s["jxy"], s["jyy"])
    variance = (rest + least) / n * _TOGETHER
    return Blocks(
        centre,
        shift,
        _positive(shared * gain[:, None, None]) / variance[:, None, None],
        np.sign(gain) * np.sqrt(np.clip(1 - (rest + least) / (bb + least), 0, 1)),
        np.sqrt(np.maximum(np.stack([aa, bb], axis=-1), 0) / n),
    )


def _symmetric(xx: Numbers, xy: Numbers, yy: Numbers) -> Numbers:
    return np.stack([np.stack([xx, xy], axis=-1), np.stack([xy, yy], axis=-1)], axis=-2)


def _solve(normal: Numbers, right: Numbers) -> Numbers:
    """Shifts; along a straight edge, where nothing can be told, 0."""
    values, axes = np.linalg.eigh(normal)
    # a hundredth of the stronger direction is the slope that grain has along an edge
    certain = values > np.maximum(values[:, 1:] * 0.01, 1e-3)
    seen = np.einsum("nij,ni->nj", axes, right) * certain / np.where(certain, values, 1)
    return np.asarray(np.einsum("nij,nj->ni", axes, seen))


def _positive(matrices: Numbers) -> Numbers:
    values, axes = np.linalg.eigh(matrices)
    return np.asarray(np.einsum("nij,nj,nkj->nik", axes, np.maximum(values, 0), axes))
