"""The template and its typed values."""

import io
from contextlib import suppress

import numpy as np
import streamlit as st
from PIL import Image

from workbench import recipes, storage
from workbench.imaging import colours
from workbench.imaging.colour_space import delta_e_2000, hex_to_rgb, to_lab
from workbench.ui import deeds, shell, words
from workbench.ui.edit import address, offering
from workbench.ui.edit.desk import Desk
from workbench.ui.swatches import swatches
from workbench.ui.tiles import tiles

#: ΔE2000 up to which a picture's colour is called by a brand colour's name
NEAR = 6.0
#: ΔE2000 up to which a colour may be a brand colour under other light
LIT = 10
#: choices up to this many stand side by side
BESIDE = 3


def show(desk: Desk, seed: str) -> dict[str, str]:
    """Draw the template's values and return what is typed so far; each `seed` has widgets of its own."""
    chosen = desk.row
    if desk.template is None or chosen is None:
        return {}
    deeds.refusal("values", "Not run yet", {one.name: one.words for one in desk.template.parameters})
    known = {**(desk.recipe.get("values", {}) if desk.same else {}), **desk.asked.values}
    typed: dict[str, str] = {}
    for parameter in desk.template.parameters:
        if not isinstance(parameter, recipes.RegionParameter):
            key = f"value-{chosen.name}-{parameter.name}-{seed}"
            typed[parameter.name] = _widget(desk, parameter, known.get(parameter.name), key)
            # what was never touched stays out of the address
            if typed[parameter.name] != st.session_state.setdefault(f"first-{key}", typed[parameter.name]):
                address.put_values({parameter.name: typed[parameter.name]})
    return typed


def choose(desk: Desk) -> None:
    """Draw the templates; another one starts the page anew."""
    if not desk.templates:
        shell.label("Template")
        shell.muted("No template is approved yet. A lead approves them on the Templates page.")
        return
    names = [row.name for row in desk.templates]
    # the browser answers with the words it was shown: two templates of one title must not be taken for each other
    given = [row.title for row in desk.templates]
    titles = {
        row.name: row.title if given.count(row.title) == 1 else f"{row.title} · {row.name}" for row in desk.templates
    }
    index = names.index(desk.row.name) if desk.row else 0
    key = f"template-{desk.row.name if desk.row else ''}"
    picked = st.selectbox("Template", names, index=index, format_func=lambda name: titles[name], key=key)
    if desk.row and picked != desk.row.name:
        address.forget_values()
        address.put(template=picked, region=None, protect=None, marking=None)
        st.rerun()
    if desk.template:
        shell.muted(recipes.sentence(desk.template))


def _widget(desk: Desk, parameter: recipes.Parameter, known: str | None, key: str) -> str:
    match parameter:
        case recipes.PaletteColourParameter():
            return _palette(desk, parameter, known or parameter.default, key)
        case recipes.ColourParameter():
            return _colour(desk, parameter, known or parameter.default, key)
        case recipes.ChoiceParameter():
            return choice(parameter, known or parameter.default, key)
        case recipes.NumberParameter():
            return number(parameter, known, key)
        case recipes.MarkParameter():
            return _mark(desk, parameter, known or parameter.default, key)
        case recipes.CopyParameter():
            return _copy(desk, parameter, known or parameter.default, key)
        case recipes.RegionParameter():
            return ""


def _brand(desk: Desk) -> list[tuple[str, str]]:
    return [(colour.name, colour.hex) for colour in desk.guideline.colours]


def _palette(desk: Desk, parameter: recipes.Parameter, known: str | None, key: str) -> str:
    if not desk.guideline.colours:
        shell.label(parameter.words)
        shell.muted("The guideline has no colours yet.")
        return ""
    found = desk.guideline.colour(known) if known else None
    return swatches(parameter.words, _brand(desk), key=key, default=found.name if found else None) or ""


def _colour(desk: Desk, parameter: recipes.Parameter, known: str | None, key: str) -> str:
    seen = in_the_picture(desk.source.picture.thumb_sha256) if desk.source else []
    shown = named(seen, _brand(desk))
    # small print has too little area to be found: the brand's own colours can be meant as well
    shown += [(name, hex_) for name, hex_ in _brand(desk) if f"about {name}" not in dict(shown)]
    names = {hex_: name for name, hex_ in shown}
    brand = desk.guideline.colour(known) if known else None
    known = brand.hex if brand else known or (likely(seen, _brand(desk)) if seen else None)
    default = names.get(known, known) if known else None
    picked = swatches(parameter.words, shown, key=key, default=default, custom=True)
    return dict(shown).get(picked or "", picked or "")


def choice(parameter: recipes.ChoiceParameter, known: str | None, key: str) -> str:
    """Draw the options, side by side where they are few, and return the one that is chosen."""
    options = list(parameter.options)
    chosen = known if known in options else options[0]

    def said(option: str) -> str:
        return option.replace("-", " ").capitalize()

    if len(options) <= BESIDE:
        return st.segmented_control(
            parameter.words, options, default=chosen, format_func=said, required=True, key=key, width="stretch"
        )
    return st.selectbox(parameter.words, options, index=options.index(chosen), format_func=said, key=key)


def number(parameter: recipes.NumberParameter, known: str | None, key: str) -> str:
    """Draw the number's field, begun inside its range, and return what it says."""
    start = parameter.default if parameter.default is not None else parameter.min
    with suppress(ValueError):  # the address may say anything
        start = min(max(float(known), parameter.min), parameter.max) if known else start
    unit = f", {parameter.unit}" if parameter.unit else ""
    value = st.number_input(
        f"{parameter.words}{unit}",
        float(parameter.min),
        float(parameter.max),
        float(start),
        step=float(parameter.step) if parameter.step else None,
        format="%g",
        key=key,
        help=parameter.range.capitalize(),
    )
    return f"{value:g}"


def _mark(desk: Desk, parameter: recipes.MarkParameter, known: str | None, key: str) -> str:
    marks = [mark for mark in desk.guideline.marks if parameter.fits(mark)]
    shell.label(parameter.words)
    if not marks:
        shell.muted("The guideline has no such mark yet.")
        return ""
    found = desk.guideline.mark(known) if known else None
    chosen = found.name if found in marks and found else None
    picked = tiles(
        [
            {
                "id": mark.name,
                "img": words.blob(mark.sha256) if mark.sha256 else None,
                "title": mark.name,
                "sub": f"at least {mark.min_width} px wide",
                "alpha": True,
            }
            for mark in marks
        ],
        chosen=chosen,
        layout="picker",
        label=parameter.words,
        key=key,
    )
    if picked and picked != chosen:
        address.put_values({parameter.name: str(picked)})
        st.rerun()
    return chosen or ""


def _copy(desk: Desk, parameter: recipes.CopyParameter, known: str | None, key: str) -> str:
    turn = st.session_state.setdefault(f"turn-{key}", 0)  # filled by another widget, it is another field
    text = st.text_input(parameter.words, known or "", max_chars=parameter.max_length, key=f"{key}-{turn}")
    if text and (objection := parameter.objection(text)):
        shell.muted(f"This {objection}.")

    def fill(picked: str) -> None:
        address.put_values({parameter.name: picked})
        st.session_state[f"turn-{key}"] = turn + 1

    if desk.source and desk.template and parameter.name in offering.replaced(desk.template):
        offering.show(desk.source.picture, key, parameter.max_length, fill)
    return text


@st.cache_data(max_entries=500, show_spinner=False)
def in_the_picture(thumb_sha256: str) -> list[str]:
    """Up to six colours with real area in a picture, by its thumbnail, as #RRGGBB; found once for each thumbnail."""
    with Image.open(io.BytesIO(storage.store().get(thumb_sha256))) as opened:
        pixels = np.asarray(opened.convert("RGBA" if "A" in opened.getbands() else "RGB"))
    return colours.palette(pixels, count=6)


def named(seen: list[str], brand: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The picture's colours with names: “about Sage” where a brand colour is near (ΔE2000 ≤ NEAR), else a number."""
    shown: list[tuple[str, str]] = []
    taken: set[str] = set()
    for number, hex_ in enumerate(seen, 1):
        distance = {name: _apart(hex_, other) for name, other in brand}
        near = min(distance, key=lambda name: distance[name]) if distance else ""
        about = f"about {near}" if near and distance[near] <= NEAR else ""
        shown.append((about if about and about not in taken else f"colour {number}", hex_))
        taken.add(about)
    return shown


def _apart(one: str, other: str) -> float:
    pair = [to_lab(hex_to_rgb(hex_)[None, :]) for hex_ in (one, other)]
    return float(delta_e_2000(*pair)[0])


def likely(found: list[str], brand: list[tuple[str, str]]) -> str:
    """What people most likely came to change: the most colourful one, as the brand colour it is in light or shade."""
    first = vivid(found)
    nearest = min((hex_ for _, hex_ in brand), key=lambda hex_: _apart(first, hex_), default=first)
    return nearest if _apart(first, nearest) <= LIT else first


def vivid(found: list[str]) -> str:
    """The most colourful one: paint rather than ground, which is what people come to change."""

    def chroma(hex_: str) -> int:
        channels = [int(hex_[at : at + 2], 16) for at in (1, 3, 5)]
        return max(channels) - min(channels)

    return max(found, key=chroma)
