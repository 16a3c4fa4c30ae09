"""Insights: what happened lately, what it cost, and whether the image model can be reached."""

from pathlib import Path

import streamlit as st

from workbench.permissions import may
from workbench.ui import deeds, empty, shell, who, words
from workbench.ui.insights import board as boards
from workbench.ui.insights import choosing, ending, failing, model, speed, spending, today

st.html(shell.HERE / "records.css")
st.html(shell.HERE / "insights" / "insights.css")
board = boards.read(who.actor())
deeds.said()
middle, right = shell.room("insights", left=False)
with middle:
    choosing.show(board)
    with st.container(key="sheet-insights"):
        if not board.found.edits and not board.found.spent:
            if empty.show(
                "Nothing happened in these days",
                "This page shows what edits cost, how they ended, why some failed and how long they took. "
                "Run the first edit, or look back further.",
                "Go to Edit" if may(board.actor, "edit:propose") else None,
                key="no-insights",
            ):
                st.switch_page(Path(__file__).parent / "edit.py")
        else:
            spending.show(board)
            ending.show(board)
            failing.show(board)
            speed.show(board)
with right:
    today.budget(board)
    today.judged(board)
    model.show(board)
with shell.bar("", f"**{words.count(board.found.edits, 'edit')}** in {board.found.days} days"):
    pass
