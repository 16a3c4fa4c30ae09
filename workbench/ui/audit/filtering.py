"""The head of the Audit page: what the trail is narrowed to."""

import streamlit as st

from workbench.ui import address, words
from workbench.ui.audit.trail import SUBJECTS, Trail
from workbench.ui.library import choosing


def show(trail: Trail) -> None:
    """Draw the head; what it says is kept in the address."""
    with st.container(key="trail-head", horizontal=True, vertical_alignment="center", gap="small"):
        names = list(SUBJECTS)
        st.selectbox(
            "About", names, index=names.index(trail.subject), label_visibility="collapsed", width=220,
            key="trail-about", on_change=_keep,
        )  # fmt: skip
        _asset(trail)
        if trail.asset and st.button("Show all pictures", key="trail-all"):
            address.put(asset=None, before=None)
            st.rerun()


def _asset(trail: Trail) -> None:
    chosen = str(trail.asset.id) if trail.asset else None
    key = f"trail-asset-{chosen}"
    name = words.plain(trail.asset.name) if trail.asset else "All pictures"
    with st.popover(name, key=key, on_change="rerun") as opened:
        picked = choosing.show(key, chosen) if opened.open else None
    if picked and picked != chosen:
        address.put(asset=picked, before=None)
        st.rerun()


def _keep() -> None:
    address.put(about=SUBJECTS[st.session_state["trail-about"]], before=None)
