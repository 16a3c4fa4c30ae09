"""The left panel: all templates, those that wait for approval first, with what runs and what waits."""

import streamlit as st

from workbench import templates
from workbench.ui import address, shell, words
from workbench.ui.templates.board import Board


def show(board: Board) -> None:
    """Draw the list; another template starts the page anew."""
    rows = sorted(board.everything, key=_place)
    shell.label("Templates", len(rows))
    names = [one.name for one in rows]
    titles = {one.name: words.plain(one.current.title) for one in rows}
    chosen = board.chosen.name if board.chosen else names[0]

    def keep() -> None:
        address.put(template=st.session_state[key], revision=None, draft=None)

    # a key for each choice made elsewhere, so that the list follows the address
    key = f"choose-template-{chosen}"
    st.radio(
        "Templates",
        names,
        index=names.index(chosen),
        format_func=titles.__getitem__,
        captions=[_state(one) for one in rows],
        label_visibility="collapsed",
        key=key,
        on_change=keep,
        width="stretch",
    )


def _place(shown: templates.Shown) -> tuple[bool, bool, str]:
    """What waits for approval comes first, what is retired last."""
    waits = any(row.state == "proposed" for row in shown.revisions)
    return not waits, shown.current.state == "retired", shown.current.title.lower()


def _state(shown: templates.Shown) -> str:
    states = {row.state: row.revision for row in reversed(shown.revisions)}
    said = [f"revision {states['approved']} runs"] if "approved" in states else []
    said += [f"revision {states['proposed']} waits for approval"] if "proposed" in states else []
    return ", ".join(said) or "retired"
