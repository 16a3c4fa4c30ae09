"""What one colour swap does to a picture, kept apart from the picture until all swaps are known."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.colour_space import Bytes, Floats
from workbench.imaging.matting import Mask

Box = tuple[slice, slice]


@dataclass(frozen=True)
class Change:
    """New colours for a box of the picture."""

    box: Box  #: rows and columns of the full picture
    levels: Bytes  #: h×w×3, the box recoloured
    alpha: Floats  #: h×w, share of the source colour found in each pixel, 0–1
    doubts: tuple[str, ...] = ()  #: sentences for a designer: what may not be exact, and what would help


def bounds(mask: Mask, margin: int) -> Box | None:
    """The rows and columns that hold every True pixel plus a margin, or None when there is none."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    if not width:
        return None
    tall, wide = mask.shape
    return (
        slice(max(y - margin, 0), min(y + height + margin, tall)),
        slice(max(x - margin, 0), min(x + width + margin, wide)),
    )


def largest(levels: Bytes) -> Bytes:
    """The largest channel of each pixel of H×W×3, as H×W (a reduction over the last axis takes ten times as long)."""
    red, green, blue = cv2.split(levels)
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def disc(radius: float) -> Bytes:
    """A round structuring element."""
    reach = np.arange(-int(radius), int(radius) + 1)
    return ((reach[:, None] ** 2 + reach**2) <= radius**2 + radius * 0.5).astype(np.uint8)


def grow(mask: Mask, radius: float) -> Mask:
    """Every pixel within `radius` of a True one."""
    return np.asarray(cv2.dilate(mask.view(np.uint8), disc(radius)), np.uint8).view(np.bool_)


def apply(image: Bytes, changes: Sequence[Change]) -> tuple[Bytes, Floats]:
    """All changes at once on a copy of H×W×3 or H×W×4, and the share of each pixel that was recoloured.

    Every change was made from the original, so their differences add up: a pixel that is half one source and half
    another gets half of each.
    """
    result, alpha = image.copy(), np.zeros(image.shape[:2], np.float32)
    if len(changes) == 1:
        result[changes[0].box][..., :3] = changes[0].levels
        alpha[changes[0].box] = changes[0].alpha
    elif changes:
        total = np.zeros((*image.shape[:2], 3), np.int16)
        for change in changes:
            total[change.box] += change.levels.astype(np.int16) - image[change.box][..., :3]
            alpha[change.box] += change.alpha
        total += image[..., :3]
        result[..., :3] = np.clip(total, 0, 255, out=total)
        np.minimum(alpha, 1, out=alpha)
    return result, alpha
