"""Other objects in the ring of ground round a marked part: found, and left out where they end before it."""

from collections.abc import Iterator

import cv2
import numpy as np

from workbench.imaging import surroundings
from workbench.imaging.colour_space import Floats
from workbench.imaging.matting import Mask
from workbench.imaging.surroundings import Ground

#: how far from the hole another object must end, px; and how much is left out around one
_CLEAR = 5
#: width of the band at the hole that the search starts from, px, and how much wider each step looks
_BAND, _WIDER = 14, 3
#: the share of the pixels that touch the hole that may stand out
_TOUCHING = 0.01
#: directions round the hole, how many of them may lack ground in the band, and the share of it that is enough
_SECTORS, _LACKING, _ENOUGH = 12, 2, 0.5
#: separate objects beyond which the ring shows a pattern of them; dust doesn't count, pixels with what is around it
_MANY, _SPECK = 8, 140


def without(ground: Ground, ring: Mask, distance: Floats) -> Mask:
    """The ring (bool h×w) without other objects: what stands out and ends well before the hole.

    distance: float32 h×w, px from the hole.
    """
    # soft shapes are looked for where nothing sharp is near: an average over pixels of an object spreads it
    alone = _left_out(surroundings.sharp(ground, ring), ring, distance)
    return _left_out(surroundings.soft(ground, alone), alone, distance)


def grown_ring(levels: Floats, ring: Mask, hole: Mask, distance: Floats) -> Mask | None:
    """The ring without other objects, found from the hole outwards; None where no even ground lies all round.

    levels: float32 h×w×3. A surface through the whole ring bends towards a large object in it. So the ground is told
    from the band that touches the hole first, and followed outwards: what leaves it there is another object.
    """
    band, seen = ring & (distance <= _BAND), ring & (distance <= _BAND * _WIDER)
    ground = surroundings.against(levels, surroundings.first_ground(levels, band, hole), seen)
    # an early answer: what touches the hole would be refused in the end, as most of a photograph is
    if _touched(ground, ring & (distance <= _CLEAR)):
        return None
    alone = without(ground, seen, distance)
    for reach in _reaches(float(distance[ring].max())):
        if not _all_round(alone, band, hole):
            return None
        seen = ring & (distance <= reach)
        ground = surroundings.against(levels, surroundings.ground(levels, alone, hole), seen)
        alone = without(ground, seen, distance)
    return alone if few(ring, alone) and _all_round(alone, band, hole) else None


def few(ring: Mask, alone: Mask) -> bool:
    """Whether what was left out of the ring is some objects, or so many that they make a pattern."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((ring & ~alone).view(np.uint8))
    return bool(np.count_nonzero(stats[1:, cv2.CC_STAT_AREA] >= _SPECK) <= _MANY)


def _left_out(found: Mask, ring: Mask, distance: Floats) -> Mask:
    """The ring without what was found and does not reach the hole, and a little around that."""
    others = cv2.dilate(found.view(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _CLEAR + 1,) * 2))
    count, labels = cv2.connectedComponents(others)
    near = np.zeros(count, bool)
    near[labels[found & (distance <= _CLEAR)]] = True
    near[0] = True
    return np.asarray(ring & near[labels], np.bool_)


def _reaches(widest: float) -> Iterator[float]:
    """How far each further step looks, px; a wide ring twice, for what the first look took wrongly for an object."""
    reach = float(_BAND * _WIDER**2)
    while reach < widest:
        yield reach
        reach *= _WIDER
    if widest > _BAND * _WIDER:
        yield widest
    yield widest


def _touched(ground: Ground, touching: Mask) -> bool:
    return bool(np.count_nonzero(surroundings.sharp(ground, touching)) > _TOUCHING * np.count_nonzero(touching))


def _all_round(alone: Mask, band: Mask, hole: Mask) -> bool:
    """Whether the ground lies at the hole in nearly every direction that the picture shows."""
    rows, columns = np.nonzero(hole)
    y, x = np.nonzero(band)
    # in the hole's own proportions, so that each side of a long one counts as much
    down = (2 * y - rows.min() - rows.max()) / (np.ptp(rows) + 1)
    across = (2 * x - columns.min() - columns.max()) / (np.ptp(columns) + 1)
    sector = np.floor((np.arctan2(down, across) / (2 * np.pi) + 0.5) * _SECTORS).astype(int) % _SECTORS
    shown = np.bincount(sector, minlength=_SECTORS)
    kept = np.bincount(sector, alone[y, x], minlength=_SECTORS)
    return bool(np.count_nonzero(kept < _ENOUGH * shown) <= _LACKING)
