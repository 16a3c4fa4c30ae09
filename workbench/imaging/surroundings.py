"""The even ground round a marked part: a smooth surface fitted to it, and what it shows besides that surface.

Everything is measured on sRGB levels, where the grain of 8-bit pictures is about as strong in light as in dark parts.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.colour_space import Floats
from workbench.imaging.matting import Mask

#: highest degree of the fitted polynomial: soft light pools need it, structure can't be described by it
_DEGREES = 4
#: pixels that are enough to fit a surface
_SAMPLES = 10_000
#: pixels of a grain that go together, so that many don't count as that many observations
_TOGETHER = 9
#: cells along the longer side of the grid on which what the polynomial leaves is carried inwards
_CELLS = (4, 28)
_CELL = 8  # px, smallest cell: enough pixels to average the grain away
#: a variance, in levels², below which nothing is left but rounding
_ROUNDING = 1 / 12
#: degree of the first surface, which must hold although other objects take a part of what it is fitted to
_FIRST_DEGREE = 2
#: steps in which that fit narrows what it believes, by half each, and the narrowest it gets, levels
_NARROWINGS, _NARROWEST = 8, 1.5
#: levels (sRGB) and multiples of the grain beyond which something stands out sharply
_SHARP, _SHARP_GRAIN = 3.0, 5.0
#: the same for soft shapes, after averaging over _SOFT_SIGMA px
_SOFT, _SOFT_GRAIN, _SOFT_SIGMA = 1.5, 0.5, 4.0


@dataclass(frozen=True)
class Ground:
    """What a ring of ground shows, continued into the hole."""

    #: h×w×3, unrounded levels: the ground without grain, in the ring and in the hole
    surface: Floats
    #: h×w×3, what the ring shows besides the surface; 0 elsewhere
    rest: Floats
    #: largest robust standard deviation of `rest` over the channels, levels
    grain: float
    #: levels by which a surface with the next degree would differ in the hole
    doubt: float


def ground(levels: Floats, ring: Mask, hole: Mask) -> Ground:
    """The surface through `ring` (bool h×w) of float32 levels h×w×3, continued into `hole` (bool h×w).

    A polynomial of the degree that the Bayesian information criterion (Schwarz 1978) prefers, fitted with Huber
    weights so that specks don't bend it; what it leaves in the ring is carried into the hole as a membrane
    (Laplace's equation, as in Pérez et al. 2003, "Poisson image editing"), averaged over cells.
    """
    rows, columns = np.nonzero(ring)
    step = max(1, len(rows) // _SAMPLES)
    rows, columns = rows[::step], columns[::step]
    x, y = _places(ring.shape)
    sampled = levels[rows, columns].astype(np.float64)
    fits = [_fitted(x[columns], y[rows], sampled, degree) for degree in range(_DEGREES + 2)]
    chosen = min(range(_DEGREES + 1), key=lambda degree: fits[degree][1])
    surface = _polynomial(x, y, fits[chosen][0], chosen)
    doubt = _apart(surface, _polynomial(x, y, fits[chosen + 1][0], chosen + 1), hole)
    surface += membrane(np.where(ring[..., None], levels - surface, 0).astype(np.float32), ring)
    rest = np.where(ring[..., None], levels - surface, 0).astype(np.float32)
    return Ground(surface, rest, _spread(rest[ring]), doubt)


def first_ground(levels: Floats, band: Mask, hole: Mask) -> Ground:
    """A plain surface through `band` (bool h×w) that holds where other objects take up to about a third of it.

    A polynomial of degree 2 with Geman–McClure weights that narrow step by step, so that the fit starts from all
    pixels and ends with those that agree (graduated non-convexity: Blake and Zisserman 1987, Yang et al. 2020).
    """
    rows, columns = np.nonzero(band)
    step = max(1, len(rows) // _SAMPLES)
    rows, columns = rows[::step], columns[::step]
    x, y = _places(band.shape)
    values, terms = levels[rows, columns].astype(np.float64), _terms(x[columns], y[rows], _FIRST_DEGREE)
    weight, width = np.ones(len(values)), np.inf
    for _ in range(_NARROWINGS):
        found = _weighed(terms, values, weight)
        off = np.linalg.norm(values - terms @ found, axis=1)
        width = max(min(width, float(off.max())) / 2, 2 * float(np.median(off)), _NARROWEST)
        weight = (width**2 / (width**2 + off**2)) ** 2
    return against(levels, Ground(_polynomial(x, y, found, _FIRST_DEGREE), levels, 0, 0), band, anew=True)


def against(levels: Floats, ground: Ground, where: Mask, *, anew: bool = False) -> Ground:
    """The same surface and what `where` (bool h×w) shows besides it; its grain as known, or measured anew there."""
    rest = np.where(where[..., None], levels - ground.surface, 0).astype(np.float32)
    return Ground(ground.surface, rest, _spread(rest[where]) if anew else ground.grain, ground.doubt)


def sharp(ground: Ground, ring: Mask) -> Mask:
    """Where specks, lines or edges stand out in `ring`."""
    return standing_out(ground.rest, ring, 0.8, _SHARP + _SHARP_GRAIN * _left(ground.grain, 0.8))


def soft(ground: Ground, ring: Mask) -> Mask:
    """Where soft shapes stand out in `ring`."""
    return standing_out(ground.rest, ring, _SOFT_SIGMA, _SOFT + _SOFT_GRAIN * ground.grain)


def standing_out(rest: Floats, where: Mask, sigma: float, limit: float) -> Mask:
    """Where `rest`, averaged over sigma px within `where`, passes the limit in levels."""
    seen = np.abs(smoothed(rest, where, sigma)).max(axis=2) > limit
    return np.asarray(seen & where, np.bool_)


def _left(deviation: float, sigma: float) -> float:
    """What averaging leaves of a grain whose neighbours go together over about a pixel."""
    return deviation / (1 + sigma)


def _places(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    longer = max(shape) / 2
    return (np.arange(shape[1]) - shape[1] / 2) / longer, (np.arange(shape[0]) - shape[0] / 2) / longer


def _powers(degree: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]


def _terms(x: np.ndarray, y: np.ndarray, degree: int) -> np.ndarray:
    along, down = np.vander(x, degree + 1, increasing=True), np.vander(y, degree + 1, increasing=True)
    return np.stack([along[:, i] * down[:, j] for i, j in _powers(degree)], axis=1)


def _weighed(terms: np.ndarray, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Coefficients (terms×3) of the weighted least squares."""
    weighed = (terms * weight[:, None]).T
    return np.asarray(np.linalg.lstsq(weighed @ terms, weighed @ values, rcond=None)[0])


def _fitted(x: np.ndarray, y: np.ndarray, values: np.ndarray, degree: int) -> tuple[np.ndarray, float]:
    """Coefficients (terms×3) and the information criterion, smaller is better."""
    terms = _terms(x, y, degree)
    weight = np.ones(len(values))
    for _ in range(3):
        found = _weighed(terms, values, weight)
        off = np.linalg.norm(values - terms @ found, axis=1)
        limit = max(2 * float(np.median(off)), 0.5)
        weight = np.minimum(1, limit / np.maximum(off, limit))
    misfit = float(np.minimum(off, 2 * limit) @ np.minimum(off, 2 * limit)) / (3 * len(values))
    count = len(values) / _TOGETHER
    return found, 3 * count * np.log(misfit + _ROUNDING) + 3 * terms.shape[1] * np.log(count)


def _polynomial(x: np.ndarray, y: np.ndarray, found: np.ndarray, degree: int) -> Floats:
    """The polynomial at every pixel, h×w×3, summed along rows first so that no term is as large as the picture."""
    surface = np.zeros((len(y), len(x), 3), np.float32)
    for power in range(degree + 1):
        along = sum(found[number] * (x**i)[:, None] for number, (i, j) in enumerate(_powers(degree)) if j == power)
        surface += ((y**power)[:, None, None] * np.asarray(along)[None]).astype(np.float32)
    return surface


def _apart(one: Floats, other: Floats, hole: Mask) -> float:
    return float(np.abs(one[hole] - other[hole]).max())


def _spread(values: Floats) -> float:
    """The largest standard deviation of N×3 over the channels, by the median so that a few specks don't count."""
    return float((1.4826 * np.median(np.abs(values), axis=0)).max())


def smoothed(values: Floats, where: Mask, sigma: float) -> Floats:
    """h×w×C averaged over its neighbours within `where`; 0 far from it."""
    size = (0, 0)
    weight = cv2.GaussianBlur(where.astype(np.float32), size, sigma)
    total = cv2.GaussianBlur(values * where[..., None], size, sigma)
    return np.asarray(total / np.maximum(weight, np.float32(1e-3))[..., None], np.float32)


def membrane(values: Floats, known: Mask) -> Floats:
    """h×w×3, known in a ring, as a smooth sheet h×w×3 that hangs from it: Laplace's equation on a coarse grid."""
    height, width = known.shape
    across = int(np.clip(max(height, width) / _CELL, *_CELLS))
    size = max(2, round(across * width / max(height, width))), max(2, round(across * height / max(height, width)))
    share = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    given = share > 0.2
    sheet = np.where(given[..., None], total / np.maximum(share, np.float32(1e-3))[..., None], 0)
    free = np.flatnonzero(~given)
    if 0 < len(free) < given.size:
        sheet.reshape(-1, 3)[free] = _hung(sheet, given, free)
    return np.asarray(cv2.resize(sheet.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _hung(sheet: Floats, given: Mask, free: np.ndarray) -> np.ndarray:
    """Values of the free cells, each the mean of its neighbours."""
    number = np.full(given.size, -1)
    number[free] = np.arange(len(free))
    matrix, right = np.zeros((len(free), len(free))), np.zeros((len(free), 3))
    rows, columns = np.divmod(free, given.shape[1])
    for down, across in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        y, x = rows + down, columns + across
        inside = np.flatnonzero((y >= 0) & (y < given.shape[0]) & (x >= 0) & (x < given.shape[1]))
        beside = y[inside] * given.shape[1] + x[inside]
        matrix[inside, inside] += 1
        unknown = number[beside] >= 0
        matrix[inside[unknown], number[beside[unknown]]] -= 1
        right[inside[~unknown]] += sheet.reshape(-1, 3)[beside[~unknown]]
    return np.linalg.solve(matrix, right)
