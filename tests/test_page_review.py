"""The Review page: the queue, one decision for each edit, bound to what was seen, and the way back."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st
from playwright.sync_api import expect

from tests import flows
from tests.pages import asked, buttons, checked, in_browser, opened, press, pressed_twice, said, settled, statements
from tests.scenes import encoded, poster
from workbench import db, edits, reviews, versions
from workbench.edits import pipeline
from workbench.models import Decision, Edit, Version
from workbench.permissions import Actor, Role
from workbench.ui import deeds
from workbench.ui.review import queue

pytestmark = pytest.mark.usefixtures("rules")
Person = Callable[[str, Role], Actor]


def shown(edit: Edit) -> edits.Shown:
    with db.transaction() as tx:
        return edits.show(tx, str(edit.id))


def newest(edit: Edit) -> Version:
    return shown(edit).head


def decision(edit: Edit) -> Decision:
    return shown(edit).decisions[-1][0]


def failing(actor: Actor) -> Edit:
    """A submitted edit that used another tool's output as it came, with pixels changed outside its region."""
    added = flows.added(actor)
    output = poster("#2747B8", width=added.picture.width).copy()
    output[5:25, 280:310] = 0
    edit = flows.proposed(
        actor,
        added.asset.id,
        template="label-recolour",
        engine="external",
        region="10,10,150,150",
        output=encoded(output),
        lock={"raw": True},
        reason="The disc is crisper as it came",
    )
    pipeline.run_now(edit.id)
    return reviews.submit(actor, str(edit.id)).edit


def test_accepting_makes_the_next_version_from_the_seen_bytes_and_opens_the_next_edit(
    me: Actor, person: Person
) -> None:
    mara = person("mara", "designer")
    first, second = flows.submitted(mara), flows.submitted(mara)
    page = opened("review", "lead")
    assert "1 of 2" in said(page)
    page = press(page, "Accept")
    candidate = shown(first).candidates[0][0]
    assert (newest(first).number, newest(first).sha256) == (2, candidate.sha256)
    assert decision(first).seen_sha256 == candidate.sha256
    assert asked(page, "edit") == str(second.id)
    assert "accepted: it is now version 2" in said(page)
    assert shown(second).edit.state == "submitted"


def test_the_buttons_belong_to_one_edit(me: Actor) -> None:
    edit = flows.submitted(me)
    keys = {button.label: button.key for button in opened("review", "lead").button}
    assert (keys["Accept"], keys["Reject"]) == (f"accept-{edit.id}", f"reject-{edit.id}")


def test_the_slower_of_two_leads_reads_what_happened_and_there_is_one_version(me: Actor, person: Person) -> None:
    edit = flows.submitted(person("mara", "designer"))
    page = opened("review", "lead")
    reviews.accept(person("ines", "lead"), str(edit.id))
    page = press(page, "Accept")
    assert "The edit is accepted" in said(page)
    assert "Accepted by Ines" in said(page)
    assert newest(edit).number == 2
    assert buttons(page)["Accept"].disabled


def test_a_decision_is_undone_after_a_reload_as_well(me: Actor) -> None:
    edit = flows.submitted(me)
    before = newest(edit).sha256
    press(opened("review", "lead"), "Accept")
    page = press(opened("review", "lead"), "Undo")
    assert (newest(edit).number, newest(edit).sha256) == (3, before)
    assert asked(page, "edit") == str(edit.id)
    assert not buttons(page)["Accept"].disabled
    assert buttons(page)["Undo"].disabled


def test_a_version_that_was_built_upon_is_not_offered_for_undo(me: Actor) -> None:
    edit = flows.accepted(me).edit
    versions.revert(me, str(edit.asset_id), 1)
    assert buttons(opened("review", "lead", edit=str(edit.id)))["Undo"].disabled


def test_a_designer_sees_their_own_edits_and_can_only_take_them_back(me: Actor) -> None:
    edit = flows.submitted(me)
    page = opened("review", "designer")
    assert "My edits" in said(page)
    assert buttons(page)["Accept"].disabled
    assert buttons(page)["Reject"].disabled
    press(page, "Withdraw")
    assert shown(edit).edit.state == "withdrawn"


def test_a_red_report_needs_a_note_before_it_can_be_accepted(me: Actor) -> None:
    edit = failing(me)
    page = opened("review", "lead")
    assert "changed outside the region" in said(page)
    assert buttons(page)["Accept"].disabled
    page = checked(page.text_input(key=f"note-{edit.id}").set_value("Agreed with the studio").run())
    assert not buttons(page)["Accept"].disabled
    press(page, "Accept")
    assert decision(edit).note == "Agreed with the studio"


def test_an_edit_whose_picture_moved_on_can_only_be_run_anew(me: Actor) -> None:
    late = flows.submitted(me)
    flows.accepted(me, late.asset_id, values={"source": "#B5532F", "target": "Moss"})
    page = opened("review", "lead", edit=str(late.id))
    assert "The picture has moved on" in said(page)
    assert buttons(page)["Accept"].disabled
    assert "Run on the newest version" in buttons(page)


def test_approving_oneself_is_said_before_and_after(me: Actor) -> None:
    flows.submitted(me)
    page = opened("review", "lead")
    assert "the record says for ever that it is self-approved" in said(page)
    assert "accepted, self-approved" in said(press(page, "Accept"))


def test_under_four_eyes_nobody_is_offered_their_own_edit(me: Actor) -> None:
    flows.submitted(me)
    with db.transaction() as tx:
        tx.execute(sa.text("update workspace set four_eyes = true"))
    page = opened("review", "lead")
    assert "another lead decides" in said(page)
    assert buttons(page)["Accept"].disabled


def test_an_empty_queue_says_what_it_is_for(me: Actor) -> None:
    page = opened("review", "lead")
    assert "Nothing waits for a decision" in said(page)
    assert buttons(page)["Accept"].disabled
    assert "You have run no edits yet" in said(opened("review", "designer"))
    assert "Nothing has been decided yet" in said(opened("review", "lead", show="done"))


def test_edits_of_the_same_change_stand_together_the_longest_waiting_first(me: Actor) -> None:
    blue, moss, blue_too = (
        flows.submitted(me, values={"source": "#B5532F", "target": target})
        for target in ("Aster blue", "Moss", "Aster blue")
    )
    with db.transaction() as tx:
        rows = queue.grouped(edits.waiting(tx), "waiting")
    assert [row.edit.id for row, _ in rows] == [blue.id, blue_too.id, moss.id]
    assert [heading for _, heading in rows] == [blue.summary, blue.summary, "Single edits"]


def test_the_done_list_holds_each_decided_edit_once_by_its_last_decision(me: Actor) -> None:
    undone = flows.accepted(me).edit
    reviews.undo(me, str(undone.id))
    twice = flows.accepted(me).edit
    reviews.undo(me, str(twice.id))
    reviews.accept(me, str(twice.id))
    with db.transaction() as tx:
        found = edits.reading.settled(tx)
        assert [row.edit.id for row, _ in found] == [twice.id]
        assert edits.reading.decided_since(tx, me.id, twice.created_at) == 1


def test_names_are_words_wherever_they_stand(me: Actor) -> None:
    flows.submitted(me, flows.added(me, name="![x](https://evil.example/x) <script>").asset.id)
    page = opened("review", "lead")
    assert "<script" not in said(page)
    assert "![x](https" not in said(press(page, "Accept"))


def test_the_page_sends_as_many_statements_for_a_long_queue_as_for_a_short_one(me: Actor) -> None:
    def count() -> int:
        with statements() as sent:
            opened("review", "lead")
        return len(sent)

    flows.submitted(me), flows.submitted(me)
    short = count()
    for _ in range(6):
        flows.submitted(me)
    assert count() == short


def states(*of: Edit) -> list[str]:
    return [shown(edit).edit.state for edit in of]


def test_an_accept_that_falls_on_the_next_edit_at_once_is_nobodys_wish() -> None:
    st.session_state.clear()
    assert deeds.once(("accept", "first"), lambda: "done") == "done"
    assert deeds.once(("accept", "first"), lambda: "again") == "done"
    assert deeds.hasty(("accept", "second"))
    assert not deeds.hasty(("accept", "first"))
    assert not deeds.hasty(("undo", "first"))
    st.session_state.clear()


@pytest.mark.browser
def test_one_key_or_one_double_click_decides_one_edit(me: Actor, house: Path) -> None:
    first, second, third = (flows.submitted(me) for _ in range(3))
    with in_browser(house) as (page, address):
        page.goto(f"{address}/review?as=lead")
        place = page.locator(".lp-foot p")
        expect(place).to_have_text("1 of 3")
        page.get_by_role("textbox", name="Note for the record").press_sequentially("yes, nuy")
        page.locator(".lp-steps").click()  # the note is left and sent
        settled(page)
        assert states(first, second, third) == ["submitted"] * 3
        pressed_twice(page, "Accept", 150)
        expect(place).to_have_text("1 of 2")
        settled(page)
        assert states(first, second, third) == ["accepted", "submitted", "submitted"]
        assert decision(first).note == "yes, nuy"
        expect(page.get_by_text("Not decided")).to_have_count(0)
        page.wait_for_timeout(1000 * deeds.LOOK)  # somebody looks at the picture
        page.keyboard.press("y")
        page.keyboard.press("y")
        expect(place).to_have_text("1 of 1")
        settled(page)
        assert states(first, second, third) == ["accepted", "accepted", "submitted"]
        page.keyboard.press("u")
        expect(place).to_have_text("1 of 2")
        settled(page)
        assert states(first, second, third) == ["accepted", "submitted", "submitted"]


@pytest.mark.browser
def test_rejecting_asks_for_a_reason_and_sends_it_word_for_word(me: Actor, house: Path) -> None:
    edit = flows.submitted(me)
    with in_browser(house) as (page, address):
        page.goto(f"{address}/review?as=lead")
        reject = page.get_by_role("button", name="Reject", exact=True)
        expect(reject).to_be_enabled()
        settled(page)
        page.keyboard.press("n")
        send = page.get_by_role("button", name="Send rejection", exact=True)
        send.click()
        expect(page.get_by_text("Say why, in a few words")).to_be_visible()
        assert states(edit) == ["submitted"]
        page.keyboard.press("y")  # behind the dialog nothing is pressed
        page.get_by_text("Edge is visible").click()
        page.get_by_role("textbox", name="Reason").fill("It <i>shines</i>")
        send.click()
        expect(page.get_by_text("Nothing waits for a decision")).to_be_visible()
        assert (shown(edit).edit.state, decision(edit).reason) == ("rejected", "Edge is visible: It <i>shines</i>")
        page.get_by_role("radio", name="Mine", exact=True).click()
        expect(page.get_by_text("Edge is visible: It <i>shines</i>", exact=True)).to_be_visible()
        page.get_by_role("button", name="Try again", exact=True).click()
        expect(page.get_by_role("button", name="Run edit", exact=True)).to_be_visible()
        with db.transaction() as tx:
            again = edits.rows(tx)[0][0].edit
        assert (again.rerun_of, again.recipe_sha256) == (edit.id, edit.recipe_sha256)
