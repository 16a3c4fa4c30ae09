"""The palette as a table, for people who would rather not write TOML: every change is written into the text."""

import hashlib
from typing import Any
from urllib.parse import quote

import streamlit as st

from workbench import recipes
from workbench.errors import RejectedFile
from workbench.ui import empty, shell

#: the widget that holds the guideline's text
TEXT = "guideline-text"
_PROBLEM = "palette-problem"
_FIELDS = ("name", "hex", "tolerance")


def show(guideline: recipes.Guideline) -> None:
    """Draw the table; a complete and valid change becomes the text of the guideline."""
    rows = [{"swatch": _swatch(one.hex), **{name: getattr(one, name) for name in _FIELDS}} for one in guideline.colours]
    # a table begins anew with each palette: its edits are in the text by then
    key = f"palette-{hashlib.sha256(repr(rows).encode()).hexdigest()[:16]}"
    with st.expander("Palette as a table"):
        shell.muted("Add, change or remove colours here. It writes the text anew; comments in the text are lost.")
        st.data_editor(
            rows or [{"swatch": "", "name": None, "hex": None, "tolerance": 2.0}],
            num_rows="dynamic",
            hide_index=True,
            width="stretch",
            key=key,
            on_change=_write,
            args=(key, guideline),
            column_order=("swatch", *_FIELDS),
            column_config={
                "swatch": st.column_config.ImageColumn("Colour", width="small"),
                "name": st.column_config.TextColumn("Name", max_chars=60),
                "hex": st.column_config.TextColumn("Value", max_chars=7, help="#RRGGBB"),
                "tolerance": st.column_config.NumberColumn("Tolerance, ΔE2000", min_value=0.0, max_value=20.0),
            },
        )
        problem = st.session_state.get(_PROBLEM)
        if problem and problem[0] == key:
            empty.warning(problem[1], "Not in the text yet")


def _write(key: str, guideline: recipes.Guideline) -> None:
    st.session_state.pop(_PROBLEM, None)
    try:
        changed = edited(guideline, st.session_state[key])
    except RejectedFile as error:
        st.session_state[_PROBLEM] = (key, str(error)[:1].upper() + str(error)[1:])
        return
    st.session_state[TEXT] = recipes.to_toml(changed)


def edited(guideline: recipes.Guideline, edits: dict[str, Any]) -> recipes.Guideline:
    """The guideline with a table's edits in it: rows that were changed, added and removed. Raises RejectedFile."""
    rows = [{name: getattr(one, name) for name in _FIELDS} for one in guideline.colours]
    for place, cells in edits["edited_rows"].items():
        if int(place) < len(rows):
            rows[int(place)] |= cells
        else:  # the empty row that a palette without colours begins with
            rows.append(dict(cells))
    left = [row for place, row in enumerate(rows) if place not in edits["deleted_rows"]]
    wanted = [_row(row) for row in [*left, *edits["added_rows"]]]
    return recipes.Guideline.from_json(guideline.to_json() | {"colour": [row for row in wanted if row]})


def _row(cells: dict[str, Any]) -> dict[str, Any]:
    """A row as a file has it: what is empty isn't there, and a row with neither name nor value is none at all."""
    row = {name: cells[name] for name in _FIELDS if cells.get(name) not in (None, "")}
    if "tolerance" in row:
        row["tolerance"] = float(row["tolerance"])
    for name in ("name", "hex"):
        if name in row:
            row[name] = str(row[name]).strip()
    return row if row.keys() & {"name", "hex"} else {}


def _swatch(hexa: str) -> str:
    drawn = f'<rect width="64" height="32" fill="{hexa}"/>'
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="32">{drawn}</svg>'
    return f"data:image/svg+xml,{quote(drawing)}"
