"""The fidelity lock: a model's output laid over its original, and only what was meant to change taken from it.

    original, output ─► registration: where each pixel of the original lies in the output
                     ─► both at working size: colour drift, and what really changed
                     ─► within what is allowed, the change at full resolution; everything else stays bit for bit

What can't be told surely is said: the registration's confidence falls, and `doubts` says what to do.
"""

from dataclasses import dataclass, replace

import numpy as np

from workbench.errors import InvalidInput
from workbench.imaging.align import Alignment, align, warping
from workbench.imaging.align.warping import Mask, Matrix
from workbench.imaging.change import grow
from workbench.imaging.colour_space import Bytes, Floats
from workbench.imaging.lock import borders
from workbench.imaging.lock import doubts as lock_doubts
from workbench.imaging.lock.comparing import Compared, compared, shrunk
from workbench.imaging.lock.compositing import Layer, composite, fitted
from workbench.imaging.lock.settings import LockSettings
from workbench.imaging.lock.taking import Taking, cover, taking
from workbench.imaging.lock.texture import texture
from workbench.imaging.region import Found, allowed, find

__all__ = ["VERSION", "Drift", "LockSettings", "Locked", "lock"]

#: part of the recipe of every locked edit: raised whenever the same output would be locked to other pixels
VERSION = "1.0"
#: how an output is registered that is laid on by its size alone
_OFF = "off"
#: levels by which a taken pixel may differ from the original's without being a change
_CALM = 1.5
#: share of the frame below which what stayed tells nothing about its colours
_LITTLE = 0.02


@dataclass(frozen=True)
class Drift:
    """What the model did to what should have stayed."""

    #: mean distance in px of the original between where a plain resize would put a pixel and where it was found
    pixels: float
    #: mean ΔE2000 of the unchanged part, registered but not colour-matched; None where too little stayed
    delta_e: float | None


@dataclass(frozen=True)
class Locked:
    """An output locked to its original."""

    #: uint8 H×W×3|4 like the original
    image: Bytes
    #: bool H×W: exactly the pixels that differ from the original
    changed: Mask
    #: as registered; `LockSettings.nudge` comes on top of its matrix
    alignment: Alignment
    drift: Drift
    #: bool h×w at working size: everything the model changed, allowed or not
    found: Mask
    #: float32 h×w at working size: ΔE2000 between the original and the registered output
    heat: Floats
    #: px of the original that the model changed outside what was allowed and that were thrown away
    stray: int
    #: 0–1, share of the allowed region's inner border that a change runs across; None without a region
    cut: float | None
    #: sentences for a designer: what may be wrong, and what would help
    doubts: tuple[str, ...]
    #: whether everything allowed was taken, changed or not
    whole_frame: bool


def lock(
    original: Bytes,
    output: Bytes,
    *,
    region: Mask | None = None,
    protect: Mask | None = None,
    settings: LockSettings = LockSettings(),  # noqa: B008  (frozen)
    known: Alignment | None = None,
) -> Locked:
    """Lay a model's output over its original and keep only what changed where it was allowed to.

    `original`: uint8 sRGB H×W×3|4, straight alpha. `output`: the same of any size or aspect. `region`, `protect`:
    bool H×W, where anything may change and where nothing may; protect beats region. `known`: the `.alignment` of an
    earlier lock of the same two pictures, used instead of registering them again (unless either was without `align`).
    Outside what is allowed no pixel differs. With confidence "none" a region (or `whole_frame`) is filled from the
    plainly resized output, and without one the original comes back. Raises InvalidInput for arrays of other shapes.
    """
    _check(original, output, region, protect)
    place = allowed(region, protect, original.shape[:2])
    alignment = _registered(original, output, region, protect, settings, known)
    lost = alignment.confidence == "none"
    if lost:
        alignment = replace(alignment, matrix=warping.plain(_size(original), _size(output)))
    both = compared(original, output, _nudged(alignment.matrix, settings.nudge))
    small = None if place is None else shrunk(place, both.valid.shape)
    matching = settings.match_colour and not lost
    found = find(
        both.original, both.output, both.valid, region=small, sensitivity=settings.sensitivity, match_colour=matching
    )
    change = taking(both, found, small, settings, lost)
    image, changed = _composed(original, output, both, change, place, settings)
    doubts = lock_doubts.doubts(both, found, change, small, whole_frame=settings.whole_frame, lost=lost)
    judged = replace(alignment, confidence="doubtful") if doubts and not lost else alignment
    if not (lost or changed.any() or _same(original, output)):
        doubts = (*doubts, lock_doubts.NOTHING)
    return Locked(
        image=image,
        changed=changed,
        alignment=judged,
        drift=_drift(original, output, alignment, found, both.valid),
        found=found.mask,
        heat=found.heat,
        stray=0 if small is None or lost else borders.stray(found.mask, small, _size(original)),
        cut=None if small is None else borders.share(change.cut, borders.rim(small)),
        doubts=doubts,
        whole_frame=settings.whole_frame,
    )


def _check(original: Bytes, output: Bytes, *masks: Mask | None) -> None:
    for pixels in (original, output):
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or not pixels.size:
            raise InvalidInput("Pictures are locked as 8-bit RGB or RGBA.")
    for mask in masks:
        if mask is not None and (mask.shape != original.shape[:2] or mask.dtype != np.bool_):
            raise InvalidInput("A mask must have the picture's size, with True where something may change.")


def _registered(
    original: Bytes,
    output: Bytes,
    region: Mask | None,
    protect: Mask | None,
    settings: LockSettings,
    known: Alignment | None,
) -> Alignment:
    if not settings.align:
        return Alignment(warping.plain(_size(original), _size(output)), 0.0, "doubtful", _OFF)
    if known is not None and known.method != _OFF:
        return known
    return align(original, output, region=region, protect=protect)


def _size(pixels: Bytes) -> tuple[int, int]:
    return pixels.shape[1], pixels.shape[0]


def _nudged(matrix: Matrix, nudge: tuple[float, float]) -> Matrix:
    """The matrix that shows the output's content moved right and down by px of the original."""
    return warping.chained(matrix, np.array([[1, 0, -nudge[0]], [0, 1, -nudge[1]]], np.float64))


def _composed(
    original: Bytes, output: Bytes, both: Compared, change: Taking, place: Mask | None, settings: LockSettings
) -> tuple[Bytes, Mask]:
    """The full-resolution picture and where it differs."""
    if not change.taken.any():
        return original.copy(), np.zeros(original.shape[:2], np.bool_)
    where = cover(both, change, place, (original.shape[0], original.shape[1]), settings)
    layer = Layer(*fitted(output, both.matrix), where.shape, change.bias, both.ground)
    detail = texture(both.original, change.matched, change.box, where.shape) if settings.keep_texture else None
    return composite(original, layer, where, detail=detail, calm=0.0 if settings.whole_frame else _CALM)


def _drift(original: Bytes, output: Bytes, alignment: Alignment, found: Found, valid: Mask) -> Drift:
    if alignment.confidence == "none":
        return Drift(0.0, None)
    plain = warping.plain(_size(original), _size(output))
    x, y = (np.linspace(0, length - 1, 9) for length in _size(original))
    points = np.stack([*(part.ravel() for part in np.meshgrid(x, y)), np.ones(81)])
    apart = (alignment.matrix - plain) @ points / np.array([[plain[0, 0]], [plain[1, 1]]])
    calm = valid & ~grow(found.mask, 2)
    delta_e = float(found.heat[calm].mean()) if calm.mean() >= _LITTLE else None
    return Drift(float(np.hypot(*apart).mean()), delta_e)


def _same(original: Bytes, output: Bytes) -> bool:
    return original.shape == output.shape and np.array_equal(original, output)
