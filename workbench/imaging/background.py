"""Cutting a product out and putting it on another ground.

1. cutting.py finds the product inside what a person marked, contour.py the share of product in each pixel of its
   outline and the product's own colour there, free of the old ground (decontaminated).
2. What lies inside the outline keeps every bit.
3. On an even old ground the product's shadow is kept, as the share of light that it leaves: without it, it floats.
4. The new ground is mixed in the way the old one was: as light in a photograph, as levels in a drawing.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.errors import InvalidInput
from workbench.imaging import chroma, contour, cutting, grounds, shadows
from workbench.imaging.change import Box, bounds, grow
from workbench.imaging.colour_space import LINEAR, Bytes, Floats, to_levels
from workbench.imaging.contour import Outline
from workbench.imaging.cutting import Cut
from workbench.imaging.grounds import Gradient
from workbench.imaging.matting import Mask

__all__ = ["CutOut", "Gradient", "Replaced", "cut_out", "replace"]

#: of the mark's size, what is looked at around it
_AROUND = 0.5
#: share of the picture that must be left as ground, and of the mark that must be product
_LEAST_GROUND, _LEAST_PRODUCT = 0.004, 0.002
#: share of the outline that may look like its ground before it is doubted
_ALIKE = 0.2
#: rows that are mixed at a time
_STRIP = 256


@dataclass(frozen=True)
class CutOut:
    """A product without its ground."""

    alpha: Floats  #: H×W, 0–1: exactly 0 outside the mark, exactly 1 inside the product
    image: Bytes  #: H×W×3, the product's own colours; the picture's bits where alpha is 1
    doubts: tuple[str, ...]  #: sentences for a person to look at, empty when all is well
    light: bool  #: whether alpha is a share of light (a photograph) or of sRGB levels (a drawing)
    shadow: Floats | None  #: H×W, share of light that the product's shadow leaves, 0–1; None where it can't be told


@dataclass(frozen=True)
class Replaced:
    """A product on another ground."""

    image: Bytes  #: H×W×3, or H×W×4 on a transparent ground or for a picture with alpha
    alpha: Floats  #: H×W, share of product, 0–1
    doubts: tuple[str, ...]  #: sentences for a person to look at, empty when all is well


def cut_out(image: Bytes, subject: Mask) -> CutOut:
    """The product inside `subject` (bool H×W), which a person marked with some ground around the product.

    image: uint8 sRGB H×W×3|4, straight alpha. Where a picture is transparent round the product, its own alpha is the
    cut-out. Raises InvalidInput when nothing is marked, no ground is left to learn from, or no product is found.
    """
    _check(image, subject)
    if image.shape[2] == 4 and _transparent_around(image[..., 3], subject):
        alpha = np.where(subject, image[..., 3] / np.float32(255), 0).astype(np.float32)
        return CutOut(alpha, image[..., :3].copy(), (), False, None)
    if np.count_nonzero(subject) > (1 - _LEAST_GROUND) * subject.size:
        raise InvalidInput("The mark covers the whole picture. Mark the product so that some of the ground stays free.")
    box = _looked_at(subject)
    stored = chroma.grid(np.ascontiguousarray(image[..., :3]))
    part = np.ascontiguousarray(image[box][..., :3])
    part = part if stored is None else chroma.sharpened(part, stored)
    cut = cutting.cut(part, subject[box])
    if np.count_nonzero(cut.inside) < max(_LEAST_PRODUCT * np.count_nonzero(subject), 16):
        raise InvalidInput(
            "Nothing in the mark stands out from the ground. Mark the product more closely, or use a template of a "
            "generative engine."
        )
    noise = 1.2 if stored is None else 2.0
    outline = contour.refine(part, cut.inside, subject[box], cut.reach, noise)
    return _assembled(image, subject, box, cut, outline)


def _check(image: Bytes, *masks: Mask | None) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (3, 4) or 0 in image.shape:
        raise InvalidInput("The picture must be 8-bit RGB or RGBA, height × width × 3 or 4.")
    for mask in masks:
        if mask is not None and (mask.dtype != np.bool_ or mask.shape != image.shape[:2]):
            raise InvalidInput("A mark must be true or false for each pixel, with the picture's height and width.")
    if masks[0] is not None and not masks[0].any():
        raise InvalidInput("Nothing is marked. Draw a box round the product, with a little ground on every side.")


def _transparent_around(alpha: Bytes, subject: Mask) -> bool:
    """Whether the mark's border lies mostly on transparent pixels."""
    inner = cv2.erode(subject.view(np.uint8), np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    border = subject & (inner == 0)
    return bool((alpha[border] < 128).mean() > 0.6)


def _looked_at(subject: Mask) -> Box:
    """The mark and what lies around it, from even rows and columns on: colour may be stored for pairs of pixels."""
    width, height = cv2.boundingRect(subject.view(np.uint8))[2:]
    box = bounds(subject, max(16, round(_AROUND * max(width, height))))
    assert box is not None
    down, across = box
    return slice(down.start // 2 * 2, down.stop), slice(across.start // 2 * 2, across.stop)


def _assembled(image: Bytes, subject: Mask, box: Box, cut: Cut, outline: Outline) -> CutOut:
    alpha = np.zeros(subject.shape, np.float32)
    alpha[box] = outline.alpha
    own = image[..., :3].copy()
    part = own[box].reshape(-1, 3)
    part[outline.at] = np.rint(outline.colour)
    own[box] = part.reshape(own[box].shape)
    if image.shape[2] == 4:
        alpha *= image[..., 3] / np.float32(255)
    shadow = None
    if cut.backdrop is not None:
        shadow = np.ones(subject.shape, np.float32)
        shadow[box] = shadows.left(np.ascontiguousarray(image[box][..., :3]), outline.alpha, cut.backdrop)
    return CutOut(alpha, own, _doubts(subject[box], cut, outline), outline.light, shadow)


def _doubts(subject: Mask, cut: Cut, outline: Outline) -> tuple[str, ...]:
    found = []
    inside = outline.alpha > 0.5
    rim = inside & ~np.asarray(cv2.erode(inside.view(np.uint8), np.ones((3, 3), np.uint8)), np.uint8).view(np.bool_)
    beyond = np.pad(~subject, 1, mode="edge")
    at_border = grow(beyond, 2)[1:-1, 1:-1]
    touching = float((rim & at_border).sum()) / max(int(rim.sum()), 1)
    if touching > 0.01:
        found.append(
            f"On {touching:.0%} of its outline the product is cut by the mark's border. Mark it with a little ground "
            "on every side."
        )
    alike = max(float((outline.apart < 4).mean()) if len(outline.apart) else 0.0, cut.unclear)
    if alike > _ALIKE:
        found.append(
            f"On about {alike:.0%} of its outline the product has nearly the colour of its ground: look closely at "
            "its edges, or paint over the product with the brush."
        )
    sides = zip(*(cv2.boundingRect(mask.view(np.uint8))[2:] for mask in (inside, subject)), strict=True)
    if any(found_side < 0.5 * marked_side for found_side, marked_side in sides):
        found.append("The product found is much smaller than the mark: a part of it may be missing.")
    if cut.backdrop is None:
        found.append("The old ground is busy, so parts of it may have been kept and its shadow is lost. Look closely.")
    if outline.wide > 4:
        found.append("The outline is soft, as hair, fur or blur are: look for remains of the old ground in it.")
    if cut.pieces > 1:
        found.append(f"{cut.pieces} separate things in the mark were kept. Mark them more closely if one is too many.")
    return tuple(found)


def replace(
    image: Bytes, subject: Mask, *, ground: str | Gradient | Bytes | None, protect: Mask | None = None
) -> Replaced:
    """The marked product on a new ground; image and subject as for `cut_out`.

    ground: "#RRGGBB", a Gradient, an opaque uint8 picture (scaled to cover the frame), or None: transparent, then the
    result is RGBA with the product's own colours under partial alpha and without its shadow. Other results have the
    picture's channels. Pixels inside the product and those of `protect` (bool H×W) keep every bit.
    Raises InvalidInput with what would help.
    """
    _check(image, subject, protect)
    height, width = subject.shape
    new, doubts = (None, ()) if ground is None else grounds.rows(ground, (width, height))
    cut = cut_out(image, subject)
    result = np.empty((height, width, 4 if new is None else image.shape[2]), np.uint8)
    for start in range(0, height, _STRIP):
        rows = slice(start, min(start + _STRIP, height))
        if new is None:
            result[rows, :, 3] = np.rint(cut.alpha[rows] * 255)
            result[rows, :, :3] = np.where(result[rows, :, 3:] > 0, cut.image[rows], 0)
        else:
            result[rows, :, :3] = _mixed(cut, rows, new(rows.start, rows.stop))
            result[rows, :, 3:] = 255
    kept = protect if protect is not None else np.zeros(subject.shape, np.bool_)
    result[kept, :3] = image[kept, :3]
    if result.shape[2] == 4:
        result[kept, 3] = image[kept, 3] if image.shape[2] == 4 else 255
    return Replaced(result, cut.alpha, (*cut.doubts, *doubts))


def _mixed(cut: CutOut, rows: slice, levels: Floats) -> Bytes:
    """Rows of the product over the new ground (h×W×3 unrounded levels) with its shadow, as bytes."""
    alpha = cut.alpha[rows]
    ground = np.array(levels, np.float32)
    if cut.shadow is not None:
        shaded = (cut.shadow[rows] < 1) & (alpha < 1)
        ground[shaded] = to_levels(_light(ground[shaded]) * cut.shadow[rows][shaded][:, None])
    result = grounds.dithered(ground, rows.start)
    result[alpha == 1] = cut.image[rows][alpha == 1]
    edge = (alpha > 0) & (alpha < 1)
    share, product, under = alpha[edge][:, None], cut.image[rows][edge], ground[edge]
    if cut.light:
        mixed = to_levels(share * LINEAR[product] + (1 - share) * _light(under))
    else:
        mixed = share * product + (1 - share) * under
    result[edge] = np.rint(np.clip(mixed, 0, 255))
    return result


def _light(levels: Floats) -> Floats:
    """Unrounded levels as linear light."""
    below = np.clip(levels, 0, 254).astype(np.int32)
    return np.asarray(LINEAR[below] + (levels - below) * (LINEAR[below + 1] - LINEAR[below]), np.float32)
