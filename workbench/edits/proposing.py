"""Proposing an edit: a source, an approved template and values become a recipe and a place in the queue."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench import audit, budgets, db, guidelines, jobs, recipes, storage, templates, versions
from workbench.edits import generating, locking, wishes
from workbench.edits.reading import find
from workbench.edits.wishes import Origin, Wish, wish_of
from workbench.engines import exact
from workbench.errors import InvalidInput, MovedOn
from workbench.imaging import lock
from workbench.imaging.limits import Limits
from workbench.imaging.report import Fidelity
from workbench.models import Asset, Candidate, Edit, GuidelineRevision, Picture, TemplateRevision, Version
from workbench.permissions import Actor, require

NEW = Origin()
#: engine → its version: what an output from elsewhere becomes depends on the lock alone
VERSIONS = {"exact": exact.VERSION, "external": lock.VERSION, "openai": generating.VERSION}
#: engine → how a summary tells its results from those of others
HOW = {"external": "made elsewhere", "openai": "by an image model"}


@dataclass(frozen=True)
class Ground:
    """What an edit stands on, read in one transaction."""

    asset: Asset
    base: Version
    picture: Picture
    row: TemplateRevision
    template: recipes.Template
    guideline_row: GuidelineRevision | None
    guideline: recipes.Guideline


def propose(actor: Actor, words: str, wish: Wish, origin: Origin = NEW, *, base: int | None = None) -> Edit:
    """Queue the edit `wish` on the newest version of the asset `words` (on version `base` with a number).

    An equal recipe on equal bytes that was ready before gives an edit that is ready at once and shares its candidates.
    Raises InvalidInput with every missing or wrong value, before anything is stored or queued.
    """
    require(actor, "edit:propose")
    return _propose(actor, ground(words, wish.template, base), wish, origin)


def prove(actor: Actor, words: str, wish: Wish, revision_id: uuid.UUID, proof_id: uuid.UUID) -> Edit:
    """Queue `wish` with a revision of its template that nobody has to have approved, as part of a proof.

    It is run and measured like any edit, but can't be submitted. Raises as `propose` does.
    """
    require(actor, "template:propose")
    found = ground(words, wish.template, revision_id=revision_id)
    return _propose(actor, found, wish, Origin("proof", proof_id=proof_id))


def _propose(actor: Actor, found: Ground, wish: Wish, origin: Origin) -> Edit:
    if wish.lock == wishes.RAW:
        require(actor, "edit:use_raw")
        if not wish.reason.strip():
            raise InvalidInput("Say why the raw output is used: the reason stands beside the picture for ever.")
    former = origin.rerun_of is not None or origin.reapplied_from is not None
    recipe, blobs = recipe_of(found, wish, relocked=origin.relocked, former=former)
    price = generating.price(recipe.document, wish.candidates) if generating.asks(recipe.document) else None
    with db.transaction() as tx:
        for blob in blobs:
            versions.add_blob(tx, *blob)
        return _enqueue(tx, actor, found, recipe, wish, origin, price)


def recipe_of(
    found: Ground, wish: Wish, *, settle: bool = True, relocked: Mapping[str, Any] | None = None, former: bool = False
) -> tuple[recipes.Recipe, list[wishes.Blob]]:
    """The frozen recipe of `wish`, and the blobs it put into the store; nothing is queued yet. Raises InvalidInput.

    Without `settle` a mode that is still to be found out stays "auto", and the picture need not be read. `relocked`:
    the recipe by which the wish's output came, which is only locked anew. `former`: see `generating.planned`.
    """
    if not 1 <= wish.candidates <= 10:
        raise InvalidInput("Ask for 1 to 10 candidates.")
    engine = _engine(found, wish, relocked)
    output = wishes.output_of(wish)
    locked = locking.settings(found.template, wish, engine)
    revision = found.guideline_row.revision if found.guideline_row else 0
    resolved = recipes.resolve(found.template, wish.values, found.guideline, revision=revision, engine=engine)
    blobs: list[wishes.Blob] = []
    size = (found.picture.width, found.picture.height)
    region, protect = wishes.region_of(wish, size, blobs), wishes.protected_of(wish, size, blobs)
    recipes.check_region(found.template, region, size, protect)
    parameters = wishes.kept_output(wish, output, blobs)
    planned = None
    if engine == "openai" and relocked:
        planned = generating.Planned.again(relocked, parameters)
    elif engine == "openai":
        planned = generating.planned(
            found.template, found.guideline, resolved, wish, size, region, protect, former=former
        )  # fmt: skip
    recipe = _recipe(found, wish, resolved, engine, (region, protect, locked), parameters, settle, planned)
    return recipe, blobs


def _engine(found: Ground, wish: Wish, relocked: object) -> str:
    """The engine that `wish` goes to; InvalidInput where template, engine and output don't fit together."""
    engine = wish.engine or found.template.engines.first
    allowed = found.template.engines.allowed
    if engine == "external" and engine not in allowed:
        raise InvalidInput(f"“{found.template.title}” takes no output from another tool. {_taking_outputs()}")
    if engine not in allowed:
        raise InvalidInput(
            f"Template “{found.row.name}” doesn't allow the engine “{engine}”; it allows {', '.join(allowed)}."
        )
    if engine == "openai" and not relocked:
        generating.connection(found.template.title)
    if (engine == "external" or bool(relocked)) != (wish.output is not None):
        raise InvalidInput("An output made in another tool comes with its file, and only for the engine “external”.")
    return engine


def _taking_outputs() -> str:
    with db.transaction() as tx:
        known = [templates.definition(row) for row in templates.runnable(tx)]
    names = sorted(template.name for template in known if "external" in template.engines.allowed)
    return f"Templates that do: {', '.join(names)}." if names else "No approved template does; a lead can approve one."


def ground(words: str, template: str, base: int | None = None, *, revision_id: uuid.UUID | None = None) -> Ground:
    """What an edit of the asset `words` stands on; the template's approved revision unless another is given."""
    with db.transaction() as tx:
        asset = versions.find_asset(tx, words)
        if asset.archived_at is not None:
            raise MovedOn(f"“{asset.name}” is archived. An admin can restore it.")
        version = versions.numbered(tx, asset, base) if base is not None else versions.head(tx, asset)
        row = tx.get_one(TemplateRevision, revision_id) if revision_id else templates.approved(tx, template)
        guideline_row = guidelines.current(tx)
        guideline = guidelines.definition(guideline_row)
        picture = tx.get_one(Picture, version.sha256)
        return Ground(asset, version, picture, row, templates.definition(row), guideline_row, guideline)


def _recipe(
    found: Ground, wish: Wish, resolved: dict[str, recipes.Resolved], engine: str,
    where: tuple[dict[str, Any] | None, ...], parameters: dict[str, Any], settle: bool,
    planned: generating.Planned | None,
) -> recipes.Recipe:  # fmt: skip
    region, protect, locked = where
    operation = recipes.fill(found.template, resolved, found.guideline) if engine != "openai" else None
    if settle and engine == "exact" and operation is not None and (swap := _unsettled(operation)):
        picture = versions.read(storage.store().get(found.base.sha256))
        inside, kept = (exact.mask(one, picture.size, storage.store().get) for one in (region, protect))
        mode = exact.settle(picture.array, swap, inside, kept)
        resolved = recipes.settle_mode(found.template, resolved, mode)
        operation = recipes.fill(found.template, resolved, found.guideline, mode=mode)
    return recipes.freeze(
        found.row.name,
        found.row.revision,
        found.row.sha256,
        wish.values,
        resolved,
        found.guideline_row.revision if found.guideline_row else 0,
        recipes.definition_sha256(found.guideline),
        engine,
        VERSIONS[engine],
        planned.parameters if planned else parameters,
        region,
        protect,
        locked,
        operation=operation,
        prompt=planned.prompt if planned else None,
        model=planned.model if planned else None,
    )


def _unsettled(operation: dict[str, Any]) -> Mapping[str, Any] | None:
    """The one colour swap whose mode is still to be found out; with several, each finds out its own when it runs."""
    swaps = [step for step in recipes.steps(operation) if step["kind"] == "colour_swap"]
    return swaps[0] if len(swaps) == 1 and swaps[0]["mode"] == "auto" else None


def _enqueue(
    tx: Session, actor: Actor, found: Ground, recipe: recipes.Recipe, wish: Wish, origin: Origin,
    price: generating.Price | None,
) -> Edit:  # fmt: skip
    former = None if wish.again else _same(tx, recipe, found, wish.candidates)
    shared = _shared(tx, former, found) if former else []
    edit = _row(actor, found, recipe, wish, origin)
    if former:
        edit.state, edit.progress, edit.reused_from = "ready", 1.0, former.id
        edit.verdict, edit.thumb_sha256 = shared[0].verdict if shared else None, former.thumb_sha256
    tx.add(edit)
    tx.flush()
    for candidate in shared:
        candidate.edit_id = edit.id
        tx.add(candidate)
    tx.flush()
    if not former:
        if price is not None:
            budgets.reserve(
                tx, edit_id=edit.id, operator_id=actor.id, template=found.row.name, model=recipe.document["model"],
                micros=price.micros, cap=found.template.cap, priced_at=price.priced_at,
            )  # fmt: skip
        jobs.wake(tx, edit.id)
    audit.record(tx, actor, "edit:propose", edit.id, asset=found.asset.id, template=found.row.name,
                 revision=found.row.revision, recipe=recipe.sha256, base=found.base.sha256,
                 reused=former is not None)  # fmt: skip
    if edit.raw:
        audit.record(tx, actor, "edit:use_raw", edit.id, asset=found.asset.id, reason=edit.reason,
                     output=recipe.document["parameters"]["output"])  # fmt: skip
    return edit


def _row(actor: Actor, found: Ground, recipe: recipes.Recipe, wish: Wish, origin: Origin) -> Edit:
    engine, raw = recipe.document["engine"], recipe.document["lock"] == wishes.RAW
    how = "raw output" if raw else HOW.get(engine, "")
    operation = recipe.document["operation"]
    if engine == "openai":  # in words what the model is asked for is what the operation would do
        with suppress(InvalidInput):  # a model needs no fonts
            operation = recipes.fill(found.template, recipe.document["resolved"], found.guideline)
    summary = recipes.summary(found.template, operation, found.guideline, how=how)
    return Edit(
        asset_id=found.asset.id,
        base_version_id=found.base.id,
        base_sha256=found.base.sha256,
        template_revision_id=found.row.id,
        guideline_id=found.guideline_row.id if found.guideline_row else None,
        kind=origin.kind,
        engine=engine,
        summary=summary,
        recipe=recipe.canonical,
        recipe_sha256=recipe.sha256,
        wanted=wish.candidates,
        author_id=actor.id,
        via=actor.via,
        rerun_of=origin.rerun_of,
        reapplied_from=origin.reapplied_from,
        proof_id=origin.proof_id,
        raw=raw,
        reason=wish.reason.strip() if raw else "",
    )


def _same(tx: Session, recipe: recipes.Recipe, found: Ground, candidates: int) -> Edit | None:
    """The newest edit with an equal recipe on equal bytes under the same guideline: its results can be shared."""
    guideline = found.guideline_row.id if found.guideline_row else None
    query = (
        select(Edit)
        .where(Edit.recipe_sha256 == recipe.sha256, Edit.base_sha256 == found.base.sha256)
        .where(Edit.engine == recipe.document["engine"], col(Edit.guideline_id).is_not_distinct_from(guideline))
        .where(col(Edit.state).in_(("ready", "submitted", "accepted", "rejected", "withdrawn")))
        .where(sa.or_(col(Edit.engine) != "openai", col(Edit.wanted) >= candidates))
        .order_by(col(Edit.id).desc())
        .limit(1)
    )
    return tx.exec(query).first()


def _shared(tx: Session, former: Edit, found: Ground) -> list[Candidate]:
    """The candidates of an equal edit, judged by this template's limits."""
    query = select(Candidate).where(Candidate.edit_id == former.id).order_by(col(Candidate.index))
    return [_judged(old, found) for old in tx.exec(query).all()]


def _judged(old: Candidate, found: Ground) -> Candidate:
    own = {} if "palette" in found.template.limits else {one.hex: one.tolerance for one in found.guideline.colours}
    report = Fidelity.from_json(old.report)
    report = replace(report, limits=Limits.from_json(dict(found.template.limits)), palette_limits=own)
    kept = old.model_dump(exclude={"id", "edit_id", "created_at", "verdict", "report"})
    return Candidate(**kept, verdict=report.verdict, report=report.to_json())


def rerun(actor: Actor, words: str, *, on_newest: bool = False) -> Edit:
    """The same values as a new edit, on the version it started from or on the newest one, run anew."""
    with db.transaction() as tx:
        old = find(tx, words)
        asset = tx.get_one(Asset, old.asset_id)
        base = None if on_newest else tx.get_one(Version, old.base_version_id).number
    return propose(
        actor, str(asset.id), wish_of(old, again=True), Origin(old.kind, old.id, old.reapplied_from), base=base
    )


def reapply(actor: Actor, words: str, number: int, onto: str) -> Edit:
    """The recipe that made version `number` of one asset, as a new edit on the asset `onto`."""
    require(actor, "version:reapply")
    with db.transaction() as tx:
        version = versions.numbered(tx, versions.find_asset(tx, words), number)
        if version.edit_id is None:
            raise InvalidInput(
                f"Version {number} was not made by an edit, so there is nothing to re-apply. Choose another."
            )
        old = tx.get_one(Edit, version.edit_id)
    return propose(actor, onto, wish_of(old), Origin("reapply", reapplied_from=version.id))
