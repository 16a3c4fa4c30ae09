"""Conversions between hex, sRGB, linear light, OKLab and CIELAB, and the ΔE2000 difference.

Pixels are sRGB bytes (IEC 61966-2-1), white is D65, every float is float32.
"""

import re
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.errors import InvalidInput

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_HEX = re.compile(r"#?[0-9a-fA-F]{6}")


def _decode(level: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)


def _encode(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0.0) ** (1 / 2.4) - 0.055)


#: linear light of each of the 256 levels
LINEAR: Floats = _decode(np.arange(256) / 255).astype(np.float32)
#: slope of LINEAR: how much light one level is worth
LIGHT_PER_LEVEL: Floats = np.gradient(LINEAR).astype(np.float32)

# 16-bit steps keep the table within a hundredth of a level of the exact curve above level 3 and within .1 below.
_STEPS = 1 << 16
_LEVELS: Floats = (255 * _encode(np.linspace(0, 1, _STEPS + 1))).astype(np.float32)

# Ottosson 2020, "A perceptual color space for image processing".
_RGB_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_CONES_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)

_OKLAB_TO_CONES: Floats = np.linalg.inv(_CONES_TO_OKLAB.astype(np.float64)).astype(np.float32)
_CONES_TO_RGB: Floats = np.linalg.inv(_RGB_TO_CONES.astype(np.float64)).astype(np.float32)

_RGB_TO_XYZ = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]], np.float32
)
_WHITE_D65 = np.array([0.95047, 1.0, 1.08883], np.float32)


def hex_to_rgb(text: str) -> Bytes:
    """`#RRGGBB` (the # may be missing) as uint8[3]; raises InvalidInput for anything else."""
    if not isinstance(text, str) or not _HEX.fullmatch(text.strip()):
        raise InvalidInput(f"{text!r} is not a colour. Write it as # and six hexadecimal digits, for example #0057B8.")
    digits = text.strip().lstrip("#")
    return np.array([int(digits[i : i + 2], 16) for i in (0, 2, 4)], np.uint8)


def rgb_to_hex(rgb: Any) -> str:
    """Three levels 0–255 as `#RRGGBB`, capital letters."""
    red, green, blue = (int(value) for value in np.asarray(rgb).ravel()[:3])
    return f"#{red:02X}{green:02X}{blue:02X}"


def to_linear(levels: Bytes) -> Floats:
    """sRGB bytes of any shape as linear light 0–1 of the same shape."""
    return LINEAR[levels]


def to_levels(light: Any) -> Floats:
    """Linear light (clipped to 0–1) as unrounded sRGB levels 0–255."""
    scaled = np.asarray(light, np.float32) * np.float32(_STEPS) + np.float32(0.5)
    np.clip(scaled, 0, _STEPS, out=scaled)
    return _LEVELS[scaled.astype(np.int32)]


def from_linear(light: Any) -> Bytes:
    """Linear light (clipped to 0–1) of any shape as sRGB bytes of the same shape."""
    return np.rint(to_levels(light)).astype(np.uint8)


def _transform(values: Floats, matrix: Floats) -> Floats:
    return (values.reshape(-1, 3) @ matrix.T).reshape(values.shape)


def linear_to_oklab(light: Floats) -> Floats:
    """Linear light 0–1, …×3, as OKLab of the same shape: L 0–1, a and b about ±.4 (Ottosson 2020)."""
    cones = np.maximum(_transform(np.asarray(light, np.float32), _RGB_TO_CONES), 0)
    return _transform(np.cbrt(cones), _CONES_TO_OKLAB)


def to_oklab(levels: Bytes) -> Floats:
    """sRGB bytes, H×W×3 or N×3, as OKLab of the same shape: L 0–1, a and b about ±.4 (Ottosson 2020)."""
    if levels.ndim != 3:
        return linear_to_oklab(LINEAR[levels])
    cones = cv2.transform(cv2.LUT(np.ascontiguousarray(levels), LINEAR), _RGB_TO_CONES)
    return np.asarray(cv2.transform(np.cbrt(cones), _CONES_TO_OKLAB), np.float32)


def oklab_to_levels(oklab: Floats) -> Floats:
    """OKLab, float32 H×W×3, as unrounded sRGB levels 0–255 of the same shape; colours outside sRGB are clipped."""
    cones = cv2.transform(np.asarray(oklab, np.float32), _OKLAB_TO_CONES)
    return to_levels(cv2.transform(cones * cones * cones, _CONES_TO_RGB))


def to_lab(levels: Bytes) -> Floats:
    """sRGB bytes, H×W×3 or N×3, as CIELAB (D65, 2°) of the same shape: L* 0–100, a* and b* about ±128 (CIE 15)."""
    xyz = _transform(LINEAR[levels], _RGB_TO_XYZ) / _WHITE_D65
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + np.float32(16 / 116))
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def delta_e_2000(lab1: Any, lab2: Any) -> Floats:
    """CIEDE2000 of CIELAB colours, …×3 each (broadcast together), as …; 1 is about what an eye can see.

    Sharma, Wu, Dalal 2005, "The CIEDE2000 color-difference formula", with kL = kC = kH = 1.
    """
    lightness1, a1, b1 = np.moveaxis(np.asarray(lab1, np.float64), -1, 0)
    lightness2, a2, b2 = np.moveaxis(np.asarray(lab2, np.float64), -1, 0)
    mean_chroma7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1 + 0.5 * (1 - np.sqrt(mean_chroma7 / (mean_chroma7 + 25.0**7)))
    chroma1, chroma2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    hue1 = np.degrees(np.arctan2(b1, a1 * stretch)) % 360
    hue2 = np.degrees(np.arctan2(b2, a2 * stretch)) % 360
    coloured = chroma1 * chroma2 > 0
    turn = np.where(coloured, (hue2 - hue1 + 180) % 360 - 180, 0)
    apart = np.abs(hue1 - hue2) > 180
    middle = (hue1 + hue2 + np.where(apart, np.where(hue1 + hue2 < 360, 360, -360), 0)) / 2
    hue = np.radians(np.where(coloured, middle, hue1 + hue2))
    chroma = (chroma1 + chroma2) / 2
    offset = ((lightness1 + lightness2) / 2 - 50) ** 2
    weight = (
        1
        - 0.17 * np.cos(hue - np.radians(30))
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue + np.radians(6))
        - 0.20 * np.cos(4 * hue - np.radians(63))
    )
    along_l = (lightness2 - lightness1) / (1 + 0.015 * offset / np.sqrt(20 + offset))
    along_c = (chroma2 - chroma1) / (1 + 0.045 * chroma)
    along_h = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(turn) / 2) / (1 + 0.015 * chroma * weight)
    blue = 60 * np.exp(-(((np.degrees(hue) - 275) / 25) ** 2))
    rotation = -np.sin(np.radians(blue)) * 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    squared = along_l**2 + along_c**2 + along_h**2 + rotation * along_c * along_h
    return np.asarray(np.sqrt(np.maximum(squared, 0)), np.float32)
