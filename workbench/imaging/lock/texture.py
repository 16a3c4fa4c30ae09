"""The original's fine detail brought back into what a model drew, where both show the same structure.

A model draws at its own size, so threads, pores and grain of a larger original are lost although only their colour was
meant to change. Around each pixel the output's colours are explained by the original's through a linear map: where
that holds, the original at full resolution goes through the same map; where it doesn't (a removed object, other
letters), the output stays as it was drawn.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.change import Box
from workbench.imaging.colour_space import Bytes, Floats
from workbench.imaging.lock.cover import Tile, enlarged

#: working px over which one map must hold, and over which levels are averaged before detail is added (σ)
_AROUND, _BASE = 3.0, 1.2
#: working px round the change that its maps are made from
MARGIN = 12
#: variance (levels²) that is never told apart from noise, and the most that is taken for grain
_LEAST, _MOST = 0.3, 9.0
#: levels², all channels: unexplained variance that says nothing
_CALM = 12.0
#: share of the variance that the map leaves unexplained: still the same structure, and surely another one
_SAME, _OTHER = 0.3, 0.55


@dataclass(frozen=True)
class Texture:
    """Maps from the original's colours to the output's, for a box of the working size."""

    #: (height, width) of the original, and of the working size
    shape: tuple[int, int]
    working: tuple[int, int]
    #: row and column of the box
    origin: tuple[int, int]
    #: three times float32 h×w×3: what red, green and blue of the result take from the original's detail
    gains: tuple[Floats, Floats, Floats]
    #: float32 h×w×3, levels of original and output without their detail
    before: Floats
    after: Floats
    #: float32 h×w, 0–1, how surely both show the same structure
    trust: Floats

    def restored(self, drawn: Floats, original: Floats, tile: Tile) -> Floats:
        """`drawn` (float32 h×w×3 levels of one tile) with the detail of `original` (the same pixels)."""
        trust = self._here(self.trust, tile)[..., None]
        if not trust.any():
            return drawn
        detail = original - self._here(self.before, tile)
        found = self._here(self.after, tile)
        for channel, gain in enumerate(self.gains):
            found[..., channel] += _summed(self._here(gain, tile) * detail)
        return drawn + trust * (found - drawn)

    def _here(self, values: Floats, tile: Tile) -> Floats:
        return enlarged(values, self.shape, tile, working=self.working, origin=self.origin)


def texture(original: Bytes, output: Floats, box: Box, shape: tuple[int, int]) -> Texture:
    """The maps in a box of the working size, for a full resolution of `shape` (height, width).

    original: uint8 h×w×3 at working size. output: float32 levels of the box, laid onto it and colour-matched.
    A ridge regression in Gaussian windows that leans to the identity, as in the guided filter (He, Sun, Tang 2013).
    """
    before, after = original[box].astype(np.float32), output
    lows = _blurred(before, _BASE), _blurred(after, _BASE)
    means = _blurred(before, _AROUND), _blurred(after, _AROUND)
    spread, shared, rest = _moments(before, after - before)
    grain = float(np.clip(3 * np.percentile(_summed(np.einsum("hwii->hwi", spread)) / 3, 20), _LEAST, _MOST))
    one = np.eye(3, dtype=np.float32)
    added = np.asarray(shared @ np.linalg.inv(spread + np.float32(grain) * one), np.float32)
    gain = added + one
    left = np.maximum(rest + _product(np.asarray(added @ spread, np.float32), added) - 2 * _product(shared, added), 0)
    missed = lows[1] - means[1] - np.einsum("hwij,hwj->hwi", gain, lows[0] - means[0])
    left = np.maximum(left, _summed(missed * missed))
    share = left / (left + _product(np.asarray(gain @ spread, np.float32), gain) + np.float32(_CALM))
    trust = np.clip((_OTHER - share) / (_OTHER - _SAME), 0, 1).astype(np.float32)
    trust = cv2.GaussianBlur(cv2.erode(trust, np.ones((5, 5), np.uint8)), (0, 0), 1.5)
    return Texture(
        shape,
        (original.shape[0], original.shape[1]),
        (box[0].start, box[1].start),
        (_row(gain, 0), _row(gain, 1), _row(gain, 2)),
        *lows,
        np.asarray(trust, np.float32),
    )


def _summed(values: Floats) -> Floats:
    # A reduction over an axis of three is ten times slower.
    return np.asarray(values[..., 0] + values[..., 1] + values[..., 2], np.float32)


def _product(one: Floats, other: Floats) -> Floats:
    """The sum over the products of two h×w×3×3, element by element."""
    return np.asarray(np.einsum("hwij,hwij->hw", one, other), np.float32)


def _row(gain: Floats, channel: int) -> Floats:
    return np.ascontiguousarray(gain[..., channel, :], np.float32)


def _moments(before: Floats, added: Floats) -> tuple[Floats, Floats, Floats]:
    """Around each pixel: covariance h×w×3×3 of `before`, of `added` with `before`, and the variance of `added`."""
    mean, other = _blurred(before, _AROUND), _blurred(added, _AROUND)
    spread = np.empty((*before.shape[:2], 3, 3), np.float32)
    shared = np.empty_like(spread)
    for row in range(3):
        spread[..., row, :] = _blurred(before[..., row : row + 1] * before, _AROUND) - mean[..., row : row + 1] * mean
        shared[..., row, :] = _blurred(added[..., row : row + 1] * before, _AROUND) - other[..., row : row + 1] * mean
    rest = _summed(_blurred(added * added, _AROUND) - other * other)
    return spread, shared, rest


def _blurred(values: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)
