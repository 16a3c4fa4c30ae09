"""The Edit page with an output from another tool: brought along, locked, its lock tried out, locked again, or used raw."""

import hashlib
import io
import json
import time

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests import flows
from tests.pages import asked, buttons, checked, opened, press, said
from tests.scenes import poster, poster_png, rgb
from workbench import db, edits, recipes, sources, storage
from workbench.edits import pipeline
from workbench.models import Asset, Edit
from workbench.permissions import Actor

pytestmark = pytest.mark.usefixtures("rules")
#: what another tool was asked for: the bar in blue
BAR = (45, 272, 340, 40)
REGION = "30,250,420,90"
VALUES = {"v.source": "#B5532F", "v.target": "Aster blue"}


def textured() -> np.ndarray:
    """A poster on paper: what lies on it can be found again."""
    grain = np.random.default_rng(7).normal(0, 5, (360, 480))
    return np.clip(poster(width=480, height=360).astype(float) + grain[..., None], 0, 255).astype(np.uint8)


def redrawn(pixels: np.ndarray, *, elsewhere: bool = False) -> bytes:
    """The picture as a model gives it back: the bar is blue, everything is smaller, warmer and compressed."""
    x, y, width, height = BAR
    new = pixels.copy()
    new[y : y + height, x : x + width] = rgb("#2747B8")
    if elsewhere:
        new[20:70, 380:450] = rgb("#4F7A63")
    small = Image.fromarray(new).resize((440, 330), Image.Resampling.LANCZOS)
    warm = np.clip(np.asarray(small).astype(float) * (1.03, 1.0, 0.96), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(warm).save(file, "JPEG", quality=92, subsampling=0)
    return file.getvalue()


@pytest.fixture
def asset(me: Actor) -> Asset:
    file = io.BytesIO()
    Image.fromarray(textured()).save(file, "PNG")
    return sources.add(me, file.getvalue(), name="Paper poster", origin="test").asset


def imported(me: Actor, asset: Asset, **wish: object) -> Edit:
    """An edit whose output came from another tool, locked."""
    more = {"template": "label-recolour", "engine": "external", "output": redrawn(textured()), "region": REGION, **wish}
    return flows.ready(me, asset.id, **more)


def shown(edit_id: object) -> edits.Shown:
    with db.transaction() as tx:
        return edits.show(tx, str(edit_id))


def everything() -> list[Edit]:
    with db.transaction() as tx:
        return [row.edit for row in edits.rows(tx)[0]]


def groups(page: AppTest) -> dict[str, object]:
    return {group.label: group for group in page.get("button_group")}


def widget(page: AppTest, kind: str, label: str) -> AppTest:
    return next(one for one in page.get(kind) if one.label == label)


def brought(page: AppTest, data: bytes, name: str = "output.jpg") -> AppTest:
    uploader = next(one for one in page.file_uploader if one.label.startswith("The output"))
    return checked(uploader.set_value([(name, data, "image/jpeg")]).run())


def until(page: AppTest, words: str) -> AppTest:
    """The page once it says so; what it says comes from work in the background."""
    for _ in range(100):
        if words in said(page):
            return page
        time.sleep(0.1)
        page = checked(page.run())
    raise AssertionError(said(page))


def test_the_engine_is_chosen_only_where_there_is_a_choice(asset: Asset) -> None:
    page = opened("edit", asset=str(asset.id), template="label-recolour", region=REGION)
    engine = groups(page)["Engine"]
    assert (engine.options, engine.value) == (["Exact, here", "Made in another tool"], "exact")  # type: ignore[attr-defined]
    page = checked(engine.set_value("external").run())  # type: ignore[attr-defined]
    assert asked(page, "engine") == "external"
    assert "Engine" not in groups(opened("edit", asset=str(asset.id), template="web-size"))


def test_an_image_model_is_named_with_the_reason_why_it_can_not_be_chosen(asset: Asset) -> None:
    page = opened("edit", asset=str(asset.id), template="portrait-retouch")
    assert groups(page)["Engine"].options == ["An image model", "Made in another tool"]  # type: ignore[attr-defined]
    assert groups(page)["Engine"].value == "external" and "No image model is set up here yet" in said(page)  # type: ignore[attr-defined]


def test_what_must_be_brought_is_named_before_anything_runs(asset: Asset) -> None:
    page = opened("edit", asset=str(asset.id), template="label-recolour", engine="external", **VALUES)
    assert "Mark the part that may change first. Bring the output first." in said(page)
    assert buttons(page)["Run edit"].disabled
    assert buttons(page)["Show what will change"].disabled


def test_an_output_from_another_tool_is_kept_by_the_address_and_becomes_an_edit(asset: Asset) -> None:
    at = {"asset": str(asset.id), "template": "label-recolour", "engine": "external", "region": REGION, **VALUES}
    data = redrawn(textured())
    page = brought(opened("edit", **at), data)
    sha256 = hashlib.sha256(data).hexdigest()
    assert asked(page, "output") == sha256
    page = opened("edit", output=sha256, made="Painter 3", **at)
    assert "440 × 330 · JPEG" in said(page) and "0.92 × the original’s size" in said(page)
    page = press(page, "Run edit")
    (edit,) = everything()
    recipe = json.loads(edit.recipe)
    assert (edit.engine, recipe["region"]) == ("external", recipes.parse_region(REGION))
    assert recipe["parameters"] == {"output": sha256, "made_with": "Painter 3"}
    assert storage.store().get(sha256) == data
    assert asked(page, "edit") == str(edit.id)


def test_what_is_no_picture_is_refused_in_place_and_nothing_of_it_stays(asset: Asset) -> None:
    before = list(storage.store().all())
    page = opened("edit", asset=str(asset.id), template="label-recolour", engine="external", region=REGION)
    page = brought(page, b"Dear all,", "letter.jpg")
    assert "letter.jpg is not taken" in said(page) and "This is a text file" in said(page)
    assert asked(page, "output") is None and buttons(page)["Run edit"].disabled
    assert list(storage.store().all()) == before
    page = brought(page, redrawn(textured()))
    assert "is not taken" not in said(page) and asked(page, "output")


def test_an_output_in_the_address_that_is_not_there_is_said(me: Actor, asset: Asset) -> None:
    at = {"asset": str(asset.id), "template": "label-recolour", "engine": "external", "region": REGION}
    page = opened("edit", output="0" * 64, **at)
    assert "The output can’t be shown" in said(page) and "Bring the output first." in said(page)
    note = storage.store().put(b"no picture")
    assert "The output can’t be shown" in said(opened("edit", output=note, **at))
    assert "is not here. Bring it again." in said(opened("edit", output="x", **at))


def test_another_picture_takes_neither_output_nor_region_along(me: Actor, asset: Asset) -> None:
    output = storage.store().put(redrawn(textured()))
    page = opened("edit", asset=str(asset.id), template="label-recolour", engine="external", output=output)
    added = page.file_uploader[0].set_value([("Other.png", poster_png(seed=3), "image/png")]).run()
    page = checked(added)
    assert asked(page, "asset") != str(asset.id)
    assert asked(page, "output") is None


def test_the_lock_is_there_only_where_there_is_an_output_to_lock(me: Actor, asset: Asset) -> None:
    page = opened("edit", edit=str(flows.ready(me).id))
    assert "Lock again" not in buttons(page) and "Use raw output" not in buttons(page)
    page = opened("edit", edit=str(imported(me, asset).id))
    assert buttons(page)["Lock again"].disabled
    assert buttons(page)["Submit for approval"].proto.type == "primary"
    assert "Registered" in said(page) and "taken away by the lock" in said(page)
    assert "uses the stored output: no new call, no cost" in said(page)
    for kind, label in (
        ("toggle", "Automatic sensitivity"), ("slider", "Sensitivity"), ("number_input", "Grow or shrink, px"),
        ("number_input", "Feather, px"), ("toggle", "Match colour"), ("toggle", "Keep original texture"),
    ):  # fmt: skip
        widget(page, kind, label)
    assert groups(page)["Alignment"].options == ["Automatic", "Nudge", "Off"]  # type: ignore[attr-defined]


def test_settings_are_tried_out_at_once_and_locked_again_from_the_stored_output(me: Actor, asset: Asset) -> None:
    edit = imported(me, asset)
    page = opened("edit", edit=str(edit.id))
    widget(page, "toggle", "Match colour").set_value(False)  # two at once: neither is lost
    page = checked(widget(page, "number_input", "Grow or shrink, px").set_value(3).run())
    assert json.loads(asked(page, "lock") or "") == {"grow": 3, "match_colour": False}
    page = until(page, "of the picture differs in the preview")
    assert "Submit for approval" not in buttons(page)
    assert buttons(page)["Lock again"].proto.type == "primary"
    assert len(everything()) == 1
    page = press(page, "Lock again")
    other = shown(asked(page, "edit")).edit
    recipe, former = json.loads(other.recipe), json.loads(edit.recipe)
    assert (other.rerun_of, other.engine, recipe["lock"]) == (edit.id, "external", {"grow": 3, "match_colour": False})
    assert recipe["parameters"]["output"] == former["parameters"]["output"]
    assert recipe["region"] == former["region"]
    assert asked(page, "lock") is None
    pipeline.run_now(other.id)
    assert shown(other.id).edit.state == "ready"


def test_a_reload_shows_what_is_tried_out_and_it_can_be_discarded_or_reset(me: Actor, asset: Asset) -> None:
    edit = imported(me, asset, lock={"grow": 2})
    page = opened("edit", edit=str(edit.id), lock='{"grow":5,"sensitivity":0.05}')
    assert widget(page, "number_input", "Grow or shrink, px").value == 5  # type: ignore[attr-defined]
    assert widget(page, "slider", "Sensitivity").value == 0.05  # type: ignore[attr-defined]
    page = press(page, "Discard changes")
    assert asked(page, "lock") is None
    assert widget(page, "number_input", "Grow or shrink, px").value == 2  # type: ignore[attr-defined]
    assert buttons(page)["Discard changes"].disabled
    page = press(page, "Reset to the template’s")
    assert asked(page, "lock") == "{}"
    assert widget(page, "number_input", "Grow or shrink, px").value == 0  # type: ignore[attr-defined]
    assert buttons(page)["Reset to the template’s"].disabled
    page = checked(groups(page)["Alignment"].set_value("nudge").run())  # type: ignore[attr-defined]
    page = checked(widget(page, "number_input", "Right, px").set_value(1.5).run())
    assert json.loads(asked(page, "lock") or "") == {"nudge": [1.5, 0]}
    page = checked(groups(page)["Alignment"].set_value("off").run())  # type: ignore[attr-defined]
    assert json.loads(asked(page, "lock") or "") == {"align": False}


def test_a_region_drawn_anew_is_a_change_of_the_lock(me: Actor, asset: Asset) -> None:
    edit = imported(me, asset)
    page = press(opened("edit", edit=str(edit.id)), "Change region")
    assert asked(page, "marking") == "1"
    page = opened("edit", edit=str(edit.id), region="20,240,300,100", protect="50,260,20,20")
    page = press(page, "Lock again")
    recipe = json.loads(shown(asked(page, "edit")).edit.recipe)
    assert recipe["region"] == {"box": [20, 240, 300, 100]}
    assert recipe["protect"] == {"box": [50, 260, 20, 20]}
    assert (asked(page, "region"), asked(page, "protect")) == (None, None)


def test_an_edit_that_came_to_nothing_can_be_locked_with_another_region(me: Actor, asset: Asset) -> None:
    edit = imported(me, asset, region="200,20,60,60")
    page = opened("edit", edit=str(edit.id))
    assert shown(edit.id).edit.state == "failed" and "The edit failed" in said(page)
    page = opened("edit", edit=str(edit.id), region=REGION)
    page = press(page, "Lock again")
    other = shown(asked(page, "edit")).edit
    pipeline.run_now(other.id)
    assert shown(other.id).edit.state == "ready"


def test_an_opened_edit_runs_the_same_output_with_the_same_lock(me: Actor, asset: Asset) -> None:
    edit = imported(me, asset, lock={"feather": 2.5}, made_with="Painter 3")
    page = press(opened("edit", edit=str(edit.id)), "Run edit")
    other = shown(asked(page, "edit")).edit
    assert other.id != edit.id and other.recipe_sha256 == edit.recipe_sha256
    assert json.loads(other.recipe)["parameters"] == json.loads(edit.recipe)["parameters"]


def test_only_a_lead_can_use_the_raw_output_and_everybody_sees_who(me: Actor, asset: Asset) -> None:
    page = opened("edit", edit=str(imported(me, asset).id))
    button = buttons(page)["Use raw output"]
    assert button.disabled and "Only a lead" in button.help


#: what the dialog holds, as a page of its own: without a browser, a dialog closes at the next run
DIALOG = """
from workbench.ui import who
from workbench.ui.edit import address, desk, unlocking
unlocking.body(desk.read(who.actor(), address.read()))
"""


def test_using_the_raw_output_takes_a_reason_and_is_marked(me: Actor, asset: Asset) -> None:
    edit = imported(me, asset)
    assert not buttons(opened("edit", acting="lead", edit=str(edit.id)))["Use raw output"].disabled
    dialog = AppTest.from_string(DIALOG, default_timeout=60)
    dialog.session_state["acting"] = "lead"
    dialog.query_params["edit"] = str(edit.id)
    dialog = press(checked(dialog.run()), "Use raw output")
    assert "Nothing is repaired" in said(dialog) and "8 characters at least" in said(dialog)
    assert len(everything()) == 1
    dialog = checked(dialog.text_area[0].set_value("The model’s type is final.").run())
    other = shown(asked(press(dialog, "Use raw output"), "edit")).edit
    assert (other.raw, other.reason, other.rerun_of) == (True, "The model’s type is final.", edit.id)
    pipeline.run_now(other.id)
    page = opened("edit", acting="lead", edit=str(other.id))
    assert "Raw output, not locked" in said(page) and "The model’s type is final." in said(page)
    page = press(page, "Lock again")
    locked = shown(asked(page, "edit")).edit
    assert (locked.raw, json.loads(locked.recipe)["lock"]) == (False, {})


def test_no_address_breaks_the_lock(me: Actor, asset: Asset) -> None:
    edit = imported(me, asset)
    for lock in ("{", "[1]", '{"grow":1e9}', '{"rwa":true}', '{"raw":true}', "7", "null"):
        page = opened("edit", edit=str(edit.id), lock=lock)
        assert buttons(page)["Lock again"].disabled, lock
    opened("edit", edit=str(edit.id), engine="openai", output="../..", made="x" * 500, template="web-size")
