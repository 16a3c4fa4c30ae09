"""Colours to choose from: the guideline's palette as a radio group, and on request any other colour."""

import re
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from workbench.errors import InvalidInput

HERE = Path(__file__).parent
_HEX = re.compile(r"#[0-9A-F]{6}")

_swatches = st.components.v2.component(
    "loupe_swatches",
    html=(HERE / "swatches.html").read_text(encoding="utf-8"),
    css=(HERE / "swatches.css").read_text(encoding="utf-8"),
    js=(HERE / "swatches.js").read_text(encoding="utf-8"),
)


def swatches(
    label: str, palette: Sequence[tuple[str, str]], *, key: str, default: str | None = None, custom: bool = False
) -> str | None:
    """Show the palette [(name, "#RRGGBB")] and return what is chosen, or None while nothing is.

    Returned is the name of a palette colour, or with custom=True also any colour as "#RRGGBB" (upper case), which can
    be typed, mixed or picked from the screen. default is a name or, with custom=True, a hex.
    """
    colours = [(name, hexa.upper()) for name, hexa in palette]
    wrong = next((hexa for _, hexa in colours if not _HEX.fullmatch(hexa)), None)
    if wrong:
        raise InvalidInput(f"“{wrong}” is not a colour; write # and six digits, for example #2747B8.")
    allowed = {name for name, _ in colours}
    chosen = _accepted((st.session_state.get(key) or {}).get("colour"), allowed, custom)
    chosen = chosen or _accepted(default, allowed, custom)
    data = {"label": label, "palette": colours, "chosen": chosen, "custom": custom}
    result = _swatches(data=data, default={"colour": chosen}, key=key, on_colour_change=lambda: None)
    return _accepted(result.colour, allowed, custom) or chosen


def _accepted(value: object, names: set[str], custom: bool) -> str | None:
    """What a browser sent, if it is one of the names or, where allowed, a colour."""
    if not isinstance(value, str):
        return None
    if value in names:
        return value
    return value.upper() if custom and _HEX.fullmatch(value.upper()) else None
