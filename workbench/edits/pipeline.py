"""What a worker does with an edit: decode, operate or ask a model, lock, encode, prove, measure, store."""

import json
import logging
import math
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlmodel import select

from workbench import db, recipes, storage, templates, versions
from workbench.edits import calling, finishing, locking, running
from workbench.edits.finishing import Judge, Way
from workbench.edits.running import Fence, Made
from workbench.edits.stages import Tell, room, stage
from workbench.engines import exact
from workbench.errors import DatabaseFault, Interrupted, LoupeError, ModelFault, NotYet, StoreFault, Unavailable
from workbench.imaging import intake
from workbench.models import Edit, GuidelineRevision, ModelCall, TemplateRevision
from workbench.settings import settings

log = logging.getLogger("loupe.edits")
#: tries of a model that only asked to come later, after which the edit is failed
MOST_TRIES = 24
#: seconds until an edit is taken up again while the store is away: a share of how long it has waited, within bounds,
#: and after how long it is failed
BACK_OFF, SOONEST, LATEST, MOST_WAIT = 0.25, 2.0, 60.0, 86_400.0
STORE_AWAY = "Waiting: the store of the pictures can’t be reached"


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
        made = produce(fence, edit, template, guideline, tell)
    except LoupeError as error:
        if later := _later(edit, error):
            log.info("edit_waiting", extra={**_of(fence, edit, template), "wait": later.seconds})
            return running.wait(fence, later.seconds, _phase(str(later), later.seconds))
        if isinstance(error, Interrupted | DatabaseFault):
            raise
        kind = error.fault if isinstance(error, ModelFault) else error.kind
        told = {"error": kind, "stage": error.stage, **_of(fence, edit, template)}
        log.warning("edit_failed", extra=told)
        return running.fail(fence, _with_names(str(error), guideline), kind=kind, stage=error.stage or None)
    done = running.finish(fence, made)
    if done:
        log.info("edit_ready", extra=_of(fence, edit, template))
    return done


def _of(fence: Fence, edit: Edit, template: TemplateRevision) -> dict[str, Any]:
    """What every line of the log says of an edit."""
    return {
        "edit": str(edit.id), "template": template.name, "engine": edit.engine, "attempt": fence.attempt,
        "model": json.loads(edit.recipe)["model"], "seconds": fence.seconds,
    }  # fmt: skip


def _later(edit: Edit, error: LoupeError) -> NotYet | None:
    """When the edit is taken up again, as something outside is away for the moment; None where that helps nobody."""
    if isinstance(error, NotYet):
        return error
    if isinstance(error, StoreFault) and error.retry:
        waited = (datetime.now(UTC) - edit.created_at).total_seconds()
        return NotYet(min(max(waited * BACK_OFF, SOONEST), LATEST), STORE_AWAY) if waited < MOST_WAIT else None
    if not isinstance(error, ModelFault) or error.fault != "rate_limit":
        return None
    with db.transaction() as tx:
        tries = len(tx.exec(select(ModelCall.id).where(ModelCall.edit_id == edit.id)).all())
    return None if tries >= MOST_TRIES else NotYet(error.wait or settings().image_window, calling.TURN)


def _phase(words: str, seconds: float) -> str:
    much = f"{math.ceil(seconds)} s" if seconds < 100 else f"{math.ceil(seconds / 60)} min"
    return f"{words} (about {much})"


def _with_names(sentence: str, guideline: GuidelineRevision | None) -> str:
    """The sentence with the brand's names beside its colours: “Aster blue (#2747B8) is not in the picture”."""
    for colour in recipes.Guideline.from_json(guideline.definition).colours if guideline else ():
        sentence = sentence.replace(colour.hex, f"{colour.name} ({colour.hex})")
    return sentence


def produce(
    fence: Fence, edit: Edit, template: TemplateRevision, guideline: GuidelineRevision | None, tell: Tell
) -> list[Made]:
    """The candidates of `edit`, with their bytes in the store; of all rows only those of a model's calls are written.

    The exact engine gives the same pixels every time, so it makes one candidate however many are wanted.
    """
    recipe = recipes.Recipe.from_json(json.loads(edit.recipe)).document
    judged = templates.definition(template)
    brand = recipes.Guideline.from_json(guideline.definition) if guideline else None
    judge = Judge(judged, brand, finishing.copy_of(recipe, judged))
    if edit.engine == "openai" and "output" not in recipe["parameters"]:
        with stage("model"):
            drawn = calling.pictures(fence, edit, recipe, judged, tell)
        with room(tell, 0.4):
            return _laid(edit, recipe, drawn, judge, tell)
    with room(tell, 0.0):
        picture = _original(edit, tell, 0.02)
        if raw := recipe["parameters"].get("output"):
            tell(0.15, "Laying the output over the original")
            where = _where(picture, recipe, judge)
            return [_locked(picture, raw, recipe, where, judge, _provenance(recipe), tell, Way(0.15, 0.95))]
        tell(0.15, "Changing the picture")
        with stage("engine"):
            output = _operated(recipe, picture)
        return [finishing.made(picture, locking.Result(output, None), None, judge, (), tell, Way(0.3, 0.95))]


def _original(edit: Edit, tell: Tell, fraction: float) -> intake.Picture:
    tell(fraction, "Reading the original")
    with stage("source"):
        return versions.read(storage.store().get(edit.base_sha256))


def _operated(recipe: Mapping[str, Any], picture: intake.Picture) -> exact.Output:
    get = storage.store().get
    region, protect = (exact.mask(recipe[one], picture.size, get) for one in ("region", "protect"))
    feather = exact.feather(recipe["region"], picture.size)
    return exact.run(
        picture.array, recipe["operation"], region=region, protect=protect, blob=get, feather=feather
    )  # fmt: skip


def _laid(edit: Edit, recipe: Mapping[str, Any], drawn: calling.Drawn, judge: Judge, tell: Tell) -> list[Made]:
    """A candidate of each picture that a model gave; one of which nothing can be made doesn't cost the others."""
    picture = _original(edit, tell, 0.42)
    where = _where(picture, recipe, judge)
    made: list[Made] = []
    refused: dict[int, LoupeError] = {}
    share = 0.5 / len(drawn.outputs)
    for number, raw in enumerate(drawn.outputs):
        way = Way(0.45 + number * share, 0.45 + (number + 1) * share)
        tell(way.start, "Laying the output over the original")
        try:
            made.append(_locked(picture, raw, recipe, where, judge, drawn.notes, tell, way))
        except (Interrupted, Unavailable):
            raise
        except LoupeError as error:
            refused[number + 1] = error
    if not made:
        raise next(iter(refused.values()))
    return _remarked(made, [f"Picture {number} was left out: {error}" for number, error in refused.items()])


def _remarked(made: list[Made], remarks: Sequence[str]) -> list[Made]:
    """With what became of the others beside the first."""
    first = made[0]
    return [first.with_notes(*remarks), *made[1:]] if remarks else made


def _locked(
    picture: intake.Picture, raw: str, recipe: Mapping[str, Any], where: locking.Where, judge: Judge,
    notes: tuple[str, ...], tell: Tell, way: Way,
) -> Made:  # fmt: skip
    with stage("lock"):
        result = locking.result(picture.array, storage.store().get(raw), recipe, where)
    return finishing.made(picture, result, raw, judge, notes, tell, Way(way.at(0.3), way.end))


def _where(picture: intake.Picture, recipe: Mapping[str, Any], judge: Judge) -> locking.Where:
    """Where an output may change the picture."""
    with stage("lock"):
        region, protect = (exact.mask(recipe[one], picture.size, storage.store().get) for one in ("region", "protect"))
        return locking.where(picture.array, region, protect, judge.template)


def _provenance(recipe: Mapping[str, Any]) -> tuple[str, ...]:
    """Where an output came from, for whoever looks at the result."""
    if recipe["engine"] != "external":
        return ()
    tool = recipe["parameters"].get("made_with")
    return (f"Made in another tool, with {tool}." if tool else "Made in another tool.",)
