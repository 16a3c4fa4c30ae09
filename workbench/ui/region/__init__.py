"""Drawing on the real picture where an edit may change it and where it must not: box, brush, eraser and suggestions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import streamlit as st

from workbench import recipes
from workbench.errors import InvalidInput
from workbench.ui.urls import checked

HERE = Path(__file__).parent
SCRIPTS = ("shapes", "marks", "tools", "keyboard", "finds", "panel", "region")

#: left, top, width, height in whole pixels of the upright picture; half-open: the pixels left … left + width − 1
Box = tuple[int, int, int, int]
#: as a recipe keeps it: {"box": …}, {"shapes": …}, {"mask": …} or None
Document = Mapping[str, Any] | None


def _read(*names: str) -> str:
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


# A component's script is one module: its files are joined, the later ones use what the earlier ones define.
_region = st.components.v2.component(
    "loupe_region",
    html=_read("region.html"),
    css=_read("region.css"),
    js=_read("../compare/geometry.js", *(f"{name}.js" for name in SCRIPTS)),
)


class Surface(TypedDict):
    """The picture that is drawn on."""

    #: what tells it from every other picture
    subject: str
    #: address of the picture or of a preview of it
    url: str
    #: pixels, upright, of the picture itself
    width: int
    height: int
    #: size of what is at the address, as a share of the picture itself; 1 = the picture
    shrunk: float


class Line(TypedDict):
    """A line of text that was found."""

    #: x, y, w, h in shares of the picture
    box: Sequence[float]
    text: str


class Area(TypedDict):
    """An area of one colour that was found."""

    polygon: Sequence[Sequence[float]]
    #: the same as it looks: its outer edge, then its holes
    rings: Sequence[Sequence[Sequence[float]]]
    hex: str
    #: in words
    share: str


@dataclass(frozen=True)
class Drawn:
    """What is drawn on both layers."""

    region: Document
    protect: Document


@dataclass(frozen=True)
class Extras:
    """What may lie over the picture beside what is drawn."""

    #: None while nobody looked for it, or while it is being looked for
    lines: Sequence[Line] | None = None
    areas: Sequence[Area] | None = None
    #: what is being looked for right now
    busy: str = ""
    #: data address of a PNG, white where the picture would change, and what to say of it
    overlay: str = ""
    words: str = ""


def region(
    surface: Surface,
    drawn: Drawn,
    *,
    key: str,
    layers: Mapping[str, str],
    first: str = "region",
    meant: str = "that may change",
    tools: bool = True,
    finds: Sequence[str] = ("lines", "areas"),
    extras: Extras = Extras(),
    room: str = "calc(var(--lp-room) - 92px)",
) -> None:
    """Show `drawn` over the picture and let it be changed; `news` tells what was changed.

    layers: names among "region" and "protect" with what people read; first: the one that is drawn on at first. meant
    ends the sentence "Drag a box over the part …". Without tools it only shows. finds: suggestions that can be asked
    for, see `wanted`. room is a CSS length: the height of everything.
    """
    sent = _sent(key, "drawn", surface["subject"])
    _region(
        data={
            **surface,
            "url": checked(surface["url"]),
            "region": drawn.region,
            "protect": drawn.protect,
            "echo": [sent.get("client"), sent.get("number")] if sent else None,
            "layers": dict(layers),
            "first": first,
            "meant": meant,
            "tools": tools,
            "finds": list(finds),
            "lines": extras.lines,
            "areas": extras.areas,
            "busy": extras.busy,
            "overlay": _data(extras.overlay),
            "words": extras.words,
            "room": room,
        },
        default={"drawn": None, "wanted": None},
        key=key,
        on_drawn_change=lambda: None,
        on_wanted_change=lambda: None,
    )


def news(surface: Surface, key: str) -> Drawn | None:
    """What a browser drew on this very picture since this was last asked, each change once; None when nothing.

    What is no drawing, or lies outside the picture, counts as nothing drawn.
    """
    sent = _sent(key, "drawn", surface["subject"])
    number = (sent.get("client"), sent.get("number"))
    if not sent or st.session_state.get(f"{key}-seen") == number:
        return None
    st.session_state[f"{key}-seen"] = number
    size = surface["width"], surface["height"]
    return Drawn(document(sent.get("region"), *size), document(sent.get("protect"), *size))


def wanted(surface: Surface, key: str) -> set[str]:
    """The suggestions that somebody asks for right now, among "lines" and "areas"."""
    sent = _sent(key, "wanted", surface["subject"])
    return {name for name in ("lines", "areas") if sent.get(name) is True}


def document(sent: object, width: int, height: int) -> dict[str, Any] | None:
    """What was sent, as a recipe keeps it: a box is cut to the picture; None for what is no drawing."""
    if isinstance(sent, Mapping) and set(sent) == {"box"}:
        box = clamped(sent["box"], width, height)
        return {"box": list(box)} if box else None
    try:
        return recipes.checked_region(sent)
    except InvalidInput:
        return None


def clamped(box: object, width: int, height: int) -> Box | None:
    """The part of the box that lies in the picture; None for what is no box of whole pixels or lies outside."""
    if not isinstance(box, list | tuple) or len(box) != 4 or any(type(number) is not int for number in box):
        return None
    left, top = max(0, box[0]), max(0, box[1])
    right, foot = min(width, box[0] + box[2]), min(height, box[1] + box[3])
    return (left, top, right - left, foot - top) if right > left and foot > top else None


def _sent(key: str, name: str, subject: str) -> Mapping[str, Any]:
    state = st.session_state.get(key)
    sent = state.get(name) if isinstance(state, Mapping) else None
    return sent if isinstance(sent, Mapping) and sent.get("subject") == subject else {}


def _data(address: str) -> str:
    # it ends up inside a CSS url("…")
    if address and not re.fullmatch(r"data:image/png;base64,[A-Za-z0-9+/=]+", address):
        raise InvalidInput("What would change can't be shown: it is no picture.")
    return address
