"""The exact operation of an edit: a template's operation with every argument filled in."""

from collections.abc import Mapping
from typing import Any

from workbench import errors
from workbench.recipes.guidelines import Guideline
from workbench.recipes.operations import ColourSwap, PlaceMark, reference
from workbench.recipes.templates import Template
from workbench.recipes.values import Resolved


def fill(
    template: Template, resolved: Mapping[str, Resolved], guideline: Guideline, *, mode: str | None = None
) -> dict[str, Any] | None:
    """The template's operation as plain JSON with nothing left to look up; None when it has none.

    colour_swap → {"kind", "pairs": [["#RRGGBB", "#RRGGBB"], …], "mode": "auto"|"flat"|"shaded"}
    place_mark → {"kind", "mark": sha256, "anchor", "width": share of the picture's width, "opacity": 0–1,
    "clear_space": share of the mark's height, "min_width": pixels}

    `mode` settles "auto" to what the picture asks for. Raises errors.InvalidInput where the values make no edit
    (equal colours, one source twice) or name what the guideline doesn't have.
    """
    if isinstance(template.operation, ColourSwap):
        return _colour_swap(template.operation, resolved, guideline, mode)
    if isinstance(template.operation, PlaceMark):
        return _place_mark(template, template.operation, resolved, guideline)
    return None


def settle_mode(template: Template, resolved: Mapping[str, Resolved], mode: str) -> dict[str, Resolved]:
    """`resolved` with `mode` ("flat" or "shaded") in place of "auto" where a parameter sets the swap's mode."""
    settled = dict(resolved)
    if isinstance(template.operation, ColourSwap):
        name = reference(template.operation.mode)
        if name is not None and settled[name] == "auto":
            settled[name] = mode
    return settled


def _colour_swap(
    operation: ColourSwap, resolved: Mapping[str, Resolved], guideline: Guideline, mode: str | None
) -> dict[str, Any]:
    pairs = [
        [_colour(pair.source, resolved, guideline), _colour(pair.target, resolved, guideline)]
        for pair in operation.all_pairs()
    ]
    for source, target in pairs:
        if source == target:
            raise errors.InvalidInput(f"Nothing would change: {source} would become {target}. Choose another colour.")
    sources = [source for source, _ in pairs]
    for source in sources:
        if sources.count(source) > 1:
            raise errors.InvalidInput(f"{source} can't become two colours at once. Choose another source colour.")
    asked = _argument(operation.mode, resolved)
    return {"kind": "colour_swap", "pairs": pairs, "mode": mode if mode and asked == "auto" else asked}


def _place_mark(
    template: Template, operation: PlaceMark, resolved: Mapping[str, Resolved], guideline: Guideline
) -> dict[str, Any]:
    mark = guideline.mark(str(_argument(operation.mark, resolved)))
    if mark is None or mark.sha256 is None:
        raise errors.InvalidInput(f"The guideline has no stored mark “{_argument(operation.mark, resolved)}”.")
    return {
        "kind": "place_mark",
        "mark": mark.sha256,
        "anchor": _argument(operation.anchor, resolved),
        "width": _share(template, operation.width, resolved),
        "opacity": _share(template, operation.opacity, resolved),
        "clear_space": mark.clear_space,
        "min_width": mark.min_width,
    }


def _argument(value: Any, resolved: Mapping[str, Resolved]) -> Any:
    name = reference(value)
    return value if name is None else resolved[name]


def _colour(value: str, resolved: Mapping[str, Resolved], guideline: Guideline) -> str:
    words = str(_argument(value, resolved))
    found = guideline.colour(words)
    if found is None and not words.startswith("#"):
        raise errors.InvalidInput(f"The template asks for “{words}”, which the palette doesn't have.")
    return found.hex if found else words.upper()


def _share(template: Template, value: float | str, resolved: Mapping[str, Resolved]) -> float:
    name = reference(value)
    units = {one.name: one.unit for one in template.parameters if one.kind == "number"}
    number = float(_argument(value, resolved))
    return number / 100 if name is not None and units[name] == "%" else number
