"""Re-applying: the change that made a version, run as a new edit on another picture."""

from pathlib import Path

import streamlit as st

from workbench import edits
from workbench.ui import deeds, shell
from workbench.ui.history import record
from workbench.ui.history.record import Record
from workbench.ui.library import choosing

PAGES = Path(__file__).resolve().parents[3] / "pages"
_CHOSEN = "reapply-onto"


def show(shown: Record) -> None:
    """Open the dialog; it starts without a choice."""
    st.session_state.pop(_CHOSEN, None)
    st.dialog("Re-apply this change", width="medium")(_body)(shown)


def _body(shown: Record) -> None:
    deeds.refusal("reapply", "Not run yet")
    shell.label(record.change(shown.chosen.version), f"version {shown.number} of {shown.asset.name}")
    shell.muted(
        "The same template, values and region run as a new edit on the picture you choose, under the rules that are "
        "approved today. It is measured and reviewed like any other edit; nothing changes before it is accepted."
    )
    picked = choosing.show("reapply", st.session_state.get(_CHOSEN), label="Re-apply to")
    if picked and picked != st.session_state.get(_CHOSEN):
        st.session_state[_CHOSEN] = picked
        st.rerun(scope="fragment")
    onto = st.session_state.get(_CHOSEN)
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if st.button("Back to the history", key="reapply-no"):
            st.rerun()
        if st.button("Run it there", type="primary", key="reapply-yes", disabled=not onto) and onto:
            _run(shown, onto)


def _run(shown: Record, onto: str) -> None:
    edit = deeds.attempt("reapply", lambda: edits.reapply(shown.actor, str(shown.asset.id), shown.number, onto))
    if edit is None:
        st.rerun(scope="fragment")
    else:
        st.switch_page(PAGES / "edit.py", query_params={"asset": onto, "edit": str(edit.id)})
