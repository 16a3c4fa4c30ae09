"""Audit: who did what when, and the proof that nobody changed it afterwards."""

import streamlit as st

from workbench.permissions import may
from workbench.ui import address, deeds, empty, shell, who, words
from workbench.ui.audit import filtering, ledger, table
from workbench.ui.audit import trail as trails

st.html(shell.HERE / "records.css")
trail = trails.read(who.actor())
deeds.said()
middle, right = shell.room("audit", left=False)
with middle:
    if trail.missing:
        empty.warning(trail.missing, "Not found")
    filtering.show(trail)
    with st.container(key="trail"):
        table.show(trail)
with right:
    ledger.show(trail)

last = trail.events[-1].seq if trail.events else 0
with shell.bar("", words.count(trail.tip[0], "event")):
    if (trail.before or trail.older) and st.button("Newest", key="trail-first", disabled=trail.before is None):
        address.put(before=None)
        st.rerun()
    if (trail.before or trail.older) and st.button("Older", key="trail-next", disabled=not trail.older):
        address.put(before=str(last))
        st.rerun()
    if st.button("Verify ledger", type="primary", key="verify", disabled=not may(trail.actor, "audit:verify")):
        ledger.verify(trail)
        st.rerun()
