"""Pictures, masks and marked-up pictures as the files that an image model takes."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.engines.openai.profiles import Masks

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

#: RGB of the outline and of the rim that sets it off from a picture of the same colour
_OUTLINE, _RIM = (255, 0, 128), (255, 255, 255)
#: width of the outline as a share of the longer side, and at least so many px
_WIDTH, _THIN = 0.006, 3


def picture_png(rgb: Pixels) -> bytes:
    """A lossless PNG without a profile, which means sRGB, of uint8 H×W×3 sRGB."""
    return _png(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2BGR))


def mask_png(mask: Mask, how: Masks = "alpha") -> bytes:
    """A PNG of a mask, bool H×W, True = may change.

    "white": grey, white where it may change. Otherwise RGBA, flat black everywhere, so that it stays small whatever the
    picture, alpha 0 where it may change and 255 elsewhere: only 0 counts, and levels between are read differently.
    """
    if how == "white":
        return _png(mask.astype(np.uint8) * 255)
    pixels = np.zeros((*mask.shape, 4), np.uint8)
    pixels[..., 3] = np.where(mask, 0, 255)
    return _png(pixels)


def markup_png(mask: Mask) -> bytes:
    """A transparent PNG with the outline of a mask, bool H×W, in a strong colour, to be laid over the picture.

    The outline runs just inside, along the picture's border too, and leaves what it encloses free.
    """
    wide = max(_THIN, round(max(mask.shape) * _WIDTH))
    rim = max(1, wide // 3)
    inside = _depth(mask)
    pixels = np.zeros((*mask.shape, 4), np.uint8)
    pixels[(inside > 0) & (inside <= wide + 2 * rim)] = (*_RIM[::-1], 255)
    pixels[(inside > rim) & (inside <= wide + rim)] = (*_OUTLINE[::-1], 255)
    return _png(pixels)


def _depth(mask: Mask) -> NDArray[np.float32]:
    """How many px each pixel lies inside; beyond the picture nothing may change."""
    framed: Any = cv2.copyMakeBorder(mask.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth: Any = cv2.distanceTransform(framed, cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(depth[1:-1, 1:-1], np.float32)


def _png(pixels: Any) -> bytes:
    return bytes(cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 3])[1])
