"""Pictures brought to a channel's size: filled and cropped, fitted, or padded on a ground."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from workbench.errors import InvalidInput
from workbench.imaging import focus as places
from workbench.imaging import resize
from workbench.imaging.colour_space import Bytes, hex_to_rgb, rgb_to_hex, to_oklab
from workbench.imaging.marks import ANCHORS, Box

WAYS = ("fill", "fit", "pad")
AUTO = places.AUTO
#: rows and columns at the picture's edge that show its ground, as a share of the longer side
_RIM = 0.005
#: OKLab distance from the rim's colour that an eye doesn't see as a seam …
_EVEN = 0.02
#: … and the share of the rim that may be farther away
_UNEVEN = 0.05
Kept = places.Kept


@dataclass(frozen=True)
class Reframed:
    """A picture at another size."""

    #: H×W×3|4 uint8 like the picture that was given
    image: Bytes
    #: x, y, width, height of the part of the picture that is shown
    crop: Box
    #: new pixels for one old pixel along a side; 1 = every bit kept
    scale: float
    #: sentences for a person to look at, empty when all is well
    doubts: tuple[str, ...]
    #: x, y, width, height of the new picture where that part lies, None = all of it
    shown: Box | None = None


def reframe(
    image: Bytes,
    width: int,
    height: int,
    *,
    how: str,
    focus: str = AUTO,
    keep: Sequence[Kept] = (),
    ground: str = AUTO,
) -> Reframed:
    """uint8 sRGB H×W×3|4 (straight alpha) at `width` × `height` pixels.

    how: "fill" covers the size and crops what is too much, "fit" shows all and may be smaller on one side, "pad"
    shows all on a ground. focus: "auto" or one of marks.ANCHORS: which part a crop prefers, where a padded picture
    lies. keep: what a crop must not cut; it moves to hold all of it or is refused. ground: #RRGGBB, on which
    transparent pictures are laid too, or "auto", the colour that the picture's edge shows (transparent if it is).
    A picture that needs no scaling keeps every bit; others are scaled as `resize` does.
    Raises InvalidInput: sizes outside 16–16,384 px, unknown words, a crop that would cut what must stay.
    """
    resize.check_sides(width, height)
    places.check(focus)
    if how not in WAYS:
        raise InvalidInput(f"“{how}” is no way to reframe; choose {', '.join(WAYS)}.")
    if how == "fill":
        return _filled(image, (width, height), focus, keep)
    if how == "pad" and ground != AUTO:
        image = _laid_on(image, hex_to_rgb(ground))
    fitted = _fitted(image, (width, height))
    return fitted if how == "fit" else _padded(image, fitted, (width, height), focus, ground)


def _filled(image: Bytes, size: tuple[int, int], focus: str, keep: Sequence[Kept]) -> Reframed:
    rows, columns = image.shape[:2]
    scale = max(size[0] / columns, size[1] / rows)
    shown = min(columns, max(1, round(size[0] / scale))), min(rows, max(1, round(size[1] / scale)))
    crop = places.window(image, shown, focus, keep)
    x, y, w, h = crop
    found = resize.doubts(shown, size)
    if focus != AUTO and places.cut(places.window(image, shown, focus, ()), keep, (columns, rows)):
        found += (f"The crop was moved away from “{focus}”, where it would have cut what must stay whole.",)
    return Reframed(resize.resize(image[y : y + h, x : x + w], *size), crop, scale, found)


def _fitted(image: Bytes, size: tuple[int, int]) -> Reframed:
    rows, columns = image.shape[:2]
    scale = min(size[0] / columns, size[1] / rows)
    inside = min(size[0], max(1, round(columns * scale))), min(size[1], max(1, round(rows * scale)))
    if min(inside) < resize.SIDES[0]:
        raise InvalidInput(
            f"Shown whole in {size[0]} × {size[1]} px, this picture would be only {inside[0]} × {inside[1]} px. "
            "Choose “fill”, or a size nearer to the picture's proportions."
        )
    found = resize.doubts((columns, rows), inside)
    return Reframed(resize.resize(image, *inside), (0, 0, columns, rows), scale, found)


def _padded(image: Bytes, fitted: Reframed, size: tuple[int, int], focus: str, ground: str) -> Reframed:
    rows, columns = fitted.image.shape[:2]
    if (columns, rows) == size:
        return fitted
    across, down = ANCHORS["centre" if focus == AUTO else focus]
    x, y = (int(share * free + 0.5) for share, free in ((across, size[0] - columns), (down, size[1] - rows)))
    sides = [y > 0, y + rows < size[1], x > 0, x + columns < size[0]]
    colour, even = _rim(image, sides) if ground == AUTO else (_opaque(hex_to_rgb(ground), image.shape[2]), True)
    result = np.empty((size[1], size[0], image.shape[2]), np.uint8)
    result[:] = colour
    result[y : y + rows, x : x + columns] = fitted.image
    doubts = fitted.doubts if even else (*fitted.doubts, _seam(colour))
    return Reframed(result, fitted.crop, fitted.scale, doubts, (x, y, columns, rows))


def _rim(image: Bytes, sides: Sequence[bool]) -> tuple[Bytes, bool]:
    """The median colour of the picture's edge on the sides (top, bottom, left, right) that meet the ground, and
    whether the ground will pass into the picture without a seam."""
    deep = max(1, round(_RIM * max(image.shape[:2])))
    strips = (image[:deep], image[-deep:], image[:, :deep], image[:, -deep:])
    rim = np.concatenate(
        [strip.reshape(-1, image.shape[2]) for strip, meets in zip(strips, sides, strict=True) if meets]
    )
    if image.shape[2] == 4:
        clear = rim[:, 3] < 128
        if 2 * np.count_nonzero(clear) >= len(rim):
            return np.zeros(4, np.uint8), bool((rim[:, 3] < 3).mean() >= 1 - _UNEVEN)
        rim = rim[~clear]
    colour = np.rint(np.median(rim[:, :3], axis=0)).astype(np.uint8)
    apart = np.linalg.norm(to_oklab(rim[:, :3]) - to_oklab(colour[None]), axis=1)
    return _opaque(colour, image.shape[2]), bool((apart > _EVEN).mean() <= _UNEVEN)


def _seam(colour: Bytes) -> str:
    shown = rgb_to_hex(colour) if len(colour) == 3 or colour[3] else "transparency"
    return (
        f"The picture's edge doesn't show one even colour, so a seam may show where it meets the ground ({shown}). "
        "Choose a ground colour on purpose, or “fill”."
    )


def _opaque(colour: Bytes, channels: int) -> Bytes:
    return np.append(colour, np.uint8(255))[:channels]


def _laid_on(image: Bytes, colour: Bytes) -> Bytes:
    """The picture over a colour, mixed on sRGB levels as design tools do; still H×W×4 where it was, now opaque."""
    if image.shape[2] == 3 or bool((image[..., 3] == 255).all()):
        return image
    result = image.copy()
    for rows in range(0, len(image), 256):
        band = image[rows : rows + 256]
        opacity = cv2.merge([band[..., 3]] * 3).astype(np.uint16)
        mixed = (band[..., :3] * opacity + colour * (255 - opacity) + 127) // 255
        result[rows : rows + 256, :, :3] = mixed.astype(np.uint8)
    result[..., 3] = 255
    return result
