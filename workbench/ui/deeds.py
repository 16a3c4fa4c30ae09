"""Doing what a button asks for: a refusal is kept as its sentence and read at the place that caused it."""

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import streamlit as st

from workbench.errors import LoupeError
from workbench.ui import empty

Result = TypeVar("Result")
_REFUSED, _SAID, _DONE = "refused", "said", "done"
#: seconds in which the same press again is the same wish
DOUBLE = 1.5


def attempt(place: str, deed: Callable[[], Result]) -> Result | None:
    """What `deed` gives, or None when it was refused; `refusal(place)` then shows why, in this run or the next one."""
    try:
        return deed()
    except LoupeError as error:
        st.session_state[_REFUSED] = (place, str(error))
        return None


def refusal(place: str, title: str = "That did not work", labels: Mapping[str, str] | None = None) -> None:
    """Show the sentence that was kept for `place`, once; names in it are said as their `labels` on the page."""
    kept = st.session_state.get(_REFUSED)
    if kept and kept[0] == place:
        del st.session_state[_REFUSED]
        sentence = kept[1]
        for name, label in (labels or {}).items():
            sentence = sentence.replace(f"“{name}”", f"“{label}”")
        empty.error(sentence, title)


def remember(pressed: object, result: str) -> None:
    """Keep what a press led to; see `once`."""
    st.session_state[_DONE] = (pressed, result, time.monotonic())


def once(pressed: object) -> str | None:
    """What the same press led to a moment ago, or None: the second half of a double click is not a second wish.

    It interrupts the run of the first half, which may not have told the browser yet where to go.
    """
    former, result, at = st.session_state.get(_DONE, (None, "", 0.0))
    return result if former == pressed and time.monotonic() - at < DOUBLE else None


def say(words: str) -> None:
    """Keep a toast for the next run: a page that starts anew would lose it."""
    st.session_state.setdefault(_SAID, []).append(words)


def said() -> None:
    """Show the toasts that were kept."""
    for words in st.session_state.pop(_SAID, []):
        st.toast(words, duration=10)
