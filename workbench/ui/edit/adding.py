"""Adding pictures without leaving the Edit page; the first new one becomes the source."""

import streamlit as st

from workbench.permissions import may
from workbench.ui import uploads
from workbench.ui.edit import address
from workbench.ui.edit.desk import Desk

NAME = "adding"


def show(desk: Desk) -> None:
    """A popover with the uploader."""
    if not may(desk.actor, "asset:add"):
        return
    with st.popover("Add a picture", icon=":material/add:", width="stretch"):
        added = uploads.show(desk.actor, NAME)
        if uploads.outcomes(NAME) and st.button("Add others", key="adding-anew"):
            uploads.empty(NAME)
            st.rerun()
        if added:
            address.put(q=None, after=None)
            address.open_asset(added[0], forget=list(desk.asked.values))
            st.rerun()
