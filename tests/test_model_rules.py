"""One table of what image models take: for the client's check, the pages' choices and the emulator's refusals."""

from pathlib import Path
from typing import Any

import pytest

from workbench.engines import openai, rules
from workbench.imaging import canvas_sizes

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "reference" / "models.md"
FINE: dict[str, Any] = {"prompt": "Make it red.", "size": "1024x1024", "n": 1, "images": 1}


def codes(model: str, **fields: Any) -> list[tuple[str, str]]:
    return [(each.param, each.code) for each in rules.problems(rules.rules(model), {**FINE, "model": model, **fields})]


@pytest.mark.parametrize("model", [each.name for each in rules.known() if each.state != "retired"])
def test_every_model_takes_the_plainest_request_and_all_it_says_it_takes(model: str) -> None:
    known = rules.rules(model)
    assert codes(model) == []
    for name, values in (
        ("quality", known.quality), ("input_fidelity", known.fidelity), ("complexity", known.complexity),
        ("background", known.backgrounds), ("output_format", known.formats),
    ):  # fmt: skip
        for value in values:
            extra = {"output_format": "png"} if name == "background" else {}
            assert codes(model, **{name: value}, **extra) == []
    assert codes(model, stream=True, partial_images=3) == []


@pytest.mark.parametrize(
    ("model", "fields", "expected"),
    [
        ("gpt-image-1", {}, ("model", "model_not_found")),
        ("dall-e-2", {}, ("model", "model_not_found")),
        ("gpt-image-2", {"input_fidelity": "high"}, ("input_fidelity", "invalid_input_fidelity_model")),
        ("gpt-image-2.5-sunburst", {"input_fidelity": "low"}, ("input_fidelity", "invalid_input_fidelity_model")),
        ("gpt-image-1-mini", {"input_fidelity": "high"}, ("input_fidelity", "invalid_value")),
        ("gpt-image-1.5", {"quality": "xhigh"}, ("quality", "invalid_value")),
        ("gpt-image-2.5-flare", {"quality": "standard"}, ("quality", "invalid_value")),
        ("gpt-image-2.5-sunburst", {"complexity": "low"}, ("complexity", "unsupported_parameter")),
        ("gpt-image-2.6-flare", {"complexity": "most"}, ("complexity", "invalid_value")),
        ("gpt-image-2", {"markup": True}, ("markup", "unsupported_parameter")),
        ("gpt-image-2.5-sunburst", {"markup": True, "mask": True}, ("markup", "mutually_exclusive_parameters")),
        ("gpt-image-1.5", {"size": "1280x1024"}, ("size", "invalid_value")),
        ("gpt-image-2", {"size": "1000x1000"}, ("size", "invalid_value")),
        ("gpt-image-2", {"size": "3856x2160"}, ("size", "invalid_value")),
        ("gpt-image-2", {"size": "3072x1008"}, ("size", "invalid_value")),
        ("gpt-image-2", {"size": "784x784"}, ("size", "invalid_value")),
        ("gpt-image-2", {"size": "3840x2176"}, ("size", "invalid_value")),
        ("gpt-image-2", {"size": "0x1024"}, ("size", "invalid_value")),
        ("gpt-image-2", {"size": "1024 x 1024"}, ("size", "invalid_value")),
        ("gpt-image-2", {"size": "٣٠٧٢x1024"}, ("size", "invalid_value")),
        ("gpt-image-2", {"prompt": "  "}, ("prompt", "missing_required_parameter")),
        ("gpt-image-2", {"prompt": "a" * 32_001}, ("prompt", "string_above_max_length")),
        ("gpt-image-2", {"images": 0}, ("image", "missing_required_parameter")),
        ("gpt-image-2", {"images": 17}, ("image", "array_above_max_length")),
        ("gpt-image-2", {"n": 0}, ("n", "integer_below_min_value")),
        ("gpt-image-2", {"n": "11"}, ("n", "integer_above_max_value")),
        ("gpt-image-2", {"n": "two"}, ("n", "invalid_type")),
        ("gpt-image-2", {"n": True}, ("n", "invalid_type")),
        ("gpt-image-2", {"stream": "true", "partial_images": "4"}, ("partial_images", "integer_above_max_value")),
        ("gpt-image-2", {"partial_images": 1}, ("partial_images", "invalid_value")),
        ("gpt-image-2", {"background": "transparent", "output_format": "jpeg"}, ("background", "invalid_value")),
        ("gpt-image-2", {"output_compression": 50}, ("output_compression", "invalid_value")),
        ("gpt-image-2", {"output_format": "gif"}, ("output_format", "invalid_value")),
        ("gpt-image-2", {"response_format": "b64_json"}, ("response_format", "unknown_parameter")),
    ],
)  # fmt: skip
def test_what_a_model_does_not_take_is_named(model: str, fields: dict[str, Any], expected: tuple[str, str]) -> None:
    assert codes(model, **fields) == [expected]


@pytest.mark.parametrize("size", ["auto", "3840x2160", "2160x3840", "1536x864", "3072x1024", "1024x640", "1024x1024"])
def test_a_model_of_any_size_takes_these(size: str) -> None:
    assert codes("gpt-image-2.5-sunburst", size=size) == []


def test_the_check_of_a_size_and_the_sizes_a_canvas_is_planned_with_are_one_rule() -> None:
    custom = rules.rules("gpt-image-2.5-sunburst").sizes
    assert isinstance(custom, canvas_sizes.Rule)
    allowed = {(int(w), int(h)) for w, h in custom.sizes()}
    sides = range(0, 4000, 16)
    assert {(w, h) for w in sides for h in sides if rules.allows(custom, (w, h))} == allowed


def test_a_model_nobody_knows_keeps_its_name_and_gets_rules_that_any_server_keeps() -> None:
    found = rules.rules("flux-kontext")
    assert (found.name, found.known, found.price, found.fidelity) == ("flux-kontext", False, None, ())
    assert codes("flux-kontext", quality="low") == []


@pytest.mark.parametrize(
    ("asked", "runs", "says"),
    [
        ("gpt-image-1", "gpt-image-2.5-sunburst-2026-09-08", True),
        ("dall-e-3", "gpt-image-2.5-sunburst-2026-09-08", True),
        ("gpt-image-2.5-sunburst", "gpt-image-2.5-sunburst-2026-09-08", False),
        ("gpt-image-2", "gpt-image-2-2026-04-21", False),
        ("gpt-image-2-2026-04-21", "gpt-image-2-2026-04-21", False),
        ("gpt-image-1-mini", "gpt-image-1-mini", False),
        ("flux-kontext", "flux-kontext", False),
    ],
)
def test_what_runs_today_for_a_model_is_dated_and_says_when_it_is_another(asked: str, runs: str, says: bool) -> None:
    model, sentence = rules.running(asked)
    assert model == runs
    assert (sentence is not None) == says
    assert sentence is None or "shut down on 2026-" in sentence


def test_every_retired_model_has_a_successor_that_runs_and_every_row_says_where_it_is_from() -> None:
    for each in rules.known():
        assert each.source and each.as_of
        assert each.state != "retired" or rules.rules(rules.running(each.name)[0]).state == "current"


def test_a_server_that_takes_less_narrows_the_rules() -> None:
    model = "gpt-image-1.5"
    assert openai.profile("openai").rules(model) == rules.rules(model)
    local = openai.profile("sglang").rules("qwen-image-edit")
    assert (local.mask, local.stream, local.quality, local.markup) == (False, False, (), False)
    assert isinstance(local.sizes, canvas_sizes.Rule)
    assert openai.profile("localai").rules(model).most_images == 1


def test_the_reference_for_people_tells_the_same_as_the_table() -> None:
    for table in (models_in_words(), profiles_in_words()):
        assert table in DOCUMENT.read_text("utf-8"), f"put this into {DOCUMENT.name}:\n{table}"


def models_in_words() -> str:
    lines = [
        "| model | state | input fidelity | quality | sizes | markup | price (text in / image in / out) |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in rules.known():
        state = f"{each.state}, use `{rules.running(each.successor)[0]}`" if each.successor else each.state
        price = each.price
        cost = f"${price.text_in:g} / {price.image_in:g} / {price.image_out:g}, {price.as_of}" if price else "not known"
        state += f", dated `{each.snapshot}`" if each.snapshot else ""
        sizes = "any" if isinstance(each.sizes, canvas_sizes.Rule) else "three"
        cells = [
            f"`{each.name}`", state, ", ".join(each.fidelity) or "left out", ", ".join(each.quality) or "none", sizes,
            "yes" if each.markup else "no", cost,
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def profiles_in_words() -> str:
    lines = ["| profile | server | mask | optional fields |", "|---|---|---|---|"]
    for name in ("openai", "heroku", "generic", "sglang", "vllm-omni", "sdcpp", "localai"):
        each = openai.profile(name)
        fields = ", ".join(f"`{field}`" for field in sorted(each.fields))
        lines.append(f"| `{name}` | {each.title} | {each.mask} | {fields} |")
    return "\n".join(lines)
