"""The arguments of an operation: what a literal may be, and which parameter may stand in its place."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, PlainValidator

from workbench.recipes.characters import unsettable
from workbench.recipes.parameters import (
    ChoiceParameter,
    CopyParameter,
    Declared,
    MarkParameter,
    NumberParameter,
)

REFERENCE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
#: “1080x1350”, also behind a name: “Story 1080 × 1920”
SIZE = re.compile(r"(?:.*\s)?(\d{1,6})\s*[x×]\s*(\d{1,6})", re.DOTALL)
#: px; the sides of a picture that Loupe keeps
SHORTEST_SIDE, LONGEST_SIDE = 16, 16_384
#: px in all; more than any channel asks for, and what a worker's memory holds
LARGEST_AREA = 100_000_000

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
HOWS = ("fill", "fit", "pad")
YES_OR_NO = ("no", "yes")


@dataclass(frozen=True)
class Numbers:
    """The numbers that an argument takes."""

    low: float
    high: float
    #: whether `low` itself is too low
    above: bool = False
    #: a share of 1: a parameter in % is divided by 100
    share: bool = False
    whole: bool = False

    def literal(self, value: object) -> float | int | str:
        """A number in range, or a reference as it stands; ValueError says what is taken."""
        if isinstance(value, str) and REFERENCE.fullmatch(value):
            return value
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
        if number is None or not self._holds(number) or (self.whole and number != int(number)):
            raise ValueError(f"must be {self.words}, or a parameter like {{name}}")
        return int(number) if self.whole else float(number)

    @property
    def words(self) -> str:
        """What is taken, in words."""
        kind = "a share" if self.share else "a whole number" if self.whole else "a number"
        span = (
            f"above {self.low:g} and at most {self.high:g}" if self.above else f"between {self.low:g} and {self.high:g}"
        )
        return f"{kind} {span}"

    def _holds(self, number: float) -> bool:
        return (self.low < number if self.above else self.low <= number) and number <= self.high

    def objection(self, parameter: NumberParameter) -> str | None:
        """Why the numbers of `parameter` aren't all taken, or None."""
        percent = parameter.unit == "%"
        if percent and not self.share:
            return "takes a number, not %"
        scale = 100 if percent else 1
        if not (self._holds(parameter.min / scale) and self._holds(parameter.max / scale)):
            low = f"above {self.low * scale:g}" if self.above else f"at least {self.low * scale:g}"
            return f"must stay {low} and at most {self.high * scale:g}"
        steps = [Decimal(repr(number)) % 1 for number in (parameter.min, parameter.step or 0.5)]
        return "counts whole numbers: give it a whole min and a whole step" if self.whole and any(steps) else None


@dataclass(frozen=True)
class Takes:
    """The parameters that an argument takes."""

    kinds: tuple[str, ...]
    #: what is wrong with one option of a choice, or None
    option: Callable[[str], str | None] = lambda _: None
    numbers: Numbers | None = None
    #: the kinds of marks
    marks: tuple[str, ...] = ()

    def misuse(self, parameter: Declared) -> str | None:
        """Why `parameter` can't fill the argument, or None when it can."""
        kind = getattr(parameter, "kind", "")
        called = f"{{{parameter.name}}}"
        if kind not in self.kinds:
            return f"{called} is a {kind}; it takes a {' or '.join(self.kinds)}"
        match parameter:
            case ChoiceParameter():
                return next((said for option in parameter.options if (said := self.option(option))), None)
            case NumberParameter() if self.numbers and (said := self.numbers.objection(parameter)):
                return f"{called} {said}"
            case CopyParameter() if "emoji" in parameter.characters:
                return f"{called} accepts emoji, which brand fonts don't draw; leave them out of its characters"
            case MarkParameter() if not set(parameter.mark_kinds) <= set(self.marks):
                return f"{called} must have mark_kind = {' or '.join(f'“{one}”' for one in self.marks)}"
        return None


def reference(value: object) -> str | None:
    """The parameter that an argument refers to, or None for a literal."""
    found = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


def size_of(text: str) -> tuple[int, int] | None:
    """(width, height) in pixels of “1080x1350” or “Story 1080x1920”, or None when it is no size."""
    found = SIZE.fullmatch(text.strip())
    sides = (int(found[1]), int(found[2])) if found else None
    if sides is None or not all(SHORTEST_SIDE <= side <= LONGEST_SIDE for side in sides):
        return None
    return sides if sides[0] * sides[1] <= LARGEST_AREA else None


def one_of(*words: str) -> Callable[[str], str | None]:
    """The objection to a text that is none of `words`."""
    return lambda text: None if text in words else f"it knows no “{text[:40]}”, only {', '.join(words)}"


def no_size(text: str) -> str | None:
    """The objection to a text that is no size."""
    if size_of(text):
        return None
    span = f"{SHORTEST_SIDE} to {LONGEST_SIDE:,} pixels a side and at most {LARGEST_AREA // 10**6} megapixels"
    return f"“{text[:40]}” isn't a size; write it like 1080x1350 or “Story 1080x1920”, with {span}"


def no_copy(text: str) -> str | None:
    """The objection to a literal that can't be set as one line."""
    said = unsettable(text)
    return f"“{text[:40]}” {said}" if said else None


def _literal(objection: Callable[[str], str | None]) -> AfterValidator:
    def check(text: str) -> str:
        if not REFERENCE.fullmatch(text) and (said := objection(text)):
            raise ValueError(said)
        return text

    return AfterValidator(check)


def _word(*words: str) -> AfterValidator:
    def objection(text: str) -> str | None:
        said = f"“{text[:40]}” isn't one of {', '.join(words)}, nor a parameter like {{name}}"
        return None if text in words else said

    return _literal(objection)


def _plain(text: str) -> str | None:
    said = f"“{text[:40]}” must be a value or exactly one parameter like {{name}}"
    return said if set(text) & set("{}") else None


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _yes_or_no(value: object) -> bool | str:
    if isinstance(value, bool) or (isinstance(value, str) and REFERENCE.fullmatch(value)):
        return value
    raise ValueError("must be true or false, or a parameter like {name}")


Named = Annotated[str, _literal(_plain), Field(min_length=1, max_length=60)]
Copy = Annotated[
    str, AfterValidator(_composed), _literal(_plain), _literal(no_copy), Field(min_length=1, max_length=200)
]
Size = Annotated[str, _literal(_plain), _literal(no_size), Field(max_length=60)]
Mode = Annotated[str, _word(*MODES)]
Anchor = Annotated[str, _word(*ANCHORS)]
Focus = Annotated[str, _word("auto", *ANCHORS)]
How = Annotated[str, _word(*HOWS)]
YesOrNo = Annotated[bool | str, PlainValidator(_yes_or_no)]

SHARE = Numbers(0, 1, above=True, share=True)
STRENGTH = Numbers(0, 1, share=True)
PIXELS = Numbers(SHORTEST_SIDE, LONGEST_SIDE, whole=True)
DEGREES = Numbers(0, 360)
Share = Annotated[float | str, PlainValidator(SHARE.literal)]
Strength = Annotated[float | str, PlainValidator(STRENGTH.literal)]
Pixels = Annotated[int | str, PlainValidator(PIXELS.literal)]
Degrees = Annotated[float | str, PlainValidator(DEGREES.literal)]

COLOUR = Takes(("palette_colour", "colour"))
COPY = Takes(("copy", "choice"), option=no_copy)


def words(*known: str) -> Takes:
    """A choice of `known` words."""
    return Takes(("choice",), option=one_of(*known))


def number(numbers: Numbers) -> Takes:
    """A number parameter within `numbers`."""
    return Takes(("number",), numbers=numbers)


def marks(*kinds: str) -> Takes:
    """A mark parameter for nothing but `kinds`."""
    return Takes(("mark",), marks=kinds)


#: what `takes` of an operation holds: argument → the parameters it takes
Taken = dict[str, Takes]
