"""Frozen recipes: canonical JSON and the hash of what can change a pixel."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.definitions import TEMPLATE, VALUES, guideline, resolve, template
from tests.scenes import MORE
from workbench import errors, recipes


def freeze(**changes: object) -> recipes.Recipe:
    arguments: dict[str, object] = {
        "template_name": "sale",
        "template_revision": 2,
        "template_sha256": recipes.definition_sha256(template()),
        "values": VALUES,
        "resolved": resolve(),
        "guideline_revision": 3,
        "guideline_sha256": recipes.definition_sha256(guideline()),
        "engine": "exact",
        "engine_version": "1",
        "parameters": {"seed": 0},
        "region": {"box": [1, 2, 3, 4]},
        "operation": recipes.fill(template(), resolve(), guideline()),
    }
    return recipes.freeze(**(arguments | changes))  # type: ignore[arg-type]


def test_the_hash_covers_what_can_change_a_pixel_and_nothing_else() -> None:
    first = freeze()
    covered = {
        "resolved": {"a": 1},
        "engine": "openai",
        "engine_version": "2",
        "model": "gpt-image-1-2025",
        "parameters": {"seed": 1},
        "operation": {"kind": "place_mark"},
        "prompt": "Make it blue",
        "region": {"box": [1, 2, 3, 5]},
        "protect": {"mask": "0" * 64},
        "lock": {"feather": 2},
    }
    assert set(covered) == set(recipes.HASHED)
    hashes = {freeze(**{key: value}).sha256 for key, value in covered.items()}
    assert len(hashes | {first.sha256}) == len(covered) + 1
    uncovered = {
        "values": {"source": "7A8F6A"},
        "template_name": "x",
        "template_revision": 9,
        "template_sha256": "0" * 64,
        "guideline_revision": 9,
        "guideline_sha256": "0" * 64,
    }
    assert {freeze(**{key: value}).sha256 for key, value in uncovered.items()} == {first.sha256}
    assert len({freeze(**{key: value}).canonical for key, value in uncovered.items()}) == len(uncovered)


def test_a_stored_recipe_reads_back_and_shows_tampering() -> None:
    first = freeze()
    stored = json.loads(json.dumps(first.document))
    assert recipes.Recipe.from_json(stored) == first
    assert json.loads(first.canonical) == first.document
    stored["resolved"]["target"] = "#000000"
    assert recipes.Recipe.from_json(stored).sha256 != first.sha256
    with pytest.raises(errors.InvalidInput, match="lacks engine"):
        recipes.Recipe.from_json({key: value for key, value in first.document.items() if key != "engine"})


def test_a_recipe_does_not_follow_later_changes_of_what_it_was_made_from() -> None:
    parameters = {"seed": [1]}
    first = freeze(parameters=parameters)
    parameters["seed"].append(2)
    assert first.document["parameters"] == {"seed": [1]}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-1e15, 1e15)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=12,
)


def shuffled(data: object) -> object:
    if isinstance(data, dict):
        return {key: shuffled(data[key]) for key in reversed(data)}
    return [shuffled(one) for one in data] if isinstance(data, list) else data


@settings(max_examples=200 * MORE)
@given(JSON)
def test_canonical_json_ignores_key_order_and_layout_and_reads_back(data: object) -> None:
    text = recipes.canonical(data)
    assert recipes.canonical(shuffled(json.loads(json.dumps(data, indent=3)))) == text
    assert recipes.canonical(json.loads(text)) == text
    assert json.loads(text) == data


def test_canonical_json_is_that_of_rfc_8785() -> None:
    data = json.loads(
        r'{"numbers":[333333333.33333329,1E15,4.50,2e-3,0.000000000000000000000000001],'
        r'"string":"\u20ac$\u000F\u000aA\u0027\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}'
    )
    assert recipes.canonical(data) == (
        r'{"literals":[null,true,false],"numbers":[333333333.3333333,1000000000000000,4.5,0.002,1e-27],'
        r'"string":"€$\u000f\nA' + "'" + r'B\"\\\\\"/"}'
    )
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    order = list(json.loads(recipes.canonical(dict.fromkeys(keys))))
    assert order == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (9007199254740991.0, "9007199254740991"),
        (0.000001, "0.000001"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (-333333333.3333333, "-333333333.3333333"),
        (18.0, "18"),
    ],
)
def test_numbers_are_written_as_in_appendix_b_of_rfc_8785(number: float, text: str) -> None:
    assert recipes.canonical(number) == text


@pytest.mark.parametrize("data", [float("nan"), float("inf"), 2**53, 1e300, "\ud800", {1: 2}, {1, 2}, b"x", object()])
def test_what_json_cannot_hold_exactly_is_refused(data: object) -> None:
    with pytest.raises(errors.InvalidInput):
        recipes.canonical(data)


def test_a_definitions_hash_is_independent_of_the_files_layout() -> None:
    lines = TEMPLATE.replace("ssim = 0.97", "ssim   =   0.970 # at least").replace(
        "outside_changed = 0\n", "outside_changed = 0.0\n\n"
    )
    assert recipes.definition_sha256(recipes.parse_template(lines)) == recipes.definition_sha256(template())
    assert recipes.definition_sha256(template("max = 40", "max = 39")) != recipes.definition_sha256(template())


def test_a_recipe_of_before_chains_keeps_its_hash() -> None:
    kept = freeze(engine_version="1.0", parameters={}, protect={"mask": "0" * 64})
    assert kept.sha256 == "46b2f804999966e2b80d43578978e114d09e285983ac9f6faeeb85a4e0d18ea4"


def test_a_drawn_region_is_frozen_in_its_one_form() -> None:
    drawn = [{"shapes": [{"box": [0, 0, 0.5, side]}], "grow": 0} for side in (1, 1.0, 0.999999)]
    assert len({freeze(region=one).sha256 for one in drawn}) == 1
    assert freeze(region=drawn[0] | {"grow": 0.01}).sha256 != freeze(region=drawn[0]).sha256
