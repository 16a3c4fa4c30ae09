"""The Edit page with an image model: chosen, priced, run against the emulator, and every way it can end."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from tests import flows
from tests.emulator import Emulator
from tests.pages import asked, buttons, checked, opened, press, said
from workbench import db, edits, reviews, storage
from workbench.imaging.canvas import Canvas, plan
from workbench.models import Blob, Edit, ModelCall, Partial, Spend
from workbench.permissions import Actor
from workbench.settings import settings
from workbench.ui import makers, sides
from workbench.ui.edit import arriving, sending

pytestmark = pytest.mark.usefixtures("rules")
TEMPLATE = "add-prop"
REGION = "90,60,120,100"
FORM = {"template": TEMPLATE, "engine": "openai", "region": REGION, "v.prop": "a linen cloth"}
MODELS = "gpt-image-2.5-sunburst,gpt-image-1.5"


@pytest.fixture
def emulator(me: Actor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """The emulator as this Loupe's image model."""
    with Emulator() as server:
        using(monkeypatch, OPENAI_BASE_URL=server.url, OPENAI_API_KEY="emulator")
        yield server
        settings.cache_clear()


def using(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """Set these, and let the process read its settings anew."""
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()


def paid(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """A model with a price; nothing is ever sent there."""
    server = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "sk-not-a-key"}
    using(monkeypatch, **{**server, "LOUPE_IMAGE_PROFILE": "openai", **values})


def groups(page: AppTest) -> dict[str, object]:
    """The segmented controls by their labels."""
    return {one.label: one for one in page.get("button_group")}


def folded(page: AppTest) -> list[str]:
    """The names of what is folded."""
    return [one.label for one in page.expander]


def everything() -> list[Edit]:
    with db.transaction() as tx:
        return [row.edit for row in edits.rows(tx)[0]]


def run(me: Actor, **wish: object) -> Edit:
    """A prop by the model, as it ended."""
    values = {"prop": "a linen cloth"}
    edit = flows.ready(me, **{"template": TEMPLATE, "engine": "openai", "region": REGION, "values": values, **wish})
    return shown(edit.id).edit


def shown(edit_id: object) -> edits.Shown:
    with db.transaction() as tx:
        return edits.show(tx, str(edit_id))


# ---- the choice ----


def test_without_an_image_model_it_is_still_there_to_be_read_about(me: Actor) -> None:
    flows.added(me)
    page = opened("edit", template=TEMPLATE, region=REGION)
    engine = groups(page)["Engine"]
    assert (engine.options, engine.value) == (["An image model", "Made in another tool"], "external")  # type: ignore[attr-defined]
    assert "No image model is set up here yet" in said(page) and "OPENAI_API_KEY" in said(page)
    page = checked(engine.set_value("openai").run())  # type: ignore[attr-defined]
    assert "Not set up" in said(page)
    assert buttons(page)["Run edit"].disabled and buttons(page)["Show what is sent"].disabled


def test_a_broken_address_of_the_model_is_said_and_everything_else_still_works(
    me: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    using(monkeypatch, LOUPE_IMAGE_URL="ftp://nowhere", LOUPE_IMAGE_KEY="k")
    flows.added(me)
    page = opened("edit", template=TEMPLATE, region=REGION, engine="openai")
    assert "LOUPE_IMAGE_URL" in said(page) and buttons(page)["Run edit"].disabled
    assert not buttons(opened("edit", template="colour-swap"))["Run edit"].disabled


def test_the_emulator_is_never_taken_for_a_model(me: Actor, emulator: Emulator) -> None:
    edit = run(me)
    page = opened("edit", edit=str(edit.id))
    assert said(page).count(makers.EMULATOR) >= 3  # in the form, beside the button, in the facts
    assert emulator.ledger[0].pictures == 1


def test_what_is_chosen_goes_into_the_recipe_and_comes_back_with_the_edit(
    me: Actor, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    using(monkeypatch, LOUPE_IMAGE_MODELS=MODELS)
    flows.added(me)
    page = opened("edit", **FORM, model="gpt-image-1.5", quality="low", pictures="3", guide="none")
    assert "GPT Image 1.5 · low quality" in folded(page)
    press(page, "Run edit")
    (edit,) = everything()
    recipe = json.loads(edit.recipe)
    assert (recipe["model"], edit.wanted) == ("gpt-image-1.5", 3)
    assert (recipe["parameters"]["quality"], recipe["parameters"]["guide"]) == ("low", "none")
    page = opened("edit", edit=str(edit.id))
    assert "GPT Image 1.5 · low quality" in folded(page)
    assert groups(page)["Candidates"].value == "3"  # type: ignore[attr-defined]


def test_only_what_the_model_takes_can_be_chosen(
    me: Actor, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    using(monkeypatch, LOUPE_IMAGE_MODELS=MODELS)
    flows.added(me)
    takes = groups(opened("edit", **FORM))["Shown the place by"].options  # type: ignore[attr-defined]
    assert takes == ["Mask", "Outline", "Words"]
    page = opened("edit", **FORM, model="gpt-image-1.5", guide="markup", quality="xhigh", pictures="400")
    assert groups(page)["Shown the place by"].options == ["Mask", "Words"]  # type: ignore[attr-defined]
    assert "GPT Image 1.5 · high quality · by a mask" in folded(page)
    assert groups(page)["Candidates"].value == "4"  # type: ignore[attr-defined]


# ---- money, before anything runs ----


def test_price_and_budget_stand_beside_the_button(me: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    paid(monkeypatch)
    flows.added(me)
    one, two = (bar(opened("edit", **FORM, quality="low", pictures=number)) for number in "12")
    assert "about $" in one and "for 1 picture ·" in one and "$20.00 left today" in one
    assert "for 2 pictures" in two and one.split("about ")[1][:6] != two.split("about ")[1][:6]


def bar(page: AppTest) -> str:
    """The line at the foot."""
    return next(str(one.proto.body) for one in page.get("html") if 'class="lp-foot"' in str(one.proto.body))


def test_what_the_budget_refuses_is_said_before_anything_runs(me: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    paid(monkeypatch, LOUPE_BUDGET_PERSON_DAY="0.01")
    flows.added(me)
    page = opened("edit", **FORM, quality="high")
    assert "Over the budget" in said(page) and "you have $0.01 left today" in said(page)
    assert buttons(page)["Run edit"].disabled
    assert not everything()


def test_a_price_that_nobody_knows_is_said_to_be_unknown(me: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    paid(monkeypatch, LOUPE_IMAGE_PROFILE="generic", LOUPE_IMAGE_MODELS="our-own-model")
    flows.added(me)
    assert "price not known" in bar(opened("edit", **FORM))


# ---- on its way ----


def test_a_card_waits_for_every_picture_and_shows_its_previews(me: Actor, emulator: Emulator) -> None:
    values = {"prop": "a linen cloth"}
    edit = flows.proposed(me, template=TEMPLATE, engine="openai", region=REGION, values=values, candidates=2)
    assert edits.start(edit.id)
    with db.transaction() as tx:
        sha256 = storage.store().put(b"preview")
        tx.add(Blob(sha256=sha256, size=7, media_type="image/webp"))
        tx.flush()
        tx.add(Partial(edit_id=edit.id, index=2, number=0, sha256=sha256))
        previews = edits.partials(tx, edit.id)
    first, second = arriving.cards(shown(edit.id).edit, previews)
    assert (first["img"], first["sub"]) == (None, "being drawn")
    assert (second["img"], second["sub"]) == (f"/blob/{sha256}", "preview 1")
    page = opened("edit", edit=str(edit.id))
    assert "The edit was cancelled" in said(press(page, "Cancel edit"))


def test_what_a_cancel_costs_is_said_only_while_it_costs_something() -> None:
    def call(state: str, **sent: object) -> ModelCall:
        return ModelCall(
            edit_id=uuid.uuid4(), attempt=1, number=1, account="a", model="m", images=1, state=state, sent=sent
        )

    assert arriving.cancelling([]) == arriving.cancelling([call("failed")]) == ""
    assert arriving.cancelling([call("failed"), call("sent")]) == arriving.BILLED
    assert arriving.cancelling([call("failed"), call("answered")]) == arriving.PAID
    assert arriving.cancelling([call("sent", emulated=True)]) == ""


def test_elapsed_time_reads_as_a_clock() -> None:
    now = datetime.now(UTC)
    said = [arriving.elapsed(now - timedelta(seconds=seconds), now) for seconds in (-3, 7, 760, 3723)]
    assert said == ["0:00", "0:07", "12:40", "1:02:03"]


# ---- how it ended ----


def test_a_finished_edit_says_which_model_at_what_cost_by_which_request(me: Actor, emulator: Emulator) -> None:
    edit = run(me, candidates=2)
    assert edit.state == "ready" and len(shown(edit.id).candidates) == 2
    page = opened("edit", edit=str(edit.id))
    facts = said(page)
    with db.transaction() as tx:
        (call,) = edits.calls(tx, edit.id)
    assert "GPT Image 2.5 Sunburst" in facts and str(call.request_id) in facts
    assert "Run again" in buttons(page)
    again = shown(asked(press(page, "Run again"), "edit")).edit
    assert (again.rerun_of, again.recipe_sha256, again.state) == (edit.id, edit.recipe_sha256, "queued")


def test_who_decides_and_who_looks_back_read_the_same(me: Actor, emulator: Emulator) -> None:
    edit = run(me)
    reviews.submit(me, str(edit.id))
    page = said(opened("review", acting="lead"))
    assert "GPT Image 2.5 Sunburst" in page and makers.EMULATOR in page
    reviews.accept(me, str(edit.id))
    page = said(opened("history", asset=str(edit.asset_id)))
    assert "GPT Image 2.5 Sunburst" in page and makers.EMULATOR in page and "req_" in page


@pytest.mark.parametrize(("spend", "usage", "words"), [
    ({"state": "settled", "spent": 171_000}, {"output_tokens": 4160}, "$0.18, by the provider’s own count"),
    ({"state": "settled", "spent": 171_000}, None, "$0.18, estimated"),
    ({"state": "maybe", "spent": 171_000}, None, "up to $0.18, may have been billed"),
    ({"state": "released", "spent": 0}, None, ""),
    ({"state": "reserved", "reserved": 31_000}, None, "about $0.0310, set aside"),
    ({"state": "settled", "spent": None, "reserved": None}, None, "not known"),
])  # fmt: skip
def test_the_cost_says_how_it_is_known(spend: dict[str, object], usage: dict[str, int] | None, words: str) -> None:
    ids = {"edit_id": uuid.uuid4(), "operator_id": uuid.uuid4(), "template": "t", "model": "m"}
    call = ModelCall(edit_id=ids["edit_id"], attempt=1, number=1, account="a", model="m", images=1, usage=usage)
    assert makers.cost(makers.Made([call], Spend(**ids, **spend))) == words


def test_a_refusal_by_the_safety_check_is_called_so(me: Actor, emulator: Emulator) -> None:
    emulator.script("moderation")
    edit = run(me)
    assert (edit.state, edit.failure_kind, edit.failure_stage) == ("failed", "moderation", "model")
    page = opened("edit", edit=str(edit.id))
    assert "The model’s safety check refused it" in said(page) and "Choose other words or another picture" in said(page)
    assert "Submit for approval" not in buttons(page)


def test_an_edit_whose_end_nobody_knows_asks_before_it_pays_again(me: Actor, emulator: Emulator) -> None:
    values = {"prop": "a linen cloth"}
    edit = flows.proposed(me, template=TEMPLATE, engine="openai", region=REGION, values=values)
    assert edits.start(edit.id)
    with db.transaction() as tx:
        row = edits.find(tx, str(edit.id), lock=True)
        row.runner = row.heartbeat_at = None
        row.state, row.failure = "unknown", "The worker stopped while the model was at work. It may have been billed."
        tx.add(ModelCall(edit_id=edit.id, attempt=1, number=1, account="a", model="m", images=1, state="lost",
                         ended_at=datetime.now(UTC)))  # fmt: skip
    page = opened("edit", edit=str(edit.id))
    assert "Nobody knows how it ended" in said(page) and "It may have been billed" in said(page)
    left = press(page, "Leave it")
    assert asked(left, "edit") is None and asked(left, "region") == REGION
    assert len(everything()) == 1
    again = shown(asked(press(opened("edit", edit=str(edit.id)), "Run it again"), "edit")).edit
    assert (again.rerun_of, again.state) == (edit.id, "queued")


def test_pictures_of_other_models_with_the_same_values_stand_beside(
    me: Actor, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = flows.added(me).asset.id
    using(monkeypatch, LOUPE_IMAGE_MODELS=MODELS)
    wish = {"template": TEMPLATE, "engine": "openai", "region": REGION, "values": {"prop": "a linen cloth"}}
    one, two = (flows.ready(me, asset, model=model, **wish) for model in MODELS.split(","))
    with db.transaction() as tx:
        beside = edits.beside(tx, shown(two.id).edit)
    assert [edit.id for edit, _, _ in beside] == [one.id]
    page = opened("edit", edit=str(two.id))
    (against,) = (box for box in page.selectbox if box.label == "Compare with")
    assert against.options[0] == "Compared with the original, version 1" and "Emulator (today" in against.options[1]
    page = checked(against.select_index(1).run())
    assert asked(page, "against") == f"{one.id}:1"


# ---- what is sent, and where the raw output belongs ----


def test_what_is_sent_is_framed_before_anything_runs(me: Actor, emulator: Emulator) -> None:
    flows.added(me)
    page = press(opened("edit", **FORM), "Show what is sent")
    for _ in range(50):
        if "Hide what is sent" in buttons(page):
            break
        page = checked(page.run())
    assert "The model sees the" in said(page) and "on a canvas of" in said(page)
    assert emulator.log == []
    assert "Show what is sent" in buttons(press(page, "Hide what is sent"))


def test_the_frame_lies_on_the_border_of_what_is_sent() -> None:
    picture, crop = (2400, 1200), (600, 300, 1200, 600)
    frame = sending.frame(picture, crop)
    assert frame.shape == (600, 1200)
    rows, columns = frame.any(axis=1).nonzero()[0], frame.any(axis=0).nonzero()[0]
    assert (columns[0], rows[0], columns[-1], rows[-1]) == (300, 150, 899, 449)
    assert not frame[160:440, 310:890].any()
    said = sending.said(picture, crop, (1536, 1024), "mask")
    assert "the framed part, 1200 × 600 px" in said and "at 128 %" in said and "continues the picture" in said
    assert sending.said(picture, (0, 0, *picture), (2400, 1200), "none").startswith(
        "The model sees the whole picture, in its own"
    )


def test_a_raw_output_belongs_where_its_part_of_the_picture_was(me: Actor) -> None:
    sent = Canvas((2400, 1200), (600, 300, 1200, 600), (1536, 1024), (0, 128, 1536, 768))
    recipe = {
        "parameters": {"size": list(sent.size), "canvas": {"crop": list(sent.crop), "content": list(sent.content)}}
    }
    place = sides.raw_place(recipe, sent.picture)
    assert place == {"part": [0.25, 0.25, 0.5, 0.5], "content": [0, 0.125, 1, 0.75], "shape": 1.5}
    whole = plan((1536, 1024), sizes=[(1536, 1024)])
    recipe["parameters"]["canvas"] = {"crop": list(whole.crop), "content": list(whole.content)}
    assert sides.raw_place(recipe, (1536, 1024)) is None
    assert sides.raw_place({}, sent.picture) is None
