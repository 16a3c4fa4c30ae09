"""What each image model takes: one table for the client's own check, the choices on the pages and the emulator.

The data is models.toml. A model that isn't in it gets rules that any server of this API is likely to keep.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.engines import table
from workbench.engines.table import Price, Rules, Size, Sizes
from workbench.imaging import canvas_sizes

__all__ = [
    "FIELDS",
    "Price",
    "Problem",
    "Rules",
    "Size",
    "Sizes",
    "allows",
    "drawn",
    "known",
    "problems",
    "rules",
    "running",
]

#: every field of a request, as it goes over the wire
FIELDS = frozenset({
    "model", "prompt", "image", "mask", "markup", "size", "quality", "input_fidelity", "complexity", "n", "stream",
    "partial_images", "background", "output_format", "output_compression", "safety_identifier", "user",
})  # fmt: skip
#: what `problems` is told besides: how many pictures are sent, and whether a mask or markup is
_TOLD = frozenset({"images"})
_SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")


@dataclass(frozen=True)
class Problem:
    """Why a request would be refused."""

    #: the field, as it goes over the wire
    param: str
    code: str
    sentence: str
    status: int = 400


def rules(model: str) -> Rules:
    """The rules of `model`; of an unknown one those that any server is likely to keep, under its name."""
    return table.models().get(model) or table.parsed({"name": model, "title": model, "source": ""}, known=False)


def known() -> tuple[Rules, ...]:
    """Every model of the table, dated names after their own, retired ones too."""
    return tuple(table.models().values())


def running(model: str) -> tuple[str, str | None]:
    """The model that takes requests today for `model`, and a sentence when it is another one.

    A retired model gives its successor, a name with a dated snapshot that snapshot, so that later runs stay comparable.
    """
    found, said = rules(model), None
    while found.state == "retired" and found.successor:
        found = rules(found.successor)
    if found.name != model and rules(model).state == "retired":
        said = f"{rules(model).title} {_ended(rules(model))}. {found.title} runs in its place."
    return found.snapshot or found.name, said


def problems(rules: Rules, fields: Mapping[str, Any]) -> list[Problem]:
    """Everything for which a request would be refused, in the order in which the API looks.

    `fields` are named as they go over the wire, their values as numbers and truth values or as the text of a form;
    besides them `images`, how many pictures are sent, and `mask` and `markup`, whether one is.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    found: list[Problem] = []
    for check in (_names, _model, _prompt, _pictures, _guides, _choices, _fidelity, _format, _numbers, _size):
        found += check(rules, given)
    return found


def drawn(sizes: Sizes) -> str:
    """The sizes in words."""
    if isinstance(sizes, canvas_sizes.Rule):
        return (
            f"sides in steps of {sizes.multiple} px up to {sizes.longest:,} px, at most {sizes.aspect:g} : 1, "
            f"{sizes.least:,} to {sizes.most:,} pixels in all"
        )
    return _either([f"{width} × {height} px" for width, height in sizes])


def _names(rules: Rules, given: Mapping[str, Any]) -> Iterator[Problem]:
    for name in given:
        if name not in FIELDS | _TOLD:
            yield Problem(name[:60], "unknown_parameter", f"The image model takes no field “{name[:60]}”.")


def _model(rules: Rules, given: Mapping[str, Any]) -> Iterator[Problem]:
    if rules.state != "retired":
        return
    instead = f" Use {running(rules.name)[0]}." if rules.successor else ""
    yield Problem("model", "model_not_found", f"{rules.title} {_ended(rules)}.{instead}", 404)


def _prompt(rules: Rules, given: Mapping[str, Any]) -> Iterator[Problem]:
    prompt = given.get("prompt")
    if not str(prompt or "").strip():
        yield Problem("prompt", "missing_required_parameter", "The prompt is empty. Say what should change.")
    elif len(str(prompt)) > rules.most_prompt:
        long, most = len(str(prompt)), rules.most_prompt
        sentence = f"The prompt has {long:,} characters; {rules.title} takes {most:,}. Shorten it."
        yield Problem("prompt", "string_above_max_length", sentence)


def _pictures(rules: Rules, given: Mapping[str, Any]) -> Iterator[Problem]:
    images = given.get("images")
    if images == 0:
        yield Problem("image", "missing_required_parameter", "There is no picture to edit.")
    elif isinstance(images, int) and images > rules.most_images:
        sentence = f"{rules.title} takes {rules.most_images} pictures with the asset, not {images}. Leave some out."
        yield Problem("image", "array_above_max_length", sentence)


def _guides(rules: Rules, given: Mapping[str, Any]) -> Iterator[Problem]:
    mask, markup = bool(given.get("mask")), bool(given.get("markup"))
    if mask and not rules.mask:
        yield Problem("mask", "unsupported_parameter", f"{rules.title} takes no mask.")
    if markup and not rules.markup:
        sentence = f"{rules.title} takes no marked-up picture. Use a mask, or another model."
        yield Problem("markup", "unsupported_parameter", sentence)
    elif markup and mask:
        yield Problem("markup", "mutually_exclusive_parameters", "A mask and markup can't be sent together.")


def _choices(rules: Rules, given: Mapping[str, Any]) -> Iterator[Problem]:
    choices = {
        "quality": rules.quality, "complexity": rules.complexity, "background": rules.backgrounds,
        "output_format": rules.formats,
    }  # fmt: skip
    for name, allowed in choices.items():
        value = given.get(name)
        if value is None or value in allowed:
            continue
        if not allowed:
            sentence = f"{rules.title} has no choice of {name.replace('_', ' ')}. Leave it out."
            yield Problem(name, "unsupported_parameter", sentence)
        else:
            sentence = f"{rules.title} takes {_either(allowed)} as {name.replace('_', ' ')}, not “{str(value)[:40]}”."
            yield Problem(name, "invalid_value", sentence)


def _fidelity(rules: Rules, given: Mapping[str, Any]) -> Iterator[Problem]:
    value = given.get("input_fidelity")
    if value is None or value in rules.fidelity:
        return
    if not rules.fidelity:
        # code and wording as OpenAI's, seen in pydantic-ai issue 5413
        sentence = f"The model '{rules.name}' does not support the 'input_fidelity' parameter."
        yield Problem("input_fidelity", "invalid_input_fidelity_model", sentence)
    else:
        sentence = f"{rules.title} takes {_either(rules.fidelity)} as input fidelity, not “{str(value)[:40]}”."
        yield Problem("input_fidelity", "invalid_value", sentence)


def _format(rules: Rules, given: Mapping[str, Any]) -> Iterator[Problem]:
    format = given.get("output_format", "png")
    if given.get("background") == "transparent" and format not in ("png", "webp"):
        sentence = "A transparent background needs PNG or WebP as output format."
        yield Problem("background", "invalid_value", sentence)
    if "output_compression" in given and format not in ("jpeg", "webp"):
        sentence = "Only JPEG and WebP can be compressed further. Leave the compression out."
        yield Problem("output_compression", "invalid_value", sentence)


def _numbers(rules: Rules, given: Mapping[str, Any]) -> Iterator[Problem]:
    bounds = {"n": (1, rules.most_pictures), "output_compression": (0, 100), "partial_images": (0, rules.most_partials)}
    for name, (least, most) in bounds.items():
        if name not in given:
            continue
        value = _integer(given[name])
        sentence = f"“{name}” is a whole number from {least} to {most}, not “{str(given[name])[:40]}”."
        if value is None:
            yield Problem(name, "invalid_type", sentence)
        elif value < least:
            yield Problem(name, "integer_below_min_value", sentence)
        elif value > most:
            yield Problem(name, "integer_above_max_value", sentence)
    streams = given.get("stream", False) in (True, "true")
    if streams and not rules.stream:
        yield Problem("stream", "unsupported_parameter", f"{rules.title} sends no pictures while it draws.")
    if not streams and "partial_images" in given:
        yield Problem("partial_images", "invalid_value", "Pictures on the way come only with “stream”.")


def _size(rules: Rules, given: Mapping[str, Any]) -> Iterator[Problem]:
    text = given.get("size")
    if text is None or text == "auto":
        return
    parsed = _SIZE.fullmatch(str(text))
    if not parsed or not allows(rules.sizes, (int(parsed[1]), int(parsed[2]))):
        sentence = f"{rules.title} draws {drawn(rules.sizes)}; not {str(text)[:40].replace('x', ' × ')}."
        yield Problem("size", "invalid_value", sentence)


def allows(sizes: Sizes, size: Size) -> bool:
    """Whether `size` is one of them."""
    if not isinstance(sizes, canvas_sizes.Rule):
        return size in sizes
    short, long = sorted(size)
    stepped = not short % sizes.multiple and not long % sizes.multiple
    within = long <= sizes.longest and sizes.least <= short * long <= sizes.most
    return short > 0 and stepped and within and long <= sizes.aspect * short


def _integer(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value) else None


def _either(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def _ended(rules: Rules) -> str:
    return f"was shut down on {rules.ended}" if rules.ended else "was shut down"
