"""What changed between two definitions, place by place, for the person who approves the newer one."""

from collections.abc import Iterator
from typing import Any

from workbench.recipes.guidelines import Guideline
from workbench.recipes.templates import Template

Definition = Template | Guideline


def differences(old: Definition | None, new: Definition | None) -> list[tuple[str, str | None, str | None]]:
    """(where, before, after) for every place that differs, in the new file's order, then what was removed.

    None = not there. Rows with a name go by it and not by their position: “parameter target › default”. The steps of a
    chain go by their number, also where the other definition has but one.
    """
    chained = any(isinstance(one, Template) and len(one.operations) > 1 for one in (old, new))
    before = dict(_places("", _document(old, chained))) if old else {}
    after = dict(_places("", _document(new, chained))) if new else {}
    places = [*after, *(place for place in before if place not in after)]
    return [(place, before.get(place), after.get(place)) for place in places if before.get(place) != after.get(place)]


def _document(definition: Definition, chained: bool) -> dict[str, Any]:
    document = definition.to_json()
    if chained and isinstance(document.get("operation"), dict):
        document["operation"] = [document["operation"]]
    return document


def _places(where: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(f"{where} › {key}" if where else key, inner)
    elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        for index, row in enumerate(value, 1):
            rest = {key: inner for key, inner in row.items() if key != "name"}
            yield from _places(f"{where} {row.get('name', index)}", rest)
    elif isinstance(value, list):
        yield where, ", ".join(map(str, value))
    else:
        yield where, str(value)
