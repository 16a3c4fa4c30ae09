"""A model's output laid onto the original at full resolution, only where it is taken, tile by tile.

Each pixel comes from the output by one interpolation: no tile is scaled twice, and no frame is held as floats.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Protocol

import cv2
import numpy as np

from workbench.imaging import differences
from workbench.imaging.align import warping
from workbench.imaging.align.warping import Matrix
from workbench.imaging.colour_space import Bytes, Floats, linear_to_oklab, oklab_to_levels, to_linear
from workbench.imaging.lock.cover import Cover, Mask, Tile

#: px of the output round a tile, more than any interpolation reaches
_MARGIN = 8
#: opacity below which a colour can't be told from what shines through
_FAINT = 0.25
#: opacity below which the colour of a mixture means nothing
_LEAST = 1e-3


class Detail(Protocol):
    """Brings the original's detail into what an output shows."""

    def restored(self, drawn: Floats, original: Floats, tile: Tile) -> Floats: ...


@dataclass(frozen=True)
class Layer:
    """An output that lies on an original."""

    #: uint8 h×w×3|4
    output: Bytes
    #: 2×3, pixel centres of the original → pixel centres of the output
    matrix: Matrix
    #: (height, width) of the original
    shape: tuple[int, int]
    #: float32 h×w×3 at working size, OKLab to be taken from the output; None for nothing
    bias: Floats | None = None
    #: float32[3] levels on which an opaque output shows a transparent original
    ground: Floats | None = None

    def at(self, tile: Tile) -> Floats:
        """float32 h×w×3|4 levels for the pixels of one tile, unrounded; mirrored where the output has nothing."""
        rows, columns = self._seen(tile)
        part = self.output[rows, columns]
        levels = part.astype(np.float32)
        if self.bias is not None:
            levels[..., :3] = self._matched(part[..., :3], rows, columns)
        if part.shape[2] == 4:
            levels[..., :3] *= levels[..., 3:] / 255
        matrix = _moved(self.matrix, tile, (rows, columns))
        size = tile[1].stop - tile[1].start, tile[0].stop - tile[0].start
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        drawn = np.asarray(
            cv2.warpAffine(levels, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101), np.float32
        )
        np.clip(drawn, 0, 255, out=drawn)
        if part.shape[2] == 4:
            drawn[..., :3] *= 255 / np.maximum(drawn[..., 3:], 1)
            np.clip(drawn, 0, 255, out=drawn)
        return drawn

    def _seen(self, tile: Tile) -> Tile:
        """Rows and columns of the output from which the tile is made."""
        (top, bottom), (left, right) = ((part.start, part.stop - 1) for part in tile)
        corners = np.array([[left, top, 1], [right, top, 1], [left, bottom, 1], [right, bottom, 1]]) @ self.matrix.T
        low, high = np.floor(corners.min(axis=0)) - _MARGIN, np.ceil(corners.max(axis=0)) + _MARGIN
        height, width = self.output.shape[:2]
        return _within(low[1], high[1], height), _within(low[0], high[0], width)

    def _matched(self, part: Bytes, rows: slice, columns: slice) -> Floats:
        """Levels of a part of the output without its colour bias."""
        assert self.bias is not None
        down, across = self.bias.shape[0] / self.shape[0], self.bias.shape[1] / self.shape[1]
        back = warping.inverse(warping.scaled(self.matrix, (across, down), 1.0))
        back[:, 2] += back[:, :2] @ (columns.start, rows.start)
        size = part.shape[1], part.shape[0]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        bias = cv2.warpAffine(self.bias, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return oklab_to_levels(linear_to_oklab(to_linear(part)) - np.asarray(bias, np.float32))


def fitted(output: Bytes, matrix: Matrix) -> tuple[Bytes, Matrix]:
    """The output no finer than the original, averaged over areas, and the matrix for it."""
    scale = np.linalg.norm(matrix[:, :2], axis=1)
    height, width = output.shape[:2]
    size = [max(2, round(length / max(1.0, part))) for length, part in zip((width, height), scale, strict=True)]
    if size == [width, height]:
        return output, matrix
    small = np.asarray(cv2.resize(output, size, interpolation=cv2.INTER_AREA), np.uint8)
    return small, warping.scaled(matrix, 1.0, (size[0] / width, size[1] / height))


def composite(
    original: Bytes, layer: Layer, cover: Cover, *, detail: Detail | None = None, calm: float = 0.0
) -> tuple[Bytes, Mask]:
    """The original H×W×3|4 uint8 with the layer where the cover takes it, and bool H×W where it differs.

    calm: levels up to which a difference is no change; the original stays, and more goes over into it smoothly.
    An opaque original stays opaque: a transparent output lies over it. A transparent original under an opaque output
    keeps its alpha, and the output's ground is taken away; under a transparent one both are mixed,
    colours weighted by opacity (Porter and Duff 1984).
    """
    image, changed = original.copy(), np.zeros(original.shape[:2], np.bool_)
    for tile in cover.tiles():
        share = cover.at(tile)[..., None]
        if not share.any():
            continue
        part = original[tile]
        drawn = layer.at(tile)
        if part.shape[2] == 3:
            drawn = _opaque(drawn, part)
        if detail is not None and drawn.shape[2] == 3:
            drawn = detail.restored(drawn, _shown(part, layer.ground), tile)
        image[tile] = _rounded(part + _added(part.astype(np.float32), drawn, share, layer.ground, calm))
        changed[tile] = differences.changed(part, image[tile])
    return image, changed


def _added(below: Floats, drawn: Floats, share: Floats, ground: Floats | None, calm: float) -> Floats:
    """What a share of the drawn levels adds to those below, straight alpha; 0 where the share is 0."""
    if below.shape[2] == 3:
        return _loud(share * (drawn - below), calm)
    opacity = below[..., 3:] / 255
    added = np.zeros_like(below)
    if drawn.shape[2] == 3:
        seen = _loud(share * (drawn - _shown(below, ground)), calm)
        added[..., :3] = seen * (opacity > 0) / np.maximum(opacity, _FAINT)
        return added
    whole = opacity + share * (drawn[..., 3:] / 255 - opacity)
    added[..., 3:] = 255 * (whole - opacity)
    added[..., :3] = share * drawn[..., 3:] / 255 * (drawn[..., :3] - below[..., :3]) / np.maximum(whole, _LEAST)
    return _loud(added, calm)


def _loud(added: Floats, calm: float) -> Floats:
    """Differences without those that nobody sees: nothing up to `calm` levels, all from three times as much on."""
    if calm <= 0:
        return added
    most = reduce(np.maximum, np.moveaxis(np.abs(added), 2, 0))
    share = np.clip((most - calm) / (2 * calm), 0, 1)[..., None]
    return np.asarray(added * (share * share * (3 - 2 * share)), np.float32)


def _opaque(drawn: Floats, part: Bytes) -> Floats:
    """What is drawn, over the original where it is transparent."""
    if drawn.shape[2] == 3:
        return drawn
    return np.asarray(part + drawn[..., 3:] / 255 * (drawn[..., :3] - part), np.float32)


def _shown(part: Bytes | Floats, ground: Floats | None) -> Floats:
    """float32 h×w×3 levels of the original as it is seen on its ground."""
    colours = part[..., :3].astype(np.float32)
    if part.shape[2] == 3 or ground is None:
        return colours
    return np.asarray(ground + part[..., 3:].astype(np.float32) / 255 * (colours - ground), np.float32)


def _rounded(levels: Floats) -> Bytes:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def _moved(matrix: Matrix, tile: Tile, seen: Tile) -> Matrix:
    """The matrix from pixels of the tile to pixels of the part of the output that was cut out for it."""
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ (tile[1].start, tile[0].start) - np.array([seen[1].start, seen[0].start])
    return moved


def _within(low: float, high: float, length: int) -> slice:
    start = int(np.clip(low, 0, max(length - 2 * _MARGIN, 0)))
    return slice(start, int(np.clip(high + 1, min(start + 2 * _MARGIN, length), length)))
