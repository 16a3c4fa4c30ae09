"""Copy update: the old line is recognised by setting it anew, taken away, and the new one set exactly as it was.

    read ─► find the old words ─► how were they set? (analysis by synthesis over the brand's fonts) ─► check by
    subtracting ─► fill the ground behind what goes ─► set the new words: same baseline, size, colour, sub-pixel phase

What is the same in both lines and stands in the same place keeps every pixel. Whatever isn't sure is refused with
CopyDoubtful or said in `doubts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.errors import CopyDoubtful, InvalidInput
from workbench.imaging import fitting, reading, typesetting
from workbench.imaging.copy import finding, judging, placing, redrawing
from workbench.imaging.copy.wording import checked
from workbench.imaging.reading import Line
from workbench.imaging.typesetting import Face, Font

__all__ = ["Line", "Updated", "locate", "room", "update", "update_details"]

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Updated:
    """A picture with its copy changed."""

    #: like the picture that was given; a new array
    image: Bytes
    #: H×W, true where something may differ; every pixel that differs lies in it
    mask: Mask
    #: the old line as it was read
    line: Line
    #: x, y, width, height of the new copy in pixels
    box: Box
    #: where the edit might have changed pixels: the line and the free space beside it
    room: Box
    #: family and style or weight of the font, and the size of the new copy in px per em
    font: str
    size: float
    #: where the new copy's pen starts on the baseline, in pixels of the picture
    pen: tuple[float, float]
    #: how much of the old line's ink the font explains, 0–1
    score: float
    #: sentences for a person to look at, empty when all is well
    doubts: tuple[str, ...]


def locate(image: Bytes, text: str, *, region: Mask | None = None) -> Line:
    """The line of `image` (uint8 sRGB, H×W×3|4) that says `text`; `score` is the likeness of the words, 0–1.

    `region` (bool H×W): only lines whose middle lies in it. Raises CopyNotFound with the lines that were read.
    """
    _check(image, region)
    return finding.find(image, checked(text, "old"), region=region).line


def room(image: Bytes, line: Line) -> Box:
    """Where an edit of `line` may change pixels: the line, and the free space beside it that longer copy may take."""
    _, y, _, h = line.box
    band = np.zeros(image.shape[:2], bool)
    band[max(0, y - h) : y + 2 * h] = True
    others = [other for other in reading.lines(image, region=band) if not _overlap(other.box, line.box)]
    return finding.room(image, line.box, others).box


def update(
    image: Bytes, old: str, new: str, *, fonts: Sequence[Font], region: Mask | None = None, shrink: bool = False
) -> Bytes:
    """`image` with the line `old` set as `new`; see `update_details`."""
    return update_details(image, old, new, fonts=fonts, region=region, shrink=shrink).image


def update_details(
    image: Bytes,
    old: str,
    new: str,
    *,
    fonts: Sequence[Font],
    region: Mask | None = None,
    protect: Mask | None = None,
    shrink: bool = False,
) -> Updated:
    """`image` (uint8 sRGB, H×W×3|4, straight alpha) with the line `old` set as `new`.

    `fonts`: the brand's fonts, as paths or bytes of TTF, OTF or WOFF2; variable ones are tried at their weights.
    `region`, `protect`: bool H×W; only inside the one and never inside the other may pixels change. `shrink`: new copy
    that is too wide is set smaller, down to 60 %.

    Raises InvalidInput for words that can't be set or that the font has no glyphs for, CopyNotFound, CopyDoubtful when
    font, size or place can't be told, CopyDoesNotFit when there is no room.
    """
    _check(image, region, protect)
    old, new = checked(old, "old"), checked(new, "new")
    faces = [face for font in fonts for face in typesetting.faces(font)]
    judging.settable(old, faces)
    found = finding.find(image, old, region=region)
    fits = fitting.fit(image, old, found.line.box, _with_glyphs(faces, old), loose=not found.whole)
    fit, doubts = judging.judged(image, old, found, fits)
    judging.complete(new, fit.setting.face)
    space = finding.room(image, judging.tight(old, fit), found.others, found.beside)
    placed = placing.place(image.shape, old, new, fit, space, region=region, shrink=shrink, beside=found.beside)
    drawn = redrawing.redraw(image, old, new, fit, placed.setting, region=region, protect=protect)
    return Updated(
        drawn.image,
        drawn.mask,
        found.line,
        placed.box,
        _with(finding.room(image, found.line.box, found.others, found.beside).box, drawn.mask),
        fit.setting.face.name,
        float(placed.setting.size),
        (float(placed.setting.x), float(placed.setting.y)),
        round(1 - fit.unexplained, 4),
        (*doubts, *placed.doubts, *drawn.doubts),
    )


def _with_glyphs(faces: Sequence[Face], text: str) -> list[Face]:
    return [face for face in faces if not face.missing(text)]


def _with(box: Box, mask: Mask) -> Box:
    """The box around `box` and what is true in `mask`: letters may reach a little above or below the free space."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return box
    left, top = min(box[0], int(columns[0])), min(box[1], int(rows[0]))
    right, bottom = max(box[0] + box[2], int(columns[-1]) + 1), max(box[1] + box[3], int(rows[-1]) + 1)
    return left, top, right - left, bottom - top


def _overlap(a: Box, b: Box) -> bool:
    across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    down = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return across > 0 and down > 0.3 * min(a[3], b[3])


def _check(image: Bytes, *masks: Mask | None) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (3, 4) or 0 in image.shape:
        raise InvalidInput("The picture must be 8-bit RGB or RGBA, height × width × 3 or 4.")
    for mask in masks:
        if mask is not None and (mask.dtype != np.bool_ or mask.shape != image.shape[:2]):
            raise InvalidInput("A region must be true or false for each pixel, with the picture's height and width.")
    if masks and masks[0] is not None and not masks[0].any():
        raise CopyDoubtful("The region is empty; mark the line of copy, or leave the region out.")
