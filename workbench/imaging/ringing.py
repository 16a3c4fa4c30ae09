"""Edges drawn by a sharp scaling filter (Lanczos, bicubic): pixels beside them overshoot both colours.

There a pixel is still p = αA + (1−α)G, but with α past 0 or 1, so a swap that stops there leaves a seam of the old
colour. The overshoot of a filter ends within its reach; compression rings through whole 8-pixel blocks.
Turkowski 1990, "Filters for common resampling tasks".
"""

import cv2
import numpy as np

from workbench.imaging.colour_space import Bytes, Floats
from workbench.imaging.matting import Indices, Mask, scaled, surroundings

#: pixels from an edge that a filter may reach, and that a compressed block surely does
_REACH, _BLOCK = 4, 8
#: share of the pixels between those depths that may be off, and how many must be seen
_OFF, _ENOUGH = 0.002, 100
#: how far past 0 and 1 shares may go: a Lanczos filter overshoots a corner by 21 %
_PAST = 0.25
#: levels that a pixel may be off the line through both colours, and more as a share of its length, because filters
#: clip between their two passes
_STRAIGHT, _ROUNDED = 3.0, 0.02
#: levels from black and white within which a channel may have been clipped on the way
_LIMITED = 4
#: levels that ground must hold still within to be changed itself, and squared levels between colours below which a
#: share means nothing
_STILL, _APART = 4.0, 40.0**2


def confined(solid: Mask, off: Bytes) -> bool:
    """Whether what is off the colour inside solid areas, H×W, by `off` levels, stays as near the edges as a filter."""
    inner, core = (
        cv2.erode(solid.view(np.uint8), np.ones((2 * depth + 1, 2 * depth + 1), np.uint8)).view(np.bool_)
        for depth in (_REACH, _BLOCK)
    )
    deep = off[inner & ~core]
    return len(deep) >= _ENOUGH and int(np.count_nonzero(deep)) <= _OFF * len(deep)


def overshot(
    picture: Bytes, at: Indices, share: Floats, colour: Floats, ground: Mask, light: bool
) -> tuple[Floats, Floats]:
    """Shares of a colour at flat indices of h×w×3, carried past 0 and 1 where the pixel lies on that line.

    share: as solved within 0–1, in linear light or in levels; colour on the same scale. ground: pixels beyond every
    overshoot. Also what clipping took from each pixel, N×3, on that scale.
    """
    if not len(at) or not ground.any():
        return share, np.zeros((len(at), 3), np.float32)
    scale = 1 / 255 if light else 1.0
    behind, levels = surroundings(picture, ground, at, 0.0, light=light), picture.reshape(-1, 3)[at]
    pixels, toward = scaled(levels, light), colour - behind.mean
    # A channel at its limit says only that it went there or beyond.
    held = ((levels > _LIMITED) & (levels < 255 - _LIMITED)).astype(np.float32)
    length = (held * toward**2).sum(1)
    line = np.clip((held * toward * (pixels - behind.mean)).sum(1) / np.maximum(length, 1e-9), -_PAST, 1 + _PAST)
    off = np.sqrt((held * (pixels - behind.mean - line[:, None] * toward) ** 2).sum(1))
    still = np.sqrt(behind.spread[:, [0, 3, 5]].sum(1)) <= _STILL * scale
    found = (off <= _STRAIGHT * scale + _ROUNDED * np.sqrt(length)) & (length > _APART * scale**2)
    found &= (line > 1) | still
    found &= np.abs(line) > 0.004
    lost = np.where((held == 0) & found[:, None], behind.mean + line[:, None] * toward - pixels, 0)
    return np.where(found, line, share).astype(np.float32), lost.astype(np.float32)
