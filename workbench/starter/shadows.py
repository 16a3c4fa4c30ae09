"""Soft shadows on the table: how much of the softbox and of the bright ceiling every point of it still sees."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
from PIL import Image

from workbench.starter.light import Floats, Light, Vector, unit
from workbench.starter.studio import Frame

#: how far something blocks a direction: (points N×3, unit direction, softness in cm) → 0 … 1
Occluder = Callable[[Floats, Vector, float], Floats]

Side = Literal["key", "dome"]


@lru_cache(maxsize=4)
def directions(side: Side, key: Vector) -> tuple[Vector, ...]:
    """Light samples: a square softbox round the key, or a cosine-weighted dome (sunflower spiral)."""
    if side == "dome":
        found = []
        for i in range(40):
            radius = np.sqrt((i + 0.5) / 40)
            turn = i * 2.399963
            found.append(unit((radius * np.cos(turn), float(np.sqrt(1 - radius**2)) + 0.02, radius * np.sin(turn))))
        return tuple(found)
    kx, ky, kz = unit(key)
    spread = (np.arange(6) + 0.5) / 6 - 0.5
    return tuple(unit((kx + 0.62 * a, ky + 0.52 * b, kz + 0.30 * a)) for a in spread for b in spread)


def cast_shadows(frame: Frame, occluders: Sequence[Occluder], light: Light, *, strength: float = 1.0) -> Floats:
    """Darkens the table under and behind the products; returns the H×W factor that was applied.

    Visibility of the softbox and of the dome is integrated per point at a quarter of the resolution.
    """
    camera, step = frame.camera, 4
    small = camera.scaled(1 / step)
    across, up = small.slopes(0, 0, small.width, small.height, 1)
    depth = camera.eye / np.maximum(-up, 0.02)
    near = depth < 190
    points = np.zeros((int(near.sum()) * small.width, 3), np.float32)
    points[:, 2] = np.repeat(depth[near], small.width)
    points[:, 0] = np.tile(across, int(near.sum())) * points[:, 2]
    factor = np.ones((small.height, small.width), np.float32)
    open_key = _visible(points, occluders, directions("key", light.key), 0.9)
    open_dome = _visible(points, occluders, directions("dome", light.key), 1.6)
    lit = 0.60 * open_key + 0.40 * open_dome
    lit = 0.07 + 0.93 * lit
    factor[near] = (1 - strength * (1 - lit)).reshape(-1, small.width)
    whole = Image.fromarray(_softened(factor))
    full: Floats = np.asarray(whole.resize((camera.width, camera.height), Image.Resampling.BICUBIC), np.float32)
    frame.light *= full[..., None]
    return full


def _softened(plane: Floats) -> Floats:
    """A binomial blur over 5 × 5 cells."""
    for axis in (0, 1, 0, 1):
        padded = np.pad(plane, [(1, 1) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        before, after = (padded[:-2], padded[2:]) if axis == 0 else (padded[:, :-2], padded[:, 2:])
        plane = (before + after + 2 * plane) / 4
    return plane


def _visible(points: Floats, occluders: Sequence[Occluder], towards: Sequence[Vector], softness: float) -> Floats:
    total = np.zeros(points.shape[0], np.float32)
    for direction in towards:
        free = np.ones(points.shape[0], np.float32)
        for occluder in occluders:
            free *= 1 - occluder(points, direction, softness)
        total += free
    return total / len(towards)


def upright_cylinder(x: float, z: float, radius: float, height: float, base: float = 0.0) -> Occluder:
    """Stands in for a turned body when shadows are cast; edges are softened by `softness`."""

    def blocks(points: Floats, direction: Vector, softness: float) -> Floats:
        dx, dy, dz = direction
        flat = float(np.hypot(dx, dz)) + 1e-6
        ux, uz = dx / flat, dz / flat
        px, pz = points[:, 0] - x, points[:, 2] - z
        along = -(px * ux + pz * uz)
        aside = np.abs(px * uz - pz * ux)
        half = np.sqrt(np.maximum(radius**2 - np.minimum(aside, radius) ** 2, 0))
        # Enters the body at along − half; the ray is blocked if it is still below the top there.
        enter = np.maximum(along - half, 0) * dy / flat
        leave = (along + half) * dy / flat
        soft = softness * (0.15 + 0.05 * np.abs(along))
        side = np.clip((radius - aside) / soft + 0.5, 0, 1)
        top = np.clip((height - enter) / soft + 0.5, 0, 1) * np.clip((leave - base) / soft + 0.5, 0, 1)
        ahead = np.clip((along + half) / soft, 0, 1)
        blocked: Floats = side * top * ahead
        return blocked

    return blocks
