"""The starter templates and guideline: complete, consistent with each other, and really runnable."""

import hashlib
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from workbench import recipes
from workbench.engines import exact
from workbench.imaging import fidelity, intake
from workbench.imaging.limits import Limits
from workbench.recipes import guidelines, templates
from workbench.starter import pictures

Bytes = NDArray[np.uint8]
STARTER = Path(recipes.__file__).parents[1] / "starter"
FONT = STARTER.parent / "ui" / "static" / "Inter.woff2"
TEMPLATES = {
    template.name: template
    for template in (recipes.parse_template(file.read_bytes()) for file in sorted(STARTER.glob("templates/*.toml")))
}
BLUE, CLAY, SAGE, MOSS = "#2747B8", "#B5532F", "#7A8F6A", "#4F7A63"


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


def test_there_are_six_templates_and_each_file_is_named_after_its_template() -> None:
    assert sorted(TEMPLATES) == sorted(file.stem for file in STARTER.glob("templates/*.toml")) == sorted(RUNS)


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


def test_the_label_needs_a_region_and_the_others_only_allow_one() -> None:
    rules = {name: template.region.rule for name, template in TEMPLATES.items()}
    assert rules.pop("label-recolour") == "required"
    assert set(rules.values()) == {"optional"}


def test_every_prompt_reads_well_with_values_filled_in(guideline: recipes.Guideline) -> None:
    for name, (values, _, _) in RUNS.items():
        resolved = recipes.resolve(TEMPLATES[name], values, guideline)
        prompt = recipes.render_prompt(TEMPLATES[name], resolved, guideline)
        assert not set(prompt) & set("{}")
        assert len(prompt) > 200 and prompt.endswith(".")


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
