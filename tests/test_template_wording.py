"""A template in a designer's words: what each operation does, who marks what, what it may cost."""

import re
from typing import get_args

import pytest

from tests.definitions import campaign
from workbench import recipes
from workbench.recipes.chains import Rule
from workbench.ui.templates import wording

COPY = 'kind = "copy_update"\nold = "{old}"\nnew = "{new}"'
MARK = 'kind = "place_mark"\nmark = "{logo}"'
REFRAME = 'kind = "reframe"\nsize = "{size}"'
GROUND = 'kind = "replace_background"\nground = "{ground}"'
SIZED = "size_kept = false"


@pytest.mark.parametrize(
    ("step", "rule", "limits", "words"),
    [
        (COPY, "none", "", "Sets “New” where the picture reads “Old”. A copy that doesn’t fit is refused."),
        (COPY + "\nshrink = true", "none", "", "A longer copy is set smaller to fit."),
        (COPY + '\nshrink = "{longer}"', "none", "", "Whether a longer copy is set smaller is said under “Longer”."),
        (REFRAME, "none", SIZED, "covering the whole frame and cutting what stands over, around what matters in it."),
        (REFRAME + '\nfocus = "top"', "none", SIZED, "cutting what stands over, held at top."),
        (REFRAME + '\nhow = "pad"', "none", SIZED, "on a ground that fills it, of the rim’s colour."),
        (
            REFRAME + '\nhow = "{how}"\nground = "Moss"',
            "none",
            SIZED,
            "as said under “How” (a ground is of Moss), around what matters in it.",
        ),
        (REFRAME + '\nhow = "fit"', "none", SIZED, "Reframes to “Size”, staying within the frame, nothing cut."),
        (
            'kind = "resize"\nlongest = "{pixels}"',
            "none",
            SIZED,
            "Resizes the longest side to “Pixels” px, in correct light, sharpened by 30 %.",
        ),
        (
            'kind = "resize"\nwidth = 900\nsharpen = 0',
            "none",
            SIZED,
            "Resizes the width to 900 px, in correct light, not",
        ),
        (GROUND, "subject", "", "Cuts the subject out and sets it on “Ground”."),
        (GROUND + '\nsecond = "#FFFFFF"', "subject", "", "a ground that runs from “Ground” to #FFFFFF, at 90°."),
        (GROUND + '\nsecond = "Moss"\nangle = "{angle}"', "subject", "", "to Moss, at “Angle”°."),
        (GROUND.replace("{ground}", "transparent"), "subject", "", "sets it on transparency."),
        ('kind = "replace_background"\npicture = "{picture}"', "subject", "", "on the background “Picture”."),
        ('kind = "remove_object"', "required", "", "Removes what is marked"),
        (MARK, "required", "", "Places “Logo” at bottom-right, as large as the region holds, at 100 % opacity"),
    ],
)
def test_every_operation_has_its_words(step: str, rule: str, limits: str, words: str) -> None:
    said = wording.operation(campaign(step, rule=rule, limits=limits))
    assert words in said
    assert said.endswith(".") and not set(said) & set("{}")


def test_a_chain_is_told_in_its_order() -> None:
    one = campaign(COPY, f'{MARK}\nwidth = 0.2\nwhere = "anywhere"', REFRAME, limits=SIZED)
    assert re.fullmatch(
        r"Sets .* refused\. Then it places .* asks for\. The region doesn’t bind this step\. Then it reframes .*\.",
        wording.operation(one),
    )
    assert wording.region(one).endswith("so no pixel keeps its place.")


def test_every_rule_says_who_marks_what_and_what_stays() -> None:
    assert set(wording.REGIONS) == set(get_args(Rule))
    anywhere = f'{MARK}\nwidth = 0.2\nwhere = "anywhere"'
    assert "Only steps that the region doesn’t bind" in wording.region(campaign(anywhere, rule="required"))
    assert "doesn’t bind" not in wording.region(campaign(anywhere, rule="none")) + wording.operation(
        campaign(anywhere, rule="none")
    )
    assert "Everything else stays" not in wording.region(campaign(COPY, rule="protected"))


def test_a_cap_is_told_in_dollars() -> None:
    assert wording.cost(campaign(COPY, more="[cost]\ncap = 0.4")) == "One edit costs at most $0.40."
    assert wording.cost(campaign(COPY)) == "An edit costs nothing."
    assert "the budget holds" in wording.cost(campaign(COPY, more='[engines]\nallowed = ["exact", "openai"]'))


def test_every_kind_of_parameter_says_what_it_takes() -> None:
    one = campaign(COPY)
    told = {parameter.name: wording.accepts(parameter) for parameter in one.parameters}
    assert told["picture"] == "a background of the guideline"
    assert told["logo"] == "a logo or badge of the guideline"
    assert told["new"] == "one line of up to 40 characters"
    region = recipes.RegionParameter(kind="region", name="place")
    assert wording.accepts(region) == "a part marked on the picture"
