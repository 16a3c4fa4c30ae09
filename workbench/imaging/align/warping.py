"""Affine maps between two pictures of different size, and one picture laid into the frame of another.

A map is a float64 2×3 matrix from pixel centres to pixel centres, (x, y) with the first pixel's centre at (0, 0); the
picture itself then reaches from −.5 to width − .5, so that a pure resize by s is s·(x + .5) − .5.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]
Size = tuple[int, int]

#: output pixels per frame pixel from which on the output is averaged before it is interpolated
_SHRINKS = 1.1
#: frame pixels next to the output's border that interpolation makes up in part
MARGIN = 4


def plain(original_size: Size, output_size: Size) -> Matrix:
    """The map of a pure resize from (width, height) to (width, height), each axis by its own factor."""
    across, down = (new / old for new, old in zip(output_size, original_size, strict=True))
    return placed(across, down, (0.0, 0.0))


def placed(across: float, down: float, corner: tuple[float, float]) -> Matrix:
    """The map that scales by (across, down) and puts the frame's upper left corner at `corner`, in px from the
    output's own corner."""
    return np.array([[across, 0, corner[0] + 0.5 * across - 0.5], [0, down, corner[1] + 0.5 * down - 0.5]])


def scaled(
    matrix: Matrix, original_scale: float | tuple[float, float], output_scale: float | tuple[float, float]
) -> Matrix:
    """The same map between resized pictures; scales are new size / old size, one number or (across, down)."""
    across, down = _pair(original_scale)
    back = placed(1 / across, 1 / down, (0.0, 0.0))
    return chained(placed(*_pair(output_scale), (0.0, 0.0)), chained(matrix, back))


def chained(second: Matrix, first: Matrix) -> Matrix:
    """The map that does `first`, then `second`."""
    linear = second[:, :2] @ first
    linear[:, 2] += second[:, 2]
    return linear


def inverse(matrix: Matrix) -> Matrix:
    """The way back; raises numpy.linalg.LinAlgError for a map that flattens the picture."""
    linear = np.linalg.inv(matrix[:, :2])
    return np.column_stack([linear, -linear @ matrix[:, 2]])


def warped(output: NDArray[Any], matrix: Matrix, size: Size) -> tuple[NDArray[Any], Mask]:
    """`output` (h×w×3|4, uint8 or float32 sRGB levels) laid into a frame of `size` (width, height).

    `matrix` maps the frame's pixel centres to the output's. Returns the picture in the output's own dtype and channels
    (bicubic; averaged first where it shrinks; straight alpha, interpolated with premultiplied colour) and bool H×W,
    True where the output has something to show, 4 frame pixels away from where it ends. Levels of float32 may leave
    0–255 slightly, as bicubic does.
    """
    valid = covered(output.shape[:2], matrix, size)
    picture = output if output.shape[2] == 3 else _premultiplied(output)
    picture, matrix = _shrunk(picture, matrix)
    laid = cv2.warpAffine(
        picture, matrix, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    return (laid if output.shape[2] == 3 else _straight(laid, output.dtype)), valid


def covered(shape: tuple[int, ...], matrix: Matrix, size: Size, margin: int = MARGIN) -> Mask:
    """bool H×W of a frame of `size`: where an output of `shape` has something to show, `margin` px inside its end."""
    inside = cv2.warpAffine(
        np.ones(shape[:2], np.uint8), matrix, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP, borderValue=0
    )
    if margin and not inside.all():
        inside = cv2.erode(inside, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8), borderValue=1)
    return np.asarray(inside > 0)


def _pair(scale: float | tuple[float, float]) -> tuple[float, float]:
    return scale if isinstance(scale, tuple) else (scale, scale)


def _shrunk(picture: NDArray[Any], matrix: Matrix) -> tuple[NDArray[Any], Matrix]:
    """The picture averaged to about the frame's density, and the map to it."""
    across, down = np.linalg.norm(matrix[:, :2], axis=1)
    height, width = picture.shape[:2]
    size = (
        max(1, round(width / across)) if across > _SHRINKS else width,
        max(1, round(height / down)) if down > _SHRINKS else height,
    )
    if size == (width, height):
        return picture, matrix
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return small, scaled(matrix, 1.0, (size[0] / width, size[1] / height))


def _premultiplied(picture: NDArray[Any]) -> NDArray[np.float32]:
    levels = picture.astype(np.float32)
    levels[..., :3] *= levels[..., 3:] / 255
    return levels


def _straight(levels: NDArray[Any], dtype: Any) -> NDArray[Any]:
    # Bicubic overshoots in colour and opacity alike, so that their ratio stays what it was.
    levels[..., :3] *= 255 / np.maximum(levels[..., 3:], 1)
    levels[..., 3:] = np.clip(levels[..., 3:], 0, 255)
    if dtype == np.uint8:
        levels = np.rint(np.clip(levels, 0, 255))
    return np.asarray(levels, dtype)
