"""Guidelines: the brand's colours, fonts and marks, and who allowed them."""

import streamlit as st

from workbench import guidelines
from workbench.permissions import may
from workbench.ui import address, deeds, empty, shell, who
from workbench.ui.guidelines import book as books
from workbench.ui.guidelines import proposing, sheet
from workbench.ui.templates import revisions

st.html(shell.HERE / "records.css")
actor = who.actor()
book = books.read(actor)
row, first = book.chosen, False
deeds.said()
if row is None:
    first = empty.show(
        "No guideline yet",
        "The guideline holds the brand's colours, fonts and marks. Templates take their values from it, and every "
        "report measures against it.",
        "Propose the first one" if may(actor, "guideline:propose") else None,
        key="no-guideline",
    )
else:
    middle, right = shell.room("guidelines", left=False)
    with middle, st.container(key="sheet-guideline"):
        deeds.refusal("approve", "Not approved")
        sheet.show(book)
    with right:
        revisions.show(book.revisions, row, book.people, "guideline.toml")

waits = row is not None and row.state == "proposed"
with shell.bar("Choose", f"**{row.title}** · revision {row.revision}, {row.state}" if row else ""):
    able = may(actor, "guideline:propose")
    propose = st.button(
        "Propose",
        type="secondary" if waits else "primary",
        key="propose",
        disabled=not able,
        help=None if able else "A designer or a lead can propose a guideline.",
    )
    if waits and row is not None:
        lead = may(actor, "guideline:approve")
        if st.button(
            "Approve", type="primary", key=f"approve-{row.id}", disabled=not lead,
            help=None if lead else "A lead can approve a guideline.",
        ):  # fmt: skip
            number = row.revision
            if deeds.attempt("approve", lambda: guidelines.approve(actor, number)):
                deeds.say(f"Revision {number} of the guideline holds from now on.")
                address.put(revision=str(number))
            st.rerun()
if propose or first:
    proposing.show(actor, book.approved or row)
