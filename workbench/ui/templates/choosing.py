"""Choosing several pictures: small tiles, each a check box, letterboxed."""

from collections.abc import Collection, Sequence
from pathlib import Path

import streamlit as st

from workbench.ui.tiles import Tile
from workbench.ui.urls import checked

HERE = Path(__file__).parent

_choosing = st.components.v2.component(
    "loupe_choosing",
    html='<div class="choosing" role="group"></div>',
    css=(HERE / "choosing.css").read_text(encoding="utf-8"),
    js=(HERE / "choosing.js").read_text(encoding="utf-8"),
)


def several(items: Sequence[Tile], *, first: Collection[str], label: str, key: str, height: str) -> list[str]:
    """Show the pictures and return the ids of those that are ticked, in the order shown; `first` to begin with."""
    kept = (st.session_state.get(key) or {}).get("ticked", list(first))
    data = {
        "items": [{**item, "img": item["img"] and checked(item["img"])} for item in items],
        "ticked": kept,
        "label": label,
        "height": height,
    }
    ticked = _choosing(data=data, default={"ticked": list(first)}, key=key, on_ticked_change=lambda: None).ticked
    # what comes back was sent by a browser: only ids that are shown count
    known = ticked if isinstance(ticked, list) else list(first)
    return [str(item["id"]) for item in items if str(item["id"]) in known]
