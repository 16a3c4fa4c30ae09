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
from workbench.edits import running
from workbench.edits.running import Fence, Made
from workbench.engines import exact
from workbench.errors import DatabaseFault, Interrupted, InvalidInput, LoupeError, NotInPicture
from workbench.imaging import encode, fidelity, intake
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
    store = storage.store()
    tell(0.02, "Reading the original")
    picture = versions.read(store.get(edit.base_sha256))
    tell(0.15, "Changing the picture")
    output, raw = _output(recipe, picture, store)
    result, encoded, changed = _saved(picture, output, tell)
    tell(0.85, "Measuring")
    judged = templates.definition(template)
    report = _measured(picture.array, result.array, output, changed, judged, guideline, _expected(recipe))
    tell(0.95, "Keeping the result")
    mask = encode.mask_png(changed) if changed is not None else None
    made = Made(
        versions.keep(encoded.data, result),
        (store.put(mask), len(mask), "image/png") if mask else None,
        raw,
        report.verdict,
        report.to_json(),
        (*output.doubts, *encoded.notes),
        output.doubts,
    )
    return [made]


def _output(recipe: Mapping[str, Any], picture: intake.Picture, store: Any) -> tuple[exact.Output, str | None]:
    """What the engine made of the picture, and the sha256 of its raw output where it brought one."""
    region = exact.mask(recipe["region"], picture.size, store.get)
    protect = exact.mask(recipe["protect"], picture.size, store.get)
    if raw := recipe["parameters"].get("output"):
        return _brought(picture, store.get(raw), exact.allowed(region, protect)), raw
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


def _brought(picture: intake.Picture, data: bytes, area: NDArray[np.bool_] | None) -> exact.Output:
    """An output that was made in another tool, as it came: measured, nothing repaired."""
    brought = versions.read(data).array
    if brought.shape[:2] != picture.array.shape[:2]:
        (height, width), (h, w) = brought.shape[:2], picture.array.shape[:2]
        raise InvalidInput(
            f"The output is {width} × {height} and the picture {w} × {h}. Export it in the picture's size."
        )
    if brought.shape[2] != picture.array.shape[2]:
        alpha = picture.array[..., 3:] if picture.array.shape[2] == 4 else None
        brought = brought[..., :3] if alpha is None else np.dstack([brought, alpha])
    return exact.Output(np.ascontiguousarray(brought), ("Made in another tool and measured as it came.",), area)


def _measured(
    before: Pixels, after: Pixels, output: exact.Output, changed: NDArray[np.bool_] | None,
    template: recipes.Template, guideline: GuidelineRevision | None, expected_copy: str | None,
) -> Fidelity:  # fmt: skip
    colours = recipes.Guideline.from_json(guideline.definition).colours if guideline else ()
    # a template that sets no limit of its own for brand colours goes by the guideline's tolerances
    own = "palette" in template.limits
    palette = [(one.name, one.hex) if own else (one.name, one.hex, one.tolerance) for one in colours]
    limits = Limits.from_json(dict(template.limits))
    if changed is not None:
        return fidelity.measure(
            before, after, region=output.area, changed=changed, palette=palette, limits=limits,
            expected_copy=expected_copy,
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
