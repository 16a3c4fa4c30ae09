"""The one place where a page's errors become words."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from workbench.errors import LoupeError
from workbench.ui import empty, shell

BUG = (
    "Something went wrong inside Loupe, and this page stopped. Everything saved before is safe; what you were just "
    "typing may not be. Show the page again and repeat the last step. If that fails too, tell whoever runs Loupe "
    "the time: {at}."
)


@contextmanager
def calm() -> Iterator[None]:
    """Shows our own errors raised inside as their sentence; a bug passes through, to be logged and seen."""
    try:
        yield
    except LoupeError as error:
        _panel(str(error))


def show(error: Exception) -> bool:
    """Streamlit's `on_script_error`: whatever a page, a callback or a fragment let escape, shown in our words.

    Streamlit has logged the error and its traceback by then. True = its own box stays away.
    """
    context = get_script_run_ctx()
    if context is not None and not context.has_script_started:
        # a callback runs before main.py, which is then left out: without this the panel would stand there bare
        shell.frame()
    at = datetime.now(UTC).strftime("%H:%M:%S UTC")
    _panel(str(error) if isinstance(error, LoupeError) else BUG.format(at=at))
    return True


def _panel(sentence: str) -> None:
    empty.error(sentence)
    # Any press runs the page anew, now without the step that failed. Two parts of a page may fail at once.
    st.button("Show the page again", key=f"again-{uuid.uuid4()}")
