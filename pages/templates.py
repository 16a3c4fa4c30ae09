"""Templates: the edits that may be run, what they ask for, and who allowed them."""

import streamlit as st

from workbench.permissions import may
from workbench.ui import deeds, empty, shell, who
from workbench.ui.templates import approving, listing, proof, proposing, proving, retiring, revisions, sheet
from workbench.ui.templates import board as boards

st.html(shell.HERE / "records.css")
st.html(proof.STYLES)
actor = who.actor()
board = boards.read(actor)
row, first = board.chosen, False
deeds.said()
if row is None:
    first = empty.show(
        "No templates yet",
        "A template says what may be changed, which values are asked for and which numbers pass. "
        "Once a lead has approved it, it can be run on the Edit page.",
        "Propose the first one" if may(actor, "template:propose") else None,
        key="no-templates",
    )
else:
    left, middle, right = shell.room("templates")
    with left:
        listing.show(board)
    with middle, st.container(key="sheet-template"):
        deeds.refusal(approving.PLACE, "Not approved")
        sheet.head(board)
        proof.show(board)
        sheet.show(board)
    with right:
        revisions.show(board.revisions, row, board.people, f"{row.name}.toml")

waits = row is not None and row.state == "proposed"
name = row.title.replace("*", "∗") if row else ""  # stars would make words bold
note = f"**{name}** · revision {row.revision}, {row.state}" if row else ""
proven = proof.said(board)
prove = False
with shell.bar("", f"{note} · {proven}" if proven else note):
    allowed = may(actor, "template:retire")
    retire = row is not None and st.button(
        "Retire",
        key="retire",
        disabled=not allowed or row.state == "retired",
        help=None if allowed else "A lead can retire a template.",
    )
    propose = st.button(
        "Propose",
        type="secondary" if waits else "primary",
        key="propose",
        disabled=not may(actor, "template:propose"),
        help=None if may(actor, "template:propose") else "A designer or a lead can propose a template.",
    )
    if waits and row is not None:
        prove = st.button(
            "Prove",
            key="prove",
            disabled=not may(actor, "template:prove"),
            help=None if may(actor, "template:prove") else "A designer or a lead can prove a template.",
        )
        approving.template(actor, row)
if propose or first:
    proposing.show(actor, row.source if row else "")
elif prove and row:
    proving.show(row, board.values)
elif retire and row:
    retiring.show(actor, row)
else:
    proof.look(board)
