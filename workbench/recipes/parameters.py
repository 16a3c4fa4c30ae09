"""The typed parameters that a template can declare."""

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from workbench.recipes.characters import CharacterSet, named, set_of
from workbench.recipes.files import Frozen
from workbench.recipes.guidelines import Finite, Mark, MarkKind, Title, Unit, Whole, Words, matching

#: one `{name}` in a prompt
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")

ParameterName = Annotated[
    str,
    Field(max_length=40),
    matching(r"[a-z][a-z0-9_]*", "small letters, digits and underscores after a letter, like first_source"),
]


class Declared(Frozen):
    """What every parameter has."""

    name: ParameterName
    #: the words beside its field; empty = made from the name
    label: Title | None = None

    @property
    def words(self) -> str:
        """The label, or the name as words."""
        return self.label or self.name.replace("_", " ").capitalize()


class PaletteColourParameter(Declared):
    """A colour of the guideline's palette, by name or hex value."""

    kind: Literal["palette_colour"]
    #: by name or hex value; without one the parameter must be given
    default: Words | None = None


class ColourParameter(Declared):
    """Any colour: #RRGGBB or the name of a palette colour."""

    kind: Literal["colour"]
    default: Words | None = None


class CopyParameter(Declared):
    """One line of text."""

    kind: Literal["copy"]
    max_length: Annotated[Whole, Field(ge=1, le=2000)] = 200
    #: the kinds of characters that are accepted
    characters: tuple[CharacterSet, ...] = ("letters", "digits", "spaces", "punctuation", "currency", "symbols")
    default: str | None = None

    def objection(self, text: str) -> str | None:
        """What is wrong with `text`, or None when it is accepted."""
        if len(text) > self.max_length:
            return f"has {len(text):,} characters; at most {self.max_length:,} are accepted"
        for character in text:
            if set_of(character) not in self.characters:
                return f"holds {named(character)}; accepted are {', '.join(self.characters)}"
        return None

    @model_validator(mode="after")
    def _default_is_accepted(self) -> Self:
        objection = self.objection(self.default) if self.default is not None else None
        if objection:
            raise ValueError(f"the default {objection}")
        return self


class ChoiceParameter(Declared):
    """One of a few words."""

    kind: Literal["choice"]
    options: Annotated[tuple[Words, ...], Field(min_length=1, max_length=50)]
    default: Words | None = None

    @model_validator(mode="after")
    def _default_is_an_option(self) -> Self:
        if len(set(self.options)) < len(self.options):
            raise ValueError("an option is listed twice")
        if self.default is not None and self.default not in self.options:
            raise ValueError(f"default “{self.default}” isn't one of the options {', '.join(self.options)}")
        return self


class NumberParameter(Declared):
    """A number between `min` and `max`, in steps counted from `min`."""

    kind: Literal["number"]
    min: Finite
    max: Finite
    step: Annotated[Finite, Field(gt=0)] | None = None
    default: Finite | None = None
    #: shown behind the number; with "%" an operation's share of 1 is meant (18 % = 0.18)
    unit: Unit = ""

    @model_validator(mode="after")
    def _default_is_in_range(self) -> Self:
        if self.min > self.max:
            raise ValueError("min is greater than max")
        if self.default is not None and not self.accepts(Decimal(repr(self.default))):
            raise ValueError(f"default {self.default:g} isn't {self.range}")
        return self

    @property
    def range(self) -> str:
        """What is accepted, in words."""
        unit = f" {self.unit}" if self.unit else ""
        steps = f" in steps of {self.step:g}" if self.step else ""
        return f"between {self.min:g} and {self.max:g}{unit}{steps}"

    def accepts(self, number: Decimal) -> bool:
        """Whether `number` lies in the range and on a step."""
        low, high = Decimal(repr(self.min)), Decimal(repr(self.max))
        if not low <= number <= high:
            return False
        try:
            return self.step is None or (number - low) % Decimal(repr(self.step)) == 0
        except InvalidOperation:  # more steps than 28 digits can count
            return False


class RegionParameter(Declared):
    """The label of the region that people mark; its value travels beside the others, as the edit's region."""

    kind: Literal["region"]


class MarkParameter(Declared):
    """A mark of the guideline, by name."""

    kind: Literal["mark"]
    #: only marks of this kind; None = logos and badges, which are placed on a picture
    mark_kind: MarkKind | None = None
    default: Words | None = None

    @property
    def mark_kinds(self) -> tuple[MarkKind, ...]:
        """The kinds that are accepted."""
        return (self.mark_kind,) if self.mark_kind else ("logo", "badge")

    def fits(self, mark: Mark) -> bool:
        """Whether `mark` is accepted."""
        return mark.kind in self.mark_kinds


Parameter = Annotated[
    PaletteColourParameter
    | ColourParameter
    | CopyParameter
    | ChoiceParameter
    | NumberParameter
    | RegionParameter
    | MarkParameter,
    Field(discriminator="kind"),
]

#: the word in the file → the model
KINDS: dict[str, type[Declared]] = {
    "palette_colour": PaletteColourParameter,
    "colour": ColourParameter,
    "copy": CopyParameter,
    "choice": ChoiceParameter,
    "number": NumberParameter,
    "region": RegionParameter,
    "mark": MarkParameter,
}
