"""An outline drawn on to the sharp edges beside it: smooth where the colours of the two sides hardly differ.

The strip along the outline is unrolled, one row for each pixel of outline, and the path of least cost is found in it
by dynamic programming: along clear edges, bending little.
After Falcão et al. 1998, "User-steered image segmentation paradigms: live wire and live lane".
"""

import cv2
import numpy as np

from workbench.imaging.colour_space import Bytes, Floats
from workbench.imaging.matting import Mask

#: outlines shorter than this are left as they are, pixels
_SHORT = 40
#: cost of one step to the side and of lying at the strip's border, in clear edges
_BEND, _AWAY = 0.25, 0.3
#: a clear edge, and the least that is one, in the changes that can be one
_CLEAR, _FAINT = 6.0, 1.5
#: width at which the sharpest edge is seen, pixels
_WIDTH = 2.5


def snapped(picture: Bytes, inside: Mask, reach: float, usual: float) -> tuple[Mask, float, float]:
    """(mask, faint, width): `inside` (bool h×w), its outline moved by up to `reach` pixels on to edges of h×w×3 levels.

    usual: levels per pixel from which a change is an edge.
    faint: share of the outline that lies on no edge, 0–1; width: of its clear edges, pixels.
    """
    smooth = cv2.GaussianBlur(picture, (0, 0), 0.8).astype(np.float32)
    outlines, order = cv2.findContours(inside.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    result, edges = np.zeros(inside.shape, np.uint8), [np.zeros((0, 2), np.float32)]
    for hole in (False, True):
        for outline, (_, _, _, parent) in zip(outlines, order[0] if order is not None else [], strict=True):
            if (parent >= 0) != hole:
                continue
            points = outline[:, 0].astype(np.float32)
            if len(points) > max(_SHORT, 6 * reach):
                points, edge = _moved(smooth, points, hole, reach, usual)
                edges.append(edge)
            fixed = np.rint(points * 16).astype(np.int32)
            cv2.fillPoly(result, [fixed], 0 if hole else 1, shift=4)
    strength, width = np.concatenate(edges).T
    clear = strength > 0.5
    usual_width = float(np.median(width[clear])) if clear.any() else _WIDTH
    faint = float((strength < _FAINT / (_FAINT + _CLEAR)).mean()) if len(strength) else 1.0
    return result.view(np.bool_), faint, max(usual_width, _WIDTH)


def _moved(smooth: Floats, points: Floats, hole: bool, reach: float, usual: float) -> tuple[Floats, Floats]:
    """An outline's points N×2 (x, y) on the best path, and the edges there, N×2: strength 0–1, width in pixels."""
    base = _round(points, 0.5 * reach)
    along = np.roll(base, -2, 0) - np.roll(base, 2, 0)
    along /= np.maximum(np.hypot(along[:, :1], along[:, 1:]), 1e-6)
    outward = np.stack([along[:, 1], -along[:, 0]], 1)
    # OpenCV walks round an object against the clock, round a hole with it, so that the product lies on one side
    area = float((base[:, 0] * np.roll(base[:, 1], -1) - base[:, 1] * np.roll(base[:, 0], -1)).sum())
    outward *= np.float32(np.sign(area) * (-1 if hole else 1))
    far = int(np.ceil(reach)) + 1
    offsets = np.arange(-far - 1, far + 2, dtype=np.float32)
    x, y = (base[:, i : i + 1] + outward[:, i : i + 1] * offsets for i in (0, 1))
    strip = cv2.remap(smooth, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    change = np.sqrt((((strip[:, 2:] - strip[:, :-2]) / 2) ** 2).max(-1))
    edge = change / (change + np.float32(_CLEAR * usual))
    offsets = offsets[1:-1]
    cost = -edge + np.float32(_AWAY) * (offsets / far) ** 2
    path = _path(cost.astype(np.float32))
    moved = base + outward * _round(offsets[path][:, None], 1.0)
    rows = np.arange(len(path))
    before, after = np.maximum(path - 2, 0), np.minimum(path + 4, strip.shape[1] - 1)
    whole = np.sqrt(((strip[rows, after] - strip[rows, before]) ** 2).max(-1))
    width = whole / np.maximum(change[rows, path], 1e-3)
    return moved.astype(np.float32), np.stack([edge[rows, path], width], 1).astype(np.float32)


def _round(values: Floats, sigma: float) -> Floats:
    """N×k values along a closed outline, smoothed by a Gaussian."""
    lap = min(len(values), int(4 * sigma) + 1)
    longer = np.concatenate([values[-lap:], values, values[:lap]])
    smooth = cv2.GaussianBlur(longer, (1, 2 * int(3 * sigma) + 1), sigmaX=0, sigmaY=sigma)
    return np.asarray(smooth, np.float32).reshape(longer.shape)[lap:-lap]


def _path(cost: Floats) -> np.ndarray:
    """The column of least cost in each row, N, where neighbouring rows differ by one column at most; closed."""
    count = len(cost)
    # a second lap forgets where the first one began
    lap = min(count, 200)
    rows = np.concatenate([cost, cost[:lap]])
    came = np.zeros(rows.shape, np.int8)
    total = rows[0].copy()
    beyond = np.full(1, np.inf, np.float32)
    bend = np.float32(_BEND)
    for row in range(1, len(rows)):
        left = np.concatenate([beyond, total[:-1] + bend])
        right = np.concatenate([total[1:] + bend, beyond])
        best = np.minimum(np.minimum(left, right), total)
        came[row] = np.where(best == total, 0, np.where(best == left, -1, 1))
        total = best + rows[row]
    path = np.empty(len(rows), np.int64)
    path[-1] = int(total.argmin())
    for row in range(len(rows) - 1, 0, -1):
        path[row - 1] = path[row] + came[row, path[row]]
    path[:lap] = path[count:]
    return path[:count]
