"""What changed between two definitions, place by place, for the person who approves the newer one."""

from collections.abc import Iterator
from typing import Any

from workbench.recipes.guidelines import Guideline
from workbench.recipes.templates import Template

Definition = Template | Guideline


def differences(old: Definition | None, new: Definition | None) -> list[tuple[str, str | None, str | None]]:
    """(where, before, after) for every place that differs, in the new file's order, then what was removed.

    None = not there. Rows with a name go by it and not by their position: “parameter target › default”.
    """
    before = dict(_places("", old.to_json())) if old else {}
    after = dict(_places("", new.to_json())) if new else {}
    places = [*after, *(place for place in before if place not in after)]
    return [(place, before.get(place), after.get(place)) for place in places if before.get(place) != after.get(place)]


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
