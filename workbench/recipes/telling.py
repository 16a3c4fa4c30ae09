"""A template and an edit in a few words: what changes, and where."""

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.recipes.filling import steps
from workbench.recipes.guidelines import Guideline
from workbench.recipes.operations import SIZING, Step
from workbench.recipes.templates import Template

#: characters of a copy that a summary shows
LONGEST_COPY = 60
DOES = {
    "colour_swap": "recolours",
    "place_mark": "places a mark",
    "copy_update": "sets new copy",
    "reframe": "reframes the picture to another size",
    "resize": "resizes the picture",
    "replace_background": "replaces the background",
    "remove_object": "removes an object",
}
WHERE = {
    "none": "in the whole picture",
    "optional": "in the whole picture or a region",
    "required": "inside a region you mark",
    "text_line": "on the line where the old copy stands",
    "protected": "everywhere but where you protect it",
    "subject": "of the subject you mark",
}


def sentence(template: Template) -> str:
    """What the template does and where: “Recolours in the whole picture or a region; everything else stays.”"""
    where = WHERE[template.region.rule]
    if not template.operations:
        return f"Changes the picture {where}; everything else stays."
    sizing = [step for step in template.operations if step.kind in SIZING]
    free = [step for step in template.operations if step.where and step.kind not in SIZING]
    bound = [step for step in template.operations if not step.where and step.kind not in SIZING]
    parts = [f"{_does(bound)} {where}"] if bound else []
    parts += [f"{_does(free)} {'anywhere' if bound or sizing else 'in the whole picture'}"] if free else []
    if not parts:
        return f"{_capital(_does(sizing))}."
    alone = template.region.rule == "subject" and len(template.operations) == 1
    rest = f"then {_does(sizing)}" if sizing else "the subject itself stays" if alone else "everything else stays"
    return f"{_capital(_listed(parts))}; {rest}."


def summary(template: Template, operation: Mapping[str, Any] | None, guideline: Guideline, *, how: str = "") -> str:
    """The change in a few words: “Colour swap: Sage → Aster blue”. `operation` is filled (see filling.fill) or None.

    `how` it was made is added: “…, made elsewhere”.
    """
    said = [words for step in steps(operation) if (words := _change(step, guideline))]
    changed = f"{template.title}: {', then '.join(said)}" if said else template.title
    return f"{changed}, {how}" if how else changed


def _capital(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}"


def _does(those: Sequence[Step]) -> str:
    return _listed(list(dict.fromkeys(DOES[step.kind] for step in those)))


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _change(step: Mapping[str, Any], guideline: Guideline) -> str:
    match step["kind"]:
        case "colour_swap":
            pairs = ((_colour(old, guideline), _colour(new, guideline)) for old, new in step["pairs"])
            return ", ".join(f"{old} → {new}" for old, new in pairs)
        case "place_mark":
            return f"{_mark(step['mark'], guideline)}, {step['anchor']}"
        case "copy_update":
            return f"“{_short(step['old'])}” → “{_short(step['new'])}”"
        case "reframe":
            return f"{step['width']} × {step['height']}, {step['how']}"
        case "resize":
            return f"{'longest side' if step['side'] == 'longest' else step['side']} {step['pixels']} px"
        case "replace_background":
            return f"on {_ground(step['ground'], guideline)}"
        case "remove_object":
            return "object removed"
    return ""


def _ground(ground: Mapping[str, Any], guideline: Guideline) -> str:
    if "picture" in ground:
        return _mark(ground["picture"], guideline)
    if "gradient" in ground:
        return " to ".join(_colour(one, guideline) for one in ground["gradient"])
    return _colour(ground["colour"], guideline) if "colour" in ground else "transparency"


def _colour(hex_: str, guideline: Guideline) -> str:
    found = guideline.colour(hex_)
    return found.name if found else hex_


def _mark(sha256: str, guideline: Guideline) -> str:
    found = guideline.mark(sha256)
    return found.name if found else "mark"


def _short(copy: str) -> str:
    return copy if len(copy) <= LONGEST_COPY else f"{copy[: LONGEST_COPY - 1]}…"
