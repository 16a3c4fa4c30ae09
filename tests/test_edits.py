"""An edit from the proposal to its candidates: values, recipe, reuse, fences, sweep, cancel."""

import json
import threading
import uuid

import numpy as np
import pytest
import sqlalchemy as sa

from tests.flows import VALUES, accepted, added, proposed, ready
from tests.scenes import encoded, poster
from workbench import audit, db, edits, sources, storage, versions
from workbench.edits import pipeline
from workbench.errors import InvalidInput, MovedOn, NotAllowed, NotFound
from workbench.imaging import intake
from workbench.models import Edit
from workbench.permissions import Actor


def shown(edit: Edit) -> edits.Shown:
    with db.transaction() as tx:
        return edits.show(tx, str(edit.id))


def state(edit: Edit) -> str:
    return shown(edit).edit.state


def jobs_of(edit: Edit) -> int:
    with db.transaction() as tx:
        query = sa.text("select count(*) from procrastinate_jobs where args ->> 'edit_id' = :id")
        return int(tx.scalar(query, {"id": str(edit.id)}) or 0)


def test_a_proposed_edit_waits_with_its_wake_up_call_in_the_same_transaction(me: Actor, rules: None) -> None:
    edit = proposed(me)
    assert edit.state == "queued"
    assert jobs_of(edit) == 1
    with pytest.raises(RuntimeError), db.transaction() as tx:
        from workbench import jobs

        jobs.wake(tx, edit.id)
        raise RuntimeError("the transaction fails")
    assert jobs_of(edit) == 1


def test_a_run_gives_a_measured_candidate_whose_rest_is_bit_identical(me: Actor, rules: None) -> None:
    edit = ready(me, region="10,10,200,200")
    done = shown(edit)
    (candidate, picture), store = done.candidates[0], storage.store()
    before, after = intake.read(store.get(edit.base_sha256)), intake.read(store.get(candidate.sha256))
    mask = intake.read(store.get(candidate.mask_sha256 or "")).array[..., 3] > 0
    differs = (before.array != after.array).any(axis=2)
    assert differs.any()
    assert np.array_equal(differs, mask)
    assert not differs[:, 210:].any() and not differs[210:].any()
    assert (done.edit.state, candidate.verdict, candidate.report["outside_changed"]) == ("ready", "pass", 0)
    assert (picture.width, picture.height, picture.format) == (before.size[0], before.size[1], "PNG")
    assert candidate.report["limits"]["outside_changed"] == 0


def test_an_equal_recipe_on_equal_bytes_is_ready_at_once_and_says_so(me: Actor, rules: None) -> None:
    asset = added(me).asset.id
    first = ready(me, asset)
    second = proposed(me, asset, values={"source": "#b5532f", "target": "#2747B8"})
    assert (second.state, second.reused_from, second.recipe_sha256) == ("ready", first.id, first.recipe_sha256)
    assert [one.sha256 for one, _ in shown(second).candidates] == [one.sha256 for one, _ in shown(first).candidates]
    assert jobs_of(second) == 0
    again = proposed(me, asset, again=True)
    assert (again.state, again.reused_from) == ("queued", None)
    other = proposed(me, asset, values={**VALUES, "target": "Moss"})
    assert other.state == "queued"


def test_failed_edits_are_never_shared(me: Actor, rules: None) -> None:
    asset = added(me).asset.id
    values = {"source": "#00FF00", "target": "Aster blue"}
    first = ready(me, asset, values=values)
    assert state(first) == "failed"
    failure = shown(first).edit.failure or ""
    assert "#00FF00" in failure and "nearest" in failure
    assert proposed(me, asset, values=values).state == "queued"


def test_the_recipe_records_the_mode_that_auto_came_to(me: Actor, rules: None) -> None:
    recipe = json.loads(proposed(me).recipe)
    assert recipe["resolved"]["mode"] == "flat"
    assert recipe["operation"]["mode"] == "flat"
    assert "mode" not in recipe["values"]


def test_every_wrong_value_is_named_before_anything_is_stored(me: Actor, rules: None) -> None:
    asset = added(me).asset.id
    with pytest.raises(InvalidInput) as caught:
        proposed(me, asset, values={"target": "#123456", "colour": "red"})
    for word in ("source", "target", "#123456", "colour", "Aster blue"):
        assert word in str(caught.value)
    with db.transaction() as tx:
        assert edits.rows(tx) == ([], None)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"template": "nonsense"}, "no template"),
        ({"engine": "openai"}, "doesn't allow"),
        ({"region": "300,200,100,100"}, "leaves the picture"),
        ({"region": "1,2,3"}, "isn't a region"),
        ({"region": "0,0,0,5"}, "empty"),
        ({"candidates": 11}, "1 to 10"),
        ({"mask": b"nothing"}, "PNG"),
        ({"template": "label-recolour"}, "needs a region"),
    ],
)
def test_a_wish_that_cannot_be_fulfilled_gets_a_sentence(
    me: Actor, rules: None, wish: dict[str, object], words: str
) -> None:
    asset = added(me).asset.id
    with pytest.raises((InvalidInput, NotFound), match=words):
        proposed(me, asset, **wish)


def test_a_mask_is_the_region_and_must_fit(me: Actor, rules: None) -> None:
    asset = added(me)
    white = np.zeros((asset.picture.height, asset.picture.width, 3), np.uint8)
    with pytest.raises(InvalidInput, match="marks nothing"):
        proposed(me, asset.asset.id, mask=encoded(white))
    with pytest.raises(InvalidInput, match="same size"):
        proposed(me, asset.asset.id, mask=encoded(white[:-1]))
    white[:60] = 255
    edit = ready(me, asset.asset.id, mask=encoded(white))
    candidate = shown(edit).candidates[0][0]
    changed = intake.read(storage.store().get(candidate.mask_sha256 or "")).array[..., 3] > 0
    assert changed.any() and not changed[60:].any()


def test_an_edit_is_started_once(me: Actor, rules: None) -> None:
    edit = proposed(me)
    taken: list[object] = []
    threads = [threading.Thread(target=lambda: taken.append(edits.start(edit.id))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one is not None for one in taken) == 1


def test_a_runner_that_lost_its_edit_can_write_nothing(me: Actor, rules: None) -> None:
    edit = proposed(me)
    old = edits.start(edit.id)
    assert old is not None
    assert edits.sweep(stalled_after=0.0) == [edit.id]
    new = edits.start(edit.id)
    assert new is not None and new[0].attempt == 2
    assert not edits.beat(old[0], 0.5, "still here")
    assert not edits.finish(old[0], [])
    assert not edits.fail(old[0], "sorry")
    assert not edits.hand_back(old[0])
    assert edits.beat(new[0], 0.5, "mine")
    assert pipeline.work(*new, lambda fraction, words: None)
    assert (state(edit), len(shown(edit).candidates)) == ("ready", 1)


def test_an_edit_whose_worker_died_three_times_is_failed(me: Actor, rules: None) -> None:
    edit = proposed(me)
    for attempt in (1, 2, 3):
        assert state(edit) == "queued"
        assert edits.start(edit.id) is not None
        assert edits.sweep(stalled_after=0.0) == [edit.id], attempt
    assert state(edit) == "failed"
    assert "3 times" in (shown(edit).edit.failure or "")


def test_a_handed_back_edit_does_not_count_as_an_attempt(me: Actor, rules: None) -> None:
    edit = proposed(me)
    for _ in range(5):
        taken = edits.start(edit.id)
        assert taken is not None and taken[0].attempt == 1
        assert edits.hand_back(taken[0])
    assert state(edit) == "queued"


def test_two_sweepers_at_once_queue_a_stalled_edit_once(me: Actor, rules: None) -> None:
    edit = proposed(me)
    edits.start(edit.id)
    before = jobs_of(edit)
    results: list[list[uuid.UUID]] = []
    threads = [threading.Thread(target=lambda: results.append(edits.sweep(stalled_after=0.0))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one for one in results if one] == [[edit.id]]
    assert jobs_of(edit) == before + 1


def test_the_sweeper_leaves_a_living_worker_alone(me: Actor, rules: None) -> None:
    edit = proposed(me)
    edits.start(edit.id)
    assert edits.sweep(stalled_after=30.0) == []
    assert state(edit) == "running"


def test_a_lost_wake_up_call_is_renewed(me: Actor, rules: None) -> None:
    edit = proposed(me)
    with db.transaction() as tx:
        tx.execute(sa.text("delete from procrastinate_jobs"))
    assert edits.sweep(stalled_after=0.0) == [edit.id]
    assert jobs_of(edit) == 1
    assert edits.sweep(stalled_after=0.0) == []


def test_a_cancelled_edit_is_never_run_and_only_its_author_cancels(me: Actor, rules: None, person) -> None:  # type: ignore[no-untyped-def]
    edit = proposed(me)
    with pytest.raises(NotAllowed):
        edits.cancel(person("mara", "designer"), str(edit.id))
    assert edits.cancel(me, str(edit.id)).state == "cancelled"
    assert edits.start(edit.id) is None
    running = proposed(me)
    taken = edits.start(running.id)
    assert taken is not None
    edits.cancel(me, str(running.id))
    assert not edits.finish(taken[0], [])
    with pytest.raises(MovedOn):
        edits.cancel(me, str(accepted(me).edit.id))


def test_a_rerun_has_the_same_values_and_is_run_anew(me: Actor, rules: None) -> None:
    first = ready(me, region="10,10,200,200")
    second = edits.rerun(me, str(first.id))
    assert (second.state, second.rerun_of, second.recipe_sha256) == ("queued", first.id, first.recipe_sha256)


def test_a_change_is_reapplied_on_another_asset(me: Actor, rules: None) -> None:
    done = accepted(me)
    other = added(me)
    edit = edits.reapply(me, done.asset.name, 2, other.asset.name)
    assert (edit.kind, edit.asset_id, edit.reapplied_from) == (
        "reapply",
        other.asset.id,
        done.version.id if done.version else None,
    )
    with pytest.raises(InvalidInput, match="not made by an edit"):
        edits.reapply(me, done.asset.name, 1, other.asset.name)


def test_a_jpeg_becomes_a_png_that_says_why_and_keeps_its_profile(me: Actor, rules: None) -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(poster(), "JPEG", quality=92, icc_profile=profile)
    asset = sources.add(me, data, name="photo", origin="test").asset
    done = shown(ready(me, asset.id))
    (candidate, picture) = done.candidates[0]
    assert picture.format == "PNG"
    assert any("JPEG" in note for note in candidate.notes)
    assert intake.read(storage.store().get(candidate.sha256)).icc == profile


def test_an_output_used_as_it_came_is_measured_and_its_stray_change_fails(me: Actor, rules: None) -> None:
    asset = added(me)
    pixels = versions.read(storage.store().get(asset.version.sha256)).array.copy()
    pixels[20:60, 20:60] = (39, 71, 184)
    pixels[200:210, 300:310] += 1
    wish = {"template": "label-recolour", "engine": "external", "region": "10,10,150,150", "output": encoded(pixels),
            "lock": {"raw": True}, "reason": "As it came"}  # fmt: skip
    done = shown(ready(me, asset.asset.id, **wish))
    (candidate, _) = done.candidates[0]
    assert (candidate.verdict, candidate.report["outside_changed"]) == ("fail", 100)


def test_the_recipe_of_a_ready_edit_stands_in_the_ledger(me: Actor, rules: None) -> None:
    edit = ready(me)
    with db.transaction() as tx:
        verbs = [event.verb for event in audit.trail(tx, asset=edit.asset_id)]
    assert verbs == ["edit:ready", "edit:propose", "asset:add"]
