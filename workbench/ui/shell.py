"""What every page shares: the frame's styles, the three-column room, the action bar with its steps, small words."""

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

HERE = Path(__file__).parent

#: the way of every change, read as one line at the foot of each page
STEPS = ("Choose", "Run", "Compare", "Submit", "Decide", "Publish")


def frame() -> None:
    """Logo, colour scheme and styles; called once, before the page. st.set_page_config comes first."""
    theme = st.context.theme.type
    st.logo(str(HERE / f"static/logo-{theme or 'light'}.svg"), size="medium")
    # Dialogs and popovers hang outside .stApp, so light-dark() needs the scheme at the root. Before the browser
    # has told us its theme, both are allowed: the system's own choice is then followed.
    st.html(f"<style>:root{{color-scheme:{theme or 'light dark'}}}</style>")
    st.html(HERE / "shell.css")  # a .css path takes no room on the page


def room(key: str, left: bool = True, right: bool = True) -> list[DeltaGenerator]:
    """The columns of a page: [left panel,] middle [, right panel].

    Widths are fixed in shell.css (272, rest, 296 px); panels scroll by themselves; on a phone the middle comes first.
    """
    sides = "".join(f"-with-{name}" for name, there in (("left", left), ("right", right)) if there)
    with st.container(key=f"room-{key}{sides}"):
        return list(st.columns([3] * left + [8] + [3] * right, gap="small"))


def bar(step: str, note: str = "") -> DeltaGenerator:
    """The action bar at the foot, to be used with `with`: buttons go in from left to right, the primary one last.

    step is one of STEPS, or "" where a page stands beside the way of an edit. note is plain words ("2 of 6");
    `**stars**` make words bold, everything else is shown as is.
    """
    row: DeltaGenerator = st.bottom.container(key="bar", horizontal=True, vertical_alignment="center", gap="small")
    names = STEPS if step else ()
    steps = "".join(f"<li{' aria-current=step' if name == step else ''}>{name}</li>" for name in names)
    words = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(note, quote=True))
    row.html(
        f'<div class="lp-foot"><ol class="lp-steps" aria-label="Steps">{steps}</ol><p>{words}</p></div>',
        width="stretch",
    )
    return row


def title(name: str, *facts: str) -> None:
    """One line: what is on the screen, then its facts in grey; cut with an ellipsis, whole on hover."""
    grey = " · ".join(escape(fact, quote=True) for fact in facts)
    safe = escape(name, quote=True)
    st.html(f'<h1 class="lp-title" title="{safe}">{safe}{f"<span>{grey}</span>" if grey else ""}</h1>')


def label(words: str, count: int | str | None = None) -> None:
    """A small heading over a group, with a count or a fact at its right."""
    right = "" if count is None else f"<span>{escape(str(count), quote=True)}</span>"
    st.html(f'<h2 class="lp-label">{escape(words, quote=True)}{right}</h2>')


def facts(pairs: Sequence[tuple[str, str] | tuple[str, str, str]]) -> None:
    """A two-column list: (name, value) or (name, value, what hovering shows: the exact time, the whole hash)."""
    rows = ""
    for name, value, *more in pairs:
        hover = f' title="{escape(more[0], quote=True)}"' if more else ""
        rows += f"<dt>{escape(name, quote=True)}</dt><dd{hover}>{escape(value, quote=True)}</dd>"
    st.html(f'<dl class="lp-facts">{rows}</dl>')


def muted(words: str) -> None:
    """A line of quiet words: what belongs to the title above, or what a group is for."""
    st.html(f'<p class="lp-muted">{escape(words, quote=True)}</p>')
