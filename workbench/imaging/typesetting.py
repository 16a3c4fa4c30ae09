"""Lines of text as coverage: any size, any sub-pixel place, any tracking, without a rasteriser's own hinting.

    outline ─► drawn once, large, by FreeType ─► summed areas ─► each pixel's exact share of ink (a box filter)

Browsers and design tools without hinting draw the same: an ideal box filter over the outline, at fractions of a pixel.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from workbench.errors import InvalidInput

Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]

#: steps of px per em at which outlines are kept; the first that has `_OVER` times the final pixels is taken
_KEPT = (96, 256, 512, 1024)
_OVER = 3
#: FreeType moves outlines to its pixel grid, by up to half a pixel: so it draws this many times larger than is kept
_FINER = {96: 2, 256: 4, 512: 2, 1024: 1}
#: px per em at which lengths are measured
_MEASURED = 1024
_WEIGHTS = range(100, 1000, 100)
#: an unassigned code point: fonts answer it with the box that stands for missing glyphs
_UNASSIGNED = "\U0010fffd"
_UNLINKED = ("-liga", "-clig", "-calt", "-dlig")


class Path(Protocol):
    """A file's place."""

    def __fspath__(self) -> str: ...


Font = bytes | str | Path


@dataclass(frozen=True)
class Face:
    """One font at one place on its axes."""

    font: bytes = field(repr=False)
    name: str
    #: a value for each axis in the font's order; () for a font without
    axes: tuple[float, ...] = ()
    #: which of `axes` is the optical size, and its range
    optical: tuple[int, float, float] | None = None

    def at(self, pixels: float) -> ImageFont.FreeTypeFont:
        """The font at so many pixels per em."""
        return _opened(self.font, self.axes, pixels)

    def missing(self, text: str) -> list[str]:
        """The characters of `text` that the font has no glyph for."""
        nothing = _shape(self, _UNASSIGNED)
        return [c for c in dict.fromkeys(text) if not c.isspace() and _shape(self, c) == nothing]

    def for_size(self, pixels: float) -> "Face":
        """With the optical size that belongs to so many pixels, as browsers choose it; itself without such an axis."""
        if self.optical is None:
            return self
        index, least, most = self.optical
        axes = list(self.axes)
        axes[index] = min(max(pixels, least), most)
        return replace(self, axes=tuple(axes))


class Setting(NamedTuple):
    """How a line is set; lengths in pixels of the picture, pixel (0, 0) covering 0–1."""

    face: Face
    #: px per em, across
    size: float
    #: the pen's start on the baseline
    x: float
    y: float
    #: extra space after each character in ems; None = none, and ligatures as the font has them
    tracking: float | None = None
    #: height against width, 1 = as drawn; hinted type differs by a few per cent
    tall: float = 1.0


class _Piece(NamedTuple):
    """Glyphs drawn together: summed coverage, (h+1)×(w+1), and where its corner lies from the pen, in drawn pixels."""

    summed: NDArray[np.float64]
    left: float
    top: float
    #: characters before it, for tracking
    before: int


def faces(font: Font) -> list[Face]:
    """Every face worth trying of a TTF, OTF or WOFF2 file: a variable font at its hundreds of weight.

    Raises InvalidInput when it is no font.
    """
    data = _bytes(font)
    try:
        opened = ImageFont.truetype(io.BytesIO(data), 16)
    except OSError as error:
        raise InvalidInput("A font of the guideline can't be read. Add it again as TTF, OTF or WOFF2.") from error
    family, style = opened.getname()
    name = " ".join(word for word in (family, style) if word)
    try:
        axes: Sequence[Any] = opened.get_variation_axes()
    except OSError:  # Pillow's word for a font without axes
        return [Face(data, name)]
    return list(_instances(data, str(family), axes))


def _instances(data: bytes, family: str, axes: Sequence[Any]) -> Iterator[Face]:
    names = [(axis.get("name") or b"").decode("utf-8", "replace").strip().lower() for axis in axes]
    default = [float(axis["default"]) for axis in axes]
    optical = None
    if "optical size" in names:
        index = names.index("optical size")
        optical = (index, float(axes[index]["minimum"]), float(axes[index]["maximum"]))
    if "weight" not in names:
        yield Face(data, family, tuple(default), optical)
        return
    index = names.index("weight")
    inside: list[float] = [w for w in _WEIGHTS if axes[index]["minimum"] <= w <= axes[index]["maximum"]]
    for weight in inside or default[index : index + 1]:
        values = [float(weight) if i == index else value for i, value in enumerate(default)]
        yield Face(data, f"{family} {weight:g}", tuple(values), optical)


def coverage(text: str, setting: Setting, box: Box, *, rough: bool = False) -> Floats:
    """The share of each pixel that `text` inks, float32 h×w 0–1, over `box` of the picture.

    `rough`: tracked glyphs may lie off by a hundredth of an em, which is several times faster.
    """
    left, top, width, height = box
    result = np.zeros((height, width), np.float32)
    drawn = _reference(setting.size * max(1.0, setting.tall))
    across, down = setting.size / drawn, setting.size * setting.tall / drawn
    for piece in _pieces(setting.face, text, drawn, setting.tracking, rough):
        shift = piece.before * (setting.tracking or 0.0) * setting.size
        x = setting.x - left + shift + piece.left * across
        y = setting.y - top + piece.top * down
        _add(result, piece.summed, x, y, across, down)
    return np.minimum(result, 1)


def ink(text: str, setting: Setting, *, rough: bool = False) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what `text` inks, in pixels of the picture; of blanks an empty box at the pen."""
    drawn = _reference(setting.size * max(1.0, setting.tall))
    across, down = setting.size / drawn, setting.size * setting.tall / drawn
    boxes = []
    for piece in _pieces(setting.face, text, drawn, setting.tracking, rough):
        height, width = piece.summed.shape[0] - 1, piece.summed.shape[1] - 1
        x = setting.x + piece.before * (setting.tracking or 0.0) * setting.size + piece.left * across
        y = setting.y + piece.top * down
        boxes.append((x, y, x + width * across, y + height * down))
    if not boxes:
        return setting.x, setting.y, setting.x, setting.y
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def advance(text: str, setting: Setting) -> float:
    """Pixels from the pen's start to its end after `text`."""
    font = setting.face.at(_MEASURED)
    if setting.tracking is None:
        return float(font.getlength(text)) / _MEASURED * setting.size
    length = float(font.getlength(text, features=list(_UNLINKED))) / _MEASURED
    return (length + len(text) * setting.tracking) * setting.size


def cells(text: str, setting: Setting) -> list[tuple[float, float]]:
    """From where to where each character's pen goes, in pixels of the picture."""
    space = setting.tracking or 0.0
    starts = [pen + index * space for index, pen in enumerate(_pens(setting.face, text))]
    ends = [*starts[1:], advance(text, setting) / setting.size]
    return [(setting.x + a * setting.size, setting.x + b * setting.size) for a, b in zip(starts, ends, strict=True)]


def _add(onto: Floats, summed: NDArray[np.float64], x: float, y: float, across: float, down: float) -> None:
    """Add a piece whose corner lies at (x, y), a drawn pixel being across × down."""
    height, width = summed.shape[0] - 1, summed.shape[1] - 1
    left, right = max(int(np.floor(x)), 0), min(int(np.ceil(x + width * across)), onto.shape[1])
    top, bottom = max(int(np.floor(y)), 0), min(int(np.ceil(y + height * down)), onto.shape[0])
    if right <= left or bottom <= top:
        return
    rows = _between(summed, (np.arange(top, bottom + 1) - y) / down, 0)
    corners = _between(rows, (np.arange(left, right + 1) - x) / across, 1)
    onto[top:bottom, left:right] += np.diff(np.diff(corners, axis=0), axis=1) * (across * down)


def _between(values: NDArray[np.float64], at: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Rows (axis 0) or columns (1) of `values` at fractional places, linear between neighbours."""
    at = np.clip(at, 0, values.shape[axis] - 1)
    low = np.minimum(at.astype(np.intp), values.shape[axis] - 2)
    part = at - low
    if axis == 0:
        part = part[:, None]
    first, second = values.take(low, axis), values.take(low + 1, axis)
    return np.asarray(first + part * (second - first))


def _reference(size: float) -> int:
    """Pixels per em to keep, in few steps so that drawings are shared."""
    return next((kept for kept in _KEPT if kept >= size * _OVER), _KEPT[-1])


def _pieces(face: Face, text: str, kept: int, tracking: float | None, rough: bool = False) -> Iterator[_Piece]:
    if tracking is None or rough:
        yield from _drawn(face, text, kept, False) if tracking is None else _strung(face, text, kept, tracking)
        return
    for index, pen in enumerate(_pens(face, text)):
        for piece in _drawn(face, text[index], kept, True):
            yield piece._replace(left=piece.left + pen * kept, before=index)


@lru_cache(maxsize=64)
def _strung(face: Face, text: str, kept: int, tracking: float) -> tuple[_Piece, ...]:
    """Tracked glyphs as one piece, each at the nearest kept pixel."""
    pieces = list(_pieces(face, text, kept, tracking))
    if not pieces:
        return ()
    lefts = [round(piece.left + piece.before * tracking * kept) for piece in pieces]
    left, top = min(lefts), min(int(piece.top) for piece in pieces)
    ends = [
        (x + it.summed.shape[1] - 1, int(it.top) + it.summed.shape[0] - 1) for x, it in zip(lefts, pieces, strict=True)
    ]
    sheet = np.zeros((max(end[1] for end in ends) - top, max(end[0] for end in ends) - left))
    for x, (right, bottom), piece in zip(lefts, ends, pieces, strict=True):
        sheet[int(piece.top) - top : bottom - top, x - left : right - left] += np.diff(
            np.diff(piece.summed, axis=0), axis=1
        )
    return (_Piece(np.asarray(cv2.integral(np.minimum(sheet, 1)), np.float64), left, top, 0),)


@lru_cache(maxsize=256)
def _pens(face: Face, text: str) -> tuple[float, ...]:
    """Where the pen stands before each character, in ems, kerned."""
    font, features = face.at(_MEASURED), list(_UNLINKED)
    ends = [font.getlength(text[: index + 1], features=features) for index in range(len(text))]
    own = [font.getlength(character, features=features) for character in text]
    return tuple((end - width) / _MEASURED for end, width in zip(ends, own, strict=True))


@lru_cache(maxsize=512)
def _drawn(face: Face, text: str, kept: int, alone: bool) -> tuple[_Piece, ...]:
    """`text` with the pen at 0; `alone`: without ligatures. Nothing for blanks."""
    finer = _FINER[kept]
    features = list(_UNLINKED) if alone else None
    font = face.at(kept * finer)
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text, anchor="ls", features=features))
    sheet = Image.new("L", (max(right - left, 0) + 2, max(bottom - top, 0) + 2))
    ImageDraw.Draw(sheet).text((-left, -top), text, fill=255, font=font, anchor="ls", features=features)
    levels = np.asarray(sheet)
    columns, rows = np.flatnonzero(levels.any(axis=0)), np.flatnonzero(levels.any(axis=1))
    if not len(rows):
        return ()
    levels = levels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    x, y = int(left + columns[0]), int(top + rows[0])
    # Padded to whole kept pixels, so that averaging loses nothing.
    after = (-(y + levels.shape[0]) % finer, -(x + levels.shape[1]) % finer)
    levels = cv2.copyMakeBorder(levels, y % finer, after[0], x % finer, after[1], cv2.BORDER_CONSTANT, value=0)
    small = (levels.shape[1] // finer, levels.shape[0] // finer)
    share = cv2.resize(levels, small, interpolation=cv2.INTER_AREA) if finer > 1 else levels
    return (_Piece(cv2.integral(share, sdepth=cv2.CV_64F) / 255, x // finer, y // finer, 0),)


@lru_cache(maxsize=512)
def _shape(face: Face, character: str) -> tuple[tuple[int, int], bytes]:
    mask = face.at(48).getmask(character, mode="L")
    return mask.size, bytes(mask)


@lru_cache(maxsize=128)
def _opened(font: bytes, axes: tuple[float, ...], pixels: float) -> ImageFont.FreeTypeFont:
    opened = ImageFont.truetype(io.BytesIO(font), pixels)
    if axes:
        opened.set_variation_by_axes(list(axes))
    return opened


def _bytes(font: Font) -> bytes:
    if isinstance(font, bytes):
        return font
    try:
        with open(font, "rb") as file:
            return file.read()
    except OSError as error:
        raise InvalidInput("A font of the guideline is missing. Add it again as TTF, OTF or WOFF2.") from error
