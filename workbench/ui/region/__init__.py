"""A box drawn over the real picture: which part of it an edit may change."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from workbench.ui.urls import checked

HERE = Path(__file__).parent

#: left, top, width, height in whole pixels of the upright picture; half-open: the pixels left … left + width − 1
Box = tuple[int, int, int, int]

_region = st.components.v2.component(
    "loupe_region",
    html=(HERE / "region.html").read_text(encoding="utf-8"),
    css=(HERE / "region.css").read_text(encoding="utf-8"),
    js=(HERE / "region.js").read_text(encoding="utf-8"),
)


def region(
    src_url: str,
    width: int,
    height: int,
    *,
    value: Box | None = None,
    key: str,
    room: str = "calc(var(--lp-room) - 92px)",
) -> Box | None:
    """Let a box be drawn, moved, resized, typed and cleared; return it, or None while there is none.

    width and height are those of the picture in pixels, upright. value is the box to begin with; from then on the
    person's own box counts, until another picture is shown. room is a CSS length: the height with the row of numbers.
    """
    box = _drawn(st.session_state.get(key), src_url, width, height, value)
    data = {"url": checked(src_url), "width": width, "height": height, "box": box, "room": room}
    sent = _region(data=data, default={"drawn": None}, key=key, on_drawn_change=lambda: None)
    return _drawn(sent, src_url, width, height, value)


def _drawn(state: object, src_url: str, width: int, height: int, value: Box | None) -> Box | None:
    """The box that a browser sent for this very picture, else the one to begin with; never outside the picture."""
    drawn = state.get("drawn") if isinstance(state, Mapping) else None
    if isinstance(drawn, Mapping) and drawn.get("url") == src_url:
        return clamped(drawn.get("box"), width, height)
    return clamped(value, width, height)


def clamped(box: object, width: int, height: int) -> Box | None:
    """The part of the box that lies in the picture; None for what is no box of whole pixels or lies outside."""
    if not isinstance(box, list | tuple) or len(box) != 4 or any(type(number) is not int for number in box):
        return None
    left, top = max(0, box[0]), max(0, box[1])
    right, foot = min(width, box[0] + box[2]), min(height, box[1] + box[3])
    return (left, top, right - left, foot - top) if right > left and foot > top else None
