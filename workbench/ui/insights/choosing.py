"""The head of the Insights page: how many days."""

import streamlit as st

from workbench.ui import address, shell
from workbench.ui.insights.board import DAYS, USUAL, Board


def show(board: Board) -> None:
    """Draw the head; what it says is kept in the address."""
    with st.container(key="insights-head", horizontal=True, vertical_alignment="center", gap="small"):
        st.segmented_control(
            "Look back", list(DAYS), default=board.days, format_func=DAYS.__getitem__, required=True,
            label_visibility="collapsed", key=f"insights-days-{board.days}", on_change=_keep, args=(board.days,),
        )  # fmt: skip
        shell.muted("Days are counted in UTC, as budgets are.")


def _keep(before: int) -> None:
    days = st.session_state[f"insights-days-{before}"]
    address.put(days=None if days == USUAL else str(days))
