"""What a model really changed in a picture, told apart from what it only redrew."""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.colour_space import Bytes, Floats, linear_to_oklab, to_linear, to_oklab
from workbench.imaging.matting import Mask
from workbench.imaging.region import colour_drift, evidence, extent, heat, ripple
from workbench.imaging.region.colour_drift import ColourDrift
from workbench.imaging.region.evidence import Pair

#: a difference (about ΔE2000 / 100) that is a change where the picture is calm
_THRESHOLD = 0.035
#: light that is added before colours are compared, as stray light does to a viewer: a slope near black like that of L*
_FLARE = 0.01
#: levels from which a channel counts as clipped
_WHITE = 253
#: share of the frame from which a faint change is worth a word
_LARGE = 0.01
#: evidence, in times the threshold, from which a faint change inside the region is one
_SOME = 1.2
_FAINT = (
    "What changed is hardly more than the drift of the colours, so its outline may be wrong or it may be no change at "
    "all. Look at it closely; a region drawn tightly helps."
)
_LEFT_ALONE = (
    "A faint difference elsewhere may be a change or only drift, and was left out. Mark the region that may change if "
    "it belongs to the edit."
)


@dataclass(frozen=True)
class Found:
    """What changed between an original and a registered output, at the size at which they were compared."""

    mask: Mask  #: h×w, what really changed, allowed or not
    error: Floats  #: h×w, the evidence: about ΔE2000 / 100, scaled so that thresholds mean the same everywhere
    heat: Floats  #: h×w, ΔE2000 between original and output as it came, before any colour match
    bias: Floats  #: h×w×3 OKLab, to subtract from the output's OKLab
    thresholds: tuple[float, float]  #: what belongs to a change, what makes one
    noise: float  #: median fine difference over what did not change
    doubts: tuple[str, ...]  #: sentences for a designer: why this may not be right, and what to do


def find(
    original: Bytes,
    aligned: Bytes | Floats,
    valid: Mask,
    *,
    region: Mask | None = None,
    sensitivity: float | None = None,
    match_colour: bool = True,
) -> Found:
    """What changed between `original` and `aligned`, both uint8 (or levels as floats) h×w×3|4 sRGB, registered.

    `valid`: bool h×w, where the output shows something. `region`: bool h×w, where a change is expected: colours are
    matched on what lies outside, and faint changes count inside; changes are reported everywhere. `sensitivity`: the
    difference that makes a change, in about ΔE2000 / 100, .02–.08; None = .035. Without `match_colour` the bias is 0;
    the drift is taken out of the evidence all the same, since it is no change.
    """
    before, after = original[..., :3], _bytes(aligned)[..., :3]
    hi = _THRESHOLD if sensitivity is None else float(sensitivity)
    lo = hi * extent.BELONGS
    seen = _seen(before)
    sure = np.ones(valid.shape, np.float32) if region is None else np.where(region, np.float32(0.02), np.float32(1))
    mask = np.zeros(valid.shape, bool)
    for turn in range(2):
        drift = _drift(before, after, sure * valid * ~mask, final=turn > 0)
        matched = _without(before, after, drift)
        trust = (valid & ~mask).astype(np.float32)
        shown = _seen(matched)
        shift = ripple.shifts(seen[..., 0], shown[..., 0], trust)
        pair = evidence.paired(seen, ripple.laid_back(shown, shift), valid & ~mask)
        found = extent.found(pair, valid, hi)
        mask = extent.tidied(found.mask) & valid
        if not turn and mask.mean() < 0.002:
            break
    mask, doubts = _settled(found, mask, pair, valid, hi, region)
    mask |= extent.beside(mask, pair, valid, hi)
    bias = to_oklab(after) - to_oklab(matched) if match_colour else np.zeros_like(seen)
    return Found(mask, found.error, heat.between(before, after), bias, (lo, hi), found.noise, doubts)


def _settled(
    found: extent.Extent, mask: Mask, pair: Pair, valid: Mask, threshold: float, region: Mask | None
) -> tuple[Mask, tuple[str, ...]]:
    """What is taken for a change, and what to say of it.

    What is hardly more than the noise counts inside a region, and outside one, where it is thrown away and told of.
    Without a region it counts where nothing else changed and it is large; otherwise it is left alone.
    """
    if region is not None:
        parts = extent.weighed(mask & region, found.error, pair, valid, threshold, _SOME)
        doubtful = parts.sure.any() and not parts.certain
        return (mask & ~region) | parts.sure, (_FAINT,) if doubtful else ()
    parts = extent.weighed(mask, found.error, pair, valid, threshold)
    large = extent.largest(parts.faint, _LARGE)
    if not parts.sure.any():
        return large, (_FAINT,) if large.any() else ()
    said = [] if parts.certain else [_FAINT]
    return parts.sure, (*said, _LEFT_ALONE) if large.any() else tuple(said)


def allowed(region: Mask | None, protect: Mask | None, shape: tuple[int, int]) -> Mask | None:
    """Where something may change, bool of `shape`: the region without what is protected; None = anywhere."""
    if region is None and protect is None:
        return None
    may = np.ones(shape, bool) if region is None else region.copy()
    return may if protect is None else may & ~protect


def _bytes(picture: Bytes | Floats) -> Bytes:
    levels = picture if picture.dtype == np.uint8 else np.clip(np.rint(picture), 0, 255)
    return np.asarray(levels, np.uint8)


def _drift(before: Bytes, after: Bytes, weight: Floats, *, final: bool) -> ColourDrift:
    height, width = before.shape[:2]
    size = (max(1, width // colour_drift.STEP), max(1, height // colour_drift.STEP))
    one, other = (
        np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)
        for picture in (before, after)
    )
    trust = np.asarray(cv2.resize(weight.astype(np.float32), size, interpolation=cv2.INTER_AREA) ** 4, np.float32)
    return colour_drift.estimate(one, other, trust, reach=max(size) / (10 if final else 5))


def _without(before: Bytes, after: Bytes, drift: ColourDrift) -> Bytes:
    """The output without its drift, uint8.

    What is clipped to black or white may have been more: it is taken as near to the original as the drift allows.
    """
    levels = after.astype(np.float32) / np.float32(255)
    matched = np.clip(np.rint((levels - drift.of(levels)) * 255), 0, 255).astype(np.uint8)
    clipped = (after >= _WHITE) | (after <= 255 - _WHITE)
    near = np.clip(before, np.minimum(matched, after), np.maximum(matched, after))
    return np.asarray(np.where(clipped, near, matched), np.uint8)


def _seen(levels: Bytes) -> Floats:
    """OKLab as an eye sees it that is dazzled a little: near black, steps of a level mean nothing."""
    return linear_to_oklab(to_linear(levels) + np.float32(_FLARE))
