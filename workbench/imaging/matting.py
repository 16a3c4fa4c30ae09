"""How much of a mixed pixel is paint: Bayesian matting of an edge band against sampled ground.

A band pixel is p = αF + (1−α)G. F is Gaussian along the paint's own directions, G Gaussian from clean pixels near by;
α's posterior is taken on a grid and sharpened by least squares. After Chuang, Curless, Salesin, Szeliski 2001,
"A Bayesian approach to digital matting", with both Gaussians integrated out.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging.colour_space import LINEAR, Bytes, Floats

Mask = NDArray[np.bool_]
Indices = NDArray[np.int64]

GRID: Floats = np.linspace(0, 1, 9).astype(np.float32)
_CHUNK = 1 << 14
#: steps down and right to the pixels round one, nearest first
_AROUND = sorted(
    ((down, right) for down in range(-8, 9) for right in range(-8, 9) if down * down + right * right <= 64),
    key=lambda step: (step[0] ** 2 + step[1] ** 2, step),
)
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


@dataclass(frozen=True)
class Gaussian:
    """N colours with their uncertainty."""

    mean: Floats  #: N×3
    spread: Floats  #: N×6, upper triangle of the covariance


@dataclass(frozen=True)
class Mix:
    """What the band is made of, N pixels."""

    alpha: Floats  #: posterior mean of the paint's share, 0–1
    deviation: Floats  #: its standard deviation
    bare: Floats  #: probability that there is no paint at all
    misfit: Floats  #: squared residual at the best share, in units of its variance (3 degrees of freedom)
    evidence: Floats  #: log likelihood of the pixel under this model


def scaled(levels: Bytes, light: bool) -> Floats:
    """Bytes as linear light 0–1 or as levels 0–255."""
    if not light:
        return levels.astype(np.float32)
    return np.asarray(cv2.LUT(levels.reshape(len(levels), -1), LINEAR), np.float32).reshape(levels.shape)


def nearest(clean: Mask, at: Indices) -> Indices:
    """For each flat index in `at`, the flat index of the nearest True pixel of `clean` (which must hold one)."""
    height, width = clean.shape
    found, waiting = np.full(len(at), -1, np.int64), np.arange(len(at))
    y, x = (a.astype(np.int32) for a in np.divmod(at, width))
    usable = clean.ravel()
    # Nearly all of a band has clean pixels close by; looking there first spares a transform of the whole box.
    for down, right in _AROUND:
        rows, columns = y[waiting] + down, x[waiting] + right
        hit = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        where = np.clip(rows, 0, height - 1).astype(np.int64) * width + np.clip(columns, 0, width - 1)
        hit &= usable[where]
        found[waiting[hit]] = where[hit]
        waiting = waiting[~hit]
        if not len(waiting):
            return found
    _, labels = cv2.distanceTransformWithLabels((~clean).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    # Labels count the clean pixels from 1 in reading order.
    found[waiting] = np.flatnonzero(clean)[np.asarray(labels, np.int32).ravel()[at[waiting]] - 1]
    return found


def surroundings(
    picture: Bytes | Floats,
    clean: Mask,
    at: Indices,
    noise: float,
    radius: int = 3,
    anchor: Indices | None = None,
    *,
    light: bool | None = None,
) -> Gaussian:
    """Ground colours at `at`: statistics of the clean pixels in a window round the nearest clean one.

    picture H×W×3: floats on any linear scale, or bytes that `light` reads as linear light 0–1 or as levels 0–255 (only
    where they are looked at); `noise` the standard deviation of one reading in the same scale; anchor:
    `nearest(clean, at)` where it is known.
    """
    height, width = clean.shape
    mean, spread = np.empty((len(at), 3), np.float32), np.empty((len(at), 6), np.float32)
    if not len(at):
        return Gaussian(mean, spread)
    reach = np.arange(-radius, radius + 1, dtype=np.int32)
    down, right = (a.ravel() for a in np.meshgrid(reach, reach, indexing="ij"))
    flat, usable = picture.reshape(-1, 3), clean.ravel()
    anchor = nearest(clean, at) if anchor is None else anchor
    for start in range(0, len(at), _CHUNK):
        part = slice(start, start + _CHUNK)
        # 32 bits hold every index of a picture, and half the memory moves twice as fast
        y, x = (a.astype(np.int32) for a in np.divmod(anchor[part], width))
        own_y, own_x = (a.astype(np.int32) for a in np.divmod(at[part], width))
        rows, columns = y[:, None] + down, x[:, None] + right
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        where = np.clip(rows, 0, height - 1) * np.int32(width) + np.clip(columns, 0, width - 1)
        far_y, far_x = (rows - own_y[:, None]).astype(np.float32), (columns - own_x[:, None]).astype(np.float32)
        far = far_y * far_y + far_x * far_x
        far[~(usable[where] & inside)] = np.inf
        # Near ground says more than far ground; 8 px² is a sigma of two pixels beyond the nearest sample.
        weight = np.exp((far.min(1, keepdims=True) - far) / np.float32(16))
        weight /= weight.sum(1, keepdims=True)
        samples = flat[where] if light is None else scaled(flat[where], light)
        middle = (weight[:, None, :] @ samples)[:, 0]
        samples -= middle[:, None]
        mean[part] = middle
        # A handful of samples underestimates its own spread, and the pixel itself is one more draw.
        scarce = (1 + 2 * (weight**2).sum(1))[:, None]
        weighted = samples * weight[..., None]
        second = weighted.transpose(0, 2, 1) @ samples
        for column, (i, j) in enumerate(_PAIRS):
            spread[part, column] = second[:, i, j] * scarce[:, 0] + (noise**2 if i == j else 0)
    return Gaussian(mean, spread)


def _inverse(c: Floats) -> tuple[Floats, Floats]:
    """Inverse (upper triangle) and determinant of N symmetric 3×3 matrices, kept away from singular."""
    a, b, d, e, f, g = (c[:, i] for i in range(6))
    inverse = np.stack([e * g - f * f, d * f - b * g, b * f - d * e, a * g - d * d, b * d - a * f, a * e - b * b], 1)
    determinant = a * inverse[:, 0] + b * inverse[:, 1] + d * inverse[:, 2]
    determinant = np.maximum(determinant, 1e-6 * a * e * g + np.float32(1e-30))
    return (inverse / determinant[:, None]).astype(np.float32), determinant


def _apply(m: Floats, v: Floats) -> Floats:
    x, y, z = v[:, 0], v[:, 1], v[:, 2]
    return np.stack(
        [
            m[:, 0] * x + m[:, 1] * y + m[:, 2] * z,
            m[:, 1] * x + m[:, 3] * y + m[:, 4] * z,
            m[:, 2] * x + m[:, 4] * y + m[:, 5] * z,
        ],
        1,
    )


def _likelihood(pixels: Floats, paint: Gaussian, ground: Gaussian, share: Floats, noise: Floats) -> tuple[Floats, ...]:
    """Log likelihood, squared Mahalanobis residual and the inverse covariance for one share per pixel."""
    share = share[:, None]
    residual = pixels - share * paint.mean - (1 - share) * ground.mean
    covariance = share**2 * paint.spread + (1 - share) ** 2 * ground.spread + noise
    inverse, determinant = _inverse(covariance)
    misfit = (residual * _apply(inverse, residual)).sum(1)
    return -0.5 * misfit - 0.5 * np.log(determinant), misfit, inverse


def mistaken(seen: Floats, ground: Gaussian, paint: Floats) -> Floats:
    """The share of paint, N, that generalised least squares finds in bare ground as `seen`, N×3."""
    toward = paint - ground.mean
    inverse, _ = _inverse(ground.spread)
    along = _apply(inverse, toward)
    return np.asarray((along * (seen - ground.mean)).sum(1) / np.maximum((along * toward).sum(1), 1e-12), np.float32)


def unmix(pixels: Floats, paint: Gaussian, ground: Gaussian, noise: Floats, prior: Floats, trust: float) -> Mix:
    """Posterior share of paint in N pixels (N×3, the scale of the Gaussians).

    noise N×6 or 6: covariance of one reading. prior N: expected share, believed to ± `trust`; shares of exactly
    0 and 1 get an extra weight where the prior is near them, because most of a band is pure.
    """
    parts = [
        _unmix(
            pixels[p],
            Gaussian(paint.mean[p], paint.spread[p]),
            Gaussian(ground.mean[p], ground.spread[p]),
            np.broadcast_to(noise, (len(pixels), 6))[p],
            prior[p],
            trust,
        )
        for p in (slice(start, start + _CHUNK) for start in range(0, max(len(pixels), 1), _CHUNK))
    ]
    return Mix(*(np.concatenate([getattr(m, name) for m in parts]) for name in Mix.__dataclass_fields__))


def _unmix(pixels: Floats, paint: Gaussian, ground: Gaussian, noise: Floats, prior: Floats, trust: float) -> Mix:
    steps = [_likelihood(pixels, paint, ground, np.full(len(pixels), a, np.float32), noise)[:2] for a in GRID]
    log = np.stack([step[0] for step in steps], 1)
    misfit = np.stack([step[1] for step in steps], 1)
    log_prior = -0.5 * ((GRID - prior[:, None]) / trust) ** 2
    log_prior[:, 0] += np.clip(3 * (1 - prior / 0.2), 0, 3)
    log_prior[:, -1] += np.clip(3 * (1 - (1 - prior) / 0.2), 0, 3)
    total = log + log_prior
    top = total.max(1, keepdims=True)
    weight = np.exp(total - top)
    spread_out = np.log(np.exp(log - log.max(1, keepdims=True)).mean(1)) + log.max(1)
    weight /= weight.sum(1, keepdims=True)
    mean = weight @ GRID
    deviation = np.sqrt(np.maximum(weight @ GRID**2 - mean**2, 0))
    sharp, error, least, peak = _sharpen(pixels, paint, ground, noise, GRID[np.argmax(total, 1)], prior, trust)
    # Where the grid is too coarse for a sharp likelihood, least squares knows better; where it is broad, the mean does.
    coarse = np.clip(2 - error / (0.4 * GRID[1]), 0, 1)
    alpha = coarse * sharp + (1 - coarse) * mean
    deviation = coarse * error + (1 - coarse) * deviation
    bare = np.where(coarse > 0.5, sharp < 2 * error, weight[:, 0])
    # A likelihood narrower than the grid falls between its points: its area is the peak's height times its width.
    evidence = np.where(coarse > 0.5, peak + np.log(error * np.float32(math.sqrt(2 * math.pi))), spread_out)
    return Mix(alpha, deviation, bare.astype(np.float32), np.minimum(misfit.min(1), least), evidence)


def _sharpen(
    pixels: Floats, paint: Gaussian, ground: Gaussian, noise: Floats, start: Floats, prior: Floats, trust: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Generalised least squares for the share, from a grid point; also its standard error, squared residual and
    log likelihood."""
    share, direction = start, paint.mean - ground.mean
    for _ in range(2):
        _, _, inverse = _likelihood(pixels, paint, ground, share, noise)
        along = _apply(inverse, direction)
        pull = (along * (pixels - ground.mean)).sum(1) + prior / trust**2
        weight = np.maximum((along * direction).sum(1), 0) + 1 / trust**2
        share = np.clip(pull / weight, 0, 1).astype(np.float32)
    peak, misfit, _ = _likelihood(pixels, paint, ground, share, noise)
    return share, 1 / np.sqrt(weight), misfit, peak
