"""The ledger's proof: what the chain can show, its newest hash to keep elsewhere, and the walk over all of it."""

from datetime import UTC, datetime

import streamlit as st

from workbench import audit, db
from workbench.permissions import require
from workbench.ui import empty, shell, words
from workbench.ui.audit.trail import Trail
from workbench.ui.report import icon

_FOUND = "ledger-found"


def show(trail: Trail) -> None:
    """Draw the panel."""
    if kept := st.session_state.get(_FOUND):
        _result(*kept)
    shell.label("Newest event", f"{trail.tip[0]:,}")
    st.code(trail.tip[1] or "–", language=None, wrap_lines=True)
    shell.muted("Each event carries the hash of the one before it, so this one hash stands for the whole trail.")
    shell.label("What this proves")
    shell.muted(
        "A changed, inserted or removed event breaks the chain, and “Verify ledger” names the first one that does not "
        "fit."
    )
    shell.muted(
        "Cutting off the newest events leaves a shorter chain that still fits. Only a number and hash kept elsewhere "
        "show that: copy them now and then to a place that Loupe can’t write to, such as a mail to your auditor."
    )


def verify(trail: Trail) -> None:
    """Walk over all events and keep what was found for the next run."""
    require(trail.actor, "audit:verify")
    with st.spinner("Reading every event …"), db.transaction() as tx:
        st.session_state[_FOUND] = audit.verify(tx), datetime.now(UTC)


def _result(found: audit.Verified, at: datetime) -> None:
    if not found.ok:
        empty.error(
            f"Event {found.first_break:,} does not fit: {found.why}. The {found.events - 1:,} before it do. Everything "
            "from there on is in doubt: keep a backup as it is and compare it with an earlier one.",
            "The ledger is broken",
        )
        return
    whole = f"{words.count(found.events, 'event')}, each follows the one before it and has its own hash. Read "
    st.html(
        f'<div class="lp-notice lp-pass" role="status">{icon("pass")}<div><b>The ledger is whole</b>'
        f"<span>{whole}{words.when(at)}.</span></div></div>"
    )
