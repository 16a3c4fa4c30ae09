"""Registration: where each pixel of an original lies in a picture that a model made of it.

1. Both pictures in grey at working size, no finer than either really is.
2. From every way a model may have fitted the frame (`placements`) and, where that doesn't convince, from matched
   features (`matching`), a map is refined on what the blocks of the frame agree on (`pyramid`).
3. The map that most blocks agree on wins; how many of them, and how exactly, is the confidence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging import flatten
from workbench.imaging.align.agreement import drift_of, unlikely
from workbench.imaging.align.blocks import Levels
from workbench.imaging.align.matching import matched
from workbench.imaging.align.periods import repeated
from workbench.imaging.align.placements import same_shape, starts
from workbench.imaging.align.pyramid import Fit, Level, factors, levels, on, refined, size_of
from workbench.imaging.align.warping import Mask, Matrix, Size, chained, inverse, plain, scaled, warped

__all__ = ["Alignment", "align", "plain", "scaled", "warped"]

Pixels = NDArray[np.uint8]
Confidence = Literal["good", "doubtful", "none"]

#: pixels of the working size
WORKING = 1_600_000
#: for "good": output px of likely error where the blocks that agree lie as widely as this over the frame, 1 = evenly
#: (the error allowed falls with its square: what lies close together has to be believed beyond), how many of them, and
#: their share of what can be seen
_EXACT, _WIDELY, _ENOUGH, _MOST = 0.25, 0.8, 16, 0.5
#: for "doubtful": output px, and less where most disagrees: a mirrored picture agrees with itself here and there
_INEXACT, _INEXACT_ALONE, _FEW, _SOME = 3.0, 0.6, 10, 0.06
#: how far a pattern may repeat itself before it may have been taken for its neighbour
_PATTERN = 0.5
#: the same for a map that is farther from every placement than models usually drift, and how widely the blocks must
#: lie: the words of a headline that make room for another move together, on a plain ground as if the frame did
_MANY, _NEARLY_ALL, _FAR_WIDELY = 40, 0.75, 0.6
#: squared standard deviations of a drift that still happens
_USUAL = 30.0
#: px around a region in which the change may still show
_AROUND = 19
#: px of the output below which a map is the pure one
_PURE = 0.03


@dataclass(frozen=True)
class Alignment:
    """Where an original lies in an output."""

    #: float64 2×3, original's pixel centres at full resolution → output's
    matrix: Matrix
    #: likely mean distance over the frame from where things really are, output px
    score: float
    confidence: Confidence
    #: what the map was found from: "resize", "padded", "framed", "cropped", "features"
    method: str


def align(original: Pixels, output: Pixels, *, region: Mask | None = None, protect: Mask | None = None) -> Alignment:
    """Register `output` (uint8 h×w×3|4 sRGB, any size) with `original` (uint8 H×W×3|4).

    `region`, `protect`: bool H×W, where a change is expected and where there surely is none; evidence is taken outside
    `region` first. Never raises for strange pictures: confidence "none" comes with the map of a pure resize.
    """
    pair = _Pair(*_greys(original, output), size_of(output))
    tried: list[_Found] = []
    for usable, expected in _grounds(region, protect, size_of(pair.frame)):
        tried.append(_best(pair, on(pair.pyramid, usable, expected)))
        if tried[-1].confidence == "good":
            break
    return _told(max(tried, key=lambda one: one.rank), original, output, pair)


class _Pair:
    """Both pictures in grey at working size, and what is found on them once."""

    def __init__(self, frame: Levels, laid: Levels, output: Size) -> None:
        self.frame, self.laid = frame, laid
        #: output px in a px of the working size
        self.unit = max(there / here for here, there in zip(size_of(frame), output, strict=True))

    @cached_property
    def pyramid(self) -> list[Level]:
        return levels(self.frame, self.laid)

    @cached_property
    def placements(self) -> dict[str, Matrix]:
        return starts(size_of(self.frame), self.laid)

    @cached_property
    def pattern(self) -> bool:
        return repeated(self.pyramid[-1].frame) > _PATTERN

    @cached_property
    def features(self) -> Matrix | None:
        return matched(self.frame, self.laid)


@dataclass(frozen=True)
class _Found:
    """A fit, and how far it can be trusted."""

    fit: Fit
    confidence: Confidence

    @property
    def rank(self) -> tuple[int, float]:
        # Chance finds a map by features where it wouldn't find one by drift.
        handicap = 0.67 if self.fit.method == "features" else 1.0
        return ("none", "doubtful", "good").index(self.confidence), self.fit.agreeing * handicap


def _best(pair: _Pair, pyramid: list[Level]) -> _Found:
    name = "resize" if len(pair.placements) == 1 else _likeliest(pyramid, pair.placements)
    found = _judged(refined(pyramid, pair.placements[name], name), pair)
    fit = found.fit
    unsure = fit.share < _MOST or fit.agreeing < _ENOUGH or fit.error * pair.unit > _INEXACT_ALONE
    if unsure and pair.features is not None:
        other = _judged(refined(pyramid, pair.features, "features"), pair)
        return max(found, other, key=lambda one: one.rank)
    return found


def _likeliest(pyramid: list[Level], placements: dict[str, Matrix]) -> str:
    """The placement on which most blocks agree, seen coarsely."""
    coarse = pyramid[: max(1, len(pyramid) - 1)]
    to_frame, to_output = factors(pyramid[-1].frame, coarse[-1].frame), factors(pyramid[-1].output, coarse[-1].output)
    rough = {name: refined(coarse, scaled(start, to_frame, to_output), name) for name, start in placements.items()}
    return max(rough, key=lambda name: rough[name].agreeing)


def _judged(fit: Fit, pair: _Pair) -> _Found:
    if not fit.textured:
        return _Found(fit, "doubtful")
    error, size = fit.error * pair.unit, size_of(pair.frame)
    usual = any(
        unlikely(drift_of(chained(inverse(start), fit.matrix), size), size) < _USUAL
        for start in pair.placements.values()
    )
    exact = error < _EXACT * min(1.0, fit.spread / _WIDELY) ** 2
    enough = fit.agreeing >= _ENOUGH and fit.outside >= _FEW and fit.share >= _MOST
    far = fit.agreeing >= _MANY and fit.share >= _NEARLY_ALL and fit.spread >= _FAR_WIDELY
    if exact and enough and (usual or far) and not pair.pattern:
        return _Found(fit, "good")
    within = _INEXACT if fit.share >= _MOST else _INEXACT_ALONE
    some = error < within and fit.agreeing >= _FEW + _SOME * fit.textured
    return _Found(fit, "doubtful" if some else "none")


def _grounds(region: Mask | None, protect: Mask | None, size: Size) -> Iterator[tuple[Mask | None, Mask | None]]:
    """Where evidence is taken, best first, and where blocks that disagree are no surprise."""
    if region is None:
        yield None, None
    else:
        may = _small(region if protect is None else region & ~protect, size) > 0
        near = cv2.dilate(may.astype(np.uint8), np.ones((_AROUND, _AROUND), np.uint8)) > 0
        if not near.all():
            yield np.asarray(~near), None
    if protect is not None and protect.any():
        yield np.asarray(_small(protect, size) > 0), None
    if region is not None:
        yield None, np.asarray(near)


def _small(mask: Mask, size: Size) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA))


def _told(found: _Found, original: Pixels, output: Pixels, pair: _Pair) -> Alignment:
    to_frame, to_laid = factors(original, pair.frame), factors(output, pair.laid)
    pure = plain(size_of(original), size_of(output))
    fit, confidence = found.fit, found.confidence
    if not fit.textured and not same_shape(size_of(original), size_of(output)):
        confidence = "none"
    back_frame, back_laid = (1 / to_frame[0], 1 / to_frame[1]), (1 / to_laid[0], 1 / to_laid[1])
    matrix = scaled(fit.matrix, back_frame, back_laid)
    if confidence == "none" or (fit.method == "resize" and _apart(matrix, pure, size_of(original)) < _PURE):
        matrix = pure
    return Alignment(matrix, fit.error * pair.unit, confidence, fit.method)


def _apart(one: Matrix, other: Matrix, size: Size) -> float:
    """Largest distance between two maps over a frame."""
    corners = np.array([[0, 0, 1], [size[0], 0, 1], [0, size[1], 1], [*size, 1]])
    return float(np.linalg.norm(corners @ (one - other).T, axis=1).max())


def _greys(original: Pixels, output: Pixels) -> tuple[Levels, Levels]:
    density = np.sqrt(_pixels(output) / _pixels(original))
    scale = min(1.0, np.sqrt(WORKING / _pixels(original)), density)
    return _grey(original, scale), _grey(output, min(1.0, scale / density))


def _pixels(picture: NDArray[Any]) -> int:
    return int(picture.shape[0] * picture.shape[1])


def _grey(picture: Pixels, scale: float) -> Levels:
    width, height = (max(1, round(length * scale)) for length in size_of(picture))
    if (width, height) != size_of(picture):
        picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    grey = cv2.cvtColor(flatten.over(picture, flatten.GREY), cv2.COLOR_RGB2GRAY)
    return np.asarray(grey, np.float32)
