"""Deciding on edits: once, on the bytes that were seen, by somebody who may, and with a way back."""

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.flows import VALUES, accepted, added, ready, submitted
from workbench import db, edits, reviews, versions
from workbench.errors import InvalidInput, LoupeError, MovedOn, NotAllowed
from workbench.permissions import Actor, Role

Person = Callable[[str, Role], Actor]


def numbers(name: str) -> list[tuple[int, str, str]]:
    with db.transaction() as tx:
        history = versions.history(tx, versions.find_asset(tx, name))
    return [(one.version.number, one.version.kind, one.version.sha256) for one in history[::-1]]


def test_an_accepted_edit_is_the_next_version_with_its_whole_provenance(me: Actor, rules: None, person: Person) -> None:
    mara, ines = person("mara", "designer"), person("ines", "lead")
    edit = submitted(mara)
    done = reviews.accept(ines, str(edit.id), note="Good")
    assert done.version is not None
    with db.transaction() as tx:
        shown = edits.show(tx, str(edit.id))
    version, candidate = done.version, shown.candidates[0][0]
    assert (version.number, version.kind, version.sha256) == (2, "edit", candidate.sha256)
    assert (version.committed_by, version.approved_by, version.self_approved) == (mara.id, ines.id, False)
    story = version.provenance
    assert (story["operator"], story["approved_by"]) == (mara.email, ines.email)
    assert (story["original_sha256"], story["result_sha256"]) == (edit.base_sha256, candidate.sha256)
    assert "Recolour" in str(story["prompt"])
    assert shown.edit.state == "accepted"


def test_accepting_ones_own_edit_in_local_mode_is_marked_for_ever(me: Actor, rules: None) -> None:
    done = accepted(me)
    assert done.version is not None and done.version.self_approved
    assert done.decision is not None and done.decision.self_approved


def test_four_eyes_refuse_ones_own_edit_with_a_sentence(me: Actor, rules: None) -> None:
    edit = submitted(me)
    with db.transaction() as tx:
        tx.execute(sa.text("update workspace set four_eyes = true"))
    with pytest.raises(NotAllowed, match="another lead"):
        reviews.accept(me, str(edit.id))


@pytest.mark.parametrize("role", ["designer", "auditor", "admin"])
def test_only_a_lead_decides(me: Actor, rules: None, person: Person, role: Role) -> None:
    edit = submitted(me)
    somebody = person("somebody", role)
    for deed in (
        lambda: reviews.accept(somebody, str(edit.id)),
        lambda: reviews.reject(somebody, str(edit.id), reason="no"),
        lambda: versions.revert(somebody, str(edit.asset_id), 1),
    ):
        with pytest.raises(NotAllowed, match="lead"):
            deed()


def test_two_leads_at_once_make_one_version(me: Actor, rules: None, person: Person) -> None:
    edit = submitted(me)
    leads = [person(f"lead{n}", "lead") for n in range(4)]
    outcomes: list[object] = []

    def accept(lead: Actor) -> None:
        try:
            outcomes.append(reviews.accept(lead, str(edit.id)).version)
        except LoupeError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=accept, args=(lead,)) for lead in leads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refusals = [one for one in outcomes if isinstance(one, MovedOn)]
    assert len(refusals) == 3 and "already" not in str(refusals[0]) and "accepted" in str(refusals[0])
    assert [number for number, _, _ in numbers(str(edit.asset_id))] == [1, 2]


def test_other_bytes_than_those_that_were_seen_are_not_accepted(me: Actor, rules: None) -> None:
    edit = submitted(me)
    with pytest.raises(MovedOn, match="not the one you looked at"):
        reviews.accept(me, str(edit.id), seen="0" * 64)


def test_an_edit_whose_asset_moved_on_is_refused_with_the_way_out(me: Actor, rules: None) -> None:
    asset = added(me).asset.id
    late = submitted(me, asset, values={**VALUES, "target": "Moss"})
    accepted(me, asset)
    with pytest.raises(MovedOn, match="Run it again on the newest version"):
        reviews.accept(me, str(late.id))
    too_late = ready(me, asset, values={**VALUES, "source": "#2747B8", "target": "Sage"})
    versions.revert(me, str(asset), 1)
    with pytest.raises(MovedOn, match="moved on"):
        reviews.submit(me, str(too_late.id))
    with db.transaction() as tx:
        assert edits.show(tx, str(too_late.id)).outdated
    # the same bytes again are no moving on
    assert reviews.accept(me, str(late.id)).edit.state == "accepted"
    anew = edits.rerun(me, str(too_late.id), on_newest=True)
    assert anew.base_version_id != too_late.base_version_id


def test_undo_brings_the_former_bytes_back_as_a_version_and_the_edit_waits_again(me: Actor, rules: None) -> None:
    done = accepted(me)
    before = numbers(done.asset.name)
    undone = reviews.undo(me, str(done.edit.id))
    assert undone.edit.state == "submitted"
    assert numbers(done.asset.name) == [*before, (3, "revert", before[0][2])]
    again = reviews.accept(me, str(done.edit.id))
    assert again.version is not None
    assert numbers(done.asset.name)[-1] == (4, "edit", before[1][2])
    with db.transaction() as tx:
        verbs = [decision.verb for decision, _ in edits.show(tx, str(done.edit.id)).decisions]
    assert verbs == ["accept", "undo", "accept"]


def test_undo_is_refused_once_the_asset_went_on(me: Actor, rules: None) -> None:
    done = accepted(me)
    accepted(me, done.asset.id, values={"source": "#2747B8", "target": "Moss"})
    with pytest.raises(MovedOn, match="moved on to version 3"):
        reviews.undo(me, str(done.edit.id))


def test_a_rejection_needs_a_reason_and_ends_the_edit(me: Actor, rules: None, person: Person) -> None:
    mara, ines = person("mara", "designer"), person("ines", "lead")
    edit = submitted(mara)
    with pytest.raises(InvalidInput):
        reviews.reject(ines, str(edit.id), reason="  ")
    reviews.reject(ines, str(edit.id), reason="The blue is too dark")
    with db.transaction() as tx:
        shown = edits.show(tx, str(edit.id))
    assert (shown.edit.state, shown.decisions[0][0].reason) == ("rejected", "The blue is too dark")
    for deed in (reviews.accept, reviews.undo):
        with pytest.raises(MovedOn):
            deed(ines, str(edit.id))
    assert edits.rerun(mara, str(edit.id)).state == "queued"


def test_only_the_author_withdraws_and_submits(me: Actor, rules: None, person: Person) -> None:
    mara, jon = person("mara", "designer"), person("jon", "designer")
    edit = ready(mara)
    with pytest.raises(NotAllowed):
        reviews.submit(jon, str(edit.id))
    reviews.submit(mara, str(edit.id))
    with pytest.raises(NotAllowed):
        reviews.withdraw(jon, str(edit.id))
    assert reviews.withdraw(mara, str(edit.id)).edit.state == "withdrawn"


def test_a_revert_is_a_new_version_and_its_own_bytes_again_are_refused(me: Actor, rules: None) -> None:
    done = accepted(me)
    _, version = versions.revert(me, done.asset.name, 1, note="back")
    assert (version.number, version.kind, version.note) == (3, "revert", "back")
    with pytest.raises(MovedOn, match="already has the bytes"):
        versions.revert(me, done.asset.name, 1)
    with pytest.raises(LoupeError, match="no version 9"):
        versions.revert(me, done.asset.name, 9)
