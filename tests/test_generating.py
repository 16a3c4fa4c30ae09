"""Edits by an image model, over a real socket to the emulator: recipe, canvas, lock, candidates, money, relocking."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.conftest import STARTER
from tests.emulator import Emulator
from tests.models import PAID, PLACE, WISH, asked, calls, connected, given, pictured, run, shown, spend
from tests.outputs import BOX, pixels, still
from tests.scenes import encoded
from tests.test_cli import Loupe
from workbench import budgets, db, edits, proofs, storage, templates
from workbench.edits import pipeline
from workbench.errors import InvalidInput, OverBudget
from workbench.models import Edit
from workbench.permissions import Actor

#: where PLACE lies
X, Y, SIDE = 300, 250, 150
MODEL = "gpt-image-2.5-sunburst-2026-09-08"


@pytest.fixture
def server(me: Actor, rules: None) -> Iterator[Emulator]:
    with Emulator() as emulator, connected(emulator):
        yield emulator


@pytest.fixture
def paid(me: Actor, rules: None) -> Iterator[Emulator]:
    """A server that costs money."""
    with Emulator(key=PAID) as emulator, connected(emulator):
        yield emulator


def image(sha256: str | None) -> np.ndarray:
    return pixels(storage.store().get(sha256 or ""))


def outside(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    differs = (before != after).any(axis=2)
    differs[Y : Y + SIDE, X : X + SIDE] = False
    return differs


def test_a_drifted_output_is_locked_measured_and_kept_with_its_raw_picture(server: Emulator, me: Actor) -> None:
    done = run(asked(me))
    assert done.edit.state == "ready", done.edit.failure
    ((made, picture),) = done.candidates
    assert (picture.width, picture.height) == (640, 480)
    assert not outside(still(), image(made.sha256)).any()
    assert (still() != image(made.sha256)).any()
    assert (made.verdict, made.report["outside_changed"], made.report["registration"]) == ("pass", 0, "good")
    assert made.report["drift_px"] > 1 and made.report["drift_delta_e"] > 1
    assert any("emulator" in note for note in made.notes) and not made.unsure
    raw = image(made.raw_sha256)
    assert raw.shape[1::-1] == tuple(json.loads(done.edit.recipe)["parameters"]["size"])
    assert done.edit.summary == "Add a prop, by an image model"


def test_all_numbers_are_in_terms_of_the_whole_picture(server: Emulator, me: Actor) -> None:
    server.drift = 0.0
    done = run(asked(me))
    made = done.candidates[0][0]
    canvas = json.loads(done.edit.recipe)["parameters"]["canvas"]
    x, y, width, height = canvas["crop"]
    assert (width, height) != (640, 480)
    matrix = np.array(made.report["alignment"]["matrix"])
    # the crop's first pixel centre lies at the output's, both shrunk about their corners
    scale = canvas["content"][2] / width
    assert matrix @ (x, y, 1) == pytest.approx([scale / 2 - 0.5] * 2, abs=0.6)
    found, heat = (np.asarray(Image.open(io.BytesIO(storage.store().get(one or "")))) for one in (
        made.found_sha256, made.heat_sha256))  # fmt: skip
    assert found.shape[:2] == heat.shape[:2]
    assert found.shape[1] / found.shape[0] == pytest.approx(640 / 480, rel=0.01)


def test_the_recipe_holds_all_that_the_model_was_asked_for(server: Emulator, me: Actor) -> None:
    recipe = json.loads(asked(me, quality="low").recipe)
    assert (recipe["engine"], recipe["engine_version"], recipe["model"]) == ("openai", "1.0, lock 1.0", MODEL)
    assert recipe["operation"] is None and recipe["lock"] == {}
    parameters = recipe["parameters"]
    assert (parameters["profile"], parameters["quality"], parameters["guide"]) == ("openai", "low", "mask")
    assert not {"references", "was", "input_fidelity", "complexity"} & set(parameters)
    assert "Add a linen cloth inside the marked area" in recipe["prompt"] and "mask" in recipe["prompt"]
    x, y, width, height = parameters["canvas"]["crop"]
    assert x <= X and y <= Y and x + width >= X + SIDE and y + height >= Y + SIDE


def test_what_goes_out_is_the_canvas_and_a_flat_mask_and_nobody_is_named(server: Emulator, me: Actor) -> None:
    edit = asked(me)
    run(edit)
    sent = server.log[-1]
    size = "{}x{}".format(*json.loads(edit.recipe)["parameters"]["size"])
    assert (sent.fields["size"], sent.fields["quality"], sent.fields["model"]) == (size, "high", MODEL)
    assert "input_fidelity" not in sent.fields
    assert len(sent.fields["safety_identifier"]) == 64
    told = json.dumps([call.sent for call in calls(edit)])
    assert "linen" not in told and '"emulated": true' in told
    everything = json.dumps(sent.fields) + json.dumps(dict(sent.headers))
    assert me.email not in everything and str(me.id) not in everything and "Still" not in everything


def test_the_call_is_a_row_with_what_it_cost_and_the_money_is_settled(paid: Emulator, me: Actor) -> None:
    pictured(me)
    foreseen = edits.estimate(me, "Still", edits.Wish(**WISH, candidates=2))
    edit = asked(me, candidates=2)
    assert (spend(edit).state, spend(edit).reserved) == ("reserved", foreseen.micros)
    done = run(edit)
    (call,) = calls(edit)
    assert (call.state, call.billed, call.images, call.number, call.status) == ("answered", "yes", 2, 1, 200)
    assert call.request_id == paid.ledger[-1].request_id
    assert [one["sha256"] for one in call.outputs] == [made.raw_sha256 for made, _ in done.candidates]
    settled = spend(edit)
    assert (settled.state, settled.spent) == ("settled", call.micros)
    assert 0 < (call.micros or 0) <= (foreseen.micros or 0) and foreseen.pictures == 2
    assert len({made.sha256 for made, _ in done.candidates}) == 2


def test_the_emulator_costs_nothing_and_says_what_it_is(server: Emulator, me: Actor) -> None:
    pictured(me)
    foreseen = edits.estimate(me, "Still", edits.Wish(**WISH))
    assert foreseen.micros == 0 and "emulator" in foreseen.sentence
    choice = edits.models(me)
    assert choice and choice.emulated and choice.url_host == "127.0.0.1"
    edit = asked(me)
    run(edit)
    assert (calls(edit)[0].micros, spend(edit).spent) == (0, 0)


def test_an_estimate_writes_nothing_and_exact_edits_have_none(server: Emulator, me: Actor) -> None:
    pictured(me)
    edits.estimate(me, "Still", edits.Wish(**WISH))
    with pytest.raises(InvalidInput, match="asks none"):
        edits.estimate(me, "Still", edits.Wish("colour-swap", {"source": "#B5532F", "target": "Moss"}))
    with db.transaction() as tx:
        assert edits.rows(tx) == ([], None)
    assert server.log == []


def test_more_than_may_be_spent_is_refused_before_anything_happens(me: Actor, rules: None) -> None:
    with Emulator(key=PAID) as emulator, connected(emulator, LOUPE_BUDGET_PERSON_DAY="0.05"):
        with pytest.raises(OverBudget, match="you have"):
            asked(me)
        with pytest.raises(OverBudget, match="one edit by this template"):
            asked(me, candidates=5, quality="max")
        with db.transaction() as tx:
            assert edits.rows(tx) == ([], None)
            assert budgets.standing(tx, me.id, "add-prop").person == 50_000
        assert emulator.log == []


def test_previews_come_while_the_model_draws_and_go_when_it_is_done(server: Emulator, me: Actor) -> None:
    server.seconds = 1.2
    edit = asked(me)
    taken = edits.start(edit.id)
    assert taken is not None
    seen: dict[int, tuple[int, int]] = {}

    def tell(fraction: float, phase: str) -> None:
        with db.transaction() as tx:
            for one in edits.partials(tx, edit.id):
                seen[one.number] = Image.open(io.BytesIO(storage.store().get(one.sha256))).size

    assert pipeline.work(*taken, tell)
    assert set(seen) <= {0, 1} and seen
    _, _, width, height = json.loads(edit.recipe)["parameters"]["canvas"]["crop"]
    for across, down in seen.values():
        assert max(across, down) <= 512 and across / down == pytest.approx(width / height, rel=0.02)
    with db.transaction() as tx:
        assert edits.partials(tx, edit.id) == []


def test_fewer_pictures_than_were_asked_for_are_kept_with_a_note(server: Emulator, me: Actor) -> None:
    server.script("half_bad")
    done = run(asked(me, candidates=2))
    assert done.edit.state == "ready" and len(done.candidates) == 1
    assert any("1 picture of 2" in note for note in done.candidates[0][0].notes)


def sent_part(edit: Edit) -> bytes:
    """What the model was sent, as a PNG: an answer in which nothing changed."""
    parameters = json.loads(edit.recipe)["parameters"]
    x, y, width, height = parameters["canvas"]["crop"]
    part = Image.fromarray(still()[y : y + height, x : x + width])
    return encoded(np.asarray(part.resize(parameters["size"], Image.Resampling.BICUBIC)))


def test_one_picture_in_which_nothing_changed_does_not_cost_the_others(server: Emulator, me: Actor) -> None:
    drawn = run(asked(me)).candidates[0][0]
    edit = asked(me, candidates=2, again=True)
    taken = edits.start(edit.id)
    assert taken is not None
    given(taken[0], storage.store().get(drawn.raw_sha256 or ""), sent_part(edit))
    assert pipeline.work(*taken, lambda fraction, phase: None)
    done = shown(edit)
    assert done.edit.state == "ready" and [made.sha256 for made, _ in done.candidates] == [drawn.sha256]
    assert any("Picture 2 was left out" in note for note in done.candidates[0][0].notes)
    assert len(server.ledger) == 1


def test_an_output_without_a_change_fails_and_can_be_locked_anew(server: Emulator, me: Actor) -> None:
    edit = asked(me)
    taken = edits.start(edit.id)
    assert taken is not None
    given(taken[0], sent_part(edit))
    assert pipeline.work(*taken, lambda fraction, phase: None)
    done = shown(edit)
    assert (done.edit.state, done.edit.failure_kind, done.edit.failure_stage) == ("failed", "not_in_picture", "lock")
    assert "nothing new" in (done.edit.failure or "")
    again = run(edits.relock(me, str(edit.id), lock={"whole_frame": True}))
    assert again.edit.state == "ready", again.edit.failure
    assert len(server.log) == 0


def test_an_equal_recipe_on_equal_bytes_is_not_paid_for_again_but_again_is(server: Emulator, me: Actor) -> None:
    first = asked(me)
    run(first)
    second = asked(me)
    assert (second.state, second.reused_from) == ("ready", first.id)
    assert len(server.ledger) == 1
    more = asked(me, candidates=2)
    assert more.state == "queued", "two were asked for, and there is one"
    edits.cancel(me, str(more.id))
    third = run(asked(me, again=True))
    assert third.edit.state == "ready" and len(server.ledger) == 2
    assert edits.rerun(me, str(third.edit.id)).recipe_sha256 == first.recipe_sha256


def test_no_model_is_set_up_says_what_to_set(me: Actor, rules: None) -> None:
    assert edits.models(me) is None
    with pytest.raises(InvalidInput, match=r"needs an image model.*OPENAI_API_KEY.*Insights"):
        asked(me)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "gpt-image-9"}, "isn't set up here. There are: gpt-image"),
        ({"quality": "best"}, "It takes: low, medium"),
        ({"guide": "arrows"}, "It takes: mask, markup, none"),
        ({"complexity": "high"}, "takes no complexity"),
        ({"candidates": 6}, "Ask for 5 at a time"),
        ({"region": None}, "needs a region"),
        ({"engine": "exact"}, "doesn't allow"),
        ({"lock": {"gorw": 1}}, "Did you mean “grow”"),
    ],
)
def test_a_wish_that_no_model_fulfils_gets_a_sentence(
    server: Emulator, me: Actor, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        asked(me, **changes)
    assert server.log == []


def test_a_model_without_a_price_is_not_run_unless_somebody_names_one(me: Actor, rules: None) -> None:
    with Emulator(key=PAID, models=("house-model",)) as emulator:
        with connected(emulator, LOUPE_IMAGE_MODELS="house-model"), pytest.raises(InvalidInput, match="IMAGE_PRICE"):
            asked(me)
        with connected(emulator, LOUPE_IMAGE_MODELS="house-model", LOUPE_IMAGE_PRICE="0.07"):
            edit = asked(me)
            assert run(edit).edit.state == "ready", shown(edit).edit.failure
            assert (spend(edit).reserved, spend(edit).spent) == (70_000, 70_000)


def test_a_retired_model_is_replaced_when_its_edit_is_run_again_and_both_are_recorded(
    server: Emulator, me: Actor
) -> None:
    first = asked(me)
    with connected(server, LOUPE_IMAGE_MODELS="gpt-image-1, gpt-image-1.5"):
        old = asked(me, model="gpt-image-1")
        recipe = json.loads(old.recipe)
        assert (recipe["model"], recipe["parameters"]["was"]) == (MODEL, "gpt-image-1")
        faithful = json.loads(asked(me, model="gpt-image-1.5").recipe)["parameters"]
        assert faithful["input_fidelity"] == "high" and faithful["size"] in ([1024, 1024], [1536, 1024], [1024, 1536])
    with connected(server, LOUPE_IMAGE_MODELS="gpt-image-1.5"):
        again = json.loads(edits.rerun(me, str(first.id)).recipe)
        assert (again["model"], again["parameters"]["was"]) == ("gpt-image-1.5", MODEL)
        assert again["parameters"]["input_fidelity"] == "high"


@pytest.mark.parametrize(("guide", "part"), [("mask", "mask"), ("markup", "markup"), ("none", None)])
def test_the_region_is_shown_as_was_chosen(server: Emulator, me: Actor, guide: str, part: str | None) -> None:
    server.paints = False
    run(asked(me, guide=guide))
    assert {one.field for one in server.log[-1].files} - {"image", "image[]"} == ({part} if part else set())


def test_marks_among_the_values_go_along_as_references(server: Emulator, me: Actor) -> None:
    pictured(me)
    edit = edits.propose(me, "Still", edits.Wish("logo-swap", {"logo": "Logo white"}, engine="openai", region=PLACE))
    recipe = json.loads(edit.recipe)
    assert recipe["parameters"]["references"] == [recipe["resolved"]["logo"]]
    assert "Picture 2 is Logo white." in recipe["prompt"]
    assert edit.summary == "Logo swap: object removed, then Logo white, centre, by an image model"
    assert run(edit).edit.state == "ready"
    pictures = [one for one in server.log[-1].files if one.field.startswith("image")]
    assert len(pictures) == 2
    # a white logo on white would be seen by nobody
    reference = np.asarray(Image.open(io.BytesIO(pictures[1].data or b"")))
    assert reference.shape[2] == 3 and reference[0, 0].tolist() == [128, 128, 128] and reference.max() == 255


def test_what_must_stay_is_the_mask_and_the_whole_picture_is_sent(server: Emulator, me: Actor) -> None:
    pictured(me)
    face = "60,60,150,150"
    done = run(edits.propose(me, "Still", edits.Wish("portrait-retouch", {}, protected=face)))
    parameters = json.loads(done.edit.recipe)["parameters"]
    assert parameters["canvas"]["crop"] == [0, 0, 640, 480] and parameters["guide"] == "mask"
    made = done.candidates[0][0]
    same = still() == image(made.sha256)
    assert same[60:210, 60:210].all()
    mask = next(one for one in server.log[-1].files if one.field == "mask")
    alpha = np.asarray(Image.open(io.BytesIO(mask.data or b"")))[..., 3]
    scale = alpha.shape[1] / 640
    assert alpha[int(130 * scale), int(130 * scale)] == 255 and alpha[2, 2] == 0


def test_a_product_that_stays_is_cut_out_of_the_mask(server: Emulator, me: Actor) -> None:
    pictured(me)
    wish = edits.Wish("replace-background", {"ground": "Sage"}, engine="openai", region="30,30,280,280")
    done = run(edits.propose(me, "Still", wish))
    assert done.edit.state == "ready", done.edit.failure
    assert json.loads(done.edit.recipe)["parameters"]["canvas"]["crop"] == [0, 0, 640, 480]
    assert (still() == image(done.candidates[0][0].sha256))[140:200, 140:200].all()


def test_a_picture_of_other_proportions_is_taken_with_a_doubt(server: Emulator, me: Actor) -> None:
    server.script("wrong_aspect")
    done = run(asked(me))
    assert done.edit.state == "ready", done.edit.failure
    assert any("other proportions" in one for one in done.candidates[0][0].unsure)


def test_candidates_of_exact_edits_and_of_models_stand_beside_each_other(server: Emulator, me: Actor) -> None:
    pictured(me)
    text = (STARTER / "templates" / "colour-swap.toml").read_text("utf-8")
    both = text.replace('["exact", "external"]', '["exact", "openai"]')
    templates.approve(me, templates.propose(me, both).name)
    wish = edits.Wish("colour-swap", {"source": "#B5532F", "target": "Moss"}, region=BOX)
    exact = run(edits.propose(me, "Still", wish))
    drawn = run(edits.propose(me, "Still", replace(wish, engine="openai", candidates=2)))
    again = run(edits.propose(me, "Still", replace(wish, engine="openai", quality="low")))
    other = run(edits.propose(me, "Still", replace(wish, values={"source": "#B5532F", "target": "Sage"})))
    there = run(edits.propose(me, "Still", replace(wish, region=None)))
    assert {one.edit.state for one in (exact, drawn, again, other, there)} == {"ready"}
    with db.transaction() as tx:
        found = edits.beside(tx, exact.edit)
        mine = edits.beside(tx, again.edit)
    drawn_twice = [made.sha256 for made, _ in again.candidates] == [drawn.candidates[0][0].sha256]
    assert [(edit.id, made.index) for edit, made, _ in found] == [
        (again.edit.id, 1), (drawn.edit.id, 1), (drawn.edit.id, 2)
    ]  # fmt: skip
    # what looks the same to the last bit is shown once
    rest = [(drawn.edit.id, 1), (drawn.edit.id, 2), (exact.edit.id, 1)]
    assert [(edit.id, made.index) for edit, made, _ in mine] == rest[drawn_twice:]


def test_what_a_model_drew_is_locked_anew_from_what_is_stored(server: Emulator, me: Actor) -> None:
    old = run(asked(me))
    smaller = f"{X},{Y},{SIDE // 2},{SIDE}"
    seen = edits.relock_preview(me, str(old.edit.id), region=smaller)
    edit = edits.relock(me, str(old.edit.id), region=smaller, lock={"feather": 0})
    done = run(edit)
    assert len(server.log) == 1, "no model was asked"
    recipe, former = json.loads(edit.recipe), json.loads(old.edit.recipe)
    assert recipe["parameters"] == {**former["parameters"], "output": old.candidates[0][0].raw_sha256}
    assert (recipe["model"], recipe["prompt"]) == (former["model"], former["prompt"])
    made = done.candidates[0][0]
    changed = (still() != image(made.sha256)).any(axis=2)
    assert changed.any() and not changed[:, X + SIDE // 2 :].any()
    assert made.report["outside_changed"] == 0 and made.report["border_share"] > 0, (
        "the prop is cut in two, and it says so"
    )
    preview = np.asarray(seen.mask)
    assert preview.shape == (480, 640)
    assert np.count_nonzero(preview ^ changed) < 0.1 * changed.sum()
    assert abs(seen.drift_px - made.report["drift_px"]) < 0.5
    assert calls(edit) == []
    # beyond what the model has seen nothing changes, and that is said
    wider = run(edits.relock(me, str(old.edit.id), region="0,0,640,480"))
    assert any("beyond what the model has seen" in one for one in wider.candidates[0][0].unsure)
    with pytest.raises(InvalidInput, match="has not seen"):
        edits.relock_preview(me, str(old.edit.id), region="0,0,60,60")


def test_a_raw_output_of_a_part_stands_in_its_place_and_the_report_says_what_it_did(
    server: Emulator, me: Actor
) -> None:
    old = run(asked(me))
    done = run(edits.use_raw(me, str(old.edit.id), reason="The cloth looks crisper"))
    made, picture = done.candidates[0]
    assert (picture.width, picture.height) == (640, 480)
    x, y, width, height = json.loads(old.edit.recipe)["parameters"]["canvas"]["crop"]
    differs = (still() != image(made.sha256)).any(axis=2)
    assert differs[y : y + height, x : x + width].mean() > 0.5
    differs[y : y + height, x : x + width] = False
    assert not differs.any()
    assert (made.verdict, made.report["lock"]) == ("fail", "raw") and made.report["outside_changed"] > 1000
    assert len(server.log) == 1


def test_a_rerun_of_a_locked_anew_edit_asks_the_model_again(server: Emulator, me: Actor) -> None:
    locked = edits.relock(me, str(run(asked(me)).edit.id), lock={"grow": 2})
    run(locked)
    again = edits.rerun(me, str(locked.id))
    assert "output" not in json.loads(again.recipe)["parameters"] and json.loads(again.recipe)["lock"] == {"grow": 2}
    assert run(again).edit.state == "ready" and len(server.ledger) == 2


def test_new_copy_by_a_model_is_read_back(server: Emulator, me: Actor) -> None:
    pictured(me)
    wish = edits.Wish("copy-update", {"old": "Slow", "new": "Quick"}, engine="openai", region=PLACE)
    done = run(edits.propose(me, "Still", wish))
    assert done.edit.state == "ready", done.edit.failure
    assert done.candidates[0][0].report["expected_copy"] == "Quick"


def test_a_proof_of_a_generative_template_is_paid_from_the_budget(paid: Emulator, me: Actor) -> None:
    pictured(me)
    text = (STARTER / "templates" / "add-prop.toml").read_text("utf-8").replace("wooden spoon", "steel spoon")
    row = templates.propose(me, text)
    proof = proofs.start(me, row.name, revision=row.revision, values={"prop": "a linen cloth"}, region=PLACE)
    assert proofs.prepare(proof.id)
    with db.transaction() as tx:
        (item,) = proofs.show(tx, str(proof.id)).items
    assert item.edit and spend(item.edit).reserved
    with connected(paid, LOUPE_BUDGET_DAY="0.01"):
        second = proofs.start(me, row.name, revision=row.revision, values={"prop": "a linen cloth"}, region=PLACE)
        assert proofs.prepare(second.id)
    with db.transaction() as tx:
        (item,) = proofs.show(tx, str(second.id)).items
    assert item.edit is None and "left today" in (item.refusal or "")


def test_a_model_with_few_sizes_gets_a_padded_canvas_that_comes_back_without_its_padding(
    server: Emulator, me: Actor
) -> None:
    pictured(me)
    with connected(server, LOUPE_IMAGE_MODELS="gpt-image-1.5"):
        done = run(edits.propose(me, "Still", edits.Wish("portrait-retouch", {}, protected="9,9,50,50", guide="none")))
        parameters = json.loads(done.edit.recipe)["parameters"]
        left, top, width, height = parameters["canvas"]["content"]
        assert (width, height) != tuple(parameters["size"]) and (left or top)
        made = done.candidates[0][0]
        assert made.report["registration"] == "good", made.report["reasons"]
        matrix = np.array(made.report["alignment"]["matrix"])
        assert matrix[0, 0] == pytest.approx(width / 640, rel=0.03) and abs(matrix[0, 2]) < 20
        raw = run(edits.use_raw(me, str(done.edit.id), reason="As it came"))
        picture = raw.candidates[0][1]
        assert (picture.width, picture.height) == (width, height), "of what shows all of the picture, its own size"
        seen = edits.relock_preview(me, str(done.edit.id))
        assert seen.registration == "good" and abs(seen.drift_px - made.report["drift_px"]) < 0.5


def test_the_command_line_chooses_model_quality_and_guide_and_waits(
    server: Emulator, me: Actor, capsys: pytest.CaptureFixture[str]
) -> None:
    pictured(me)
    loupe = Loupe(capsys)
    words = ("--template", "add-prop", "--set", "prop=a linen cloth", "--region", PLACE, "--wait")
    edit = loupe("edits", "propose", "Still", *words, "--model", MODEL, "--quality", "low", "--guide", "markup")
    assert (edit["state"], edit["engine"], edit["model"], len(edit["candidates"])) == ("ready", "openai", MODEL, 1)
    assert edit["recipe"]["parameters"]["guide"] == "markup" and server.log[-1].fields["quality"] == "low"
    server.script("moderation stage=output")
    assert "safety system" in loupe("edits", "propose", "Still", *words, "--again", code=1)["message"]
    server.script("rate_limit retry_after=600")
    late = loupe("edits", "propose", "Still", *words, "--again", "--timeout", "1", code=1)
    assert "still queued" in late["message"] and "turn at the model" in late["message"]
