"""The Templates page: what a template says in words, and how a revision is proposed, approved and retired."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.conftest import STARTER
from tests.pages import asked, buttons, in_browser, opened, press, said, statements
from workbench import db, recipes, templates
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
