"""Retiring a template: what that means, before it is done."""

import streamlit as st

from workbench import templates
from workbench.models import TemplateRevision
from workbench.permissions import Actor
from workbench.ui import address, deeds, shell, words


def show(actor: Actor, row: TemplateRevision) -> None:
    """Open the dialog."""
    st.dialog(f"Retire {words.plain(row.title)}?")(_body)(actor, row)


def _body(actor: Actor, row: TemplateRevision) -> None:
    deeds.refusal("retire", "Not retired")
    runs = row.state == "approved"
    shell.muted(
        f"Revision {row.revision} can no longer be chosen on the Edit page, and edits can't be run again with it."
        if runs
        else f"Revision {row.revision} is taken off the list of what waits for approval."
    )
    shell.muted("What was made with it stays, with its whole provenance. To bring it back, propose its file again.")
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if st.button("Keep it", key="retire-no"):
            st.rerun()
        if st.button(f"Retire revision {row.revision}", type="primary", key="retire-yes"):
            done = deeds.attempt("retire", lambda: templates.retire(actor, row.name, row.revision))
            if done is None:
                st.rerun(scope="fragment")
            else:
                deeds.say(f"Revision {row.revision} of **{words.plain(row.title)}** is retired.")
                address.put(template=row.name, revision=str(row.revision))
                st.rerun()
