"""The action bar of the Edit page: run, submit, and the facts that stand beside the buttons."""

from collections.abc import Mapping

import streamlit as st

from workbench import edits, reviews
from workbench.permissions import may
from workbench.ui import deeds, shell, words
from workbench.ui.edit import address, foreseeing, marking, stage
from workbench.ui.edit.desk import Desk


def show(desk: Desk, values: Mapping[str, str]) -> None:
    """Draw the bar; one button is primary: submit once there is something to submit, run before that."""
    submittable = _submittable(desk)
    idle = desk.running or desk.source is None or desk.template is None or not may(desk.actor, "edit:propose")
    with shell.bar(_step(desk), _note(desk)):
        _foresee(desk, values, idle)
        run = st.button(
            "Run edit",
            type="secondary" if submittable else "primary",
            key=f"run-{desk.asked.edit or 'new'}",
            disabled=idle or bool(marking.lacking(desk)),
        )
        if submittable and st.button(
            "Submit for approval",
            type="primary",
            key=f"submit-{desk.asked.edit}",
            disabled=not may(desk.actor, "edit:submit"),
        ):
            _submit(desk)
    if run:
        _run(desk, values)


def _foresee(desk: Desk, values: Mapping[str, str], idle: bool) -> None:
    """What will change, before it is run; the same button again shows the picture as it is."""
    if foreseeing.found(desk, values):
        if st.button("Hide what will change", key="foreseen-hide"):
            foreseeing.forget()
            st.rerun()
    elif desk.template is None or "exact" in desk.template.engines.allowed:
        waiting = foreseeing.pending(desk, values) is not None
        disabled = idle or waiting or bool(marking.lacking(desk))
        if st.button("Show what will change", key="foreseen-show", disabled=disabled):
            foreseeing.ask(desk, values)
            st.rerun()


def _submittable(desk: Desk) -> bool:
    shown = desk.shown
    return shown is not None and shown.edit.state == "ready" and desk.own and not shown.outdated


def _step(desk: Desk) -> str:
    if desk.source is None:
        return "Choose"
    state = desk.shown.edit.state if desk.shown else ""
    return {"ready": "Submit", "submitted": "Decide", "accepted": "Publish"}.get(state, "Run")


def _note(desk: Desk) -> str:
    if desk.source is None:
        return ""
    lacking = "" if desk.running else marking.lacking(desk)
    name = desk.source.asset.name.replace("*", "∗")  # stars would make words bold
    return f"**{name}** · version {desk.source.version.number} · {lacking or 'made here, at no cost'}"


def _run(desk: Desk, values: Mapping[str, str]) -> None:
    source, template, wish = desk.source, desk.template, foreseeing.wish(desk, values)
    if source is None or template is None or wish is None:
        return
    foreseeing.forget()
    edit = deeds.once(
        ("run", source.asset.id, wish),
        lambda: deeds.attempt("values", lambda: edits.propose(desk.actor, str(source.asset.id), wish)),
    )
    if edit:
        address.open_edit(edit.id)
        address.put(asset=str(source.asset.id), template=template.name)
        # the form stays as it is: its widgets belong to this edit from now on
        st.session_state["edit-open"] = str(edit.id)
    st.rerun()


def _submit(desk: Desk) -> None:
    found = stage.looked_at(desk)
    if desk.shown is None or found is None:
        return
    edit = desk.shown.edit
    if deeds.attempt("outcome", lambda: reviews.submit(desk.actor, str(edit.id), found[0].index)):
        deeds.say(f"**{words.plain(desk.shown.asset.name)}** is submitted. A lead decides on the Review page.")
    st.rerun()
