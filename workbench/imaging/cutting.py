"""Where a marked product ends: a cut between product and ground at a bounded working size.

1. The ground round the mark is fitted as a smooth surface (backdrop.py). What looks like it, darkened by a shadow or
   not, and is reached from outside the mark on a smooth and wide way, is probably ground; all else probably product.
2. GrabCut (Rother, Kolmogorov, Blake 2004) learns the colours of both from these seeds and cuts between them.
3. Specks are dropped, holes that don't show the ground are filled, those that do are opened.
4. The outline is drawn on to the sharp edges beside it (snapping.py).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging import backdrop, snapping
from workbench.imaging.backdrop import Backdrop
from workbench.imaging.change import disc, grow
from workbench.imaging.colour_space import Bytes, Floats
from workbench.imaging.matting import Mask

#: pixels to cut by, and to draw the outline on to edges by
_PIXELS, _FINE = 300_000, 1_200_000
#: standard deviations off the ground's surface up to which a pixel looks like it
_OFF = 4.0
#: half the width of the widest gap in an outline through which ground doesn't reach, as a share of the mark's size
_LEAK = 0.03
#: levels per pixel from which a change can be an edge
_STEP = 0.8
#: share of the product from which bare ground that it encloses is a hole, and of that hole's rim that must be an edge
#: where GrabCut left it open, and where it did not
_HOLE, _RIMMED = 0.002, (0.5, 0.7)
#: standard deviation of the share of light in bare ground at most
_EVENLY = 0.012
#: scatter of a ground, levels, above which it is too coarse to tell its holes
_COARSE = 3.0
#: share of the mark's sides that a product usually spans
_SPAN = 0.7
#: times the area from which a cut without the ground's seeds shows that they took part of the product
_MORE = 1.1
#: share of the largest piece of product from which another piece is no speck
_SPECK = 0.01


@dataclass(frozen=True)
class Cut:
    """Which pixels are the product."""

    inside: Mask  #: h×w
    backdrop: Backdrop | None  #: the old ground at h×w, where it is even
    pieces: int  #: separate objects
    reach: float  #: pixels by which the outline may be wrong, or soft
    unclear: float  #: share of the outline that runs along no edge, 0–1


def cut(part: Bytes, subject: Mask) -> Cut:
    """The product in h×w×3 sRGB levels: within `subject` (bool h×w), which leaves some ground free."""
    scale = max(1.0, (subject.size / _PIXELS) ** 0.5)
    size = round(subject.shape[1] / scale), round(subject.shape[0] / scale)
    small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    # what is only partly outside the mark is inside
    marked = cv2.resize(subject.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    ground = backdrop.fit(small, ~marked)
    seen = _ground(small, marked, ground)
    solid, pieces = _pieces(_grabbed(small, marked, seen))
    lost = False
    if _span(solid, marked) < _SPAN:
        # either the mark is roomy, or the ground's colours ran into the product: GrabCut does better without them then
        plain, number = _pieces(_grabbed(small, marked, np.zeros_like(marked)))
        lost = bool(np.count_nonzero(plain) > _MORE * np.count_nonzero(solid))
        if lost:
            solid, pieces = plain, number
    if ground.even:
        ground = backdrop.fit(small, ~grow(solid, 3))
        solid = _opened(small, solid, ground) if ground.scatter < _COARSE else solid
    fine = max(1.0, (subject.size / _FINE) ** 0.5)
    size = round(subject.shape[1] / fine), round(subject.shape[0] / fine)
    middle = part if fine == 1 else np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, usual = _sharpness(small, ~marked)
    wide = _sized(np.asarray(cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 0.8), np.float32), size[::-1]) > 0.5
    line, faint, width = snapping.snapped(middle, wide, 2.5 * scale / fine + 2, usual)
    inside = (_sized(line.astype(np.float32), subject.shape) > 0.5) & subject
    old = Backdrop(_sized(ground.levels, subject.shape), ground.scatter, True) if ground.even else None
    return Cut(inside, old, pieces, fine * (0.5 + width / 2) + 0.5, 1.0 if lost else faint)


def _ground(small: Bytes, marked: Mask, ground: Backdrop) -> Mask:
    """What is probably ground, bare or in shadow."""
    # inside the mark the surface is extended, so it may be wrong by a level
    deviation = float(np.hypot(ground.scatter, 1.0))
    off = np.sqrt(((small - ground.levels) ** 2).mean(-1)) / deviation
    k, misfit = backdrop.share_of_light(small, ground)
    like = (off < _OFF) | ((k < 1.02) & (k > 0.12) & (misfit < 3.5))
    sharp, usual = _sharpness(small, ~marked)
    return _reached(like & (sharp < usual), ~marked, np.asarray(off, np.float32))


def _reached(smooth: Mask, outside: Mask, off: Floats) -> Mask:
    """Pixels to which a smooth way leads from outside.

    Into a wide place a narrow way is none: an outline fades here and there where product and ground have one colour.
    """
    passable = smooth | outside
    leak = float(np.clip(_LEAK * np.count_nonzero(~outside) ** 0.5, 2, 24))
    reached = grow(_connected(_eroded(passable, leak), outside), leak + 1.5) & passable
    # compression leaves specks round a product that are as sharp as an edge
    closed = cv2.morphologyEx(reached.view(np.uint8), cv2.MORPH_CLOSE, disc(4)).view(np.bool_)
    return np.asarray(reached | (closed & (off < 1.5 * _OFF)), np.bool_)


def _sized(plane: Floats, shape: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(plane, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _opened(small: Bytes, solid: Mask, ground: Backdrop) -> Mask:
    """The product with a hole wherever it encloses the bare even ground, and nowhere else."""
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 1.5), np.uint8)
    off = np.sqrt(((soft - ground.levels) ** 2).mean(-1))
    sharp, usual = _sharpness(small, ~solid)
    crisp = grow(sharp > usual, 1.5)
    light, _ = backdrop.share_of_light(soft, ground)
    outside = _connected(~solid, _frame(solid.shape))
    like = (off < 6 * ground.scatter) & (sharp < usual) & ~outside
    count, label, stats, _ = cv2.connectedComponentsWithStats(_eroded(like, 2).view(np.uint8), connectivity=4)
    bare = np.zeros(count, np.bool_)
    for part in 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] > _HOLE * np.count_nonzero(solid)):
        there = label == part
        # light and shade lead a product through the ground's colour smoothly, but a hole ends at an edge
        rim = crisp[grow(there, 4) & ~grow(there, 2.5)]
        kept = bool(solid[there].mean() > 0.5)
        bare[part] = np.quantile(off[there], 0.9) < _OFF and rim.mean() > _RIMMED[int(kept)]
        bare[part] &= not kept or light[there].std() < _EVENLY
    filled = solid | ~outside
    core = bare[label]
    holes = _connected(~solid & ~outside, core) | (grow(core, 2.5) & like)
    return np.asarray(filled & ~holes, np.bool_)


def _span(product: Mask, marked: Mask) -> float:
    """The smaller of the product's width and height, as a share of the mark's."""
    found, drawn = (cv2.boundingRect(mask.view(np.uint8))[2:] for mask in (product, marked))
    return min(found[0] / max(drawn[0], 1), found[1] / max(drawn[1], 1))


def _frame(shape: tuple[int, int]) -> Mask:
    frame = np.zeros(shape, np.bool_)
    frame[[0, -1]] = True
    frame[:, [0, -1]] = True
    return frame


def _connected(mask: Mask, to: Mask) -> Mask:
    """The parts of a mask that touch another one."""
    count, label = cv2.connectedComponents(mask.view(np.uint8), connectivity=4)
    touching = np.zeros(count, np.bool_)
    touching[label[to & mask]] = True
    return np.asarray(touching[label] & mask, np.bool_)


def _eroded(mask: Mask, radius: float) -> Mask:
    less = cv2.erode(mask.view(np.uint8), disc(radius), borderType=cv2.BORDER_CONSTANT, borderValue=1)
    return np.asarray(less, np.uint8).view(np.bool_)


def _sharpness(small: Bytes, outside: Mask) -> tuple[Floats, float]:
    """By how many levels per pixel a channel changes in a step, and how much it does in the ground itself.

    A wide ramp, as a shadow has, counts little.
    """
    fine = _steepness(small, 0.7)
    usual = max(_STEP, 4 * float(np.median(fine[outside])))
    return np.maximum(fine - np.float32(1.3) * _steepness(small, 4.0), 0), usual


def _steepness(small: Bytes, sigma: float) -> Floats:
    """The largest change of a channel to a neighbour, levels."""
    smooth = cv2.GaussianBlur(small.astype(np.float32), (0, 0), sigma)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=0.125)
    return np.asarray(np.sqrt((across * across + down * down).max(-1)), np.float32)


def _grabbed(small: Bytes, marked: Mask, ground: Mask) -> Mask:
    trimap = np.where(marked, np.where(ground, cv2.GC_PR_BGD, cv2.GC_PR_FGD), cv2.GC_BGD).astype(np.uint8)
    if (ground | ~marked).all():
        return np.zeros(marked.shape, np.bool_)
    # its first guess of the colours draws random numbers
    cv2.setRNGSeed(1)
    colours = np.zeros((2, 1, 65), np.float64)
    cv2.grabCut(small, trimap, (0, 0, 1, 1), colours[0], colours[1], 5, cv2.GC_INIT_WITH_MASK)
    return (trimap & 1).view(np.bool_)


def _pieces(product: Mask) -> tuple[Mask, int]:
    """The product without specks, small holes filled, and the number of its separate pieces."""
    _, label, stats, _ = cv2.connectedComponentsWithStats(product.view(np.uint8), connectivity=8)
    size = stats[:, cv2.CC_STAT_AREA].copy()
    size[0] = 0
    keep = size >= max(_SPECK * float(size.max(initial=0)), 9)
    keep[0] = False
    solid = keep[label]
    _, label, stats, _ = cv2.connectedComponentsWithStats((~solid).view(np.uint8), connectivity=4)
    filled = stats[:, cv2.CC_STAT_AREA] < max(0.002 * float(solid.sum()), 4)
    filled[0] = False
    return np.asarray(solid | filled[label], np.bool_), int(keep.sum())
