"""What a worker does with an edit: decode, operate, encode, prove on the decoded file, measure, store."""

import json
import logging
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np

from workbench import db, recipes, storage, templates, versions
from workbench.edits import running
from workbench.edits.running import Fence, Made
from workbench.engines import exact
from workbench.errors import DatabaseFault, Interrupted, InvalidInput, LoupeError, NotInPicture
from workbench.imaging import encode, fidelity, intake
from workbench.imaging.limits import Limits
from workbench.imaging.report import Fidelity
from workbench.models import Edit, GuidelineRevision, TemplateRevision

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
        return running.fail(fence, str(error))
    return running.finish(fence, made)


def produce(edit: Edit, template: TemplateRevision, guideline: GuidelineRevision | None, tell: Tell) -> list[Made]:
    """The candidates of `edit`, with their bytes in the store and nothing in the database.

    The exact engine gives the same pixels every time, so it makes one candidate however many are wanted.
    """
    recipe = recipes.Recipe.from_json(json.loads(edit.recipe)).document
    store = storage.store()
    tell(0.02, "Reading the original")
    picture = versions.read(store.get(edit.base_sha256))
    region = exact.mask(recipe["region"], picture.size, store.get)
    protect = exact.mask(recipe["protect"], picture.size, store.get)
    tell(0.15, "Changing the picture")
    raw = recipe["parameters"].get("output")
    output = (
        _brought(picture, store.get(raw)) if raw
        else exact.run(picture.array, recipe["operation"], region=region, protect=protect, blob=store.get)
    )  # fmt: skip
    changed = encode.changed(picture.array, output.image)
    if not changed.any():
        raise NotInPicture("Nothing would change: the picture already looks like this. Choose another value or region.")
    tell(0.5, "Saving without loss")
    encoded = encode.lossless(picture, output.image)
    tell(0.7, "Checking every pixel of the saved file")
    result = versions.read(encoded.data)
    if stray := encode.prove(picture, encoded.data, changed):
        raise LoupeError(
            f"{stray:,} pixels outside the change would have moved, so the result was thrown away. "
            "The original is untouched. Please report this picture."
        )
    tell(0.85, "Measuring")
    report = _measured(picture.array, result.array, region, protect, changed, templates.definition(template), guideline)
    tell(0.95, "Keeping the result")
    mask = encode.mask_png(changed)
    made = Made(
        versions.keep(encoded.data, result),
        (store.put(mask), len(mask), "image/png"),
        raw,
        report.verdict,
        report.to_json(),
        (*output.doubts, *encoded.notes),
    )
    return [made]


def _brought(picture: intake.Picture, data: bytes) -> exact.Output:
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
    return exact.Output(np.ascontiguousarray(brought), ("Made in another tool and measured as it came.",))


def _measured(
    before: Any, after: Any, region: Any, protect: Any, changed: Any, template: recipes.Template,
    guideline: GuidelineRevision | None,
) -> Fidelity:  # fmt: skip
    allowed = region
    if protect is not None:
        allowed = (np.ones(protect.shape, bool) if region is None else region) & ~protect
    colours = recipes.Guideline.from_json(guideline.definition).colours if guideline else ()
    # a template that sets no limit of its own for brand colours goes by the guideline's tolerances
    own = "palette" in template.limits
    palette = [(one.name, one.hex) if own else (one.name, one.hex, one.tolerance) for one in colours]
    limits = Limits.from_json(dict(template.limits))
    return fidelity.measure(before, after, region=allowed, changed=changed, palette=palette, limits=limits)
