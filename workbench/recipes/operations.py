"""The exact operations that a template can name, and what each of their arguments accepts."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from workbench.recipes.files import Frozen
from workbench.recipes.parameters import ChoiceParameter, Declared, NumberParameter

MODES = ("auto", "flat", "shaded")
ANCHORS = (
    "top-left",
    "top",
    "top-right",
    "left",
    "centre",
    "right",
    "bottom-left",
    "bottom",
    "bottom-right",
)
REFERENCE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def _word_of(*words: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not REFERENCE.fullmatch(text) and text not in words:
            raise ValueError(f"“{text[:40]}” isn't one of {', '.join(words)}, nor a parameter like {{name}}")
        return text

    return check


def _plain_or_reference(text: str) -> str:
    if not REFERENCE.fullmatch(text) and set(text) & set("{}"):
        raise ValueError(f"“{text[:40]}” must be a value or exactly one parameter like {{name}}")
    return text


def _share(value: object) -> float | str:
    if isinstance(value, str) and REFERENCE.fullmatch(value):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError("must be a share between 0 and 1, or a parameter like {name}")
    return float(value)


Colour = Annotated[str, AfterValidator(_plain_or_reference), Field(min_length=1, max_length=60)]
Share = Annotated[float | str, PlainValidator(_share)]


class Pair(Frozen):
    """One colour and what it becomes: a parameter, a hex value or the name of a palette colour."""

    source: Colour
    target: Colour


class ColourSwap(Frozen):
    """`kind = "colour_swap"`: either `source` and `target`, or `pairs` that are swapped simultaneously."""

    kind: Literal["colour_swap"]
    source: Colour | None = None
    target: Colour | None = None
    pairs: Annotated[tuple[Pair, ...], Field(max_length=16)] = ()
    mode: Annotated[str, AfterValidator(_word_of(*MODES))] = "auto"

    @model_validator(mode="after")
    def _one_way_of_naming_the_colours(self) -> Self:
        both = self.source is not None and self.target is not None
        if bool(self.pairs) == both or (self.source is None) != (self.target is None):
            raise ValueError("give either source and target, or pairs")
        return self

    def all_pairs(self) -> tuple[Pair, ...]:
        """The pairs, however they were written."""
        if self.source is None or self.target is None:
            return self.pairs
        return (Pair(source=self.source, target=self.target),)


class PlaceMark(Frozen):
    """`kind = "place_mark"`: a mark of the guideline, keeping the clear space the guideline asks for."""

    kind: Literal["place_mark"]
    #: a parameter or the name of a mark
    mark: Annotated[str, AfterValidator(_plain_or_reference), Field(min_length=1, max_length=60)]
    anchor: Annotated[str, AfterValidator(_word_of(*ANCHORS))] = "bottom-right"
    #: share of the picture's width
    width: Share
    opacity: Share = 1.0


Operation = Annotated[ColourSwap | PlaceMark, Field(discriminator="kind")]
OPERATIONS: dict[str, type[Frozen]] = {"colour_swap": ColourSwap, "place_mark": PlaceMark}

#: argument → the kinds of parameter it accepts
ACCEPTS: Mapping[str, tuple[str, ...]] = {
    "source": ("palette_colour", "colour"),
    "target": ("palette_colour", "colour"),
    "mode": ("choice",),
    "mark": ("mark",),
    "anchor": ("choice",),
    "width": ("number",),
    "opacity": ("number",),
}
WORDS: Mapping[str, tuple[str, ...]] = {"mode": MODES, "anchor": ANCHORS}


def arguments(operation: ColourSwap | PlaceMark) -> Iterator[tuple[str, Any]]:
    """Every (argument, value) of an operation, pairs taken apart."""
    if isinstance(operation, PlaceMark):
        yield from ((name, getattr(operation, name)) for name in ("mark", "anchor", "width", "opacity"))
        return
    yield "mode", operation.mode
    for pair in operation.all_pairs():
        yield from (("source", pair.source), ("target", pair.target))


def reference(value: object) -> str | None:
    """The parameter that an argument refers to, or None for a literal."""
    found = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


def misuse(argument: str, parameter: Declared) -> str | None:
    """Why `parameter` can't fill `argument`, or None when it can."""
    kind = getattr(parameter, "kind", "")
    if kind not in ACCEPTS[argument]:
        wanted = " or ".join(ACCEPTS[argument])
        return f"[operation], {argument}: {{{parameter.name}}} is a {kind}; it takes a {wanted}"
    if isinstance(parameter, ChoiceParameter):
        odd = [option for option in parameter.options if option not in WORDS[argument]]
        if odd:
            return f"[operation], {argument}: it knows no “{odd[0]}”, only {', '.join(WORDS[argument])}"
    if isinstance(parameter, NumberParameter):
        whole = 100 if parameter.unit == "%" else 1
        if not (parameter.min > 0 and parameter.max <= whole):
            return f"[operation], {argument}: {{{parameter.name}}} must stay above 0 and at most {whole}"
    return None
