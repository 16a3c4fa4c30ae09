"""Who acts in this run of a page, and in local mode the quiet switch between designer and lead."""

from html import escape
from pathlib import Path
from typing import Literal

import streamlit as st

from workbench import operators
from workbench.permissions import Actor

HERE = Path(__file__).parent
Acting = Literal["designer", "lead"]
#: what the one local person can act as; they stay the same person, and the record says so
CHOICES: tuple[Acting, ...] = ("designer", "lead")
_MARK = "as"


def actor() -> Actor:
    """The person behind this run of the page, with the rights they have right now."""
    return operators.local_actor("web", acting_as=_acting())


def switch() -> None:
    """Draw “Acting as” in the header: the same person, trying out what a designer or a lead may do."""
    chosen = _acting()
    _remember(chosen)
    st.html(HERE / "who.css")
    with st.container(key="who", horizontal=True, vertical_alignment="center", width="content"):
        name = escape(str(actor()), quote=True)
        st.html(f'<p class="lp-who" title="You are {name} on this machine, whichever you choose">Acting as</p>')
        st.segmented_control(
            "Acting as",
            CHOICES,
            default=chosen,
            format_func=str.capitalize,
            required=True,
            label_visibility="collapsed",
            key="acting-as",
            on_change=lambda: _remember(st.session_state["acting-as"]),
        )


def _acting() -> Acting:
    """What the address says, else what was chosen before in this tab, else designer."""
    for said in (st.query_params.get(_MARK), st.session_state.get("acting")):
        for choice in CHOICES:
            if said == choice:
                return choice
    return "designer"


def _remember(chosen: Acting) -> None:
    """Keep the choice over a change of page (the tab) and over a reload (the address)."""
    st.session_state["acting"] = chosen
    if chosen == "designer":
        st.query_params.pop(_MARK, None)
    else:
        st.query_params[_MARK] = chosen
