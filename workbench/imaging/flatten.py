"""Transparent pictures laid on an even ground."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

WHITE, GREY = 255, 128


def over(pixels: Pixels, ground: int) -> Pixels:
    """H×W×3|4 uint8, straight alpha, as H×W×3 over a grey of level `ground`; an opaque picture is returned as it is.

    Mixed in the picture's own values, as browsers do. GREY shows white shapes as well as black ones.
    """
    if pixels.shape[2] == 3:
        return pixels
    opacity = pixels[..., 3:].astype(np.uint16)
    # + 127 rounds; 255 · 255 + 127 still fits 16 bits.
    mixed = pixels[..., :3] * opacity + ground * (255 - opacity) + 127
    return (mixed // 255).astype(np.uint8)
