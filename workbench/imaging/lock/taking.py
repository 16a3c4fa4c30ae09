"""What a lock takes from an output: where, in which colours, and how it goes over into the original."""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.align.warping import Mask
from workbench.imaging.change import Box, bounds
from workbench.imaging.colour_space import Floats, oklab_to_levels, to_oklab
from workbench.imaging.lock import borders
from workbench.imaging.lock.comparing import Compared
from workbench.imaging.lock.cover import Cover, signed_distance
from workbench.imaging.lock.settings import LockSettings
from workbench.imaging.lock.texture import MARGIN
from workbench.imaging.region import Found

#: working px round the found change that are taken whole, and over which the rest fades
RIM, FEATHER = 0.5, 1.5
#: working px: what is thinner is strokes, of which the blurred edge is a large part, and their rim
THIN, THIN_RIM = 11, 1.5


@dataclass(frozen=True)
class Taking:
    """What is taken from the output, at working size."""

    #: bool h×w, before `LockSettings.grow`
    taken: Mask
    #: float32 h×w×3, OKLab to be taken from the output
    bias: Floats | None
    #: bool h×w, where the region's border runs through a change
    cut: Mask
    #: what holds all of it, and the matched output there, float32 levels
    box: Box
    matched: Floats


def taking(both: Compared, found: Found, small: Mask | None, settings: LockSettings, lost: bool) -> Taking:
    """What is taken of what was found; all that is allowed (`small`, bool h×w) where the output couldn't be registered
    (`lost`) or the whole frame is wanted."""
    taken = found.mask
    if lost or settings.whole_frame:
        taken = np.full(taken.shape, settings.whole_frame or small is not None)
    taken = borders.continued(taken, both.valid)
    bias = found.bias if settings.match_colour and found.bias.any() else None
    if bias is not None and settings.whole_frame:
        bias = np.broadcast_to(np.median(bias, axis=(0, 1)), bias.shape).astype(np.float32)
    cut = np.zeros_like(taken) if small is None else borders.cut(taken if lost else found.mask, small)
    box = bounds(taken, MARGIN)
    if box is None:
        return Taking(taken, bias, cut, (slice(0, 0), slice(0, 0)), np.zeros((0, 0, 3), np.float32))
    output = both.output[box]
    matched = output.astype(np.float32) if bias is None else oklab_to_levels(to_oklab(output) - bias[box])
    return Taking(taken, bias, cut, box, matched)


def cover(both: Compared, change: Taking, place: Mask | None, shape: tuple[int, int], settings: LockSettings) -> Cover:
    """The share of the output at the full resolution `shape` (height, width); `place`: bool H×W, what is allowed."""
    feather = FEATHER * both.px if settings.feather is None else settings.feather
    return Cover(
        shape=shape,
        distance=_distance(change.taken) * np.float32(both.px) - np.float32(settings.grow),
        feather=feather,
        allowed=place,
        cut=borders.fading(change.cut, feather / both.px, settings.feather is not None),
    )


def _distance(taken: Mask) -> Floats:
    """float32 h×w, working px to where the output is taken whole: a rim beyond the change, wider round thin strokes."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (THIN, THIN))
    area = np.asarray(cv2.morphologyEx(taken.view(np.uint8), cv2.MORPH_OPEN, disc), np.uint8).view(np.bool_)
    strokes = signed_distance(taken & ~area) - np.float32(THIN_RIM)
    return np.asarray(np.minimum(signed_distance(taken) - np.float32(RIM), strokes), np.float32)
