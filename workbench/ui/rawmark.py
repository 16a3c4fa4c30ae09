"""The mark of a model's output that was used as it came, without the lock: red, with an icon and a word, for ever."""

from html import escape

import streamlit as st

from workbench.models import Edit, Operator
from workbench.ui import words
from workbench.ui.report import icon
from workbench.ui.tiles import Chip
from workbench.versions import Raw

#: for a tile
CHIP: Chip = {"kind": "fail", "words": "Raw output"}


def of(edit: Edit, author: Operator) -> Raw | None:
    """Why the edit used the output as it came, and who said so; None for every other edit."""
    return Raw(edit.reason, author) if edit.raw else None


def show(raw: Raw | None) -> None:
    """The notice with the reason, word for word, and who gave it; nothing for None."""
    if raw is None:
        return
    reason, who = escape(raw.reason, quote=True), escape(words.person(raw.by), quote=True)
    st.html(
        f'<div class="lp-notice lp-fail" role="note">{icon("fail")}<div><b>Raw output, not locked</b>'
        f'<span class="lp-words">“{reason}”</span><span>Used by {who}. No pixel is held to the original.</span>'
        "</div></div>"
    )


def line(raw: Raw) -> str:
    """The same in one line, for a list of facts: “Raw output, not locked: the type is final, by Ines Roth”."""
    return f"{CHIP['words']}, not locked: {raw.reason.strip().rstrip('.')}, by {words.person(raw.by)}"
