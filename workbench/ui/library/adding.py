"""Adding pictures to the library, into a collection if wanted."""

import streamlit as st

from workbench.permissions import Actor
from workbench.ui import address, uploads

NAME = "library"


def show(actor: Actor, collections: list[str]) -> None:
    """Open the dialog."""
    uploads.empty(NAME)
    st.dialog("Add pictures", width="medium", on_dismiss="rerun")(_body)(actor, collections)


def _body(actor: Actor, collections: list[str]) -> None:
    collection = st.selectbox(
        "Collection",
        collections,
        index=None,
        placeholder="None; choose one or type a new name",
        accept_new_options=True,
        key="library-into",
    )
    uploads.show(actor, NAME, collection)
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Done", type="primary", key="library-done"):
            address.put(after=None, before=None)
            st.rerun()
