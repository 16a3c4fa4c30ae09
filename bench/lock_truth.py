"""A locked output against the truth: every number that is promised, which promise it misses, and whether that was said."""

from dataclasses import dataclass

import cv2
import numpy as np

from bench.drifts import Matrix, Pixels, apart
from bench.lock_scenes import Case, Mask
from workbench.imaging import fidelity, flatten
from workbench.imaging.lock import Locked
from workbench.imaging.similarity import ssim_map

#: pixels at which structure is compared
_COMPARED = 1_500_000
#: share of the longer side: a border so wide is what any soft edge costs; an edit that keeps IoU .95 with it is an area
_SOFT = 0.0013
#: share of the longer side beyond which a changed pixel lies far from the edit
FAR = 0.02


@dataclass(frozen=True)
class Row:
    """One case in numbers; None where a number makes no sense."""

    case: str
    group: str
    marked: bool  #: whether the lock was told where the edit may be
    area: bool  #: whether the edit is thick enough for its outline to be judged by IoU
    registration: float | None  #: output px, mean over the frame
    iou: float | None
    recall: float | None
    identical: float | None  #: share of what the true edit left alone
    far: float | None  #: the changed pixel farthest from the true edit, share of the longer side
    touched: float | None  #: share of an unedited frame that changed
    outside: int | None  #: px changed outside the marked region
    ssim: float
    raw_identical: float | None
    raw_ssim: float  #: both of the output, plainly resized
    confidence: str
    verdict: str
    doubts: tuple[str, ...]
    seconds: float  #: CPU, the lock alone

    @property
    def flagged(self) -> bool:
        """Whether anybody is told to look."""
        return self.confidence != "good" or self.verdict != "pass" or bool(self.doubts)

    @property
    def local(self) -> bool:
        return self.group not in ("swap", "hard", "other")

    @property
    def misses(self) -> list[str]:
        """The promises that these numbers miss."""
        if self.group == "other":
            return ["another picture"]
        free = self.local and not self.marked
        checks = (
            ("registration", self.registration, 0.2 if self.local else 0.5, False),
            ("IoU", self.iou if self.area else None, 0.95, True),
            ("recall", self.recall, 0.95 if self.area else 0.99, True),
            ("identical", self.identical if free else None, 0.985, True),
            ("far from the edit", self.far if free else None, FAR, False),
            ("touched", self.touched, 0.002, False),
            ("outside", self.outside, 0, False),
            ("SSIM", self.ssim if self.local else None, 0.965, True),
        )
        return [
            f"{name} {value:.4g}"
            for name, value, limit, least in checks
            if value is not None and (value < limit if least else value > limit)
        ]


def measure(case: Case, output: Pixels, true: Matrix, locked: Locked, seconds: float) -> Row:
    """All numbers of a case that was locked."""
    scene, result = case.scene, locked.image
    region = scene.region if case.marked else None
    plain = resized(output, scene.original)
    report = fidelity.measure(scene.original, result, region=region, changed=locked.changed, locked=locked)
    changed, differs, edited = scene.changed, scene.differs, scene.kind not in ("none", "other")
    moved = _moved(scene.original, result)
    found = int((locked.changed & changed).sum())
    return Row(
        case=case.name,
        group=scene.kind,
        marked=case.marked,
        area=edited and _thick(changed),
        registration=None if scene.kind == "other" else apart(locked.alignment.matrix, true, scene.size),
        iou=found / max(1, int((locked.changed | changed).sum())) if edited else None,
        recall=found / max(1, int(changed.sum())) if edited else None,
        identical=1 - float(moved[~differs].mean()) if edited and not differs.all() else None,
        far=_farthest(moved, differs) if edited else None,
        touched=float(moved.mean()) if scene.kind == "none" else None,
        outside=None if region is None else int(np.count_nonzero(moved & ~region)),
        ssim=likeness(result, scene.edited),
        raw_identical=1 - float(_moved(scene.original, plain)[~differs].mean()) if not differs.all() else None,
        raw_ssim=likeness(plain, scene.edited),
        confidence=locked.alignment.confidence,
        verdict=report.verdict,
        doubts=tuple(dict.fromkeys([*locked.doubts, *report.reasons])),
        seconds=seconds,
    )


def resized(output: Pixels, original: Pixels) -> Pixels:
    """The output plainly brought to the original's size and channels: what anybody has without a lock."""
    height, width = original.shape[:2]
    smaller = output.shape[0] * output.shape[1] > height * width
    plain = cv2.resize(output, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
    if plain.shape[2] < original.shape[2]:
        plain = np.dstack([plain, np.full((height, width), 255, np.uint8)])
    return np.ascontiguousarray(plain[..., : original.shape[2]])


def likeness(one: Pixels, other: Pixels) -> float:
    """Mean colour SSIM at up to 1.5 MP, transparency on middle grey."""
    pictures = [flatten.over(pixels, flatten.GREY) for pixels in (one, other)]
    height, width = one.shape[:2]
    factor = (_COMPARED / (height * width)) ** 0.5
    if factor < 1:
        size = (round(width * factor), round(height * factor))
        pictures = [cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) for pixels in pictures]
    return float(ssim_map(pictures[0], pictures[1]).mean())


def _moved(original: Pixels, result: Pixels) -> Mask:
    """Where a result is not the original, to the bit."""
    return (original != result).any(axis=2)


def _thick(changed: Mask) -> bool:
    size = 2 * max(1, round(_SOFT * max(changed.shape))) + 1
    ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return bool(changed.sum() >= 0.95 * cv2.dilate(changed.view(np.uint8), ellipse).sum())


def _farthest(moved: Mask, differs: Mask) -> float:
    """Distance of the changed pixel that is farthest from the true edit, as a share of the longer side."""
    step = max(1, max(moved.shape) // 2000)
    apart_from = cv2.distanceTransform((~differs[::step, ::step]).view(np.uint8), cv2.DIST_L2, 5)
    near = moved[::step, ::step]
    return float(apart_from[near].max()) * step / max(moved.shape) if near.any() else 0.0
