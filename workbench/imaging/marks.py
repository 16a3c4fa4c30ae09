"""Placing a logo or badge: scaled in correct light, anchored with clear space, nothing changed outside it."""

import bisect
import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.errors import InvalidInput
from workbench.imaging.colour_space import from_linear, to_linear, to_oklab

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]

#: anchor → where the mark sits in the free space: 0 = left or top, .5 = centre, 1 = right or bottom
ANCHORS = {
    "top-left": (0.0, 0.0),
    "top": (0.5, 0.0),
    "top-right": (1.0, 0.0),
    "left": (0.0, 0.5),
    "centre": (0.5, 0.5),
    "right": (1.0, 0.5),
    "bottom-left": (0.0, 1.0),
    "bottom": (0.5, 1.0),
    "bottom-right": (1.0, 1.0),
}
#: OKLab lightness distance from which a mark reads well …
ENOUGH_LIGHTNESS = 0.35
#: … or the contrast ratio from which it does (WCAG 2.2, success criterion 1.4.11 for graphics)
ENOUGH_RATIO = 3.0
#: share of the mark's outline that may have less
WEAK_OUTLINE = 0.2
#: relative luminance of linear sRGB (WCAG 2.2)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
#: alpha that rounds to nothing in 8 bits is no paint
HALF_A_LEVEL = 0.5 / 255


@dataclass(frozen=True)
class Placed:
    """A picture with a mark on it."""

    #: like the picture that was given; a new array
    image: Bytes
    #: x, y, width, height of the mark in pixels
    box: Box
    #: H×W, true where the mark was painted; every pixel that differs lies in it
    mask: Mask
    #: median contrast ratio (1–21, WCAG 2.2) between outline and ground; None on a transparent ground
    contrast: float | None
    #: sentences for a person to look at, empty when all is well
    doubts: tuple[str, ...]


def place(
    image: Bytes,
    mark: Bytes,
    *,
    anchor: str = "bottom-right",
    width: float | None = None,
    clear_space: float = 0.0,
    min_width: int = 1,
    region: Mask | None = None,
    protect: Mask | None = None,
    opacity: float = 1.0,
) -> Placed:
    """`mark` on `image`, both uint8 sRGB with straight alpha, H×W×3 or H×W×4.

    width: of the visible mark, as a share (0–1] of the picture's width, or None for as large as fits the region's
    bounding box (the picture) with its clear space; min_width in pixels. clear_space: a share of the placed mark's
    height, kept free on every side towards the edge of the picture or, with a region (bool H×W), of the region's
    bounding box. The mark lies wholly inside the region and outside `protect`, or is refused: a cut mark
    is never right. Transparent margins of the mark's file don't count.

    Scaling averages areas in linear light with premultiplied alpha, so that edges gain no fringe. Blending over the
    picture is done on sRGB levels (Porter & Duff 1984, "over", straight alpha), as Photoshop and Figma do by default:
    the result equals what a designer gets there. Pixels that the mark doesn't touch keep every bit.
    Raises InvalidInput with what would be accepted.
    """
    _check(image, mark, anchor, width, opacity, region, protect)
    mark = _visible(mark)
    rows, columns = image.shape[:2]
    area = _area(image, region)
    tall = mark.shape[0] / mark.shape[1]
    w = _largest(area, tall, clear_space) if width is None else max(1, _nearest(width * columns))
    h = max(1, _nearest(w * tall))
    if w < min_width:
        advice = "Mark a larger place." if width is None else _wide_enough(min_width, columns)
        raise InvalidInput(f"The mark would be {w} px wide; the guideline asks for at least {min_width} px. {advice}")
    x, y = _position(area, w, h, _nearest(clear_space * h), anchor)
    levels, alpha = _scaled(mark, w, h)
    contrast, weak = _contrast(image[y : y + h, x : x + w], levels, alpha, opacity)
    alpha = alpha * np.float32(opacity)
    alpha[alpha < HALF_A_LEVEL] = 0
    painted = np.zeros((rows, columns), bool)
    painted[y : y + h, x : x + w] = alpha > 0
    _refuse_cuts(painted, region, protect)
    result = image.copy()
    _blend(result[y : y + h, x : x + w], levels, alpha)
    return Placed(result, (x, y, w, h), painted, contrast, _doubts(mark.shape[1], w, contrast, weak))


def _check(image: Bytes, mark: Bytes, anchor: str, width: float | None, opacity: float, *masks: Mask | None) -> None:
    for name, array in (("picture", image), ("mark", mark)):
        if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] not in (3, 4) or 0 in array.shape:
            raise InvalidInput(f"The {name} must be 8-bit RGB or RGBA, height × width × 3 or 4.")
    for mask in masks:
        if mask is not None and (mask.dtype != np.bool_ or mask.shape != image.shape[:2]):
            raise InvalidInput("A region must be true or false for each pixel, with the picture's height and width.")
    if anchor not in ANCHORS:
        raise InvalidInput(f"“{anchor}” is no place for a mark; choose {', '.join(ANCHORS)}.")
    if (width is not None and not 0 < width <= 1) or not 0 < opacity <= 1:
        raise InvalidInput("Width and opacity must be above 0 and at most 1 (a share of the picture's width; opaque).")


def _visible(mark: Bytes) -> Bytes:
    """The mark as RGBA without its fully transparent margins."""
    if mark.shape[2] == 3:
        return np.dstack([mark, np.full(mark.shape[:2], 255, np.uint8)])
    seen = mark[..., 3] > 0
    if not seen.any():
        raise InvalidInput("The mark is fully transparent; add a file that shows something.")
    x, y, w, h = _bounds(seen)
    return mark[y : y + h, x : x + w]


def _area(image: Bytes, region: Mask | None) -> Box:
    if region is None:
        return 0, 0, image.shape[1], image.shape[0]
    if not region.any():
        raise InvalidInput("The region is empty; mark where the logo or badge may go.")
    return _bounds(region)


def _bounds(mask: Mask) -> Box:
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)


def _largest(area: Box, tall: float, clear_space: float) -> int:
    """The greatest whole width whose mark, `tall` times as high, fits the area with its clear space; at least 1."""

    def fits(w: int) -> bool:
        h = max(1, _nearest(w * tall))
        clear = _nearest(clear_space * h)
        return w + 2 * clear <= area[2] and h + 2 * clear <= area[3]

    widths = range(1, area[2] + 1)
    return max(1, bisect.bisect_left(widths, True, key=lambda w: not fits(w)))


def _position(area: Box, w: int, h: int, clear: int, anchor: str) -> tuple[int, int]:
    left, top, wide, high = area
    if w + 2 * clear > wide or h + 2 * clear > high:
        raise InvalidInput(
            f"The mark with its clear space needs {w + 2 * clear} × {h + 2 * clear} px, but there are only "
            f"{wide} × {high} px. Choose a smaller width or a larger region."
        )
    along, down = ANCHORS[anchor]
    x = left + clear + _nearest(along * (wide - w - 2 * clear))
    return x, top + clear + _nearest(down * (high - h - 2 * clear))


def _scaled(mark: Bytes, w: int, h: int) -> tuple[Floats, Floats]:
    """The mark at w×h as unrounded sRGB levels (h×w×3, 0–255) and alpha (h×w, 0–1)."""
    alpha: Floats = mark[..., 3].astype(np.float32) / np.float32(255)
    if mark.shape[:2] == (h, w):
        return mark[..., :3].astype(np.float32), alpha
    premultiplied = np.dstack([to_linear(mark[..., :3]) * alpha[..., None], alpha])
    smaller = w <= mark.shape[1]
    # cubic overshoots; averaging an area cannot
    scaled = cv2.resize(premultiplied, (w, h), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
    alpha = np.clip(scaled[..., 3], 0, 1)
    light = np.clip(scaled[..., :3] / np.maximum(alpha, 1e-4)[..., None], 0, 1)
    return from_linear(light).astype(np.float32), np.asarray(alpha, np.float32)


def _refuse_cuts(painted: Mask, region: Mask | None, protect: Mask | None) -> None:
    if protect is not None and (painted & protect).any():
        raise InvalidInput("The mark would cover a protected part. Choose another place or a smaller width.")
    if region is not None and (painted & ~region).any():
        raise InvalidInput("The outline of the region would cut the mark. Choose a box, or a smaller width.")


def _blend(ground: Bytes, levels: Floats, alpha: Floats) -> None:
    """Put the mark over `ground` (h×w×3|4, changed in place) where its alpha is above 0."""
    paint = alpha > 0
    over = alpha[paint][:, None]
    under = np.float32(1) - over
    if ground.shape[2] == 4:
        under = under * (ground[paint][:, 3:].astype(np.float32) / 255)
    total = over + under
    colour = (levels[paint] * over + ground[paint][:, :3].astype(np.float32) * under) / total
    ground[..., :3][paint] = np.rint(np.clip(colour, 0, 255)).astype(np.uint8)
    if ground.shape[2] == 4:
        ground[..., 3][paint] = np.rint(np.clip(total[:, 0], 0, 1) * 255).astype(np.uint8)


def _contrast(ground: Bytes, levels: Floats, alpha: Floats, opacity: float) -> tuple[float | None, float]:
    """(median contrast ratio along the mark's outline, share of the outline where it hardly stands out).

    A pixel stands out by lightness or by ratio: lightness alone calls mid blue on beige weak, which reads well.
    """
    solid: Any = (alpha >= 0.5 * alpha.max()).astype(np.uint8)
    # a border of zeros makes the mark's own border part of its outline
    inside = cv2.erode(np.pad(solid, 1), np.ones((3, 3), np.uint8))[1:-1, 1:-1]
    outline = (solid == 1) & (inside == 0)
    if ground.shape[2] == 4:
        outline &= ground[..., 3] >= 128
    if not outline.any():
        return None, 0.0
    behind = ground[outline][:, :3]
    # the mark's full colour: on the outline itself it is mixed with the ground by antialiasing
    paint = np.rint(levels[outline] * opacity + behind * (1 - opacity)).astype(np.uint8)
    distance = np.abs(to_oklab(paint)[:, 0] - to_oklab(behind)[:, 0])
    light = np.sort([to_linear(paint) @ LUMINANCE, to_linear(behind) @ LUMINANCE], axis=0) + 0.05
    ratio = light[1] / light[0]
    return float(np.median(ratio)), float(((distance < ENOUGH_LIGHTNESS) & (ratio < ENOUGH_RATIO)).mean())


def _doubts(file_width: int, w: int, contrast: float | None, weak: float) -> tuple[str, ...]:
    found = []
    if w > file_width:
        found.append(
            f"The mark's file is {file_width} px wide and was enlarged to {w} px: it may look soft. Add a larger file."
        )
    if contrast is not None and weak > WEAK_OUTLINE:
        found.append(
            f"On {weak:.0%} of its outline the mark hardly stands out from the ground (contrast below "
            f"{ENOUGH_RATIO:g} : 1). Choose its other version or another place."
        )
    return tuple(found)


def _wide_enough(min_width: int, columns: int) -> str:
    if min_width > columns:
        return f"The picture itself is only {columns} px wide."
    return f"Choose a width of at least {math.ceil(min_width / columns * 1000 - 1e-9) / 10:g} % of the picture."


def _nearest(length: float) -> int:
    """To the nearest pixel; Python's own round() takes halves to the even one, which would move centred marks."""
    return math.floor(length + 0.5)
