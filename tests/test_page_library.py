"""The Library page: finding pictures, turning pages, adding many at once, changing what is known about one."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import flows
from tests.pages import asked, buttons, in_browser, opened, press, said, statements
from tests.scenes import poster_png
from workbench import db, sources, storage
from workbench.permissions import Actor
from workbench.ui.library import shelf

pytestmark = pytest.mark.usefixtures("rules")
expect.set_options(timeout=30_000)


def names(**wish: object) -> list[str]:
    with db.transaction() as tx:
        return [asset.name for asset in sources.library(tx, **wish).assets]  # type: ignore[arg-type]


def many(actor: Actor, count: int) -> None:
    for number in range(count):
        data = poster_png(width=32, height=24, seed=number, main=f"#{number:06X}")
        sources.add(actor, data, name=f"Small {number:03}", origin="test", named=True)


def test_an_empty_library_says_what_it_is_for_and_offers_the_first_step(me: Actor) -> None:
    page = opened("library")
    assert "No pictures yet" in said(page)
    assert buttons(page)["Add pictures"].proto.type == "primary"
    assert "Edit this picture" not in buttons(page)
    page = press(page, "Add the first pictures")
    assert page.file_uploader


def test_a_search_without_a_find_can_be_cleared(me: Actor) -> None:
    flows.added(me, name="Calm serum")
    page = opened("library", q="zebra")
    assert "No picture is called “zebra”" in said(page)
    page = press(page, "Clear the search")
    assert asked(page, "q") is None
    assert "1 picture" in said(page)


def test_what_is_typed_and_picked_is_kept_in_the_address(me: Actor) -> None:
    sources.add(me, poster_png(), name="Calm serum", origin="test", collection="Skincare")
    page = opened("library")
    page.text_input[0].set_value("calm").run()
    assert asked(page, "q") == "calm"
    page.pills(key="library-in-0").set_value(["Skincare"]).run()
    assert asked(page, "in") == "Skincare"
    assert "1 picture" in said(page)
    page.selectbox(key="library-sort").set_value("name").run()
    assert asked(page, "sort") == "name"


@pytest.mark.parametrize("sort", ["newest", "name"])
def test_pages_turn_forwards_and_back_over_every_picture_once(me: Actor, sort: str) -> None:
    many(me, 11)
    whole = names(sort=sort, limit=50)
    seen, pages, cursor = [], [], None
    while True:
        with db.transaction() as tx:
            page = sources.library(tx, sort=sort, after=cursor, limit=4)
        seen += [asset.name for asset in page.assets]
        pages.append(page)
        cursor = page.next
        if cursor is None:
            break
    assert seen == whole
    assert [page.back is None for page in pages] == [True, False, False]
    back = pages[-1].back
    with db.transaction() as tx:
        middle = sources.library(tx, sort=sort, before=back, limit=4)
        first = sources.library(tx, sort=sort, before=middle.back, limit=4)
    assert [asset.name for asset in middle.assets] == whole[4:8]
    assert [asset.name for asset in first.assets] == whole[:4]
    assert (first.back, middle.next) == (None, pages[1].next)


def test_the_bar_turns_the_pages_of_a_large_library(me: Actor) -> None:
    many(me, shelf.PAGE + 2)
    page = opened("library")
    assert f"{shelf.PAGE} pictures on this page" in said(page)
    assert buttons(page)["Back"].disabled
    page = press(page, "Next")
    assert "2 pictures on this page" in said(page)
    assert asked(page, "after")
    assert buttons(page)["Next"].disabled
    page = press(page, "Back")
    assert f"{shelf.PAGE} pictures on this page" in said(page)
    assert buttons(page)["Back"].disabled


def test_many_pictures_take_as_many_statements_as_few(me: Actor) -> None:
    def count() -> int:
        with statements() as sent:
            opened("library")
        return len(sent)

    many(me, 2)
    few = count()
    many(me, 12)
    assert count() == few


def test_a_chosen_picture_is_named_and_leads_on(me: Actor) -> None:
    asset = flows.added(me, name="Calm <serum>").asset
    page = opened("library", asset=str(asset.id))
    assert "Calm &lt;serum&gt;" in said(page)
    assert buttons(page)["Edit this picture"].proto.type == "primary"
    assert buttons(page)["Add pictures"].proto.type == "secondary"
    assert {"Details", "History"} <= buttons(page).keys()


def test_a_picture_or_page_that_is_gone_is_said(me: Actor) -> None:
    flows.added(me)
    assert "isn&#x27;t here" in said(opened("library", asset="no such picture"))
    assert "the first one is shown" in said(opened("library", after="0123456789abcdef"))


def test_whose_machine_it_is_sees_what_is_archived_whichever_role_they_try(me: Actor) -> None:
    asset = flows.added(me).asset
    sources.archive(me, str(asset.id))
    assert "No pictures yet" in said(opened("library", "designer"))
    page = opened("library", "designer", archived="yes")
    assert page.toggle(key="library-archived").value
    assert "1 picture" in said(page)


@pytest.mark.browser
def test_pictures_are_added_named_found_and_edited(me: Actor, house: Path) -> None:
    twin = flows.added(me, name="Here already")
    with db.transaction() as tx:
        sha256 = sources.library(tx).assets[0].sha256
    files = [
        {"name": "Calm serum.png", "mimeType": "image/png", "buffer": poster_png(seed=5)},
        {"name": "notes.txt.png", "mimeType": "image/png", "buffer": b"no picture at all"},
        {"name": "again.png", "mimeType": "image/png", "buffer": storage.store().get(sha256)},
    ]
    with in_browser(house) as (page, address):
        page.goto(f"{address}/library")
        page.get_by_role("button", name="Add pictures", exact=True).click()
        page.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]
        outcome = page.get_by_role("status").filter(has_text="Calm serum.png")
        expect(outcome).to_contain_text("added · 320 × 240 · PNG")
        expect(outcome).to_contain_text("notes.txt.png This is a text file")
        expect(outcome).to_contain_text("was here already, as “Here already”")
        page.get_by_role("button", name="Done", exact=True).click()
        expect(page.get_by_text("2 pictures")).to_be_visible()
        page.get_by_role("button", name=re.compile("^Calm serum")).click()
        page.get_by_role("button", name="Details", exact=True).click()
        name = page.get_by_role("dialog").get_by_label("Name")
        name.fill("Here already")
        name.press("Enter")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("There is already an asset called “Here already”")).to_be_visible()
        name.fill("Night oil")
        name.press("Enter")
        tags = page.get_by_role("dialog").get_by_role("combobox", name=re.compile("Tags"))
        tags.fill("Autumn")
        tags.press("Enter")
        tags.press("Tab")  # an open list hides what lies around it
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.get_by_placeholder("Search by name").fill("autu")
        expect(page.get_by_role("button", name=re.compile("^Night oil"))).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("^Here already"))).to_have_count(0)
        page.get_by_role("button", name=re.compile("^Night oil")).click()
        page.get_by_role("button", name="Edit this picture", exact=True).click()
        page.wait_for_url(re.compile(r"/edit\?.*asset="))
    with db.transaction() as tx:
        found = sources.library(tx, query="night").assets[0]
    assert (found.tags, twin.duplicate) == (["autumn"], False)
