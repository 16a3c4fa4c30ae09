"""Definitions written as TOML, and compared with each other."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import STARTER
from tests.definitions import GUIDELINE, campaign, studio, template
from tests.scenes import MORE
from workbench import recipes

#: what TOML must escape, and what tempts a writer to do it wrong
ODD = st.text(st.sampled_from("\"\\'\n\t# =[]{}.,éß中🌞abc"), min_size=1, max_size=40)
LINE = st.text(
    st.characters(
        max_codepoint=0xFFFF, exclude_categories=["C", "Zl", "Zp", "Zs"], exclude_characters="{}<>\ufe0f\u20e3"
    ),
    min_size=1,
    max_size=30,
)
SLUG = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+){0,2}", fullmatch=True).filter(lambda name: len(name) <= 60)
NUMBER = st.floats(-1e6, 9e15) | st.integers(-1000, 1000) | st.sampled_from([1e-7, 5e-324, 1e15, 9e15, 0.1])
#: every setting of a template's lock
LOCK = {"whole_frame": True, "sensitivity": 0.045, "grow": 64, "feather": 2.5, "match_colour": True,
        "keep_texture": False}  # fmt: skip


def test_differences_name_their_place() -> None:
    newer = template("max = 40", "max = 30")
    newer = recipes.Template.from_json(newer.to_json() | {"region": {"rule": "required"}})
    assert recipes.differences(template(), newer) == [
        ("parameter size › max", "40.0", "30.0"),
        ("region › rule", "optional", "required"),
    ]
    assert recipes.differences(newer, newer) == []
    assert ("template › name", None, "sale") in recipes.differences(None, newer)
    changed = recipes.parse_guideline(GUIDELINE.replace("#4F7A63", "#4F7A64"))
    assert recipes.differences(recipes.parse_guideline(GUIDELINE), changed) == [
        ("colour Moss › hex", "#4F7A63", "#4F7A64")
    ]


def test_a_step_added_to_an_operation_is_the_only_difference() -> None:
    swap = 'kind = "colour_swap"\nsource = "{ground}"\ntarget = "{colour}"'
    more = campaign(swap, 'kind = "copy_update"\nold = "{old}"\nnew = "{new}"')
    assert recipes.differences(campaign(swap), more) == [
        ("operation 2 › kind", None, "copy_update"),
        ("operation 2 › old", None, "{old}"),
        ("operation 2 › new", None, "{new}"),
        ("operation 2 › shrink", None, "False"),
    ]
    capped = campaign(swap, more="[cost]\ncap = 0.4")
    assert recipes.differences(campaign(swap), capped) == [("cost › cap", None, "0.4")]


def parameters() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Some of each kind, by names that are counted afterwards."""
    words = st.none() | LINE
    kinds: list[st.SearchStrategy[dict[str, Any]]] = [
        st.fixed_dictionaries({"kind": st.just("palette_colour"), "label": words, "default": words}),
        st.fixed_dictionaries({"kind": st.just("colour"), "default": words}),
        st.fixed_dictionaries(
            {"kind": st.just("copy"), "max_length": st.integers(60, 2000), "default": st.none() | LINE | st.just("")}
        ),
        st.lists(LINE, min_size=1, max_size=12, unique=True).map(
            lambda options: {"kind": "choice", "options": options}
        ),
        st.tuples(NUMBER, NUMBER, words).map(
            lambda those: {
                "kind": "number",
                "min": min(those[:2]),
                "max": max(those[:2]),
                "unit": (those[2] or "")[:12],
            }
        ),
        st.fixed_dictionaries({"kind": st.just("mark"), "mark_kind": st.sampled_from([None, "badge", "background"])}),
    ]
    return st.lists(st.one_of(kinds), max_size=5)


@st.composite
def templates(draw: st.DrawFn) -> recipes.Template:
    rows = [{"name": f"p{index}"} | row for index, row in enumerate(draw(parameters()))]
    prompt = draw(ODD.map(lambda text: text.replace("{", "").replace("}", "")).filter(str.strip))
    swap = {"kind": "colour_swap", "pairs": [{"source": "#000000", "target": draw(LINE)}], "where": "anywhere"}
    copy = {"kind": "copy_update", "old": "a", "new": '“b” \\ "c"', "shrink": draw(st.booleans())}
    mark = {"kind": "place_mark", "mark": draw(LINE), "width": draw(st.floats(0, 1, exclude_min=True))}
    return recipes.Template.from_json(
        {
            "template": {
                "name": draw(SLUG),
                "title": draw(LINE),
                "prompt": prompt
                + "".join(f"{{{row['name']}}}" for row in rows)
                + draw(st.sampled_from(["", '"', '""'])),
            },
            "parameter": [{key: value for key, value in row.items() if value is not None} for row in rows],
            "operation": draw(st.lists(st.sampled_from([swap, copy, mark]), max_size=3)),
            "limits": draw(st.sampled_from([{}, {"ssim": 0.97, "outside_changed": 0, "size_kept": False}])),
            "engines": {"allowed": ["openai"]},
        }
        | draw(st.sampled_from([{}, {"cost": {"cap": 0.4}}]))
        | draw(st.sampled_from([{}, {"lock": {}}, {"lock": LOCK}, {"lock": {"grow": -3, "match_colour": False}}]))
    )


@settings(max_examples=150 * MORE, deadline=None)
@given(templates())
def test_a_template_is_written_as_toml_that_reads_back_as_the_very_same(one: recipes.Template) -> None:
    text = recipes.to_toml(one)
    again = recipes.parse_template(text)
    assert again == one
    assert recipes.definition_sha256(again) == recipes.definition_sha256(one)
    assert recipes.to_toml(again) == text


@pytest.mark.parametrize(
    "prompt",
    [
        'two\nlines with """three"""',
        'ends with\nfour """"',
        'one line with """ and \\ and \t tab',
        "a backslash \\\nat the end of a line",
        '\\"""\n\\u0041 stays as typed',
        "spaces at the end of a line   \nand 'quotes'",
        "# no comment\n[no.table]\nkey = 1",
    ],
)
def test_a_prompt_of_several_lines_is_written_as_it_reads(prompt: str) -> None:
    one = recipes.Template.from_json(
        {"template": {"name": "a", "title": "A", "prompt": prompt}, "engines": {"allowed": ["openai"]}}
    )
    assert one.prompt == prompt
    written = recipes.to_toml(one)
    assert recipes.parse_template(written) == one
    assert ("\\n" in written) == ("\\n" in prompt)  # line breaks stand as line breaks


@st.composite
def guidelines(draw: st.DrawFn) -> recipes.Guideline:
    names = draw(st.lists(LINE, max_size=5, unique_by=recipes.folded))
    colours = [{"name": name, "hex": f"#0000{index:02X}", "tolerance": 0.1 * index} for index, name in enumerate(names)]
    note = st.text(st.characters(exclude_categories=["C", "Zl", "Zp", "Zs"]), min_size=1, max_size=40)
    fonts = [{"name": name, "file": f"{index}.ttf", "licence": draw(note)} for index, name in enumerate(names)]
    kinds = ("logo", "badge", "background")
    marks = [
        {"name": name, "file": f"{index}.svg", "kind": kinds[index % 3], "source_sha256": f"{index}" * 64}
        for index, name in enumerate(names)
    ]
    head = {"name": draw(SLUG), "title": draw(LINE)}
    return recipes.Guideline.from_json({"guideline": head, "colour": colours, "font": fonts, "mark": marks})


@settings(max_examples=80 * MORE, deadline=None)
@given(guidelines())
def test_a_guideline_is_written_as_toml_that_reads_back_as_the_very_same(one: recipes.Guideline) -> None:
    again = recipes.parse_guideline(recipes.to_toml(one))
    assert again == one
    assert recipes.definition_sha256(again) == recipes.definition_sha256(one)


@pytest.mark.parametrize("path", sorted((STARTER / "templates").glob("*.toml")), ids=lambda path: path.stem)
def test_the_starters_are_written_as_they_were_laid_out(path: Any) -> None:
    source = path.read_text("utf-8")
    one = recipes.parse_template(source)
    written = recipes.to_toml(one)
    assert recipes.parse_template(written) == one
    bare = [line.split("   #")[0].rstrip() for line in source.splitlines() if not line.startswith("#")]
    missing = set(bare) - set(written.splitlines())
    assert not missing


def test_a_guideline_is_written_for_people() -> None:
    assert recipes.to_toml(studio()).startswith(
        '[guideline]\nname = "brand"\ntitle = "Brand"\n\n[[colour]]\nname = "Aster blue"\nhex = "#2747B8"\n'
    )
    assert recipes.parse_guideline(recipes.to_toml(studio())) == studio()
