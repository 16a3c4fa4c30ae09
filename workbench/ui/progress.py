"""Work under way: a calm bar with words, in a place that keeps its height before, during and after."""

from html import escape

import streamlit as st


def show(
    fraction: float | None, words: str, *, note: str = "", under: str = "", cancel: str | None = None,
    key: str = "progress",
) -> bool:  # fmt: skip
    """A bar at `fraction` (0 to 1; None while nobody knows), words at its left, a note at its right, words `under` it.

    With `cancel`, a button of that name stands beside the bar; returns whether it was pressed.
    """
    with st.container(key=f"work-{key}", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(_bar(fraction, words, note, under), width="stretch")
        return cancel is not None and st.button(cancel, key=f"{key}-cancel")


def reserve() -> None:
    """Hold the bar's place while nothing runs, so that nothing jumps when it does."""
    st.html('<div class="lp-progress" aria-hidden="true"></div>')


def _bar(fraction: float | None, words: str, note: str, under: str) -> str:
    safe, percent = escape(words, quote=True), round(100 * min(1.0, max(0.0, fraction or 0.0)))
    if fraction is None:  # a still pattern: moving ones draw the eye from the picture
        now, inner = 'class="lp-waiting"', ""
    else:
        now, inner = f'aria-valuenow="{percent}"', f'<i style="width:{percent}%"></i>'
    right = escape(note, quote=True) or ("" if fraction is None else f"{percent} %")
    below = f'<p class="lp-under">{escape(under, quote=True)}</p>' if under else ""
    return (
        f'<div class="lp-progress"><p><span>{safe}</span><span>{right}</span></p>'
        f'<div role="progressbar" aria-label="Progress" aria-valuemin="0" aria-valuemax="100" {now}'
        f' aria-valuetext="{safe}">{inner}</div>{below}</div>'
    )
