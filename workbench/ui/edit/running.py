"""The action bar of the Edit page: run, submit, and the facts that stand beside the buttons."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from workbench import edits, reviews, storage
from workbench.models import Edit
from workbench.permissions import may
from workbench.ui import deeds, shell, words
from workbench.ui.edit import address, bringing, engines, foreseeing, locking, marking
from workbench.ui.edit.desk import Desk
from workbench.ui.edit.pricing import Offer

#: why an output from elsewhere can't be looked at before it is run
UNFORESEEN = "What another tool changed is found when the edit runs: the lock compares its output with the original."

SAME = "Change the region or a setting of the lock first: this is what it gives with the present ones."


def show(desk: Desk, values: Mapping[str, str], offer: Offer | None) -> None:
    """Draw the bar; one button is primary: submit once there is something to submit, run before that.

    offer: what a run by an image model would cost.
    """
    relocking = locking.changed(desk)
    submittable = _submittable(desk) and not relocking
    idle = desk.running or desk.source is None or desk.template is None or not may(desk.actor, "edit:propose")
    with shell.bar(_step(desk), _note(desk, offer)):
        if not locking.stored(desk) or locking.raw(desk):
            _foresee(desk, values, idle)
        elif not relocking:
            st.button("Lock again", key="relock-same", disabled=True, help=SAME)
        run = st.button(
            "Run edit",
            type="secondary" if submittable or relocking else "primary",
            key=f"run-{desk.asked.edit or 'new'}",
            disabled=idle or bool(_lacking(desk)) or bool(offer and offer.refused),
        )
        if submittable and st.button(
            "Submit for approval",
            type="primary",
            key=f"submit-{desk.asked.edit}",
            disabled=not may(desk.actor, "edit:submit"),
        ):
            _submit(desk)
        again = relocking and st.button(
            "Lock again", type="primary", key=f"relock-{desk.asked.edit}", disabled=not may(desk.actor, "edit:propose")
        )
    if run:
        _run(desk, values)
    if again:
        locking.relock(desk)


def _foresee(desk: Desk, values: Mapping[str, str], idle: bool) -> None:
    """What will change, or what a model is sent, before it is run; the same button again shows the picture as it is."""
    engine = engines.engine(desk)
    shown = "what is sent" if engine == "openai" else "what will change"
    if foreseeing.found(desk, values):
        if st.button(f"Hide {shown}", key="foreseen-hide"):
            foreseeing.forget()
            st.rerun()
        return
    waiting = foreseeing.pending(desk, values) is not None
    lacking = marking.lacking(desk) or engines.lacking(desk)
    disabled = idle or waiting or engine == "external" or bool(lacking)
    unforeseen = UNFORESEEN if engine == "external" else None
    if st.button(f"Show {shown}", key="foreseen-show", disabled=disabled, help=unforeseen):
        foreseeing.ask(desk, values)
        st.rerun()


def _lacking(desk: Desk) -> str:
    """Everything that must be there first."""
    return " ".join(filter(None, (engines.lacking(desk), marking.lacking(desk), bringing.lacking(desk))))


def _submittable(desk: Desk) -> bool:
    shown = desk.shown
    return shown is not None and shown.edit.state == "ready" and desk.own and not shown.outdated


def _step(desk: Desk) -> str:
    if desk.source is None:
        return "Choose"
    if locking.changed(desk):
        return "Compare"
    state = desk.shown.edit.state if desk.shown else ""
    return {"ready": "Submit", "submitted": "Decide", "accepted": "Publish"}.get(state, "Run")


def _note(desk: Desk, offer: Offer | None) -> str:
    if desk.source is None:
        return ""
    lacking = "" if desk.running else _lacking(desk)
    name = desk.source.asset.name.replace("*", "∗")  # stars would make words bold
    return f"**{name}** · version {desk.source.version.number} · {lacking or _cost(desk, offer)}"


def _cost(desk: Desk, offer: Offer | None) -> str:
    if locking.changed(desk):
        return locking.FREE
    if offer:
        return offer.words
    return "made elsewhere, locked here at no cost" if engines.engine(desk) == "external" else "made here, at no cost"


def _run(desk: Desk, values: Mapping[str, str]) -> None:
    source, template, wish = desk.source, desk.template, foreseeing.wish(desk, values)
    if source is None or template is None or wish is None:
        return
    foreseeing.forget()
    edit = deeds.once(
        ("run", source.asset.id, wish),
        lambda: deeds.attempt("values", lambda: _proposed(desk, str(source.asset.id), wish)),
    )
    if edit:
        address.open_edit(edit.id)
        address.put(asset=str(source.asset.id), template=template.name)
        # the form stays as it is: its widgets belong to this edit from now on
        st.session_state["edit-open"] = str(edit.id)
    st.rerun()


def _proposed(desk: Desk, asset: str, wish: edits.Wish) -> Edit:
    """The edit, with the bytes of the output that was brought."""
    if brought := bringing.output(desk):
        wish = replace(
            wish, output=storage.store().get(brought), made_with=bringing.made_with(desk), lock=locking.kept(desk)
        )
    return edits.propose(desk.actor, asset, wish)


def _submit(desk: Desk) -> None:
    found = desk.looked_at
    if desk.shown is None or found is None:
        return
    edit = desk.shown.edit
    if deeds.attempt("outcome", lambda: reviews.submit(desk.actor, str(edit.id), found[0].index)):
        deeds.say(f"**{words.plain(desk.shown.asset.name)}** is submitted. A lead decides on the Review page.")
    st.rerun()
