"""The region and what is protected: their row in the form, and the drawing on the picture."""

from dataclasses import dataclass, replace

import streamlit as st

from workbench import recipes
from workbench.ui import shell, words
from workbench.ui.edit import address, drawings
from workbench.ui.edit.desk import Desk
from workbench.ui.region import Document, Drawn, Extras, Surface, news, region

#: pixels from which on the preview is drawn on: the picture itself would take a phone's memory
LARGE = 8_000_000
PREVIEW_SIDE = 1600


@dataclass(frozen=True)
class Rule:
    """What a template's region rule means for the drawing."""

    #: layers that can be drawn, and what people read
    layers: dict[str, str]
    #: said beside the label while nothing is drawn
    empty: str
    #: ends “Drag a box over the part …”
    meant: str = "that may change"
    #: the layer without which nothing can run, and why
    needed: str = ""
    reason: str = ""
    #: the form's own words
    words: str = ""
    mark: str = "Mark a region"
    change: str = "Change the region"
    clear: str = "Whole picture"


_BOTH = {"region": "May change", "protect": "Protected"}
_KEPT = {
    "mark": "Protect a part", "change": "Change what is protected", "clear": "Protect nothing",
    "meant": "that must stay as it is",
}  # fmt: skip
RULES = {
    "none": Rule({"protect": "Protected"}, "the whole picture", **_KEPT),
    "optional": Rule(_BOTH, "the whole picture"),
    "required": Rule(
        _BOTH, "required", needed="region", reason="Mark the part that may change first.",
        words="Mark the part of the picture that may change: nothing outside it does.",
    ),
    "text_line": Rule(
        _BOTH, "found by itself", clear="Find it again",
        words="The line with the old copy is found by itself; mark a region only if it stands there twice.",
    ),
    "protected": Rule(
        {"protect": "Protected"}, "nothing yet", needed="protect", reason="Mark what must stay as it is first.",
        words="Everything may change except what you protect: mark what must stay.", **_KEPT,
    ),
    "subject": Rule(
        {"region": "Product"}, "required", "that is cut out and kept", needed="region",
        reason="Mark the product first.", mark="Mark the product", change="Change the mark", clear="Clear the mark",
        words="Mark the product, roughly: it is cut out and kept, everything else changes.",
    ),
}  # fmt: skip


def rule(desk: Desk) -> Rule | None:
    """What the chosen template says about regions; None without a template or a picture."""
    return RULES[desk.template.region.rule] if desk.template and desk.source else None


def drawn(desk: Desk) -> Drawn:
    """What is drawn, as the address or, before anything was changed, the shown edit's recipe has it."""
    kept = rule(desk)
    if kept is None:
        return Drawn(None, None)
    return Drawn(*(_layer(desk, name) if name in kept.layers else None for name in ("region", "protect")))


def _layer(desk: Desk, name: str) -> Document:
    said = desk.asked.region if name == "region" else desk.asked.protect
    if said:
        return drawings.read(said)[0]
    return desk.recipe.get(name) if desk.same else None


def lacking(desk: Desk) -> str:
    """Why nothing can run yet: what must be marked first; "" when nothing must."""
    kept = rule(desk)
    if kept is None or not kept.needed:
        return ""
    found = drawn(desk)
    return "" if (found.region if kept.needed == "region" else found.protect) else kept.reason


def wanted(desk: Desk) -> bool:
    """Whether the middle shows the drawing instead of the comparison."""
    kept = rule(desk)
    if kept is None or desk.running:
        return False
    return desk.asked.marking or (bool(kept.needed) and desk.shown is None)


def surface(desk: Desk) -> Surface | None:
    """The picture that is drawn on."""
    if desk.source is None:
        return None
    picture = desk.source.picture
    large = picture.width * picture.height > LARGE
    return {
        "subject": f"{desk.source.asset.id} {picture.sha256}",
        "url": words.blob(picture.preview_sha256 if large else picture.sha256),
        "width": picture.width,
        "height": picture.height,
        "shrunk": PREVIEW_SIDE / max(picture.width, picture.height) if large else 1.0,
    }


def taken(desk: Desk) -> Desk:
    """The desk with what was just drawn, which the address holds from now on."""
    place, kept = surface(desk), rule(desk)
    fresh = news(place, key(desk)) if place else None
    if fresh is None or kept is None:
        return desk
    for name, document in (("region", fresh.region), ("protect", fresh.protect)):
        if name in kept.layers:
            address.put(**{name: drawings.word(document)})
    return replace(desk, asked=address.read())


def key(desk: Desk) -> str:
    """The drawing's key in this session."""
    return f"region-{desk.source.asset.id}" if desk.source else "region"


def row(desk: Desk) -> None:
    """The form's row: what is marked, and the way to mark, change or clear it."""
    kept, source = rule(desk), desk.source
    if kept is None or source is None or desk.template is None:
        return
    found = drawn(desk)
    named = [one.words for one in desk.template.parameters if isinstance(one, recipes.RegionParameter)]
    label = named[0] if named else "Region" if "region" in kept.layers else "Protected"
    shell.label(label, said(found, kept))
    for word in (desk.asked.region, desk.asked.protect):
        if word and (missing := drawings.read(word)[1]):
            shell.muted(missing)
            break
    if kept.words and not (found.region or found.protect):
        shell.muted(kept.words)
    _buttons(desk, kept, bool(found.region or found.protect))


def _buttons(desk: Desk, kept: Rule, marked: bool) -> None:
    with st.container(horizontal=True, gap="small"):
        if wanted(desk):
            if desk.asked.marking and st.button("Done", key="region-done", width="stretch"):
                address.put(marking=None)
                st.rerun()
        elif st.button(kept.change if marked else kept.mark, key="region-mark", width="stretch"):
            address.put(marking="1")
            st.rerun()
        if marked and not kept.needed and st.button(kept.clear, key="region-clear", width="stretch"):
            address.put(marking=None, **dict.fromkeys(kept.layers, drawings.NOTHING))
            st.rerun()


def said(found: Drawn, kept: Rule) -> str:
    """What is drawn in a few words, for the right of the label."""
    area, held = _area(found.region), _area(found.protect)
    if "region" not in kept.layers:
        return held or kept.empty
    return f"{area}, part protected" if area and held else area or ("part protected" if held else kept.empty)


def _area(document: Document) -> str:
    if not document:
        return ""
    if "box" in document:
        return words.size(*document["box"][2:])
    if "mask" in document:
        return "by a mask"
    return "drawn"


def draw(desk: Desk, height: str, extras: Extras, *, tools: bool) -> None:
    """The drawing over the picture; without tools only what is drawn."""
    place, kept = surface(desk), rule(desk)
    if place is None or kept is None:
        return
    layers = kept.layers
    region(
        place,
        drawn(desk),
        key=key(desk),
        layers=layers,
        first=next(iter(layers)),
        meant=kept.meant,
        tools=tools,
        extras=extras,
        room=height,
    )
