"""The contact sheet: pairs of pictures, before and after, each with its verdict and the first sentence that matters."""

from collections.abc import Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import streamlit as st

from workbench.ui.tiles import Chip
from workbench.ui.urls import checked

HERE = Path(__file__).parent

_contact = st.components.v2.component(
    "loupe_contact",
    html='<ul class="contact"></ul>',
    css=(HERE / "contact.css").read_text(encoding="utf-8"),
    js=(HERE / "contact.js").read_text(encoding="utf-8"),
)


class Thumb(TypedDict):
    """A small picture, letterboxed."""

    url: str
    #: it has transparency and lies on a checkerboard
    alpha: bool


class Pair(TypedDict):
    """One picture before and after."""

    id: str
    title: str
    sub: str
    chip: Chip
    before: Thumb
    after: Thumb | None
    #: what stands in place of an after that isn't there
    instead: str
    #: why it did not pass; "" when it did
    sentence: str
    #: the exact words on hover
    hint: NotRequired[str]


def contact(pairs: Sequence[Pair], *, label: str, key: str) -> str | None:
    """Show the pairs; returns the id of the one that was pressed in this run, to be looked at in full, else None."""
    for pair in pairs:
        for thumb in (pair["before"], pair["after"]):
            if thumb:
                checked(thumb["url"])
    pressed = _contact(data={"pairs": list(pairs), "label": label}, key=key, on_look_change=lambda: None).look
    # what comes back was sent by a browser: only a pair that is shown counts
    return next((pair["id"] for pair in pairs if pair["id"] == pressed), None)
