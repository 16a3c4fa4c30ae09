"""Library: every picture of the brand, found by name, collection or tag."""

from pathlib import Path

import streamlit as st

from workbench.permissions import may
from workbench.ui import deeds, shell, who, words
from workbench.ui.library import adding, details, grid, importing, paging, searching, shelf

PAGES = Path(__file__).parent

st.html(shell.HERE / "records.css")
seen = shelf.read(who.actor())
deeds.said()
with st.container(key="library"):
    importing.show(seen.actor)
    searching.show(seen)
    first = grid.show(seen)

chosen = seen.chosen
found = words.count(len(seen.page.assets), "picture") + (" on this page" if seen.page.next or seen.page.back else "")
with shell.bar("Choose", f"**{chosen.name.replace('*', '∗')}**" if chosen else found):
    paging.show(seen)
    add = st.button(
        "Add pictures",
        type="secondary" if chosen else "primary",
        key="add-pictures",
        disabled=not may(seen.actor, "asset:add"),
    )
    if chosen:
        look = st.button("Details", key="details")
        history = st.button("History", key="to-history")
        edit = st.button(
            "Edit this picture", type="primary", key="to-edit", disabled=not may(seen.actor, "edit:propose")
        )
if add or first:
    adding.show(seen.actor, seen.collections)
elif chosen and look:
    details.show(seen)
elif chosen and (edit or history):
    st.switch_page(PAGES / ("edit.py" if edit else "history.py"), query_params={"asset": str(chosen.id)})
