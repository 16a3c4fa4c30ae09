"""Work that takes longer than a look: done in a thread beside the page, waited for without holding the page up."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from typing import Any, TypeVar

import streamlit as st

Result = TypeVar("Result")
#: what is there sooner is shown at once, without a word about waiting
PATIENCE = 1.0


@st.cache_resource(show_spinner=False)
def _pool() -> ThreadPoolExecutor:
    # two at once for everybody: the web process has pages to draw
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="page")


def begin(work: Callable[..., Result], *arguments: Any) -> Future[Result]:
    """Start `work`; it must not touch Streamlit."""
    return _pool().submit(work, *arguments)


def wait(future: Future[Any], seconds: float = PATIENCE) -> bool:
    """Whether it is done, after at most `seconds`; what it raised is raised by future.result()."""
    return bool(wait_for([future], seconds).done)


@st.fragment(run_every=0.4)
def watch(future: Future[Any]) -> None:
    """Draws nothing; the page starts anew once it is done."""
    if future.done():
        st.rerun()
