"""Where a crop should lie: round what must stay whole, at a named place, or on what stands out."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from workbench.errors import InvalidInput
from workbench.imaging.colour_space import Bytes, Floats, to_oklab
from workbench.imaging.flatten import GREY, over
from workbench.imaging.marks import ANCHORS, Box

#: "auto", or a place like marks.ANCHORS
AUTO = "auto"
#: air that is left round what must stay whole where there is room, as a share of the crop
_AIR = 0.03
#: longest side of the picture in which attention is measured
_GLANCE = 200
#: crops that hold this share of the attention that the best one holds are as good
_AS_GOOD = 0.97


@dataclass(frozen=True)
class Kept:
    """Something that a crop may not cut."""

    #: x, y, width, height in pixels of the picture
    box: Box
    #: what a designer calls it: the words of a text line, "the marked subject"
    words: str


def window(image: Bytes, size: tuple[int, int], focus: str, keep: Sequence[Kept]) -> Box:
    """The part of H×W×3|4 uint8 sRGB with `size` (width, height), both at most the picture's, that a crop leaves.

    It holds every box of `keep`; a named place decides the rest, "auto" the middle of what is kept or, when that is
    nothing, the attention (`attention`). Raises InvalidInput that says what would be cut.
    """
    full = image.shape[1], image.shape[0]
    near = _named(full, size, focus) if focus != AUTO else _round(keep, size) if keep else _busiest(image, size)
    x, y = (
        _moved(near[axis], size[axis], full[axis], [_span(kept.box, axis, full[axis]) for kept in keep])
        for axis in (0, 1)
    )
    lost = cut((x, y, *size), keep, full)
    if lost:
        raise InvalidInput(_refusal(lost, keep, size))
    return x, y, *size


def cut(crop: Box, keep: Sequence[Kept], full: tuple[int, int]) -> list[Kept]:
    """What of `keep`, as far as it lies in a picture of the `full` size (width, height), `crop` doesn't hold whole."""
    return [kept for kept in keep if not _holds(crop, kept.box, full)]


def check(focus: str) -> None:
    """Raises InvalidInput for a focus that is no place."""
    if focus != AUTO and focus not in ANCHORS:
        raise InvalidInput(f"“{focus}” is no place to focus on; choose {AUTO}, {', '.join(ANCHORS)}.")


def attention(image: Bytes) -> Floats:
    """How much each pixel of H×W×3|4 uint8 sRGB draws the eye, float32 H×W ≥ 0, for small pictures.

    Detail, the gradient of OKLab smoothed over a twentieth of the longer side, times one plus the colour's distance
    from the picture's median colour relative to the farthest (a simple form of Achanta et al. 2009,
    "Frequency-tuned salient region detection"); transparent pixels count as grey.
    """
    lab = to_oklab(over(image, GREY))
    across, down = (cv2.Sobel(lab, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    detail = np.sqrt((across**2 + down**2).sum(axis=2))
    detail = cv2.GaussianBlur(detail, (0, 0), max(image.shape[:2]) / 20)
    apart = np.linalg.norm(cv2.GaussianBlur(lab, (0, 0), 2) - np.median(lab, axis=(0, 1)), axis=2)
    drawn = detail * (1 + apart / max(float(apart.max()), 1e-6))
    return np.asarray(drawn, np.float32)


def _named(full: tuple[int, int], size: tuple[int, int], focus: str) -> tuple[float, float]:
    across, down = ANCHORS[focus]
    return across * (full[0] - size[0]), down * (full[1] - size[1])


def _round(keep: Sequence[Kept], size: tuple[int, int]) -> tuple[float, float]:
    """The corner of a crop whose middle is that of all boxes together."""
    left, top = (min(kept.box[axis] for kept in keep) for axis in (0, 1))
    right, bottom = (max(kept.box[axis] + kept.box[axis + 2] for kept in keep) for axis in (0, 1))
    return (left + right - size[0]) / 2, (top + bottom - size[1]) / 2


def _busiest(image: Bytes, size: tuple[int, int]) -> tuple[float, float]:
    """The corner of the crop that holds most attention, amid about equally good ones."""
    full = image.shape[1], image.shape[0]
    scale = min(1.0, _GLANCE / max(full))
    if scale < 1:
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    drawn = attention(image)
    corner = []
    for axis, along in ((0, drawn.sum(axis=0)), (1, drawn.sum(axis=1))):
        length = min(len(along), max(1, round(size[axis] * scale)))
        held = np.convolve(along, np.ones(length), "valid")
        worse = np.flatnonzero(held < _AS_GOOD * held.max())
        best = int(held.argmax())
        first = max(worse[worse < best], default=-1) + 1
        last = min(worse[worse > best], default=len(held)) - 1
        start = (first + last) / 2
        # the glance's last place is the picture's last place
        free = max(1, len(along) - length)
        corner.append(float(start / free * (full[axis] - size[axis])))
    return corner[0], corner[1]


def _span(box: Box, axis: int, full: int) -> tuple[int, int]:
    return max(0, box[axis]), min(full, box[axis] + box[axis + 2])


def _moved(near: float, length: int, full: int, spans: Sequence[tuple[int, int]]) -> int:
    """The whole pixel nearest to `near` where a crop holds all spans, with air round them if that goes."""
    low, high = 0, full - length
    if spans:
        first, last = min(span[0] for span in spans), max(span[1] for span in spans)
        for air in (round(_AIR * length), 0):
            least, most = max(low, min(last + air, full) - length), min(high, max(first - air, 0))
            if least <= most:
                low, high = least, most
                break
    return int(min(max(np.floor(near + 0.5), low), high))


def _holds(crop: Box, box: Box, full: tuple[int, int]) -> bool:
    spans = [_span(box, axis, full[axis]) for axis in (0, 1)]
    return all(crop[axis] <= spans[axis][0] and spans[axis][1] <= crop[axis] + crop[axis + 2] for axis in (0, 1))


def _refusal(lost: Sequence[Kept], keep: Sequence[Kept], size: tuple[int, int]) -> str:
    names = [f"“{kept.words}”" for kept in lost[:3]]
    if len(lost) > 3:
        names.append(f"{len(lost) - 3} more")
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    needs = [max(k.box[a] + k.box[a + 2] for k in keep) - min(k.box[a] for k in keep) for a in (0, 1)]
    return (
        f"The crop would cut {listed}: what must stay whole needs {needs[0]} × {needs[1]} px of the picture, and the "
        f"crop holds {size[0]} × {size[1]} px. Choose “pad” or “fit”, which cut nothing, or a size with other "
        "proportions."
    )
