"""Turning the library's pages, by the address."""

import streamlit as st

from workbench.ui import address
from workbench.ui.library.shelf import Shelf


def show(seen: Shelf) -> None:
    """Draw “Back” and “Next” into the bar; nothing when everything is on one page."""
    page = seen.page
    if not (page.next or page.back):
        return
    if st.button("Back", key="page-back", disabled=page.back is None):
        address.put(before=page.back, after=None, asset=None)
        st.rerun()
    if st.button("Next", key="page-next", disabled=page.next is None):
        address.put(after=page.next, before=None, asset=None)
        st.rerun()
