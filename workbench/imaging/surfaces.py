"""Which pixels show a paint under light: the surfaces that a shaded swap recolours.

1. Candidates: pixels whose colour the dichromatic model can explain at all, by a table over 6-bit colours.
2. Without a region: surfaces grow from seeds, pixels that look almost like the paint; their outline is the region.
3. The picture's noise follows from the candidates' misfits; the scale (light or levels) is the one that fits better.
4. Each candidate's odds against the ground: how often its misfit, shade and gloss occur inside the region and in the
   rim round it. Four passes of mean-field smoothing let neighbours vote.
5. Components that are mostly explained by the model are surfaces.
6. Where coloured light spreads a surface off the model, the model is fitted again with that much slack.
7. growing.py carries surfaces on into what fades from them in the same hue.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from workbench.imaging.change import Box, bounds, disc, grow
from workbench.imaging.colour_space import Bytes, Floats, to_oklab
from workbench.imaging.growing import akin, grown
from workbench.imaging.matting import Indices, Mask
from workbench.imaging.shading import Fit, Scale, fit, slack_of

_RIM = 12
_POINTS = 8  # pixels at a glance
_GLANCE = 500_000  # pixels that are enough to find surfaces
_NOISES = (1.0, 1.5, 2.0, 3.0, 4.5, 6.0, 9.0, 13.0)
#: what the model leaves out of a surface, on the scale, where coloured light must be allowed for
_COLOURED = 0.004
#: rounding to 6 bits moves a colour by up to ±2 levels, twelve standard deviations of rounding to bytes over 3 channels
_TABLE_MISFIT = 30.0


@dataclass(frozen=True)
class Surface:
    """A paint found in a box of the picture."""

    box: Box
    mask: Mask  #: h×w, pixels that show the paint
    seen: Mask  #: h×w, pixels that the model explains, surface or not
    shade: Floats  #: h×w, s; only valid where `seen`
    gloss: Floats  #: h×w, k
    shade_variance: Floats  #: h×w, of s
    gloss_variance: Floats  #: h×w, of k
    uncertainty: float  #: median standard deviation of s on the surface
    noise: float  #: in standard deviations of rounding, 1 = a clean picture
    scale: Scale
    ambiguity: float  #: share of the rim that the model explains too, 0–1
    hue: Mask | None = None  #: h×w, pixels with the paint's hue
    slack: float = 0.0  #: standard deviation of what the model leaves out, on the scale


def _centres() -> Bytes:
    """The middle of each 6-bit colour, 64³×3."""
    return (np.indices((64, 64, 64)).reshape(3, -1).T * 4 + 2).astype(np.uint8)


def weak(image: Bytes, paint: Bytes) -> Mask:
    """Pixels of H×W×3 that have at least the paint's hue."""
    return _looked_up(image, akin(_centres(), paint))


def candidates(image: Bytes, paint: Bytes) -> Mask:
    """Pixels of H×W×3 that could be the paint under some light, in either scale."""
    centres = _centres()
    table = np.zeros(64**3, np.bool_)
    for light in (True, False):
        table |= fit(centres, paint, Scale(light)).misfit < _TABLE_MISFIT
    return _looked_up(image, table)


def _looked_up(image: Bytes, table: Mask) -> Mask:
    possible = np.empty(image.shape[:2], np.bool_)
    for start in range(0, len(image), 128):
        quantised = (image[start : start + 128] >> 2).astype(np.int32)
        possible[start : start + 128] = table[(quantised[..., 0] << 12) | (quantised[..., 1] << 6) | quantised[..., 2]]
    return possible


def find(image: Bytes, paint: Bytes, *, region: Mask | None, visible: Mask | None) -> Surface | None:
    """The surfaces of a paint in H×W×3, inside the region or, without one, wherever the paint itself is seen."""
    inside = outline(image, paint, visible) if region is None else region
    box = None if inside is None else bounds(inside, _RIM + 2)
    if inside is None or box is None:
        return None
    part, inside = np.ascontiguousarray(image[box]), inside[box]
    anywhere = weak(part, paint)
    hue = anywhere & inside
    possible = candidates(part, paint) | hue
    if visible is not None:
        possible &= visible[box]
    if not (possible & inside).any():
        return None
    rim = grow(inside, _RIM) & ~inside
    if visible is not None:
        rim &= visible[box]
    where = np.flatnonzero(possible & (inside | rim))
    within = inside.ravel()[where]
    pixels = part.reshape(-1, 3)[where]
    scale = _scale(pixels[within], paint)
    found = decide(box, inside, rim, where, within, fit(pixels, paint, scale), scale)
    if found is None:
        return None
    whole = grown(part, found.mask, hue & possible)
    slack = slack_of(part[whole], paint, scale, found.noise)
    if slack > _COLOURED:
        again = decide(box, inside, rim, where, within, fit(pixels, paint, scale, slack), scale)
        found = found if again is None else replace(again, slack=slack)
        whole = grown(part, found.mask, hue & possible)
    return replace(found, mask=whole, hue=anywhere)


def _scale(pixels: Bytes, paint: Bytes) -> Scale:
    """The scale in which the model explains more of N×3; light unless levels are clearly better."""
    some = pixels[:: max(1, len(pixels) // 100_000)]
    explained = [float(np.exp(-(fit(some, paint, Scale(light)).misfit ** 2) / 16).sum()) for light in (True, False)]
    return Scale(explained[1] <= 1.3 * explained[0])


def decide(box: Box, inside: Mask, rim: Mask, where: Indices, within: Mask, model: Fit, scale: Scale) -> Surface | None:
    """The surface in a box, h×w, from the model at the flat indices `where`, of which `within` lie inside."""
    counted = int(inside.sum()), max(int(rim.sum()), 1)
    noise = _noise(model.misfit[within], model.misfit[~within], counted)
    z = model.misfit / noise
    odds, ambiguity = _odds(model, z, within, counted)
    field = np.full(inside.shape, -6, np.float32)
    field.ravel()[where] = np.where(within, odds, -6)
    votes = field.copy()
    for _ in range(4):
        opinion = np.tanh(votes / 2)
        votes = field + 0.28 * (cv2.boxFilter(opinion, -1, (3, 3), normalize=False) - opinion)
    mask = (votes > 0) & inside
    seen = np.zeros(inside.shape, np.bool_)
    seen.ravel()[where] = z < 3.5
    mask = _explained(mask, seen)
    if not mask.any():
        return None
    maps: list[Floats] = [np.zeros(inside.shape, np.float32) for _ in range(4)]
    squared = np.float32(noise**2)
    values = (model.shade, model.gloss, model.shade_variance * squared, model.gloss_variance * squared)
    for plane, value in zip(maps, values, strict=True):
        plane.ravel()[where] = value
    uncertainty = float(np.sqrt(np.median(maps[2][mask])))
    return Surface(box, mask, seen, maps[0], maps[1], maps[2], maps[3], uncertainty, noise, scale, ambiguity)


def _noise(inside: Floats, rim: Floats, counted: tuple[int, int]) -> float:
    """The first noise level at which widening the gate twofold hardly adds pixels beyond what the rim has."""

    def gained(limit: float) -> float:
        return max(float((inside < limit).sum()) / counted[0] - 0.5 * float((rim < limit).sum()) / counted[1], 1e-6)

    for noise in _NOISES:
        if gained(2.2 * noise) >= 0.86 * gained(4.4 * noise):
            return noise
    return 1.0


def _odds(model: Fit, z: Floats, within: Mask, counted: tuple[int, int]) -> tuple[Floats, float]:
    """Log odds of surface against ground for each candidate, and the share of the rim the model explains."""
    near = np.minimum((z * 1.5).astype(np.int32), 8)
    shade = np.clip((model.shade * 10).astype(np.int32), 0, 11)
    gloss = np.clip((model.gloss * 12 + 0.5).astype(np.int32), 0, 8)
    cell = (near * 12 + shade) * 9 + gloss
    size = 9 * 12 * 9

    def density(chosen: Mask, total: int) -> Floats:
        table = np.bincount(cell[chosen], minlength=size).reshape(9, 12, 9).astype(np.float32)
        for axis in range(3):
            table = _blurred(table, axis)
        return np.asarray((table.ravel() + 0.02) / total, np.float32)

    ground, whole = density(~within, counted[1]), density(within, counted[0])
    share = np.clip(1 - 0.7 * ground / whole, 0.002, 0.998)
    explained = np.exp(-0.5 * (np.arange(9) / 2.1) ** 2) + 0.0006
    by_misfit = np.log(explained / 0.12).astype(np.float32)
    odds = np.clip(np.log(share / (1 - share))[cell] * 0.6 + np.clip(by_misfit, -6, 2)[near], -6, 6)
    return odds.astype(np.float32), float((z[~within] < 2.5).sum()) / counted[1]


def _blurred(table: Floats, axis: int) -> Floats:
    padded = np.concatenate([table.take([0], axis), table, table.take([-1], axis)], axis)
    count = table.shape[axis]
    slices = [np.take(padded, range(i, i + count), axis) for i in range(3)]
    return np.asarray((slices[0] + 2 * slices[1] + slices[2]) / 4, np.float32)


def _explained(mask: Mask, seen: Mask) -> Mask:
    """Components of more than a few pixels that the model mostly explains."""
    count, label, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    size = stats[:, cv2.CC_STAT_AREA]
    good = np.bincount(label[seen], minlength=count)
    keep = (size >= min(6, 0.02 * size[1:].max(initial=0))) & (good > 0.5 * size)
    keep[0] = False
    return np.asarray(keep[label], np.bool_)


def outline(image: Bytes, paint: Bytes, visible: Mask | None) -> Mask | None:
    """A generous outline, H×W, of the surfaces that hold pixels like the paint itself; None when there are none.

    Judged on every n-th pixel. Only pixels that are mostly paint and little gloss connect, so that a ground of the
    same hue stays outside; highlights come in by closing.
    """
    step = max(1, round((image.shape[0] * image.shape[1] / _GLANCE) ** 0.5))
    part = np.ascontiguousarray(image[::step, ::step])
    possible = candidates(part, paint)
    if visible is not None:
        possible &= visible[::step, ::step]
    where = np.flatnonzero(possible)
    if not len(where):
        return None
    pixels = part.reshape(-1, 3)[where]
    close = np.sqrt(((to_oklab(pixels) - to_oklab(paint[None])) ** 2).sum(1)) < 0.09
    pure = np.zeros(possible.shape, np.bool_)
    pure.ravel()[where] = _pure(pixels, paint, close)
    count, label, stats, _ = cv2.connectedComponentsWithStats(pure.view(np.uint8), connectivity=8)
    size = stats[:, cv2.CC_STAT_AREA]
    keep = np.bincount(label.ravel()[where[close]], minlength=count) >= np.maximum(6, 0.02 * size)
    keep[0] = False
    if not keep.any():
        return None
    radius = max(2, 0.05 * float(size[keep].max()) ** 0.5)
    margin = int(radius) + 1
    hue = weak(part, paint)
    hue = hue if visible is None else hue & visible[::step, ::step]
    closed = np.pad(grown(part, keep[label], hue), margin).view(np.uint8)
    joined = cv2.morphologyEx(closed, cv2.MORPH_CLOSE, disc(radius))[margin:-margin, margin:-margin]
    # Points too fine for this scale reach out of it.
    joined = cv2.bitwise_or(joined, cv2.bitwise_and(cv2.dilate(joined, disc(_POINTS)), hue.view(np.uint8)))
    full = cv2.resize(joined, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_NEAREST)
    return grow(np.asarray(full, np.uint8).view(np.bool_), 7 + step)


def _pure(pixels: Bytes, paint: Bytes, close: Mask) -> Mask:
    """Pixels, N, that fit the model and show more paint than gloss, in the scale that explains more of those close."""
    models = [fit(pixels, paint, Scale(light)) for light in (True, False)]
    chosen = close if close.any() else np.ones_like(close)
    model = min(models, key=lambda m: float(np.minimum(m.misfit[chosen], 12).mean()))
    noise = max(1.0, float(np.median(model.misfit[chosen])) / 1.2) if close.any() else 1.0
    return np.asarray(
        (model.misfit < 4.5 * min(noise, 6)) & (model.gloss < 0.45 * model.shade + 0.01) & (model.shade > 0.12)
    )
