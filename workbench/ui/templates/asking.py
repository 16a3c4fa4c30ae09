"""The values of a proof: one widget for each parameter, begun with what was proven last."""

from collections.abc import Mapping

import streamlit as st

from workbench import recipes
from workbench.ui import shell
from workbench.ui.edit import form
from workbench.ui.swatches import swatches

Colours = list[tuple[str, str]]


def values(
    template: recipes.Template, guideline: recipes.Guideline, known: Mapping[str, str], thumb: str | None, key: str
) -> dict[str, str]:
    """Draw the widgets and return what is typed so far; `thumb`'s colours are offered where any colour may be given."""
    typed = {}
    for parameter in template.parameters:
        if not isinstance(parameter, recipes.RegionParameter):
            begun = known.get(parameter.name)
            typed[parameter.name] = _widget(parameter, guideline, begun, thumb, f"{key}-{parameter.name}")
    return typed


def _widget(
    parameter: recipes.Parameter, guideline: recipes.Guideline, known: str | None, thumb: str | None, key: str
) -> str:
    match parameter:
        case recipes.PaletteColourParameter():
            return _palette(parameter, guideline, known or parameter.default, key)
        case recipes.ColourParameter():
            return _colour(parameter, guideline, known or parameter.default, thumb, key)
        case recipes.ChoiceParameter():
            return form.choice(parameter, known or parameter.default, key)
        case recipes.MarkParameter():
            return _mark(parameter, guideline, known or parameter.default, key)
        case recipes.NumberParameter():
            return form.number(parameter, known, key)
        case recipes.CopyParameter():
            return st.text_input(
                parameter.words, known or parameter.default or "", max_chars=parameter.max_length, key=key
            )
    return ""


def _palette(
    parameter: recipes.PaletteColourParameter, guideline: recipes.Guideline, known: str | None, key: str
) -> str:
    found = guideline.colour(known) if known else None
    palette = [(one.name, one.hex) for one in guideline.colours]
    return swatches(parameter.words, palette, key=key, default=found.name if found else None) or ""


def _colour(
    parameter: recipes.ColourParameter, guideline: recipes.Guideline, known: str | None, thumb: str | None, key: str
) -> str:
    brand = [(one.name, one.hex) for one in guideline.colours]
    seen = form.in_the_picture(thumb) if thumb else []
    shown = form.named(seen, brand)
    shown += [(name, hex_) for name, hex_ in brand if f"about {name}" not in dict(shown)]
    found = guideline.colour(known) if known else None
    first = found.hex if found else known or (form.likely(seen, brand) if seen else None)
    names = {hex_: name for name, hex_ in shown}
    picked = swatches(parameter.words, shown, key=key, default=names.get(first or "", first), custom=True)
    return dict(shown).get(picked or "", picked or "")


def _mark(parameter: recipes.MarkParameter, guideline: recipes.Guideline, known: str | None, key: str) -> str:
    names = [one.name for one in guideline.marks if one.kind in parameter.mark_kinds]
    if not names:
        shell.label(parameter.words)
        shell.muted("The guideline has no such mark yet.")
        return ""
    found = guideline.mark(known) if known else None
    index = names.index(found.name) if found and found.name in names else 0
    return st.selectbox(parameter.words, names, index=index, key=key)
