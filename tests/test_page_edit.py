"""The Edit page: from a picture and an approved template to a submitted candidate, and every way it can end."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from tests import flows
from tests.pages import asked, buttons, checked, in_browser, opened, press, pressed_twice, said, statements
from tests.scenes import lettered, poster_png
from workbench import db, edits, recipes, reviews, sources, storage, templates
from workbench.edits import pipeline
from workbench.imaging import intake, painting
from workbench.models import Asset, Edit
from workbench.permissions import Actor, Role
from workbench.ui.edit import drawings, form

pytestmark = pytest.mark.usefixtures("rules")
WISH = {"v.source": "#B5532F", "v.target": "Aster blue"}
#: ms that a busy machine may take for a page
LATE = 30_000
Person = Callable[[str, Role], Actor]


def shown(edit_id: object) -> edits.Shown:
    with db.transaction() as tx:
        return edits.show(tx, str(edit_id))


def everything() -> list[Edit]:
    with db.transaction() as tx:
        return [row.edit for row in edits.rows(tx)[0]]


def library() -> list[Asset]:
    with db.transaction() as tx:
        return sources.library(tx).assets


def test_an_empty_library_says_how_to_begin_and_runs_nothing(me: Actor) -> None:
    page = opened("edit")
    assert "No pictures yet" in said(page)
    assert "Nothing to edit yet" in said(page)
    assert buttons(page)["Run edit"].disabled


def test_a_picture_and_values_become_an_edit_that_the_address_names(me: Actor) -> None:
    asset = flows.added(me).asset
    page = press(opened("edit", asset=str(asset.id), template="colour-swap", **WISH), "Run edit")
    (edit,) = everything()
    assert asked(page, "edit") == str(edit.id)
    assert (edit.asset_id, edit.state, edit.via) == (asset.id, "queued", "web")
    assert json.loads(edit.recipe)["values"] == {"source": "#B5532F", "target": "Aster blue", "mode": "auto"}


def test_a_missing_value_is_named_as_its_field_is_before_anything_runs(me: Actor) -> None:
    flows.added(me)
    page = press(opened("edit", template="colour-swap"), "Run edit")
    assert "“New colour” is missing: choose Aster blue" in said(page)
    assert not everything()


def test_submitting_is_the_primary_step_once_there_is_a_result_and_then_a_lead_decides(me: Actor) -> None:
    edit = flows.proposed(me)
    running = opened("edit", edit=str(edit.id))
    assert "Submit for approval" not in buttons(running)
    assert buttons(running)["Run edit"].disabled
    pipeline.run_now(edit.id)
    page = opened("edit", edit=str(edit.id))
    assert buttons(page)["Submit for approval"].proto.type == "primary"
    assert buttons(page)["Run edit"].proto.type == "secondary"
    assert "Fidelity report" in said(page)
    assert "Every number is inside" in said(page)
    page = press(page, "Submit for approval")
    assert shown(edit.id).edit.state == "submitted"
    assert "A lead decides" in said(page)
    assert "Submit for approval" not in buttons(page)


def test_a_running_edit_can_be_cancelled_and_tried_again(me: Actor) -> None:
    edit = flows.proposed(me)
    page = press(opened("edit", edit=str(edit.id)), "Cancel edit")
    assert shown(edit.id).edit.state == "cancelled"
    assert "The edit was cancelled" in said(page)
    page = press(page, "Try again")
    again = shown(asked(page, "edit")).edit
    assert (again.rerun_of, again.state) == (edit.id, "queued")


def test_an_edit_that_nobody_is_there_to_run_says_so(me: Actor) -> None:
    edit = flows.proposed(me)
    assert "Nobody is there to run it" in said(opened("edit", edit=str(edit.id)))


def test_a_failed_edit_says_why_and_can_be_tried_again(me: Actor) -> None:
    edit = flows.ready(me, values={"source": "#FF00FF", "target": "Aster blue"})
    page = opened("edit", edit=str(edit.id))
    assert "The edit failed" in said(page)
    assert "#FF00FF" in said(page)
    assert "Submit for approval" not in buttons(page)
    assert "Try again" in buttons(page)


def test_a_rejected_edit_shows_the_reason_word_for_word_and_tries_the_same_values(me: Actor) -> None:
    edit = flows.submitted(me)
    reviews.reject(me, str(edit.id), reason="Too <b>dark</b> & cold.\nThink of honey.")
    page = opened("edit", edit=str(edit.id))
    assert "Too &lt;b&gt;dark&lt;/b&gt; &amp; cold.\nThink of honey." in said(page)
    page = press(page, "Try again")
    again = shown(asked(page, "edit")).edit
    assert (again.rerun_of, again.recipe_sha256) == (edit.id, edit.recipe_sha256)


def test_an_edit_opened_by_its_address_brings_its_own_values(me: Actor) -> None:
    edit = flows.ready(me, region="10,10,120,90")
    page = press(opened("edit", edit=str(edit.id)), "Run edit")
    other = shown(asked(page, "edit")).edit
    assert other.id != edit.id
    assert other.recipe_sha256 == edit.recipe_sha256


def test_a_result_that_was_there_before_says_so_and_can_be_run_anew(me: Actor) -> None:
    former = flows.ready(me)
    same = flows.proposed(me, former.asset_id)
    page = opened("edit", edit=str(same.id))
    assert "was made to these very bytes before" in said(page)
    page = press(page, "Run again anyway")
    assert shown(asked(page, "edit")).edit.reused_from is None


def test_an_edit_whose_picture_moved_on_offers_the_newest_version(me: Actor) -> None:
    late = flows.ready(me)
    flows.accepted(me, late.asset_id, values={"source": "#B5532F", "target": "Moss"})
    page = opened("edit", edit=str(late.id))
    assert "The picture has moved on" in said(page)
    assert "Submit for approval" not in buttons(page)
    page = press(page, "Run on the newest version")
    assert shown(asked(page, "edit")).base.number == 2


def test_only_its_author_can_submit_an_edit(me: Actor, person: Person) -> None:
    edit = flows.ready(person("mara", "designer"))
    page = opened("edit", edit=str(edit.id))
    assert "Submit for approval" not in buttons(page)
    assert "Mara ran this edit" in said(page)


def test_what_an_address_asks_for_in_vain_is_said_and_the_page_stands(me: Actor) -> None:
    flows.added(me)
    for query in ({"edit": "deadbeefdead"}, {"asset": "deadbeefdead"}, {"template": "no-such"}):
        page = opened("edit", **query)
        assert "Not found" in said(page)
        assert "Run edit" in buttons(page)


def test_no_address_breaks_the_page(me: Actor) -> None:
    edit = flows.ready(me)
    strange = {
        "candidate": "٣",
        "region": "1,2,3,-4",
        "v.mode": "<b>",
        "v.target": "nothing",
        "v.source": "#12",
        "v.x": "y",
    }
    opened("edit", edit=str(edit.id), **strange)
    opened("edit", template="place-badge", **{"v.width": "nan", "v.anchor": "up", "v.badge": "x"})
    opened("edit", template="label-recolour", region="0,0,99999,99999", protect="9,9,99999,9", marking="1")


def test_a_region_in_the_address_becomes_the_recipes(me: Actor) -> None:
    asset = flows.added(me).asset
    page = opened("edit", asset=str(asset.id), template="label-recolour", region="10,20,100,80", **WISH)
    page = press(page, "Run edit")
    assert json.loads(everything()[0].recipe)["region"] == {"box": [10, 20, 100, 80]}


RECOLOUR = """
[template]
name = "recolour-%s"
title = "Recolour"
prompt = "Recolour {source} to {target}."
[[parameter]]
name = "source"
kind = "colour"
[[parameter]]
name = "target"
kind = "palette_colour"
[operation]
kind = "colour_swap"
source = "{source}"
target = "{target}"
[region]
rule = "%s"
"""


def ruled(me: Actor, rule: str) -> str:
    """Name of an approved template with that region rule."""
    return templates.approve(me, templates.propose(me, RECOLOUR % (rule, rule)).name).name


def test_two_templates_of_one_title_are_told_apart(me: Actor) -> None:
    asset = flows.added(me).asset
    for rule in ("optional", "none"):
        name = ruled(me, rule)
        page = press(opened("edit", asset=str(asset.id), template=name, **WISH), "Run edit")
        assert shown(asked(page, "edit")).template.name == name


DRAWN = {"shapes": [{"box": [0.1, 0.1, 0.5, 0.8]}, {"stroke": [[0.5, 0.5], [0.6, 0.6]], "radius": 0.05, "erase": True}]}


def test_a_drawing_lies_in_the_store_and_a_link_brings_it_back_for_the_recipe(me: Actor) -> None:
    asset = flows.added(me).asset
    word = drawings.word({**DRAWN, "grow": 0.01, "feather": 0.0})
    page = opened("edit", asset=str(asset.id), template="label-recolour", region=word, protect="5,6,7,8", **WISH)
    assert "drawn, part protected" in said(page)
    page = press(page, "Run edit")
    recipe = json.loads(everything()[0].recipe)
    assert recipe["region"] == recipes.checked_region({**DRAWN, "grow": 0.01})
    assert recipe["protect"] == {"box": [5, 6, 7, 8]}


def test_a_drawing_that_is_not_there_is_said_and_nothing_is_marked(me: Actor) -> None:
    added = flows.added(me)
    for forged in ("0" * 64, added.picture.sha256, "1,2,3", "x" * 300, "none", "{}"):
        page = opened("edit", asset=str(added.asset.id), template="label-recolour", region=forged, **WISH)
        assert ("The drawing in this address is not here" in said(page)) == (forged != "none")
        assert "Mark the part that may change first." in said(page)
        assert buttons(page)["Run edit"].disabled


def test_what_must_stay_is_marked_before_everything_else_may_change(me: Actor) -> None:
    asset = flows.added(me).asset
    name = ruled(me, "protected")
    page = opened("edit", asset=str(asset.id), template=name, **WISH)
    assert buttons(page)["Run edit"].disabled and "Mark what must stay as it is first." in said(page)
    page = opened("edit", asset=str(asset.id), template=name, protect="0,0,40,40", **WISH)
    page = press(page, "Run edit")
    recipe = json.loads(everything()[0].recipe)
    assert (recipe["region"], recipe["protect"]) == (None, {"box": [0, 0, 40, 40]})


def test_a_rule_that_marks_nothing_still_lets_a_part_be_protected_and_freed_again(me: Actor) -> None:
    flows.added(me)
    page = press(opened("edit", template="place-logo"), "Mark a region")
    assert asked(page, "marking") == "1" and "Done" in buttons(page)
    page = press(opened("edit", template="place-logo", region="1,2,30,40", protect="5,5,9,9"), "Whole picture")
    assert (asked(page, "region"), asked(page, "protect")) == ("none", "none")


def test_what_will_change_is_shown_before_anything_runs_and_gone_with_the_next_value(me: Actor) -> None:
    asset = flows.added(me).asset
    page = opened("edit", asset=str(asset.id), template="colour-swap", region="0,0,100,100", **WISH)
    page = press(page, "Show what will change")
    page = until_foreseen(page)
    share = float(re.search(r"([\d.]+) % of the picture would change", said(page))[1])  # type: ignore[index]
    assert 3 < share < 100 * 100 * 100 / (321 * 240), "the part of the disc that lies in the region"
    assert not everything()
    page.query_params["region"] = "none"
    page = checked(page.run())
    assert "would change" not in said(page) and "Show what will change" in buttons(page)
    page = until_foreseen(press(page, "Show what will change"))
    page = press(page, "Hide what will change")
    assert "would change" not in said(page)


def until_foreseen(page: AppTest) -> AppTest:
    """The page once it was worked out; a busy machine takes more than the moment that the page waits."""
    for _ in range(100):
        if "Hide what will change" in buttons(page):
            return page
        time.sleep(0.1)
        page = checked(page.run())
    raise AssertionError(said(page))


def test_a_preview_that_is_refused_says_why_as_a_run_would(me: Actor) -> None:
    asset = flows.added(me).asset
    page = opened("edit", asset=str(asset.id), template="colour-swap", **{**WISH, "v.source": "#FF00FF"})
    page = press(page, "Show what will change")
    for _ in range(100):
        if "Not run yet" in said(page):
            break
        time.sleep(0.1)
        page = checked(page.run())
    assert "#FF00FF is not in the picture" in said(page)


COPY = """
[template]
name = "new-copy"
title = "New copy"
prompt = "The line “{old}” reads “{new}”."
[[parameter]]
name = "old"
kind = "copy"
max_length = 40
[[parameter]]
name = "new"
kind = "copy"
max_length = 40
[operation]
kind = "copy_update"
old = "{old}"
new = "{new}"
[region]
rule = "text_line"
"""


def groups(page: AppTest) -> dict[str, Any]:
    return {group.label: group for group in page.get("button_group")}


def test_the_text_of_the_picture_is_offered_for_the_old_copy(me: Actor) -> None:
    templates.approve(me, templates.propose(me, COPY).name)
    asset = sources.add(me, lettered("Winter sale"), name="Poster", origin="test").asset
    page = opened("edit", asset=str(asset.id), template="new-copy")
    assert "found by itself" in said(page)
    page = press(page, "Find text in the picture")
    for _ in range(300):
        if "Text in the picture" in groups(page):
            break
        time.sleep(0.1)
        page = checked(page.run())
    offered = groups(page)["Text in the picture"]
    assert offered.options == ["Winter sale"]
    page = checked(offered.set_value("Winter sale").run())
    assert asked(page, "v.old") == "Winter sale"
    assert "Winter sale" in [field.value for field in page.text_input]


def test_files_are_added_each_with_its_own_outcome(me: Actor) -> None:
    page = opened("edit")
    files = [
        ("Good one.png", poster_png(seed=5), "image/png"),
        ("letter.png", b"Dear all,", "image/png"),
        ("Good one again.png", poster_png(seed=5), "image/png"),
    ]
    page = checked(page.file_uploader[0].set_value(files).run())
    assert [asset.name for asset in library()] == ["Good one"]
    assert asked(page, "asset") == str(library()[0].id)
    assert "This is a text file" in said(page)
    assert "was here already, as “Good one”" in said(page)


def test_what_people_typed_is_shown_as_words(me: Actor) -> None:
    asset = flows.added(me, name="<img src=x onerror=alert(1)> **b**").asset
    page = opened("edit", asset=str(asset.id), **WISH)
    assert "<img" not in said(page)
    assert "&lt;img src=x" in said(page)


def test_the_page_sends_as_many_statements_for_many_pictures_as_for_few(me: Actor) -> None:
    def count() -> int:
        with statements() as sent:
            opened("edit")
        return len(sent)

    flows.added(me)
    few = count()
    for _ in range(9):
        flows.added(me)
    assert count() == few


def test_the_pictures_colours_are_found_once_for_each_thumbnail(me: Actor) -> None:
    thumb = flows.added(me).picture.thumb_sha256
    found = form.in_the_picture(thumb)
    assert form.in_the_picture(thumb) == found
    assert form.vivid(found) == "#B5532F"
    brand = [("Clay", "#B5532F"), ("Sage", "#7A8F6A"), ("Moss", "#4F7A63")]
    assert form.likely(["#D9D2C5", "#6B7C5C"], brand) == "#7A8F6A"
    assert form.likely(["#D9D2C5", "#FF0000"], brand) == "#FF0000"
    assert dict(form.named(found, [("Clay", "#B5532F")]))["about Clay"] == "#B5532F"


@pytest.mark.browser
def test_an_edit_is_run_once_and_its_result_appears_without_a_reload(me: Actor, house: Path) -> None:
    asset = flows.added(me).asset
    with in_browser(house) as (page, address):
        page.goto(f"{address}/edit?asset={asset.id}&template=colour-swap&v.source=%23B5532F&v.target=Aster+blue")
        expect(page.locator('.viewer[data-ready="1"]')).to_be_visible()
        pressed_twice(page, "Run edit", 150)
        expect(page.get_by_role("button", name="Cancel edit", exact=True)).to_be_visible()
        expect(page.get_by_role("progressbar", name="Progress")).to_be_visible()
        (edit,) = everything()
        pipeline.run_now(edit.id)
        submit = page.get_by_role("button", name="Submit for approval", exact=True)
        expect(submit).to_be_visible()
        expect(page.locator('.viewer[data-ready="1"]')).to_be_visible()
        expect(page.get_by_role("button", name="Cancel edit", exact=True)).to_have_count(0)
        page.reload()
        expect(submit).to_be_visible()
        submit.click()
        expect(page.get_by_text("Waiting for a decision", exact=False).first).to_be_visible()
        assert shown(edit.id).edit.state == "submitted"


@pytest.mark.browser
def test_what_is_painted_on_the_page_is_all_that_the_edit_changes(me: Actor, house: Path) -> None:
    added = flows.added(me)
    with in_browser(house) as (page, address):
        page.goto(
            f"{address}/edit?asset={added.asset.id}&template=label-recolour&v.source=%23B5532F&v.target=Aster+blue"
        )
        expect(page.locator(".region[data-ready='1']")).to_be_visible(timeout=LATE)
        expect(page.get_by_role("button", name="Run edit", exact=True)).to_be_disabled(timeout=LATE)
        place = page.locator(".picture").bounding_box()
        assert place
        page.get_by_role("button", name="Brush", exact=True).click()
        page.mouse.move(place["x"] + 0.2 * place["width"], place["y"] + 0.3 * place["height"])
        page.mouse.down()
        page.mouse.move(place["x"] + 0.4 * place["width"], place["y"] + 0.35 * place["height"], steps=5)
        page.mouse.up()
        page.wait_for_url(re.compile(r"region=[0-9a-f]{64}"))
        page.get_by_role("button", name="Show what will change", exact=True).click()
        expect(page.get_by_role("button", name="Hide what will change", exact=True)).to_be_visible(timeout=LATE)
        expect(page.locator(".overlay")).to_be_visible(timeout=LATE)
        expect(page.locator(".said")).to_have_text(re.compile("^[0-9.]+ % of the picture would change.$"), timeout=LATE)
        page.reload()
        expect(page.locator(".said")).to_have_text(re.compile("^May change: [0-9.]+ % of the picture$"), timeout=LATE)
        page.get_by_role("button", name="Run edit", exact=True).click()
        expect(page.get_by_role("button", name="Cancel edit", exact=True)).to_be_visible(timeout=LATE)
        (edit,) = everything()
        pipeline.run_now(edit.id)
        expect(page.get_by_role("button", name="Submit for approval", exact=True)).to_be_visible(timeout=LATE)
    region = json.loads(edit.recipe)["region"]
    assert [list(shape) for shape in region["shapes"]] == [["radius", "stroke"]]
    _, picture = shown(edit.id).candidates[0]
    store = storage.store()
    before, after = (intake.read(store.get(sha256)).array for sha256 in (added.picture.sha256, picture.sha256))
    changed = (before != after).any(axis=2)
    assert changed.sum() > 200
    assert not (changed & ~painting.mask(region, (before.shape[1], before.shape[0]))).any()


@pytest.mark.browser
def test_a_phone_shows_the_picture_first_and_never_scrolls_sideways(me: Actor, house: Path) -> None:
    edit = flows.ready(me)
    with in_browser(house, width=390, height=844) as (page, address):
        page.goto(f"{address}/edit?edit={edit.id}")
        expect(page.get_by_role("button", name="Submit for approval", exact=True)).to_be_visible()
        viewer, source = page.locator('.viewer[data-ready="1"]'), page.get_by_role("group", name="Source")
        expect(viewer).to_be_visible()
        assert viewer.bounding_box()["y"] < source.bounding_box()["y"]  # type: ignore[index]
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
