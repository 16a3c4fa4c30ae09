"""Whether an eye would see where a locked picture goes over from the output into the original."""

import cv2
import numpy as np

from workbench.imaging.align.warping import Mask
from workbench.imaging.colour_space import Bytes, Floats, delta_e_2000, to_lab
from workbench.imaging.lock import borders

#: working px over which both pictures are averaged (σ): a seam is a step, not grain
_CALM = 1.5
#: ΔE2000 of a step that shows on calm ground, and how much more is hidden by each ΔE of what the ground shows itself
_SEEN, _HIDDEN = 4.0, 1.0
#: px of a run of such steps, and share of the whole seam, from which on it is spoken of
_RUN, _PART = 24, 0.03


def visible(original: Bytes, output: Bytes, seam: Mask, around: Mask) -> str:
    """In words, on which sides of `around` (bool h×w) a step shows (as `borders.sides`), or "" where none does.

    `original`, `output`: uint8 h×w×3 at working size, registered and colour-matched. `seam`: bool h×w, the pixels in
    which one goes over into the other.
    """
    rows, columns = np.nonzero(seam)
    if not len(rows):
        return ""
    before, after = (_calm(picture, seam)[rows, columns] for picture in (original, output))
    step = np.zeros(seam.shape, np.bool_)
    step[rows, columns] = delta_e_2000(to_lab(before), to_lab(after)) > _SEEN + _HIDDEN * _busy(original)[rows, columns]
    runs = _runs(step)
    return borders.sides(runs, around) if np.count_nonzero(runs) >= _PART * len(rows) else ""


def ring(taken: Mask, inner: float, outer: float) -> Mask:
    """bool h×w: pixels from `inner` to `outer` px outside `taken`."""
    away = np.asarray(cv2.distanceTransform((~taken).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5))
    return np.asarray((away > inner) & (away <= outer) & ~taken) if taken.any() else np.zeros_like(taken)


def _calm(picture: Bytes, seam: Mask) -> Bytes:
    """Averaged over the seam's own pixels only: what stands beside it is another matter."""
    weight = cv2.GaussianBlur(seam.astype(np.float32), (0, 0), _CALM)[..., None]
    total = cv2.GaussianBlur(picture * seam[..., None].astype(np.float32), (0, 0), _CALM)
    return np.clip(np.rint(total / np.maximum(weight, 1e-3)), 0, 255).astype(np.uint8)


def _busy(original: Bytes) -> Floats:
    """float32 h×w, roughly in ΔE: how much the ground varies within a few pixels (a level of grey is about .4 ΔE)."""
    grey = cv2.cvtColor(original, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.GaussianBlur(grey, (0, 0), 3)
    variance = cv2.GaussianBlur(grey * grey, (0, 0), 3) - mean * mean
    return np.asarray(0.4 * np.sqrt(np.maximum(variance, 0)), np.float32)


def _runs(step: Mask) -> Mask:
    """The steps that lie side by side in runs long enough to be seen."""
    near = cv2.dilate(step.view(np.uint8), np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    long = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) >= _RUN
    long[0] = False
    return np.asarray(long[labels] & step) if count > 1 else step
