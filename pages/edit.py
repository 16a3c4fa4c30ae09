"""Edit: choose a picture and a template, run, compare, submit."""

import streamlit as st

from workbench.ui import deeds, shell, who
from workbench.ui.edit import (
    address,
    bringing,
    desk,
    engines,
    form,
    marking,
    modelling,
    outcome,
    picker,
    pricing,
    running,
    stage,
)  # fmt: skip

st.html(shell.HERE / "work.css")
asked = address.read()
# widgets of one edit's form are not another's: opened by its address, an edit brings its own values
state = st.session_state
if "edit-form" not in state or state.get("edit-open") != asked.edit:
    state["edit-open"], state["edit-form"] = asked.edit, asked.edit or ""
table = marking.taken(desk.read(who.actor(), asked))
deeds.said()

left, middle, right = shell.room("edit")
with left:
    picker.show(table)
    seed = f"{state['edit-form']}-{table.source.asset.id if table.source else ''}"
    form.choose(table)
    engines.show(table)
    modelling.show(table, seed)
    price = st.container()
    bringing.show(table, seed)
    values = form.show(table, seed)
    marking.row(table)
with price:
    offer = pricing.show(table, values)
with middle:
    stage.show(table, values)
with right:
    outcome.show(table, values)
running.show(table, values, offer)
