"""“About this edit”: what it did, who made it, on what it stands, and what it cost."""

import streamlit as st

from workbench.ui import makers, shell, words
from workbench.ui.edit import engines
from workbench.ui.edit.desk import Desk


def show(desk: Desk) -> None:
    """Draw the folded list; nothing before there is an edit."""
    shown = desk.shown
    if shown is None:
        return
    edit = shown.edit
    rows: list[makers.Fact] = [
        ("Change", edit.summary),
        ("By", words.person(shown.author)),
        ("Begun", words.moment(edit.created_at), words.exact(edit.created_at)),
        ("State", words.STATES[edit.state]),
        ("Template", f"{shown.template.title}, revision {shown.template.revision}"),
        ("Engine", engines.ENGINES.get(edit.engine, edit.engine)),
        *_tool(desk),
        *makers.facts(edit, desk.made),
        ("Began on", f"version {shown.base.number}"),
    ]
    with st.expander("About this edit"):
        shell.facts(rows)


def _tool(desk: Desk) -> list[makers.Fact]:
    said = desk.recipe["parameters"].get("made_with")
    return [("Made with", str(said))] if said else []
