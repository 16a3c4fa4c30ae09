"""Builds a Display P3 colour profile from its published numbers, so that no foreign profile file is shipped."""

import struct
from functools import lru_cache

import numpy as np

from workbench.starter.light import Floats

# Chromaticities of Display P3 (SMPTE RP 431-2 primaries, D65 white) and of sRGB (IEC 61966-2-1).
_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
_SRGB = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
_D65 = (0.3127, 0.3290)
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def _xyz(primaries: tuple[tuple[float, float], ...]) -> np.ndarray:
    """RGB → XYZ for D65 white (Lindbloom)."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    return columns * np.linalg.solve(columns, _white())


def _white() -> np.ndarray:
    x, y = _D65
    return np.array([x / y, 1, (1 - x - y) / y])


def to_display_p3(light: Floats) -> Floats:
    """Linear sRGB H×W×3 → linear Display P3."""
    return (light @ np.linalg.solve(_xyz(_P3), _xyz(_SRGB)).T.astype(np.float32)).astype(np.float32)


def _s15(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(v * 65536) for v in values))


@lru_cache(maxsize=1)
def display_p3() -> bytes:
    """An ICC v4 matrix profile (ICC.1:2010): P3 primaries adapted to D50 by Bradford, sRGB's transfer curve."""
    adapt = np.linalg.solve(_BRADFORD, np.diag((_BRADFORD @ _D50) / (_BRADFORD @ _white())) @ _BRADFORD)
    red, green, blue = (adapt @ _xyz(_P3)).T

    def words(text: str) -> bytes:
        body = text.encode("utf-16-be")
        return b"mluc" + struct.pack(">5I", 0, 1, 12, 0x656E5553, len(body)) + struct.pack(">I", 28) + body

    curve = b"para" + struct.pack(">IHH", 0, 3, 0) + _s15(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    tags = {
        b"desc": words("Display P3 (built from published primaries)"),
        b"cprt": words("No copyright, use freely"),
        b"wtpt": b"XYZ \0\0\0\0" + _s15(*_D50),
        b"rXYZ": b"XYZ \0\0\0\0" + _s15(*red),
        b"gXYZ": b"XYZ \0\0\0\0" + _s15(*green),
        b"bXYZ": b"XYZ \0\0\0\0" + _s15(*blue),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
        b"chad": b"sf32\0\0\0\0" + _s15(*adapt.ravel()),
    }
    return _assembled(tags)


def _assembled(tags: dict[bytes, bytes]) -> bytes:
    table, data = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(data), len(content))
        data += content + b"\0" * (-len(content) % 4)
    size = 128 + len(table) + len(data)
    header = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp")
    header = header.ljust(64, b"\0") + struct.pack(">I", 0) + _s15(*_D50)
    return header.ljust(128, b"\0") + table + data
