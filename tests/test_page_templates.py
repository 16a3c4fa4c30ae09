"""The Templates page: what a template says in words, and how a revision is proposed, approved and retired."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from tests.conftest import STARTER
from tests.flows import VALUES
from tests.pages import asked, buttons, checked, in_browser, opened, press, said, statements
from tests.test_proofs import added, run
from workbench import db, proofs, recipes, templates
from workbench.models import Proof
from workbench.permissions import Actor
from workbench.ui.templates import wording

SWAP = (STARTER / "templates" / "colour-swap.toml").read_text("utf-8")
FILES = sorted((STARTER / "templates").glob("*.toml"))
expect.set_options(timeout=30_000)


def revisions(name: str) -> list[tuple[int, str]]:
    with db.transaction() as tx:
        return [(row.revision, row.state) for row in templates.show(tx, name).revisions]


def stricter(text: str = SWAP) -> str:
    return re.sub(r"ssim = [\d.]+", "ssim = 0.995", text)


#: what the dialog holds, as a page of its own: without a browser, a dialog closes at the next run
DIALOG = """
from workbench.ui import who
from workbench.ui.templates import proposing
proposing.body(who.actor(), "")
"""


@pytest.mark.usefixtures("rules")
def test_a_pasted_template_outlives_a_reload(me: Actor) -> None:
    text = (STARTER / "templates" / "colour-swap.toml").read_text("utf-8").replace("Colour swap", "Colour exchange")

    def dialog(**query: str) -> AppTest:
        test = AppTest.from_string(DIALOG, default_timeout=60)
        for name, value in query.items():
            test.query_params[name] = value
        return checked(test.run())

    page = dialog()
    page = checked(page.text_area(key="propose-text").set_value(text).run())
    name = asked(page, "draft")
    assert name
    again = dialog(draft=name)
    assert again.text_area(key="propose-text").value == text


def test_without_templates_the_page_says_what_they_are_for(me: Actor) -> None:
    page = opened("templates")
    assert "No templates yet" in said(page)
    assert press(page, "Propose the first one").text_area


@pytest.mark.usefixtures("rules")
def test_a_template_is_told_in_words(me: Actor) -> None:
    page = opened("templates", template="place-logo")
    words = said(page)
    assert "Place logo" in words
    assert "at least 0.99" in words
    assert "a number between 4 and 60 % in steps of 0.5" in words
    assert "with the clear space that the guideline asks for" in words
    assert "who also proposed it (self-approved)" in words
    assert buttons(page)["Propose"].proto.type == "primary"


@pytest.mark.usefixtures("rules")
def test_a_proposed_revision_shows_what_it_changes_until_a_lead_approves_it(me: Actor) -> None:
    templates.propose(me, stricter())
    page = opened("templates", "designer")
    assert "What it changes of revision 1" in said(page)
    assert "limits › ssim" in said(page)
    assert "revision 1 is retired" in said(page)
    assert buttons(page)["Approve"].disabled
    page = press(opened("templates", "lead"), "Approve")
    assert revisions("colour-swap") == [(2, "approved"), (1, "retired")]
    assert "runs from now on" in said(page)
    assert "Approve" not in buttons(page)
    assert "What it changes" not in said(page)


@pytest.mark.usefixtures("rules")
def test_a_revision_that_nobody_proved_says_so_and_can_still_be_approved(me: Actor) -> None:
    templates.propose(me, stricter())
    page = opened("templates", "lead")
    assert "Not proven on any picture" in said(page)
    assert "revision 2, proposed · not proven on any picture" in said(page)
    page = press(page, "Approve")
    assert revisions("colour-swap")[0] == (2, "approved")
    assert "Proven on real pictures" not in said(page)


@pytest.mark.usefixtures("rules")
def test_the_share_that_passed_stands_over_the_contact_sheet_and_beside_approve(me: Actor) -> None:
    templates.propose(me, stricter())
    names = [added(me).asset.name, added(me, main="#D9B23C").asset.name]
    run(proofs.start(me, "colour-swap", assets=names, values=VALUES))
    page = opened("templates", "lead")
    assert re.search(r"<h2>1 of 2 passed \(50 %\)</h2>.*1 passed.*1 failed", said(page))
    assert "Colour in the picture #B5532F, New colour Aster blue" in said(page)
    assert "proposed · 1 of 2 passed (50 %), today" in said(page)
    page = press(page, "Approve")
    assert "Proven on real pictures before" in said(page)
    assert "1 of 2 passed (50 %)" in said(page)


@pytest.mark.usefixtures("rules")
def test_a_proof_under_way_is_told_with_the_share_of_the_one_before_beside_approve(me: Actor) -> None:
    templates.propose(me, stricter())
    added(me)
    run(proofs.start(me, "colour-swap", values=VALUES))
    proofs.start(me, "colour-swap", values=VALUES)
    page = opened("templates")
    assert "Nobody is there to run it" in said(page) and "0 of 1" in said(page)
    assert "1 of 1 passed (100 %), today" in said(page)
    page = press(page, "Cancel proof")
    assert "Cancelled · 0 of 1 passed" in said(page)


@pytest.mark.usefixtures("rules")
def test_only_a_proposed_revision_is_proven(me: Actor) -> None:
    added(me)
    assert "Prove" not in buttons(opened("templates", template="place-logo"))
    templates.propose(me, stricter())
    page = press(opened("templates", template="colour-swap"), "Prove")
    assert "Run on 1 picture" in buttons(page)
    assert buttons(page)["Prove"].proto.type == "secondary"


@pytest.mark.usefixtures("rules")
def test_an_approval_that_came_too_late_is_refused_in_its_place(me: Actor) -> None:
    templates.propose(me, stricter())
    page = opened("templates", "lead")
    templates.approve(me, "colour-swap")
    page = press(page, "Approve")
    assert "no proposed revision that waits" in said(page)


@pytest.mark.usefixtures("rules")
def test_only_a_lead_retires_and_is_told_what_it_means(me: Actor) -> None:
    assert buttons(opened("templates", "designer"))["Retire"].disabled
    page = press(opened("templates", "lead", template="place-badge"), "Retire")
    assert "can no longer be chosen on the Edit page" in said(page)
    assert "Retire revision 1" in buttons(page)
    assert revisions("place-badge") == [(1, "approved")]


@pytest.mark.usefixtures("rules")
def test_another_template_is_chosen_into_the_address(me: Actor) -> None:
    page = opened("templates", template="place-logo")
    page.radio(key="choose-template-place-logo").set_value("seasonal-accent").run()
    assert asked(page, "template") == "seasonal-accent"
    assert "Seasonal accent" in said(page)


@pytest.mark.usefixtures("rules")
def test_an_address_that_names_no_template_says_so(me: Actor) -> None:
    assert "no template “lilac”" in said(opened("templates", template="lilac"))
    assert "has no revision 9" in said(opened("templates", template="place-logo", revision="9"))


@pytest.mark.usefixtures("rules")
def test_many_revisions_take_as_many_statements_as_few(me: Actor) -> None:
    def count() -> int:
        with statements() as sent:
            opened("templates")
        return len(sent)

    few = count()
    for number in range(3):
        templates.propose(me, re.sub(r"ssim = [\d.]+", f"ssim = 0.98{number}", SWAP))
    assert count() == few


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_starter_template_has_words_for_all_it_holds(path: Path) -> None:
    template = recipes.parse_template(path.read_text("utf-8"))
    assert wording.operation(template).endswith(".")
    assert "{" not in wording.operation(template)
    assert all(wording.accepts(one) and wording.default(one) for one in template.parameters)
    assert len(wording.limits(template)) == len(template.limits)


def test_every_limit_has_a_name_in_words() -> None:
    assert set(wording.LIMITS) == set(recipes.LIMITS)


@pytest.mark.browser
@pytest.mark.usefixtures("rules")
def test_a_designer_proposes_with_a_sentence_for_what_is_wrong_and_a_lead_retires(me: Actor, house: Path) -> None:
    with in_browser(house) as (page, address):
        page.goto(f"{address}/templates?template=colour-swap")
        page.get_by_role("button", name="Propose", exact=True).click()
        dialog = page.get_by_role("dialog")
        text, deed = dialog.get_by_role("textbox"), page.get_by_role("button", name="Propose this revision", exact=True)
        expect(dialog.get_by_text("Nothing: this is what runs already.")).to_be_visible()
        expect(deed).to_be_disabled()
        text.fill(SWAP.replace("[limits]", "[limit]"))
        text.press("Control+Enter")
        expect(dialog.get_by_text("did you mean “limits”?")).to_be_visible()
        expect(deed).to_be_disabled()
        dialog.locator("input[type=file]").set_input_files(
            {"name": "colour-swap.toml", "mimeType": "application/toml", "buffer": stricter().encode()}
        )
        expect(dialog.get_by_text("limits › ssim")).to_be_visible()
        deed.dblclick()
        expect(page.get_by_text("What it changes of revision 1")).to_be_visible()
        assert revisions("colour-swap") == [(2, "proposed"), (1, "approved")]
        page.goto(f"{address}/templates?template=colour-swap&revision=1&as=lead")
        page.get_by_role("button", name="Retire", exact=True).click()
        page.get_by_role("button", name="Retire revision 1", exact=True).click()
        expect(page.get_by_text("Revision 1, retired").first).to_be_visible()
        assert revisions("colour-swap") == [(2, "proposed"), (1, "retired")]


@pytest.mark.browser
@pytest.mark.usefixtures("rules")
def test_a_designer_proves_on_ticked_pictures_watches_it_and_looks_at_a_pair(me: Actor, house: Path) -> None:
    row = templates.propose(me, stricter())
    names = [added(me).asset.name, added(me, main="#D9B23C").asset.name, added(me).asset.name]
    with in_browser(house) as (page, address):
        page.goto(f"{address}/templates?template=colour-swap&revision=2")
        page.get_by_role("button", name="Prove", exact=True).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("radiogroup", name="Colour in the picture").get_by_role("radio", name="Clay").click()
        dialog.get_by_role("checkbox", name=names[2]).uncheck()
        deed = page.get_by_role("button", name="Run on 2 pictures", exact=True)
        deed.click()
        expect(dialog.get_by_text("“New colour” is missing")).to_be_visible()
        dialog.get_by_role("radiogroup", name="New colour").get_by_role("radio", name="Aster blue").click()
        expect(dialog.get_by_text("Aster blue", exact=True).first).to_be_visible()
        deed.dblclick()
        expect(page.get_by_role("button", name="Cancel proof", exact=True)).to_be_visible()
        with db.transaction() as tx:
            started = tx.exec(select(Proof).where(Proof.template_revision_id == row.id)).all()
        assert len(started) == 1
        run(started[0])
        expect(page.get_by_role("heading", name="1 of 2 passed (50 %)")).to_be_visible()
        pairs = page.get_by_role("list", name="Before and after").get_by_role("button")
        expect(pairs).to_have_count(2)
        expect(pairs.first).to_contain_text("nearest")
        pairs.nth(1).click()
        page.locator(".viewer[data-ready='1']").wait_for()
        expect(page.get_by_role("dialog").get_by_role("region", name="Fidelity report")).to_be_visible()
