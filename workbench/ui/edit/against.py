"""What a candidate is compared with: the original, or another candidate of the same values."""

import streamlit as st

from workbench.models import Candidate, Edit, Picture
from workbench.ui import makers, sides, words
from workbench.ui.edit import address
from workbench.ui.edit.desk import Desk

Other = tuple[Edit, Candidate, Picture]


def chosen(desk: Desk) -> sides.Side | None:
    """The other candidate as the before; None for the original."""
    found = _others(desk).get(desk.asked.against)
    if found is None:
        return None
    return sides.picture(*_name(desk, found), found[2])


def named(desk: Desk) -> str:
    """What the shown candidate is called beside another one."""
    return f"Candidate {desk.looked_at[0].index}" if desk.looked_at else ""


def show(desk: Desk) -> None:
    """Draw the choice where there is one."""
    others = _others(desk)
    if not others or desk.before is None:
        return
    names = {"": f"the original, version {desk.before.version.number}"}
    for ident, one in others.items():
        name, which = _name(desk, one)
        names[ident] = f"{name} ({which})"
    now = desk.asked.against if desk.asked.against in names else ""
    key = f"against-{desk.asked.edit}-{desk.asked.candidate}"

    def keep() -> None:
        address.put(against=st.session_state[key])

    st.selectbox(
        "Compare with", list(names), index=list(names).index(now), key=key, on_change=keep,
        format_func=lambda ident: f"Compared with {names[ident]}", label_visibility="collapsed",
    )  # fmt: skip


def _others(desk: Desk) -> dict[str, Other]:
    """Every candidate in the strip but the one that is looked at, by how the address names it."""
    shown, found = desk.shown, desk.looked_at
    if shown is None or found is None:
        return {}
    own = {str(one.index): (shown.edit, one, picture) for one, picture in shown.candidates if one.id != found[0].id}
    return own | {f"{edit.id}:{one.index}": (edit, one, picture) for edit, one, picture in desk.beside}


def _name(desk: Desk, other: Other) -> tuple[str, str]:
    """What tells it from the rest, and what else is to be known."""
    edit, candidate, _ = other
    maker, number = makers.said(edit, candidate), f"candidate {candidate.index}"
    if desk.shown and edit.id == desk.shown.edit.id:
        return number.capitalize(), maker
    return maker, f"{words.moment(edit.created_at)}, {number}"
