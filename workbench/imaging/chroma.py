"""Full-size colour for pictures that keep colour at half size, as JPEG 4:2:0 and WebP do.

There brightness is sharp but colour bleeds two pixels past every edge, so edge pixels are no mixtures of what meets
there. Near an edge between two colours, colour is a straight function of brightness: fitted on the coarse grid and
applied to the sharp brightness, it puts the edge back where it was drawn.
He, Sun, Tang 2010, "Guided image filtering"; YCbCr as in JFIF (ITU-T T.871).
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from workbench.imaging.colour_space import Bytes, Floats

_TO_YCC = np.array(
    [[0.299, 0.587, 0.114], [-0.168735892, -0.331264108, 0.5], [0.5, -0.418687589, -0.081312411]], np.float32
)
_TO_RGB = np.linalg.inv(_TO_YCC).astype(np.float32)

#: samples to each side on the coarse grid over which colour is fitted to brightness
_REACH = 2
#: variance of brightness, levels², below which there is no edge to follow
_FLAT = np.float32(10)
#: pixels that are enough to see how the file was stored
_GLANCE = 1_000_000
#: a gradient, in levels over three steps, that shows how colour was enlarged
_ACTIVE = 6.0
_STRIP, _BAND = 256, 64
#: how far steps inside pairs may be off, as a share of those between, in one direction and then in the other
_SURE, _LIKELY = 0.7, 0.85


@dataclass(frozen=True)
class Grid:
    """How colour was stored: pixels per sample, 1 or 2, and where the first whole sample starts."""

    down: int
    right: int
    top: int = 0
    left: int = 0


def grid(image: Bytes) -> Grid | None:
    """The grid on which H×W×3 stores its colour, or None when every pixel has its own."""
    ycc = _sample(image) @ _TO_YCC.T
    across, left = _enlarged(ycc)
    along, top = _enlarged(ycc.swapaxes(1, 2))
    if min(across, along) > _SURE:
        return None
    # Hardly any file halves colour in one direction only, but a direction may hold too few edges to tell.
    right, down = (2 if ratio < _LIKELY else 1 for ratio in (across, along))
    return Grid(down, right, top if down == 2 else 0, left if right == 2 else 0)


def _sample(image: Bytes) -> Bytes:
    """About a megapixel, N×h×W×3: bands of whole rows from all over the picture, each starting on an even row."""
    bands = max(min(_GLANCE // (_BAND * image.shape[1]), 12), 1)
    if image.shape[0] <= bands * _BAND:
        return image[None]
    starts = np.linspace(0, image.shape[0] - _BAND, bands).astype(int) // 2 * 2
    return np.stack([image[start : start + _BAND] for start in starts])


def _enlarged(ycc: Floats) -> tuple[float, int]:
    """How little colour looks enlarged twofold along the last axis, 0–1, and where its first whole pair starts.

    Decoders interpolate 3:1 between samples: then the step inside a pair of pixels is the mean of the steps to both
    sides. A picture that was enlarged as a whole does not count.
    """
    found = []
    for phase in (0, 1):
        bright, *colours = (np.diff(ycc[:, :, phase:, c], axis=-1) for c in range(3))
        seen = [(_between(colour, colour), _between(bright, colour)) for colour in colours]
        known = [(ratio, same) for ratio, same in seen if ratio is not None and same is not None]
        # Edges that all lie between two pairs look enlarged, but in brightness too.
        whole = any(same < ratio + 0.2 for ratio, same in known)
        found.append((1.0 if whole or not known else max(ratio for ratio, _ in known), phase))
        if not known:
            found.append((_LIKELY - 0.01, phase))
    return min(found)


def _between(step: Floats, guide: Floats) -> float | None:
    """How far steps inside pairs are from the mean of their neighbours, over the same for steps between pairs.

    Asked where `guide`, steps as well, moves at all; None where that is hardly anywhere.
    """
    busy = np.abs(guide)
    active = busy[..., :-2] + busy[..., 1:-1] + busy[..., 2:] > _ACTIVE
    off = np.minimum(np.abs(step[..., 1:-1] - (step[..., :-2] + step[..., 2:]) / 2), 8)
    # The first inner step lies between the first pair and the second.
    between, within = active[..., 0::2], active[..., 1::2]
    if min(np.count_nonzero(between), np.count_nonzero(within)) < 200:
        return None
    ratio = float(off[..., 1::2][within].mean()) / max(float(off[..., 0::2][between].mean()), 1e-3)
    return min(ratio, 1.0)


def sharpened(image: Bytes, stored: Grid) -> Bytes:
    """H×W×3 with colour on the pixels' own grid, brightness unchanged."""
    height, width = image.shape[:2]
    result = np.empty_like(image)
    margin = 4 * _REACH * stored.down
    for start in range(0, height, _STRIP):
        first = max(start - margin, 0)
        last = min(start + _STRIP + margin, height)
        strip = _padded(image[first:last], stored, (stored.top + first) % stored.down)
        above, left = (stored.top + first) % stored.down, stored.left
        restored = _restored(strip, stored)[above : above + last - first, left : left + width]
        end = min(start + _STRIP, height)
        result[start:end] = restored[start - first : end - first]
    return result


def _padded(image: Bytes, stored: Grid, above: int) -> Bytes:
    below = -(image.shape[0] + above) % stored.down
    after = -(image.shape[1] + stored.left) % stored.right
    return np.pad(image, ((above, below), (stored.left, after), (0, 0)), mode="edge")


def _restored(image: Bytes, stored: Grid) -> Bytes:
    ycc = np.asarray(cv2.transform(image.astype(np.float32), _TO_YCC), np.float32)
    size = (image.shape[1], image.shape[0])
    coarse_size = (size[0] // stored.right, size[1] // stored.down)
    coarse = np.asarray(cv2.resize(ycc, coarse_size, interpolation=cv2.INTER_AREA), np.float32)
    bright: Floats = coarse[..., 0]
    middle = _mean(bright)
    spread = _mean(bright * bright) - middle * middle + _FLAT
    # Averaging what was interpolated 3:1 blurs samples by 1:6:1; one step of its inverse undoes that.
    tap = [
        np.array([1, 6, 1], np.float32) / 8 if n == 2 else np.ones(1, np.float32) for n in (stored.right, stored.down)
    ]
    for channel in (1, 2):
        blurred = coarse[..., channel]
        colour = np.asarray(2 * blurred - cv2.sepFilter2D(blurred, -1, tap[0], tap[1]), np.float32)
        mean = _mean(colour)
        shared = _mean(bright * colour) - middle * mean
        slope = shared / spread
        # Windows that hold two colours and no third know best.
        trust = 1 / (np.maximum(_mean(colour * colour) - mean * mean - slope * shared, 0) + 1)
        total = _mean(trust)
        offset = _mean((mean - slope * middle) * trust) / total
        slope = np.asarray(_mean(slope * trust) / total, np.float32)
        ycc[..., channel] = cv2.resize(slope, size) * ycc[..., 0] + cv2.resize(offset, size)
    rgb = cv2.transform(ycc, _TO_RGB)
    return np.asarray(cv2.convertScaleAbs(np.clip(rgb, 0, 255, out=rgb)), np.uint8)


def _mean(plane: Any) -> Floats:
    return np.asarray(cv2.blur(plane, (2 * _REACH + 1, 2 * _REACH + 1)), np.float32)
