"""What a worker does with an edit: decode, operate, encode, prove on the decoded file, measure, store."""

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench import db, recipes, storage, templates, versions
from workbench.edits import locking, running, wishes
from workbench.edits.running import Fence, Made, Maps
from workbench.engines import exact
from workbench.errors import DatabaseFault, Interrupted, LoupeError, NotInPicture
from workbench.imaging import encode, fidelity, intake, lock
from workbench.imaging.limits import Limits
from workbench.imaging.report import Fidelity
from workbench.models import Edit, GuidelineRevision, TemplateRevision

Pixels = NDArray[np.uint8]
log = logging.getLogger("loupe.edits")
#: tell(progress 0–1, words): called between steps; raises Interrupted when the work is no longer wanted
Tell = Callable[[float, str], None]


def run_now(edit_id: uuid.UUID) -> None:
    """Take the queued edit and run it in this thread; nothing happens when somebody else has it."""
    if taken := running.start(edit_id):
        work(*taken, lambda fraction, phase: None)


def work(fence: Fence, edit: Edit, tell: Tell) -> bool:
    """Run an edit that `fence` holds and commit how it ended. False: it was lost meanwhile, the result was discarded.

    Raises Interrupted when `tell` does and DatabaseFault when the end can't be written.
    """
    with db.transaction() as tx:
        template = tx.get_one(TemplateRevision, edit.template_revision_id)
        guideline = tx.get(GuidelineRevision, edit.guideline_id) if edit.guideline_id else None
    try:
        made = produce(edit, template, guideline, tell)
    except (Interrupted, DatabaseFault):
        raise
    except LoupeError as error:
        log.warning("edit_failed", extra={"edit": str(edit.id), "error": error.kind, "attempt": fence.attempt})
        return running.fail(fence, _with_names(str(error), guideline))
    return running.finish(fence, made)


def _with_names(sentence: str, guideline: GuidelineRevision | None) -> str:
    """The sentence with the brand's names beside its colours: “Aster blue (#2747B8) is not in the picture”."""
    for colour in recipes.Guideline.from_json(guideline.definition).colours if guideline else ():
        sentence = sentence.replace(colour.hex, f"{colour.name} ({colour.hex})")
    return sentence


def produce(edit: Edit, template: TemplateRevision, guideline: GuidelineRevision | None, tell: Tell) -> list[Made]:
    """The candidates of `edit`, with their bytes in the store and nothing in the database.

    The exact engine gives the same pixels every time, so it makes one candidate however many are wanted.
    """
    recipe = recipes.Recipe.from_json(json.loads(edit.recipe)).document
    judged = templates.definition(template)
    store = storage.store()
    tell(0.02, "Reading the original")
    picture = versions.read(store.get(edit.base_sha256))
    raw = recipe["parameters"].get("output")
    tell(0.15, "Laying the output over the original" if raw else "Changing the picture")
    output, locked = _output(recipe, picture, store, judged)
    result, encoded, changed = _saved(picture, output, tell)
    tell(0.85, "Measuring")
    report = _measured(picture.array, result.array, output, changed, judged, guideline, _expected(recipe), locked)
    report = replace(
        report,
        lock="raw" if raw and locked is None else report.lock,
        profile_kept=result.icc == picture.icc,
        format_kept=_format(picture, encoded),
    )
    tell(0.95, "Keeping the result")
    doubts = tuple(doubt for doubt in output.doubts if doubt not in report.reasons)  # the lock's are told there
    shown = [encode.mask_png(changed) if changed is not None else None, *(locking.maps(locked) if locked else ())]
    made = Made(
        versions.keep(encoded.data, result),
        raw,
        Maps(*(_stored(store, png) for png in shown)),
        report.verdict,
        report.to_json(),
        (*doubts, *_provenance(recipe), *encoded.notes),
        doubts,
    )
    return [made]


def _stored(store: Any, png: bytes | None) -> wishes.Blob | None:
    return (store.put(png), len(png), "image/png") if png is not None else None


def _format(picture: intake.Picture, encoded: encode.Encoded) -> str:
    return encoded.format if encoded.format == picture.format else f"{encoded.format} from {picture.format}"


def _provenance(recipe: Mapping[str, Any]) -> tuple[str, ...]:
    """Where an output came from, for whoever looks at the result."""
    if recipe["engine"] != "external":
        return ()
    tool = recipe["parameters"].get("made_with")
    return (f"Made in another tool, with {tool}." if tool else "Made in another tool.",)


def _output(
    recipe: Mapping[str, Any], picture: intake.Picture, store: Any, template: recipes.Template
) -> tuple[exact.Output, lock.Locked | None]:
    """What the engine made of the picture, and how it was locked where it brought an output."""
    region = exact.mask(recipe["region"], picture.size, store.get)
    protect = exact.mask(recipe["protect"], picture.size, store.get)
    if raw := recipe["parameters"].get("output"):
        made = locking.result(
            picture.array, store.get(raw), recipe, locking.where(picture.array, region, protect, template)
        )
        return made.output, made.locked
    feather = exact.feather(recipe["region"], picture.size)
    output = exact.run(
        picture.array, recipe["operation"], region=region, protect=protect, blob=store.get, feather=feather
    )
    return output, None


def _saved(
    picture: intake.Picture, output: exact.Output, tell: Tell
) -> tuple[intake.Picture, encode.Encoded, NDArray[np.bool_] | None]:
    """The result encoded without loss, decoded again and proven, and where it differs (None for another frame)."""
    same_frame = output.image.shape[:2] == picture.array.shape[:2]
    changed = encode.changed(picture.array, output.image) if same_frame else None
    if changed is not None and not changed.any():
        raise NotInPicture("Nothing would change: the picture already looks like this. Choose another value or region.")
    tell(0.5, "Saving without loss")
    encoded = encode.lossless(picture, output.image)
    tell(0.7, "Checking every pixel of the saved file")
    result = versions.read(encoded.data)
    if changed is not None and (stray := encode.prove(picture, encoded.data, changed)):
        raise LoupeError(
            f"{stray:,} pixels outside the change would have moved, so the result was thrown away. "
            "The original is untouched. Please report this picture."
        )
    if result.array.shape[:2] != output.image.shape[:2]:
        raise LoupeError("The saved file has another size than the result, so it was thrown away. Please report this.")
    return result, encoded, changed


def _expected(recipe: Mapping[str, Any]) -> str | None:
    """The copy that the result should show."""
    lines = [step["new"] for step in recipes.steps(recipe["operation"]) if step["kind"] == "copy_update"]
    return " ".join(lines) or None


def _measured(
    before: Pixels, after: Pixels, output: exact.Output, changed: NDArray[np.bool_] | None,
    template: recipes.Template, guideline: GuidelineRevision | None, expected_copy: str | None,
    locked: lock.Locked | None,
) -> Fidelity:  # fmt: skip
    colours = recipes.Guideline.from_json(guideline.definition).colours if guideline else ()
    # a template that sets no limit of its own for brand colours goes by the guideline's tolerances
    own = "palette" in template.limits
    palette = [(one.name, one.hex) if own else (one.name, one.hex, one.tolerance) for one in colours]
    limits = Limits.from_json(dict(template.limits))
    if changed is not None:
        return fidelity.measure(
            before, after, region=output.area, changed=changed, palette=palette, limits=limits,
            expected_copy=expected_copy, locked=locked,
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
