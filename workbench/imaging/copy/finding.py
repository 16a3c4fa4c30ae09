"""Where copy stands in a picture, and how far a longer line may reach."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.errors import CopyNotFound
from workbench.imaging import reading
from workbench.imaging.copy.wording import shown
from workbench.imaging.reading import Line

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]

#: least likeness of what was read to what is looked for; the synthesis checks each character afterwards
ENOUGH = 0.72
#: how much less a part of a line counts than a whole one
_PART = 0.03
#: how many times the usual pixels are looked at when nothing was found
_CLOSER = 4.0
#: the score from which a line that was read is told to a person, and how many are
_SURE, _TOLD = 0.6, 5
#: levels that the ground may jump by from column to column before it counts as an edge
_EDGE = 22.0


class Found(NamedTuple):
    """Copy in a picture."""

    line: Line
    #: whether other words of the same line stand to the left and to the right; then the box is a guess
    beside: tuple[bool, bool]
    #: the other lines that were read
    others: tuple[Line, ...]
    #: other places where the same words stand
    twins: int

    @property
    def whole(self) -> bool:
        """Whether the words are a line of their own."""
        return not any(self.beside)


class Room(NamedTuple):
    """How far a line may reach."""

    box: Box
    #: whether an edge or another text ends it, left and right; else the picture does
    bounded: tuple[bool, bool]


def find(image: Bytes, text: str, *, region: Mask | None = None) -> Found:
    """Where `text` stands: the best likeness of words, never a place. Raises CopyNotFound with what was read."""
    read = reading.lines(image, region=region)
    found = _best(read, text)
    small = image.shape[0] * image.shape[1] <= reading.DETECTED
    if (found is None or found.line.score < ENOUGH) and (not small or region is not None):
        closer = reading.lines(image, region=region, detail=_CLOSER)
        found = max((it for it in (found, _best(closer, text)) if it), key=lambda it: it.line.score, default=None)
        read = closer if len(closer) > len(read) else read
    if found is None or found.line.score < ENOUGH:
        raise CopyNotFound(f"{shown(text)} is not in the picture. {_told(read, region is not None)}")
    return found


def likeness(read: Sequence[Line], text: str) -> float | None:
    """How much of `text` the lines say, as one, a part of one or several in a row, 0–1; None when nothing was read."""
    rates = [reading.alike(line.text, text) for _, line, _, _ in _candidates(read, text)]
    rates += [reading.alike(" ".join(line.text for line in read), text)] if read else []
    return max(rates, default=None)


def _told(read: Sequence[Line], marked: bool) -> str:
    where = "inside the region" if marked else "in it"
    plausible = [line for line in read if _plausible(line)][:_TOLD]
    if not plausible:
        return f"No text could be read {where}; mark the line more closely, or use a generative template."
    listed = ", ".join(shown(line.text, 40) for line in plausible)
    return f"Loupe can read {listed} {where}. Use those words exactly as the old copy."


def _plausible(line: Line) -> bool:
    """Whether a line surely is text: patterns and texture are read as signs."""
    letters, signs = len(reading.plain(line.text)), sum(not character.isspace() for character in line.text)
    return letters >= 2 and line.score >= _SURE and letters >= 0.6 * signs


def _best(read: Sequence[Line], text: str) -> Found | None:
    rated = sorted(_candidates(read, text), key=lambda it: -it[0])
    if not rated:
        return None
    score, line, beside, parts = rated[0]
    twins = sum(
        other[0] >= max(score - 0.001, 0.95) and not other[3] & parts for other in rated[1:] if not any(other[2])
    )
    others = tuple(one for index, one in enumerate(read) if index not in parts)
    return Found(Line(line.box, line.text, round(score, 4)), beside, others, twins)


def _candidates(read: Sequence[Line], text: str) -> Iterator[tuple[float, Line, tuple[bool, bool], frozenset[int]]]:
    """(likeness 0–1, line, whether words stand beside it, the numbers of the lines it is made of)."""
    for numbers, line in _joined(read):
        yield reading.alike(line.text, text), line, (False, False), numbers
        for part, beside in _parts(line, text):
            yield reading.alike(part.text, text) - _PART, part, beside, numbers


def _joined(read: Sequence[Line]) -> Iterator[tuple[frozenset[int], Line]]:
    """Every line, and neighbours on one baseline read as one."""
    for first, line in enumerate(read):
        numbers, joined = frozenset([first]), line
        yield numbers, joined
        for _ in range(5):
            after = [i for i, other in enumerate(read) if i not in numbers and _follows(joined, other)]
            if not after:
                break
            nearest = min(after, key=lambda i: read[i].box[0])
            numbers, joined = numbers | {nearest}, _with(joined, read[nearest])
            yield numbers, joined


def _follows(line: Line, other: Line) -> bool:
    (x, y, w, h), (left, top, _, high) = line.box, other.box
    overlap = min(y + h, top + high) - max(y, top)
    return overlap > 0.55 * min(h, high) and max(h, high) < 1.8 * min(h, high) and -0.5 * h < left - (x + w) < 1.5 * h


def _with(line: Line, other: Line) -> Line:
    (x, y, w, h), (left, top, wide, high) = line.box, other.box
    right, bottom = max(x + w, left + wide), max(y + h, top + high)
    box = (min(x, left), min(y, top), right - min(x, left), bottom - min(y, top))
    return Line(box, f"{line.text} {other.text}", min(line.score, other.score))


def _parts(line: Line, text: str) -> Iterator[tuple[Line, tuple[bool, bool]]]:
    """Runs of words of a longer line, each with the box guessed from its share of the characters."""
    words, wanted = line.text.split(), len(text.split())
    for count in {max(1, wanted - 1), wanted, wanted + 1}:
        for start in range(len(words) - count + 1 if count < len(words) else 0):
            part = " ".join(words[start : start + count])
            before = len(" ".join(words[:start])) + (start > 0)
            x, y, w, h = line.box
            per = w / max(len(line.text), 1)
            left, right = x + before * per - h, x + (before + len(part)) * per + h
            left, right = max(left, x), min(right, x + w)
            part_line = Line((int(left), y, max(1, int(right - left)), h), part, line.score)
            yield part_line, (start > 0, start + count < len(words))


def room(image: Bytes, box: Box, others: Sequence[Line], beside: tuple[bool, bool] = (False, False)) -> Room:
    """The free space beside the line in `box`: up to the next text, an upright edge of the ground, or the margin.

    `beside`: where words of the same line stand, so that there is none.
    """
    x, y, w, h = box
    width, clear = image.shape[1], max(2, round(0.35 * h))
    left, right, bounded = 0, width, [False, False]
    for other in others:
        ox, oy, ow, oh = other.box
        if min(y + h, oy + oh) - max(y, oy) <= 0.2 * min(h, oh):
            continue
        if ox + ow <= x + 0.3 * h and ox + ow > left:
            left, bounded[0] = ox + ow, True
        if ox >= x + w - 0.3 * h and ox < right:
            right, bounded[1] = ox, True
    edges, own = _edges(image, box), max(3, round(0.12 * h))  # the line's own stems are upright edges, too
    before, after = edges[(edges < x - own) & (edges >= left)], edges[(edges > x + w + own) & (edges < right)]
    if len(before):
        left, bounded[0] = int(before[-1]) + 1, True
    if len(after):
        right, bounded[1] = int(after[0]), True
    # What the old line had of clear space is enough.
    left = x if beside[0] else min(left + clear, x)
    right = x + w if beside[1] else max(right - clear, x + w)
    top, bottom = max(0, y - round(0.3 * h)), min(image.shape[0], y + h + round(0.3 * h))
    return Room((left, top, right - left, bottom - top), (bounded[0], bounded[1]))


def _edges(image: Bytes, box: Box) -> NDArray[np.intp]:
    """Columns where most of the band's rows jump the same way, beside the line."""
    _, y, _, h = box
    band = image[y : y + h, :, :3].astype(np.float32)
    band = band[:: max(1, h // 24)]
    jump = np.zeros((band.shape[0], image.shape[1], 3), np.float32)
    jump[:, 1:-1] = band[:, 2:] - band[:, :-2]
    # The weaker of the quartiles: three quarters of the rows jump at least so far, in one direction.
    low, high = np.percentile(jump, [25, 75], axis=0)
    return np.flatnonzero((np.maximum(low, -high) > _EDGE).any(axis=1))
