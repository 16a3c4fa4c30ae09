"""Operations: one or a chain of them, filled with nothing left to look up, and told in a few words."""

import pytest

from tests.definitions import CAMPAIGN, FILES, campaign, guideline, resolve, studio, template, with_mark
from workbench import errors, recipes


def test_an_operation_is_filled_with_nothing_left_to_look_up() -> None:
    filled = recipes.fill(template(), resolve(), guideline())
    assert filled == {"kind": "colour_swap", "pairs": [["#7A8F6A", "#4F7A63"]], "mode": "auto"}
    settled = recipes.settle_mode(template(), resolve(), "shaded")
    assert settled["style"] == "shaded"
    assert (recipes.fill(template(), settled, guideline()) or {})["mode"] == "shaded"
    assert recipes.settle_mode(template(), resolve(style="flat"), "shaded")["style"] == "flat"
    literal = template('mode = "{style}"', 'mode = "auto"')
    assert recipes.settle_mode(literal, resolve(), "flat") == resolve()
    assert (recipes.fill(literal, resolve(), guideline(), mode="flat") or {})["mode"] == "flat"


def test_a_mark_brings_the_guidelines_rules_into_the_operation() -> None:
    filled = recipes.fill(recipes.parse_template(with_mark()), resolve(), guideline())
    assert filled == {
        "kind": "place_mark",
        "mark": FILES["logo-blue.png"],
        "anchor": "top",
        "width": 0.18,
        "opacity": 1.0,
        "clear_space": 0.5,
        "min_width": 96,
    }


def test_a_swap_that_changes_nothing_or_two_ways_at_once_is_refused() -> None:
    with pytest.raises(errors.InvalidInput, match="Nothing would change"):
        recipes.fill(template(), resolve(source="Moss"), guideline())
    pairs = 'pairs = [{source = "{source}", target = "{target}"}, {source = "#7A8F6A", target = "Aster blue"}]'
    twice = template('source = "{source}"\ntarget = "{target}"\nmode', pairs + "\nmode")
    with pytest.raises(errors.InvalidInput, match="can't become two colours"):
        recipes.fill(twice, resolve(), guideline())


COPY = 'kind = "copy_update"\nold = "{old}"\nnew = "{new}"'
MARK = 'kind = "place_mark"\nmark = "{logo}"\nwidth = 0.2'
SWAP = 'kind = "colour_swap"\nsource = "{ground}"\ntarget = "{colour}"'
REFRAME = 'kind = "reframe"\nsize = "{size}"'
RESIZE = 'kind = "resize"\nlongest = "{pixels}"'
GROUND = 'kind = "replace_background"\nground = "{ground}"'
REMOVE = 'kind = "remove_object"'
ANYWHERE = '\nwhere = "anywhere"'
RESIZED = "size_kept = false"
TYPED = {"old": "Summer sale", "new": "Winter sale", "size": "story 1080 × 1920", "ground": "Moss", "logo": "wordmark"}


def filled(one: recipes.Template, **values: object) -> dict[str, object] | None:
    return recipes.fill(one, recipes.resolve(one, TYPED | values, studio()), studio())


@pytest.mark.parametrize(
    ("step", "rule", "limits", "operation", "told"),
    [
        (
            COPY + '\nshrink = "{longer}"',
            "text_line",
            "",
            {
                "kind": "copy_update",
                "old": "Summer sale",
                "new": "Winter sale",
                "fonts": [FILES["Inter.woff2"], "1" * 64],
                "shrink": False,
            },
            "Campaign: “Summer sale” → “Winter sale”",
        ),
        (
            REFRAME + '\nhow = "{how}"\nground = "{ground}"\nfocus = "{focus}"',
            "none",
            RESIZED,
            {"kind": "reframe", "width": 1080, "height": 1920, "how": "pad", "ground": "#4F7A63", "focus": "auto"},
            "Campaign: 1080 × 1920, pad",
        ),
        (
            'kind = "reframe"\nsize = "1080x1350"',
            "none",
            RESIZED,
            {"kind": "reframe", "width": 1080, "height": 1350, "how": "fill", "ground": "auto", "focus": "auto"},
            "Campaign: 1080 × 1350, fill",
        ),
        (
            RESIZE + '\nsharpen = "{sharpen}"',
            "none",
            RESIZED,
            {"kind": "resize", "side": "longest", "pixels": 1080, "sharpen": 0.25},
            "Campaign: longest side 1080 px",
        ),
        (
            GROUND,
            "subject",
            "",
            {"kind": "replace_background", "ground": {"colour": "#4F7A63"}},
            "Campaign: on Moss",
        ),
        (
            GROUND + '\nsecond = "{colour}"\nangle = "{angle}"',
            "subject",
            "",
            {"kind": "replace_background", "ground": {"gradient": ["#4F7A63", "#000001"], "angle": 45}},
            "Campaign: on Moss to #000001",
        ),
        (
            'kind = "replace_background"\npicture = "{picture}"',
            "subject",
            "",
            {"kind": "replace_background", "ground": {"picture": "2" * 64}},
            "Campaign: on Studio",
        ),
        (
            'kind = "replace_background"\nground = "transparent"',
            "subject",
            "",
            {"kind": "replace_background", "ground": {"transparent": True}},
            "Campaign: on transparency",
        ),
        (REMOVE, "required", "", {"kind": "remove_object"}, "Campaign: object removed"),
        (
            'kind = "place_mark"\nmark = "{logo}"',
            "required",
            "",
            {
                "kind": "place_mark",
                "mark": "3" * 64,
                "anchor": "bottom-right",
                "width": None,
                "opacity": 1,
                "clear_space": 0.25,
                "min_width": 32,
            },
            "Campaign: Wordmark, bottom-right",
        ),
    ],
)
def test_every_operation_is_filled_told_and_kept(
    step: str, rule: str, limits: str, operation: dict[str, object], told: str
) -> None:
    one = campaign(step, rule=rule, limits=limits)
    assert filled(one) == operation
    assert recipes.steps(operation) == (operation,)
    assert recipes.summary(one, operation, studio()) == told
    assert recipes.sentence(one).endswith(".")
    assert recipes.Template.from_json(one.to_json()) == one
    assert isinstance(one.to_json()["operation"], dict)


def test_a_chain_is_filled_step_by_step_and_settles_its_only_swap() -> None:
    one = campaign(SWAP, COPY, MARK + ANYWHERE, REFRAME, limits=RESIZED)
    operation = filled(one)
    assert operation is not None and operation["kind"] == "chain"
    assert [step["kind"] for step in recipes.steps(operation)] == [
        "colour_swap",
        "copy_update",
        "place_mark",
        "reframe",
    ]
    assert ["where" in step for step in recipes.steps(operation)] == [False, False, True, False]
    assert recipes.summary(one, operation, studio()) == (
        "Campaign: Moss → #000001, then “Summer sale” → “Winter sale”, then Wordmark, bottom-right, "
        "then 1080 × 1920, fill"
    )
    settled = recipes.fill(one, recipes.resolve(one, TYPED, studio()), studio(), mode="shaded")
    assert recipes.steps(settled)[0]["mode"] == "shaded"
    twice = campaign(SWAP, 'kind = "colour_swap"\nsource = "Aster blue"\ntarget = "{colour}"')
    both = recipes.fill(twice, recipes.resolve(twice, TYPED, studio()), studio(), mode="shaded")
    assert [step["mode"] for step in recipes.steps(both)] == ["auto", "auto"]
    assert isinstance(one.to_json()["operation"], list)
    assert recipes.Template.from_json(one.to_json()) == one
    assert (one.operation, recipes.steps(None)) == (one.operations[0], ())


def test_a_list_of_one_step_is_the_same_as_a_single_operation() -> None:
    single = campaign(COPY)
    listed = recipes.parse_template(CAMPAIGN + f"[[operation]]\n{COPY}\nwhere = 'region'\n[region]\nrule = 'optional'")
    assert listed == single
    assert recipes.definition_sha256(listed) == recipes.definition_sha256(single)


@pytest.mark.parametrize(
    ("steps", "rule", "limits", "sentence"),
    [
        ([COPY] * 9, "optional", "", "[[operation]]: must have at most 8 entries"),
        ([SWAP], "text_line", "", "“text_line” needs an operation of kind “copy_update”"),
        ([COPY, SWAP], "text_line", "", "[[operation]] 2: under “text_line” the region is the line of copy"),
        ([SWAP], "subject", "", "“subject” needs an operation of kind “replace_background”"),
        ([GROUND], "required", "", "[operation]: “replace_background” needs [region] with rule = “subject”"),
        ([MARK, REMOVE], "optional", "", "[[operation]] 2: “remove_object” needs [region] with rule = “required”"),
        ([REMOVE + ANYWHERE], "required", "", "works on what is marked; leave where out"),
        ([REFRAME], "none", "", "[limits]: an operation that gives another size needs size_kept = false"),
        ([REFRAME], "none", "size_kept = true", "needs size_kept = false"),
        ([REFRAME], "protected", RESIZED, "“protected” doesn't go with another size"),
        ([RESIZE, MARK], "none", RESIZED, "[[operation]] 2: the region no longer fits after another size"),
        ([REFRAME, REMOVE], "required", RESIZED, "[[operation]] 2: “remove_object” must come before"),
        (['kind = "place_mark"\nmark = "{logo}"'], "optional", "", "[operation]: width is missing"),
        (['kind = "place_mark"\nmark = "{logo}"' + ANYWHERE], "required", "", "width is missing"),
        (
            ['kind = "place_mark"\nmark = "{picture}"\nwidth = 1'],
            "none",
            "",
            "{picture} must have mark_kind = “logo” or",
        ),
        (
            ['kind = "replace_background"\npicture = "{logo}"'],
            "subject",
            "",
            "{logo} must have mark_kind = “background”",
        ),
        (['kind = "replace_background"'], "subject", "", "give either ground or picture"),
        ([GROUND + "\nangle = 3"], "subject", "", "angle needs a second colour"),
        (['kind = "replace_background"\nground = "transparent"\nsecond = "Moss"'], "subject", "", "a colour"),
        ([GROUND + '\nsecond = "Moss"\nangle = 361'], "subject", "", "must be a number between 0 and 360"),
        (['kind = "resize"'], "none", RESIZED, "give exactly one of width, height and longest"),
        ([RESIZE + "\nwidth = 200"], "none", RESIZED, "give exactly one of"),
        (['kind = "resize"\nwidth = 1.5'], "none", RESIZED, "must be a whole number between 16 and 16384"),
        (['kind = "resize"\nwidth = 20000'], "none", RESIZED, "must be a whole number between 16 and 16384"),
        (['kind = "resize"\nwidth = "{angle}"'], "none", RESIZED, "{angle} must stay at least 16 and at most 16384"),
        (['kind = "resize"\nwidth = "{sharpen}"'], "none", RESIZED, "{sharpen} takes a number, not %"),
        (['kind = "reframe"\nsize = "large"'], "none", RESIZED, "“large” isn't a size; write it like 1080x1350"),
        (['kind = "reframe"\nsize = "15x100"'], "none", RESIZED, "isn't a size"),
        (['kind = "reframe"\nsize = "16384x16384"'], "none", RESIZED, "at most 100 megapixels"),
        (['kind = "reframe"\nsize = "{how}"'], "none", RESIZED, "[operation], size: “fill” isn't a size"),
        (['kind = "reframe"\nsize = "{old}"'], "none", RESIZED, "{old} is a copy; it takes a choice"),
        ([REFRAME + '\nhow = "crop"'], "none", RESIZED, "“crop” isn't one of fill, fit, pad"),
        ([REFRAME + '\nfocus = "{how}"'], "none", RESIZED, "focus: it knows no “fill”, only auto, top-left"),
        ([COPY + '\nshrink = "maybe"'], "none", "", "shrink: must be true or false, or a parameter"),
        ([COPY + '\nshrink = "{how}"'], "none", "", "shrink: it knows no “fill”, only no, yes"),
        (['kind = "copy_update"\nold = "{old}"\nnew = "{size} off"'], "none", "", "exactly one parameter"),
        (['kind = "copy_update"\nold = "שלום"\nnew = "{new}"'], "none", "", "written from right to left"),
        (['kind = "copy_update"\nold = "{old}"\nnew = "two\\nlines"'], "none", "", "a line break"),
        (
            ['kind = "copy_update"\nold = "{old}"\nnew = "{sharpen}"'],
            "none",
            "",
            "is a number; it takes a copy or choice",
        ),
        (
            ['kind = "copy_update"\nold = "{old}"\nnew = "{nwe}"'],
            "none",
            "",
            "{nwe} isn't declared (did you mean “new”?)",
        ),
        (
            [SWAP, 'kind = "copy_updat"'],
            "none",
            "",
            "[[operation]] 2: unknown kind “copy_updat” (did you mean “copy_update”?)",
        ),
        ([SWAP, COPY + "\nnwe = 1"], "none", "", "[[operation]] 2: unknown key “nwe” (did you mean “new”?)"),
        ([SWAP + '\nwhere = "here"'], "none", "", "choose one of region, anywhere"),
    ],
)
def test_steps_that_make_no_sense_get_a_sentence(steps: list[str], rule: str, limits: str, sentence: str) -> None:
    with pytest.raises(errors.RejectedFile) as caught:
        campaign(*steps, rule=rule, limits=limits)
    assert sentence in str(caught.value)


def test_marks_may_follow_another_size_where_the_region_does_not_bind_them() -> None:
    one = campaign(SWAP, REFRAME, MARK + ANYWHERE, RESIZE, limits=RESIZED)
    assert [step.kind for step in one.operations] == ["colour_swap", "reframe", "place_mark", "resize"]
    campaign(REMOVE, MARK, rule="required")


@pytest.mark.parametrize("unit", ['unit = "px"', ""])
@pytest.mark.parametrize("step", ["", "step = 0.5", "step = 7.5"])
def test_pixels_are_counted_in_whole_numbers(unit: str, step: str) -> None:
    declared = CAMPAIGN.replace("step = 10\ndefault = 1080\n", f"{step}\n{unit}\n")
    text = declared + f"[operation]\n{RESIZE}\n[limits]\n{RESIZED}"
    with pytest.raises(errors.RejectedFile, match="counts whole numbers"):
        recipes.parse_template(text)


def test_values_that_make_no_edit_are_refused() -> None:
    with pytest.raises(errors.InvalidInput, match="Nothing would change: the new copy reads “Summer sale”"):
        filled(campaign(COPY), new="Summer sale")
    with pytest.raises(errors.InvalidInput, match="runs from #4F7A63 to #4F7A63 is even"):
        filled(campaign(GROUND + '\nsecond = "{colour}"', rule="subject"), colour="Moss")
    with pytest.raises(errors.InvalidInput, match="“Studio” is a background; choose a logo or a badge"):
        filled(campaign('kind = "place_mark"\nmark = "Studio"\nwidth = 1'))
    with pytest.raises(errors.InvalidInput, match="is not a logo or badge of guideline Brand"):
        filled(campaign(MARK), logo="Studio")
    bare = recipes.parse_guideline('[guideline]\nname = "bare"\ntitle = "Bare"')
    literal = campaign('kind = "copy_update"\nold = "Summer"\nnew = "Winter"')
    with pytest.raises(errors.InvalidInput, match="no stored font"):
        recipes.fill(literal, {}, bare)


@pytest.mark.parametrize(
    ("steps", "rule", "limits", "sentence"),
    [
        ([SWAP], "optional", "", "Recolours in the whole picture or a region; everything else stays."),
        ([SWAP], "required", "", "Recolours inside a region you mark; everything else stays."),
        ([COPY], "text_line", "", "Sets new copy on the line where the old copy stands; everything else stays."),
        ([SWAP], "protected", "", "Recolours everywhere but where you protect it; everything else stays."),
        ([GROUND], "subject", "", "Replaces the background of the subject you mark; the subject itself stays."),
        ([RESIZE], "none", RESIZED, "Resizes the picture."),
        ([MARK + ANYWHERE], "none", "", "Places a mark in the whole picture; everything else stays."),
        (
            [COPY, MARK + ANYWHERE, REFRAME],
            "text_line",
            RESIZED,
            "Sets new copy on the line where the old copy stands and places a mark anywhere; "
            "then reframes the picture to another size.",
        ),
        (
            [SWAP, COPY, MARK],
            "none",
            "",
            "Recolours, sets new copy and places a mark in the whole picture; everything else stays.",
        ),
    ],
)
def test_one_line_says_what_a_template_does_and_where(steps: list[str], rule: str, limits: str, sentence: str) -> None:
    assert recipes.sentence(campaign(*steps, rule=rule, limits=limits)) == sentence


def test_a_summary_shortens_long_copy_and_goes_by_the_title_alone_without_an_operation() -> None:
    one = campaign(COPY)
    told = recipes.summary(one, {"kind": "copy_update", "old": "a" * 300, "new": "b"}, studio())
    assert len(told) < 90 and "a…”" in told
    assert recipes.summary(one, None, studio()) == "Campaign"
