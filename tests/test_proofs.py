"""A proposed template on real pictures: what counts as passed, who is left out, and what an approval remembers."""

import itertools
import json
import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sqlalchemy as sa

from tests.conftest import STARTER
from tests.flows import VALUES, ready
from tests.pages import statements
from tests.scenes import encoded, rgb
from tests.test_worker import until, worker
from workbench import audit, db, edits, jobs, proofs, reviews, sources, templates
from workbench.edits import pipeline
from workbench.errors import LoupeError, MovedOn, NotAllowed
from workbench.models import Candidate, Edit, Proof, TemplateRevision
from workbench.permissions import Actor, Role

SWAP = (STARTER / "templates" / "colour-swap.toml").read_text("utf-8")
LABEL = (STARTER / "templates" / "label-recolour.toml").read_text("utf-8")

pytestmark = pytest.mark.usefixtures("rules")
_numbers = itertools.count(1)


def added(actor: Actor, *, main: str = "#B5532F") -> sources.Added:
    """A picture without soft edges, so that a recoloured one leaves no doubt; each call adds another."""
    number = next(_numbers)
    pixels = np.full((120, 160 + number, 3), rgb("#F6F0E4"), np.uint8)
    pixels[20:90, 20:120] = rgb(main)
    return sources.add(actor, encoded(pixels), name=f"Card {number}", origin="test", named=True)


def stricter(text: str = SWAP, ssim: float = 0.955) -> str:
    """The same template with another limit, so that it is a new revision."""
    return re.sub(r"ssim = [\d.]+", f"ssim = {ssim}", text)


def proposed(actor: Actor, text: str = "") -> TemplateRevision:
    return templates.propose(actor, text or stricter())


def run(proof: Proof) -> proofs.Shown:
    """Do what workers do with a proof, in this thread."""
    assert proofs.prepare(proof.id, spell=600)
    for item in shown(proof).items:
        if item.edit and item.edit.state == "queued":
            pipeline.run_now(item.edit.id)
    return shown(proof)


def shown(proof: Proof) -> proofs.Shown:
    with db.transaction() as tx:
        return proofs.show(tx, str(proof.id))


def queued_jobs() -> list[tuple[str, int]]:
    with db.transaction() as tx:
        query = sa.text("select task_name, priority from procrastinate_jobs order by priority desc, id")
        return [(row.task_name, row.priority) for row in tx.execute(query).all()]


def last_event(verb: str) -> dict[str, object]:
    with db.transaction() as tx:
        return next(event.detail for event in audit.trail(tx, about="template") if event.verb == verb)


def test_a_proposed_revision_runs_over_the_newest_pictures_and_the_share_that_passed_is_told(me: Actor) -> None:
    for _ in range(9):
        added(me)
    proposed(me)
    proof = proofs.start(me, "colour-swap", values=VALUES)
    assert (shown(proof).state, shown(proof).counts) == ("running", {"waiting": 8})
    done = run(proof)
    assert (done.state, done.passed, done.share) == ("finished", 8, 1.0)
    assert {item.edit.kind for item in done.items if item.edit} == {"proof"}
    assert all(item.after and item.candidate and item.candidate.verdict == "pass" for item in done.items)


def test_a_colour_that_a_picture_lacks_is_a_result_and_not_an_error(me: Actor) -> None:
    pictures = [added(me), added(me, main="#D9B23C")]
    proposed(me)
    done = run(proofs.start(me, "colour-swap", assets=[one.asset.name for one in pictures], values=VALUES))
    assert [item.outcome for item in done.items] == ["passed", "failed"]
    assert (done.state, done.share) == ("finished", 0.5)
    assert "nearest" in (done.items[1].failure or "")


def test_a_doubt_keeps_a_picture_from_passing() -> None:
    def passed(doubts: list[str] | None, verdict: str = "pass") -> bool:
        return Candidate(
            edit_id=uuid.uuid4(), index=1, sha256="a" * 64, verdict=verdict, notes=["Kept as PNG."], doubts=doubts
        ).passed

    assert passed([])
    assert not passed([], "review")
    assert not passed(["Two lines look alike."])
    assert not passed(None)  # made before doubts were told from other notes


def test_each_picture_keeps_the_region_it_was_last_given_and_the_others_are_refused_with_a_sentence(me: Actor) -> None:
    marked, bare = added(me), added(me)
    ready(me, marked.asset.id, template="label-recolour", region="10,10,130,100")
    proposed(me, stricter(LABEL))
    done = run(proofs.start(me, "label-recolour", assets=[str(marked.asset.id), str(bare.asset.id)], values=VALUES))
    assert [item.outcome for item in done.items] == ["passed", "refused"]
    assert "needs a region" in done.items[1].sentences[0]
    assert done.items[0].candidate and done.items[0].candidate.report["outside_changed"] == 0
    everywhere = run(proofs.start(me, "label-recolour", values=VALUES, region="10,10,130,100"))
    assert everywhere.share == 1.0


def test_where_people_mark_what_must_stay_the_given_place_is_protected(me: Actor) -> None:
    added(me)
    name = proposed(me, SWAP.replace('rule = "optional"', 'rule = "protected"')).name
    proof = proofs.start(me, name, values=VALUES, region={"shapes": [{"box": [0, 0, 0.5, 1]}]})
    item = run(proof).items[0]
    assert item.edit and item.candidate, item.sentences
    recipe = json.loads(item.edit.recipe)
    assert recipe["region"] is None and recipe["protect"]["shapes"] == [{"box": [0, 0, 0.5, 1]}]
    assert item.candidate.report["outside_changed"] == 0


def test_the_newest_edits_region_is_taken_not_that_of_an_earlier_proof(me: Actor) -> None:
    asset = added(me).asset
    ready(me, asset.id, template="label-recolour", region="10,10,130,100")
    proposed(me, stricter(LABEL))
    run(proofs.start(me, "label-recolour", values=VALUES, region="20,20,100,100"))
    item = run(proofs.start(me, "label-recolour", values=VALUES)).items[0]
    assert item.edit and '"box":[10,10,130,100]' in item.edit.recipe


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"values": {"target": "Nonsense"}}, "source.*Nonsense|Nonsense.*source"),
        ({"values": VALUES, "revision": 9}, "no revision 9"),
        ({"values": VALUES, "collection": "Spring"}, "no picture in the collection “Spring”"),
        ({"values": VALUES, "assets": ["nowhere"]}, "no asset “nowhere”"),
        ({"values": VALUES, "region": "1,2,3"}, "isn't a region"),
        ({"values": VALUES, "assets": ["Card 1"], "collection": "Spring"}, "not both"),
        ({"values": VALUES, "revision": 1}, "is retired"),
    ],
)
def test_a_proof_that_cannot_begin_gets_a_sentence_and_nothing_is_stored(
    me: Actor, more: dict[str, object], words: str
) -> None:
    added(me)
    templates.approve(me, proposed(me).name)
    proposed(me, stricter(ssim=0.96))
    with pytest.raises(LoupeError, match=words):
        proofs.start(me, "colour-swap", **more)  # type: ignore[arg-type]
    with db.transaction() as tx:
        assert tx.scalar(sa.text("select count(*) from proofs")) == 0


def test_only_who_may_propose_templates_may_prove_them(me: Actor, person: Callable[[str, Role], Actor]) -> None:
    added(me)
    proposed(me)
    with pytest.raises(NotAllowed, match="prove templates"):
        proofs.start(person("otto", "auditor"), "colour-swap", values=VALUES)
    proof = proofs.start(person("mara", "designer"), "colour-swap", values=VALUES)
    with pytest.raises(NotAllowed, match="or a lead"):
        proofs.cancel(person("jon", "designer"), str(proof.id))
    assert proofs.cancel(person("ines", "lead"), str(proof.id)).cancelled_at


def test_proofs_wait_behind_peoples_own_edits(me: Actor) -> None:
    asset = added(me).asset
    proposed(me)
    proof = proofs.start(me, "colour-swap", values=VALUES)
    proofs.prepare(proof.id, spell=600)
    own = edits.propose(me, str(asset.id), edits.Wish("colour-swap", {**VALUES, "target": "Moss"}))
    assert queued_jobs()[0] == (jobs.RUN_EDIT, jobs.NOW)
    assert {priority for _, priority in queued_jobs()[1:]} == {jobs.LATER}
    taken = edits.start(own.id)
    assert taken and edits.hand_back(taken[0])
    item = shown(proof).items[0]
    taken = edits.start(item.edit.id) if item.edit else None
    assert taken and edits.hand_back(taken[0])
    assert [priority for _, priority in queued_jobs()].count(jobs.NOW) == 2


def test_edits_of_a_proof_are_in_no_list_and_nothing_is_done_to_them(me: Actor) -> None:
    asset = added(me).asset
    proposed(me)
    edit = run(proofs.start(me, "colour-swap", values=VALUES)).items[0].edit
    assert edit and edit.state == "ready"
    with db.transaction() as tx:
        assert edits.rows(tx)[0] == edits.rows(tx, asset=asset.id)[0] == edits.waiting(tx) == []
        assert edits.show(tx, str(edit.id)).candidates
    for deed in (
        lambda: reviews.submit(me, str(edit.id)),
        lambda: edits.rerun(me, str(edit.id)),
        lambda: edits.cancel(me, str(edit.id)),
    ):
        with pytest.raises(NotAllowed, match="picture of a proof"):
            deed()


def test_results_measured_for_other_limits_are_judged_by_the_limits_that_are_proven(me: Actor) -> None:
    asset = added(me).asset
    first = ready(me, asset.id)
    proposed(me)
    item = run(proofs.start(me, "colour-swap", values=VALUES)).items[0]
    assert item.edit and item.candidate
    assert item.edit.reused_from == first.id
    limits = item.candidate.report["limits"]
    with db.transaction() as tx:
        assert limits != edits.show(tx, str(first.id)).candidates[0][0].report["limits"]


def test_an_approval_names_the_newest_finished_proof_and_every_result(me: Actor) -> None:
    pictures = [added(me), added(me, main="#D9B23C")]
    proposed(me)
    done = run(proofs.start(me, "colour-swap", assets=[one.asset.name for one in pictures], values=VALUES))
    unfinished = proofs.start(me, "colour-swap", values=VALUES)
    stopped = proofs.start(me, "colour-swap", values={**VALUES, "target": "Moss"})
    proofs.prepare(stopped.id, spell=600)
    proofs.cancel(me, str(stopped.id))
    row = templates.approve(me, "colour-swap")
    assert row.proof_id == done.proof.id != unfinished.id
    detail = last_event("template:approve")
    assert {name: detail[name] for name in ("proof", "pictures", "passed", "results")} == {
        "proof": str(done.proof.id),
        "pictures": 2,
        "passed": 1,
        "results": [item.candidate.sha256 for item in done.items if item.candidate],
    }
    with db.transaction() as tx:
        assert audit.verify(tx).ok


def test_an_approval_without_a_proof_says_so(me: Actor) -> None:
    assert templates.approve(me, proposed(me).name).proof_id is None
    assert last_event("template:approve")["proof"] is None


def test_a_cancelled_proof_keeps_what_is_done_and_runs_no_further(me: Actor) -> None:
    for _ in range(3):
        added(me)
    proposed(me)
    proof = proofs.start(me, "colour-swap", values=VALUES)
    assert proofs.prepare(proof.id, spell=0.0) is False
    first = shown(proof).items[0].edit
    assert first
    pipeline.run_now(first.id)
    proofs.cancel(me, str(proof.id))
    assert proofs.prepare(proof.id) is True
    done = shown(proof)
    assert (done.state, [item.outcome for item in done.items]) == ("cancelled", ["passed", "cancelled", "cancelled"])
    again = run(proofs.start(me, "colour-swap", values=VALUES))
    with pytest.raises(MovedOn, match="at its end"):
        proofs.cancel(me, str(again.proof.id))


def test_what_was_queued_while_somebody_cancelled_is_cancelled_too(me: Actor) -> None:
    added(me)
    proposed(me)
    proof = proofs.start(me, "colour-swap", values=VALUES)
    proofs.prepare(proof.id, spell=0.0)
    with db.transaction() as tx:  # as if the cancel came between the claim and the queue
        tx.execute(sa.text("update proofs set cancelled_at = now()"))
    proofs.prepare(proof.id)
    assert [item.state for item in shown(proof).items] == ["cancelled"]


def test_a_worker_that_died_while_preparing_is_followed_by_another(me: Actor) -> None:
    for _ in range(3):
        added(me)
    proposed(me)
    proof = proofs.start(me, "colour-swap", values=VALUES)
    proofs.prepare(proof.id, spell=0.0)
    with db.transaction() as tx:
        tx.execute(sa.text("delete from procrastinate_jobs where task_name = :task"), {"task": jobs.PREPARE_PROOF})
    assert proofs.sweep(stalled_after=0.0) == [proof.id]
    assert proofs.sweep(stalled_after=0.0) == []
    assert run(proof).share == 1.0


def test_a_picture_that_kills_its_worker_three_times_is_left_out(me: Actor) -> None:
    added(me)
    added(me)
    proposed(me)
    proof = proofs.start(me, "colour-swap", values=VALUES)
    with db.transaction() as tx:
        tx.execute(sa.text("update proof_pictures set attempt = 3 where place = 1"))
    done = run(proof)
    assert [item.outcome for item in done.items] == ["refused", "passed"]
    assert "stopped 3 times" in done.items[0].sentences[0]


def test_a_killed_worker_in_mid_proof_costs_no_picture(me: Actor) -> None:
    added(me)
    proposed(me)
    proof = proofs.start(me, "colour-swap", values=VALUES)
    proofs.prepare(proof.id, spell=600)
    edit = shown(proof).items[0].edit
    assert edit and edits.start(edit.id)
    assert edits.sweep(stalled_after=0.0) == [edit.id]
    assert run(proof).share == 1.0


def test_a_killed_workers_proof_is_finished_by_another_worker(me: Actor) -> None:
    names = [added(me).asset.name for _ in range(6)]
    proposed(me)
    with worker() as first:
        proof = proofs.start(me, "colour-swap", assets=names, values=VALUES)
        until(lambda: any(item.state in ("running", "ready") for item in shown(proof).items), 90, "nobody began it")
        first.kill()
        with worker():
            until(lambda: shown(proof).state == "finished", 120, "the proof stayed behind")
    done = shown(proof)
    assert done.share == 1.0
    assert max(item.edit.attempt for item in done.items if item.edit) <= 2


def test_two_proofs_at_once_do_not_meet(me: Actor) -> None:
    added(me)
    proposed(me)
    one, two = (proofs.start(me, "colour-swap", values=VALUES) for _ in range(2))
    assert run(one).share == run(two).share == 1.0
    with db.transaction() as tx:
        assert proofs.latest(tx, [one.template_revision_id])[one.template_revision_id].id == two.id


def test_two_workers_that_prepare_one_picture_make_one_edit(me: Actor) -> None:
    added(me)
    proposed(me)
    proof = proofs.start(me, "colour-swap", values=VALUES)
    with ThreadPoolExecutor(3) as threads:
        assert all(threads.map(lambda _: proofs.prepare(proof.id, spell=600), range(3)))
    with db.transaction() as tx:
        assert len(tx.execute(sa.select(Edit.id).where(Edit.proof_id == proof.id)).all()) == 1
    assert run(proof).share == 1.0


def test_a_proof_of_any_size_is_read_with_three_statements(me: Actor) -> None:
    for _ in range(4):
        added(me)
    proposed(me)
    few, many = (proofs.start(me, "colour-swap", values=VALUES, assets=names) for names in (_names(1), _names(4)))
    counts = []
    for proof in (few, many):
        run(proof)
        with statements() as sent:
            shown(proof)
        counts.append(len(sent))
    assert counts == [3, 3]


def _names(number: int) -> list[str]:
    with db.transaction() as tx:
        return [asset.name for asset in proofs.reference(tx)[:number]]


def test_that_a_jpeg_becomes_a_png_is_no_doubt(me: Actor) -> None:
    pixels = np.full((240, 320, 3), rgb("#F6F0E4"), np.uint8)
    pixels[48:200, 32:240] = rgb("#B5532F")
    sources.add(me, encoded(pixels, "JPEG", quality=100, subsampling=0), name="photo", origin="test")
    proposed(me)
    item = run(proofs.start(me, "colour-swap", values=VALUES)).items[0]
    assert item.candidate and any("JPEG" in note for note in item.candidate.notes)
    assert not any("Kept as PNG" in doubt for doubt in item.candidate.unsure)
