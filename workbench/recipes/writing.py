"""Writing a template or guideline as the TOML that people keep, compare and propose again."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from workbench.recipes.guidelines import Guideline
from workbench.recipes.templates import Template

#: characters on a line before a list is broken
WIDEST = 100
#: what TOML 1.0 calls \\b, \\t, \\n, \\f, \\r, \\" and \\\\; other control characters are written by their number
ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
CONTROL = re.compile(r'[\x00-\x1f"\\\x7f]')
#: the same inside three quotation marks, where line breaks, tabs and up to two quotation marks stand as they are
CONTROL_IN_LINES = re.compile(r'[\x00-\x08\x0b-\x1f\\\x7f]|"(?="")|"$')


def to_toml(definition: Template | Guideline) -> str:
    """`definition` as a file that reads back as the very same: parse_template(to_toml(t)) == t, for guidelines too.

    Sections and keys stand in the order of the reference, every setting is written out but for what is empty.
    """
    return "\n".join(_sections(definition)) + "\n"


def _sections(definition: Template | Guideline) -> Iterator[str]:
    first = True
    for name, value in _rows(definition):
        tables = value if isinstance(value, tuple) else (value,)
        header = f"[[{name}]]" if len(tables) > 1 or name in ("parameter", "colour", "font", "mark") else f"[{name}]"
        for table in tables:
            rows = list(_rows(table))
            if not rows:  # [limits] that sets none
                continue
            yield from (header,) if first else ("", header)
            first = False
            yield from (f"{key} = {_value(inner)}" for key, inner in rows)


def _rows(table: BaseModel) -> Iterator[tuple[str, Any]]:
    """(key, value) of what is set; an empty value that is the default anyway is left out."""
    for name, field in type(table).model_fields.items():
        value = getattr(table, name)
        if value is not None and (value not in ("", ()) or value != field.default):
            yield field.alias or name, value


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() else repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, BaseModel):
        return "{ " + ", ".join(f"{key} = {_value(inner)}" for key, inner in _rows(value)) + " }"
    return _list([_value(inner) for inner in value], value)


def _list(written: Sequence[str], values: Sequence[Any]) -> str:
    line = f"[{', '.join(written)}]"
    if len(line) <= WIDEST and not any(isinstance(value, BaseModel | Mapping) for value in values):
        return line
    return "[\n" + "".join(f"  {one},\n" for one in written) + "]"


def _text(text: str) -> str:
    if "\n" not in text:
        return f'"{CONTROL.sub(_escaped, text)}"'
    # a line break right behind the opening marks is not part of the text
    return f'"""\n{CONTROL_IN_LINES.sub(_escaped, text)}"""'


def _escaped(found: re.Match[str]) -> str:
    return ESCAPES.get(found[0], f"\\u{ord(found[0]):04X}")
