"""The dichromatic model: paint under light is p = s·A + k·white, shading s of the paint A plus gloss k.

Shafer 1985, "Using color to separate reflection components". Fitted per pixel by generalised least squares with the
variance that rounding to bytes leaves in each channel; the residual says how well a pixel can be this paint.
"""

from dataclasses import dataclass

import numpy as np

from workbench.imaging.colour_space import LIGHT_PER_LEVEL, LINEAR, Bytes, Floats, to_levels

#: shading and gloss that a picture of a product shows
SHADE = (0.1, 1.15)
GLOSS = 0.75
#: gloss lies on the lit side: less shade than this share of it is another, paler thing (white print, a beige wall)
_SHADE_UNDER_GLOSS = 0.3
#: spread of the channels, as a share of their mean, below which a paint counts as neutral
_NEUTRAL = 0.03
_CHUNK = 1 << 16
# A product with ones sums three channels several times faster than a reduction over the last axis.
_ONES = np.ones(3, np.float32)
_ENOUGH = 500


@dataclass(frozen=True)
class Scale:
    """The scale in which light adds up: linear light, or sRGB levels in drawn pictures. 0–1 either way."""

    light: bool

    def of(self, levels: Bytes) -> Floats:
        """Bytes on this scale."""
        return LINEAR[levels] if self.light else levels * np.float32(1 / 255)

    def levels(self, values: Floats) -> Floats:
        """Unrounded levels 0–255 of values on this scale."""
        return to_levels(values) if self.light else np.clip(values * np.float32(255), 0, 255)

    def step(self, levels: Bytes) -> Floats:
        """What one level is worth on this scale at these levels."""
        return LIGHT_PER_LEVEL[levels] if self.light else np.full(levels.shape, 1 / 255, np.float32)


@dataclass(frozen=True)
class Fit:
    """The model at N pixels."""

    shade: Floats  #: s, 1 where the paint looks like A
    gloss: Floats  #: k, 0–1
    misfit: Floats  #: residual and distance from possible s and k, in standard deviations of rounding
    shade_variance: Floats
    gloss_variance: Floats


def fit(pixels: Bytes, paint: Bytes, scale: Scale, slack: float = 0.0) -> Fit:
    """Fit uint8 N×3 with paint A = uint8[3]; slack: standard deviation of what the model itself leaves out."""
    parts = [
        _fit(pixels[start : start + _CHUNK], paint, scale, slack) for start in range(0, max(len(pixels), 1), _CHUNK)
    ]
    return Fit(*(np.concatenate([getattr(p, name) for p in parts]) for name in Fit.__dataclass_fields__))


def _fit(pixels: Bytes, paint: Bytes, scale: Scale, slack: float) -> Fit:
    a, x = scale.of(paint), scale.of(pixels)
    step = scale.step(pixels)
    # A clipped channel says only that it was at least this bright.
    step = np.where(pixels == 255, np.float32(1), step)
    weight = 1 / (step * step / 12 + np.float32(slack * slack))
    aa, ao, oo = weight @ (a * a), weight @ a, weight @ _ONES
    weighted = weight * x
    ax, ox = weighted @ a, weighted @ _ONES
    # A weak prior, s about .6 ± 1, keeps a neutral A (parallel to white) finite.
    aa, ax = aa + 1, ax + np.float32(0.6)
    determinant = np.maximum(aa * oo - ao * ao, 1e-6 * aa * oo)
    shade, gloss = (oo * ax - ao * ox) / determinant, (aa * ox - ao * ax) / determinant
    residual = x - shade[:, None] * a - gloss[:, None]
    shade_variance, gloss_variance = oo / determinant, aa / determinant
    least = np.maximum(SHADE[0], _SHADE_UNDER_GLOSS * gloss)
    beyond = np.maximum(np.maximum(least - shade, shade - SHADE[1]), 0)
    veiled = np.maximum(np.maximum(-0.003 - gloss, gloss - GLOSS), 0)
    if np.ptp(a) < _NEUTRAL * a.mean():
        # Parallel to white, shade and gloss can't be told apart: all is shade up to the paint itself, gloss above it.
        bright = x @ _ONES / a.sum()
        shade = np.clip(bright, 0, 1)
        gloss = (bright - shade) * a.mean()
        beyond, veiled = np.maximum(SHADE[0] - bright, 0), np.maximum(gloss - GLOSS, 0)
    squared = (weight * residual**2) @ _ONES + beyond**2 / shade_variance + veiled**2 / gloss_variance
    values = (shade, gloss, np.sqrt(squared), shade_variance, gloss_variance)
    return Fit(*(np.asarray(value, np.float32) for value in values))


def slack_of(pixels: Bytes, paint: Bytes, scale: Scale, noise: float) -> float:
    """What the model leaves out of a surface, uint8 N×3: coloured light spreads it off the plane of paint and gloss.

    The standard deviation across that plane beyond `noise` (in standard deviations of rounding), on the scale.
    """
    if len(pixels) < _ENOUGH:
        return 0.0
    some = pixels[:: max(1, len(pixels) // 50_000)]
    x, a = scale.of(some[(some < 255).all(1)]), scale.of(paint)
    normal = np.cross(a, _ONES)
    normal /= max(float(np.linalg.norm(normal)), 1e-6)
    rounding = noise**2 * float(((scale.step(some) ** 2 / 12) @ normal**2).mean())
    return float(np.sqrt(max(float(((x @ normal) ** 2).mean()) - rounding, 0.0))) if len(x) else 0.0


def recolour(pixels: Bytes, shade: Floats, gloss: Floats, paint: Bytes, target: Bytes, scale: Scale) -> Floats:
    """The same light on another paint: p + s(B − A), which keeps gloss and texture; N×3 unrounded levels 0–255.

    A clipped channel counts as the brighter value that the model gives it, or its loss would show in the new colour.
    """
    old, new, values = scale.of(paint), scale.of(target), scale.of(pixels)
    clipped = (pixels == 255).any(1)
    model = shade[clipped, None] * old + gloss[clipped, None]
    values[clipped] = np.where(pixels[clipped] == 255, np.maximum(model, 1), values[clipped])
    return scale.levels(values + shade[:, None] * (new - old))
