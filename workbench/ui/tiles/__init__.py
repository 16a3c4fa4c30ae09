"""Pictures to choose from: one component in five layouts (list, picker, grid, strip, timeline)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NotRequired, TypedDict

import streamlit as st

from workbench.ui.report import WORDS, Verdict
from workbench.ui.urls import checked

HERE = Path(__file__).parent
Layout = Literal["list", "picker", "grid", "strip", "timeline"]

_tiles = st.components.v2.component(
    "loupe_tiles",
    html='<div class="tiles" role="group"></div>',
    css=(HERE / "tiles.css").read_text(encoding="utf-8"),
    js=(HERE / "tiles.js").read_text(encoding="utf-8"),
)


class Chip(TypedDict):
    """A word with a verdict's icon, or without one (`plain`)."""

    kind: Verdict | Literal["plain"]
    words: str


class Tile(TypedDict):
    """One picture that can be chosen."""

    id: str | int
    #: address of the thumbnail; None shows the words of `missing`
    img: str | None
    #: "No preview" unless said otherwise
    missing: NotRequired[str]
    title: str
    sub: NotRequired[str]
    chip: NotRequired[Chip | None]
    #: a second chip, for what is true of it for ever
    mark: NotRequired[Chip | None]
    #: tiles of one group follow each other and stand under its name and count
    group: NotRequired[str]
    #: the picture has transparency: it lies on a checkerboard
    alpha: NotRequired[bool]
    #: strip only: it belongs to something else than the ones before it
    apart: NotRequired[bool]
    #: timeline only: edit and reapply ●, revert ◇, import ○
    kind: NotRequired[str]
    disabled: NotRequired[bool]
    #: shown on hover; say here why a disabled tile can't be chosen
    hint: NotRequired[str]


def tiles(
    items: Sequence[Tile],
    *,
    chosen: str | int | None,
    layout: Layout = "list",
    label: str,
    key: str,
    height: str = "auto",
) -> str | int | None:
    """Show the pictures; return the id that was pressed in this run, else None.

    The press is an event, not a state: keep the choice in the address or the database, compare, then st.rerun().
    height is a CSS length; longer content scrolls inside. label is the group's accessible name.
    """
    data = {
        "items": [{**item, "id": str(item["id"]), "img": item["img"] and checked(item["img"])} for item in items],
        "chosen": None if chosen is None else str(chosen),
        "layout": layout,
        "label": label,
        "height": height,
    }
    pressed = _tiles(data=data, key=key, on_pick_change=lambda: None).pick
    # What comes back was sent by a browser: only an id that is shown and can be chosen counts.
    return {str(item["id"]): item["id"] for item in items if not item.get("disabled")}.get(str(pressed))


def verdict(kind: Verdict) -> Chip:
    """The chip of a fidelity verdict."""
    return {"kind": kind, "words": WORDS[kind]}
