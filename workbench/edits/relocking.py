"""From the output that is stored already: locked anew with other settings, looked at before, or used as it came."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import EllipsisType
from typing import Any

import numpy as np
from sqlmodel import Session, col, select

from workbench import db, storage
from workbench.edits import previewing, proposing, recording
from workbench.edits.previewing import LockPreview
from workbench.edits.reading import find
from workbench.edits.wishes import RAW, Origin, Wish, lock_of, wish_of
from workbench.errors import InvalidInput, MovedOn
from workbench.imaging.align import Alignment
from workbench.models import Asset, Candidate, Edit, Version
from workbench.permissions import Actor, require

#: a region as a wish takes it, or a mask as a PNG; None = none, ... = as it was
Place = str | Mapping[str, Any] | bytes | EllipsisType | None
#: settings that differ from the template's; None = none, ... = as they were
Settings = Mapping[str, Any] | EllipsisType | None


@dataclass(frozen=True)
class _Old:
    """The edit whose output is used again, with what is known of it."""

    edit: Edit
    asset: Asset
    base: Version
    #: sha256 of the raw output
    raw: str
    #: of the candidate that came of it; None where none did
    report: Mapping[str, Any] | None

    @property
    def document(self) -> Mapping[str, Any]:
        """The recipe by which the output came."""
        return json.loads(self.edit.recipe)  # type: ignore[no-any-return]


def lock_settings(edit: Edit) -> Mapping[str, Any]:
    """Every setting of the lock that `edit` was made with, by name; none where it was made without a lock."""
    kept = lock_of(json.loads(edit.recipe))
    return {} if kept is None or kept == RAW else kept


def relock(
    actor: Actor, words: str, *, candidate: int | None = None, lock: Settings = ..., region: Place = ...,
    protected: Place = ...,
) -> Edit:  # fmt: skip
    """Lock the stored output of the edit `words` anew, as a new edit of `actor` on the same version; no model is asked.

    `candidate`: its number, otherwise the submitted or first one. `lock`: settings that differ from the template's.
    What isn't given stays as it was. Raises InvalidInput where nothing was brought or made that could be locked.
    """
    require(actor, "edit:propose")
    old = _old(words, candidate)
    return _proposed(actor, old, _wish(old, lock, region, protected))


def relock_preview(
    actor: Actor, words: str, *, candidate: int | None = None, lock: Settings = ..., region: Place = ...,
    protected: Place = ...,
) -> LockPreview:  # fmt: skip
    """What `relock` with the same arguments would give, on the picture's preview; nothing is queued or recorded.

    Where the edit had been registered well, that is used again. Raises as `relock` does.
    """
    require(actor, "edit:propose")
    old = _old(words, candidate)
    wish = _wish(old, lock, region, protected)
    found = proposing.ground(str(old.asset.id), wish.template, old.base.number)
    recipe = proposing.recipe_of(found, wish, settle=False, relocked=old.document)[0].document
    return previewing.locked(found, recipe, _registered(old.report))


def _registered(report: Mapping[str, Any] | None) -> Alignment | None:
    """How the output lay on the original when it was locked; None where that should be looked for again."""
    kept = (report or {}).get("alignment")
    if not kept or (report or {}).get("registration") != "good" or kept["method"] == "off":
        return None
    return Alignment(np.array(kept["matrix"], np.float64), kept["score"], "good", kept["method"])


def use_raw(actor: Actor, words: str, *, candidate: int | None = None, reason: str) -> Edit:
    """The stored output of the edit `words` as it came, without the lock, as a new edit that is marked for ever."""
    require(actor, "edit:use_raw")
    old = _old(words, candidate)
    return _proposed(actor, old, replace(_wish(old, ..., ..., ...), lock=RAW, reason=reason))


def _proposed(actor: Actor, old: _Old, wish: Wish) -> Edit:
    origin = Origin(old.edit.kind, old.edit.id, old.edit.reapplied_from, relocked=old.document)
    return proposing.propose(actor, str(old.asset.id), wish, origin, base=old.base.number)


def _old(words: str, number: int | None) -> _Old:
    with db.transaction() as tx:
        edit = find(tx, words)
        if edit.state in ("queued", "running"):
            raise MovedOn("The edit is still at work. Lock it again once it is ready.")
        row = _candidate(tx, edit, number)
        raw = row.raw_sha256 if row else json.loads(edit.recipe)["parameters"].get("output") or _drawn(tx, edit)
        if raw is None:
            raise InvalidInput(
                "This edit was made here exactly, so there is no raw output and nothing to lock. Run it again instead."
            )
        asset, base = tx.get_one(Asset, edit.asset_id), tx.get_one(Version, edit.base_version_id)
        return _Old(edit, asset, base, raw, row.report if row else None)


def _drawn(tx: Session, edit: Edit) -> str | None:
    """The first picture that a model gave for an edit that came to nothing."""
    kept = recording.answered(tx, edit.id)
    return kept.outputs[0]["sha256"] if kept else None


def _candidate(tx: Session, edit: Edit, number: int | None) -> Candidate | None:
    """Candidate `number`, without a number the chosen or first one; None where the edit has none."""
    if number is None and edit.chosen_id:
        return tx.get_one(Candidate, edit.chosen_id)
    query = select(Candidate).where(Candidate.edit_id == edit.id).order_by(col(Candidate.index))
    found = tx.exec(query if number is None else query.where(Candidate.index == number)).first()
    if found is None and number is not None:
        raise InvalidInput(f"The edit has no candidate {number}.")
    return found


def _wish(old: _Old, lock: Settings, region: Place, protected: Place) -> Wish:
    wish = replace(wish_of(old.edit), candidates=1, reason="", output=storage.store().get(old.raw))
    if not isinstance(lock, EllipsisType):
        wish = replace(wish, lock=lock)
    elif wish.lock == RAW:
        wish = replace(wish, lock=None)
    if not isinstance(region, EllipsisType):
        shape, mask = _either(region)
        wish = replace(wish, region=shape, mask=mask)
    if not isinstance(protected, EllipsisType):
        shape, mask = _either(protected)
        wish = replace(wish, protected=shape, protect=mask)
    return wish


def _either(place: str | Mapping[str, Any] | bytes | None) -> tuple[str | Mapping[str, Any] | None, bytes | None]:
    return (None, place) if isinstance(place, bytes) else (place, None)
