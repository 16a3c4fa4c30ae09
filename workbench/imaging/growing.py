"""Surfaces grown past what the dichromatic model explains: coloured reflections, compression, paint in deep shade.

A surface goes on where its colour fades smoothly into pixels of the same hue; across an edge it does not.
Hysteresis after Canny 1986, with the surface as the strong pixels and its hue as the weak ones.
"""

import cv2
import numpy as np

from workbench.imaging.colour_space import Bytes, to_oklab
from workbench.imaging.matting import Mask

#: levels that the picture may step where a surface goes on
_SMOOTH = 8.0
#: pixels to each side that count as near, and levels within which a colour is the one near by
_NEAR, _LIKE = 20, 24
#: saturation along and across the paint's own, as shares of it
_ALONG, _ACROSS = (0.4, 1.7), 0.35
#: OKLab chroma below which a paint has no hue to follow, and lightness below which no pixel has
_HUELESS, _DARK = 0.03, 0.12


def akin(image: Bytes, paint: Bytes) -> Mask:
    """Pixels of …×3 with the paint's hue and a good part of its saturation (chroma over lightness, OKLab)."""
    lightness, *chroma = (float(v) for v in to_oklab(paint[None])[0])
    own = np.array(chroma, np.float32) / max(lightness, 1e-3)
    square = float(own @ own)
    colours = to_oklab(image)
    if square * lightness**2 < _HUELESS**2:
        return np.zeros(image.shape[:-1], np.bool_)
    bright = colours[..., 0]
    saturation = colours[..., 1:] / np.maximum(bright, 1e-3)[..., None]
    along = saturation @ own / square
    across = np.abs(saturation[..., 0] * own[1] - saturation[..., 1] * own[0]) / square
    fits = (along > _ALONG[0]) & (along < _ALONG[1]) & (across < _ACROSS * np.minimum(along, 1)) & (bright > _DARK)
    return np.asarray(fits, np.bool_)


def grown(image: Bytes, surface: Mask, weak: Mask, *, largest: float = 1.0) -> Mask:
    """The surface with every component of `weak` that continues it without an edge, all h×w, the image h×w×3.

    largest: a component of more than this share of the surface is something else that happens to touch it.
    """
    rest = weak & ~surface
    if not rest.any() or not surface.any():
        return surface
    # What looks like the surface near by goes first: with the mixed pixels round it, it would seem to lie past an edge.
    surface = _joined(image, surface, rest & _familiar(image, surface, rest), largest)
    return _joined(image, surface, weak & ~surface, largest)


def _familiar(image: Bytes, surface: Mask, rest: Mask) -> Mask:
    """Pixels of `rest` near the mean colour of the surface round them."""
    window = (2 * _NEAR + 1, 2 * _NEAR + 1)
    share = cv2.boxFilter(surface.astype(np.float32), -1, window)
    painted = cv2.boxFilter(np.where(surface[..., None], image, 0).astype(np.float32), -1, window)
    at = np.flatnonzero(rest & (share > 1e-4))
    off = np.abs(painted.reshape(-1, 3)[at] / share.ravel()[at, None] - image.reshape(-1, 3)[at]).max(1)
    familiar = np.zeros(rest.shape, np.bool_)
    familiar.ravel()[at] = off < _LIKE
    return familiar


def _joined(image: Bytes, surface: Mask, rest: Mask, largest: float) -> Mask:
    count, label, stats, _ = cv2.connectedComponentsWithStats(rest.view(np.uint8), connectivity=8)
    step = _contact(image, surface, rest)
    touching = np.flatnonzero(np.isfinite(step))
    owner, steps = label.ravel()[touching], step.ravel()[touching]
    contacts = np.bincount(owner, minlength=count)
    mean = np.bincount(owner, np.minimum(steps, 64), minlength=count) / np.maximum(contacts, 1)
    size = stats[:, cv2.CC_STAT_AREA]
    keep = (contacts > 0) & (mean <= _SMOOTH) & (contacts >= 0.3 * np.sqrt(size))
    keep &= size <= largest * np.count_nonzero(surface)
    keep[0] = False
    return np.asarray(surface | keep[label], np.bool_)


def _contact(image: Bytes, surface: Mask, rest: Mask) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Smallest step in levels, H×W, from a pixel of `rest` to a neighbour on the surface; infinite without one."""
    step = np.full(rest.shape, np.inf, np.float32)
    for axis in (0, 1):
        one, two = [slice(None), slice(None)], [slice(None), slice(None)]
        one[axis], two[axis] = slice(None, -1), slice(1, None)
        for here, there in ((tuple(one), tuple(two)), (tuple(two), tuple(one))):
            meets = rest[here] & surface[there]
            apart = np.abs(image[here][meets].astype(np.int16) - image[there][meets]).max(-1)
            step[here][meets] = np.minimum(step[here][meets], apart)
    return step
