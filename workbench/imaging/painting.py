"""Regions that people drew, as masks: boxes, polygons and brush strokes in shares of the picture, grown, feathered."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.errors import InvalidInput

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
Canvas = NDArray[np.uint8]

#: fractional bits of OpenCV's drawing coordinates: a 16th of a pixel
_SHIFT = 4
#: largest coordinate drawn, in shares: what lies far outside must not overflow OpenCV's integers
_FAR = 2.0


def mask(region: Mapping[str, Any], size: tuple[int, int]) -> Mask:
    """H×W bool of `region` = {"shapes": […], "grow": g, "feather": f} for a picture of `size` (width, height).

    A shape is {"box": [x, y, w, h]}, {"polygon": [[x, y], …]} (even-odd) or {"stroke": [[x, y], …], "radius": r},
    painted in order; with "erase": true it takes away. Coordinates are shares of width and height, radius and grow
    shares of the longer side. Then the whole is grown (a disc's dilation), or shrunk where grow is negative; the
    picture's own rim doesn't shrink it. Feather doesn't count here, see `soft`. Raises InvalidInput.
    """
    painted = np.zeros((size[1], size[0]), np.uint8)
    shapes = region.get("shapes")
    if not isinstance(shapes, Sequence) or isinstance(shapes, str):
        raise InvalidInput("A drawn region is a list of shapes: boxes, polygons and strokes.")
    for shape in shapes:
        _paint(painted, shape)
    radius = _number(region.get("grow", 0)) * max(size)
    return grown(painted.view(np.bool_), radius)


def grown(area: Mask, radius: float) -> Mask:
    """H×W bool `area` and everything up to `radius` pixels from it; shrunk by as much where `radius` is negative."""
    if abs(radius) < 0.5 or not area.any():
        return area
    if radius > 0:
        return np.asarray(_away(~area) <= radius)
    return area & np.asarray(_away(area) > -radius)


def soft(area: Mask, feather: float) -> Floats:
    """H×W float32, 0–1: 0 outside `area`, rising inwards over `feather` pixels to 1.

    Nothing outside the area gets any share. Along the picture's own rim the area stays whole.
    """
    if feather <= 0:
        return area.astype(np.float32)
    if area.all():
        return np.ones(area.shape, np.float32)
    share = _away(area)
    share /= feather + 1  # the outermost pixels are 1 px away from the outside and have a share, too
    return np.asarray(np.minimum(share, 1, out=share), np.float32)


def _away(area: Mask) -> Floats:
    """For each pixel of `area` how far the nearest other pixel is; 0 elsewhere."""
    if area.all():
        return np.full(area.shape, np.inf, np.float32)
    return np.asarray(cv2.distanceTransform(area.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)


def _paint(painted: Canvas, shape: Any) -> None:
    match shape:
        case {"box": [_, _, _, _] as sides}:
            _box(painted, [_number(side) for side in sides], _value(shape))
        case {"polygon": [_, _, _, *_] as points}:
            corners = _fixed(_points(points), painted)
            cv2.fillPoly(painted, [corners], _value(shape), cv2.LINE_8, _SHIFT)
        case {"stroke": [_, *_] as points, "radius": radius}:
            _stroke(painted, _points(points), _number(radius) * max(painted.shape), _value(shape))
        case _:
            raise InvalidInput("A drawn shape is a box, a polygon of three points or more, or a stroke with a radius.")


def _value(shape: Mapping[str, Any]) -> int:
    return 0 if shape.get("erase") is True else 1


def _box(painted: Canvas, sides: list[float], value: int) -> None:
    height, width = painted.shape
    x, y, w, h = sides
    left, right = (round(min(max(edge, 0.0), 1.0) * width) for edge in (x, x + w))
    top, foot = (round(min(max(edge, 0.0), 1.0) * height) for edge in (y, y + h))
    painted[top:foot, left:right] = value


def _stroke(painted: Canvas, points: NDArray[np.float64], radius: float, value: int) -> None:
    """Every pixel whose centre is at most `radius` from the line: a disc at each point, a bar between two."""
    height, width = painted.shape
    radius = min(max(radius, 0.5), 2.0 * max(painted.shape))
    scale = 1 << _SHIFT
    for centre in _fixed(points, painted):
        cv2.circle(painted, tuple(map(int, centre)), round(radius * scale), value, cv2.FILLED, cv2.LINE_8, _SHIFT)
    pixels = points * (width, height)
    for one, other in pairwise(pixels):
        along = other - one
        length = float(np.hypot(*along))
        if length > 0:
            aside = np.array([-along[1], along[0]]) * (radius / length)
            bar = np.array([one + aside, other + aside, other - aside, one - aside]) / (width, height)
            cv2.fillConvexPoly(painted, _fixed(bar, painted), value, cv2.LINE_8, _SHIFT)


def _fixed(points: NDArray[np.float64], painted: Canvas) -> NDArray[np.int32]:
    """Shares as OpenCV's fixed-point coordinates, in which whole numbers are pixel centres."""
    height, width = painted.shape
    pixels = points * (width, height) - 0.5
    return np.asarray(np.rint(pixels * (1 << _SHIFT)), np.int32)


def _points(points: Sequence[Any]) -> NDArray[np.float64]:
    if not all(isinstance(point, Sequence) and len(point) == 2 for point in points):
        raise InvalidInput("A point of a drawn shape is two numbers, x and y, as shares of the picture.")
    numbers = np.array([[_number(x), _number(y)] for x, y in points])
    return np.asarray(np.clip(numbers, -_FAR, _FAR), np.float64)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise InvalidInput("A drawn shape is measured in plain numbers.")
    return float(value)
