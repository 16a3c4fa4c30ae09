"""Exact operations as edits: chains, drawn regions, new frames, cut-outs, and what is shown before they run."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.flows import added, ready
from tests.scenes import encoded, poster, poster_png
from tests.test_cli import Loupe
from workbench import db, edits, sources, storage, templates
from workbench.edits import pipeline
from workbench.engines import exact
from workbench.errors import InvalidInput
from workbench.imaging import intake, painting
from workbench.models import Candidate, Edit
from workbench.permissions import Actor

INTER = Path(__file__).resolve().parent.parent / "workbench" / "ui" / "static" / "Inter.woff2"
CLAY, BLUE = "#B5532F", "#2747B8"
SWAP = {"kind": "colour_swap", "pairs": [[CLAY, BLUE]], "mode": "flat"}
HEAD = """
[template]
name = "{name}"
title = "{name}"
prompt = "Do it {words}."
"""


def no_blob(sha256: str) -> bytes:
    raise AssertionError(sha256)


def run(image: NDArray[np.uint8], operation: Mapping[str, Any], **more: Any) -> exact.Output:
    return exact.run(image, operation, **{"region": None, "protect": None, "blob": no_blob, **more})


def chain(*steps: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": "chain", "steps": list(steps)}


def approved(me: Actor, name: str, body: str, words: str = "") -> str:
    text = HEAD.format(name=name, words=words) + body
    templates.approve(me, templates.propose(me, text).name)
    return name


def candidate(edit: Edit) -> tuple[Candidate, NDArray[np.uint8]]:
    with db.transaction() as tx:
        shown = edits.show(tx, str(edit.id))
    assert shown.edit.state == "ready", shown.edit.failure
    found = shown.candidates[0][0]
    return found, intake.read(storage.store().get(found.sha256)).array


def failure(edit: Edit) -> str:
    with db.transaction() as tx:
        row = edits.find(tx, str(edit.id))
        assert row.state == "failed"
        return row.failure or ""


def test_a_chain_works_each_step_on_the_result_of_the_one_before() -> None:
    moss = {"kind": "colour_swap", "pairs": [[BLUE, "#4F7A63"]], "mode": "flat"}
    both = run(poster(), chain(SWAP, moss))
    alone = run(run(poster(), SWAP).image, moss)
    assert np.array_equal(both.image, alone.image)
    assert not np.array_equal(both.image, run(poster(), SWAP).image)


def test_a_step_goes_beyond_the_region_only_where_it_says_anywhere() -> None:
    region = np.zeros((240, 320), bool)
    region[:, :100] = True
    ink = {"kind": "colour_swap", "pairs": [["#2A2724", BLUE]], "mode": "flat"}
    free = run(poster(), chain(SWAP, {**ink, "where": "anywhere"}), region=region)
    assert free.area is None
    changed = (free.image != poster()).any(axis=2)
    assert changed[40, 200] and not changed[130, 110], "the ink box turned blue, the disc's right part did not"
    bound = run(poster(), SWAP, region=region)
    assert bound.area is not None and not (bound.image != poster()).any(axis=2)[~bound.area].any()


def test_a_feathered_region_fades_inwards_and_leaves_nothing_outside() -> None:
    image = np.full((80, 80, 3), (181, 83, 47), np.uint8)
    region = np.zeros((80, 80), bool)
    region[20:60, 20:60] = True
    hard, soft = run(image, SWAP, region=region).image, run(image, SWAP, region=region, feather=10).image
    assert not (soft != image).any(axis=2)[~region].any()
    assert np.array_equal(soft[40, 40], hard[40, 40])
    step = np.abs(soft[40, 20:32].astype(int) - hard[40, 40]).sum(axis=1)
    assert step[0] > step[4] > step[8] and step[-1] == 0


def test_a_drawn_region_is_painted_in_the_size_of_the_picture() -> None:
    drawn = {"shapes": [{"box": [0.25, 0.25, 0.5, 0.5]}], "grow": 0.0, "feather": 0.05}
    for size in ((80, 60), (800, 600)):
        mask = exact.mask(drawn, size, no_blob)
        assert mask is not None and np.array_equal(mask, painting.mask(drawn, size))
        assert mask.mean() == pytest.approx(0.25, abs=0.02)
        assert exact.feather(drawn, size) == pytest.approx(size[0] * 0.05)


def test_an_unknown_operation_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="no operation “blur”"):
        run(poster(), {"kind": "blur"})


def shop_tile(words: str = "Slow mornings") -> NDArray[np.uint8]:
    """A line of the brand's type on an even ground, over a clay bar."""
    image = Image.new("RGB", (640, 400), "#F6F0E4")
    pen = ImageDraw.Draw(image)
    font = ImageFont.truetype(str(INTER), 44)
    font.set_variation_by_axes([600])
    pen.text((60, 90), words, fill="#2A2724", font=font)
    pen.rectangle([60, 260, 580, 340], fill=CLAY)
    return np.asarray(image)


REFRESH = """
[[parameter]]
name = "to"
kind = "palette_colour"
[[parameter]]
name = "new"
kind = "copy"
[[operation]]
kind = "colour_swap"
source = "#B5532F"
target = "{to}"
mode = "flat"
[[operation]]
kind = "copy_update"
old = "Slow mornings"
new = "{new}"
[[operation]]
kind = "place_mark"
mark = "Badge new"
anchor = "top-right"
width = 0.15
[region]
rule = "none"
[limits]
outside_changed = 0
copy_similarity = 0.9
"""


def test_recolour_new_copy_and_a_badge_are_one_edit_whose_copy_is_read_back(me: Actor, rules: None) -> None:
    approved(me, "refresh", REFRESH, words="to {to} saying {new}")
    asset = sources.add(me, encoded(shop_tile()), name="Tile", origin="test").asset
    edit = edits.propose(me, "Tile", edits.Wish("refresh", {"to": "Moss", "new": "Slow evenings"}))
    assert edit.summary == "refresh: Clay → Moss, then “Slow mornings” → “Slow evenings”, then Badge new, top-right"
    pipeline.run_now(edit.id)
    found, after = candidate(edit)
    assert found.report["copy_similarity"] >= 0.95 and found.report["expected_copy"] == "Slow evenings"
    assert tuple(after[300, 100]) == (79, 122, 99), "the bar is moss"
    assert not np.array_equal(after[:90, 520:], shop_tile()[:90, 520:]), "the badge is there"
    assert np.array_equal(after[350:], shop_tile()[350:]), "below the bar nothing changed"
    assert asset.name == "Tile"


COPY = """
[[parameter]]
name = "old"
kind = "copy"
[[parameter]]
name = "new"
kind = "copy"
[operation]
kind = "copy_update"
old = "{old}"
new = "{new}"
[region]
rule = "text_line"
[limits]
outside_changed = 0
copy_similarity = 0.9
"""


def test_new_copy_changes_nothing_but_its_line_and_says_which_copy_it_could_not_find(me: Actor, rules: None) -> None:
    approved(me, "line", COPY, words="from {old} to {new}")
    sources.add(me, encoded(shop_tile()), name="Tile", origin="test")
    edit = edits.propose(me, "Tile", edits.Wish("line", {"old": "Slow mornings", "new": "Slow nights"}))
    pipeline.run_now(edit.id)
    found, after = candidate(edit)
    assert found.report["outside_changed"] == 0 and found.verdict == "pass", found.report["reasons"]
    rows = np.flatnonzero((after != shop_tile()).any(axis=(1, 2)))
    assert rows[0] > 80 and rows[-1] < 160
    lost = edits.propose(me, "Tile", edits.Wish("line", {"old": "Winter sale", "new": "Slow nights"}))
    pipeline.run_now(lost.id)
    assert "Winter sale" in failure(lost) and "Slow mornings" in failure(lost), "it says what it can read instead"


FRAME = """
[operation]
kind = "reframe"
size = "{size}"
how = "{how}"
[limits]
size_kept = false
ssim = 0.9
[region]
rule = "optional"
"""


def framed(how: str, size: str) -> str:
    return FRAME.replace("{size}", size).replace("{how}", how)


@pytest.mark.parametrize(("how", "size"), [("fill", "120x120"), ("pad", "200x300"), ("fit", "100x200")])
def test_a_new_frame_is_measured_against_the_original_cut_and_scaled(
    me: Actor, rules: None, how: str, size: str
) -> None:
    approved(me, "frame", framed(how, size))
    edit = ready(me, added(me).asset.id, template="frame", values={})
    found, after = candidate(edit)
    width, height = (int(side) for side in size.split("x"))
    assert after.shape[1] == width and (after.shape[0] == height or how == "fit")
    report = found.report
    assert report["size_kept"] is False and report["size"] == [after.shape[1], after.shape[0]]
    assert report["ssim"] > 0.9 and found.verdict == "pass", report["reasons"]
    assert found.mask_sha256 is None


def test_a_region_is_what_a_new_frame_must_keep(me: Actor, rules: None) -> None:
    approved(me, "frame", framed("fill", "120x120"))
    asset = added(me).asset
    wide = ready(me, asset.id, template="frame", values={}, region="0,0,300,240")
    assert "the marked area" in failure(wide)


CUT = """
[[parameter]]
name = "product"
kind = "region"
[operation]
kind = "replace_background"
ground = "GROUND"
[region]
rule = "subject"
"""


def product() -> NDArray[np.uint8]:
    """A clay bottle on a light studio sweep."""
    y, x = np.mgrid[0:720, 0:960].astype(np.float32)
    ground = 226 - 26 * (y / 720) - 10 * np.hypot(x / 960 - 0.4, y / 720 - 0.4)
    image = np.clip(np.dstack([ground, ground - 4, ground - 10]), 0, 255).astype(np.uint8)
    cv2.rectangle(image, (380, 180), (580, 620), (181, 83, 47), -1)
    cv2.circle(image, (480, 180), 60, (42, 39, 36), -1)
    return np.asarray(cv2.resize(image, (480, 360), interpolation=cv2.INTER_AREA), np.uint8)


def test_a_cut_out_keeps_every_pixel_of_the_product_and_becomes_transparent_around_it(me: Actor, rules: None) -> None:
    approved(me, "cut", CUT.replace("GROUND", "transparent"))
    sources.add(me, encoded(product()), name="Bottle", origin="test")
    edit = edits.propose(me, "Bottle", edits.Wish("cut", region="150,40,180,300"))
    pipeline.run_now(edit.id)
    found, after = candidate(edit)
    assert after.shape == (360, 480, 4)
    assert after[10, 10, 3] == 0 and after[200, 240, 3] == 255
    assert np.array_equal(after[110:300, 200:280, :3], product()[110:300, 200:280])
    assert found.report["outside_changed"] == 0


def test_a_new_ground_is_the_brands_colour_exactly(me: Actor, rules: None) -> None:
    approved(me, "ground", CUT.replace("GROUND", "Sage"))
    sources.add(me, encoded(product()), name="Bottle", origin="test")
    edit = edits.propose(me, "Bottle", edits.Wish("ground", region="150,40,180,300"))
    pipeline.run_now(edit.id)
    found, after = candidate(edit)
    assert tuple(after[5, 5]) == (122, 143, 106)
    assert np.array_equal(after[110:300, 200:280], product()[110:300, 200:280])
    assert found.report["palette"]["#7A8F6A"] <= 0.1


def test_the_subject_has_to_be_marked(me: Actor, rules: None) -> None:
    approved(me, "ground", CUT.replace("GROUND", "Sage"))
    with pytest.raises(InvalidInput, match="mark what is cut out"):
        edits.propose(me, str(added(me).asset.id), edits.Wish("ground"))


def test_what_will_change_is_shown_before_it_runs_and_comes_true(me: Actor, rules: None) -> None:
    asset = sources.add(me, poster_png(), name="Poster", origin="test").asset
    wish = edits.Wish("colour-swap", {"source": CLAY, "target": "Aster blue"}, region="0,0,200,240")
    before = edits.preview(me, "Poster", wish)
    assert before.mask.shape == (240, 320) and 0.05 < before.share < 0.5
    with db.transaction() as tx:
        assert edits.rows(tx)[0] == [], "nothing was queued"
    edit = edits.propose(me, str(asset.id), wish)
    pipeline.run_now(edit.id)
    _, after = candidate(edit)
    assert np.array_equal((after != poster()).any(axis=2), before.mask)


def test_a_preview_of_a_large_picture_is_small_and_shows_what_a_crop_leaves_out(me: Actor, rules: None) -> None:
    approved(me, "frame", framed("fill", "1200x1200"))
    large = np.asarray(Image.fromarray(poster()).resize((3200, 2400)))
    sources.add(me, encoded(large), name="Large", origin="test")
    shown = edits.preview(me, "Large", edits.Wish("frame"))
    assert shown.mask.shape == (1200, 1600)
    assert shown.share == pytest.approx(0.25, abs=0.01)


def test_what_an_image_model_would_do_is_not_guessed(me: Actor, rules: None) -> None:
    approved(me, "generated", '\n[engines]\nallowed = ["openai"]\n')
    with pytest.raises(InvalidInput, match="needs an image model"):
        edits.preview(me, str(added(me).asset.id), edits.Wish("generated"))


def test_a_drawn_region_travels_to_a_picture_of_another_size(me: Actor, rules: None) -> None:
    drawn = {"shapes": [{"box": [0.0, 0.0, 0.4, 1.0]}]}
    small = sources.add(me, poster_png(seed=3), name="Small", origin="test").asset
    sources.add(me, poster_png(width=640, height=480, seed=3), name="Large", origin="test")
    edit = ready(me, small.id, region=drawn)
    from workbench import reviews

    reviews.submit(me, str(edit.id))
    number = reviews.accept(me, str(edit.id)).version.number
    again = edits.reapply(me, "Small", number, "Large")
    pipeline.run_now(again.id)
    found, after = candidate(again)
    changed = (after != poster(width=640, height=480, seed=3)).any(axis=2)
    assert changed[:, :256].any() and not changed[:, 256:].any()
    assert found.report["outside_changed"] == 0


def test_shared_results_are_judged_by_the_limits_of_the_template_that_takes_them_over(me: Actor, rules: None) -> None:
    swap = """
[operation]
kind = "colour_swap"
source = "#B5532F"
target = "Aster blue"
mode = "flat"
[limits]
"""
    asset = sources.add(me, encoded(poster()), name="Poster", origin="test").asset
    approved(me, "lenient", swap + "delta_e_mean = 5\n")
    first = ready(me, asset.id, template="lenient", values={})
    assert candidate(first)[0].verdict == "pass"
    approved(me, "strict", swap + "palette = 0\nssim = 1\n")
    second = edits.propose(me, str(asset.id), edits.Wish("strict"))
    assert second.reused_from == first.id and second.state == "ready"
    report = candidate(second)[0].report
    assert report["limits"]["ssim"] == 1 and report["limits"]["palette"] == 0 and report["palette_limits"] == {}
    assert second.verdict == candidate(second)[0].verdict


def test_a_protected_area_can_be_drawn_too(me: Actor, rules: None) -> None:
    asset = sources.add(me, encoded(poster()), name="Poster", origin="test").asset
    kept = {"shapes": [{"polygon": [[0, 0], [1, 0], [1, 0.65], [0, 0.65]]}]}
    edit = ready(me, asset.id, protected=kept)
    _, after = candidate(edit)
    changed = (after != poster()).any(axis=2)
    assert changed[170:205].any() and not changed[:154].any()
    wish = edits.wish_of(edit)
    assert wish.protected == {**kept, "grow": 0, "feather": 0} and wish.protect is None


def test_a_wish_survives_the_recipe(me: Actor, rules: None) -> None:
    drawn = {"shapes": [{"stroke": [[0.1, 0.1], [0.9, 0.9]], "radius": 0.2}], "grow": 0.01, "feather": 0.02}
    edit = ready(me, region=drawn)
    assert edits.wish_of(edit).region == drawn
    assert isinstance(edit.id, uuid.UUID)


def test_what_is_protected_can_be_said_on_the_command_line(
    me: Actor, rules: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loupe = Loupe(capsys)
    (tmp_path / "poster.png").write_bytes(encoded(poster()))
    loupe("sources", "add", tmp_path / "poster.png", "--name", "Poster")
    wish = ("--template", "colour-swap", "--set", f"source={CLAY}", "--set", "target=Moss", "--wait")
    made = loupe("edits", "propose", "Poster", *wish, "--protect", "0,0,320,156")
    after = intake.read(storage.store().get(made["candidates"][0]["sha256"])).array
    changed = (after != poster()).any(axis=2)
    assert changed[170:205].any() and not changed[:156].any()


def test_a_refusal_calls_brand_colours_by_their_names(me: Actor, rules: None) -> None:
    absent = ready(me, values={"source": "Sage", "target": "Aster blue"})
    assert "Sage (#7A8F6A) is not in the picture" in failure(absent)
