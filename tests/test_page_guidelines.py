"""The Guidelines page: palette, fonts and marks as they are, and how a revision is proposed and approved."""

import hashlib
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from tests.conftest import STARTER
from tests.fontfiles import woff2_bomb
from tests.pages import asked, buttons, checked, in_browser, opened, press, said, statements
from tests.test_guidelines import USES
from workbench import db, guidelines, recipes, storage, templates
from workbench.errors import RejectedFile
from workbench.permissions import Actor
from workbench.ui import drafts
from workbench.ui.guidelines import palette

TEXT = (STARTER / "guideline.toml").read_text("utf-8")
WARMER = TEXT.replace("#B5532F", "#B5502F")
SPLIT = 'class="lp-split"'
#: what the dialog holds, as a page of its own: without a browser, a dialog closes at the next run
DIALOG = """
from workbench.ui import who
from workbench.ui.guidelines import book, proposing
found = book.read(who.actor())
proposing.body(found.actor, found.approved)
"""
expect.set_options(timeout=30_000)


def proposing(**query: str) -> AppTest:
    """The dialog's contents."""
    test = AppTest.from_string(DIALOG, default_timeout=60)
    for name, value in query.items():
        test.query_params[name] = value
    return checked(test.run())


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
    assert re.search(r'@font-face\{font-family:lp-brand-\w{12};src:url\("/blob/\w{64}"\);font-weight:100 900\}', words)


@pytest.mark.usefixtures("rules")
def test_a_proposed_revision_shows_what_it_changes_until_a_lead_approves_it(me: Actor) -> None:
    guidelines.propose(me, WARMER, kept())
    page = opened("guidelines", "designer")
    words = said(page)
    assert "<b>Clay<em" in words
    assert "<code>#B5532F</code> → <code>#B5502F</code><br>1.15 ΔE2000 apart" in words
    assert '<span class="lp-split"><i style="background:#B5532F"></i><i style="background:#B5502F"></i></span>' in words
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
    assert "<b>Clay &amp; &quot;co&quot;<em" in words
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


@pytest.mark.usefixtures("rules")
def test_any_two_revisions_stand_beside_each_other_on_request(me: Actor) -> None:
    guidelines.propose(me, WARMER, kept())
    guidelines.approve(me)
    alone = opened("guidelines")
    assert SPLIT not in said(alone)
    page = checked(alone.selectbox[0].set_value(1).run())
    assert asked(page, "compare") == "1"
    assert SPLIT in said(page)
    assert SPLIT in said(opened("guidelines", compare="1"))
    for nothing in ("99", "2", "none", "<b>"):
        assert SPLIT not in said(opened("guidelines", compare=nothing))


@pytest.mark.usefixtures("rules")
def test_a_lead_reads_which_templates_name_what_is_dropped(me: Actor) -> None:
    templates.propose(me, USES)
    templates.approve(me, "uses")
    guidelines.propose(me, TEXT.replace("Logo blue", "Logo cobalt").replace("#B5532F", "#B5502F"), kept())
    words = said(opened("guidelines", "lead"))
    assert "It always uses “Logo blue”, which is no longer among the marks." in words
    assert "/templates?template=uses" in words
    assert "It always uses “Clay”, which becomes #B5502F." in words


@pytest.mark.usefixtures("rules")
def test_fonts_set_the_words_that_the_address_says(me: Actor) -> None:
    words = said(opened("guidelines", words="Calm <b>serum</b>"))
    assert ">Calm &lt;b&gt;serum&lt;/b&gt;</p>" in words
    assert "Semibold 600" in words
    assert "No licence note." in words


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("Inter.woff2", b"no", "“Inter.woff2”: This is not a font"),
        ("Inter.woff2", woff2_bomb(total=900_000_000), "unpack to more than 30 MB"),
        ("aster.zip", b"PK\x03\x04", "This ZIP is damaged"),
        ("two.toml", TEXT.replace("Clay", "aster BLUE").encode(), "are the same name"),
        ("out.toml", TEXT.replace("#B5532F", "#GG532F").encode(), "isn't a colour; write it as #RRGGBB"),
    ],
)
def test_what_is_wrong_is_said_in_the_dialog_and_nothing_can_be_proposed(
    me: Actor, name: str, data: bytes, sentence: str
) -> None:
    before = len(list(storage.store().all()))
    page = proposing()
    page = checked(page.file_uploader(key="guideline-files").set_value((name, data, "application/zip")).run())
    assert sentence in unescape(said(page))
    assert buttons(page)["Propose this revision"].disabled
    assert len(list(storage.store().all())) == before


@pytest.mark.usefixtures("rules")
def test_a_zip_brings_a_whole_guideline(me: Actor) -> None:
    _, files = guidelines.export(me)
    changed = guidelines.zipped({**files, "guideline.toml": WARMER.encode(), "OFL.txt": b"licence"})
    page = proposing()
    page = checked(page.file_uploader(key="guideline-files").set_value(("a.zip", changed, "application/zip")).run())
    words = said(page)
    assert "Inter Regular · 518 glyphs · weights 100–900" in words
    assert "OFL.txt</b> isn’t named by the guideline" in words
    press(page, "Propose this revision")
    assert states() == [(2, "proposed"), (1, "approved")]


@pytest.mark.usefixtures("rules")
def test_a_draft_outlives_a_reload(me: Actor) -> None:
    page = proposing()
    page = checked(page.text_area(key="guideline-text").set_value(WARMER).run())
    name = asked(page, "draft")
    assert name
    again = proposing(draft=name)
    assert again.text_area(key="guideline-text").value == WARMER
    assert press(again, "Begin again").text_area(key="guideline-text").value == TEXT
    assert asked(again, "draft") is None


@pytest.mark.usefixtures("rules")
def test_an_address_shows_nothing_of_the_store_but_drafts(me: Actor) -> None:
    other = storage.store().put(b"what somebody else keeps")
    for name in (other, "0" * 64, "../etc", "x"):
        page = proposing(draft=name)
        assert page.text_area(key="guideline-text").value == TEXT
    assert drafts.keep("x" * 100_001) is None
    assert drafts.read(drafts.keep("Grüße") or "") == "Grüße"


NO_EDITS: dict[str, Any] = {"edited_rows": {}, "added_rows": [], "deleted_rows": []}


def test_a_table_changes_adds_and_removes_colours() -> None:
    guideline = recipes.parse_guideline(TEXT)
    edits = {
        "edited_rows": {1: {"hex": "b5502f", "tolerance": 3}},
        "added_rows": [{"name": " Sky ", "hex": "#AACCEE"}, {}, {"tolerance": 2.0}],
        "deleted_rows": [0],
    }
    found = palette.edited(guideline, edits)
    assert [(one.name, one.hex, one.tolerance) for one in found.colours][:1] == [("Clay", "#B5502F", 3.0)]
    assert (found.colours[-1].name, found.colours[-1].hex, len(found.colours)) == ("Sky", "#AACCEE", 6)
    assert recipes.parse_guideline(recipes.to_toml(found)) == found
    assert palette.edited(guideline, NO_EDITS) == guideline


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"name": "Clay", "hex": "#010203"}, "are the same name"),
        ({"name": "Rust", "hex": "#B5532F"}, "are both #B5532F"),
        ({"name": "Rust"}, "“hex” is missing"),
        ({"name": "Rust", "hex": "#123", "tolerance": 2}, "isn't a colour"),
        ({"name": "Rust", "hex": "#010203", "tolerance": 99}, "at most 20"),
    ],
)
def test_a_row_that_cannot_be_gets_a_sentence(cells: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RejectedFile, match=sentence):
        palette.edited(recipes.parse_guideline(TEXT), {**NO_EDITS, "added_rows": [cells]})


@pytest.mark.browser
@pytest.mark.usefixtures("rules")
def test_a_designer_proposes_and_fonts_and_marks_come_from_the_store(me: Actor, house: Path) -> None:
    with in_browser(house) as (page, address):
        page.goto(f"{address}/guidelines")
        expect(page.get_by_text("Aster blue", exact=True)).to_be_visible()
        font = f"32px lp-brand-{hashlib.sha256(kept()['Inter.woff2']).hexdigest()[:12]}"
        loaded = page.evaluate(f"document.fonts.load('{font}').then(faces => faces.map(face => face.status))")
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
        expect(page.get_by_role("dialog").get_by_text("1.15 ΔE2000 apart")).to_be_visible()
        before = kept()
        page.get_by_role("button", name="Propose this revision", exact=True).dblclick()
        expect(page.get_by_text("It waits for approval.")).to_be_visible()
        assert states() == [(2, "proposed"), (1, "approved")]
        assert kept() == before


@pytest.mark.browser
@pytest.mark.usefixtures("rules")
def test_a_palette_is_edited_as_a_table_kept_over_a_reload_and_written_out(me: Actor, house: Path) -> None:
    with in_browser(house) as (page, address):
        page.goto(f"{address}/guidelines")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download as ZIP").click()
        assert guidelines.unzipped(Path(download.value.path()).read_bytes()).files == kept()
        page.get_by_role("button", name="Propose", exact=True).click()
        text = page.get_by_role("dialog").get_by_role("textbox").first
        page.get_by_text("Palette as a table").click()
        grid = page.get_by_test_id("stDataFrame")
        expect(grid.locator("canvas").first).to_be_visible()
        for _ in range(8):  # the table is drawn on a canvas, which doesn't say when it listens
            page.wait_for_timeout(1000)
            grid.scroll_into_view_if_needed()
            box = grid.bounding_box()
            assert box is not None
            page.mouse.click(box["x"] + box["width"] * 0.55, box["y"] + 52)
            page.keyboard.type("#112233", delay=60)
            page.keyboard.press("Enter")
            page.wait_for_timeout(1000)
            if "#112233" in text.input_value():
                break
        expect(text).to_have_value(re.compile(r'name = "Aster blue"\nhex = "#112233"'))
        expect(page).to_have_url(re.compile("draft=[0-9a-f]{64}"))
        page.reload()
        page.get_by_role("button", name="Propose", exact=True).click()
        expect(text).to_have_value(re.compile('hex = "#112233"'))
        page.get_by_role("button", name="Begin again").click()
        expect(text).to_have_value(TEXT)
