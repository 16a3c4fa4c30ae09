"""The outline of a cut at full resolution: the share of product in each pixel, and the product's own colour there.

1. A band as wide as the cut may be wrong lies round the outline; what lies beyond it on either side is clean.
2. Every band pixel is unmixed against the nearest clean colours of both sides (matting.py), once as if levels had been
   mixed and once as if light had; the one that explains more is kept.
3. Pixels shown to be pure become clean, which brings the colours nearer and narrows the band; repeat.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.change import grow
from workbench.imaging.colour_space import LIGHT_PER_LEVEL, Bytes, Floats, to_levels
from workbench.imaging.matting import Gaussian, Indices, Mask, Mix, nearest, scaled, surroundings, unmix

#: band pixels that show how edges were mixed
_ENOUGH = 6_000
#: shares beyond which a pixel is pure
_PURE = 0.03
#: by how much the prior, the outline so far, is believed in each round (standard deviation of a share)
_TRUST = (0.35, 0.2, 0.2)
#: variance of the product's colour towards its outline, in variances just inside: it turns away from the light there
_TURNING = np.float32(3)
_DIAGONAL = np.array([0, 3, 5])


@dataclass(frozen=True)
class Outline:
    """A solved band, in a box h×w of the picture."""

    alpha: Floats  #: h×w, share of product, 0–1, exactly 0 and 1 off the outline
    at: Indices  #: flat indices of the mixed pixels
    colour: Floats  #: their own product colours, N×3 unrounded levels
    light: bool  #: whether light was mixed, rather than sRGB levels
    apart: Floats  #: how far product and ground are apart along the outline, in standard deviations of both
    wide: float  #: mean width of the outline's mixed pixels, pixels


@dataclass(frozen=True)
class _Band:
    at: Indices
    mix: Mix
    product: Gaussian
    ground: Gaussian


def refine(part: Bytes, inside: Mask, allowed: Mask, reach: float, noise: float) -> Outline:
    """The outline of `inside` (bool h×w) in h×w×3 sRGB levels, which may be wrong by `reach` pixels.

    allowed: bool h×w, where product may be; noise: standard deviation of one reading, levels.
    """
    share, light = inside.astype(np.float32), None
    scales = scaled(part, False), scaled(part, True)
    sure_product, sure_ground = _clean(inside, reach), _clean(~inside, reach)
    band = None
    for turn, trust in enumerate(_TRUST):
        at = np.flatnonzero(~sure_product & ~sure_ground & allowed)
        if not len(at) or not sure_ground.any() or not sure_product.any():
            break
        softened = cv2.GaussianBlur(share, (0, 0), max(0.8, 0.5 * reach) if turn == 0 else 0.8)
        prior = np.asarray(softened, np.float32).ravel()
        anchors = nearest(sure_product, at), nearest(sure_ground, at)
        clean = sure_product, sure_ground
        if light is None:
            light = _as_light(part, scales, clean, at, anchors, prior, trust, noise)
        band = _solved(part, scales, clean, at, anchors, prior, trust, noise, light)
        share = _tidied(share, at, band.mix.alpha, sure_product, sure_ground)
        sure_product, sure_ground = _settled(share, sure_product, sure_ground)
    return _outline(share, band, scales, bool(light))


def _clean(mask: Mask, reach: float) -> Mask:
    """Pixels farther than `reach` inside a mask, or as deep as it goes where it is thinner."""
    deep = cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, 5)
    if not (deep > reach).any():
        return np.asarray(deep > 0.5 * float(deep.max(initial=0)), np.bool_)
    return np.asarray(deep > reach, np.bool_)


def _solved(
    part: Bytes, scales: tuple[Floats, Floats], clean: tuple[Mask, Mask], at: Indices, anchors: tuple[Indices, Indices],
    prior: Floats, trust: float, noise: float, light: bool,
) -> _Band:  # fmt: skip
    picture, levels = scales[light], part.reshape(-1, 3)[at]
    reading = np.zeros((len(at), 6), np.float32)
    reading[:, _DIAGONAL] = (LIGHT_PER_LEVEL[levels] * np.float32(noise)) ** 2 if light else noise**2
    error = 1e-3 if light else noise
    product = surroundings(picture, clean[0], at, error, 2, anchors[0])
    product.spread[:] *= _TURNING
    ground = surroundings(picture, clean[1], at, error, 3, anchors[1])
    mix = unmix(picture.reshape(-1, 3)[at], product, ground, reading, prior[at], trust)
    return _Band(at, mix, product, ground)


def _as_light(
    part: Bytes, scales: tuple[Floats, Floats], clean: tuple[Mask, Mask], at: Indices, anchors: tuple[Indices, Indices],
    prior: Floats, trust: float, noise: float,
) -> bool:  # fmt: skip
    """Whether mixing light explains some of the band better than mixing levels; a photograph is taken as light."""
    some = slice(None, None, max(1, len(at) // _ENOUGH))
    near = anchors[0][some], anchors[1][some]
    gamma, light = (_solved(part, scales, clean, at[some], near, prior, trust, noise, way).mix for way in (False, True))
    mixed = (gamma.alpha > 0.1) & (gamma.alpha < 0.9)
    per_level = np.log(LIGHT_PER_LEVEL[part.reshape(-1, 3)[at[some]][mixed]]).sum(1)
    return bool(np.clip(light.evidence[mixed] + per_level - gamma.evidence[mixed], -3, 3).sum() >= 0)


def _tidied(share: Floats, at: Indices, alpha: Floats, product: Mask, ground: Mask) -> Floats:
    """The new shares, without ground that is enclosed by product in the band, and the reverse."""
    new = share.copy()
    new.ravel()[at] = np.where(alpha < _PURE, 0, np.where(alpha > 1 - _PURE, 1, alpha))
    for most, sure, value in ((new > 0.5, product, 0), (new < 0.5, ground, 1)):
        _, label = cv2.connectedComponents(most.view(np.uint8), connectivity=4 if value else 8)
        joined = np.zeros(int(label.max()) + 1, np.bool_)
        joined[label[sure & most]] = True
        joined[0] = True
        new[~joined[label]] = value
    return new


def _settled(share: Floats, product: Mask, ground: Mask) -> tuple[Mask, Mask]:
    """What is clean now: all but the mixed pixels and their neighbours."""
    mixed = (share > 0) & (share < 1)
    outline = cv2.morphologyEx((share > 0.5).view(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    open_ = grow(mixed | outline, 1.5) & ~product & ~ground
    return product | ((share == 1) & ~open_), ground | ((share == 0) & ~open_)


def _outline(share: Floats, band: _Band | None, scales: tuple[Floats, Floats], light: bool) -> Outline:
    none = np.zeros(0, np.float32)
    if band is None:
        return Outline(share, np.zeros(0, np.int64), np.zeros((0, 3), np.float32), light, none, 0.0)
    alpha = share.ravel()[band.at]
    mixed = (alpha > 0) & (alpha < 1)
    at, alpha = band.at[mixed], alpha[mixed]
    product, ground = (Gaussian(g.mean[mixed], g.spread[mixed]) for g in (band.product, band.ground))
    colour = _own(scales[light].reshape(-1, 3)[at], alpha, product, ground)
    apart = np.sqrt(((product.mean - ground.mean) ** 2).sum(1) / (_trace(product) + _trace(ground)))
    edge = cv2.morphologyEx((share > 0.5).view(np.uint8), cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0
    wide = len(at) / max(int(edge.sum()), 1)
    levels = to_levels(colour) if light else np.clip(colour, 0, 255)
    return Outline(share, at, levels, light, apart.astype(np.float32), wide)


def _trace(g: Gaussian) -> Floats:
    return np.asarray(g.spread[:, _DIAGONAL].sum(1), np.float32)


def _own(pixels: Floats, alpha: Floats, product: Gaussian, ground: Gaussian) -> Floats:
    """The product's colour in mixed pixels: its surroundings' colour, corrected by what the pixel itself says (N×3)."""
    share = alpha[:, None]
    residual = pixels - share * product.mean - (1 - share) * ground.mean
    mine, theirs = alpha**2 * _trace(product), (1 - alpha) ** 2 * _trace(ground)
    gain = alpha * _trace(product) / np.maximum(mine + theirs, 1e-12)
    return np.asarray(product.mean + gain[:, None] * residual, np.float32)
