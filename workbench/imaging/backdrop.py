"""The ground behind a product as one smooth surface: paper, a wall, a studio sweep; and the shadow that lies on it.

A tensor product of cubic B-splines with a penalty on second differences (Eilers & Marx 1996, "Flexible smoothing with
B-splines and penalties"), fitted to what is seen round the product by iteratively reweighted least squares. What is
darker than the surface is forgiven less weight than what is lighter: a shadow must not pull the surface down.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.colour_space import Bytes, Floats
from workbench.imaging.matting import Mask

#: pixels that are enough to fit the surface by
_GLANCE = 20_000
_KNOTS = 7
_STIFF = 0.001
#: levels by which an even ground may scatter round its surface (texture, grain, what the splines can't follow)
SCATTER = 9.0
#: share of the ground seen that has to lie on the surface
_MOST = 0.85


@dataclass(frozen=True)
class Backdrop:
    """The old ground without product and shadow."""

    levels: Floats  #: h×w×3, unrounded sRGB levels
    scatter: float  #: standard deviation of the ground round it, levels
    even: bool  #: whether the surface describes what is seen of the ground


def _splines(count: int) -> Floats:
    """Values of the _KNOTS cubic B-splines at `count` even places, count × _KNOTS."""
    t = (np.arange(count) + 0.5) / count * (_KNOTS - 3)
    away = np.abs(t[:, None] - (np.arange(_KNOTS) - 1))
    near, far = 2 / 3 - away**2 + away**3 / 2, np.maximum(2 - away, 0) ** 3 / 6
    return np.where(away < 1, near, far).astype(np.float32)


def _penalty() -> Floats:
    bend = np.diff(np.eye(_KNOTS), 2, axis=0)
    one = bend.T @ bend
    return np.asarray(np.kron(one, np.eye(_KNOTS)) + np.kron(np.eye(_KNOTS), one), np.float32)


def fit(part: Bytes, known: Mask) -> Backdrop:
    """The surface behind h×w×3 sRGB levels, from the pixels that are known to be ground (at least one)."""
    height, width = known.shape
    step = max(1, round((height * width / _GLANCE) ** 0.5))
    size = max(2, width // step), max(2, height // step)
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    seen = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.99
    if not seen.any():
        seen = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    across, down = _splines(size[0]), _splines(size[1])
    where = np.flatnonzero(seen)
    rows, columns = np.divmod(where, size[0])
    basis = (down[rows][:, :, None] * across[columns][:, None, :]).reshape(len(where), -1)
    values = small.reshape(-1, 3)[where]
    stiff = _penalty() * np.float32(_STIFF * len(where) / _KNOTS**2)
    weight, coefficients = np.ones(len(where), np.float32), np.zeros((_KNOTS**2, 3), np.float32)
    for scale in (24.0, 12.0, 6.0, 4.0, 3.0, 3.0, 3.0, 3.0):
        weighted = basis * weight[:, None]
        ridge = np.float32(1e-4) * np.eye(_KNOTS**2, dtype=np.float32) * weight.sum()
        middle = (values * weight[:, None]).sum(0) / max(float(weight.sum()), 1e-6)
        normal = basis.T @ weighted + stiff * np.float32(weight.mean()) + ridge
        coefficients = np.linalg.solve(normal, weighted.T @ (values - middle)).astype(np.float32)
        off = values - middle - basis @ coefficients
        darker = np.where(off.mean(1) < 0, 1.0, 0.6)
        weight = (1 / (1 + darker * (off**2).mean(1) / scale**2) ** 2).astype(np.float32)
    surface = (down @ coefficients.T.reshape(3, _KNOTS, _KNOTS) @ across.T).transpose(1, 2, 0) + middle
    levels = cv2.resize(surface.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return _judged(part, known, np.clip(levels, 0, 255).astype(np.float32))


def _judged(part: Bytes, known: Mask, levels: Floats) -> Backdrop:
    """Scatter and evenness, from the known pixels that no shadow darkens."""
    flat = np.flatnonzero(known)[:: max(1, int(known.sum()) // 50_000)]
    off = np.abs(part.reshape(-1, 3)[flat] - levels.reshape(-1, 3)[flat])
    near = off[off.max(1) < 4 * SCATTER]
    scatter = 1.4826 * float(np.median(near)) if len(near) else 255.0
    share = float((off.max(1) < 4 * max(scatter, 1.5)).mean())
    return Backdrop(levels, max(scatter, 0.7), scatter < SCATTER and share > _MOST)


def share_of_light(part: Bytes, backdrop: Backdrop) -> tuple[Floats, Floats]:
    """(k, misfit): each pixel of h×w×3 as k times the ground's levels, and how far off that is in standard deviations.

    A shadow on the ground multiplies its levels by one factor (a power of the light it leaves), so k < 1 with a small
    misfit is what a shadow looks like.
    """
    ground = np.maximum(backdrop.levels, 1)
    k = (part * ground).sum(-1) / (ground * ground).sum(-1)
    off = part - k[..., None] * ground
    # coloured light in a shadow shifts it by up to a few hundredths
    deviation = backdrop.scatter + 0.03 * np.maximum(1 - k, 0) * ground.mean(-1)
    return k.astype(np.float32), (np.sqrt((off * off).sum(-1)) / deviation).astype(np.float32)
