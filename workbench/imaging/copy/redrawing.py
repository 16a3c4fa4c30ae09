"""Taking the old line away and drawing the new one, pixel by pixel, where the two differ."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.errors import CopyDoesNotFit, CopyDoubtful
from workbench.imaging import typesetting
from workbench.imaging.copy import erasing, shadowing
from workbench.imaging.copy.wording import shown
from workbench.imaging.refining import Fit
from workbench.imaging.typesetting import Setting

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]

#: a pixel with less ink than this rounds to its ground
_INK = 0.003
#: shares of ink of both lines that differ by less are the same letter in the same place
_SAME = 0.02
#: full ink; so many of its pixels tell the colour better than a fit does
_FULL, _FEW = 0.985, 12
#: levels that the ink's colour may vary by
_EVEN = 14.0
#: expected ΔE2000 of the filled ground from which a person should look
_SEEN = 2.0


class Drawn(NamedTuple):
    image: Bytes
    mask: Mask
    doubts: tuple[str, ...]


def redraw(
    image: Bytes, old: str, new: str, fit: Fit, setting: Setting, *, region: Mask | None, protect: Mask | None
) -> Drawn:
    """`old`, set as `fit` says, replaced by `new`, set as `setting` says. Raises CopyDoesNotFit at a region's edge.

    Raises CopyDoubtful where the old letters cast a shadow.
    """
    box = _around(old, new, fit.setting, setting, image.shape)
    part = np.s_[box[1] : box[1] + box[3], box[0] : box[0] + box[2]]
    pixels = np.ascontiguousarray(image[part][..., :3])
    before, after = typesetting.coverage(old, fit.setting, box), typesetting.coverage(new, setting, box)
    spill = _spill(pixels, before)
    changes = _changes(before, after, spill)
    _inside(changes, part, region, protect)
    hole = _grown(before > _INK, 1 + spill)
    if shadowing.cast(pixels, before, _grown(before > _INK, 1), fit.setting.size):
        raise CopyDoubtful(
            f"{shown(old)} casts a shadow, a glow or an outline on its ground, which can't be taken away exactly. "
            "Use a generative template."
        )
    rows = round(1.15 * (_bottom(hole) - _top(hole))) + 4
    filled = erasing.fill(pixels, hole, shifts=(-rows, rows, -2 * rows, 2 * rows))
    colour, uneven = _colour(pixels, before, fit)
    inked = fit.inked(after)[..., None]
    result = filled.pixels * (1 - inked) + colour.astype(np.float32) * inked
    changed = np.zeros(image.shape[:2], bool)
    changed[part] = changes
    final = image.copy()
    final[..., :3][changed] = np.rint(np.clip(result[changes], 0, 255)).astype(np.uint8)
    return Drawn(final, changed, tuple(_doubts(filled.expected, uneven, spill > 0)))


def _around(old: str, new: str, was: Setting, now: Setting, shape: tuple[int, ...]) -> Box:
    """The part of the picture that holds both lines, and enough above and below to learn from."""
    a, b = typesetting.ink(old, was), typesetting.ink(new, now)
    high = max(a[3] - a[1], b[3] - b[1])
    left, right = min(a[0], b[0]) - 0.5 * high - 6, max(a[2], b[2]) + 0.5 * high + 6
    top, bottom = min(a[1], b[1]) - 2.6 * high - 8, max(a[3], b[3]) + 2.6 * high + 8
    x, y = max(0, int(left)), max(0, int(top))
    return x, y, min(shape[1], int(right)) - x, min(shape[0], int(bottom)) - y


def _changes(before: Floats, after: Floats, spill: int) -> Mask:
    """Where the lines differ, with a rim for what a rasteriser adds; letters that stay keep their pixels."""
    differs = np.abs(after - before) > _SAME
    touched = (before > _INK) | (after > _INK)
    old_rim = _grown(before > _INK, 1 + spill)
    return _grown(differs, 2 + spill) & (touched | old_rim)


def _spill(pixels: Bytes, before: Floats) -> int:
    """How many more pixels than one the old letters reach out, as compression does: seen by its noise beside them."""
    inked = before > _INK
    rim, beyond = _grown(inked, 4) & ~_grown(inked, 1), _grown(inked, 14) & ~_grown(inked, 9)
    if not beyond.any() or not rim.any():
        return 0
    detail = np.abs(pixels.astype(np.float32) - cv2.blur(pixels, (3, 3)).astype(np.float32)).max(axis=2)
    near, far = float(np.percentile(detail[rim], 75)), float(np.percentile(detail[beyond], 75))
    return 4 if near > 2 * far + 1.5 else 0


def _inside(changes: Mask, part: tuple[slice, ...], region: Mask | None, protect: Mask | None) -> None:
    if region is not None and (changes & ~region[part]).any():
        raise CopyDoesNotFit(
            "The region cuts through the old or the new copy. Mark the whole line with a little space."
        )
    if protect is not None and (changes & protect[part]).any():
        raise CopyDoesNotFit(
            "The old or the new copy reaches into a protected part. Protect less, or shorten the copy."
        )


def _colour(pixels: Bytes, before: Floats, fit: Fit) -> tuple[NDArray[np.float64], bool]:
    """(the ink's colour, whether it varies)."""
    full = pixels[before > _FULL].astype(np.float64)
    if len(full) < _FEW:
        return np.clip(np.rint(fit.colour), 0, 255), False
    middle = np.median(full, axis=0)
    return middle, bool((np.percentile(np.abs(full - middle), 90, axis=0) > _EVEN).any())


def _doubts(expected: float | None, uneven: bool, compressed: bool) -> list[str]:
    said = []
    if expected is None:
        said.append("The ground behind the old copy was filled in from around it: look whether it shows.")
    elif expected > _SEEN:
        said.append(
            f"The ground behind the old copy can't be known; it was filled in from around it, off by about "
            f"{expected:.1f} ΔE where the new copy doesn't cover it."
        )
    if compressed:
        said.append("The picture was compressed earlier: faint traces of the old letters may stay. A PNG leaves none.")
    if uneven:
        said.append("The old copy is not of one even colour; the new one has its middle colour.")
    return said


def _grown(mask: Mask, by: int) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel), np.bool_)


def _top(mask: Mask) -> int:
    return int(np.flatnonzero(mask.any(axis=1))[0])


def _bottom(mask: Mask) -> int:
    return int(np.flatnonzero(mask.any(axis=1))[-1]) + 1
