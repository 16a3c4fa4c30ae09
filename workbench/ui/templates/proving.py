"""Proving a revision: which pictures, which values, where; the proof then runs by itself."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from workbench import db, guidelines, proofs, recipes, sources, templates
from workbench.models import Asset, TemplateRevision
from workbench.ui import address, deeds, shell, who, words
from workbench.ui.library import choosing as library
from workbench.ui.templates import asking, choosing
from workbench.ui.tiles import Tile

PLACE = "prove"
#: pictures that are offered; a collection narrows them
OFFERED = 40
#: so many are ticked to begin with
FIRST = 8
EVERYWHERE = "All pictures"
MARKED, SAME = "As last marked on each picture", "The same place in all"


def show(row: TemplateRevision, known: Mapping[str, str]) -> None:
    """Open the dialog; `known` are the values that were proven last."""
    st.dialog(f"Prove revision {row.revision} on pictures", width="large")(_body)(row, known)


def _body(row: TemplateRevision, known: Mapping[str, str]) -> None:
    template = templates.definition(row)
    deeds.refusal(PLACE, "Not started", {one.name: one.words for one in template.parameters})
    shell.muted(
        "It runs on copies of the pictures you tick, with the same values for all. Nothing changes in the library, and "
        "whoever approves the revision sees how many passed."
    )
    with db.transaction() as tx:
        found, names = guidelines.current(tx), sources.collections(tx)
    guideline = guidelines.definition(found)
    pictures, chosen = _pictures(names, str(row.id))
    thumb = next((one.thumb_sha256 for one in pictures if str(one.id) in chosen), None)
    typed = asking.values(template, guideline, known, thumb, f"prove-{row.id}")
    region = _where(template, str(row.id))
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if st.button("Not now", key="prove-no"):
            st.rerun()
        called = f"Run on {words.count(len(chosen), 'picture')}" if chosen else "Tick a picture first"
        if st.button(called, type="primary", key="prove-yes", disabled=not chosen):
            _start(row, chosen, {name: value for name, value in typed.items() if value}, region)


def _pictures(names: list[str], key: str) -> tuple[list[Asset], list[str]]:
    """The pictures offered and the ids of those ticked."""
    within = EVERYWHERE
    if names:
        within = st.selectbox("Pictures", [EVERYWHERE, *names], format_func=words.plain, key=f"prove-in-{key}")
    else:
        shell.label("Pictures")
    with db.transaction() as tx:
        found = sources.library(tx, collections=[] if within == EVERYWHERE else [within], limit=OFFERED).assets
    if not found:
        shell.muted("The library is empty. Add pictures on the Library page first.")
        return [], []
    first = [str(asset.id) for asset in found[:FIRST]]
    ticked = choosing.several(
        [_tile(asset) for asset in found], first=first, label="Pictures", key=f"prove-on-{key}-{within}",
        height="min(252px, 34dvh)",
    )  # fmt: skip
    shell.muted(f"{len(ticked)} of {words.count(len(found), 'picture')} ticked, the newest first.")
    return found, ticked


def _tile(asset: Asset) -> Tile:
    tile = library.tile(asset)
    tile["hint"] = f"{asset.name} · {words.facts(asset)}"
    return tile


def _where(template: recipes.Template, key: str) -> dict[str, Any] | None:
    """The place that is the same in all pictures, as shapes in shares; None for each picture's own."""
    if template.region.rule == "none":
        return None
    meant = {"protected": "What must stay", "subject": "The subject"}.get(template.region.rule, "Where it may change")
    how = st.segmented_control(
        meant, [MARKED, SAME], default=MARKED, required=True, key=f"prove-where-{key}", width="stretch"
    )
    if how == MARKED:
        needed = template.region.rule in ("required", "protected", "subject")
        shell.muted(
            "Pictures that were never edited with this template have no mark yet and "
            + ("are refused: choose the same place in all, or edit them once." if needed else "are looked at whole.")
        )
        return None
    sides = (
        ("Left", 25.0, 0.0, 99.0),
        ("Top", 25.0, 0.0, 99.0),
        ("Width", 50.0, 1.0, 100.0),
        ("Height", 50.0, 1.0, 100.0),
    )
    with st.container(horizontal=True, gap="small"):
        x, y, width, height = (
            st.number_input(f"{name}, %", low, high, start, step=1.0, format="%g", key=f"prove-{name}-{key}") / 100
            for name, start, low, high in sides
        )
    return {
        "shapes": [{"box": [x, y, round(min(width, 1 - x), 5), round(min(height, 1 - y), 5)]}],
        "grow": 0,
        "feather": 0,
    }


def _start(row: TemplateRevision, chosen: list[str], typed: dict[str, str], region: dict[str, Any] | None) -> None:
    pressed = ("prove", (row.id, tuple(chosen), tuple(typed.items())))
    proof = deeds.once(pressed, lambda: deeds.attempt(PLACE, lambda: proofs.start(
        who.actor(), row.name, revision=row.revision, assets=chosen, values=typed, region=region
    )))  # fmt: skip
    if proof is None:
        st.rerun(scope="fragment")
    address.put(template=row.name, revision=str(row.revision))
    st.rerun()
