"""The small, smooth shifts that are left in a registered picture, found and taken out before pictures are compared."""

import cv2
import numpy as np

from workbench.imaging.colour_space import Floats

#: pixels of the picture that one pixel of the field stands for, each way, and the σ over which shifts are alike
_STEP, _REACH = 4, 16.0
#: the largest shift that is taken for misregistration, px: letters that moved further were set anew
_MOST = 0.9
#: a difference of this much (OKLab L) no longer speaks for a shift
_WIDTH = 0.12
#: slopes² under which a shift can't be told
_LEAST = 4e-6


def shifts(before: Floats, after: Floats, trust: Floats) -> Floats:
    """h×w×2 px, right and down: at x + shift `after` shows what `before` shows at x; both float32 h×w lightness.

    Lucas and Kanade 1981 over Gaussian windows, two rounds; trust: float32 h×w, 0 where a change is known.
    """
    height, width = before.shape
    one, other = (np.asarray(cv2.GaussianBlur(plane, (0, 0), 1.2), np.float32) for plane in (before, after))
    found = np.zeros((height, width, 2), np.float32)
    for _ in range(2):
        moved = laid_back(other, found) if found.any() else other
        found += _step(one, moved, trust)
    length = cv2.magnitude(found[..., 0], found[..., 1])
    return np.asarray(found * (_MOST / np.maximum(length, _MOST))[..., None], np.float32)


def laid_back(picture: Floats, found: Floats) -> Floats:
    """`picture`, float32 h×w or h×w×3, with the shifts of h×w×2 undone."""
    height, width = picture.shape[:2]
    x = np.arange(width, dtype=np.float32)[None] + found[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + found[..., 1]
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _step(one: Floats, other: Floats, trust: Floats) -> Floats:
    mean = (one + other) * 0.5
    across, down = (cv2.Sobel(mean, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    apart = one - other
    weight = trust / (1 + (apart / _WIDTH) ** 2) ** 2
    xx, xy, yy, xt, yt = (
        _pooled(weight * product)
        for product in (across * across, across * down, down * down, across * apart, down * apart)
    )
    xx, yy = xx + np.float32(_LEAST), yy + np.float32(_LEAST)
    apart_by = xx * yy - xy * xy
    shift = cv2.merge([(yy * xt - xy * yt) / apart_by, (xx * yt - xy * xt) / apart_by])
    return np.asarray(cv2.resize(shift, one.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _pooled(product: Floats) -> Floats:
    size = (max(1, product.shape[1] // _STEP), max(1, product.shape[0] // _STEP))
    return np.asarray(cv2.GaussianBlur(cv2.resize(product, size, interpolation=cv2.INTER_AREA), (0, 0), _REACH / _STEP))
