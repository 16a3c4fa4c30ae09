"""Reading a template or guideline file: TOML text becomes a frozen model, or one sentence says what is wrong."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from workbench import errors

#: characters; the longest real file is a tenth of that
LONGEST_FILE = 100_000
#: on one line; every dot of a key is a table within a table, and reading them takes the square of their number
MOST_DOTS = 1_000
#: keys and entries in a file, and tables and lists within each other; real files have a hundredth and a half
MOST_VALUES, DEEPEST = 20_000, 8
#: problems that are put into words to be told or counted; a hostile file has thousands
MOST_WORDED = 20

#: where a key stands in the file (without numbers) → the model that knows the keys there
Places = Mapping[tuple[str, ...], type[BaseModel]]
#: pydantic's name of a problem → our words for it
WORDED = {
    "string_type": "must be text in quotation marks",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "bool_type": "must be true or false",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "tuple_type": "must be a list in square brackets",
    "too_short": "must not be empty",
    "too_long": "must have at most {max_length} entries",
    "model_type": "must be a table in square brackets",
    "model_attributes_type": "must be a table in square brackets",
}
Model = TypeVar("Model", bound="Frozen")


class Frozen(BaseModel):
    """Part of a file: unknown keys are refused, and nothing changes after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    def to_json(self) -> dict[str, Any]:
        """The definition in the file's own structure, as plain JSON values; keys that are not set are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def toml(text: str | bytes) -> dict[str, Any]:
    """`text` (bytes are read as UTF-8) as TOML; errors.RejectedFile says on which line it stops being TOML."""
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise errors.RejectedFile("The file isn't text in UTF-8; save it as a plain TOML text file.") from error
    if len(text) > LONGEST_FILE:
        raise errors.RejectedFile(f"The file has {len(text):,} characters; at most {LONGEST_FILE:,} are read.")
    if any(line.count(".") > MOST_DOTS for line in text.split("\n")):
        raise errors.RejectedFile(f"A line holds more than {MOST_DOTS:,} dots; that is no template or guideline.")
    try:
        return _of_sane_size(tomllib.loads(text.removeprefix("\ufeff")))
    except tomllib.TOMLDecodeError as error:
        raise errors.RejectedFile(f"The file isn't valid TOML: {error}.") from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits; 1,000 nested brackets
        raise errors.RejectedFile("The file holds a number or a nesting that is far too large.") from error


def _of_sane_size(data: dict[str, Any]) -> dict[str, Any]:
    """`data` itself; errors.RejectedFile where it is nested too deeply or holds too much."""
    level: list[Any] = [data]
    values = 0
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        values += len(level)
    if any(isinstance(inner, dict | list) for inner in level):
        raise errors.RejectedFile(f"The file nests tables more than {DEEPEST} deep; two or three are enough.")
    if values > MOST_VALUES:
        raise errors.RejectedFile(f"The file holds {values:,} keys and entries; at most {MOST_VALUES:,} are read.")
    return data


def model(kind: type[Model], data: object, places: Places) -> Model:
    """`data` as a `kind`; errors.RejectedFile tells the first problem with its place and how many more there are."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        # a misspelt key is also reported as a missing one: the misspelling comes first
        details = sorted(error.errors(), key=lambda detail: detail["type"] != "extra_forbidden")
        worded = details[:MOST_WORDED]
        problems = list(dict.fromkeys(_printable(_sentence(detail, data, places)) for detail in worded))
        others = len(problems) - 1 + len(details) - len(worded)
        more = f" (and {others:,} more)" if others else ""
        raise errors.RejectedFile(f"{problems[0]}{more}.") from error


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """“(did you mean “options”?)”, or what is known, to stand behind an unknown `word`."""
    names = list(known)
    near = difflib.get_close_matches(word.casefold(), [name.casefold() for name in names], n=1, cutoff=0.6)
    if near:
        return "(did you mean “" + next(name for name in names if name.casefold() == near[0]) + "”?)"
    return f"(known are {', '.join(names)})" if names else "(none is known here)"


def _sentence(detail: ErrorDetails, data: object, places: Places) -> str:
    location, kind, context = detail["loc"], detail["type"], detail.get("ctx", {})
    key = str(location[-1]) if location else ""
    if kind == "extra_forbidden":
        known = _keys(places, tuple(str(part) for part in location[:-1] if isinstance(part, str)))
        return f"{_place(location[:-1], data)}unknown key “{_short(key)}” {did_you_mean(key, known)}"
    if kind == "missing":
        return f"{_place(location[:-1], data)}“{key}” is missing"
    if kind == "union_tag_not_found":
        return f"{_place(location, data)}“kind” is missing"
    if kind == "union_tag_invalid":
        expected = [tag.strip(" '") for tag in str(context["expected_tags"]).split(",")]
        return (
            f"{_place(location, data)}unknown kind “{_short(context['tag'])}” {did_you_mean(context['tag'], expected)}"
        )
    if kind == "literal_error":
        known = [word.strip(" '") for word in str(context["expected"]).replace(" or ", ",").split(",")]
        return f"{_place(location, data)}“{_short(detail['input'])}” isn't accepted; choose one of {', '.join(known)}"
    if kind == "value_error":
        return f"{_place(location, data)}{context['error']}"
    known_words = WORDED[kind].format(**context) if kind in WORDED else f"isn't accepted: {detail['msg'].lower()}"
    return f"{_place(location, data)}{known_words}"


def _keys(places: Places, location: tuple[str, ...]) -> list[str]:
    kind = places.get(location)
    return [field.alias or name for name, field in kind.model_fields.items()] if kind else []


def _place(location: tuple[int | str, ...], data: object) -> str:
    """“[[parameter]] 2 “target”, label: ” – tags of unions are left out because they are not in the file."""
    words: list[str] = []
    here = data
    for part in location:
        if isinstance(part, int) and isinstance(here, Mapping):  # one table where several may stand
            continue
        step = _step(here, part)
        if isinstance(part, int):
            name = step.get("name") if isinstance(step, Mapping) else None
            words[-1:] = [f"{words[-1] if words else ''} {part + 1}" + (f" “{_short(name)}”" if name else "")]
        elif step is not None:
            words.append(f"[{part}]" if not words and isinstance(step, Mapping) else _many(part, step, bool(words)))
        elif not isinstance(here, Mapping) or here.get("kind") != part:
            words.append(part)
        here = here if step is None else step
    return ", ".join(words) + ": " if words else ""


def _step(here: object, part: int | str) -> object:
    if isinstance(part, int):
        return here[part] if isinstance(here, list) and part < len(here) else None
    return here.get(part) if isinstance(here, Mapping) else None


def _many(part: str, step: object, inside: bool) -> str:
    tables = isinstance(step, list) and step and all(isinstance(row, Mapping) for row in step)
    return f"[[{part}]]" if tables and not inside else part


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
