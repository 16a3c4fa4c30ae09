"""How alike two pictures look: structural similarity."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

_SIGMA, _WINDOW = 1.5, 11
#: rows and columns at the border where the window reaches over the edge; left out of a mean
MARGIN = _WINDOW // 2
_LUMINANCE, _CONTRAST = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def ssim_map(before: Pixels, after: Pixels) -> Floats:
    """Structural similarity at each pixel, float32 H×W, 1 = the same; the mean over the three channels of sRGB bytes.

    Wang, Bovik, Sheikh, Simoncelli 2004, with their 11×11 Gaussian window of σ 1.5, K1 .01, K2 .03, on each channel
    (a change of hue alone is invisible to the grey version).
    """
    a, b = before.astype(np.float32), after.astype(np.float32)
    mean_a, mean_b = _blur(a), _blur(b)
    product = mean_a * mean_b
    squares = mean_a * mean_a + mean_b * mean_b
    covariance = _blur(a * b) - product
    variances = _blur(a * a + b * b) - squares
    found = (2 * product + _LUMINANCE) * (2 * covariance + _CONTRAST)
    found /= (squares + _LUMINANCE) * (variances + _CONTRAST)
    return np.asarray(found.mean(axis=2), np.float32)


def _blur(values: Floats) -> Any:
    return cv2.GaussianBlur(values, (_WINDOW, _WINDOW), _SIGMA, borderType=cv2.BORDER_REFLECT)
