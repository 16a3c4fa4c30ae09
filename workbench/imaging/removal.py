"""Taking an object away where the ground around it is even: the ground is continued, grain and all, or it is refused.

1. Each connected part of the marked area gets a ring of ground around it.
2. A smooth surface is fitted to the ring and continued into the hole (`surroundings`); other objects in the ring that
   end before the hole are left out (`neighbours`).
3. What the ring shows besides must be grain: no specks or lines, no soft shapes, no pattern. Else an image model is
   needed, or, where only the object's own rim shows, a larger area must be marked.
4. The hole becomes the surface plus grain like the ring's (`grain`), the same every time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from workbench.errors import InvalidInput, NeedsGenerative
from workbench.imaging import grain, neighbours, surroundings
from workbench.imaging.colour_space import Bytes, Floats
from workbench.imaging.matting import Mask
from workbench.imaging.surroundings import Ground, sharp, soft, standing_out

Box = tuple[slice, slice]

#: width of the ring: a share of the hole's size (the root of its area), within these bounds in px
_RING, _NARROW, _WIDE = 0.35, 14, 160
#: fewest pixels of ground that tell a surface, and the least share of the ring that must be seen
_GROUND, _SEEN = 300, 0.25
#: shares of the ring that may stand out sharply and softly
_SPECKS, _SOFT_SHARE = 0.001, 0.005
#: standard deviation in levels of the strongest grain that can be drawn anew without showing
_COARSE = 6.0
#: correlation of distant pixels that makes a pattern, where the grain is strong enough to be seen
_PATTERN, _SEEN_GRAIN = 0.3, 0.8
#: levels by which the next better surface may differ in the hole
_UNSURE, _DOUBTFUL = 8.0, 3.0
#: rows just inside the marked area that should show ground already, px, and the share that may not
_MARGIN, _TOUCHING = 3, 0.03
#: levels and multiples of the grain beyond which such a row shows something else
_TRACE, _TRACE_GRAIN = 3.0, 1.5

_ADVICE = "Choose a template for an image model, or mark a smaller area on an even ground. Nothing was changed."


@dataclass(frozen=True)
class Removed:
    """A picture without the marked object."""

    #: like the picture that was given; a new array
    image: Bytes
    #: H×W, true where pixels were made anew; every pixel that differs lies in it
    mask: Mask
    #: sentences for a person to look at, empty when all is well
    doubts: tuple[str, ...]


def remove(image: Bytes, region: Mask, *, protect: Mask | None = None) -> Removed:
    """uint8 sRGB H×W×3|4 (straight alpha) with the marked parts (bool H×W) filled from the ground around them.

    protect: bool H×W, never changed, and never taken for ground. Only grounds that are flat, or pass softly from one
    colour to another, with or without grain, are continued. The same arguments give the same pixels: the grain is
    drawn from fixed random numbers. Pixels outside `region` keep every bit.
    Raises NeedsGenerative where the surroundings show more than that, InvalidInput where another marking would do.
    """
    mask = _marked(image, region, protect)
    free = ~mask if protect is None else ~(mask | protect)
    result = image.copy()
    doubts: list[str] = []
    for box, part in _parts(mask):
        doubts += _fill(result[box], part, free[box])
    return Removed(result, mask, tuple(dict.fromkeys(doubts)))


def _marked(image: Bytes, region: Mask, protect: Mask | None) -> Mask:
    for mask in (region, protect):
        if mask is not None and (mask.dtype != np.bool_ or mask.shape != image.shape[:2]):
            raise InvalidInput("A region must be true or false for each pixel, with the picture's height and width.")
    marked = region if protect is None else region & ~protect
    if not marked.any():
        raise InvalidInput("Nothing is marked that may change; mark the object to remove with a little margin.")
    return np.asarray(marked, np.bool_)


def _parts(mask: Mask) -> Iterator[tuple[Box, Mask]]:
    """Each connected part: the rows and columns of it and its ring, and where it lies in them."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    for number in range(1, count):
        x, y, width, height, area = (int(value) for value in stats[number])
        ring = _ring(area)
        box = (
            slice(max(y - ring, 0), min(y + height + ring, mask.shape[0])),
            slice(max(x - ring, 0), min(x + width + ring, mask.shape[1])),
        )
        yield box, labels[box] == number


def _ring(area: int) -> int:
    return int(np.clip(_RING * area**0.5, _NARROW, _WIDE))


def _fill(image: Bytes, hole: Mask, free: Mask) -> tuple[str, ...]:
    """Continue the ground into `hole` (bool h×w) of `image` (h×w×3|4), in place; the doubts."""
    distance = _distance(hole)
    around = (distance > 0) & (distance <= _ring(int(np.count_nonzero(hole))))
    ring = around & free
    fewest = max(_GROUND, _SEEN * np.count_nonzero(around))
    if np.count_nonzero(ring) < fewest:
        raise NeedsGenerative(f"Too little ground is left around the marked area to continue it. {_ADVICE}")
    if image.shape[2] == 4:
        if not image[..., 3][ring].any():
            image[hole] = 0
            return ()
        if (image[..., 3][ring] < 255).any():
            raise NeedsGenerative(f"The surroundings are partly transparent. {_ADVICE}")
    levels = image[..., :3].astype(np.float32)
    ground, ring = _even(levels, ring, hole, distance, fewest)
    looks = grain.measured(ground.rest, ring)
    if looks.pattern > _PATTERN and ground.grain > _SEEN_GRAIN:
        raise NeedsGenerative(f"The surroundings show a pattern that can't be continued exactly. {_ADVICE}")
    doubts = _doubts(levels - ground.surface, ground, hole)
    filled = ground.surface + grain.drawn(looks, hole.shape)
    image[..., :3][hole] = np.rint(np.clip(filled[hole], 0, 255)).astype(np.uint8)
    if image.shape[2] == 4:
        image[..., 3][hole] = 255
    return doubts


def _distance(mask: Mask) -> Floats:
    """How far each pixel lies outside the mask, px; 0 in it."""
    return np.asarray(cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 3), np.float32)


def _even(levels: Floats, ring: Mask, hole: Mask, distance: Floats, fewest: float) -> tuple[Ground, Mask]:
    """The ground and the part of the ring that shows it; raises what speaks against continuing it."""
    ground = surroundings.ground(levels, ring, hole)
    alone = neighbours.without(ground, ring, distance)
    if np.count_nonzero(alone) < fewest or not neighbours.few(ring, alone):
        alone = ring
    elif (alone != ring).any():
        ground = surroundings.ground(levels, alone, hole)
    refusal = _refusal(ground, alone, hole, distance)
    if refusal is None:
        return ground, alone
    grown = neighbours.grown_ring(levels, ring, hole, distance)
    if grown is None or np.count_nonzero(grown) < fewest:
        raise refusal
    ground = surroundings.ground(levels, grown, hole)
    if _refusal(ground, grown, hole, distance):
        raise refusal
    return ground, grown


def _refusal(ground: Ground, ring: Mask, hole: Mask, distance: Floats) -> InvalidInput | None:
    if ground.grain > _COARSE:
        return NeedsGenerative(f"The surroundings show edges or a coarse texture. {_ADVICE}")
    specks = sharp(ground, ring)
    if np.count_nonzero(specks) > _SPECKS * np.count_nonzero(ring):
        if _only_a_rim(specks, hole, ring, distance):
            return InvalidInput(
                "The object, its shadow or its reflection reaches beyond the marked area. Mark all of it with a "
                "little margin and run again. Nothing was changed."
            )
        return NeedsGenerative(f"The surroundings show pattern or edges that can't be continued exactly. {_ADVICE}")
    if np.count_nonzero(soft(ground, ring)) > _SOFT_SHARE * np.count_nonzero(ring):
        return NeedsGenerative(f"The light on the surroundings changes too unevenly to be continued. {_ADVICE}")
    if ground.doubt > _UNSURE:
        return NeedsGenerative(
            f"Too much is marked for the light behind it to be told from what is left around it. {_ADVICE}"
        )
    return None


def _only_a_rim(found: Mask, hole: Mask, ring: Mask, distance: Floats) -> bool:
    """Whether what stands out hangs on the hole and ends well before the ring does."""
    joined = cv2.dilate((found | hole).view(np.uint8), np.ones((5, 5), np.uint8))
    _, labels = cv2.connectedComponents(joined)
    own = found & np.isin(labels, np.unique(labels[hole]))
    most = np.count_nonzero(own) >= 0.9 * np.count_nonzero(found)
    return bool(most and distance[own].max() < 0.7 * distance[ring].max())


def _doubts(off: Floats, ground: Ground, hole: Mask) -> tuple[str, ...]:
    """off: h×w×3, the picture before minus the surface."""
    depth = cv2.distanceTransform(np.pad(hole, 1, mode="edge").view(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    margin = hole & (depth <= _MARGIN)
    touching = standing_out(off, margin, 1.5, _TRACE + _TRACE_GRAIN * ground.grain)
    found = []
    if np.count_nonzero(touching) > _TOUCHING * np.count_nonzero(margin):
        found.append(
            "The object or its shadow reaches the rim of the marked area; a trace may be left. Mark a little more."
        )
    if ground.doubt > _DOUBTFUL:
        found.append("The light behind the object had to be guessed from far away; compare the filled area closely.")
    return tuple(found)
