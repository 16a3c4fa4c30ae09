"""The ground behind old copy, filled in from around it, and how far off that fill is expected to be.

even all round ─► exactly that colour
else           ─► several ways are tried on the same hole a little above or below, where the truth is known;
                  the one that comes nearest is taken, with the grain that it missed there
"""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging.colour_space import delta_e_2000, to_lab

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: how many times neighbours are averaged; strokes of type are thin
_ROUNDS = 40
_RADIUS = 4
#: grain of these levels (standard deviation) is put back; what is stronger is structure and can't be moved
_GRAIN = (0.6, 5.0)
#: a place whose rim is this many times rougher is no trial for this one: other type stands there
_BUSIER = 2.0
#: mean ΔE2000 below which no other way is tried, and on how many pixels it is measured
_UNSEEN, _COMPARED = 0.25, 20_000
#: pixels around the hole that a fill looks at
_RIM = 12


class Filled(NamedTuple):
    """Pixels with the hole filled."""

    #: unrounded sRGB levels, h×w×3; outside the hole as they were
    pixels: Floats
    #: mean ΔE2000 that the fill is expected to be off by: 0 on an even ground, None where it can't be told
    expected: float | None


class _Trial(NamedTuple):
    expected: float
    way: Callable[[Bytes, Mask], Floats]
    #: the grain that the way missed, pixels of the hole × 3
    grain: Floats | None


def fill(pixels: Bytes, hole: Mask, *, shifts: tuple[int, ...] = ()) -> Filled:
    """`pixels` (uint8 sRGB h×w×3) with `hole` (bool h×w) filled from around it.

    `shifts`: by how many rows the hole may be moved to try the ways where the truth is known.
    """
    around = cv2.dilate(hole.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool) & ~hole
    if not hole.any() or not around.any():
        return Filled(pixels.astype(np.float32), None if hole.any() else 0.0)
    beside = pixels[around]
    if (beside == beside[0]).all():
        even = pixels.astype(np.float32)
        even[hole] = beside[0]
        return Filled(even, 0.0)
    trials = [trial for shift in shifts if (trial := _tried(pixels, hole, shift)) is not None]
    if not trials:
        return Filled(_near(membrane, pixels, hole), None)
    best = min(trials, key=lambda trial: trial.expected)
    filled = _near(best.way, pixels, hole)
    if best.grain is not None:
        filled[hole] = np.clip(filled[hole] + best.grain, 0, 255)
    # Promise only what held at every place that was tried: the ground may be busier behind the letters.
    return Filled(filled, max(trial.expected for trial in trials))


def _tried(pixels: Bytes, hole: Mask, shift: int) -> _Trial | None:
    """The best way on the hole moved by `shift` rows; None where there is none that would tell anything."""
    rows = np.flatnonzero(hole.any(axis=1))
    if rows[0] + shift < 2 or rows[-1] + shift > hole.shape[0] - 3:
        return None
    moved = np.roll(hole, shift, axis=0)
    if (moved & cv2.dilate(hole.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)).any():
        return None
    if _roughness(pixels, moved) > _BUSIER * _roughness(pixels, hole) + 0.5:
        return None
    truth = pixels[moved]
    best: _Trial | None = None
    for way in (membrane, _telea, _navier_stokes):
        guess = _near(way, pixels, moved)[moved]
        some = np.s_[:: max(1, len(truth) // _COMPARED)]
        off = float(delta_e_2000(to_lab(np.rint(guess[some]).astype(np.uint8)), to_lab(truth[some])).mean())
        # The smooth surface leaves no traces of its own; another way must be clearly better.
        if best is None or off < best.expected - 0.02:
            missed = truth.astype(np.float32) - guess
            grainy = _GRAIN[0] < float(missed.std()) < _GRAIN[1]
            best = _Trial(off, way, missed - missed.mean(axis=0) if grainy else None)
        if off < _UNSEEN:
            break
    return best


def _roughness(pixels: Bytes, hole: Mask) -> float:
    """How much neighbouring pixels beside `hole` differ, in levels: type or an edge beside it shows."""
    beside = cv2.dilate(hole.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool) & ~hole
    detail = np.abs(pixels.astype(np.float32) - cv2.blur(pixels, (3, 3)).astype(np.float32))
    return float(detail[beside].mean())


def _near(way: Callable[[Bytes, Mask], Floats], pixels: Bytes, hole: Mask) -> Floats:
    """`way` on the part around the hole only."""
    columns, rows = np.flatnonzero(hole.any(axis=0)), np.flatnonzero(hole.any(axis=1))
    part = np.s_[max(0, rows[0] - _RIM) : rows[-1] + _RIM + 1, max(0, columns[0] - _RIM) : columns[-1] + _RIM + 1]
    filled = pixels.astype(np.float32)
    filled[part] = way(np.ascontiguousarray(pixels[part]), hole[part])
    return filled


def membrane(pixels: Bytes, hole: Mask) -> Floats:
    """The smoothest surface through the rim (Laplace's equation), from coarse to fine."""
    known = (~hole).astype(np.float32)
    result = pixels.astype(np.float32)
    result[hole] = _pyramid(result * known[..., None], known)[hole]
    cross = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4
    for _ in range(_ROUNDS):
        result[hole] = cv2.filter2D(result, -1, cross, borderType=cv2.BORDER_REPLICATE)[hole]
    return result


def _pyramid(weighted: Floats, known: Floats) -> Floats:
    """Weighted averages, taken from the next coarser level where nothing is known."""
    height, width = known.shape
    own = weighted / np.maximum(known, 1e-6)[..., None]
    if min(height, width) <= 2 or known.min() > 0.5:
        mean = weighted.sum(axis=(0, 1)) / max(float(known.sum()), 1e-6)
        return np.asarray(np.where(known[..., None] > 0, own, mean), np.float32)
    size = ((width + 1) // 2, (height + 1) // 2)
    both = np.asarray(cv2.resize(np.dstack([weighted, known]), size, interpolation=cv2.INTER_AREA), np.float32)
    coarse = _pyramid(np.ascontiguousarray(both[..., :3]), np.ascontiguousarray(both[..., 3]))
    upper = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.where(known[..., None] > 0.01, own, upper), np.float32)


def _telea(pixels: Bytes, hole: Mask) -> Floats:
    return np.asarray(cv2.inpaint(pixels, hole.astype(np.uint8), _RADIUS, cv2.INPAINT_TELEA), np.float32)


def _navier_stokes(pixels: Bytes, hole: Mask) -> Floats:
    return np.asarray(cv2.inpaint(pixels, hole.astype(np.uint8), _RADIUS, cv2.INPAINT_NS), np.float32)
