"""Doing what a button asks for: a refusal is kept as its sentence and read at the place that caused it."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from workbench.errors import LoupeError
from workbench.ui import empty

Result = TypeVar("Result")
_REFUSED, _SAID, _DONE = "refused", "said", "done"
#: seconds in which the same press again is the second half of a double click
DOUBLE = 1.5
#: seconds; nobody looks at a picture for so short a time
LOOK = 0.35


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


@dataclass
class Memory:
    """The last deed of this browser tab: what was pressed, what came of it, when; read and written under the lock.

    A second press starts a second run of the page beside the first one, which is stopped only where it next speaks to
    the browser or touches st.session_state. Who gets the lock finds what the other half of a double click did.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    pressed: object = None
    result: Any = None
    at: float = 0.0


def once(pressed: object, deed: Callable[[], Result | None]) -> Result | None:
    """What `deed` gives; pressed again within DOUBLE seconds, and nothing else in between, what it gave before."""
    memory = _memory()
    with memory.lock:
        if memory.pressed == pressed and time.monotonic() - memory.at < DOUBLE:
            before: Result = memory.result
            return before
        result = deed()
        if result is not None:
            memory.pressed, memory.result, memory.at = pressed, result, time.monotonic()
        return result


def hasty(pressed: tuple[str, object]) -> bool:
    """Whether the same kind of deed was done to something else too short a time ago to have looked in between."""
    memory = _memory()
    with memory.lock:
        kind = memory.pressed[0] if isinstance(memory.pressed, tuple) else None
        return kind == pressed[0] and memory.pressed != pressed and time.monotonic() - memory.at < LOOK


def _memory() -> Memory:
    kept: Memory = st.session_state.setdefault(_DONE, Memory())
    return kept


def say(words: str) -> None:
    """Keep a toast for the next run: a page that starts anew would lose it."""
    told = st.session_state.setdefault(_SAID, [])
    if words not in told:
        told.append(words)


def said() -> None:
    """Show the toasts that were kept."""
    for words in st.session_state.pop(_SAID, []):
        st.toast(words, duration=10)
