"""The Edit page: from a picture and an approved template to a submitted candidate, and every way it can end."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import flows
from tests.pages import asked, buttons, checked, in_browser, opened, press, pressed_twice, said, statements
from tests.scenes import poster_png
from workbench import db, edits, reviews, sources
from workbench.edits import pipeline
from workbench.models import Asset, Edit
from workbench.permissions import Actor, Role
from workbench.ui.edit import form

pytestmark = pytest.mark.usefixtures("rules")
WISH = {"v.source": "#B5532F", "v.target": "Aster blue"}
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
    page = press(opened("edit", asset=str(asset.id), **WISH), "Run edit")
    (edit,) = everything()
    assert asked(page, "edit") == str(edit.id)
    assert (edit.asset_id, edit.state, edit.via) == (asset.id, "queued", "web")
    assert json.loads(edit.recipe)["values"] == {"source": "#B5532F", "target": "Aster blue", "mode": "auto"}


def test_a_missing_value_is_named_as_its_field_is_before_anything_runs(me: Actor) -> None:
    flows.added(me)
    page = press(opened("edit"), "Run edit")
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
    opened("edit", template="label-recolour", region="0,0,99999,99999")


def test_a_region_in_the_address_becomes_the_recipes(me: Actor) -> None:
    asset = flows.added(me).asset
    page = opened("edit", asset=str(asset.id), template="label-recolour", region="10,20,100,80", **WISH)
    page = press(page, "Run edit")
    assert json.loads(everything()[0].recipe)["region"] == {"box": [10, 20, 100, 80]}


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
        page.goto(f"{address}/edit?asset={asset.id}&v.source=%23B5532F&v.target=Aster+blue")
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
