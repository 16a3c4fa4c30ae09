"""Strokes too thin to hold one pure pixel: hairlines and small print drawn flat, and wires that light plays on.

The ground is what a median leaves when thin things are taken away; a stroke is a thin component whose pixels lie
between that ground and the colour. Without a region only strokes on quiet ground near drawn areas count.
"""

import cv2
import numpy as np

from workbench.imaging.change import grow, largest
from workbench.imaging.colour_space import Bytes, Floats, to_oklab
from workbench.imaging.growing import akin
from workbench.imaging.matting import Indices, Mask
from workbench.imaging.shading import Scale

_WINDOW = 25  # px; a stroke must fill less than half of it
_NEAR = 150  # px from a drawn area, without a region
_CONTRAST = 40.0  # levels between colour and ground, below which shares can't be measured
_LIKE = 0.12  # OKLab distance within which a pixel hints at a stroke
_HINTS = 0.0003  # share of the picture that must hint before strokes are looked for
_STANDS_OUT = 16  # levels by which a hint differs from the quiet ground round it
_GLANCE = 1_000_000  # pixels that are enough to look for hints
#: what ground, paint and gloss in a stroke's pixel are before it is looked at, and how far they may be from that
_EXPECTED, _GIVE = np.array([0.5, 0.3, 0.0], np.float32), np.array([0.5, 0.5, 0.1], np.float32)
#: OKLab chroma that a stroke must add to its ground, and the cosine of how far its hue may be off
_TINTED, _STRAIGHT = 0.012, 0.85
_FITS = 4.0  # standard deviations of rounding
_CHUNK = 1 << 16


def hinted(part: Bytes, colour: Bytes, reached: Mask, free: Mask, *, marked: bool) -> bool:
    """Whether h×w×3 shows more of the colour or its hue in `free` than was reached: strokes are worth a look."""
    step = max(1, round((reached.size / _GLANCE) ** 0.5))
    some = np.ascontiguousarray(part[::step, ::step])
    beyond = free[::step, ::step] & ~grow(np.ascontiguousarray(reached[::step, ::step]), 3)
    if not marked:
        ground = np.asarray(cv2.medianBlur(some, 7), np.uint8)
        rough = np.asarray(cv2.morphologyEx(ground, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)), np.uint8)
        beyond &= (largest(rough) <= 2 * step) & (
            largest(np.asarray(cv2.absdiff(some, ground), np.uint8)) > _STANDS_OUT
        )
    pixels = some[beyond]
    like = ((to_oklab(pixels) - to_oklab(colour[None])) ** 2).sum(1) < _LIKE**2
    return bool(np.count_nonzero(like | akin(pixels, colour)) > _HINTS * beyond.size)


def shares(part: Bytes, colour: Bytes, drawn: Mask, free: Mask, *, marked: bool, noise: float) -> tuple[Floats, float]:
    """Share of the colour, h×w, in the strokes of h×w×3, 0 elsewhere; and how many of them lie on unquiet ground, 0–1.

    drawn: areas that are the colour. free: pixels that may change and are not solved otherwise. marked: a person
    marked the region, so strokes count on any ground and at any distance.
    """
    result = np.zeros(drawn.shape, np.float32)
    ground = cv2.medianBlur(part, _WINDOW)
    busy = cv2.morphologyEx(ground, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    unrest = cv2.blur(largest(np.asarray(busy, np.uint8)).astype(np.float32), (9, 9))
    contrast = largest(np.asarray(cv2.absdiff(part, ground), np.uint8))
    quiet = unrest <= 3
    least = 0.0 if noise < 1 else 2 * noise
    possible = free & (contrast > np.where(quiet, 2 + least, 6 + least))
    if not marked:
        possible &= _beside(drawn) & (unrest <= (0.3 if noise < 1 else 0.7))
    at = np.flatnonzero(possible)
    if not len(at):
        return result, 0.0
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
    result[~_thin(result, drawn, 0.4)] = 0
    found = result > 0
    return result, float(np.count_nonzero(found & ~quiet)) / max(int(np.count_nonzero(found)), 1)


def lit(part: Bytes, paint: Bytes, scale: Scale, drawn: Mask, free: Mask, *, marked: bool) -> Floats:
    """Shaded paint, α·s, h×w, in strokes of h×w×3 that light plays on; 0 elsewhere; the rest as in `shares`.

    A stroke's pixel is β·ground + σ·paint + κ·white, on the scale: three unknowns for three channels, held by what
    strokes usually are (Bayesian linear regression); σ is all that a recolour needs, p + σ(B − A).
    """
    result = np.zeros(drawn.shape, np.float32)
    ground = np.asarray(cv2.medianBlur(part, _WINDOW), np.uint8)
    hue = _toward(part, ground, paint)
    possible = free & (cv2.absdiff(part, ground).max(-1) > 2)
    # A whole area of the hue is no stroke; beside its edges, the median is of no use.
    possible &= grow(hue, 1) & ~akin(ground, paint)
    if not marked:
        busy = cv2.morphologyEx(ground, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).max(-1)
        possible &= _beside(drawn) & (cv2.blur(busy.astype(np.float32), (9, 9)) <= 0.3)
    at = np.flatnonzero(possible)
    for start in range(0, len(at), _CHUNK):
        some = at[start : start + _CHUNK]
        result.ravel()[some] = _paint_in(part, ground, some, paint, scale)
    keep = _thin(result, drawn, 0.12)
    count, label, stats, _ = cv2.connectedComponentsWithStats(keep.view(np.uint8), connectivity=8)
    coloured = np.bincount(label[keep & hue], minlength=count)
    keep &= (coloured > 0.5 * stats[:, cv2.CC_STAT_AREA])[label]
    return np.where(keep, result, 0).astype(np.float32)


def _toward(part: Bytes, ground: Bytes, paint: Bytes) -> Mask:
    """Pixels of h×w×3 whose colour is off the ground's in the direction of the paint's, in OKLab's a and b."""
    behind = to_oklab(ground)[..., 1:]
    off, way = to_oklab(part)[..., 1:] - behind, to_oklab(paint[None])[0, 1:] - behind
    along = (off * way).sum(-1)
    far, long = np.sqrt((off**2).sum(-1)), np.sqrt((way**2).sum(-1))
    return np.asarray((far > _TINTED) & (long > 2 * _TINTED) & (along > _STRAIGHT * far * long), np.bool_)


def _paint_in(part: Bytes, ground: Bytes, at: Indices, paint: Bytes, scale: Scale) -> Floats:
    """σ at flat indices; 0 where it is within its error or no such mixture explains the pixel."""
    pixels, behind = part.reshape(-1, 3)[at], ground.reshape(-1, 3)[at]
    x, variance = scale.of(pixels), scale.step(pixels) ** 2 / 12 + scale.step(behind) ** 2 / 12
    mixed = np.empty((len(at), 3, 3), np.float32)
    mixed[..., 0], mixed[..., 1], mixed[..., 2] = scale.of(behind), scale.of(paint), 1
    weighted = mixed / variance[..., None]
    precision = mixed.transpose(0, 2, 1) @ weighted + np.diag(1 / _GIVE**2)
    pull = (weighted.transpose(0, 2, 1) @ x[..., None])[..., 0] + _EXPECTED / _GIVE**2
    inverse = np.linalg.inv(precision.astype(np.float64))
    amount = (inverse @ pull[..., None])[..., 0]
    residual = x - (mixed @ amount[..., None].astype(np.float32))[..., 0]
    error = np.sqrt(inverse[:, 1, 1])
    found = (np.sqrt((residual**2 / variance).sum(1)) < _FITS) & (amount[:, 1] > np.maximum(2.5 * error, 0.015))
    return np.where(found, np.minimum(amount[:, 1], 1.15), 0).astype(np.float32)


def _beside(drawn: Mask) -> Mask:
    away = cv2.distanceTransform((~drawn).view(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(away <= _NEAR, np.bool_)


def _thin(share: Floats, drawn: Mask, least: float) -> Mask:
    """Components that are thin and somewhere `least` of the colour, or touch a drawn area."""
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
    keep = (thickest <= 4) & (touching | (peak >= least))
    keep[0] = False
    return np.asarray(keep[label], np.bool_)
