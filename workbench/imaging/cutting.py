"""Where a marked product ends: a cut between product and ground at a bounded working size.

1. Even ground: its surface is fitted (backdrop.py), and each pixel gets odds by how far it lies off the surface.
   What only looks darkened may be shadow: it counts as ground where a smooth path leads to it from the ground outside.
   Otherwise: GrabCut (Rother, Kolmogorov, Blake 2004), which learns the colours of both sides.
2. The cut minimises odds plus length, length being cheap along edges: a convex problem (Chan, Esedoglu, Nikolova 2006;
   Bresson et al. 2007) solved by primal-dual steps (Chambolle, Pock 2011) from coarse to fine.
3. Specks are dropped, holes that don't show the ground are filled.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging import backdrop
from workbench.imaging.backdrop import Backdrop
from workbench.imaging.change import disc, grow
from workbench.imaging.colour_space import Bytes, Floats
from workbench.imaging.matting import Mask

#: pixels to cut by, on even and on other grounds
_EVEN, _BUSY = 400_000, 200_000
#: cost of one pixel of outline where there is no edge, in odds
_LENGTH = 2.5
#: standard deviations off the ground at which a pixel is as likely product as ground
_OFF = 4.0
#: half the width of the widest gap in an outline, as shares of the mark's size, to be tried
_LEAKS = (0.01, 0.03, 0.06, 0.1)
#: levels per pixel from which a change can be an edge
_STEP = 0.8
#: in a compressed picture, how many pixels an edge reaches beyond itself, and with what share of its steepness
_BLED, _RINGS = 7, 0.05
#: share of the largest piece of product from which another piece is no speck
_SPECK = 0.01


@dataclass(frozen=True)
class Cut:
    """Which pixels are the product."""

    inside: Mask  #: h×w
    backdrop: Backdrop | None  #: the old ground at h×w, where it is even
    pieces: int  #: separate objects
    scale: float  #: pixels of the picture per pixel that was cut by
    unclear: float  #: share of the outline that runs along no edge, 0–1
    stray: float  #: edges in the mark outside the product, in lengths of its outline; 0 where the ground has its own


def cut(part: Bytes, subject: Mask, *, bled: bool = False) -> Cut:
    """The product in h×w×3 sRGB levels: within `subject` (bool h×w), which leaves some ground free.

    bled: the picture was compressed, so that colours reach beyond their edges.
    """
    first = backdrop.fit(part, ~subject)
    scale = max(1.0, (subject.size / (_EVEN if first.even else _BUSY)) ** 0.5)
    size = round(subject.shape[1] / scale), round(subject.shape[0] / scale)
    small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    # what is only partly outside the mark is inside
    marked = cv2.resize(subject.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    if first.even:
        share, ground = _even(small, marked, _BLED / scale if bled else 0.0)
        even: Backdrop | None = Backdrop(_sized(ground.levels, subject.shape), ground.scatter, True)
    else:
        share, even = _grabbed(small, marked), None
    solid, pieces = _pieces(share > 0.5)
    share = np.where(solid, np.maximum(share, 0.51), np.minimum(share, 0.49)).astype(np.float32)
    outline = solid & ~_eroded(solid, 1)
    price = _edges(small, marked)
    unclear = float((price[outline] > 0.6).mean()) if outline.any() else 1.0
    stray = unexplained(solid, price, marked)[1] if first.even else 0.0
    return Cut((_sized(share, subject.shape) > 0.5) & subject, even, pieces, scale, unclear, stray)


def _sized(plane: Floats, shape: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(plane, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _even(small: Bytes, marked: Mask, bled: float) -> tuple[Floats, Backdrop]:
    """Share of product by the ground's surface, which is fitted again to the ground that the first cut shows.

    How wide a gap in an outline may be is tried at half the size, and so is GrabCut, which knows nothing of shadows but
    remembers the product's colours: the best is what cuts along edges most.
    """
    half = marked.shape[1] // 2, marked.shape[0] // 2
    tiny = np.asarray(cv2.resize(small, half, interpolation=cv2.INTER_AREA), np.uint8)
    marked_tiny = np.asarray(cv2.resize(marked.view(np.uint8), half, interpolation=cv2.INTER_NEAREST), np.bool_)
    ground, price = backdrop.fit(tiny, ~marked_tiny), _edges(tiny, marked_tiny)
    trials: list[tuple[float, float, Floats]] = []
    for leak in _LEAKS:
        share = minimal(_odds(tiny, marked_tiny, ground, 1.5, leak, bled / 2), price, marked_tiny)
        trials.append((unexplained(share > 0.5, price, marked_tiny)[0], leak, share))
    grabbed = _grabbed(tiny, marked_tiny)
    trials.append((unexplained(_pieces(grabbed > 0.5)[0], price, marked_tiny)[0], 0.0, grabbed))
    _, leak, share = min(trials, key=lambda trial: trial[:2])
    share = _sized(share, marked.shape)
    ground = backdrop.fit(small, ~grow(share > 0.5, 3))
    odds = _odds(small, marked, ground, 0.7, leak or _LEAKS[-1], bled)
    if not leak:
        # what is plainly ground stays ground: the hole of a handle
        odds = np.where(marked, np.where((odds == -4) & (share > 0.5), -2, 4 * share - 2), -20)
    return minimal(odds.astype(np.float32), _edges(small, marked), marked), ground


def unexplained(product: Mask, price: Floats, marked: Mask) -> tuple[float, float]:
    """How little a product explains the edges in a mark: (score, share), both 0 at best.

    The score counts outline along no edge and edges that lie outside the product, where ground and shadow have none, in
    sides of a square as large as the product; the share is that of those edges, in lengths of the outline.
    """
    outline = product & ~_eroded(product, 1)
    if not outline.any():
        return 1000.0, 1.0
    stray = (price < 0.3) & ~grow(product, 3) & _eroded(marked, 3)
    score = float(price[outline].sum()) + float(stray.sum())
    return score / float(product.sum()) ** 0.5, float(stray.sum()) / float(outline.sum())


def _odds(small: Bytes, marked: Mask, ground: Backdrop, doubtful: float, leak: float, bled: float) -> Floats:
    """Log odds of product against ground; `doubtful`: levels that the surface may be wrong by inside the mark."""
    deviation = float(np.hypot(ground.scatter, doubtful))
    allowed = np.full(marked.shape, deviation, np.float32)
    if bled:
        allowed += np.float32(_RINGS) * cv2.dilate(_steepness(small, 0.7), disc(bled + 1))
    off = np.sqrt(((small - ground.levels) ** 2).mean(-1)) / allowed
    odds = np.clip((off - _OFF) * 1.5, -4, 6)
    k, misfit = backdrop.share_of_light(small, Backdrop(ground.levels, deviation, True))
    like = (off < _OFF) | ((k < 1.02) & (k > 0.12) & (misfit < 3.5))
    sharp, usual = _sharpness(small, ~marked)
    smooth = like & (sharp < usual)
    reached, narrowly = _reached(smooth, ~marked, off, leak)
    # What looks like ground but lies behind an edge is more likely a part of the product that has the ground's colour.
    hidden = np.where(narrowly, -0.4, np.where(off < _OFF, 0.0, 0.7))
    odds = np.where(like, np.where(reached, np.minimum(odds, -2.0), hidden), np.maximum(odds, 0.7))
    return np.where(marked, odds, -20).astype(np.float32)


def _reached(smooth: Mask, outside: Mask, off: Floats, gap: float) -> tuple[Mask, Mask]:
    """Pixels to which a smooth way leads from outside, or that show the bare ground; and those a narrow way leads to.

    Into a wide place a narrow way is none: an outline fades here and there where product and ground have one colour.
    """
    passable = smooth | outside
    leak = float(np.clip(gap * np.count_nonzero(~outside) ** 0.5, 2, 24))
    wide = _eroded(passable, leak)
    open_ = _connected(wide, outside)
    reached = grow(open_, leak + 1.5) & passable
    behind = grow(wide & ~open_, leak + 1.5) & passable & ~outside
    narrow = _connected(_eroded(passable & ~behind, 1.5), outside)
    narrowly = grow(narrow, 3) & passable & ~reached
    rest = _eroded(passable & ~reached & ~narrowly, 1.5)
    count, label, stats, _ = cv2.connectedComponentsWithStats(rest.view(np.uint8), connectivity=4)
    bare = np.zeros(count, np.bool_)
    for enclosed in 1 + np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] > 12):
        bare[enclosed] = np.quantile(off[label == enclosed], 0.6) < 1.6
    reached |= grow(bare[label], 3) & passable
    # compression leaves specks round a product that are as sharp as an edge
    closed = cv2.morphologyEx(reached.view(np.uint8), cv2.MORPH_CLOSE, disc(4)).view(np.bool_)
    return reached | (closed & (off < 1.5 * _OFF)), narrowly


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


def _edges(small: Bytes, marked: Mask) -> Floats:
    """What a pixel of outline costs, 0–1: little along edges."""
    sharp, usual = _sharpness(small, ~marked)
    return (1 / (1 + (sharp / usual) ** 2)).astype(np.float32)


def minimal(odds: Floats, price: Floats, free: Mask) -> Floats:
    """The set that minimises −odds inside it plus the price along its outline, as 0–1 (nearly always 0 or 1), h×w."""
    if min(odds.shape) >= 48:
        half = odds.shape[1] // 2, odds.shape[0] // 2
        smaller = [
            np.asarray(cv2.resize(plane, half, interpolation=cv2.INTER_AREA), np.float32) for plane in (odds, price)
        ]
        coarse = minimal(smaller[0] * 2, smaller[1], cv2.resize(free.view(np.uint8), half) > 0)
        share = _sized(coarse, odds.shape)
        rounds = 40
    else:
        share, rounds = (odds > 0).astype(np.float32), 200
    bound = np.float32(_LENGTH) * price
    across, down = np.zeros_like(share), np.zeros_like(share)
    step = np.float32(0.35)
    ahead = share.copy()
    for _ in range(rounds):
        across[:, :-1] += step * (ahead[:, 1:] - ahead[:, :-1])
        down[:-1] += step * (ahead[1:] - ahead[:-1])
        long = np.maximum(np.sqrt(across * across + down * down) / bound, 1)
        across /= long
        down /= long
        flow = across + down
        flow[:, 1:] -= across[:, :-1]
        flow[1:] -= down[:-1]
        new = np.clip(share + step * (flow + odds), 0, 1)
        ahead = 2 * new - share
        share = new
    return np.where(free, share, 0).astype(np.float32)


def _grabbed(small: Bytes, marked: Mask) -> Floats:
    trimap = np.where(marked, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    # its first guess of the colours draws random numbers
    cv2.setRNGSeed(1)
    colours = np.zeros((2, 1, 65), np.float64)
    cv2.grabCut(small, trimap, (0, 0, 1, 1), colours[0], colours[1], 4, cv2.GC_INIT_WITH_MASK)
    return (trimap & 1).astype(np.float32)


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
