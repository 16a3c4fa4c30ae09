"""Values: what a person typed becomes what an edit works with, or one sentence names everything that is wrong."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal

from workbench import errors
from workbench.recipes.arguments import reference
from workbench.recipes.characters import unsettable
from workbench.recipes.files import did_you_mean
from workbench.recipes.guidelines import Guideline, folded, hex_value
from workbench.recipes.operations import CopyUpdate
from workbench.recipes.parameters import (
    ChoiceParameter,
    ColourParameter,
    CopyParameter,
    MarkParameter,
    NumberParameter,
    PaletteColourParameter,
    Parameter,
    RegionParameter,
)
from workbench.recipes.templates import Template

Resolved = str | int | float

#: a decimal comma is what much of the world types; before three digits it could mean thousands and is refused
NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15}|,[0-9]{1,2})?")


def resolve(
    template: Template,
    values: Mapping[str, object],
    guideline: Guideline,
    *,
    revision: int | None = None,
    engine: str = "exact",
) -> dict[str, Resolved]:
    """Typed `values` as an edit works with them, one entry for each parameter but the region.

    Colours become "#RRGGBB" in capitals, marks the sha256 of their file, numbers int or float, choices their option,
    copy is NFC-normalised; an empty or absent value takes the parameter's default. `revision` is the guideline
    revision's number for the sentence; for the `engine` “exact”, copy that it would set must be settable. Raises
    errors.InvalidInput: one sentence that names all missing, unknown and invalid values.
    """
    named = f"guideline revision {revision}" if revision is not None else f"guideline {guideline.title}"
    asked = {parameter.name: parameter for parameter in template.parameters if parameter.kind != "region"}
    problems = list(_unknown(template, values, asked))
    resolved: dict[str, Resolved] = {}
    printed = _set_exactly(template) if engine == "exact" else frozenset()
    for name, parameter in asked.items():
        typed = _typed(values.get(name)) or _typed(getattr(parameter, "default", None))
        try:
            if not typed:
                raise errors.InvalidInput(f"“{name}” is missing: {_wanted(parameter, guideline)}")
            resolved[name] = _value(parameter, typed, guideline, named)
            if name in printed and (objection := unsettable(str(resolved[name]))):
                raise errors.InvalidInput(f"“{name}” {objection}")
        except errors.InvalidInput as error:
            problems.append(str(error))
    if problems:
        raise errors.InvalidInput("; ".join(problems) + ".")
    return resolved


def _set_exactly(template: Template) -> frozenset[str]:
    """The parameters that a copy update draws or reads."""
    steps = (step for step in template.operations if isinstance(step, CopyUpdate))
    return frozenset(name for step in steps for value in (step.old, step.new) if (name := reference(value)))


def _typed(value: object) -> str:
    return "" if value is None else str(value).strip()


def _unknown(template: Template, values: Mapping[str, object], asked: Mapping[str, Parameter]) -> Iterator[str]:
    regions = [parameter.name for parameter in template.parameters if parameter.kind == "region"]
    for name in values:
        if name in regions:
            yield f"“{name}” is the region; mark it on the picture instead of typing it"
        elif name not in asked:
            yield f"“{name[:40]}” isn't a parameter of {template.name} {did_you_mean(name, asked)}"


def _wanted(parameter: Parameter, guideline: Guideline) -> str:
    match parameter:
        case PaletteColourParameter():
            return f"choose {_palette(guideline)}"
        case ColourParameter():
            return "give any colour as #RRGGBB, or the name of a palette colour"
        case CopyParameter():
            return f"type up to {parameter.max_length} characters"
        case ChoiceParameter():
            return f"choose {', '.join(parameter.options)}"
        case NumberParameter():
            return f"give a number {parameter.range}"
        case MarkParameter():
            return f"choose {_marks(parameter, guideline)}"
        case RegionParameter():
            return "mark the region on the picture"


def _value(parameter: Parameter, typed: str, guideline: Guideline, named: str) -> Resolved:
    match parameter:
        case PaletteColourParameter() | ColourParameter():
            return _colour(parameter, typed, guideline, named)
        case CopyParameter():
            return _copy(parameter, typed)
        case ChoiceParameter():
            return _choice(parameter, typed)
        case NumberParameter():
            return _number(parameter, typed)
        case MarkParameter():
            return _mark(parameter, typed, guideline, named)
        case RegionParameter():
            raise errors.InvalidInput(f"“{parameter.name}” is the region")


def _colour(parameter: PaletteColourParameter | ColourParameter, typed: str, guideline: Guideline, named: str) -> str:
    if found := guideline.colour(typed):
        return found.hex
    value = hex_value(typed)
    if isinstance(parameter, PaletteColourParameter):
        shown = value or f"“{typed[:40]}”"
        raise errors.InvalidInput(
            f"“{parameter.name}”: {shown} is not in the palette of {named}: {_wanted(parameter, guideline)}"
        )
    if value is None:
        raise errors.InvalidInput(f"“{parameter.name}”: “{typed[:40]}” isn't a colour: {_wanted(parameter, guideline)}")
    return value


def _copy(parameter: CopyParameter, typed: str) -> str:
    text = unicodedata.normalize("NFC", typed)
    if objection := parameter.objection(text):
        raise errors.InvalidInput(f"“{parameter.name}” {objection}")
    return text


def _choice(parameter: ChoiceParameter, typed: str) -> str:
    for option in parameter.options:
        if folded(option) == folded(typed):
            return option
    raise errors.InvalidInput(
        f"“{parameter.name}”: “{typed[:40]}” isn't an option: choose {', '.join(parameter.options)}"
    )


def _number(parameter: NumberParameter, typed: str) -> int | float:
    number = Decimal(typed.replace(",", ".")) if NUMBER.fullmatch(typed) else None
    if number is None or not parameter.accepts(number):
        raise errors.InvalidInput(f"“{parameter.name}”: “{typed[:40]}” isn't accepted: give a number {parameter.range}")
    return int(number) if number == number.to_integral_value() else float(number)


def _mark(parameter: MarkParameter, typed: str, guideline: Guideline, named: str) -> str:
    found = guideline.mark(typed)
    if found is None or not parameter.fits(found):
        raise errors.InvalidInput(
            f"“{parameter.name}”: “{typed[:40]}” is not a {' or '.join(parameter.mark_kinds)} of {named}: "
            f"{_wanted(parameter, guideline)}"
        )
    if found.sha256 is None:
        raise errors.InvalidInput(f"“{parameter.name}”: the file of “{found.name}” isn't stored yet; add the guideline")
    return found.sha256


def _palette(guideline: Guideline) -> str:
    return ", ".join(colour.name for colour in guideline.colours) or "nothing, because the palette is empty"


def _marks(parameter: MarkParameter, guideline: Guideline) -> str:
    names = [mark.name for mark in guideline.marks if parameter.fits(mark)]
    return ", ".join(names) or f"nothing, because the guideline has no {' or '.join(parameter.mark_kinds)}"
