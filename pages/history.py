"""History: every version of a picture, any two against each other, and the way back."""

from pathlib import Path

import streamlit as st

from workbench.permissions import may
from workbench.ui import deeds, empty, shell, who
from workbench.ui.history import exporting, facts, reapplying, record, reverting, timeline, viewing

st.html(shell.HERE / "records.css")
shown = record.read(who.actor())
deeds.said()
if shown is None:
    with shell.bar("Choose"):
        pass
    if empty.show(
        "No history yet",
        "Each accepted edit, each revert and each re-applied change becomes a version here. Add a picture first.",
        "Go to the library",
        key="no-history",
    ):
        st.switch_page(Path(__file__).parent / "library.py")
    st.stop()

left, middle, right = shell.room("history")
with left:
    timeline.show(shown)
with right:
    facts.show(shown)
with middle:
    viewing.show(shown)

same = shown.chosen.version.sha256 == shown.head.version.sha256
beside = f" against version {shown.against.version.number}" if shown.against else ""
with shell.bar("Publish" if shown.newest > 1 else "Choose", f"**Version {shown.number}**{beside}"):
    export = st.button("Export", key="export", disabled=not may(shown.actor, "version:export"))
    reapply = st.button(
        "Re-apply",
        key="reapply",
        disabled=shown.edit is None or not may(shown.actor, "version:reapply"),
        help=None if shown.edit else "This version was not made by an edit, so there is no change to re-apply.",
    )
    lead = may(shown.actor, "version:revert")
    reason = "A lead can revert." if not lead else "The newest version already has these bytes." if same else None
    revert = st.button("Revert to this version", type="primary", key="revert", disabled=same or not lead, help=reason)
if export:
    exporting.show(shown)
elif reapply:
    reapplying.show(shown)
elif revert:
    reverting.show(shown)
