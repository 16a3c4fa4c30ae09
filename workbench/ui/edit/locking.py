"""How the lock laid the shown output onto the original, and its settings: the edit's own, and those being tried out."""

import json
from dataclasses import asdict, replace
from typing import Any

import streamlit as st

from workbench import edits, recipes, templates
from workbench.errors import InvalidInput
from workbench.imaging.lock.settings import LockSettings
from workbench.ui import deeds
from workbench.ui.edit import address, marking
from workbench.ui.edit.desk import Desk
from workbench.ui.region import Drawn

FREE = "uses the stored output: no new call, no cost"


def stored(desk: Desk) -> str:
    """SHA-256 of the raw output that can be locked anew: of the shown candidate, or of an edit that came to nothing.

    "" where there is none, or where the picture has moved on.
    """
    shown = desk.shown
    if shown is None or shown.outdated or desk.running:
        return ""
    if desk.looked_at:
        return desk.looked_at[0].raw_sha256 or ""
    return str(desk.recipe["parameters"].get("output", ""))


def number(desk: Desk) -> int | None:
    """The shown candidate's number; None for an edit without one."""
    return desk.looked_at[0].index if desk.looked_at else None


def raw(desk: Desk) -> bool:
    """Whether the shown edit took its output as it came."""
    return desk.shown is not None and desk.shown.edit.raw


def own(desk: Desk) -> LockSettings:
    """What the shown edit was locked with; of a raw one, the template's."""
    kept = desk.recipe.get("lock")
    return LockSettings.from_json(kept) if kept is not None and not raw(desk) else initial(desk)


def initial(desk: Desk) -> LockSettings:
    """What the shown edit's template begins with."""
    return LockSettings.from_json(templates.definition(desk.shown.template).lock if desk.shown else {})


def settings(desk: Desk) -> LockSettings:
    """What is tried out, else the edit's own; an address that makes no sense counts as nothing."""
    if not stored(desk) or raw(desk) or not desk.asked.lock:
        return own(desk)
    try:
        said = json.loads(desk.asked.lock)
        return LockSettings.from_json(said if isinstance(said, dict) else {"": said})
    except (ValueError, InvalidInput):  # somebody wrote it by hand
        return own(desk)


def drawn(desk: Desk) -> Drawn:
    """Where the output may be taken; the drawing belongs to it only while the form is this edit's."""
    if desk.same:
        return marking.drawn(desk)
    return Drawn(desk.recipe.get("region"), desk.recipe.get("protect"))


def changed(desk: Desk) -> bool:
    """Whether something about the lock is tried out that the edit does not have."""
    if not stored(desk) or raw(desk):
        return False
    place = drawn(desk)
    moved = (place.region, place.protect) != (desk.recipe.get("region"), desk.recipe.get("protect"))
    return moved or settings(desk) != own(desk)


def whole(chosen: LockSettings) -> dict[str, Any]:
    """Every setting by name, so that none of the template's takes the place of one that is at its default."""
    return {**asdict(chosen), "nudge": list(chosen.nudge)}


def kept(desk: Desk) -> dict[str, Any] | None:
    """What a run of the form locks with: as the shown edit of the same template does, else as the template says."""
    return whole(settings(desk)) if desk.same and stored(desk) and not raw(desk) else None


def put(desk: Desk, **values: Any) -> None:
    """Try out other values; called before the page runs anew, so that all of it has them."""
    now = replace(desk, asked=address.read())  # another control may have been moved in between
    chosen = replace(settings(now), **values)
    same = chosen == own(desk)
    address.put(lock=None if same else recipes.canonical(chosen.to_json()))


def discard() -> None:
    """Back to what the edit has."""
    address.put(lock=None, region=None, protect=None, marking=None)


def relock(desk: Desk, *, anew: LockSettings | None = None) -> None:
    """Lock the stored output with what is tried out (or with `anew`), as a new edit, and open it."""
    shown, place = desk.shown, drawn(desk)
    if shown is None or not stored(desk):
        return
    lock, ident, index = whole(anew or settings(desk)), str(shown.edit.id), number(desk)
    edit = deeds.once(
        ("relock", ident, index, recipes.canonical(lock), place),
        lambda: deeds.attempt(
            "lock",
            lambda: edits.relock(
                desk.actor, ident, candidate=index, lock=lock, region=place.region, protected=place.protect
            ),
        ),
    )
    if edit:
        address.open_relocked(edit.id)
    st.rerun()
