"""Sections of turned bodies: a few corners become a dense path with normals, ordered as the camera sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from workbench.starter.light import Floats


@dataclass(frozen=True)
class Outline:
    """One half of a turned body's section, from the foot to the axis: heights and radii in cm.

    `side` is −1 where the near half is seen and +1 where the far half is (lids from above, the inside of a cup).
    """

    height: Floats
    radius: Floats
    side: Floats
    #: normals in the section: outwards and upwards
    out: Floats
    rise: Floats
    #: 0 the body, 1 what it is filled with
    zone: NDArray[np.uint8]
    #: how far the normal has turned up to here, radians, with a jump where the zone changes
    bend: Floats


def outline(corners: Sequence[tuple[float, float, float]]) -> Outline:
    """Rounds a polygon of (radius, height, corner radius), from the foot up, and closes it with a lid."""
    path, out, rise = _with_normals(corners)
    flat = np.linspace(path[-1, 0], 0, 40)[1:]
    lid = np.column_stack([np.r_[flat, flat[::-1]], np.full(flat.size * 2, path[-1, 1])])
    # What slopes upwards is seen on the far side too, just before it rolls out of sight.
    bend = np.flatnonzero(rise > 0.01)[::-1]
    return _finished(
        np.vstack([path, lid, path[bend]]),
        out=np.r_[out, np.zeros(len(lid)), out[bend]],
        rise=np.r_[rise, np.ones(len(lid)), rise[bend]],
        side=np.r_[-np.ones(len(path) + flat.size), np.ones(flat.size + bend.size)],
        zone=np.zeros(len(path) + len(lid) + bend.size),
    )


def cup_outline(corners: Sequence[tuple[float, float, float]], *, wall: float, filled_to: float) -> Outline:
    """Like `outline`, but open: a cup of that wall thickness (cm), filled up to a height."""
    path, out, rise = _with_normals(corners)
    top = path[-1, 1]
    climb = np.linspace(filled_to, top, 60)
    inner = np.interp(climb, path[:, 1], path[:, 0]) - wall
    surface = np.linspace(inner[0], 0, 40)
    # Near wall, near rim, the drink to its middle and on to the far side, the far wall's inside, far rim.
    near_rim, far_rim = np.linspace(path[-1, 0], inner[-1], 8), np.linspace(inner[-1], path[-1, 0], 8)
    radius = np.r_[path[:, 0], near_rim, surface, surface[::-1], inner, far_rim]
    height = np.r_[path[:, 1], np.full(8, top), np.full(80, filled_to), climb, np.full(8, top)]
    return _finished(
        np.column_stack([radius, height]),
        out=np.r_[out, np.zeros(88), np.full(60, -1.0), np.zeros(8)],
        rise=np.r_[rise, np.ones(88), np.zeros(60), np.ones(8)],
        side=np.r_[np.full(len(path) + 48, -1.0), np.ones(108)],
        zone=np.r_[np.zeros(len(path) + 8), np.ones(80), np.zeros(68)],
    )


Path = NDArray[np.float64]


def _with_normals(corners: Sequence[tuple[float, float, float]]) -> tuple[Path, Path, Path]:
    path = _rounded(np.array(corners, float))
    step = np.gradient(path, axis=0)
    length = np.maximum(np.hypot(step[:, 0], step[:, 1]), 1e-9)
    return path, step[:, 1] / length, -step[:, 0] / length


def _finished(path: Path, *, out: Path, rise: Path, side: Path, zone: Path) -> Outline:
    turn = np.abs(np.diff(np.unwrap(np.arctan2(rise, out)), prepend=np.arctan2(rise[0], out[0])))
    turn += np.abs(np.diff(side, prepend=side[0])) + np.abs(np.diff(zone, prepend=0))
    columns = (path[:, 1], path[:, 0], side, out, rise)
    height, radius, side32, out32, rise32 = (np.ascontiguousarray(c, np.float32) for c in columns)
    bend = np.cumsum(turn).astype(np.float32)
    return Outline(height, radius, side32, out32, rise32, zone.astype(np.uint8), bend)


def _rounded(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Polyline of (radius, height, rounding) → dense path with circular-looking (quadratic) corners."""
    pieces = []
    count = len(corners)
    for i, (r, h, bend) in enumerate(corners):
        here = np.array([r, h])
        if bend <= 0 or i in (0, count - 1):
            pieces.append(here[None])
            continue
        before, after = corners[i - 1, :2] - here, corners[i + 1, :2] - here
        start = here + before / np.hypot(*before) * min(bend, np.hypot(*before) / 2)
        end = here + after / np.hypot(*after) * min(bend, np.hypot(*after) / 2)
        t = np.linspace(0, 1, 28)[:, None]
        # A conic with weight cos(half angle) is the exact circle; 0.78 is close for right angles.
        weight = 0.74
        bottom = (1 - t) ** 2 + 2 * weight * t * (1 - t) + t**2
        pieces.append(((1 - t) ** 2 * start + 2 * weight * t * (1 - t) * here + t**2 * end) / bottom)
    path = np.vstack(pieces)
    dense = [path[:1]]
    for a, b in pairwise(path):
        steps = max(2, int(np.ceil(np.hypot(*(b - a)) / 0.06)))
        dense.append(a + (b - a) * np.linspace(0, 1, steps)[1:, None])
    return np.vstack(dense)
