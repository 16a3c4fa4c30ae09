"""What the pixels round a painted area are made of: the band, its ground, and the share of paint in each pixel.

1. Band: everything within a few pixels of the paint; ground: what lies beyond it.
2. Unmix (matting.py), once as if levels had been blended and once as if light had; keep what explains more.
3. Pixels shown to be bare join the ground, above all inside letters; pixels that are mostly paint extend the band, so
   that it follows strokes; repeat.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.change import grow, largest
from workbench.imaging.colour_space import LIGHT_PER_LEVEL, Bytes, Floats
from workbench.imaging.matting import Gaussian, Indices, Mask, Mix, mistaken, nearest, scaled, surroundings, unmix
from workbench.imaging.ringing import overshot

#: levels that neighbours may differ in a place that is no edge
_QUIET = 8
#: band pixels that show how edges were blended
_ENOUGH = 10_000
#: band pixels that show how well the ground is foreseen
_JUDGED = 4_000
#: share of the error made without knowing the ground's spread that remains at least
_WORST = 0.27
#: share of paint, in 255ths, from which a pixel extends the band
_MOSTLY = 76
_DIAGONAL = np.array([1, 0, 0, 1, 0, 1], np.float32)


@dataclass(frozen=True)
class Scene:
    """A box of the picture with what is known about it before its edges are solved."""

    part: Bytes  #: h×w×3
    paint: Mask  #: pixels that are the source colour beyond doubt
    allowed: Mask  #: pixels that may change
    ground: Mask  #: pixels that may serve as ground (visible, and not known to be the paint)
    noise: float  #: standard deviation of one reading, levels
    width: float  #: pixels round the paint that may be mixed
    colour: Bytes | None = None  #: the paint where it is one flat colour, otherwise it is sampled
    rings: bool = False  #: edges of `colour` overshoot as a sharp scaling filter leaves them
    hue: Mask | None = None  #: pixels with the paint's hue: some of it is there, however badly a mixture explains them


@dataclass(frozen=True)
class Edge:
    """The solved band."""

    at: Indices  #: flat indices into the box
    share: Floats  #: share of paint, 0–1 (past both where edges overshoot); 0 where nothing may change
    light: bool  #: whether linear light was blended, rather than sRGB levels
    misfit: float  #: median squared residual of the mixed pixels, in units of its expectation
    error: float = 0.0  #: by how much shares are off where that can be told, on average
    lost: Floats | None = None  #: N×3, what clipping took from overshooting pixels, in levels or light


def solve(scene: Scene, rounds: int = 3) -> Edge:
    """Find the band round the paint and the share of paint in each of its pixels."""
    texture = largest(np.asarray(cv2.morphologyEx(scene.part, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)), np.uint8))
    quiet = (texture <= _QUIET) & scene.ground & np.bool_(not scene.rings)
    at, ground = _band(scene, scene.paint, quiet)
    prior = _softened(scene.paint.view(np.uint8) * np.uint8(255), 1.0, at)
    if not len(at) or not ground.any():
        return Edge(at, np.ones(len(at), np.float32), False, 0.0)
    anchor = nearest(ground, at)
    some = slice(None, None, max(1, len(at) // _ENOUGH))
    trials = [_mix(scene, ground, at[some], anchor[some], prior[some], 0.35, light) for light in (False, True)]
    light = _blended_in_light(scene.part.reshape(-1, 3)[at[some]], *trials)
    mix = _mix(scene, ground, at, anchor, prior, 0.35, light)
    for _ in range(rounds - 1):
        so_far, bare = scene.paint.view(np.uint8) * np.uint8(255), np.zeros_like(scene.paint)
        so_far.ravel()[at] = np.rint(255 * trusted(mix, scene, at))
        bare.ravel()[at] = (mix.bare > 0.5) & (mix.misfit < 16)
        before = len(at)
        wider, beyond = _band(scene, so_far > _MOSTLY, quiet)
        if not (beyond | bare).any():
            break
        at, ground = wider, beyond
        ground |= bare & scene.ground
        trust = 0.3 if len(at) < 1.02 * before else 0.35
        mix = _mix(scene, ground, at, nearest(ground, at), _softened(so_far, 0.8, at), trust, light)
    mixed = (mix.alpha > 0.1) & (mix.alpha < 0.9)
    misfit = float(np.median(mix.misfit[mixed])) / 3 if mixed.any() else 0.0
    share, lost = trusted(mix, scene, at), None
    if scene.rings and scene.colour is not None:
        colour = scaled(scene.colour[None], light)[0]
        far = scene.ground & ~grow(scene.paint, 1.5 * scene.width)
        share, lost = overshot(scene.part, at, share, colour, far, light)
    return Edge(at, share, light, misfit, _expected_error(scene, light), lost)


def _expected_error(scene: Scene, light: bool) -> float:
    """How far shares are off because the ground can't be foreseen under an edge: mean absolute error, 0–1.

    Asked of ground that is seen: pixels just beyond the band, foreseen from those two pixels further out.
    """
    near = grow(scene.paint, scene.width + 1)
    beyond = ~grow(near, 1) & scene.ground
    at = np.flatnonzero(near & ~grow(scene.paint, scene.width) & scene.ground & scene.allowed)
    at = at[:: max(1, len(at) // _JUDGED)]
    if not len(at) or not beyond.any():
        return 0.0
    paint = surroundings(scene.part, scene.paint, at, 0.0, light=light, radius=2).mean
    noise = scene.noise * (1 / 255 if light else 1)
    seen, ground = (
        scaled(scene.part.reshape(-1, 3)[at], light),
        surroundings(scene.part, beyond, at, noise, light=light),
    )
    plain = Gaussian(ground.mean, np.broadcast_to(_DIAGONAL, ground.spread.shape))
    best, worst = (np.minimum(np.abs(mistaken(seen, model, paint)), 1).mean() for model in (ground, plain))
    # Where ground changes from pixel to pixel, what its surroundings tell of its spread is worth less than it seems.
    return 0.5 * max(float(best), _WORST * float(worst))


def _softened(share: Bytes, sigma: float, at: Indices) -> Floats:
    """Shares in 255ths, blurred, at flat indices: 0–1."""
    return np.asarray(cv2.GaussianBlur(share, (0, 0), sigma), np.uint8).ravel()[at] * np.float32(1 / 255)


def trusted(mix: Mix, scene: Scene, at: Indices) -> Floats:
    """Shares, faded where no mixture of paint and ground explains the pixel, and nought where paint is improbable."""
    fade = np.clip((60 - mix.misfit) / 40, 0, 1)
    if scene.hue is not None:
        # Compression rings: pixels beside an edge overshoot what either side is.
        fade = np.maximum(fade, scene.hue.ravel()[at])
    least = np.where(mix.deviation < 0.01, 0.002, 0.01)
    return np.where((mix.alpha < least) | (mix.bare > 0.5), 0, mix.alpha * fade).astype(np.float32)


def _band(scene: Scene, paint: Mask, quiet: Mask) -> tuple[Indices, Mask]:
    """Flat indices of the band, and the ground: all beyond it, and what is too quiet inside it to be an edge."""
    whole = paint | scene.paint
    near = grow(whole, scene.width)
    ground = (~near & scene.ground) | (~grow(whole, 1.5) & quiet)
    if not ground.any():
        ground = ~whole & scene.ground
    return np.flatnonzero(near & ~scene.paint & scene.allowed), ground


def _blended_in_light(levels: Bytes, gamma: Mix, light: Mix) -> bool:
    mixed = (gamma.alpha > 0.1) & (gamma.alpha < 0.9)
    per_level = np.log(LIGHT_PER_LEVEL[levels[mixed]]).sum(1)
    return bool(np.clip(light.evidence[mixed] + per_level - gamma.evidence[mixed], -3, 3).sum() > 0)


def _mix(
    scene: Scene, ground: Mask, at: Indices, anchor: Indices, prior: Floats,
    trust: float, light: bool,
) -> Mix:  # fmt: skip
    levels = scene.part.reshape(-1, 3)[at]
    reading = np.empty((len(at), 6), np.float32)
    if light:
        reading[:] = 0
        reading[:, [0, 3, 5]] = (LIGHT_PER_LEVEL[levels] * np.float32(scene.noise)) ** 2
        error = 1e-4
    else:
        reading[:] = _DIAGONAL * np.float32(scene.noise**2)
        error = scene.noise
    pixels = scaled(levels, light)
    if scene.colour is None:
        paint = surroundings(scene.part, scene.paint, at, error, light=light, radius=2)
    else:
        colour = scaled(scene.colour[None], light)[0]
        paint = Gaussian(np.broadcast_to(colour, pixels.shape), np.zeros((len(at), 6), np.float32))
    return unmix(
        pixels, paint, surroundings(scene.part, ground, at, error, light=light, anchor=anchor), reading, prior, trust
    )
