"""Pictures of which one or both are transparent, made comparable: what an eye would compare, on one ground."""

import cv2
import numpy as np

from workbench.imaging.align.warping import Mask
from workbench.imaging.colour_space import Bytes, Floats

#: opacity up to which a pixel shows its ground, and the least number of such pixels that tell the ground's colour
_CLEAR, _ENOUGH = 8, 16
_GREY = (128.0, 128.0, 128.0)


def grounded(original: Bytes, output: Bytes, valid: Mask) -> tuple[Bytes, Bytes, Floats | None]:
    """`original` and `output` (uint8 h×w×3|4, straight alpha) as two opaque pictures, and the ground between them.

    An output with transparency over an opaque original shows the original through. A transparent original under an
    opaque output is shown on that output's own ground: the median colour of what lies where the original has nothing
    (middle grey when that can't be told). Two transparent pictures are shown on middle grey. The ground is float32[3]
    in levels, None when the original is opaque.
    """
    if original.shape[2] == 3:
        return original, output if output.shape[2] == 3 else over(output, original), None
    ground = _seen(original, output, valid) if output.shape[2] == 3 else np.array(_GREY, np.float32)
    shown = output if output.shape[2] == 3 else over(output, ground)
    return over(original, ground), shown, ground


def over(picture: Bytes, ground: Bytes | Floats) -> Bytes:
    """uint8 h×w×4, straight alpha, as h×w×3 over a colour or a picture of its size (Porter and Duff 1984, in sRGB)."""
    opacity = picture[..., 3:].astype(np.float32) / 255
    below = np.asarray(ground, np.float32)
    return np.rint(below + opacity * (picture[..., :3] - below)).astype(np.uint8)


def _seen(original: Bytes, output: Bytes, valid: Mask) -> Floats:
    clear = (original[..., 3] <= _CLEAR) & valid
    # Next to a shape, what was drawn there shows as well.
    away = np.asarray(cv2.erode(clear.view(np.uint8), np.ones((9, 9), np.uint8), borderValue=1), np.uint8).view(
        np.bool_
    )
    for mask in (away, clear):
        if np.count_nonzero(mask) >= _ENOUGH:
            return np.asarray(np.median(output[mask], axis=0), np.float32)
    return np.array(_GREY, np.float32)
