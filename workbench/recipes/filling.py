"""The exact operation of an edit: a template's operation with every argument filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench import errors
from workbench.recipes.arguments import no_size, reference, size_of
from workbench.recipes.guidelines import Guideline, Mark
from workbench.recipes.operations import (
    ColourSwap,
    CopyUpdate,
    PlaceMark,
    Reframe,
    RemoveObject,
    ReplaceBackground,
    Resize,
    Step,
)
from workbench.recipes.templates import Template
from workbench.recipes.values import Resolved

Filled = dict[str, Any]


def fill(
    template: Template, resolved: Mapping[str, Resolved], guideline: Guideline, *, mode: str | None = None
) -> Filled | None:
    """The template's operation as plain JSON with nothing left to look up; None when it has none.

    colour_swap → {"kind", "pairs": [["#RRGGBB", "#RRGGBB"], …], "mode": "auto"|"flat"|"shaded"}
    place_mark → {"kind", "mark": sha256, "anchor", "width": share of the picture's width or None, "opacity": 0–1,
    "clear_space": share of the mark's height, "min_width": pixels}
    copy_update → {"kind", "old", "new", "fonts": [sha256, …], "shrink": bool}
    reframe → {"kind", "width", "height": pixels, "how": "fill"|"fit"|"pad", "ground": "#RRGGBB"|"auto", "focus"}
    resize → {"kind", "side": "width"|"height"|"longest", "pixels", "sharpen": 0–1}
    replace_background → {"kind", "ground": {"colour": "#RRGGBB"} | {"gradient": ["#RRGGBB", "#RRGGBB"], "angle":
    degrees} | {"picture": sha256} | {"transparent": true}}
    remove_object → {"kind"}
    a chain → {"kind": "chain", "steps": [the above, …]}

    A step that the region doesn't bind has "where": "anywhere" besides. `mode` settles the "auto" of the only colour
    swap to what the picture asks for. Raises errors.InvalidInput where the values make no edit (equal colours, one
    source twice) or name what the guideline doesn't have.
    """
    given = _Given(template, resolved, guideline)
    filled = [_step(step, given) | ({"where": "anywhere"} if step.where else {}) for step in template.operations]
    swaps = [step for step in filled if step["kind"] == "colour_swap"]
    if mode and len(swaps) == 1 and swaps[0]["mode"] == "auto":
        swaps[0]["mode"] = mode
    if len(filled) > 1:
        return {"kind": "chain", "steps": filled}
    return filled[0] if filled else None


def steps(operation: Mapping[str, Any] | None) -> tuple[Mapping[str, Any], ...]:
    """The filled steps of a filled operation, in order; those of recipes written before there were chains too."""
    if operation is None:
        return ()
    return tuple(operation["steps"]) if operation["kind"] == "chain" else (operation,)


def settle_mode(template: Template, resolved: Mapping[str, Resolved], mode: str) -> dict[str, Resolved]:
    """`resolved` with `mode` ("flat" or "shaded") in place of "auto" where a parameter sets the only swap's mode."""
    settled = dict(resolved)
    swaps = [step for step in template.operations if isinstance(step, ColourSwap)]
    name = reference(swaps[0].mode) if len(swaps) == 1 else None
    if name is not None and settled[name] == "auto":
        settled[name] = mode
    return settled


@dataclass(frozen=True)
class _Given:
    """What the arguments are looked up in."""

    template: Template
    resolved: Mapping[str, Resolved]
    guideline: Guideline

    def argument(self, value: Any) -> Any:
        name = reference(value)
        return value if name is None else self.resolved[name]

    def number(self, value: float | str) -> float:
        """A literal, or what a parameter says; percent as a share of 1."""
        units = {one.name: one.unit for one in self.template.parameters if one.kind == "number"}
        percent = units.get(reference(value) or "") == "%"
        return float(self.argument(value)) / (100 if percent else 1)

    def colour(self, value: str) -> str:
        words = str(self.argument(value))
        found = self.guideline.colour(words)
        if found is None and not words.startswith("#"):
            raise errors.InvalidInput(f"The template asks for “{words}”, which the palette doesn't have.")
        return found.hex if found else words.upper()

    def mark(self, value: str, *kinds: str) -> tuple[Mark, str]:
        """A mark of these kinds with its file's sha256."""
        words = str(self.argument(value))
        mark = self.guideline.mark(words)
        if mark is None or mark.sha256 is None:
            raise errors.InvalidInput(f"The guideline has no stored mark “{words}”.")
        if mark.kind not in kinds:
            raise errors.InvalidInput(f"“{mark.name}” is a {mark.kind}; choose a {' or a '.join(kinds)}.")
        return mark, mark.sha256


def _step(step: Step, given: _Given) -> Filled:
    match step:
        case ColourSwap():
            return _colour_swap(step, given)
        case PlaceMark():
            return _place_mark(step, given)
        case CopyUpdate():
            return _copy_update(step, given)
        case Reframe():
            return _reframe(step, given)
        case Resize():
            side, pixels = step.side
            return {
                "kind": "resize",
                "side": side,
                "pixels": int(given.argument(pixels)),
                "sharpen": given.number(step.sharpen),
            }
        case ReplaceBackground():
            return {"kind": "replace_background", "ground": _ground(step, given)}
        case RemoveObject():
            return {"kind": "remove_object"}


def _colour_swap(step: ColourSwap, given: _Given) -> Filled:
    pairs = [[given.colour(pair.source), given.colour(pair.target)] for pair in step.all_pairs()]
    for source, target in pairs:
        if source == target:
            raise errors.InvalidInput(f"Nothing would change: {source} would become {target}. Choose another colour.")
    sources = [source for source, _ in pairs]
    for source in sources:
        if sources.count(source) > 1:
            raise errors.InvalidInput(f"{source} can't become two colours at once. Choose another source colour.")
    return {"kind": "colour_swap", "pairs": pairs, "mode": given.argument(step.mode)}


def _place_mark(step: PlaceMark, given: _Given) -> Filled:
    mark, sha256 = given.mark(step.mark, "logo", "badge")
    return {
        "kind": "place_mark",
        "mark": sha256,
        "anchor": given.argument(step.anchor),
        "width": None if step.width is None else given.number(step.width),
        "opacity": given.number(step.opacity),
        "clear_space": mark.clear_space,
        "min_width": mark.min_width,
    }


def _copy_update(step: CopyUpdate, given: _Given) -> Filled:
    old, new = str(given.argument(step.old)), str(given.argument(step.new))
    if old == new:
        raise errors.InvalidInput(f"Nothing would change: the new copy reads “{new[:60]}” like the old. Type another.")
    fonts = list(dict.fromkeys(font.sha256 for font in given.guideline.fonts if font.sha256))
    if not fonts:
        raise errors.InvalidInput("The guideline has no stored font to set copy in. Add the brand's fonts to it.")
    shrink = given.argument(step.shrink) in (True, "yes")
    return {"kind": "copy_update", "old": old, "new": new, "fonts": fonts, "shrink": shrink}


def _reframe(step: Reframe, given: _Given) -> Filled:
    size = str(given.argument(step.size))
    sides = size_of(size)
    if sides is None:
        raise errors.InvalidInput(f"{no_size(size)}.")
    return {
        "kind": "reframe",
        "width": sides[0],
        "height": sides[1],
        "how": given.argument(step.how),
        "ground": "auto" if step.ground == "auto" else given.colour(step.ground),
        "focus": given.argument(step.focus),
    }


def _ground(step: ReplaceBackground, given: _Given) -> Filled:
    if step.picture is not None:
        return {"picture": given.mark(step.picture, "background")[1]}
    if step.ground in (None, "transparent"):
        return {"transparent": True}
    first = given.colour(step.ground)
    if step.second is None:
        return {"colour": first}
    second = given.colour(step.second)
    if first == second:
        raise errors.InvalidInput(f"A ground that runs from {first} to {second} is even. Choose another second colour.")
    return {"gradient": [first, second], "angle": 90.0 if step.angle is None else given.number(step.angle)}
