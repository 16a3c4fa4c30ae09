"""The History page: versions, any two against each other, revert, re-apply and export."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import flows
from tests.pages import asked, buttons, in_browser, opened, press, pressed_twice, said, statements
from workbench import db, edits, operators, versions
from workbench.models import Asset
from workbench.permissions import Actor
from workbench.ui.history import graph, record

pytestmark = pytest.mark.usefixtures("rules")
expect.set_options(timeout=30_000)


def line(asset: Asset) -> list[versions.Entry]:
    """The versions, newest first."""
    with db.transaction() as tx:
        return versions.history(tx, asset)


def test_an_empty_library_says_what_history_is_for(me: Actor) -> None:
    page = opened("history")
    assert "No history yet" in said(page)
    assert "Go to the library" in buttons(page)


def test_a_version_tells_its_change_its_people_and_its_rules(me: Actor) -> None:
    asset = flows.accepted(me).asset
    page = opened("history", asset=str(asset.id))
    words = said(page)
    assert "Clay → Aster blue" in words
    assert "who also made it (self-approved)" in words
    assert "Colour swap, revision 1" in words
    assert "exact" in words
    assert "no region was marked" in words
    assert line(asset)[0].version.sha256 in [code.value for code in page.code]


def test_only_a_lead_reverts_and_only_to_other_bytes(me: Actor) -> None:
    asset = flows.accepted(me).asset
    for acting, number, disabled in (("lead", "2", True), ("designer", "1", True), ("lead", "1", False)):
        page = opened("history", acting, asset=str(asset.id), version=number)
        assert buttons(page)["Revert to this version"].disabled is disabled


def test_a_revert_says_what_will_happen_before_it_does(me: Actor) -> None:
    asset = flows.accepted(me).asset
    page = press(opened("history", "lead", asset=str(asset.id), version="1"), "Revert to this version")
    assert "Version 3 is added with exactly the bytes of version 1." in said(page)
    assert "Version 2 stays in the history." in said(page)
    assert len(line(asset)) == 2


def test_an_import_can_not_be_re_applied_and_an_edit_can(me: Actor) -> None:
    asset = flows.accepted(me).asset
    assert buttons(opened("history", asset=str(asset.id), version="1"))["Re-apply"].disabled
    assert not buttons(opened("history", asset=str(asset.id), version="2"))["Re-apply"].disabled


def test_an_address_that_names_what_is_not_here_says_so_and_shows_the_rest(me: Actor) -> None:
    asset = flows.added(me, name="Calm serum").asset
    assert "has no version 7" in said(opened("history", asset=str(asset.id), version="7"))
    assert "isn&#x27;t here" in said(opened("history", asset="no such picture"))


def test_a_link_to_a_version_leads_to_its_picture(me: Actor) -> None:
    asset = flows.added(me, name="Calm serum").asset
    flows.added(me, name="Other")
    page = opened("history", version=str(line(asset)[0].version.id))
    assert page.get("popover")[0].proto.popover.label == "Calm serum"


def test_words_of_people_stay_words(me: Actor) -> None:
    asset = flows.accepted(me).asset
    versions.revert(me, str(asset.id), 1, note="<img src=x onerror=alert(1)>")
    words = said(opened("history", asset=str(asset.id)))
    assert "<img src=x" not in words
    assert "&lt;img src=x" in words


def test_what_is_compared_is_the_newest_and_for_the_newest_the_one_before(me: Actor) -> None:
    asset = flows.accepted(me).asset
    versions.revert(me, str(asset.id), 1)
    for number, beside in (("3", 2), ("2", 3), ("1", 3)):
        page = opened("history", asset=str(asset.id), version=number)
        assert page.segmented_control(key=f"against-{asset.id}-{number}").value == beside
    page = opened("history", asset=str(asset.id), version="3", against="1")
    assert page.segmented_control(key=f"against-{asset.id}-3").value == 1


def test_many_versions_take_as_many_statements_as_few(me: Actor) -> None:
    def count(asset: Asset) -> int:
        with statements() as sent:
            opened("history", asset=str(asset.id), version="2")
        return len(sent)

    asset = flows.accepted(me).asset
    versions.revert(me, str(asset.id), 1)
    few = count(asset)
    for number in (2, 1, 2, 1, 2, 1):
        versions.revert(me, str(asset.id), number)
    assert count(asset) == few


def test_a_long_history_is_paged(me: Actor) -> None:
    asset = flows.accepted(me).asset
    for number in range(record.PAGE):
        versions.revert(me, str(asset.id), 1 + number % 2)
    page = opened("history", asset=str(asset.id))
    page = press(page, "Older")
    assert asked(page, "before") == "3"
    assert buttons(page)["Older"].disabled
    assert asked(press(page, "Newest"), "before") is None


@pytest.mark.parametrize(
    ("versions_", "path", "sides"),
    [
        ([(1, "a"), (2, "b")], [1, 2], {}),
        ([(1, "a"), (2, "b"), (3, "a")], [1, 3], {1: [[2]]}),
        ([(1, "a"), (2, "b"), (3, "a"), (4, "c"), (5, "a")], [1, 3, 5], {1: [[2]], 3: [[4]]}),
        ([(1, "a"), (2, "b"), (3, "c"), (4, "b"), (5, "a")], [1, 5], {2: [[3]], 1: [[2, 4]]}),
        ([(1, "a"), (2, "b"), (3, "a"), (4, "b")], [1, 3, 4], {1: [[2]]}),
        ([], [], {}),
    ],
)
def test_what_a_revert_left_behind_is_a_side_line(
    versions_: list[tuple[int, str]], path: list[int], sides: dict[int, list[list[int]]]
) -> None:
    assert graph.lines(versions_) == (path, sides)


def test_the_graph_draws_every_version_once(me: Actor) -> None:
    asset = flows.accepted(me).asset
    for number in (1, 2, 1):
        versions.revert(me, str(asset.id), number)
    entries = line(asset)[::-1]
    source = graph.source(entries)
    assert sorted(re.findall(r'commit id: "v(\d+)', source)) == ["1", "2", "3", "4", "5"]
    assert "version 3 brought back version 1" in graph.sentence(entries)


def test_the_provenance_names_people_recipe_and_hashes(me: Actor, house: Path) -> None:
    decided = flows.accepted(me)
    entries = line(decided.asset)
    with db.transaction() as tx:
        shown = edits.show(tx, str(decided.edit.id))
    actor = operators.local_actor("web", acting_as="lead")
    told = record.document(
        record.Record(actor, decided.asset, entries, entries[0], entries[0], entries[1], shown, 1, False, 0, "")
    )
    assert json.loads(json.dumps(told)) == told
    assert told["sha256"] == entries[0].version.sha256
    assert told["self_approved"] is True
    assert told["provenance"]["template"]["name"] == "colour-swap"
    assert told["provenance"]["original_sha256"] == entries[1].version.sha256


@pytest.mark.browser
def test_a_lead_exports_the_exact_bytes_reverts_and_re_applies_once(me: Actor, house: Path) -> None:
    asset = flows.accepted(me).asset
    flows.added(me, name="Onto this")
    exact = line(asset)[0].version.sha256
    with in_browser(house) as (page, address):
        page.goto(f"{address}/history?asset={asset.id}&version=2&as=lead")
        expect(page.locator('.viewer[data-ready="1"]')).to_be_visible()
        page.get_by_role("button", name="Export", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the exact file", exact=True).click()
        assert hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest() == exact
        assert download.value.suggested_filename == f"{asset.name} v2.png"
        page.get_by_role("button", name="Make a JPEG copy", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("button", name=re.compile("^Download the JPEG copy")).click()
        assert Path(download.value.path()).read_bytes()[:2] == b"\xff\xd8"
        page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
        page.get_by_role("button", name="Re-apply", exact=True).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_placeholder("Search by name").fill("onto")
        expect(dialog.get_by_role("group", name="Re-apply to").get_by_role("button")).to_have_count(1)
        dialog.get_by_role("button", name=re.compile("^Onto this")).click()
        expect(page.get_by_role("button", name="Run it there", exact=True)).to_be_enabled()
        pressed_twice(page, "Run it there", 60)
        page.wait_for_url(re.compile(r"/edit\?.*edit="))
        with db.transaction() as tx:
            again = [row.edit for row in edits.rows(tx)[0] if row.edit.kind == "reapply"]
        assert len(again) == 1
        assert str(again[0].id) in page.url
        page.goto(f"{address}/history?asset={asset.id}&version=1&as=lead")
        page.get_by_role("button", name="Revert to this version", exact=True).click()
        page.get_by_role("dialog").get_by_label("Note").fill("Back to the start")
        page.get_by_role("button", name="Add version 3", exact=True).dblclick()
        expect(page.get_by_text("Version 3 · newest")).to_be_visible()
        newest, _, first = line(asset)
        assert (newest.version.kind, newest.version.sha256) == ("revert", first.version.sha256)
        assert newest.version.note == "Back to the start"
        assert "version=3" in page.url
        page.goto(f"{address}/history?asset={asset.id}&version=2&as=lead")
        page.get_by_role("button", name="Revert to this version", exact=True).click()
        expect(page.get_by_role("button", name="Add version 4", exact=True)).to_be_visible()
        versions.revert(me, str(asset.id), 2)  # somebody was faster
        page.get_by_role("button", name="Add version 4", exact=True).click()
        expect(page.get_by_role("dialog").get_by_text("already has the bytes of version 2")).to_be_visible()
        assert len(line(asset)) == 4


@pytest.mark.browser
def test_another_picture_is_found_by_typing_and_a_phone_never_scrolls_sideways(me: Actor, house: Path) -> None:
    flows.added(me, name="Calm serum")
    flows.added(me, name="Oat & honey tin")
    with in_browser(house, width=390, height=844) as (page, address):
        page.goto(f"{address}/history")
        viewer = page.locator('.viewer[data-ready="1"]')
        expect(viewer).to_be_visible()
        whose = page.get_by_role("button", name="Oat & honey tin", exact=True)
        assert viewer.bounding_box()["y"] < whose.bounding_box()["y"]  # type: ignore[index]
        whose.click()
        page.get_by_placeholder("Search by name").fill("calm")
        expect(page.get_by_role("group", name="Pictures").get_by_role("button")).to_have_count(1)
        page.get_by_role("button", name=re.compile("^Calm serum")).click()
        expect(page.get_by_role("button", name="Calm serum", exact=True)).to_be_visible()
        assert "asset=" in page.url
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
