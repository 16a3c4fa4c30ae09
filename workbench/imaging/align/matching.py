"""Where a picture lies in another, by distinctive points that both show (SIFT, Lowe 2004), however far it has moved."""

import cv2
import numpy as np

from workbench.imaging.align.blocks import Levels
from workbench.imaging.align.warping import Matrix

#: how much nearer than the second a match must be (Lowe 2004 uses .8)
_RATIO = 0.8
_FEATURES = 2000
#: px beyond which a match is none
_NEAR = 2.0
_FEWEST = 8
#: times larger or smaller, and degrees turned, beyond which a match is chance
_ZOOM, _TURN = 2.0, 10.0


def matched(frame: Levels, output: Levels) -> Matrix | None:
    """The similarity (2×3, frame → output) on which most matches agree, or None where too few are found."""
    detector = cv2.SIFT_create(_FEATURES)  # type: ignore[attr-defined]  # the stubs lag behind
    (here, first), (there, second) = (
        detector.detectAndCompute(np.clip(levels, 0, 255).astype(np.uint8), None) for levels in (frame, output)
    )
    if first is None or second is None or min(len(here), len(there)) < _FEWEST:
        return None
    pairs = [
        best
        for best, *rest in cv2.BFMatcher(cv2.NORM_L2).knnMatch(first, second, k=2)
        if rest and best.distance < _RATIO * rest[0].distance
    ]
    if len(pairs) < _FEWEST:
        return None
    from_ = np.array([here[pair.queryIdx].pt for pair in pairs], np.float32)
    to = np.array([there[pair.trainIdx].pt for pair in pairs], np.float32)
    matrix, agreeing = cv2.estimateAffinePartial2D(
        from_, to, method=cv2.RANSAC, ransacReprojThreshold=_NEAR, maxIters=5000, confidence=0.999
    )
    if matrix is None or agreeing.sum() < _FEWEST:
        return None
    found: Matrix = np.asarray(matrix, np.float64)
    return found if _possible(found, frame, output) else None


def _possible(matrix: Matrix, frame: Levels, output: Levels) -> bool:
    """Whether the map shows a good part of the frame, about upright."""
    size = np.sqrt(output.size / frame.size)
    zoom, turn = np.hypot(matrix[0, 0], matrix[1, 0]) / size, np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))
    return bool(1 / _ZOOM < zoom < _ZOOM and abs(turn) < _TURN)
