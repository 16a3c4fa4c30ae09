"""Maps of ΔE2000 over whole pictures, fast."""

import cv2
import numpy as np

from workbench.imaging.colour_space import Bytes, Floats, delta_e_2000, to_lab, to_linear

_FAR = np.float32(25.0**7)
#: ΔE2000 that single precision leaves between equal colours
_ROUNDING = 1e-4
#: cosine of the angle from which on two hues are opposite
_OPPOSITE = -0.9999


def between(before: Bytes, after: Bytes) -> Floats:
    """CIEDE2000 between two H×W×3 sRGB byte pictures, float32 H×W, within .1 of `colour_space.delta_e_2000`.

    Sharma, Wu, Dalal 2005; angles enter only through their sines and cosines, except for the blue rotation.
    """
    # From linear light: OpenCV's own way from sRGB interpolates in a table and is up to .4 off.
    lab1, lab2 = (cv2.cvtColor(to_linear(levels), cv2.COLOR_LRGB2Lab) for levels in (before, after))
    l1, a1, b1 = cv2.split(lab1)
    l2, a2, b2 = cv2.split(lab2)
    far = _seventh(_mean(cv2.magnitude(a1, b1), cv2.magnitude(a2, b2)))
    stretch = 1 + 0.5 * (1 - np.sqrt(far / (far + _FAR)))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = cv2.magnitude(a1, b1), cv2.magnitude(a2, b2)
    both = c1 * c2
    x, y = a1 * c2 + a2 * c1, b1 * c2 + b2 * c1
    cos, sin = np.where(both > 0, x, a1 + a2), np.where(both > 0, y, b1 + b2)
    length = np.maximum(cv2.magnitude(cos, sin), np.float32(1e-9))
    cos, sin = cos / length, sin / length
    cos2, sin2 = cos * cos - sin * sin, 2 * cos * sin
    cos3, sin3 = cos * cos2 - sin * sin2, sin * cos2 + cos * sin2
    cos4, sin4 = cos2 * cos2 - sin2 * sin2, 2 * cos2 * sin2
    weight = (
        1
        - 0.17 * _turned(cos, sin, -30)
        + 0.24 * cos2
        + 0.32 * _turned(cos3, sin3, 6)
        - 0.20 * _turned(cos4, sin4, -63)
    )
    chroma = _mean(c1, c2)
    offset = ((l1 + l2) / 2 - 50) ** 2
    along_l = (l2 - l1) / (1 + 0.015 * offset / cv2.sqrt(20 + offset))
    along_c = (c2 - c1) / (1 + 0.045 * chroma)
    # As a difference of squares: 2 · (c1 · c2 − a1 · a2 − b1 · b2) leaves rounding where the colours are the same.
    across = np.sqrt(np.maximum((a2 - a1) ** 2 + (b2 - b1) ** 2 - (c2 - c1) ** 2, 0))
    across = np.where(a1 * b2 - a2 * b1 < 0, -across, across)
    along_h = across / (1 + 0.015 * chroma * weight)
    hue = cv2.phase(cos, sin, angleInDegrees=True)
    blue = 60 * cv2.exp(-(((hue - 275) / 25) ** 2))
    seventh = _seventh(chroma)
    turn = -2 * cv2.sqrt(seventh / (seventh + _FAR)) * np.sin(np.radians(blue))
    squared = along_l * along_l + along_c * along_c + along_h * along_h + turn * along_c * along_h
    found = np.sqrt(np.maximum(squared, 0))
    found[found < _ROUNDING] = 0
    # The mean of opposite hues lies on either side: which one, the formula decides by the last digit of an angle.
    opposite = a1 * a2 + b1 * b2 < _OPPOSITE * both
    if opposite.any():
        found[opposite] = delta_e_2000(to_lab(before[opposite]), to_lab(after[opposite]))
    return np.asarray(found, np.float32)


def _mean(one: np.ndarray, other: np.ndarray) -> Floats:
    return np.asarray((one + other) / 2, np.float32)


def _seventh(values: Floats) -> Floats:
    third = values * values * values
    return third * third * values


def _turned(cos: np.ndarray, sin: np.ndarray, degrees: float) -> Floats:
    """Cosine of the angle plus `degrees`."""
    angle = np.radians(degrees)
    return np.asarray(cos * np.float32(np.cos(angle)) - sin * np.float32(np.sin(angle)), np.float32)
