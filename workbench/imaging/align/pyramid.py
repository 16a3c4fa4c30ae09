"""A map between two pictures made exact, from coarse to fine, on what the blocks of the frame agree on."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging.align.agreement import Agreement, agreed, drift_of
from workbench.imaging.align.blocks import Blocks, Levels, banded, measured
from workbench.imaging.align.warping import Mask, Matrix, Size, chained, inverse, scaled

#: px of the longer side that the coarsest level has at most, and of the shorter side that any level has at least
_COARSEST, _SHORTEST = 128, 24
#: px of a block's side at the finest levels and at the coarse ones
_SIDES = (32, 16, 8)
#: px by which blocks may be off at the coarsest level, and after each step to a finer one
_FIRST, _NEXT = 2.5, 1.0
#: corrections at the coarsest level, and at every other one
_TURNS = (3, 2)
#: correlation from which a block's picture is believed to be the same; grain alone reaches .4
_ALIKE = 0.55


@dataclass(frozen=True)
class Level:
    """Both pictures at one size."""

    #: `banded` levels
    frame: Levels
    output: Levels
    #: px of a block
    side: int
    #: where evidence is taken; None = everywhere
    usable: Mask | None = None
    #: where a change is expected, so that blocks that disagree there say nothing
    expected: Mask | None = None


@dataclass(frozen=True)
class Fit:
    """A map, frame → output at the finest level's sizes, and what stands behind it."""

    matrix: Matrix
    #: likely mean distance from the true place over the frame, and of single blocks from the map, finest level's px
    error: float
    ripple: float
    #: blocks of `verified` that show something in either picture, and those of them that agree
    textured: int
    agreeing: int
    #: of the agreeing ones, those that lie where no change is expected
    outside: int
    #: of the agreeing blocks, how widely they lie along the axis where they lie closest; 1 = evenly over the frame
    spread: float
    #: from what kind of start it was found
    method: str

    @property
    def share(self) -> float:
        """Of what can be seen, what agrees."""
        return self.agreeing / max(self.textured, 1)


def levels(frame: Levels, output: Levels) -> list[Level]:
    """Coarse to fine."""
    found: list[Level] = []
    while True:
        side = _SIDES[min(len(found), 2)] if min(frame.shape) >= 8 * _SIDES[min(len(found), 2)] else _SIDES[2]
        found.append(Level(banded(frame), banded(output), side))
        if max(frame.shape) <= _COARSEST or min(*frame.shape, *output.shape) < 2 * _SHORTEST:
            return found[::-1]
        frame, output = _halved(frame), _halved(output)


def on(pyramid: list[Level], usable: Mask | None, expected: Mask | None) -> list[Level]:
    """The same levels with evidence from `usable` only; masks are bool, the finest frame's h×w."""
    return [
        replace(level, usable=_resized(usable, level.frame), expected=_resized(expected, level.frame))
        for level in pyramid
    ]


def _resized(mask: Mask | None, levels: Levels) -> Mask | None:
    if mask is None or mask.shape == levels.shape:
        return mask
    return np.asarray(cv2.resize(mask.astype(np.uint8), size_of(levels), interpolation=cv2.INTER_NEAREST) > 0)


def refined(pyramid: list[Level], start: Matrix, method: str) -> Fit:
    """`start` (frame → output at the finest level's sizes), corrected at every level."""
    matrix = start
    found: list[tuple[Matrix, Agreement, Level]] = []
    for number, level in enumerate(pyramid):
        here, began = (_at(level, pyramid[-1], m) for m in (matrix, start))
        final = number >= len(pyramid) - 2
        here, agreement = _corrected(level, here, began, _NEXT if number else _FIRST, final=final)
        matrix = _at(pyramid[-1], level, here)
        found.append((matrix, _grown(agreement, _factor(pyramid[-1], level)), level))
    # The finest level knows most, unless all its detail was redrawn.
    matrix, agreement, level = min(found[-2:], key=lambda one: one[1].error)
    return _verified(
        level, _at(level, pyramid[-1], matrix), Fit(matrix, agreement.error, agreement.ripple, 0, 0, 0, 0.0, method)
    )


def _corrected(level: Level, here: Matrix, began: Matrix, reach: float, *, final: bool) -> tuple[Matrix, Agreement]:
    size = size_of(level.frame)
    turns = _TURNS[reach != _FIRST]
    for turn in range(turns):
        blocks = measured(level.frame, level.output, here, level.side, level.usable)
        alike = blocks[(blocks.likeness > _ALIKE) & (blocks.contrast.min(axis=1) > 0.5)]
        drift = drift_of(chained(inverse(began), here), size)
        agreement = agreed(alike, size, drift, reach / (1 + turn), final=final and turn == turns - 1)
        here = chained(here, agreement.correction)
    return here, agreement


def _verified(level: Level, matrix: Matrix, fit: Fit) -> Fit:
    """With the blocks counted that agree on `matrix`, which is the fit's at this level."""
    blocks = measured(level.frame, level.output, matrix, level.side, level.usable)
    textured = blocks.contrast.max(axis=1) > _noticeable(blocks)
    off = np.einsum("ni,nij,nj->n", blocks.shift, blocks.information, blocks.shift)
    near = (np.linalg.norm(blocks.shift, axis=1) < 0.5) | (off < 9)
    agreeing = textured & near & (blocks.likeness > _ALIKE)
    surprising = np.ones(len(blocks), np.bool_)
    if level.expected is not None:
        x, y = blocks.centre.astype(int).T
        surprising = ~level.expected[y, x]
    spread = 0.0
    if agreeing.any():
        spread = float((blocks.centre[agreeing].std(axis=0) / size_of(level.frame)).min() * np.sqrt(12))
    return replace(
        fit,
        textured=int((agreeing | (textured & surprising)).sum()),
        agreeing=int(agreeing.sum()),
        outside=int((agreeing & surprising).sum()),
        spread=spread,
    )


def _noticeable(blocks: Blocks) -> float:
    """Levels of contrast from which a block shows something besides grain."""
    if not len(blocks):
        return 0.0
    return float(np.clip(2 * np.percentile(blocks.contrast, 10), 1.0, 3.0))


def size_of(levels: NDArray[Any]) -> Size:
    return levels.shape[1], levels.shape[0]


def factors(large: NDArray[Any], small: NDArray[Any]) -> tuple[float, float]:
    """By which a picture was resized, (across, down)."""
    return small.shape[1] / large.shape[1], small.shape[0] / large.shape[0]


def _at(level: Level, other: Level, matrix: Matrix) -> Matrix:
    """A map between the pictures of `other` as one between those of `level`."""
    return scaled(matrix, factors(other.frame, level.frame), factors(other.output, level.output))


def _factor(level: Level, other: Level) -> float:
    return float(level.frame.shape[1] / other.frame.shape[1])


def _grown(agreement: Agreement, factor: float) -> Agreement:
    return replace(agreement, error=agreement.error * factor, ripple=agreement.ripple * factor)


def _halved(levels: Levels) -> Levels:
    return np.asarray(cv2.resize(levels, _half(levels), interpolation=cv2.INTER_AREA), np.float32)


def _half(values: NDArray[Any]) -> Size:
    return (values.shape[1] + 1) // 2, (values.shape[0] + 1) // 2
