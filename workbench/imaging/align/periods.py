"""Whether a picture is a pattern, which looks the same one period further on."""

import cv2
import numpy as np

from workbench.imaging.align.blocks import Levels

#: px of a side that is looked at, and lags in px: nearer is the texture itself, farther than a drift reaches
_SIDE, _NEAREST, _FARTHEST = 512, 4, 32
#: px over which a peak must be the highest
_PEAK = 5


def repeated(levels: Levels) -> float:
    """How alike `banded` h×w levels are to themselves one period on: 0 for no pattern, 1 for a perfect one.

    The highest peak of the normalised autocorrelation (Wiener and Khinchin) apart from the one at 0, lowered by the
    valley between the two: along a straight edge there is none.
    """
    height, width = (min(_SIDE, length) for length in levels.shape)
    if min(height, width) < 4 * _NEAREST:
        return 0.0
    top, left = (levels.shape[0] - height) // 2, (levels.shape[1] - width) // 2
    window = np.outer(np.hanning(height), np.hanning(width))
    part = levels[top : top + height, left : left + width] * window
    shape = (2 * height, 2 * width)
    alike, shared = (np.fft.irfft2(np.abs(np.fft.rfft2(values, shape)) ** 2, shape) for values in (part, window))
    alike = alike / np.maximum(shared, shared[0, 0] * 1e-6)
    reach = min(_FARTHEST, height // 2, width // 2)
    near = np.roll(alike, (reach, reach), axis=(0, 1))[: 2 * reach + 1, : 2 * reach + 1].astype(np.float32)
    return _second_peak(near / max(float(near[reach, reach]), 1e-6), reach)


def _second_peak(alike: Levels, reach: int) -> float:
    highest = cv2.dilate(alike, np.ones((_PEAK, _PEAK), np.uint8))
    y, x = np.nonzero((alike >= highest) & (alike > 0))
    far = np.hypot(y - reach, x - reach) >= _NEAREST
    found = 0.0
    for row, column in zip(y[far], x[far], strict=True):
        steps = np.linspace(0, 1, 2 * _FARTHEST)
        way = np.rint(reach + np.outer(steps, (row - reach, column - reach))).astype(int)
        found = max(found, float(alike[row, column] - max(alike[way[:, 0], way[:, 1]].min(), 0)))
    return found
