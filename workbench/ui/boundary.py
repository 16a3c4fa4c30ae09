"""The one place where a page's errors become words."""

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
        empty.error(str(error))


def show(error: Exception) -> bool:
    """Streamlit's `on_script_error`: whatever a page, a callback or a fragment let escape, shown in our words.

    Streamlit has logged the error and its traceback by then. True = its own box stays away.
    """
    context = get_script_run_ctx()
    if context is not None and not context.has_script_started:
        # a callback runs before main.py, which is then left out: without this the panel would stand there bare
        shell.frame()
    at = datetime.now(UTC).strftime("%H:%M:%S UTC")
    empty.error(str(error) if isinstance(error, LoupeError) else BUG.format(at=at))
    # any press runs the page anew
    st.button("Show the page again", key="boundary-again")
    return True
