"""A model sees a part of the picture: what was made of that part, told in terms of the whole picture."""

import io
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workbench.imaging import previews
from workbench.imaging.align import Alignment
from workbench.imaging.canvas import Canvas
from workbench.imaging.lock import Locked
from workbench.imaging.lock.comparing import ANALYSED

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def canvas(recipe: Mapping[str, Any], size: tuple[int, int]) -> Canvas | None:
    """What of a picture of `size` (width, height) was sent by `recipe`, and on what; None where nothing is sent."""
    parameters = recipe["parameters"]
    if "canvas" not in parameters:
        return None
    crop, content = (tuple(parameters["canvas"][part]) for part in ("crop", "content"))
    width, height = parameters["size"]
    return Canvas(size, crop, (width, height), content)


def scaled(sent: Canvas, size: tuple[int, int]) -> Canvas:
    """The same for a copy of the picture in another `size`; its crop falls onto whole pixels of the copy."""
    across, down = size[0] / sent.picture[0], size[1] / sent.picture[1]
    x, y, width, height = sent.crop
    left, top = math.floor(x * across), math.floor(y * down)
    right, bottom = math.ceil((x + width) * across), math.ceil((y + height) * down)
    return replace(sent, picture=size, crop=(left, top, min(right, size[0]) - left, min(bottom, size[1]) - top))


def everything(sent: Canvas) -> bool:
    """Whether the whole picture was sent."""
    return sent.crop == (0, 0, *sent.picture)


def area(sent: Canvas) -> Mask:
    """bool H×W of the picture: the part that was sent."""
    x, y, width, height = sent.crop
    mask = np.zeros(sent.picture[::-1], np.bool_)
    mask[y : y + height, x : x + width] = True
    return mask


def part(known: Alignment | None, sent: Canvas) -> Alignment | None:
    """How an output lies on the part that was sent, from how it lies on the whole picture; see `Canvas.whole`."""
    if known is None:
        return None
    matrix = known.matrix
    return replace(known, matrix=np.column_stack([matrix[:, :2], matrix[:, 2] + matrix[:, :2] @ sent.crop[:2]]))


def whole(locked: Locked, sent: Canvas, picture: Pixels) -> Locked:
    """The lock of the part that was sent as one of `picture` (uint8 H×W×3|4); beside the part nothing changed.

    Its registration maps pixel centres of the picture to those of the output without padding.
    """
    if everything(sent):
        return locked
    changed = sent.placed(locked.changed, np.zeros(picture.shape[:2], np.bool_))
    return replace(
        locked,
        image=sent.placed(locked.image, picture),
        changed=changed,
        alignment=replace(locked.alignment, matrix=sent.whole(locked.alignment.matrix)),
        found=_beside(locked.found, sent) > 0,
        heat=_beside(locked.heat, sent),
    )


def shown(output: Pixels, sent: Canvas, picture: Pixels) -> Pixels:
    """`picture` with a model's `output` (uint8 h×w×3|4, without padding) as it came where the part was that was sent.

    It is only scaled to its place; a transparent output covers the picture as well.
    """
    width, height = sent.crop[2:]
    smaller = width * height < output.shape[0] * output.shape[1]
    laid: Any = output
    if output.shape[:2] != (height, width):
        laid = cv2.resize(output, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
    return sent.placed(channels(laid, picture.shape[2]), picture)


def viewed(pixels: Pixels, side: int | None = None) -> tuple[bytes, str]:
    """A file of uint8 H×W×3|4 to be looked at, and its media type; its longer side at most `side` px."""
    image = previews.fit(Image.fromarray(pixels), side) if side else Image.fromarray(pixels)
    file = io.BytesIO()
    if pixels.shape[2] == 4:
        image.save(file, "PNG", compress_level=1)
        return file.getvalue(), "image/png"
    image.save(file, "JPEG", quality=90, subsampling=0)
    return file.getvalue(), "image/jpeg"


def channels(pixels: Pixels, number: int) -> Pixels:
    """`pixels` (H×W×3|4) with 3 or 4 channels; what has none gets an opaque alpha, what loses it keeps its colours."""
    if pixels.shape[2] == number:
        return pixels
    if number == 3:
        return np.ascontiguousarray(pixels[..., :3])
    opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    return np.ascontiguousarray(np.concatenate([pixels, opaque], axis=2))


def _beside(small: NDArray[Any], sent: Canvas) -> NDArray[np.float32]:
    """A map of the part, h×w at working size, on one of the whole picture that is no finer; 0 beside the part."""
    width, height = sent.picture
    scale = min(small.shape[1] / sent.crop[2], math.sqrt(ANALYSED / (width * height)))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    x, y, across, down = scaled(sent, size).crop
    resized = cv2.resize(small.astype(np.float32), (across, down), interpolation=cv2.INTER_AREA)
    beside = np.zeros(size[::-1], np.float32)
    beside[y : y + down, x : x + across] = resized
    return beside
