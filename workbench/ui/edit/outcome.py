"""The right panel: what became of the edit, what was measured, and the way on."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

import streamlit as st

from workbench import edits
from workbench.permissions import may
from workbench.ui import deeds, empty, fate, makers, measured, rawmark, shell, words
from workbench.ui.edit import address, adjusting, against, drawings, facts, foreseeing, locking, pricing
from workbench.ui.edit.desk import Desk

PAGES = Path(__file__).resolve().parents[3] / "pages"


def show(desk: Desk, values: Mapping[str, str]) -> None:
    """Draw the panel."""
    foreseen = foreseeing.found(desk, values)
    if foreseen:
        _foreseen(foreseen)
    found = desk.looked_at
    shell.label("Fidelity report", f"candidate {found[0].index}" if found else None)
    if desk.missing:
        empty.warning(desk.missing, "Not found")
    deeds.refusal("outcome")
    if desk.shown is None:
        shell.muted("Each number is measured on the full picture and set beside the template’s limit.")
        return
    rawmark.show(rawmark.of(desk.shown.edit, desk.shown.author))
    _fate(desk)
    if found:
        against.show(desk)
        measured.show(found[0])
        _again(desk)
    adjusting.show(desk)
    if desk.running:
        shell.muted("The report appears here as soon as the edit is done.")
    facts.show(desk)


def _foreseen(foreseen: foreseeing.Foreseen) -> None:
    """What would change or be sent, in words, with what the operation would be doubtful about."""
    shell.label(foreseen.title)
    shell.muted(f"{foreseen.words} {foreseen.aside}")
    if foreseen.notes:
        listed = "".join(f"<li>{escape(note, quote=True)}</li>" for note in foreseen.notes)
        st.html(f'<ul class="lp-sentences">{listed}</ul>')


def _fate(desk: Desk) -> None:
    """What happened to the edit, in sentences, with the button that leads on."""
    shown = desk.shown
    if shown is None:
        return
    fate.show(shown, makers.cost(desk.made))
    if shown.edit.state == "accepted":
        fate.trail(shown)
        asset = str(shown.edit.asset_id)
        st.page_link(
            PAGES / "history.py",
            label="See it in the history",
            icon=":material/arrow_forward:",
            query_params={"asset": asset},
        )
    elif shown.edit.state == "submitted":
        _submitted(desk)
    _way_on(desk)


def _submitted(desk: Desk) -> None:
    who = "A lead decides: you, acting as lead, or another one" if may(desk.actor, "edit:accept") else "A lead decides"
    shell.muted(f"Waiting for a decision. {who}; until then you can withdraw it on the Review page.")
    shown = desk.shown
    if shown:
        st.page_link(
            PAGES / "review.py",
            label="Open it in Review",
            icon=":material/arrow_forward:",
            query_params={"edit": str(shown.edit.id)},
        )


def _way_on(desk: Desk) -> None:
    shown = desk.shown
    if shown is None or desk.running:
        return
    allowed = may(desk.actor, "edit:propose")
    if fate.moved_on(shown):
        if st.button("Run on the newest version", key="run-newest", disabled=not allowed):
            _rerun(desk, on_newest=True)
    elif shown.edit.state == "unknown":
        _asked(desk, allowed)
    elif shown.edit.state in fate.ENDED:
        if st.button("Try again", key="try-again", disabled=not allowed, help="Runs the same values as a new edit"):
            _rerun(desk)
    elif shown.edit.reused_from and shown.edit.state == "ready":
        shell.muted("The same change was made to these very bytes before, so its result is shown at once.")
        if st.button("Run again anyway", key="run-anyway", disabled=not allowed):
            _rerun(desk)
    elif not desk.own and shown.edit.state == "ready":
        shell.muted(f"{words.person(shown.author)} ran this edit and can submit it. Run it again to make it yours.")


def _again(desk: Desk) -> None:
    """New pictures by the same recipe; those that are there stay."""
    shown, price, allowed = desk.shown, pricing.again(desk), may(desk.actor, "edit:propose")
    asks = shown is not None and shown.edit.engine == "openai" and shown.edit.state == "ready" and desk.models
    if shown is None or not asks or not desk.own or shown.outdated or shown.edit.reused_from:
        return
    if st.button("Run again", key="run-again", disabled=not allowed, help="The same recipe, new pictures, paid again"):
        _rerun(desk)
    shell.muted(f"The same recipe draws new pictures{f' for {price}' if price else ''}; these stay beside them.")


def _asked(desk: Desk, allowed: bool) -> None:
    """Whether to pay again for what may have been paid already: nobody but its author can say."""
    price = pricing.again(desk)
    if price:
        shell.muted(f"Once more costs {price}.")
    with st.container(horizontal=True, gap="small"):
        if st.button("Leave it", key="leave-it", width="stretch"):
            _leave(desk)
        if st.button("Run it again", key="run-it-again", disabled=not allowed, width="stretch"):
            _rerun(desk)


def _leave(desk: Desk) -> None:
    """Back to the picture; what was typed and marked stays."""
    if desk.shown is None:
        return
    place = locking.drawn(desk)
    address.put_values(desk.recipe.get("values", {}))
    address.put(asset=str(desk.shown.asset.id), template=desk.shown.template.name, edit=None, candidate=None,
                region=drawings.word(place.region), protect=drawings.word(place.protect))  # fmt: skip
    st.rerun()


def _rerun(desk: Desk, on_newest: bool = False) -> None:
    shown = desk.shown
    if shown is None:
        return
    edit = deeds.attempt("outcome", lambda: edits.rerun(desk.actor, str(shown.edit.id), on_newest=on_newest))
    if edit:
        address.open_edit(edit.id)
    st.rerun()
