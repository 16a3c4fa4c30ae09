"""Template and guideline files: what is read, and the sentence for what is wrong."""

import json
import pickle
import re
from pathlib import Path
from typing import get_args

import pytest

from tests.definitions import FILES, GUIDELINE, STUDIO, TEMPLATE, guideline, studio, template, with_mark
from workbench import errors, recipes
from workbench.imaging.lock.settings import RANGES, LockSettings
from workbench.recipes.chains import Rule
from workbench.recipes.characters import CATEGORIES


def test_a_template_survives_json_toml_and_pickling() -> None:
    one = template()
    assert recipes.Template.from_json(json.loads(json.dumps(one.to_json()))) == one
    assert pickle.loads(pickle.dumps(one)) == one
    assert recipes.parse_template(("\ufeff" + TEMPLATE).encode()) == one
    assert one.limits == {"outside_changed": 0, "ssim": 0.97}
    assert (one.engines.first, one.region.rule) == ("exact", "optional")
    assert [parameter.words for parameter in one.parameters][:2] == ["Source", "Target"]


def test_a_template_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        template().head.prompt = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("options", "optoins", "[[parameter]] 7 “style”: unknown key “optoins” (did you mean “options”?)"),
        ("[limits]", "[limts]", "unknown key “limts” (did you mean “limits”?)"),
        ("ssim", "sim", "[limits]: unknown key “sim” (did you mean “ssim”?)"),
        ("mode =", "moed =", "[operation]: unknown key “moed” (did you mean “mode”?)"),
        ('"choice"', '"chioce"', "[[parameter]] 7 “style”: unknown kind “chioce” (did you mean “choice”?)"),
        ('"colour_swap"', '"color_swap"', "[operation]: unknown kind “color_swap” (did you mean “colour_swap”?)"),
        ('title = "Sale"', "", "[template]: “title” is missing"),
        ('title = "Sale"', "title = 3", "[template], title: must be text in quotation marks"),
        ('name = "sale"', 'name = "Big sale"', "use small letters, digits and hyphens"),
        ('name = "sale"', 'name = "sale\\n"', "[template], name: “sale ” isn't accepted"),
        ('name = "target"', 'name = "source"', "two parameters are called “source”"),
        ("{words}", "{wrods}", "prompt: {wrods} isn't declared (did you mean “words”?)"),
        ("{words}", "words", "parameter “words” is never used"),
        ("{words}", "{words", "a brace must belong to a parameter"),
        ("{words}", "{{words}}", "a brace must belong to a parameter"),
        ('mode = "{style}"', 'mode = "flta"', "[operation], mode: “flta” isn't one of auto, flat, shaded"),
        ('mode = "{style}"', 'mode = "{size}"', "[operation], mode: {size} is a number; it takes a choice"),
        ('mode = "{style}"', 'mode = "{stlye}"', "{stlye} isn't declared (did you mean “style”?)"),
        ('target = "{target}"', "", "give either source and target, or pairs"),
        ('target = "{target}"', 'target = "{target}!"', "must be a value or exactly one parameter"),
        ('["auto", "flat", "shaded"]', '["auto", "round"]', "it knows no “round”"),
        ('default = "auto"', 'default = "none"', "default “none” isn't one of the options"),
        ("default = 18", "default = 18.3", "default 18.3 isn't between 4 and 40 % in steps of 0.5"),
        ("step = 0.5", "step = 1e-300", "default 18 isn't between 4 and 40 %"),
        ("max = 40", "max = nan", "must be a finite number"),
        ("min = 4", "min = 44", "min is greater than max"),
        ("max_length = 12", "max_length = 2.5", "[[parameter]] 3 “words”, max_length: must be a whole number"),
        ("max_length = 12", 'max_length = 3\ndefault = "Winter"', "the default has 6 characters"),
        ('"exact", "openai"', '"exact"]\ndefault = "openai"\n#', "[engines]: default “openai” isn't among"),
        ('"exact", "openai"', "", "[engines], allowed: must not be empty"),
        ("ssim = 0.97", "ssim = -1", "[limits], ssim: must be at least 0"),
        ("[limits]", '[region]\nrule = "none"\n[limits]', "“place” asks for a region"),
        ("[limits]", '[region]\nrule = "al"\n[limits]', "none, optional, required, text_line, protected, subject"),
        ("[limits]", "[cost]\ncap = 101\n[limits]", "[cost], cap: must be at most 100"),
        ("[limits]", "[cost]\ncap = -0.01\n[limits]", "[cost], cap: must be at least 0"),
        ("[limits]", '[cost]\ncap = "1"\n[limits]', "[cost], cap: must be a number"),
        ("[limits]", "[cost]\nmax = 1\n[limits]", "[cost]: unknown key “max” (known are cap)"),
        ("[limits]", "[lock]\ngrow = 65\n[limits]", "[lock], grow: must be at most 64"),
        ("[limits]", "[lock]\ngrow = 1.5\n[limits]", "[lock], grow: must be a whole number"),
        ("[limits]", "[lock]\nsensitivity = 0.01\n[limits]", "[lock], sensitivity: must be at least 0.02"),
        ("[limits]", '[lock]\nwhole_frame = "yes"\n[limits]', "[lock], whole_frame: must be true or false"),
        ("[limits]", "[lock]\nwhole = true\n[limits]", "[lock]: unknown key “whole” (did you mean “whole_frame”?)"),
        ("[limits]", "[lock]\nnudge = [1, 0]\n[limits]", "[lock]: unknown key “nudge”"),
        ('"exact", "openai"]', '"exact"]\n[lock]\ngrow = 2', "only “openai” and “external” have one"),
        ('unit = "%"', 'unit = "a\\nb"', "[[parameter]] 5 “size”, unit: use one line of plain characters"),
        ('mark_kind = "logo"', 'mark_kind = "lgoo"', "choose one of logo, badge, background"),
        (
            '"punctuation"]',
            '"smileys"]',
            "choose one of letters, digits, spaces, punctuation, currency, symbols, emoji",
        ),
    ],
)
def test_a_wrong_template_gets_a_sentence_with_its_place(old: str, new: str, sentence: str) -> None:
    with pytest.raises(errors.RejectedFile) as caught:
        template(old, new)
    assert sentence in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("bounds", ["min = 0\nmax = 40", "min = 4\nmax = 104"])
def test_a_number_that_is_no_share_cannot_fill_a_width(bounds: str) -> None:
    with pytest.raises(errors.RejectedFile, match=r"width: \{size\} must stay above 0 and at most 100"):
        recipes.parse_template(with_mark(TEMPLATE.replace("min = 4\nmax = 40", bounds)))


def test_a_file_of_any_length_is_refused_before_it_is_read() -> None:
    with pytest.raises(errors.RejectedFile, match="at most 100,000 are read"):
        recipes.parse_template("a" * 100_001)


def test_further_problems_are_counted() -> None:
    with pytest.raises(errors.RejectedFile, match=re.escape("(and 2 more)")):
        recipes.parse_template('[template]\nname = "x"\n[engines]\nallowed = []')


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a = 1",
        "x = " + "[" * 3000,
        "x = " + "9" * 5000,
        "template = 3",
        "a" * 200_000,
        "parameter = [1]",
        b"\xff\xfe",
    ],
)
def test_what_is_no_template_at_all_is_refused_with_a_sentence(text: str | bytes) -> None:
    for parse in (recipes.parse_template, recipes.parse_guideline):
        with pytest.raises(errors.RejectedFile, match=r"\.$"):
            parse(text)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("#4F7A63", "#2747B8", "“Aster blue” and “Moss” are both #2747B8"),
        ('"Moss"', '"aster  BLUE"', "“Aster blue” and “aster  BLUE” are the same name"),
        ('"Moss"', '"<b>"', "use plain characters"),
        ("#4F7A63", "moss", "[[colour]] 2 “Moss”, hex: “moss” isn't a colour"),
        ("1.5", "99", "[[colour]] 2 “Moss”, tolerance: must be at most 20"),
        ("tolerance", "tolernace", "unknown key “tolernace” (did you mean “tolerance”?)"),
        ("logo-blue.png", "../logo-blue.png", "must be a plain file name that ends in .png or .webp or .svg"),
        ("Inter.woff2", "Inter.png", "must be a plain file name that ends in .ttf or .otf or .woff2"),
        ('"logo"', '"lgoo"', "“lgoo” isn't accepted; choose one of logo, badge, background"),
        ("= 96", "= 0", "[[mark]] 1 “Logo blue”, min_width: must be at least 1"),
    ],
)
def test_a_wrong_guideline_gets_a_sentence_with_its_place(old: str, new: str, sentence: str) -> None:
    assert old in GUIDELINE
    with pytest.raises(errors.RejectedFile) as caught:
        recipes.parse_guideline(GUIDELINE.replace(old, new, 1))
    assert sentence in str(caught.value)


def test_a_guideline_finds_its_colours_and_marks_as_people_write_them() -> None:
    one = guideline()
    assert recipes.Guideline.from_json(one.to_json()) == one
    for words in ("Aster blue", "aster  BLUE", "aster-blue", "#2747B8", "2747b8"):
        found = one.colour(words)
        assert found is not None and found.hex == "#2747B8"
    assert one.colour("Clay") is None
    for words in ("Logo blue", "logo-blue", FILES["logo-blue.png"]):
        found_mark = one.mark(words)
        assert found_mark is not None and found_mark.clear_space == 0.5
    with pytest.raises(errors.InvalidInput, match=r"logo-blue\.png, badge\.png"):
        one.with_files({"Inter.woff2": "0" * 64})


@pytest.mark.parametrize(
    ("bomb", "sentence"),
    [
        ("a." * 49_000 + "a = 1", "more than 1,000 dots"),
        ("[region]\nrule = " + "[" * 700 + "]" * 700, "a number or a nesting that is far too large"),
        ("[region]\nrule = " + "{a = " * 9 + "1" + "}" * 9, "nests tables more than 8 deep"),
        ("a = [" + "1," * 49_000 + "]", "holds 49,001 keys and entries; at most 20,000 are read"),
        ("\n".join(f"k{number} = 1" for number in range(9_000)), "(and 9,000 more)"),
        ("[[parameter]]\n" * 7_000, "(and 7,000 more)"),
        ("[[colour]]\n" * 9_000, "(and"),
    ],
    ids=["dots", "brackets", "tables", "entries", "keys", "parameters", "colours"],
)
def test_a_file_made_to_exhaust_the_reader_gets_a_sentence(bomb: str, sentence: str) -> None:
    with pytest.raises(errors.RejectedFile, match=re.escape(sentence)) as caught:
        recipes.parse_template(bomb)
    assert len(str(caught.value)) < 200
    with pytest.raises(errors.RejectedFile):
        recipes.parse_guideline(bomb)


def test_definitions_of_before_chains_and_caps_keep_their_hash() -> None:
    kept = {
        recipes.definition_sha256(template()): "01079e52c68b86969691ab86f642033a9048c68f3cebc543d760c9f21b657274",
        recipes.definition_sha256(recipes.parse_template(with_mark())): (
            "9c27b7d80ef22f52b2651e8508ff7d3efde73c23841a4a897102335a2b23bf6a"
        ),
        recipes.definition_sha256(guideline()): "ffd1cbadc16b941807a1e4b582ee9a2cb343e06df1e026dd3aa00ad0fcba802d",
        recipes.definition_sha256(recipes.parse_guideline(GUIDELINE)): (
            "f63db588be594cb1b71b27dab40cd1d862042894df79adaed59b82b2c1f94c23"
        ),
    }
    assert list(kept) == list(kept.values())


def test_a_drawn_mark_keeps_the_hash_of_its_svg_beside_that_of_the_picture() -> None:
    one = studio()
    wordmark, font, ground = one.mark("wordmark"), one.fonts[1], one.mark("studio")
    assert wordmark and (wordmark.sha256, wordmark.source_sha256) == ("3" * 64, "4" * 64)
    assert one.mark("3" * 64) == wordmark
    assert (font.sha256, font.licence) == ("1" * 64, "SIL OFL 1.1 <https://openfontlicense.org>")
    assert ground and (ground.kind, ground.clear_space, ground.min_width) == ("background", 0, 1)
    redrawn = one.with_files(dict.fromkeys(one.files(), "5" * 64)).mark("wordmark")
    assert redrawn and (redrawn.sha256, redrawn.source_sha256) == ("5" * 64, None)
    assert recipes.Guideline.from_json(json.loads(json.dumps(one.to_json()))) == one


@pytest.mark.parametrize(("licence", "sentence"), [("a" * 301, "at most 300"), ("two\\nlines", "use one line")])
def test_a_licence_note_is_one_line(licence: str, sentence: str) -> None:
    with pytest.raises(errors.RejectedFile, match=sentence):
        recipes.parse_guideline(GUIDELINE + STUDIO.replace("SIL OFL 1.1 <https://openfontlicense.org>", licence))


def test_the_reference_names_every_operation_rule_and_word() -> None:
    text = (Path(__file__).resolve().parents[1] / "docs" / "reference" / "templates.md").read_text("utf-8")
    known = {*recipes.OPERATIONS, *get_args(Rule), *recipes.MODES, *recipes.HOWS, *CATEGORIES, "emoji", "anywhere"}
    assert [word for word in sorted(known) if f'"{word}"' not in text] == []
    assert [word for word in recipes.ANCHORS if f"`{word}`" not in text] == []


def test_a_template_sets_the_lock_within_the_ranges_that_the_lock_itself_takes() -> None:
    for name, wrong in (("sensitivity", 0.001), ("grow", 1), ("feather", 0.5)):
        least, most = RANGES[name]
        for value in (least, most):
            one = template("[limits]", f"[lock]\n{name} = {value:g}\n[limits]")
            assert LockSettings.from_json(one.lock).to_json() in ({name: value}, {})  # what is the default is left out
        for value in (least - wrong, most + wrong):
            with pytest.raises(errors.RejectedFile, match=name):
                template("[limits]", f"[lock]\n{name} = {value:g}\n[limits]")
            with pytest.raises(errors.InvalidInput, match=name):
                LockSettings.from_json({name: value})
    switches = {"whole_frame": True, "match_colour": False, "keep_texture": False}
    lines = "\n".join(f"{name} = {str(value).lower()}" for name, value in switches.items())
    assert LockSettings.from_json(template("[limits]", f"[lock]\n{lines}\n[limits]").lock).to_json() == switches


def test_a_template_without_a_lock_keeps_the_hash_it_had_before_there_was_one() -> None:
    assert template().lock == {} and "lock" not in template().to_json()
    assert template("[limits]", "[lock]\n[limits]") == template()
