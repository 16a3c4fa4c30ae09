"""Outputs made elsewhere: locked, measured, locked anew from what is stored, or used as they came and marked for ever."""

import hashlib
import io
import json
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image

from tests.conftest import STARTER
from tests.outputs import BOX, VALUES, output, outside, pixels, still, still_png
from tests.scenes import encoded
from workbench import audit, db, edits, proofs, reviews, sources, storage, templates, versions
from workbench.edits import pipeline
from workbench.errors import InvalidInput, MovedOn, NotAllowed, RejectedImage
from workbench.models import Candidate, Edit
from workbench.permissions import Actor

WISH_STRAY = output(stray=True)
WISH = edits.Wish("label-recolour", VALUES, engine="external", region=BOX, output=output())


def brought(actor: Actor, name: str = "Still", **changes: object) -> Edit:
    """An imported edit, run; the picture is added where it isn't there."""
    with db.transaction() as tx:
        there = tx.scalar(sa.text("select count(*) from assets where name = :name"), {"name": name})
    if not there:
        sources.add(actor, still_png(), name=name, origin="test")
    edit = edits.propose(actor, name, replace(WISH, **changes))
    return run(edit)


def run(edit: Edit) -> Edit:
    pipeline.run_now(edit.id)
    return shown(edit).edit


def shown(edit: Edit) -> edits.Shown:
    with db.transaction() as tx:
        return edits.show(tx, str(edit.id))


def first(edit: Edit) -> Candidate:
    found = shown(edit)
    assert found.candidates, found.edit.failure
    return found.candidates[0][0]


def image(sha256: str | None) -> np.ndarray:
    return pixels(storage.store().get(sha256 or ""))


def alpha(sha256: str | None) -> np.ndarray:
    """The alpha of a map."""
    with Image.open(io.BytesIO(storage.store().get(sha256 or ""))) as opened:
        return np.asarray(opened.convert("RGBA"))[..., 3]


def test_a_drifted_output_is_locked_to_the_original_and_passes(me: Actor, rules: None) -> None:
    made = first(brought(me, made_with="Brush 3"))
    before, after = still(), image(made.sha256)
    differs = (before != after).any(axis=2)
    assert not outside(differs).any()
    assert np.array_equal(differs, alpha(made.mask_sha256) > 0)
    assert (made.verdict, made.unsure, made.report["outside_changed"]) == ("pass", [], 0), made.report["reasons"]
    assert (made.report["lock"], made.report["registration"]) == ("local", "good")
    assert made.report["drift_px"] > 0.5 and made.report["drift_delta_e"] > 0.5
    assert (made.report["profile_kept"], made.report["format_kept"]) == (True, "PNG")
    # the disc is as blue as the model painted it, with the model's warmth taken out
    assert np.abs(after[130, 190].astype(int) - still("#2747B8")[130, 190]).max() <= 12
    assert "Made in another tool, with Brush 3." in made.notes


def test_raw_and_locked_are_kept_with_their_maps(me: Actor, rules: None) -> None:
    made = first(brought(me))
    store = storage.store()
    assert store.get(made.raw_sha256 or "") == WISH.output
    for sha256 in (made.mask_sha256, made.found_sha256, made.heat_sha256):
        assert alpha(sha256).any()
        with db.transaction() as tx:
            assert (
                tx.scalar(sa.text("select media_type from blobs where sha256 = :sha"), {"sha": sha256}) == "image/png"
            )


def test_what_the_model_painted_elsewhere_is_thrown_away_and_counted(me: Actor, rules: None) -> None:
    made = first(brought(me, output=output(stray=True)))
    assert not outside((still() != image(made.sha256)).any(axis=2)).any()
    assert made.report["outside_changed"] == 0
    assert 4000 < made.report["stray_changed"] < 12_000  # the patch has 4,800 px, and what is found has a rim
    found = Image.fromarray(alpha(made.found_sha256)).resize((640, 480))
    assert np.asarray(found)[440, 540] > 0


def test_an_output_in_which_nothing_changed_fails_with_what_to_do_and_can_be_locked_anew(
    me: Actor, rules: None
) -> None:
    edit = brought(me, output=output("#B5532F"))
    assert edit.state == "failed"
    assert "Mark the region" in (edit.failure or "") and "untouched" in (edit.failure or "")
    again = run(edits.relock(me, str(edit.id), lock={"whole_frame": True}))
    assert again.state == "ready", again.failure
    assert first(again).report["lock"] == "whole frame"


def test_an_output_of_another_picture_fails_with_what_to_do(me: Actor, rules: None) -> None:
    strange = np.random.default_rng(5).integers(0, 255, (300, 400, 3), np.uint8)
    edit = brought(me, template="colour-swap", region=None, output=encoded(strange))
    assert edit.state == "failed"
    assert (edit.failure or "").startswith("The original is untouched. The output could not be laid over the original.")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"output": b"no picture at all, but long enough to be one"}, "can't be taken"),
        ({"output": output()[:4000]}, "can't be taken"),
        ({"output": None}, "comes with its file"),
        ({"template": "web-size", "values": {}, "region": None}, "Templates that do: .*label-recolour"),
        ({"engine": "exact"}, "only for the engine"),
        ({"lock": {"gorw": 3}}, "Did you mean “grow”"),
        ({"lock": {"grow": 65}}, "from -64 to 64"),
        ({"region": None}, "needs a region"),
        ({"region": "600,400,90,90"}, "leaves the picture"),
        ({"values": {}}, "“source” is missing"),
        ({"made_with": "x" * 200}, "at most 120 characters"),
        ({"lock": {"raw": True, "grow": 3}}, "no setting “raw”"),
    ],
)
def test_a_bad_import_gets_a_sentence_and_leaves_nothing_behind(
    me: Actor, rules: None, changes: dict[str, object], words: str
) -> None:
    sources.add(me, still_png(), name="Still", origin="test")
    kept = set(storage.store().all())
    with pytest.raises((InvalidInput, RejectedImage), match=words):
        brought(me, **changes)
    assert set(storage.store().all()) == kept
    with db.transaction() as tx:
        assert edits.rows(tx) == ([], None)


def test_an_exact_edit_has_no_lock(me: Actor, rules: None) -> None:
    with pytest.raises(InvalidInput, match="leave the lock's settings out"):
        brought(me, engine=None, output=None, lock={"grow": 2})


def test_the_recipe_names_output_tool_and_lock_and_the_templates_lock_is_the_default(me: Actor, rules: None) -> None:
    text = (STARTER / "templates" / "label-recolour.toml").read_text("utf-8")
    templates.approve(me, templates.propose(me, text + "\n[lock]\ngrow = 4\nfeather = 2\n").name)
    edit = brought(me, made_with="Brush 3", lock={"feather": None, "match_colour": False})
    recipe = json.loads(edit.recipe)
    assert recipe["lock"] == {"grow": 4, "match_colour": False}
    assert recipe["parameters"] == {"output": hashlib.sha256(output()).hexdigest(), "made_with": "Brush 3"}
    assert (recipe["engine_version"], edit.engine) == ("1.0", "external")
    assert edit.summary.endswith("made elsewhere")
    # a newer template doesn't change what was asked for
    templates.approve(me, templates.propose(me, text + "\n[lock]\ngrow = 9\n").name)
    assert json.loads(edits.rerun(me, str(edit.id)).recipe)["lock"] == recipe["lock"]


def test_a_relock_is_a_new_edit_of_the_same_output_with_no_call_to_any_model(me: Actor, rules: None, person) -> None:  # type: ignore[no-untyped-def]
    old = brought(me)
    mara = person("mara", "designer")
    smaller = "24,24,150,300"
    edit = edits.relock(mara, str(old.id)[:8], region=smaller, lock={"feather": 0})
    assert (edit.rerun_of, edit.author_id, edit.engine) == (old.id, mara.id, "external")
    assert (edit.base_version_id, edit.base_sha256) == (old.base_version_id, old.base_sha256)
    made, former = first(run(edit)), first(old)
    assert made.raw_sha256 == former.raw_sha256
    assert not (still() != image(made.sha256)).any(axis=2)[:, 174:].any()
    assert (still() != image(former.sha256)).any(axis=2)[:, 174:].any()
    recipe = json.loads(edit.recipe)
    assert (recipe["region"], recipe["lock"]) == ({"box": [24, 24, 150, 300]}, {"feather": 0})


def test_what_a_relock_is_not_given_stays_as_it_was(me: Actor, rules: None) -> None:
    guarded = np.zeros((480, 640, 3), np.uint8)
    guarded[100:140] = 255
    old = brought(me, lock={"grow": 2, "match_colour": False}, protect=encoded(guarded), made_with="Brush 3")
    same = edits.relock(me, str(old.id))
    assert (same.state, same.reused_from, same.recipe_sha256) == ("ready", old.id, old.recipe_sha256)
    bare = json.loads(edits.relock(me, str(old.id), lock={}, protected=None).recipe)
    former = json.loads(old.recipe)
    assert (bare["lock"], bare["protect"]) == ({}, None)
    assert bare["region"] == former["region"] and bare["parameters"] == former["parameters"]
    assert edits.lock_settings(old)["grow"] == 2 and edits.lock_settings(old)["align"] is True


@pytest.mark.parametrize("state", ["ready", "submitted", "rejected", "withdrawn", "cancelled", "accepted"])
def test_an_output_can_be_locked_anew_whatever_became_of_its_edit(me: Actor, rules: None, state: str) -> None:
    old = brought(me)
    if state == "cancelled":
        edits.cancel(me, str(old.id))
    elif state != "ready":
        reviews.submit(me, str(old.id))
    decide = {"rejected": lambda: reviews.reject(me, str(old.id), reason="No"), "accepted": lambda: reviews.accept(me, str(old.id)),
              "withdrawn": lambda: reviews.withdraw(me, str(old.id))}  # fmt: skip
    decide.get(state, lambda: None)()
    assert shown(old).edit.state == state
    edit = edits.relock(me, str(old.id), lock={"grow": 1})
    assert (edit.state, edit.base_sha256) == ("queued", old.base_sha256)


def test_what_was_never_made_cannot_be_locked_anew(me: Actor, rules: None) -> None:
    sources.add(me, still_png(), name="Still", origin="test")
    exact = run(edits.propose(me, "Still", edits.Wish("label-recolour", VALUES, region=BOX)))
    for deed in (
        lambda: edits.relock(me, str(exact.id)),
        lambda: edits.relock_preview(me, str(exact.id)),
        lambda: edits.use_raw(me, str(exact.id), reason="Because"),
    ):
        with pytest.raises(InvalidInput, match="no raw output"):
            deed()
    waiting = edits.propose(me, "Still", WISH)
    with pytest.raises(MovedOn, match="still at work"):
        edits.relock(me, str(waiting.id))
    with pytest.raises(InvalidInput, match="no candidate 2"):
        edits.relock(me, str(run(waiting).id), candidate=2)


def test_a_preview_of_the_lock_shows_what_a_run_gives_and_writes_nothing(me: Actor, rules: None) -> None:
    edit = brought(me, output=output(stray=True))
    with db.transaction() as tx:
        before = tx.scalar(sa.text("select count(*) from edits")), tx.scalar(sa.text("select count(*) from events"))
    seen = edits.relock_preview(me, str(edit.id))
    made = first(edit)
    assert seen.image.shape == (480, 640, 3) and seen.mask.shape == (480, 640)
    assert np.count_nonzero(seen.mask ^ (alpha(made.mask_sha256) > 0)) < 0.02 * seen.mask.sum()
    assert seen.share == seen.mask.mean() and seen.registration == "good"
    assert abs(seen.drift_px - made.report["drift_px"]) < 0.3
    assert 0.5 < seen.stray / made.report["stray_changed"] < 2
    smaller = edits.relock_preview(me, str(edit.id), region="24,24,150,300", lock={"grow": -2})
    assert not smaller.mask[:, 174:].any() and 0 < smaller.share < seen.share
    with db.transaction() as tx:
        after = tx.scalar(sa.text("select count(*) from edits")), tx.scalar(sa.text("select count(*) from events"))
    assert after == before


def test_an_output_is_previewed_before_it_is_brought(me: Actor, rules: None) -> None:
    sources.add(me, still_png(), name="Still", origin="test")
    seen = edits.preview(me, "Still", WISH)
    assert not outside(seen.mask).any() and 0.05 < seen.share < 0.25
    with db.transaction() as tx:
        assert edits.rows(tx) == ([], None)


def test_a_raw_output_takes_a_lead_a_reason_and_stays_marked(me: Actor, rules: None, person) -> None:  # type: ignore[no-untyped-def]
    mara, ines = person("mara", "designer"), person("ines", "lead")
    old = brought(mara, output=output(stray=True))
    with pytest.raises(NotAllowed, match="Ask a lead"):
        edits.use_raw(mara, str(old.id), reason="Because I can")
    with pytest.raises(NotAllowed, match="Ask a lead"):
        brought(mara, lock={"raw": True}, reason="Because I can")
    with pytest.raises(InvalidInput, match="Say why"):
        edits.use_raw(ines, str(old.id), reason=" \n ")
    edit = run(edits.use_raw(ines, str(old.id), reason=" The paper is crisper "))
    assert (edit.state, edit.raw, edit.reason, edit.rerun_of) == ("ready", True, "The paper is crisper", old.id)
    assert (old.raw, old.reason) == (False, "")
    made = first(edit)
    assert np.array_equal(image(made.sha256), pixels(WISH_STRAY))
    assert (made.verdict, made.report["lock"]) == ("fail", "raw")
    assert any("used as it came" in reason for reason in made.report["reasons"])
    assert edit.summary.endswith(", raw output")
    with db.transaction() as tx:
        event = next(one for one in audit.trail(tx, asset=edit.asset_id) if one.verb == "edit:use_raw")
    assert (event.operator, event.subject) == (ines.email, str(edit.id))
    assert event.detail["reason"] == "The paper is crisper"


def test_a_version_made_from_a_raw_output_can_be_told_for_ever(me: Actor, rules: None, person) -> None:  # type: ignore[no-untyped-def]
    ines, jon = person("ines", "lead"), person("jon", "designer")
    edit = run(edits.use_raw(ines, str(brought(jon).id), reason="The paper is crisper"))
    reviews.submit(ines, str(edit.id))
    done = reviews.accept(me, str(edit.id))
    assert done.version and done.version.provenance["raw"] == {"reason": "The paper is crisper"}
    versions.revert(me, "Still", 1)
    versions.revert(me, "Still", 2)
    with db.transaction() as tx:
        entries = versions.history(tx, versions.find_asset(tx, "Still"))
    told = {one.version.number: (one.raw.reason, one.raw.by.email) if one.raw else None for one in entries}
    mark = ("The paper is crisper", "ines@aster.example")
    assert told == {1: None, 2: mark, 3: None, 4: mark}


def test_a_raw_edit_is_run_or_applied_again_only_by_a_lead_and_keeps_its_reason(me: Actor, rules: None, person) -> None:  # type: ignore[no-untyped-def]
    mara, ines = person("mara", "designer"), person("ines", "lead")
    edit = run(edits.use_raw(ines, str(brought(mara).id), reason="The paper is crisper"))
    with pytest.raises(NotAllowed):
        edits.rerun(mara, str(edit.id))
    again = edits.rerun(ines, str(edit.id))
    assert (again.raw, again.reason) == (True, "The paper is crisper")
    reviews.submit(ines, str(edit.id))
    reviews.accept(me, str(edit.id))
    sources.add(me, still_png(seed=2), name="Twin", origin="test")
    with pytest.raises(NotAllowed):
        edits.reapply(mara, "Still", 2, "Twin")
    applied = edits.reapply(ines, "Still", 2, "Twin")
    assert (applied.kind, applied.raw, applied.reason) == ("reapply", True, "The paper is crisper")
    # locking it anew takes no right and carries no mark
    locked = edits.relock(mara, str(edit.id))
    assert (locked.raw, locked.reason, json.loads(locked.recipe)["lock"]) == (False, "", {})


def test_a_template_that_only_takes_outputs_cannot_be_proven(me: Actor, rules: None) -> None:
    text = (STARTER / "templates" / "add-prop.toml").read_text("utf-8")
    templates.propose(me, text.replace('["openai", "external"]', '["external"]').replace('default = "openai"', ""))
    sources.add(me, still_png(), name="Still", origin="test")
    proof = proofs.start(me, "add-prop", values={"prop": "a linen cloth"}, region="10,10,90,90")
    proofs.prepare(proof.id, spell=600)
    with db.transaction() as tx:
        assert "comes with its file" in (proofs.show(tx, str(proof.id)).items[0].refusal or "")


def test_the_subject_of_a_new_background_keeps_every_pixel_inside_its_outline(me: Actor, rules: None) -> None:
    """The region is the product, so everything but it may change."""
    before = still()
    y, x = np.mgrid[0:480, 0:640]
    off = np.hypot(x - 168, y - 168) - 120  # px from the disc's outline
    after = np.where(off[..., None] < 0, before, np.array([79, 122, 99], np.uint8))
    sources.add(me, encoded(before), name="Still", origin="test")
    wish = edits.Wish(
        "replace-background", {"ground": "Moss"}, engine="external", region="28,28,280,280", output=encoded(after)
    )
    made = image(first(run(edits.propose(me, "Still", wish))).sha256)
    assert np.array_equal(made[off < -6], before[off < -6])
    assert np.abs(made[off > 8].astype(int) - [79, 122, 99]).max() <= 12
