"""Using an output as it came, without the lock: a lead's decision, with a reason that stays beside the picture."""

import streamlit as st

from workbench import edits
from workbench.permissions import may
from workbench.ui import deeds, empty, words
from workbench.ui.edit import address, locking
from workbench.ui.edit.desk import Desk

#: characters; less says nothing
SHORTEST = 8
MEANING = (
    "Nothing is repaired: every pixel is the model’s, in the model’s size, with its drift in place and colour. The "
    "report fails, and the picture is marked “raw output” for ever, with your name and your reason."
)
WHY = "Why the locked result does not do"
LEADS = "Only a lead can use the raw output. Ask one, and say why the locked result does not do."


def show(desk: Desk) -> None:
    """The button that opens the dialog; there for everybody, so that everybody knows who can."""
    allowed = may(desk.actor, "edit:use_raw")
    if st.button(
        "Use raw output", key="raw-open", disabled=not allowed, help=None if allowed else LEADS, width="stretch"
    ):
        st.dialog("Use the output without the lock?", width="small")(body)(desk)


def body(desk: Desk) -> None:
    """Draw what is in the dialog."""
    shown = desk.shown
    if shown is None:
        return
    empty.error(MEANING, "This can’t be taken back")
    reason = st.text_area(
        "Reason",
        placeholder="Why the locked result does not do",
        height=88,
        max_chars=500,
        key=f"raw-reason-{shown.edit.id}",
    ).strip()
    deeds.refusal("raw", "Not used")
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if st.button("Keep the lock", key="raw-no"):
            st.rerun()
        if st.button("Use raw output", key="raw-yes", type="primary"):
            if len(reason) < SHORTEST:
                empty.warning(f"Give the reason in a few words, {SHORTEST} characters at least.", "Not used yet")
            else:
                _use(desk, str(shown.edit.id), locking.number(desk), reason)


def _use(desk: Desk, edit: str, candidate: int | None, reason: str) -> None:
    made = deeds.once(
        ("raw", edit, candidate, reason),
        lambda: deeds.attempt("raw", lambda: edits.use_raw(desk.actor, edit, candidate=candidate, reason=reason)),
    )
    if made is None:
        st.rerun(scope="fragment")
    else:
        name = words.plain(desk.shown.asset.name) if desk.shown else ""
        deeds.say(f"The raw output of **{name}** is used, and marked so for ever.")
        address.open_relocked(made.id)
        st.rerun()
