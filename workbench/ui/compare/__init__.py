"""The viewer: before and after by swipe, side by side, onion skin, difference and blink, with one zoom for both."""

from collections.abc import Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import streamlit as st

from workbench.ui.urls import checked

HERE = Path(__file__).parent


def _read(*names: str) -> str:
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


# A component's script is one module: its files are joined, the later ones use what the earlier ones define.
_viewer = st.components.v2.component(
    "loupe_compare",
    html=_read("compare.html"),
    css=_read("compare.css"),
    js=_read(
        *("memory.js", "geometry.js", "pictures.js", "maps.js", "raw.js"),
        *("controls.js", "gestures.js", "drawing.js", "compare.js"),
    ),
)


class RawPlace(TypedDict):
    """Where in the picture a raw output belongs; boxes are left, top, width and height."""

    #: in shares of the picture
    part: Sequence[float]
    #: what of the output covers that part, in shares of the output
    content: Sequence[float]
    #: width / height that was asked for
    shape: float


class Side(TypedDict):
    """One of the two pictures."""

    #: address of the picture in full resolution
    url: str
    #: "Before", "After", "Version 4"
    label: str
    #: shown beside the label: "version 4 · 1600 × 1200 · PNG"
    facts: NotRequired[str]
    #: pixels, upright; the place is laid out before the picture is there
    width: NotRequired[int]
    height: NotRequired[int]
    #: PNG, any size, white (opaque) where the result differs from the original: enables "Changes"
    mask: NotRequired[str | None]
    #: PNG, white where the model changed the picture, allowed or not
    found: NotRequired[str | None]
    #: PNG, white, alpha = 10·ΔE (at most 255) between the original and the model's picture
    heat: NotRequired[str | None]
    #: the engine's output before the lock, any size: enables "Raw"
    raw: NotRequired[str | None]
    #: where the raw output lies when only a part of the picture was sent, or with something around it
    raw_at: NotRequired["RawPlace | None"]
    #: what the lock took away, shown beside the raw output: "1.84 px and ΔE 3.12 taken away by the lock"
    lock_note: NotRequired[str]


ADDRESSES = ("url", "mask", "found", "heat", "raw")


def compare(
    before: Side,
    after: Side | None = None,
    *,
    key: str,
    height: str = "var(--lp-room)",
    warm: Sequence[str] = (),
) -> None:
    """Show one picture, or two to be compared; mode, zoom and surround survive reruns and a change of the pictures.

    height is a CSS length. warm: addresses that are likely to be shown next; the browser fetches them when it is idle.
    The viewer carries data-ready="1" once both pictures are decoded. Maps and raw count on the after only.
    """
    data = {
        "before": _side(before),
        "after": None if after is None else _side(after),
        "height": height,
        "warm": [checked(url) for url in warm],
    }
    _viewer(data=data, key=key)


def _side(side: Side) -> dict[str, object]:
    addresses = {name: checked(url) for name in ADDRESSES if isinstance(url := side.get(name), str)}
    return {**dict.fromkeys(ADDRESSES), "facts": "", "lock_note": "", "raw_at": None, **side, **addresses}
