"""Review: the queue, the picture, the numbers, one key to decide."""

import streamlit as st

from workbench.ui import deeds, shell, who
from workbench.ui.review import deciding, listing, panel, queue, viewing

st.html(shell.HERE / "work.css")
waiting = queue.read(who.actor())
deeds.said()

left, middle, right = shell.room("review")
with left:
    listing.show(waiting)
with middle:
    viewing.show(waiting)
with right:
    note = panel.show(waiting)
deciding.show(waiting, note)
with right:
    deciding.bind()
