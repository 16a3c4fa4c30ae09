"""How much of each pixel of a locked picture comes from the output: all inside the change, nothing where it must stay.

distance to the change ─► 1 as far as its soft rim, then a narrow smooth step to 0
allowed region         ─► 0 outside; inside, a step to its border where the change goes on beyond it
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging.colour_space import Floats

Mask = NDArray[np.bool_]
Tile = tuple[slice, slice]

#: px of the original on each side of what is worked on at a time
SIDE = 512


@dataclass(frozen=True)
class Cover:
    """The share of the output at full resolution, made tile by tile from maps at working size."""

    #: (height, width) of the original
    shape: tuple[int, int]
    #: float32 h×w at working size, px of the original to the nearest place that is taken whole; 0 or less in it
    distance: Floats
    #: px of the original over which the output fades into the original
    feather: float
    #: bool H×W, False where nothing may change; None when everything may
    allowed: Mask | None = None
    #: float32 h×w at working size, 1 where the region's border cuts through a change; None for nowhere
    cut: Floats | None = None

    def tiles(self) -> Iterator[Tile]:
        """The tiles of the original in which anything may come from the output."""
        near = (self.distance < self.feather).view(np.uint8)
        near = np.asarray(cv2.dilate(near, np.ones((5, 5), np.uint8)), np.uint8)
        down, across = (small / full for small, full in zip(near.shape, self.shape, strict=True))
        for rows in _steps(self.shape[0]):
            band = near[int(rows.start * down) : int(np.ceil(rows.stop * down)) + 1]
            if not band.any():
                continue
            for columns in _steps(self.shape[1]):
                seen = band[:, int(columns.start * across) : int(np.ceil(columns.stop * across)) + 1]
                if seen.any() and (self.allowed is None or self.allowed[rows, columns].any()):
                    yield rows, columns

    def at(self, tile: Tile) -> Floats:
        """float32, 0–1, for the pixels of one tile: 0 wherever `allowed` is False."""
        share = _fading(enlarged(self.distance, self.shape, tile), self.feather)
        if self.allowed is None:
            return share
        allowed = self.allowed[tile]
        if self.cut is not None and not allowed.all():
            cut = enlarged(self.cut, self.shape, tile)
            share *= 1 - np.clip(cut, 0, 1) * (1 - self._inwards(self.allowed, tile))
        share[~allowed] = 0
        return share

    def _inwards(self, allowed: Mask, tile: Tile) -> Floats:
        """0 at the border of the allowed region, 1 where it is `feather` px away."""
        margin = int(self.feather) + 2
        rows, columns = (slice(max(part.start - margin, 0), part.stop + margin) for part in tile)
        inside = cv2.distanceTransform(allowed[rows, columns].view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        top, left = tile[0].start - rows.start, tile[1].start - columns.start
        height, width = tile[0].stop - tile[0].start, tile[1].stop - tile[1].start
        here = np.asarray(inside, np.float32)[top : top + height, left : left + width]
        return _fading(self.feather + np.float32(0.5) - here, self.feather)


def signed_distance(mask: Mask) -> Floats:
    """px from each pixel of bool h×w to the border of the True ones, negative inside; far away when there is none."""
    if not mask.any():
        return np.full(mask.shape, sum(mask.shape), np.float32)
    outside = np.asarray(cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
    if mask.all():
        return np.full(mask.shape, -sum(mask.shape), np.float32)
    inside = np.asarray(cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
    return np.where(mask, np.float32(0.5) - inside, outside - np.float32(0.5))


def enlarged(
    values: Floats,
    shape: tuple[int, int],
    tile: Tile,
    *,
    working: tuple[int, int] | None = None,
    origin: tuple[int, int] = (0, 0),
) -> Floats:
    """float32 h×w(×C) at working size as the pixels of one tile of a picture of `shape` (height, width).

    `values` may be a box only, whose first row and column lie at `origin` of the size `working`.
    """
    down, across = (small / full for small, full in zip(working or values.shape, shape, strict=False))
    matrix = np.array(
        [
            [across, 0, across * (tile[1].start + 0.5) - 0.5 - origin[1]],
            [0, down, down * (tile[0].start + 0.5) - 0.5 - origin[0]],
        ]
    )
    size = tile[1].stop - tile[1].start, tile[0].stop - tile[0].start
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(values, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _fading(distance: Floats, feather: float) -> Floats:
    """1 where `distance` is 0 or less, 0 from `feather` on, smooth between."""
    if feather <= 0:
        return (distance <= 0).astype(np.float32)
    left = np.clip(1 - distance / np.float32(feather), 0, 1)
    return np.asarray(left * left * (3 - 2 * left), np.float32)


def _steps(length: int) -> Iterator[slice]:
    for start in range(0, length, SIDE):
        yield slice(start, min(start + SIDE, length))
