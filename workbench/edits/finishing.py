"""From a result's pixels to a candidate: encoded without loss, proven on the decoded file, measured, in the store."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench import recipes, storage, versions
from workbench.edits import locking, wishes
from workbench.edits.running import Made, Maps
from workbench.edits.stages import Tell, stage
from workbench.engines import exact
from workbench.errors import LoupeError, NotInPicture
from workbench.imaging import encode, fidelity, intake, lock
from workbench.imaging.limits import Limits
from workbench.imaging.report import Fidelity
from workbench.recipes.arguments import reference

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Judge:
    """What a result is judged by."""

    template: recipes.Template
    #: colours, and their tolerances; None where there was no guideline
    guideline: recipes.Guideline | None
    #: the copy that the result should show
    copy: str | None


@dataclass(frozen=True)
class Way:
    """How far a whole edit is before and after one of its results."""

    start: float
    end: float

    def at(self, share: float) -> float:
        """The edit's progress when this result is so far, both 0–1."""
        return self.start + share * (self.end - self.start)


def made(
    picture: intake.Picture, result: locking.Result, raw: str | None, judge: Judge, notes: tuple[str, ...],
    tell: Tell, way: Way = Way(0.4, 0.95),
) -> Made:  # fmt: skip
    """The candidate that came of `picture`, with its bytes in the store and nothing in the database.

    `raw`: sha256 of the output it was made from; `notes`: what else is to be said about it. Raises NotInPicture where
    nothing would change, and LoupeError where the saved file is not what it should be.
    """
    output, locked = result.output, result.locked
    decoded, encoded, changed = _saved(picture, output, tell, way)
    tell(way.at(0.8), "Measuring")
    with stage("measure"):
        report = _measured(picture.array, decoded.array, output, changed, judge, locked)
        report = replace(
            report,
            lock="raw" if raw and locked is None else report.lock,
            profile_kept=decoded.icc == picture.icc,
            format_kept=_format(picture, encoded),
        )
    tell(way.at(0.95), "Keeping the result")
    doubts = tuple(doubt for doubt in output.doubts if doubt not in report.reasons)  # the lock's are told there
    with stage("keep"):
        shown = [encode.mask_png(changed) if changed is not None else None, *(locking.maps(locked) if locked else ())]
        return Made(
            versions.keep(encoded.data, decoded),
            raw,
            Maps(*(_stored(png) for png in shown)),
            report.verdict,
            report.to_json(),
            (*doubts, *notes, *encoded.notes),
            doubts,
        )


def _stored(png: bytes | None) -> wishes.Blob | None:
    return (storage.store().put(png), len(png), "image/png") if png is not None else None


def _format(picture: intake.Picture, encoded: encode.Encoded) -> str:
    return encoded.format if encoded.format == picture.format else f"{encoded.format} from {picture.format}"


def _saved(
    picture: intake.Picture, output: exact.Output, tell: Tell, way: Way
) -> tuple[intake.Picture, encode.Encoded, Mask | None]:
    """The result encoded without loss, decoded again and proven, and where it differs (None for another frame)."""
    same_frame = output.image.shape[:2] == picture.array.shape[:2]
    changed = encode.changed(picture.array, output.image) if same_frame else None
    if changed is not None and not changed.any():
        raise NotInPicture("Nothing would change: the picture already looks like this. Choose another value or region.")
    tell(way.at(0.2), "Saving without loss")
    with stage("encode"):
        encoded = encode.lossless(picture, output.image)
    tell(way.at(0.5), "Checking every pixel of the saved file")
    with stage("prove"):
        decoded = versions.read(encoded.data)
        if changed is not None and (stray := encode.prove(picture, encoded.data, changed)):
            raise LoupeError(
                f"{stray:,} pixels outside the change would have moved, so the result was thrown away. "
                "The original is untouched. Please report this picture."
            )
        if decoded.array.shape[:2] != output.image.shape[:2]:
            raise LoupeError(
                "The saved file has another size than the result, so it was thrown away. Please report this."
            )
    return decoded, encoded, changed


def _measured(
    before: Pixels, after: Pixels, output: exact.Output, changed: Mask | None, judge: Judge,
    locked: lock.Locked | None,
) -> Fidelity:  # fmt: skip
    colours = judge.guideline.colours if judge.guideline else ()
    # a template that sets no limit of its own for brand colours goes by the guideline's tolerances
    own = "palette" in judge.template.limits
    palette = [(one.name, one.hex) if own else (one.name, one.hex, one.tolerance) for one in colours]
    limits = Limits.from_json(dict(judge.template.limits))
    if changed is not None:
        return fidelity.measure(
            before, after, region=output.area, changed=changed, palette=palette, limits=limits,
            expected_copy=judge.copy, locked=locked,
        )  # fmt: skip
    size = (before.shape[1], before.shape[0])
    report = fidelity.measure(_framed(before, after, output), after, palette=palette, limits=limits)
    return replace(report, size_before=size, size_kept=size == report.size)


def _framed(before: Pixels, after: Pixels, output: exact.Output) -> Pixels:
    """The original in the result's frame, scaled the plain way: what a changed frame is compared with."""
    x, y, width, height = output.crop or (0, 0, before.shape[1], before.shape[0])
    left, top, w, h = output.shown or (0, 0, after.shape[1], after.shape[0])
    framed = after.copy()  # what was added around the picture has nothing to be compared with
    part = before[y : y + height, x : x + width]
    framed[top : top + h, left : left + w, : part.shape[2]] = cv2.resize(part, (w, h), interpolation=cv2.INTER_AREA)
    return framed


def copy_of(recipe: Mapping[str, Any], template: recipes.Template) -> str | None:
    """The copy that a result of `recipe` should show; None where its template sets none."""
    lines = [step["new"] for step in recipes.steps(recipe["operation"]) if step["kind"] == "copy_update"]
    if recipe["operation"] is None:  # an image model is told in words what the operation would do
        steps = (step for step in template.operations if isinstance(step, recipes.CopyUpdate))
        lines = [str(recipe["resolved"].get(reference(step.new) or "", step.new)) for step in steps]
    return " ".join(lines) or None
