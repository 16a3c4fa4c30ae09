"""Where a change meets what may not change: what was thrown away, and where a border cuts through."""

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging.align.warping import Mask
from workbench.imaging.change import grow
from workbench.imaging.colour_space import Floats

Places = NDArray[np.float64]

#: px at working size that a change may seem to reach over a border drawn along its own edge
_SLACK = 2
#: px beyond which what goes on outside no longer belongs to the border
_NEAR = 6
#: of the longer side: how wide a strip without output may be that the change beside it fills
_STRIP = 0.02


def stray(found: Mask, allowed: Mask, size: tuple[int, int]) -> int:
    """Pixels of an original of `size` that a change (bool h×w at working size) covers outside what is allowed."""
    count = int(np.count_nonzero(_beyond(found, allowed)))
    return round(count * size[0] * size[1] / found.size)


def cut(found: Mask, allowed: Mask) -> Mask:
    """bool h×w: the part of the allowed region's inner border where a change goes on outside."""
    beyond = _beyond(found, allowed)
    return rim(allowed) & found & grow(beyond, _NEAR)


def rim(allowed: Mask) -> Mask:
    """bool h×w: pixels of the region beside one that isn't; the picture's own border doesn't count."""
    inner = cv2.erode(allowed.view(np.uint8), np.ones((3, 3), np.uint8), borderValue=1)
    return allowed & ~np.asarray(inner, np.uint8).view(np.bool_)


def share(part: Mask, whole: Mask) -> float:
    """How much of `whole` (bool h×w) `part` takes up, 0–1."""
    return int(np.count_nonzero(part)) / max(int(np.count_nonzero(whole)), 1)


def sides(part: Mask, whole: Mask) -> str:
    """In words, on which sides of `whole` the pixels of `part` lie: “at the top and right of”, “all around” …"""
    rows, columns = (places.astype(np.float64) for places in np.nonzero(part))
    down, across = (places.astype(np.float64) for places in np.nonzero(whole))
    if not len(rows) or not len(down):
        return ""
    y, x = _centred(rows, down), _centred(columns, across)
    steep = np.abs(y) > np.abs(x)
    shares = {
        "top": np.mean(steep & (y < 0)),
        "right": np.mean(~steep & (x > 0)),
        "bottom": np.mean(steep & (y > 0)),
        "left": np.mean(~steep & (x < 0)),
    }
    named = [name for name, share in shares.items() if share >= 0.15]
    if len(named) == len(shares):
        return "all around"
    return f"at the {' and '.join([', '.join(named[:-1]), named[-1]] if len(named) > 1 else named)} of"


def _centred(places: Places, whole: Places) -> Places:
    """Places as shares of what `whole` spans, 0 in its middle."""
    least, most = float(whole.min()), float(whole.max())
    return (places - (least + most) / 2) / max(most - least, 1.0)


def _beyond(found: Mask, allowed: Mask) -> Mask:
    return found & ~grow(allowed, _SLACK)


def continued(mask: Mask, valid: Mask) -> Mask:
    """The mask (bool h×w) over the narrow strips at the frame's border that drift has left without output.

    Each pixel of a strip goes by the nearest one where the output shows something (`valid`).
    """
    if valid.all() or not valid.any():
        return mask & valid
    away, labels = cv2.distanceTransformWithLabels(
        (~valid).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    value = np.zeros(int(labels.max()) + 1, np.bool_)
    value[labels[valid]] = mask[valid]
    return np.asarray(value[labels] & (np.asarray(away) <= _STRIP * max(valid.shape)))


def fading(cut: Mask, feather: float, everywhere: bool) -> Floats:
    """float32 h×w, 1 where the region's border shall fade over `feather` working px: round where it cuts a change."""
    if everywhere:
        return np.ones(cut.shape, np.float32)
    side = 2 * (int(feather) + 3) + 1
    near = cv2.dilate(cut.astype(np.float32), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    return np.asarray(cv2.GaussianBlur(near, (0, 0), 1.5), np.float32)
