"""Whether the new copy can be read in a result: only where something changed is read, closely first, wider in doubt."""

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging import reading
from workbench.imaging.copy.finding import likeness
from workbench.imaging.reading import Box

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

#: likeness with which a close look is believed; below it the line is read with more around it
_ENOUGH = 0.9
#: of the height of what changed: a letter's usual width with its space, and how far a line may reach unseen
_LETTER, _LINE = 0.8, 16
#: longest side in px on which places that changed are told apart, and how many are read one by one
_COARSE, _PLACES = 1000, 6


def read_back(after: Pixels, expected: str | None, differs: Mask, region: Mask | None) -> float | None:
    """How much of `expected` can be read in and beside what changed, 0–1; None where nothing can be read.

    `after`: uint8 sRGB H×W×3|4. `differs`, `region`: bool H×W, what changed and where it was allowed; the region is
    read where nothing changed. Letters that stayed are read too: only one of “$39” differs from “$49”.
    """
    where = differs if differs.any() else region
    if not expected or where is None or not where.any():
        return None
    places = _places(where)
    close = _best(after, expected, [_around(box, after, _reach(box, expected)) for box in places])
    if close is not None and close >= _ENOUGH:
        return round(close, 4)
    wide = _best(after, expected, [_around(box, after, _LINE * box[3]) for box in places])
    found = max((it for it in (close, wide) if it is not None), default=None)
    return None if found is None else round(found, 4)


def _best(after: Pixels, expected: str, boxes: list[Box]) -> float | None:
    lines = [line for x, y, w, h in boxes for line in reading.lines(np.ascontiguousarray(after[y : y + h, x : x + w]))]
    return likeness(lines, expected)


def _reach(box: Box, expected: str) -> int:
    """How far the line of `expected` may go on beside the part of it that changed."""
    _, _, width, height = box
    return round(min(_LINE * height, max(_LETTER * height * len(expected) - width, 0) + 2 * height))


def _around(box: Box, image: Pixels, reach: int) -> Box:
    x, y, width, height = box
    left, top = max(0, x - reach), max(0, y - height)
    right, bottom = min(image.shape[1], x + width + reach), min(image.shape[0], y + 2 * height)
    return left, top, right - left, bottom - top


def _places(where: Mask) -> list[Box]:
    """Boxes (x, y, width, height) of what changed: one for all of a line, or a single one where there are many."""
    scale = min(1.0, _COARSE / max(where.shape))
    small = cv2.resize(where.view(np.uint8) * np.uint8(255), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    across, down = where.shape[1] / small.shape[1], where.shape[0] / small.shape[0]
    _, _, stats, _ = cv2.connectedComponentsWithStats((small > 0).view(np.uint8), connectivity=8)
    boxes: list[Box] = []
    for x, y, width, height in sorted(tuple(int(it) for it in row[:4]) for row in stats[1:]):
        boxes = _joined(boxes, (x, y, width, height))
    if len(boxes) > _PLACES:
        x, y, width, height = cv2.boundingRect((small > 0).view(np.uint8))
        boxes = [(x, y, width, height)]
    return [
        (int(x * across), int(y * down), int(np.ceil(w * across)), int(np.ceil(h * down)))
        for x, y, w, h in sorted(boxes, key=lambda box: (box[1], box[0]))
    ]


def _joined(boxes: list[Box], box: Box) -> list[Box]:
    """The boxes with one more, which takes in every one that may stand on a line with it."""
    for other in boxes:
        if _near(box, other):
            x, y = min(box[0], other[0]), min(box[1], other[1])
            right = max(box[0] + box[2], other[0] + other[2])
            bottom = max(box[1] + box[3], other[1] + other[3])
            return _joined([it for it in boxes if it != other], (x, y, right - x, bottom - y))
    return [*boxes, box]


def _near(box: Box, other: Box) -> bool:
    high = max(box[3], other[3])
    beside = max(box[0], other[0]) - min(box[0] + box[2], other[0] + other[2])
    above = max(box[1], other[1]) - min(box[1] + box[3], other[1] + other[3])
    return beside <= 4 * high and above <= high
