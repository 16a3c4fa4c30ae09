"""Strokes too thin to hold one pure pixel: hairlines and small print of a colour that is drawn flat.

The ground is what a median leaves when thin things are taken away; a stroke is a thin component whose pixels lie
between that ground and the colour. Without a region only strokes on quiet ground near drawn areas count.
"""

import cv2
import numpy as np

from workbench.imaging.change import grow
from workbench.imaging.colour_space import Bytes, Floats
from workbench.imaging.matting import Mask

_WINDOW = 25  # px; a stroke must fill less than half of it
_NEAR = 150  # px from a drawn area, without a region
_CONTRAST = 40.0  # levels between colour and ground, below which shares can't be measured


def shares(part: Bytes, colour: Bytes, drawn: Mask, free: Mask, *, marked: bool, noise: float) -> Floats:
    """Share of the colour, h×w, in the strokes of h×w×3; 0 elsewhere.

    drawn: areas that are the colour. free: pixels that may change and are not solved otherwise. marked: a person
    marked the region, so strokes count on any ground and at any distance.
    """
    result = np.zeros(drawn.shape, np.float32)
    ground = cv2.medianBlur(part, _WINDOW)
    busy = cv2.morphologyEx(ground, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).max(-1)
    unrest, contrast = cv2.blur(busy.astype(np.float32), (9, 9)), cv2.absdiff(part, ground).max(-1)
    quiet = unrest <= 3
    possible = free & (contrast > np.where(quiet, 2, 6))
    if not marked:
        away = cv2.distanceTransform((~drawn).view(np.uint8), cv2.DIST_L2, 3)
        possible &= (away <= _NEAR) & (unrest <= 0.3)
    at = np.flatnonzero(possible)
    if not len(at):
        return result
    behind = ground.reshape(-1, 3)[at].astype(np.float32)
    toward = colour.astype(np.float32) - behind
    away = part.reshape(-1, 3)[at] - behind
    length = (toward**2).sum(1)
    share = np.clip((away * toward).sum(1) / np.maximum(length, 1), 0, 1)
    off = np.sqrt(((away - share[:, None] * toward) ** 2).sum(1))
    gate = (6.0 if not marked else 9.0) + 3 * noise
    share *= np.clip((2 * gate - off) / gate, 0, 1)
    share[(length < _CONTRAST**2) | (share < np.where(quiet.ravel()[at], 0.006, 0.03))] = 0
    result.ravel()[at] = share
    return np.where(_thin(result, drawn), result, 0).astype(np.float32)


def _thin(share: Floats, drawn: Mask) -> Mask:
    """Components that are thin and somewhere mostly the colour, or touch a drawn area."""
    mask = share > 0
    count, labels, _, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    label = np.asarray(labels, np.int32)
    depth = cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, 3)
    peak, thickest = np.zeros(count, np.float32), np.zeros(count, np.float32)
    touching = np.zeros(count, np.bool_)
    inside = np.flatnonzero(mask)
    np.maximum.at(peak, label.ravel()[inside], share.ravel()[inside])
    np.maximum.at(thickest, label.ravel()[inside], depth.ravel()[inside])
    touching[label[grow(drawn, 3) & mask]] = True
    keep = (thickest <= 4) & (touching | (peak >= 0.4))
    keep[0] = False
    return np.asarray(keep[label], np.bool_)
