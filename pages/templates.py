"""Templates: the edits that may be run, what they ask for, and who allowed them."""

import streamlit as st

from workbench import templates
from workbench.permissions import may
from workbench.ui import address, deeds, empty, shell, who, words
from workbench.ui.templates import board as boards
from workbench.ui.templates import listing, proposing, retiring, revisions, sheet

st.html(shell.HERE / "records.css")
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
        deeds.refusal("approve", "Not approved")
        sheet.show(board)
    with right:
        revisions.show(board.revisions, row, board.people, f"{row.name}.toml")

waits = row is not None and row.state == "proposed"
note = f"**{row.title}** · revision {row.revision}, {row.state}" if row else ""
with shell.bar("Choose", note):
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
        lead = may(actor, "template:approve")
        stays = f"Revision {row.revision} runs from then on"
        former = f", and revision {board.approved.revision} is retired." if board.approved else "."
        if st.button(
            "Approve", type="primary", key=f"approve-{row.id}", disabled=not lead,
            help=stays + former if lead else "A lead can approve a template.",
        ):  # fmt: skip
            number = row.revision
            if deeds.attempt("approve", lambda: templates.approve(actor, board.revisions[0].name, number)):
                deeds.say(f"Revision {number} of **{words.plain(row.title)}** runs from now on.")
                address.put(template=row.name, revision=str(number))
            st.rerun()
if propose or first:
    proposing.show(actor, row.source if row else "")
elif retire and row:
    retiring.show(actor, row)
