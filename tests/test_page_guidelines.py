"""The Guidelines page: palette, fonts and marks as they are, and how a revision is proposed and approved."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.conftest import STARTER
from tests.pages import buttons, in_browser, opened, press, said, statements
from workbench import db, guidelines, storage
from workbench.permissions import Actor

TEXT = (STARTER / "guideline.toml").read_text("utf-8")
WARMER = TEXT.replace("#B5532F", "#B5502F")
expect.set_options(timeout=30_000)


def states() -> list[tuple[int, str]]:
    with db.transaction() as tx:
        return [(row.revision, row.state) for row in guidelines.everything(tx)]


def kept() -> dict[str, bytes]:
    """The files of the newest revision."""
    with db.transaction() as tx:
        guideline = guidelines.definition(guidelines.everything(tx)[0])
    store = storage.store()
    fonts = {font.file: store.get(font.sha256 or "") for font in guideline.fonts}
    return fonts | {mark.file: store.get(mark.sha256 or "") for mark in guideline.marks}


def test_without_a_guideline_the_page_says_what_it_is_for(me: Actor) -> None:
    page = opened("guidelines")
    assert "No guideline yet" in said(page)
    assert press(page, "Propose the first one").text_area


@pytest.mark.usefixtures("rules")
def test_colours_marks_and_fonts_are_shown_with_their_rules(me: Actor) -> None:
    words = said(opened("guidelines"))
    assert "background:#2747B8" in words
    assert "within 2 ΔE2000" in words
    assert "at least 96 px wide" in words
    assert "clear space on every side 0.75 × its height" in words
    assert '@font-face{font-family:lp-brand-0;src:url("/blob/' in words


@pytest.mark.usefixtures("rules")
def test_a_proposed_revision_shows_what_it_changes_until_a_lead_approves_it(me: Actor) -> None:
    guidelines.propose(me, WARMER, kept())
    page = opened("guidelines", "designer")
    assert "colour Clay › hex" in said(page)
    assert buttons(page)["Approve"].disabled
    page = press(opened("guidelines", "lead"), "Approve")
    assert states() == [(2, "approved"), (1, "retired")]
    assert "holds from now on" in said(page)
    assert "#B5532F" in said(opened("guidelines", revision="1"))


@pytest.mark.usefixtures("rules")
def test_an_approval_that_came_too_late_is_refused_in_its_place(me: Actor) -> None:
    guidelines.propose(me, WARMER, kept())
    page = opened("guidelines", "lead")
    guidelines.approve(me)
    assert "No revision of the guideline waits" in said(press(page, "Approve"))


@pytest.mark.usefixtures("rules")
def test_names_from_the_file_stay_words(me: Actor) -> None:
    text = TEXT.replace('name = "Clay"', 'name = "Clay & \\"co\\""')
    guidelines.propose(me, text, kept())
    words = said(opened("guidelines"))
    assert "<b>Clay &amp; &quot;co&quot;</b>" in words
    assert 'Clay & "co"' not in words


@pytest.mark.usefixtures("rules")
def test_many_revisions_take_as_many_statements_as_few(me: Actor) -> None:
    def count() -> int:
        with statements() as sent:
            opened("guidelines", revision="1")
        return len(sent)

    few = count()
    for digit in "123":
        guidelines.propose(me, TEXT.replace("#B5532F", f"#B5532{digit}"), kept())
    assert count() == few


@pytest.mark.browser
@pytest.mark.usefixtures("rules")
def test_a_designer_proposes_and_fonts_and_marks_come_from_the_store(me: Actor, house: Path) -> None:
    with in_browser(house) as (page, address):
        page.goto(f"{address}/guidelines")
        expect(page.get_by_text("Aster blue", exact=True)).to_be_visible()
        loaded = page.evaluate("document.fonts.load('32px lp-brand-0').then(faces => faces.map(face => face.status))")
        assert loaded == ["loaded"]
        mark = page.get_by_role("img", name="Logo blue")
        mark.scroll_into_view_if_needed()
        assert mark.evaluate("image => image.decode().then(() => image.naturalWidth)") == 200
        page.get_by_role("button", name="Propose", exact=True).click()
        text = page.get_by_role("dialog").get_by_role("textbox")
        text.fill(TEXT.replace("#B5532F", "#B5"))
        text.press("Control+Enter")
        expect(page.get_by_text("isn't a colour; write it as #RRGGBB")).to_be_visible()
        expect(page.get_by_role("button", name="Propose this revision", exact=True)).to_be_disabled()
        text.fill(WARMER)
        text.press("Control+Enter")
        expect(page.get_by_text("colour Clay › hex")).to_be_visible()
        before = kept()
        page.get_by_role("button", name="Propose this revision", exact=True).dblclick()
        expect(page.get_by_text("It waits for approval.")).to_be_visible()
        assert states() == [(2, "proposed"), (1, "approved")]
        assert kept() == before
