"""Proposing an edit: a source, an approved template and values become a recipe and a place in the queue."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, col, select

from workbench import audit, db, guidelines, jobs, recipes, storage, templates, versions
from workbench.edits.reading import find
from workbench.engines import exact
from workbench.errors import InvalidInput, MovedOn
from workbench.imaging import encode
from workbench.models import Asset, Candidate, Edit, GuidelineRevision, Picture, TemplateRevision, Version
from workbench.permissions import Actor, require

NO_GUIDELINE = {"guideline": {"name": "none", "title": "no guideline"}}


@dataclass(frozen=True)
class Wish:
    """What somebody wants done; everything but the asset."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)
    engine: str | None = None
    candidates: int = 1
    #: "x,y,w,h" or {"box": …}
    region: str | Mapping[str, Any] | None = None
    #: a PNG of the picture's size, white = may change; instead of `region`
    mask: bytes | None = None
    #: like `mask`, white = must not change
    protect: bytes | None = None
    #: a result made in another tool, for the engine "external"
    output: bytes | None = None
    #: run anew even where an equal recipe on equal bytes has results already
    again: bool = False


@dataclass(frozen=True)
class Origin:
    """Where an edit comes from when it isn't new."""

    kind: str = "edit"
    rerun_of: uuid.UUID | None = None
    reapplied_from: uuid.UUID | None = None


@dataclass(frozen=True)
class _Ground:
    """What an edit stands on, read in one transaction."""

    asset: Asset
    base: Version
    picture: Picture
    row: TemplateRevision
    template: recipes.Template
    guideline_row: GuidelineRevision | None
    guideline: recipes.Guideline


def propose(actor: Actor, words: str, wish: Wish, origin: Origin = Origin(), *, base: int | None = None) -> Edit:
    """Queue the edit `wish` on the newest version of the asset `words` (on version `base` with a number).

    An equal recipe on equal bytes that was ready before gives an edit that is ready at once and shares its candidates.
    Raises InvalidInput with every missing or wrong value, before anything is stored or queued.
    """
    require(actor, "edit:propose")
    if not 1 <= wish.candidates <= 10:
        raise InvalidInput("Ask for 1 to 10 candidates.")
    ground = _ground(words, wish.template, base)
    engine = wish.engine or ground.template.engines.first
    if engine not in ground.template.engines.allowed:
        allowed = ", ".join(ground.template.engines.allowed)
        raise InvalidInput(f"Template “{ground.row.name}” doesn't allow the engine “{engine}”; it allows {allowed}.")
    if engine not in ("exact", "external") or (engine == "external") != (wish.output is not None):
        raise InvalidInput(f"The engine “{engine}” isn't set up here; the exact engine is.")
    revision = ground.guideline_row.revision if ground.guideline_row else 0
    resolved = recipes.resolve(ground.template, wish.values, ground.guideline, revision=revision)
    blobs: list[tuple[str, int, str]] = []
    region = _region(wish, ground, blobs)
    recipes.check_region(ground.template, region, (ground.picture.width, ground.picture.height))
    protect = _mask(wish.protect, ground, blobs) if wish.protect else None
    parameters = {"output": _output(wish.output, blobs)} if wish.output is not None else {}
    recipe = _recipe(ground, wish, resolved, engine, region, protect, parameters)
    with db.transaction() as tx:
        for blob in blobs:
            versions.add_blob(tx, *blob)
        return _enqueue(tx, actor, ground, recipe, wish, origin, engine)


def _ground(words: str, template: str, base: int | None) -> _Ground:
    with db.transaction() as tx:
        asset = versions.find_asset(tx, words)
        if asset.archived_at is not None:
            raise MovedOn(f"“{asset.name}” is archived. An admin can restore it.")
        version = versions.numbered(tx, asset, base) if base is not None else versions.head(tx, asset)
        row = templates.approved(tx, template)
        guideline_row = guidelines.current(tx)
        guideline = guidelines.definition(guideline_row) if guideline_row else recipes.Guideline.from_json(NO_GUIDELINE)
        picture = tx.get_one(Picture, version.sha256)
        return _Ground(asset, version, picture, row, templates.definition(row), guideline_row, guideline)


def _region(wish: Wish, ground: _Ground, blobs: list[tuple[str, int, str]]) -> dict[str, Any] | None:
    if wish.mask is not None:
        if wish.region is not None:
            raise InvalidInput("Give either a region or a mask, not both.")
        return _mask(wish.mask, ground, blobs)
    return recipes.parse_region(wish.region) if isinstance(wish.region, str) else recipes.checked_region(wish.region)


def _output(data: bytes, blobs: list[tuple[str, int, str]]) -> str:
    """Keep an output that was made in another tool; its hash is part of the recipe."""
    picture = versions.read(data)
    blobs.append((storage.store().put(data), len(data), versions.MEDIA_TYPES[picture.format]))
    return hashlib.sha256(data).hexdigest()


def _mask(data: bytes, ground: _Ground, blobs: list[tuple[str, int, str]]) -> dict[str, Any]:
    mask = read_mask(data, (ground.picture.width, ground.picture.height))
    png = encode.mask_png(mask)
    blobs.append((storage.store().put(png), len(png), "image/png"))
    return {"mask": hashlib.sha256(png).hexdigest()}


def read_mask(data: bytes, size: tuple[int, int]) -> NDArray[np.bool_]:
    """H×W bool of a mask picture, True where it is white (≥ 128); of a transparent white one, where it is opaque.

    Raises InvalidInput when it is not `size` (width, height) or marks nothing.
    """
    picture = versions.read(data)
    if picture.size != size:
        raise InvalidInput(
            f"The mask is {picture.size[0]} × {picture.size[1]} and the picture {size[0]} × {size[1]}. "
            "Save it in the same size."
        )
    light = picture.array[..., :3].min(axis=2) >= 128
    mask = light & (picture.array[..., 3] >= 128) if picture.array.shape[2] == 4 else light
    if not mask.any():
        raise InvalidInput("The mask marks nothing: paint white where the picture may change.")
    return np.asarray(mask, bool)


def _recipe(
    ground: _Ground, wish: Wish, resolved: dict[str, recipes.Resolved], engine: str,
    region: dict[str, Any] | None, protect: dict[str, Any] | None, parameters: dict[str, Any],
) -> recipes.Recipe:  # fmt: skip
    operation = recipes.fill(ground.template, resolved, ground.guideline)
    if engine == "exact" and operation is not None and operation.get("mode") == "auto":
        picture = versions.read(storage.store().get(ground.base.sha256))
        inside, kept = (exact.mask(one, picture.size, storage.store().get) for one in (region, protect))
        mode = exact.settle(picture.array, operation, inside, kept)
        resolved = recipes.settle_mode(ground.template, resolved, mode)
        operation = recipes.fill(ground.template, resolved, ground.guideline, mode=mode)
    return recipes.freeze(
        ground.row.name,
        ground.row.revision,
        ground.row.sha256,
        wish.values,
        resolved,
        ground.guideline_row.revision if ground.guideline_row else 0,
        recipes.definition_sha256(ground.guideline),
        engine,
        exact.VERSION if engine == "exact" else "",
        parameters,
        region,
        protect,
        operation=operation,
    )


def _enqueue(
    tx: Session, actor: Actor, ground: _Ground, recipe: recipes.Recipe, wish: Wish, origin: Origin, engine: str
) -> Edit:
    former = None if wish.again else _same(tx, recipe.sha256, ground.base.sha256, engine)
    edit = Edit(
        asset_id=ground.asset.id,
        base_version_id=ground.base.id,
        base_sha256=ground.base.sha256,
        template_revision_id=ground.row.id,
        guideline_id=ground.guideline_row.id if ground.guideline_row else None,
        kind=origin.kind,
        engine=engine,
        summary=summary(ground.template, recipe, ground.guideline),
        recipe=recipe.canonical,
        recipe_sha256=recipe.sha256,
        wanted=wish.candidates,
        state="ready" if former else "queued",
        progress=1.0 if former else 0.0,
        verdict=former.verdict if former else None,
        thumb_sha256=former.thumb_sha256 if former else None,
        author_id=actor.id,
        via=actor.via,
        reused_from=former.id if former else None,
        rerun_of=origin.rerun_of,
        reapplied_from=origin.reapplied_from,
    )
    tx.add(edit)
    tx.flush()
    if former:
        _share(tx, former, edit)
    else:
        jobs.wake(tx, edit.id)
    audit.record(tx, actor, "edit:propose", edit.id, asset=ground.asset.id, template=ground.row.name,
                 revision=ground.row.revision, recipe=recipe.sha256, base=ground.base.sha256,
                 reused=former is not None)  # fmt: skip
    return edit


def _same(tx: Session, recipe_sha256: str, base_sha256: str, engine: str) -> Edit | None:
    """The newest edit with an equal recipe on equal bytes whose results can be shared."""
    query = (
        select(Edit)
        .where(Edit.recipe_sha256 == recipe_sha256, Edit.base_sha256 == base_sha256, Edit.engine == engine)
        .where(col(Edit.state).in_(("ready", "submitted", "accepted", "rejected", "withdrawn")))
        .order_by(col(Edit.id).desc())
        .limit(1)
    )
    return tx.exec(query).first()


def _share(tx: Session, former: Edit, edit: Edit) -> None:
    for old in tx.exec(select(Candidate).where(Candidate.edit_id == former.id).order_by(col(Candidate.index))).all():
        tx.add(Candidate(edit_id=edit.id, **old.model_dump(exclude={"id", "edit_id", "created_at"})))
    tx.flush()


def summary(template: recipes.Template, recipe: recipes.Recipe, guideline: recipes.Guideline) -> str:
    """The change in a few words: “Colour swap: Sage → Aster blue”."""
    operation = recipe.document["operation"] or {}

    def name(value: str) -> str:
        colour = guideline.colour(value)
        return colour.name if colour else value

    if operation.get("kind") == "colour_swap":
        return f"{template.title}: " + ", ".join(f"{name(old)} → {name(new)}" for old, new in operation["pairs"])
    if operation.get("kind") == "place_mark":
        mark = guideline.mark(operation["mark"])
        return f"{template.title}: {mark.name if mark else 'mark'}, {operation['anchor']}"
    return template.title


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


def wish_of(edit: Edit, *, again: bool = False) -> Wish:
    """The wish that an edit fulfilled, from its recipe."""
    document = recipes.Recipe.from_json(json.loads(edit.recipe)).document
    region, protect = document["region"] or {}, document["protect"] or {}
    store = storage.store()
    return Wish(
        template=document["template"]["name"],
        values=document["values"],
        engine=edit.engine,
        candidates=edit.wanted,
        region=region if "box" in region else None,
        mask=store.get(region["mask"]) if "mask" in region else None,
        protect=store.get(protect["mask"]) if "mask" in protect else None,
        output=store.get(document["parameters"]["output"]) if "output" in document["parameters"] else None,
        again=again,
    )
