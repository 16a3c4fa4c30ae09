"""The right panel: what became of the edit, what was measured, and the way on."""

from html import escape
from pathlib import Path

import streamlit as st

from workbench import edits
from workbench.permissions import may
from workbench.ui import deeds, empty, measured, shell, words
from workbench.ui.edit import address, stage
from workbench.ui.edit.desk import Desk

PAGES = Path(__file__).resolve().parents[3] / "pages"
#: states after which the same values can be run as a new edit
ENDED = ("failed", "unknown", "cancelled", "rejected", "withdrawn")


def show(desk: Desk) -> None:
    """Draw the panel."""
    found = stage.looked_at(desk)
    shell.label("Fidelity report", f"candidate {found[0].index}" if found else None)
    if desk.missing:
        empty.warning(desk.missing, "Not found")
    deeds.refusal("outcome")
    if desk.shown is None:
        shell.muted("Each number is measured on the full picture and set beside the template’s limit.")
        return
    _fate(desk)
    if found:
        measured.show(found[0])
    if desk.running:
        shell.muted("The report appears here as soon as the edit is done.")
    _facts(desk)


def _fate(desk: Desk) -> None:
    """What happened to the edit, in sentences, with the button that leads on."""
    shown = desk.shown
    if shown is None:
        return
    edit = shown.edit
    last = shown.decisions[-1] if shown.decisions else None
    match edit.state:
        case "failed" | "unknown":
            title = "The edit failed" if edit.state == "failed" else "Nobody knows how it ended"
            empty.error(edit.failure or "It ended without a result. The original is untouched.", title)
        case "cancelled":
            empty.warning("Nothing was kept, and the original is untouched.", "The edit was cancelled")
        case "rejected" if last:
            _rejected(words.person(last[1]), last[0].reason)
        case "withdrawn":
            empty.warning("It was taken back before anybody decided.", "The edit was withdrawn")
        case "accepted" if last:
            own = ", who also made it" if last[0].self_approved else ""
            shell.muted(f"Accepted by {words.person(last[1])}{own}. It is a version of the picture now.")
            st.page_link(
                PAGES / "history.py", label="See it in the history", query_params={"asset": str(edit.asset_id)}
            )
        case "submitted":
            _submitted(desk)
    _way_on(desk)


def _rejected(who: str, reason: str) -> None:
    st.html(
        '<div class="lp-notice lp-fail" role="status"><i class="lp-icon lp-fail" aria-hidden="true"></i>'
        f"<div><b>Rejected by {escape(who, quote=True)}</b>"
        f'<span class="lp-words">{escape(reason, quote=True)}</span></div></div>'
    )


def _submitted(desk: Desk) -> None:
    who = "A lead decides: you, acting as lead, or another one" if may(desk.actor, "edit:accept") else "A lead decides"
    shell.muted(f"Waiting for a decision. {who}; until then you can withdraw it on the Review page.")
    shown = desk.shown
    if shown:
        st.page_link(PAGES / "review.py", label="Open it in Review", query_params={"edit": str(shown.edit.id)})


def _way_on(desk: Desk) -> None:
    shown = desk.shown
    if shown is None or desk.running:
        return
    allowed = may(desk.actor, "edit:propose")
    waits = shown.edit.state in ("ready", "submitted")
    if shown.outdated and (waits or shown.edit.state in ENDED):
        empty.warning(
            f"“{shown.asset.name}” is at version {shown.head.number} by now, and this edit began on version "
            f"{shown.base.number}. It can’t become a version any more; the same values can be run on the newest one.",
            "The picture has moved on",
        )
        if st.button("Run on the newest version", key="run-newest", disabled=not allowed):
            _rerun(desk, on_newest=True)
    elif shown.edit.state in ENDED:
        if st.button("Try again", key="try-again", disabled=not allowed, help="Runs the same values as a new edit"):
            _rerun(desk)
    elif shown.edit.reused_from and shown.edit.state == "ready":
        shell.muted("The same change was made to these very bytes before, so its result is shown at once.")
        if st.button("Run again anyway", key="run-anyway", disabled=not allowed):
            _rerun(desk)
    elif not desk.own and shown.edit.state == "ready":
        shell.muted(f"{words.person(shown.author)} ran this edit and can submit it. Run it again to make it yours.")


def _rerun(desk: Desk, on_newest: bool = False) -> None:
    shown = desk.shown
    if shown is None:
        return
    edit = deeds.attempt("outcome", lambda: edits.rerun(desk.actor, str(shown.edit.id), on_newest=on_newest))
    if edit:
        address.open_edit(edit.id)
    st.rerun()


def _facts(desk: Desk) -> None:
    shown = desk.shown
    if shown is None:
        return
    edit = shown.edit
    with st.expander("About this edit"):
        shell.facts(
            [
                ("Change", edit.summary),
                ("By", words.person(shown.author)),
                ("Begun", words.moment(edit.created_at), words.exact(edit.created_at)),
                ("State", words.STATES[edit.state]),
                ("Template", f"{shown.template.title}, revision {shown.template.revision}"),
                ("Engine", edit.engine),
                ("Began on", f"version {shown.base.number}"),
            ]
        )
