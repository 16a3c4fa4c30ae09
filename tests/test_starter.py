"""The starter templates and guideline: complete, consistent with each other, and really runnable."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.scenes import encoded, rgb
from workbench import db, edits, recipes, sources, storage
from workbench.edits import pipeline
from workbench.engines import exact
from workbench.errors import InvalidInput
from workbench.imaging import fidelity, intake
from workbench.imaging.limits import Limits
from workbench.permissions import Actor
from workbench.recipes import guidelines, templates
from workbench.starter import pictures

Bytes = NDArray[np.uint8]
STARTER = Path(recipes.__file__).parents[1] / "starter"
FONT = STARTER.parent / "ui" / "static" / "Inter.woff2"
TEMPLATES = {
    template.name: template
    for template in (recipes.parse_template(file.read_bytes()) for file in sorted(STARTER.glob("templates/*.toml")))
}
BLUE, CLAY, SAGE, MOSS, OAT = "#2747B8", "#B5532F", "#7A8F6A", "#4F7A63", "#F6F0E4"


@pytest.fixture(scope="module")
def blobs() -> dict[str, bytes]:
    """The guideline's files by name."""
    return pictures.marks(FONT) | {FONT.name: FONT.read_bytes()}


@pytest.fixture(scope="module")
def guideline(blobs: dict[str, bytes]) -> recipes.Guideline:
    parsed = recipes.parse_guideline((STARTER / "guideline.toml").read_bytes())
    return parsed.with_files({name: hashlib.sha256(data).hexdigest() for name, data in blobs.items()})


def shop_card() -> Bytes:
    """A flat 480×360 picture: oat ground, a sage and a clay disc with antialiased edges."""
    y, x = np.mgrid[0:1440, 0:1920]
    large = np.full((1440, 1920, 3), (246, 240, 228), np.uint8)
    large[np.hypot(x - 500, y - 800) < 300] = (122, 143, 106)
    large[np.hypot(x - 1300, y - 800) < 300] = (181, 83, 47)
    return np.asarray(cv2.resize(large, (480, 360), interpolation=cv2.INTER_AREA), np.uint8)


#: template → values, region, what must have become of the two discs' centres
RUNS: dict[str, tuple[dict[str, str], Any, tuple[str, str]]] = {
    "colour-swap": ({"source": "7a8f6a", "target": "aster blue"}, None, (BLUE, CLAY)),
    "colour-swap-pair": (
        {"first_source": "Sage", "first_target": "Clay", "second_source": "Clay", "second_target": "Sage"},
        None,
        (CLAY, SAGE),
    ),
    "label-recolour": ({"source": "Clay", "target": BLUE}, {"box": [240, 100, 200, 200]}, (SAGE, BLUE)),
    "seasonal-accent": ({"from": "Clay", "to": "Moss"}, None, (SAGE, MOSS)),
    "place-logo": ({"logo": "logo-blue", "width": "24"}, None, (SAGE, CLAY)),
    "place-badge": ({}, None, (SAGE, CLAY)),
}


def card() -> Bytes:
    """A flat 640×400 shop card: two lines of the brand's type on oat over a clay bar."""
    image = Image.new("RGB", (640, 400), "#F6F0E4")
    pen = ImageDraw.Draw(image)
    for words, top, size in (("Slow mornings", 70, 44), ("€ 14.90", 160, 36)):
        type_ = ImageFont.truetype(str(FONT), size)
        type_.set_variation_by_axes([600])
        pen.text((60, top), words, fill="#2A2724", font=type_)
    pen.rectangle([60, 260, 580, 340], fill=CLAY)
    return np.asarray(image)


def sticker() -> Bytes:
    """A clay disc alone on oat, 480×360, with antialiased edges."""
    y, x = np.mgrid[0:1440, 0:1920]
    large = np.full((1440, 1920, 3), (246, 240, 228), np.uint8)
    large[np.hypot(x - 1300, y - 800) < 300] = (181, 83, 47)
    return np.asarray(cv2.resize(large, (480, 360), interpolation=cv2.INTER_AREA), np.uint8)


def packshot() -> Bytes:
    """A clay jar with a dark lid on a light sweep, 480×360."""
    y, x = np.mgrid[0:720, 0:960].astype(np.float32)
    ground = 226 - 26 * (y / 720) - 10 * np.hypot(x / 960 - 0.4, y / 720 - 0.4)
    large = np.clip(np.dstack([ground, ground - 4, ground - 10]), 0, 255).astype(np.uint8)
    cv2.rectangle(large, (380, 180), (580, 620), rgb(CLAY), -1)
    cv2.rectangle(large, (400, 120), (560, 190), rgb("#2A2724"), -1)
    return np.asarray(cv2.resize(large, (480, 360), interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(frozen=True)
class Run:
    """One exact edit of a small scene, and what must have become of it."""

    scene: Callable[[], Bytes]
    values: Mapping[str, str]
    #: (x, y) → the colour there afterwards, within a level
    after: Mapping[tuple[int, int], str]
    region: str | None = None
    #: width, height and channels afterwards, where they aren't the scene's
    shape: tuple[int, int, int] | None = None
    #: rows and columns that keep every bit
    untouched: tuple[slice, slice] = np.s_[350:, :]


JAR, LID = (240, 240), (240, 80)
INSIDE = np.s_[105:300, 200:280]
DISC = "238,113,174,174"
EXACT: dict[str, Run] = {
    "copy-update": Run(card, {"old": "Slow mornings", "new": "Slow evenings"}, {(300, 300): CLAY}),
    "price-update": Run(card, {"old": "€ 14.90", "new": "€ 12.50"}, {(300, 300): CLAY}),
    "season-refresh": Run(
        card,
        {"from": "Clay", "to": "Moss", "old": "Slow mornings", "new": "Slow evenings", "width": "16"},
        {(300, 300): MOSS, (20, 200): OAT},
    ),
    "logo-swap": Run(sticker, {"logo": "Logo blue"}, {(325, 200): BLUE, (325, 130): OAT}, DISC, None, np.s_[290:, :]),
    "remove-prop": Run(sticker, {}, {(325, 200): OAT, (325, 130): OAT}, DISC, None, np.s_[290:, :]),
    "replace-background": Run(packshot, {"ground": "Sage"}, {JAR: CLAY, (5, 5): SAGE}, "150,40,180,300", None, INSIDE),
    "gradient-background": Run(
        packshot, {"first": "Oat", "second": "Sage"}, {JAR: CLAY, (5, 0): OAT, (5, 359): SAGE},
        "150,40,180,300", None, INSIDE,
    ),
    "product-extraction": Run(packshot, {}, {JAR: CLAY, LID: "#2A2724"}, "150,40,180,300", (480, 360, 4), INSIDE),
    "channel-reframe": Run(
        lambda: np.repeat(np.repeat(shop_card(), 2, axis=0), 2, axis=1), {"size": "Shop tile 800x800", "how": "pad"},
        {(400, 40): OAT, (208, 433): SAGE, (542, 433): CLAY}, None, (800, 800, 3),
    ),
    "web-size": Run(shop_card, {"longest": "320"}, {(83, 133): SAGE, (217, 133): CLAY}, None, (320, 240, 3)),
}  # fmt: skip
#: run by an image model, or in another tool: values, and what the prompt must say
GENERATIVE: dict[str, tuple[dict[str, str], str]] = {
    "add-prop": ({"prop": "a linen cloth"}, "Add a linen cloth inside the marked area"),
    "portrait-retouch": ({}, "Retouch this portrait lightly: "),
}


def test_there_are_eighteen_templates_and_each_file_is_named_after_its_template() -> None:
    assert sorted(TEMPLATES) == sorted(file.stem for file in STARTER.glob("templates/*.toml"))
    assert sorted(TEMPLATES) == sorted([*RUNS, *EXACT, *GENERATIVE]) and len(TEMPLATES) == 18


@pytest.mark.parametrize("name", sorted(EXACT))
def test_every_exact_template_makes_an_edit_that_passes_its_own_limits(me: Actor, rules: None, name: str) -> None:
    run = EXACT[name]
    before = run.scene()
    sources.add(me, encoded(before), name="Scene", origin="test")
    edit = edits.propose(me, "Scene", edits.Wish(name, dict(run.values), region=run.region))
    pipeline.run_now(edit.id)
    with db.transaction() as tx:
        shown = edits.show(tx, str(edit.id))
    assert shown.edit.state == "ready", shown.edit.failure
    found = shown.candidates[0][0]
    assert found.passed, (found.verdict, found.report["reasons"], found.unsure)
    after = intake.read(storage.store().get(found.sha256)).array
    assert (after.shape[1], after.shape[0], after.shape[2]) == (run.shape or (*before.shape[1::-1], 3))
    for (x, y), colour in run.after.items():
        assert np.abs(after[y, x, :3].astype(int) - rgb(colour)).max() <= 1, (x, y, after[y, x])
    if after.shape[:2] == before.shape[:2]:
        assert np.array_equal(after[run.untouched][..., :3], before[run.untouched])
        assert (after[..., :3] != before).any() or after.shape[2] == 4


@pytest.mark.parametrize("name", sorted(GENERATIVE))
def test_what_only_an_image_model_can_draw_is_refused_in_plain_words(me: Actor, rules: None, name: str) -> None:
    values, _ = GENERATIVE[name]
    sources.add(me, encoded(packshot()), name="Scene", origin="test")
    for engine, sentence in (("exact", "allows openai, external"), (None, "needs an image model")):
        with pytest.raises(InvalidInput, match=sentence):
            edits.propose(me, "Scene", edits.Wish(name, values, engine=engine, region="10,10,100,100"))


@pytest.mark.parametrize("name", sorted(RUNS))
def test_every_template_runs_and_passes_its_own_limits(
    name: str, guideline: recipes.Guideline, blobs: dict[str, bytes]
) -> None:
    values, region, (left, right) = RUNS[name]
    template, before = TEMPLATES[name], shop_card()
    by_sha256 = {hashlib.sha256(data).hexdigest(): data for data in blobs.values()}
    if name.startswith("place"):  # the guideline's smallest width in pixels asks for a real picture
        before = np.repeat(np.repeat(before, 2, axis=0), 2, axis=1)
    recipes.check_region(template, region, (before.shape[1], before.shape[0]))
    operation = recipes.fill(template, recipes.resolve(template, values, guideline), guideline)
    assert operation is not None
    allowed = exact.mask(region, (before.shape[1], before.shape[0]), by_sha256.__getitem__)
    if operation.get("mode") == "auto":
        operation["mode"] = exact.settle(before, operation, allowed)
    output = exact.run(before, operation, region=allowed, protect=None, blob=by_sha256.__getitem__)
    assert output.doubts == ()
    height, width = before.shape[:2]
    centres = [output.image[height * 5 // 9, width * part // 96] for part in (25, 65)]
    assert ["#{:02X}{:02X}{:02X}".format(*centre) for centre in centres] == [left, right]
    changed = (output.image != before).any(axis=2)
    assert changed.any()
    report = fidelity.measure(
        before,
        output.image,
        region=allowed,
        changed=changed,
        palette=[colour.hex for colour in guideline.colours],
        limits=Limits.from_json(template.limits),
    )
    assert (report.verdict, report.reasons) == ("pass", ())


def test_colour_swap_takes_source_target_and_mode(guideline: recipes.Guideline) -> None:
    template = TEMPLATES["colour-swap"]
    resolved = recipes.resolve(template, {"source": "#123456", "target": "#2747b8"}, guideline)
    assert resolved == {"source": "#123456", "target": BLUE, "mode": "auto"}


def test_each_template_asks_for_the_region_that_it_needs() -> None:
    rules: dict[str, set[str]] = {}
    for name, template in TEMPLATES.items():
        rules.setdefault(template.region.rule, set()).add(name)
    assert rules == {
        "none": {"season-refresh", "web-size"},
        "optional": {
            *("colour-swap", "colour-swap-pair", "seasonal-accent", "place-logo", "place-badge", "channel-reframe"),
        },
        "required": {"label-recolour", "logo-swap", "remove-prop", "add-prop"},
        "text_line": {"copy-update", "price-update"},
        "subject": {"replace-background", "gradient-background", "product-extraction"},
        "protected": {"portrait-retouch"},
    }


def test_every_prompt_reads_well_with_values_filled_in(guideline: recipes.Guideline) -> None:
    values = {name: run[0] for name, run in (RUNS | GENERATIVE).items()} | {
        name: dict(run.values) for name, run in EXACT.items()
    }
    for name, template in TEMPLATES.items():
        resolved = recipes.resolve(template, values[name], guideline, engine=template.engines.first)
        prompt = recipes.render_prompt(template, resolved, guideline)
        assert not set(prompt) & set("{}")
        assert len(prompt) > 200 and prompt.endswith(".")
        assert GENERATIVE.get(name, ({}, ""))[1] in prompt


def test_a_price_takes_nothing_but_a_price(guideline: recipes.Guideline) -> None:
    for slipped in ("€ 12.50 free", "now 12.50"):
        with pytest.raises(InvalidInput):
            recipes.resolve(TEMPLATES["price-update"], {"old": "€ 14.90", "new": slipped}, guideline)


def test_the_next_guideline_keeps_what_the_first_one_calls_by_name(guideline: recipes.Guideline) -> None:
    following = recipes.parse_guideline((STARTER / "next" / "guideline.toml").read_bytes())
    assert {one.name for one in following.colours} - {one.name for one in guideline.colours} == {"Dawn"}
    assert {one.name for one in guideline.colours} - {one.name for one in following.colours} == {"Moss"}
    assert {mark.name for mark in guideline.marks} < {mark.name for mark in following.marks}
    beside = {file.name for file in (STARTER / "next").iterdir()} - {"guideline.toml"}
    shipped = {file.name for file in FONT.parent.iterdir()}
    assert set(following.files()) - set(guideline.files()) <= beside | shipped


def test_defaults_and_files_of_the_starter_exist(guideline: recipes.Guideline, blobs: dict[str, bytes]) -> None:
    assert set(guideline.files()) == set(blobs)
    assert [colour.name for colour in guideline.colours] == ["Aster blue", "Clay", "Sage", "Moss", "Ink", "Oat"]
    badge = guideline.mark("badge-new")
    assert badge is not None and badge.kind == "badge"
    for mark in guideline.marks:
        assert intake.read(blobs[mark.file]).array.shape[1] >= 800


def test_limits_are_those_of_the_report() -> None:
    assert set(recipes.LIMITS) == set(Limits().to_json())
    for template in TEMPLATES.values():
        Limits.from_json(template.limits)


def test_the_reference_documents_every_key_and_its_examples_are_read() -> None:
    docs = STARTER.parents[1] / "docs" / "reference"
    for page, parse, places in (
        ("templates.md", recipes.parse_template, templates.PLACES),
        ("guidelines.md", recipes.parse_guideline, guidelines.PLACES),
    ):
        text = (docs / page).read_text(encoding="utf-8")
        for example in re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL):
            parse(example)
        for model in places.values():
            for name, field in model.model_fields.items():
                assert re.search(rf"`\[*{field.alias or name}\]*`", text), f"{page} lacks {field.alias or name}"
    assert all(f"`{name}`" in (docs / "templates.md").read_text(encoding="utf-8") for name in TEMPLATES)
