"""The shadow that a product throws on an even ground, as the share of light it leaves, to be laid on another ground."""

import cv2
import numpy as np

from workbench.imaging.backdrop import Backdrop, share_of_light
from workbench.imaging.change import grow
from workbench.imaging.colour_space import Bytes, Floats
from workbench.imaging.matting import Mask, nearest


def left(part: Bytes, alpha: Floats, old: Backdrop) -> Floats:
    """The share of light that the shadow leaves on the ground, h×w, smooth, 1 towards the border of what is looked at.

    Only what is joined to the product counts: something else that is dark stays behind.
    """
    step = max(1.0, (alpha.size / 300_000) ** 0.5)
    size = max(1, round(alpha.shape[1] / step)), max(1, round(alpha.shape[0] / step))
    small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    levels = np.asarray(cv2.resize(old.levels, size, interpolation=cv2.INTER_AREA), np.float32)
    product = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    k, misfit = share_of_light(small, Backdrop(levels, old.scatter + 1.0, True))
    light = np.clip(k, 0, 1) ** np.float32(2.2)
    seen = (product < 0.02) & (misfit < 4) & (k < 1.1)
    weight = cv2.GaussianBlur(seen.astype(np.float32), (0, 0), 1.5)
    blurred = cv2.GaussianBlur(np.where(seen, light, 0).astype(np.float32), (0, 0), 1.5) / np.maximum(weight, 1e-3)
    # under the product's edge the shadow is what it is just beside it
    smooth = _carried(blurred.astype(np.float32), np.asarray(weight > 0.2, np.bool_))
    faint = np.clip((1 - smooth) - 0.012, 0, 1) * np.clip((1 - smooth) / 0.05, 0, 1)
    dark = faint * _joined(faint > 0.008, product > 0.5) * _fade(faint.shape)
    return np.asarray(1 - cv2.resize(dark.astype(np.float32), alpha.shape[::-1], interpolation=cv2.INTER_LINEAR))


def _joined(dark: Mask, product: Mask) -> Floats:
    """1 where darkness touches the product, softly 0 elsewhere, h×w."""
    count, label = cv2.connectedComponents((dark | grow(product, 3)).view(np.uint8))
    touching = np.zeros(count, np.float32)
    touching[label[product]] = 1
    return np.asarray(cv2.GaussianBlur(touching[label], (0, 0), 2), np.float32)


def _fade(shape: tuple[int, int]) -> Floats:
    """1 in the middle, 0 on the border, h×w: a shadow that leaves what is looked at ends softly."""
    ramps = [np.clip(np.minimum(np.arange(n) + 0.5, n - np.arange(n) - 0.5) / (0.12 * n), 0, 1) for n in shape]
    ramps = [ramp * ramp * (3 - 2 * ramp) for ramp in ramps]
    return np.outer(ramps[0], ramps[1]).astype(np.float32)


def _carried(plane: Floats, known: Mask) -> Floats:
    """A plane h×w whose unknown pixels take the value of the nearest known one."""
    if not known.any() or known.all():
        return plane
    unknown = np.flatnonzero(~known)
    result = plane.copy()
    result.ravel()[unknown] = plane.ravel()[nearest(known, unknown)]
    return np.asarray(cv2.GaussianBlur(result, (0, 0), 1.0), np.float32)
