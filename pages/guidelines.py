"""Guidelines: the brand's colours, fonts and marks, and who allowed them."""

import streamlit as st

from workbench.permissions import may
from workbench.ui import deeds, empty, shell, who
from workbench.ui.guidelines import book as books
from workbench.ui.guidelines import choosing, proposing, sheet
from workbench.ui.templates import approving, revisions

st.html(shell.HERE / "records.css")
st.html(shell.HERE / "guidelines" / "guidelines.css")
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
        deeds.refusal(approving.PLACE, "Not approved")
        sheet.show(book)
    with right:
        choosing.show(book)
        revisions.show(book.revisions, row, book.people or {}, "guideline.toml")
        choosing.bundle(book)

waits = row is not None and row.state == "proposed"
with shell.bar("", f"**{row.title}** · revision {row.revision}, {row.state}" if row else ""):
    able = may(actor, "guideline:propose")
    propose = st.button(
        "Propose",
        type="secondary" if waits else "primary",
        key="propose",
        disabled=not able,
        help=None if able else "A designer or a lead can propose a guideline.",
    )
    if waits and row is not None:
        approving.guideline(actor, row)
if propose or first:
    proposing.show(actor, book.approved or row)
