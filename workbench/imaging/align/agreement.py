"""The affine correction on which the blocks of a frame agree, and how surely it is known.

Blocks that something was changed in point anywhere; a fit that starts from all and ends with those that agree
(graduated non-convexity: Blake and Zisserman 1987, with Geman–McClure weights) leaves them out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from workbench.imaging.align.blocks import Blocks, Numbers
from workbench.imaging.align.warping import Size

#: what a model's drift looks like before anything is measured, as standard deviations: a shift as a share of the
#: frame's half diagonal, then scale, turn, unequal scale and shear
_DRIFT = (0.006, 0.01, 0.005, 0.008, 0.002)
#: standard deviations beyond which a block says something else
_AGREES = 3.0
#: px by which blocks are off by themselves, tried in this order
_WARPS = (0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 0.8, 1.2)
#: median of χ² with two degrees of freedom
_MEDIAN = 1.386
#: cells along the longer side, the blocks of which are off together
_CELLS = 12
#: shares of the longer side over which a model's ripples may be alike, and strengths of them that may be, px
_ALIKE = (0.09, 0.2)
_RIPPLES = (0.0, 0.01, 0.03, 0.06, 0.1, 0.15, 0.22, 0.3, 0.4, 0.55, 0.75)
_HOW_OFTEN = (0.30, 0.03, 0.05, 0.07, 0.1, 0.12, 0.13, 0.1, 0.06, 0.03, 0.01)
#: a drift in which shapes stay what they are, and one in which they are distorted, each with how often that happens
_SHAPES = (((*_DRIFT[:3], 0.0005, 0.0003), 0.8), (_DRIFT, 0.2))
#: px by which a block may be off for reasons of its own
_JITTER = 0.05


@dataclass(frozen=True)
class Agreement:
    """A correction to a map, in frame pixels."""

    #: 2×3, from frame pixels to frame pixels; the corrected map is the old one after this
    correction: Numbers
    #: likely mean distance over the frame by which the correction is off, px
    error: float
    #: px (standard deviation of an axis) by which single places are off that map
    ripple: float
    #: N, 0–1, how far each block counts
    weight: Numbers


def agreed(blocks: Blocks, size: Size, drift: Numbers, start: float, *, final: bool = True) -> Agreement:
    """The correction for a frame of (width, height) whose map was already corrected by `drift` (`drift_of`); blocks
    up to `start` px off are believed at first; without `final` error and ripple are not known (infinite)."""
    design = _design(blocks.centre, size)
    known = _known(size)
    parameters = np.zeros(6)
    weight = np.ones(len(blocks))
    for width in _narrowing(start):
        rest = blocks.shift - np.einsum("nij,j->ni", design, parameters)
        precision = _precision(blocks, width or _warp(blocks, rest, weight))
        apart = np.einsum("ni,nij,nj->n", rest, precision, rest)
        weight = (_AGREES**2 / (_AGREES**2 + apart)) ** 2
        normal = known + np.einsum("n,nia,nij,njb->ab", weight, design, precision, design)
        right = np.einsum("n,nia,nij,nj->a", weight, design, precision, blocks.shift) - known @ drift
        parameters = np.linalg.solve(normal, right)
    if not final:
        return Agreement(_matrix(parameters, size), np.inf, np.inf, weight)
    return _weighed(blocks, design, weight, size, drift)


def _weighed(blocks: Blocks, design: Numbers, weight: Numbers, size: Size, drift: Numbers) -> Agreement:
    """The final correction from cells of neighbours, which are off together (generalised least squares).

    Places are off by a smooth random field besides what their blocks can't tell (kriging with an affine trend:
    Rasmussen and Williams 2006, 2.7); every strength of the field counts as far as it explains what is seen.
    """
    seen, trend, places, root = _cells(blocks, design, weight, size)
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1) / max(size)
    found: list[tuple[Numbers, Numbers, float]] = []
    for alike in _ALIKE:
        field = root @ np.kron(np.exp(-((apart / alike) ** 2) / 2), np.eye(2)) @ root
        # in the field's own axes every strength of it is a diagonal
        values, axes = np.linalg.eigh(field)
        design, target = axes.T @ trend, axes.T @ seen
        for ripple, often in zip(_RIPPLES, _HOW_OFTEN, strict=True):
            variance = 1 + ripple**2 * np.maximum(values, 0)
            found += _solutions(target, design, variance, size, drift, often)
    chance = np.exp(np.array([likely for _, _, likely in found]) - max(likely for _, _, likely in found))
    chance /= chance.sum()
    parameters = np.einsum("k,ka->a", chance, [answer for answer, _, _ in found])
    spread = sum(
        share * (covariance + np.outer(answer - parameters, answer - parameters))
        for share, (answer, covariance, _) in zip(chance, found, strict=True)
    )
    strengths = np.repeat(_RIPPLES * len(_ALIKE), len(_SHAPES))
    ripple = float(np.sqrt(chance @ np.square(strengths)))
    return Agreement(_matrix(parameters, size), _mean_error(np.asarray(spread), size), ripple, weight)


def _cells(blocks: Blocks, design: Numbers, weight: Numbers, size: Size) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Of every cell with blocks in it, whitened: what is seen (2n), the trend there (2n×6), where (n×2) and the square
    root of its information (2n×2n)."""
    precision = _precision(blocks, _JITTER) * weight[:, None, None]
    step = max(size) / _CELLS
    _, cell = np.unique((blocks.centre // step).astype(int) @ (1, 1000), return_inverse=True)
    count = int(cell.max()) + 1 if len(cell) else 0
    information, sight, trend, places = (np.zeros((count, *shape)) for shape in ((2, 2), (2,), (2, 6), (2,)))
    np.add.at(information, cell, precision)
    np.add.at(sight, cell, np.einsum("nij,nj->ni", precision, blocks.shift))
    np.add.at(trend, cell, np.einsum("nij,nja->nia", precision, design))
    np.add.at(places, cell, blocks.centre)
    places /= np.maximum(np.bincount(cell, minlength=count), 1)[:, None]
    values, axes = np.linalg.eigh(information)
    values = np.maximum(values, 0)
    back = np.where(values > 1e-6, 1 / np.sqrt(np.maximum(values, 1e-6)), 0)
    white = np.einsum("nij,nj,nkj->nik", axes, back, axes)
    root = np.zeros((2 * count, 2 * count))
    for number, part in enumerate(np.einsum("nij,nj,nkj->nik", axes, np.sqrt(values), axes)):
        root[2 * number : 2 * number + 2, 2 * number : 2 * number + 2] = part
    return (
        np.einsum("nij,nj->ni", white, sight).reshape(-1),
        np.einsum("nij,nja->nia", white, trend).reshape(-1, 6),
        places,
        root,
    )


def _solutions(
    seen: Numbers, trend: Numbers, variance: Numbers, size: Size, drift: Numbers, often: float
) -> Iterator[tuple[Numbers, Numbers, float]]:
    """For every entry of _SHAPES the six parameters, their covariance and the log of the evidence for it."""
    design, target = trend / np.sqrt(variance)[:, None], seen / np.sqrt(variance)
    for shape, before in _SHAPES:
        known = _known(size, shape)
        normal = design.T @ design + known
        parameters = np.asarray(np.linalg.solve(normal, design.T @ target - known @ drift))
        rest, total = target - design @ parameters, drift + parameters
        likely = float(np.log(before * often) - 0.5 * np.log(variance).sum())
        likely -= 0.5 * float(rest @ rest + total @ known @ total)
        likely -= 0.5 * float(np.linalg.slogdet(normal)[1] - np.linalg.slogdet(known)[1])
        yield parameters, np.asarray(np.linalg.inv(normal)), likely


def _narrowing(start: float) -> list[float | None]:
    """Warps to allow in turn; None = as measured."""
    steps: list[float | None] = []
    while start > 0.2:
        steps.append(start)
        start /= 1.6
    return [*steps, None, None, None, None]


def _precision(blocks: Blocks, warp: float) -> Numbers:
    """(information⁻¹ + warp²)⁻¹, finite where a block sees nothing."""
    (a, b), (_, d) = np.moveaxis(blocks.information, 0, -1)
    determinant = (a * d - b * b) * warp**2
    whole = 1 + (a + d) * warp**2 + determinant * warp**2
    found = np.array([[a + determinant, b], [b, d + determinant]]) / whole
    return np.moveaxis(found, -1, 0)


def _warp(blocks: Blocks, rest: Numbers, weight: Numbers) -> float:
    """The smallest warp that explains how far the agreeing half of what counts is off."""
    believed = weight > 0.05
    if not believed.any():
        return _WARPS[-1]
    for warp in _WARPS:
        precision = _precision(blocks, warp)
        apart = np.einsum("ni,nij,nj->n", rest, precision, rest)
        importance = np.trace(precision, axis1=1, axis2=2) * believed
        order = np.argsort(apart)
        total = np.cumsum(importance[order])
        if total[-1] == 0 or apart[order][np.searchsorted(total, total[-1] / 2)] < _MEDIAN:
            return warp
    return _WARPS[-1]


def _design(places: Numbers, size: Size) -> Numbers:
    """N×2×6: shift right, shift down, larger, turned, wider than high, sheared."""
    u, v = ((places - (np.array(size) - 1) / 2) / _radius(size)).T
    one, none = np.ones(len(u)), np.zeros(len(u))
    return np.stack([np.stack([one, none, u, -v, u, v], -1), np.stack([none, one, v, u, -v, u], -1)], axis=1)


def _radius(size: Size) -> float:
    return float(np.hypot(*size) / 2)


def _known(size: Size, drift: tuple[float, ...] = _DRIFT) -> Numbers:
    """6×6, what is known about the drift before anything is measured, 1/px²."""
    shift, *others = drift
    return np.diag([1 / (value * _radius(size)) ** 2 for value in (shift, shift, *others)])


def _matrix(parameters: Numbers, size: Size) -> Numbers:
    middle, radius = (np.array(size) - 1) / 2, _radius(size)
    right, down, larger, turned, wider, sheared = parameters
    linear = np.eye(2) + np.array([[larger + wider, sheared - turned], [sheared + turned, larger - wider]]) / radius
    return np.column_stack([linear, middle - linear @ middle + (right, down)])


def drift_of(matrix: Numbers, size: Size) -> Numbers:
    """The six numbers of a correction in frame pixels (2×3), px at the half diagonal."""
    middle, radius = (np.array(size) - 1) / 2, _radius(size)
    linear = matrix[:, :2] - np.eye(2)
    moved = matrix[:, :2] @ middle + matrix[:, 2] - middle
    (a, b), (c, d) = linear * radius
    return np.array([*moved, (a + d) / 2, (c - b) / 2, (a - d) / 2, (b + c) / 2])


def _mean_error(spread: Numbers, size: Size) -> float:
    x, y = np.meshgrid(np.linspace(0, size[0] - 1, 7), np.linspace(0, size[1] - 1, 7))
    design = _design(np.column_stack([x.ravel(), y.ravel()]), size)
    return float(np.sqrt(np.einsum("nia,ab,nib->n", design, spread, design)).mean())


def unlikely(drift: Numbers, size: Size) -> float:
    """How far a drift (`drift_of`) is from what models usually do: squared standard deviations of six numbers."""
    return float(drift @ _known(size) @ drift)
