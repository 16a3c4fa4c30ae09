"""The Audit page: the trail in words, its filters and pages, and what verifying the ledger says."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from tests import flows
from tests.pages import ROOT, asked, buttons, in_browser, opened, press, said, statements
from workbench import audit, db, reviews, sources
from workbench.models import Event
from workbench.permissions import Actor
from workbench.ui.audit import telling, trail

pytestmark = pytest.mark.usefixtures("rules")
expect.set_options(timeout=30_000)


def events() -> int:
    with db.transaction() as tx:
        return audit.tip(tx)[0]


def test_deeds_are_told_in_words_with_the_people_by_name(me: Actor) -> None:
    edit = flows.submitted(me)
    reviews.reject(me, str(edit.id), reason="Stay <b>warm</b>")
    words = said(opened("audit"))
    assert "Rejected the edit: “Stay &lt;b&gt;warm&lt;/b&gt;”" in words
    assert "Ran an edit with colour-swap, revision 1" in words
    assert me.name in words
    assert f"/history?asset={edit.asset_id}" in words


def test_the_trail_is_narrowed_by_subject_and_picture(me: Actor) -> None:
    one, other = flows.added(me, name="Calm serum"), flows.added(me, name="Night oil")
    words = said(opened("audit", asset=str(one.asset.id)))
    assert "Calm serum" in words
    assert f"asset={other.asset.id}" not in words
    page = opened("audit", about="template:")
    assert "Approved revision 1 of the template" in said(page)
    assert "Added the picture" not in said(page)
    page.selectbox(key="trail-about").set_value("Pictures").run()
    assert asked(page, "about") == "asset:"
    assert "Added the picture" in said(page)
    page = press(opened("audit", asset=str(one.asset.id)), "Show all pictures")
    assert asked(page, "asset") is None


def test_older_events_are_a_page_away(me: Actor) -> None:
    asset = flows.added(me).asset
    for number in range(trail.PAGE):
        sources.rename(me, str(asset.id), f"Name {number}")
    page = opened("audit")
    assert "to “Name 49”" in said(page)
    page = press(page, "Older")
    assert "to “Name 49”" not in said(page)
    assert "Added the picture" in said(page)
    assert asked(press(page, "Newest"), "before") is None


def test_verifying_says_how_many_events_fit(me: Actor) -> None:
    flows.added(me)
    page = press(opened("audit"), "Verify ledger")
    assert "The ledger is whole" in said(page)
    assert f"{events()} events" in said(page)
    assert "Cutting off the newest events leaves a shorter chain" in said(page)
    with db.transaction() as tx:
        assert audit.tip(tx)[1] in [code.value for code in page.code]


def test_a_break_is_named(me: Actor) -> None:
    flows.added(me)
    with db.transaction() as tx:
        tx.execute(sa.text("alter table events disable trigger user"))
        tx.execute(sa.text("update events set operator = 'nobody@example.com' where seq = 3"))
        tx.execute(sa.text("alter table events enable trigger user"))
    page = press(opened("audit"), "Verify ledger")
    assert "The ledger is broken" in said(page)
    assert "Event 3 does not fit: its columns differ from its text in operator. The 2 before it do." in said(page)


def test_everybody_may_verify(me: Actor) -> None:
    assert not buttons(opened("audit", "designer"))["Verify ledger"].disabled


def test_a_picture_that_is_gone_is_said(me: Actor) -> None:
    assert "everything is shown" in said(opened("audit", asset="no such picture"))


def test_every_deed_that_the_program_records_has_words(me: Actor) -> None:
    sources_ = "\n".join(
        path.read_text("utf-8") for path in (ROOT / "workbench").rglob("*.py") if "ui" not in path.parts
    )
    calls = re.findall(r"(?:audit\.record|_record)\([^)]*?f?\"(\w+:[\w{}]+)\"", sources_)
    verbs = {verb for verb in calls if "{" not in verb}
    assert {"edit:accept", "version:revert", "asset:rename", "operator:add"} <= verbs
    verbs |= {"edit:reject", "edit:withdraw", "asset:archive", "asset:restore"}
    assert verbs <= telling.SENTENCES.keys()


@pytest.mark.parametrize("verb", telling.SENTENCES)
def test_no_deed_needs_a_detail_to_be_told(verb: str) -> None:
    told = telling.told(Event(verb=verb, operator="a@b.example", via="web", subject="x", detail={}))
    assert told
    assert "None" not in told


def test_many_events_take_as_many_statements_as_few(me: Actor) -> None:
    def count() -> int:
        with statements() as sent:
            opened("audit")
        return len(sent)

    flows.added(me)
    few = count()
    for _ in range(6):
        flows.added(me)
    assert count() == few


def test_an_unknown_deed_is_shown_as_it_is() -> None:
    assert telling.told(Event(verb="moon:land", operator="a", via="web", subject="x", detail={})) == "moon: land"


@pytest.mark.browser
def test_a_phone_shows_every_button_and_never_scrolls_sideways(me: Actor, house: Path) -> None:
    asset = flows.accepted(me).asset
    sources.rename(me, str(asset.id), "A very long name " * 10)
    primary = {
        f"library?asset={asset.id}": "Edit this picture",
        "templates?as=lead": "Propose",
        "guidelines": "Propose",
        f"audit?asset={asset.id}": "Verify ledger",
    }
    with in_browser(house, width=390, height=844) as (page, address):
        for path, name in primary.items():
            page.goto(f"{address}/{path}")
            button = page.get_by_role("button", name=name, exact=True)
            expect(button).to_be_visible()
            assert button.bounding_box()["height"] >= 44  # type: ignore[index]
            assert page.evaluate("document.documentElement.scrollWidth") == 390
            assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
            expect(button).to_be_in_viewport(ratio=1)
        page.get_by_role("link", name=re.compile("^A very long name")).first.click()
        page.wait_for_url(re.compile(f"/history.asset={asset.id}"))
