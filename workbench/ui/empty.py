"""What a page shows instead of content: nothing here yet, something went wrong, not for this person."""

from html import escape

import streamlit as st

from workbench.ui.report import Verdict, icon


def show(title: str, sentence: str, action: str | None = None, key: str | None = None) -> bool:
    """An empty place: what it is for, and the first step as a button. Returns whether the button was pressed.

    Give a key when two may stand on one page. The button is secondary: the page's primary one stays in the bar.
    """
    with _place(key or "empty"):
        _words(title, sentence)
        return action is not None and st.button(action, key=f"{key or 'empty'}-action")


def error(sentence: str, title: str = "That did not work") -> None:
    """A calm panel with what happened, what is safe and what to do now; it leaves the rest of the page standing."""
    _notice("fail", title, sentence)


def warning(sentence: str, title: str = "Look at this first") -> None:
    """A calm panel for what is doubtful but not wrong."""
    _notice("review", title, sentence)


def no_right(sentence: str) -> None:
    """In place of a page or panel that this person may not use: the sentence says who may."""
    with _place("no-right"):
        _words("Not open to you", sentence, icon("none"))


def _place(key: str) -> "st.delta_generator.DeltaGenerator":
    return st.container(key=f"state-{key}", horizontal_alignment="center")


def _words(title: str, sentence: str, mark: str = "") -> None:
    safe_title, safe_sentence = escape(title, quote=True), escape(sentence, quote=True)
    st.html(f'<div class="lp-state" role="status">{mark}<h2>{safe_title}</h2><p>{safe_sentence}</p></div>')


def _notice(verdict: Verdict, title: str, sentence: str) -> None:
    role = "alert" if verdict == "fail" else "status"
    st.html(
        f'<div class="lp-notice lp-{verdict}" role="{role}">{icon(verdict)}'
        f"<div><b>{escape(title, quote=True)}</b><span>{escape(sentence, quote=True)}</span></div></div>"
    )
