"""Regions and protected areas: their forms, the template's rule and the picture's bounds."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.definitions import campaign, template
from workbench import errors, recipes


def test_regions_have_three_shapes_and_keep_to_the_rule_and_the_picture() -> None:
    box = recipes.parse_region("10, 20,30,40")
    assert box == {"box": [10, 20, 30, 40]}
    recipes.check_region(template(), None, (100, 100))
    recipes.check_region(template(), box, (40, 60))
    with pytest.raises(errors.InvalidInput, match="leaves the picture, which is 39 × 60"):
        recipes.check_region(template(), box, (39, 60))
    required = template("[limits]", '[region]\nrule = "required"\n[limits]')
    with pytest.raises(errors.InvalidInput, match="needs a region"):
        recipes.check_region(required, None)
    for text in ("1,2,3", "a,b,c,d", "-1,0,5,5", "0,0,0,5", "1.5,0,5,5", "0,0,5,5,5"):
        with pytest.raises(errors.InvalidInput):
            recipes.parse_region(text)
    for wrong in ({"box": [0, 0, 1.5, 2]}, {"box": [True, 0, 1, 1]}, {"mask": "abc"}, {"box": [0, 0, 1, 1], "x": 1}, 3):
        with pytest.raises(errors.InvalidInput):
            recipes.checked_region(wrong)


def drawn(*shapes: object, **more: object) -> dict[str, object] | None:
    return recipes.checked_region({"shapes": list(shapes)} | more)


def test_drawn_shapes_are_kept_in_one_form() -> None:
    kept = drawn(
        {"box": [0, 0.1234567, 0.5, 0.8765433]},
        {"polygon": [[0, 0], (1, 0), [1, 1]], "erase": False},
        {"stroke": [[0.5, -0.000001]], "radius": 0.0123456, "erase": True},
        grow=-0.01,
    )
    assert kept == {
        "shapes": [
            {"box": [0.0, 0.12346, 0.5, 0.87654]},
            {"polygon": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]},
            {"stroke": [[0.5, 0.0]], "radius": 0.01235, "erase": True},
        ],
        "grow": -0.01,
        "feather": 0.0,
    }
    assert recipes.checked_region(kept) == kept
    recipes.canonical(kept)


@example(0.495435, 0.0, 0.504565, 1.0)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.001, 1), st.floats(0.001, 1))
def test_a_box_inside_the_picture_stays_inside_when_it_is_rounded(x: float, y: float, w: float, h: float) -> None:
    box = {"box": [x if x + w <= 1 else 1 - w, y if y + h <= 1 else 1 - h, w, h]}
    kept = drawn(box)
    assert kept is not None
    left, top, width, height = kept["shapes"][0]["box"]  # type: ignore[index]
    assert left + width <= 1 + 1e-9 and top + height <= 1 + 1e-9
    assert recipes.checked_region(kept) == kept


STROKE = [[0.5, 0.5]]


@pytest.mark.parametrize(
    ("region", "sentence"),
    [
        ({"shapes": []}, "marks nothing"),
        ({"shapes": [{"box": [0, 0, 1, 1], "erase": True}]}, "marks nothing"),
        ({"shapes": "all"}, "shapes, grow and feather"),
        ({"shapes": [], "shape": 1}, "and nothing else"),
        ({"shapes": [{"box": [0, 0, 1, 1]}] * 401}, "has 401 shapes; at most 400"),
        ({"shapes": [{"stroke": STROKE * 2001, "radius": 0.1}]}, "too many points"),
        ({"shapes": [{"stroke": STROKE * 1900, "radius": 0.1}] * 11}, "20,000 in all"),
        ({"shapes": [{"box": [0.5, 0, 0.6, 1]}]}, "leaves the picture"),
        ({"shapes": [{"box": [0, 0, 0, 1]}]}, "is empty"),
        ({"shapes": [{"box": [-0.1, 0, 1, 1]}]}, "lies outside the picture"),
        ({"shapes": [{"box": [0, 0, 10**400, 1]}]}, "lies outside the picture"),
        ({"shapes": [{"box": [0, 0, float("nan"), 1]}]}, "isn't a number"),
        ({"shapes": [{"box": [0, 0, True, 1]}]}, "isn't a number"),
        ({"shapes": [{"box": [0, 0, "1", 1]}]}, "isn't a number"),
        ({"shapes": [{"box": [0, 0, 1]}]}, "A shape is a box"),
        ({"shapes": [{"polygon": [[0, 0], [1, 1]]}]}, "at least three points"),
        ({"shapes": [{"polygon": [[0, 0], [1, 1], [2, 0]]}]}, "A point of the region lies outside"),
        ({"shapes": [{"polygon": [[0, 0], [1, 1], 3]}]}, "two shares"),
        ({"shapes": [{"stroke": STROKE}]}, "a stroke with a radius"),
        ({"shapes": [{"stroke": STROKE, "radius": 0}]}, "radius must lie between"),
        ({"shapes": [{"stroke": STROKE, "radius": 0.1, "erase": 1}]}, "“erase” may be true"),
        ({"shapes": [{"box": [0, 0, 1, 1], "polygon": []}]}, "nothing else"),
        ({"shapes": [{"box": [0, 0, 1, 1]}], "grow": 0.2}, "grow must lie between -0.1 and 0.1"),
        ({"shapes": [{"box": [0, 0, 1, 1]}], "feather": -0.1}, "feather must lie between 0 and 0.1"),
        ({"shapes": [3]}, "A shape is a box"),
        ({"circle": 1}, "a box of four whole numbers, a stored mask or drawn shapes"),
    ],
)
def test_a_region_that_cannot_be_kept_gets_a_sentence(region: object, sentence: str) -> None:
    with pytest.raises(errors.InvalidInput) as caught:
        recipes.checked_region(region)
    assert sentence in str(caught.value)


COPY = 'kind = "copy_update"\nold = "{old}"\nnew = "{new}"'
GROUND = 'kind = "replace_background"\nground = "{ground}"'
BOX = {"box": [10, 10, 20, 20]}
SHAPES = {"shapes": [{"box": [0, 0, 1, 1]}]}


@pytest.mark.parametrize(
    ("step", "rule", "region", "protect", "sentence"),
    [
        (COPY, "none", None, BOX, None),
        (COPY, "none", BOX, None, "works on the whole picture"),
        (COPY, "text_line", None, None, None),
        (COPY, "text_line", SHAPES, None, None),
        (COPY, "required", SHAPES, None, None),
        (COPY, "required", None, BOX, "needs a region"),
        (COPY, "protected", None, SHAPES, None),
        (COPY, "protected", None, None, "mark what must stay"),
        (COPY, "protected", BOX, BOX, "remove the region"),
        (GROUND, "subject", SHAPES, BOX, None),
        (GROUND, "subject", None, BOX, "mark what is cut out and kept"),
        (COPY, "optional", None, {"box": [10, 10, 91, 20]}, "The protected area 10,10,91,20 leaves the picture"),
        (COPY, "optional", None, {"box": [10, 10, 0, 20]}, "is empty"),
    ],
)
def test_region_and_protected_area_keep_to_the_templates_rule(
    step: str, rule: str, region: object, protect: object, sentence: str | None
) -> None:
    one = campaign(step, rule=rule)
    if sentence is None:
        recipes.check_region(one, region, (100, 100), protect)
    else:
        with pytest.raises(errors.InvalidInput, match=sentence):
            recipes.check_region(one, region, (100, 100), protect)
