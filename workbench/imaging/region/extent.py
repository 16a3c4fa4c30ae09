"""How far a change reaches: from the evidence at single pixels first, then over areas where that doesn't explain it."""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.change import disc
from workbench.imaging.colour_space import Floats
from workbench.imaging.matting import Mask
from workbench.imaging.region import evidence
from workbench.imaging.region.evidence import Pair

#: what belongs to a change once one was found, as a share of what makes one
BELONGS = 0.5
#: a border lies where the difference falls to this share of what it is close by
_BORDER = 0.35
#: σ of the areas that are compared, px; the share of the threshold that counts there; what redrawn texture leaves
_AREAS = ((2.0, 0.8, 0.16), (4.5, 0.6, 0.07))
#: the same for single pixels
_SINGLE = (1.0, 0.45)
#: a faint part counts where its outline is a step of so much of the threshold, or its evidence so many times it
_STEP, _STRONG = 0.4, 2.5
#: evidence from so many times the threshold on is no drift that was misjudged, if there is so much of it, in pixels
#: at the threshold; from so many times on any of it
_SURE, _MUCH, _CERTAIN = 2.0, 400.0, 3.2
#: a step of so many times the threshold round a place of so many pixels is no drift; less than the last is no outline
_EVEN, _PATCH, _OUTLINED = 0.75, 150, 0.6
#: px round a change in which a difference of so many times the threshold belongs to it, shifted or not
_NEAR, _CLEAR = 10, 2.5
#: px, width and height: what is thinner is a stroke
_WIDE = (11, 11)
#: the least change, in pixels at the threshold: a stronger one may be smaller
_LEAST = 24.0


@dataclass(frozen=True)
class Extent:
    """Where a change was found, and the evidence, float32 h×w in units of the threshold."""

    mask: Mask
    error: Floats
    noise: float


def found(pair: Pair, valid: Mask, threshold: float) -> Extent:
    """The extent of all changes between a pair; threshold: about ΔE2000 / 100."""
    single = evidence.structure(pair)
    single[~valid] = 0
    pooled = np.asarray(cv2.blur(single, (3, 3)), np.float32)
    error = pooled / evidence.limit(pooled, pair, _SINGLE[0] * threshold, _SINGLE[1])
    nearby = cv2.dilate(pooled, disc(3))
    mask = _connected(np.where(single > _BORDER * nearby, error, 0).astype(np.float32))
    explained = cv2.dilate(mask.view(np.uint8), disc(3)).view(np.bool_)
    for sigma, base, most in _AREAS:
        level = evidence.area(pair, sigma, explained | ~valid)
        level /= evidence.limit(level, pair, base * threshold, most)
        nearby = cv2.dilate(level, disc(round(2 * sigma)))
        patches = _connected(np.where(level > 0.5 * nearby, level, 0).astype(np.float32))
        mask |= _bounded(patches, level, pair, valid & ~explained, threshold)
        np.maximum(error, level, out=error)
    noise = pooled[::3, ::3][pair.calm[::3, ::3]]
    return Extent(mask, np.asarray(error * threshold, np.float32), float(np.median(noise)) if noise.size else 0.0)


def _connected(error: Floats) -> Mask:
    """Pixels above BELONGS that hang together with enough above 1."""
    strong = cv2.morphologyEx((error > 1).view(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats((error > BELONGS).view(np.uint8), connectivity=8)
    held = np.bincount(labels[strong > 0], minlength=count)
    weight = np.bincount(labels.ravel(), weights=np.minimum(error, 4).ravel(), minlength=count)
    keep = (held > 0) & (held >= 0.05 * stats[:, cv2.CC_STAT_AREA]) & (weight >= _LEAST)
    keep[0] = False
    return np.asarray(keep[labels])


@dataclass(frozen=True)
class Weighed:
    """Changes by how surely they are none of the drift."""

    sure: Mask
    #: hardly more than the noise, yet with an outline
    faint: Mask
    #: whether any of it is so strong that nothing else explains it
    certain: bool


def weighed(
    mask: Mask, error: Floats, pair: Pair, valid: Mask, threshold: float, least: float = _SURE
) -> Weighed:  # fmt: skip
    """The places of `mask` by their evidence: sure by a lot of it from `least` times the threshold on, by little that
    is very strong, or by an even step across their outline, which neither drift nor texture drawn anew has."""
    count, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    strongest = np.zeros(count, np.float64)
    np.maximum.at(strongest, labels[mask].astype(np.intp), error[mask])
    number = np.bincount(labels[mask], minlength=count)
    amount = np.bincount(labels[mask], weights=error[mask], minlength=count)
    step = _steps(mask, labels, count, pair, valid)
    sure = (strongest > least * threshold) & (amount > _MUCH * threshold) & (step > _OUTLINED * threshold)
    sure |= (strongest > _CERTAIN * threshold) | ((step > _EVEN * threshold) & (number >= _PATCH))
    sure[0] = False
    found = np.asarray(sure[labels])
    return Weighed(found, mask & ~found, bool((sure & (strongest > _CERTAIN * threshold)).any()))


def beside(mask: Mask, pair: Pair, valid: Mask, threshold: float) -> Mask:
    """What differs clearly close by changed strokes: new ones that nearly lie on old ones are no shifted edges."""
    wide = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, _WIDE))
    strokes = mask & ~np.asarray(wide, np.uint8).view(np.bool_)
    near = cv2.dilate(strokes.view(np.uint8), disc(_NEAR)).view(np.bool_) & valid & ~mask
    near &= ~cv2.dilate(wide, disc(3)).view(np.bool_)
    apart = (pair.after[near] - pair.before[near]) * pair.worth[near]
    found = np.zeros_like(mask)
    found[near] = np.sqrt((apart * apart).sum(axis=1)) > _CLEAR * threshold
    return found


def largest(mask: Mask, least: float) -> Mask:
    """The places of `mask` that take at least a share `least` of the frame each."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= least * mask.size
    keep[0] = False
    return np.asarray(keep[labels])


def _bounded(mask: Mask, level: Floats, pair: Pair, known: Mask, threshold: float) -> Mask:
    """The parts of `mask` that end somewhere: a cast that fades out has no border, an edit has one.

    Faint parts are kept where the mean difference steps by a good share of the threshold across their outline.
    """
    count, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    if count < 2:
        return mask
    strongest = np.zeros(count, np.float64)
    np.maximum.at(strongest, labels[mask].astype(np.intp), level[mask])
    keep = (_steps(mask, labels, count, pair, known) > _STEP * threshold) | (strongest > _STRONG)
    keep[0] = False
    return np.asarray(keep[labels])


def _steps(mask: Mask, labels: np.ndarray, count: int, pair: Pair, known: Mask) -> np.ndarray:
    """For each label the step of the mean difference across its outline, about ΔE2000 / 100."""
    inner = mask & ~cv2.erode(mask.view(np.uint8), disc(5)).view(np.bool_) & known
    around = cv2.dilate(labels.astype(np.float32), disc(8)).astype(np.int32)
    outer = known & ~cv2.dilate(mask.view(np.uint8), disc(3)).view(np.bool_) & (around > 0)
    step = np.zeros(count, np.float64)
    for channel in range(3):
        apart = (pair.after[..., channel] - pair.before[..., channel]) * pair.worth[..., channel]
        step += (_means(labels[inner], apart[inner], count) - _means(around[outer], apart[outer], count)) ** 2
    return np.asarray(np.sqrt(step))


def _means(labels: np.ndarray, values: Floats, count: int) -> np.ndarray:
    number = np.bincount(labels, minlength=count)
    return np.asarray(np.bincount(labels, weights=values, minlength=count) / np.maximum(number, 1))


def tidied(mask: Mask) -> Mask:
    """`mask` with narrow gaps closed and small holes filled, bool h×w."""
    reach = max(2, round(max(mask.shape) * 0.003))
    closed = cv2.morphologyEx(
        cv2.copyMakeBorder(mask.view(np.uint8), *(reach + 1,) * 4, cv2.BORDER_CONSTANT, value=0),
        cv2.MORPH_CLOSE, disc(reach),
    )[reach + 1 : -reach - 1, reach + 1 : -reach - 1]  # fmt: skip
    _, labels, stats, _ = cv2.connectedComponentsWithStats(1 - closed, connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] < 0.004 * mask.size
    small[0] = False
    return np.asarray((closed > 0) | small[labels])
