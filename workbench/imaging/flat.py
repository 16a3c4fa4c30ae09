"""Swap of a colour that appears as itself: exact areas and their antialiased edges.

1. Areas: pixels within the tolerance of the source; the tolerance follows the picture's own noise.
2. Components too scattered to be drawn areas are left out: photographs hold single pixels of any colour.
3. Areas move by target − source, so that what little texture they have stays.
4. Edges: the share α of the source is measured against the ground beside it, and the pixel moves by α(target − source).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.change import Box, Change, bounds, largest
from workbench.imaging.colour_space import LINEAR, Bytes, Floats, delta_e_2000, from_linear, rgb_to_hex, to_lab
from workbench.imaging.edges import Edge, Scene, solve
from workbench.imaging.matting import Indices, Mask
from workbench.imaging.ringing import confined
from workbench.imaging.strokes import hinted, shares

#: levels that a drawn colour may be off in a picture without noise (dither, rounding of a colour profile)
CLEAN_TOLERANCE = 2
_NEIGHBOURHOOD = 24
#: share of strokes on unquiet ground above which they are uncertain
_UNQUIET = 0.1
#: pixels round drawn areas that are looked at without a region
REACH = 160
#: ΔE2000 that edges may be off, what of an error expected in shares comes true (measured by bench/colours.py “open”),
#: and edge pixels that are enough to tell
_EDGE_LIMIT, _OFF_PER_ERROR, _JUDGED = 1.5, 1.75, 2_000


@dataclass(frozen=True)
class Areas:
    """Where a flat colour lies in the picture."""

    mask: Mask  #: H×W, pixels that are the colour
    tolerance: int  #: levels per channel that were allowed
    rings: bool = False  #: edges overshoot as a sharp scaling filter leaves them


def within(image: Bytes, colour: Bytes, tolerance: int) -> Mask:
    """Pixels of H×W×3 that differ from the colour by at most `tolerance` levels in every channel."""
    low, high = colour.astype(int) - tolerance, colour.astype(int) + tolerance
    return np.asarray(cv2.inRange(image, np.maximum(low, 0), np.minimum(high, 255)), np.uint8) > 0


def noise_tolerance(image: Bytes, colour: Bytes) -> int:
    """How many levels this picture's own noise (JPEG, grain) moves a flat area of the colour: 2 when there is none."""
    return _noise(image, colour)[0]


def _noise(image: Bytes, colour: Bytes) -> tuple[int, bool]:
    """`noise_tolerance`, and whether edges overshoot as a sharp scaling filter leaves them."""
    near = within(image, colour, _NEIGHBOURHOOD)
    solid = cv2.morphologyEx(near.view(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)).view(np.bool_)
    box = bounds(solid, 1)
    if box is None:
        return CLEAN_TOLERANCE, False
    part, solid = image[box], solid[box]
    off = largest(np.asarray(cv2.absdiff(part, np.append(colour, 0).astype(np.float64)), np.uint8))
    counts = np.bincount(off[solid], minlength=2 * _NEIGHBOURHOOD + 1).cumsum()
    if counts[3] < 0.3 * counts[-1]:
        # Noise gathers round the colour; a photograph's own colours spread evenly past every tolerance.
        spread = [t for t in (4, 6, 8, 10, 12) if counts[t] >= 0.9 * counts[2 * t]]
        return (spread[0] if spread else CLEAN_TOLERANCE), False
    rim = int(solid.sum()) - int(cv2.erode(solid.view(np.uint8), np.ones((3, 3), np.uint8)).sum())
    # Ringing fills a band along every edge; antialiasing alone leaves few pixels that are almost the colour.
    for tolerance in (CLEAN_TOLERANCE, 4, 6, 8, 10, 12, 16):
        if counts[-1] - counts[tolerance] <= 0.3 * rim:
            break
    if tolerance > CLEAN_TOLERANCE and confined(solid, off):
        return CLEAN_TOLERANCE, True
    return tolerance, False


def areas(image: Bytes, colour: Bytes, *, tolerance: int | None, opacity: Bytes | None, lenient: bool) -> Areas:
    """The drawn areas of a colour in H×W×3.

    opacity H×W: pixels of opacity 0 hold no colour. lenient: keep every speck (somebody marked the region).
    """
    allowed, rings = _noise(image, colour) if tolerance is None else (tolerance, False)
    mask = within(image, colour, allowed)
    if opacity is not None:
        # A premultiplying tool rounds faint pixels by up to half a level of opacity.
        faint = (opacity > 0) & (opacity < 255)
        if faint.any():
            off = np.abs(image[faint].astype(np.int16) - colour).max(1)
            mask[faint] = off <= allowed + 128 / opacity[faint]
        mask &= opacity > 0
    if lenient or not mask.any():
        return Areas(mask, allowed, rings)
    return Areas(_drawn(image, mask, colour, allowed), allowed, rings)


def nearer(image: Bytes, mask: Mask, other: Bytes, colour: Bytes) -> Mask:
    """Pixels of the mask that are nearer to another colour than to this one."""
    pixels = image[mask].astype(np.int32)
    result = np.zeros_like(mask)
    result[mask] = ((pixels - other) ** 2).sum(1) < ((pixels - colour) ** 2).sum(1)
    return result


def _drawn(image: Bytes, mask: Mask, colour: Bytes, tolerance: int) -> Mask:
    """Components that hold a solid 3×3 patch, or are mostly the exact colour."""
    box = bounds(mask, 1)
    if box is None:
        return mask
    part = mask[box].view(np.uint8)
    count, label, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
    solid = cv2.erode(part, np.ones((3, 3), np.uint8)).view(np.bool_)
    exact = within(image[box], colour, 0)
    patches = np.bincount(label[solid], minlength=count)
    exactly = np.bincount(label[exact], minlength=count)
    size = stats[:, cv2.CC_STAT_AREA]
    keep = (patches >= 0.02 * size) & (patches > 0) & (size >= 12)
    if tolerance <= CLEAN_TOLERANCE:
        keep = (keep & (exactly >= 0.1 * size)) | ((exactly >= 3) & (exactly >= 0.5 * size))
    keep[0] = False
    drawn = np.zeros_like(mask)
    drawn[box] = keep[label]
    return drawn


@dataclass(frozen=True)
class Place:
    """The box a swap works in, and what lies where."""

    box: Box
    part: Bytes  #: h×w×3, the box of the picture
    paint: Mask  #: the source colour, whether or not it may change
    core: Mask  #: the part of it that may
    allowed: Mask  #: every pixel that may change
    visible: Mask  #: opacity above 0
    noise: float  #: standard deviation of one reading, levels
    marked: bool  #: `allowed` is a region that a person marked
    rings: bool  #: edges overshoot as a sharp scaling filter leaves them


def place(image: Bytes, found: Areas, *, allowed: Mask | None, opacity: Bytes | None, marked: bool) -> Place | None:
    """Cut the box out of H×W×3 that a swap of the found areas can touch; None when there is nothing to do.

    marked: `allowed` holds a region that a person marked, where strokes without a pure pixel are looked for too.
    """
    core = found.mask if allowed is None else found.mask & allowed
    box = bounds(allowed if marked and allowed is not None else core, 16 if marked else REACH)
    if box is None:
        return None
    paint = found.mask[box]
    visible = np.ones_like(paint) if opacity is None else opacity[box] > 0
    may = visible if allowed is None else allowed[box] & visible
    noise = 0.4 if found.tolerance <= CLEAN_TOLERANCE else max(found.tolerance / 2.4, 1)
    return Place(box, np.ascontiguousarray(image[box]), paint, core[box], may, visible, noise, marked, found.rings)


def change(where: Place, source: Bytes, target: Bytes) -> Change | None:
    """Recolour the areas of a place, their edges and their thin strokes; None when it holds none."""
    levels, alpha = where.part.copy(), where.core.astype(np.float32)
    step = target.astype(np.float32) - source
    cv2.add(where.part, np.append(step, 0).astype(np.float64), dst=levels, mask=where.core.view(np.uint8))
    if where.noise >= 1 and _compressed(where.part[where.core]):
        levels[where.core] = target
    (thin, unquiet), doubts = _thin(where, source), []
    drawn, edge = int(where.core.sum()), _edge(where, source, thin)
    if edge is not None:
        alpha.ravel()[edge.at] = edge.share
        doubts = _doubts(where, edge, source, target)
    fine = int(((alpha == 0) & (thin > 0)).sum()) > 0.05 * drawn or _inner(where.paint) < 0.6 * int(where.paint.sum())
    if fine and (where.noise >= 1 or unquiet > _UNQUIET):
        doubts.append(f"Much of {rgb_to_hex(source)} is thin strokes; look at them at full size.")
    np.copyto(alpha, thin, where=thin > np.maximum(alpha, 0))
    mixed = np.flatnonzero((alpha != 0) & ~where.core)
    if not drawn and not len(mixed):
        return None
    before, share = where.part.reshape(-1, 3)[mixed], alpha.ravel()[mixed, None]
    light = edge is not None and edge.light
    levels.reshape(-1, 3)[mixed] = moved(before, share, source, target, light, _lost(edge, mixed))
    # Past 0 and 1 shares only say how far an overshoot goes.
    return Change(where.box, levels, np.minimum(np.abs(alpha), 1) if where.rings else alpha, tuple(doubts))


def _edge(where: Place, source: Bytes, thin: Floats) -> Edge | None:
    """The band round the areas, solved; None when there are only strokes."""
    if not where.paint.any():
        return None
    width = 5.0 if where.noise >= 1 else 4.0 if where.rings else 3.0
    ground = where.visible & (thin == 0)
    return solve(Scene(where.part, where.paint, where.allowed, ground, where.noise, width, source, where.rings))


def _lost(edge: Edge | None, mixed: Indices) -> Floats | float:
    """What clipping took from the pixels at flat indices, N×3, on the edge's own scale; 0 where nothing."""
    if edge is None or edge.lost is None:
        return 0.0
    row = np.minimum(np.searchsorted(edge.at, mixed), len(edge.at) - 1)
    return np.where((edge.at[row] == mixed)[:, None], edge.lost[row], 0).astype(np.float32)


def _thin(where: Place, source: Bytes) -> tuple[Floats, float]:
    """`strokes.shares`; looked for where a region was marked, the paint is mostly outline, or more of it is seen."""
    free = where.allowed & ~where.paint
    mostly_outline = _inner(where.paint) <= 0.75 * int(where.paint.sum())
    if not (where.marked or mostly_outline or hinted(where.part, source, where.paint, free, marked=False)):
        return np.zeros(where.paint.shape, np.float32), 0.0
    return shares(where.part, source, where.paint, free, marked=where.marked, noise=where.noise)


def _inner(paint: Mask) -> int:
    return int(np.count_nonzero(cv2.erode(paint.view(np.uint8), np.ones((3, 3), np.uint8))))


def _compressed(pixels: Bytes) -> bool:
    """Whether N×3 is mostly one exact colour: then the rest is compression, not texture worth keeping."""
    if not len(pixels):
        return False
    some = pixels[:: max(1, len(pixels) // 20000)].astype(np.int32) @ np.array([65536, 256, 1], np.int32)
    return int(np.unique(some, return_counts=True)[1].max()) > 0.4 * len(some)


def _doubts(where: Place, edge: Edge, source: Bytes, target: Bytes) -> list[str]:
    name, said = rgb_to_hex(source), []
    if where.noise >= 1:
        said.append(f"The picture is grainy or JPEG-compressed, so {name} bleeds past its edges. A PNG would be exact.")
    elif edge.misfit > 3 or _expected(where, edge, source, target) > _EDGE_LIMIT:
        said.append(f"The ground beside {name} is busy; look at its edges at full size.")
    return said


def _expected(where: Place, edge: Edge, source: Bytes, target: Bytes) -> float:
    """Mean ΔE2000 to be expected at the edges from the error expected in shares."""
    some = np.flatnonzero((edge.share > 0.02) & (edge.share < 0.98))
    some = some[:: max(1, len(some) // _JUDGED)]
    if not len(some) or not edge.error:
        return 0.0
    before, share = where.part.reshape(-1, 3)[edge.at[some]], edge.share[some, None]
    # A ground foreseen wrongly shifts shares the more, the more of the pixel is ground.
    apart = [
        delta_e_2000(*(to_lab(moved(before, share + off, source, target, edge.light)) for off in (0, error)))
        for error in (2 * edge.error * (1 - share), -2 * edge.error * (1 - share))
    ]
    return _OFF_PER_ERROR * float(np.mean(apart))


def moved(before: Bytes, share: Floats, source: Bytes, target: Bytes, light: bool, lost: Floats | float = 0.0) -> Bytes:
    """N×3 with that share (N×1) of the source colour exchanged for the target, in linear light or in levels.

    lost: what clipping took from the pixels, on the same scale.
    """
    if light:
        return from_linear(LINEAR[before] + lost + share * (LINEAR[target] - LINEAR[source]))
    step = target.astype(np.float32) - source
    return np.asarray(np.clip(np.rint(before + lost + share * step), 0, 255), np.uint8)
