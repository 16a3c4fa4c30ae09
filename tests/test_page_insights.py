"""The Insights page: money and outcomes as plots and numbers, failures with what to do, and the image model's test."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from tests import flows, seeded
from tests.emulator import Emulator
from tests.pages import asked, buttons, checked, in_browser, opened, press, said, statements
from tests.test_cli import Loupe
from workbench import db, insights
from workbench.cli import main
from workbench.engines.rules import Rules
from workbench.errors import InvalidInput, NotAllowed, NotYet, OverBudget
from workbench.insights import Failure
from workbench.permissions import Actor
from workbench.settings import settings
from workbench.ui.insights.advice import KINDS, advice
from workbench.ui.insights.charts import biggest
from workbench.ui.insights.ending import ENDS
from workbench.ui.words import STATES

pytestmark = pytest.mark.usefixtures("rules")
expect.set_options(timeout=30_000)
#: settings of an image model that a developer's shell may bring
FOREIGN = ("LOUPE_IMAGE_URL", "LOUPE_IMAGE_KEY", "LOUPE_IMAGE_MODELS", "LOUPE_IMAGE_PROFILE", "DIFFUSION_URL", "INFERENCE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL")  # fmt: skip


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*FOREIGN, "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An image model that is set up: the emulator."""
    with Emulator(seconds=0.0) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "emulator")
        settings.cache_clear()
        yield server
    settings.cache_clear()


def charts(page: AppTest) -> list[str]:
    """Every plot's rows and shape as text."""
    return [str(element.proto) for element in page.get("vega_lite_chart")]


def test_an_empty_page_says_what_it_is_for_and_offers_the_first_step(me: Actor) -> None:
    page = opened("insights")
    assert "Nothing happened in these days" in said(page)
    assert "No image model is set up" in said(page)
    assert "Go to Edit" in buttons(page) and "Test connection" not in buttons(page)
    assert "$20.00 of $20.00" in said(page)


def test_money_is_drawn_by_day_and_told_apart_with_what_may_be_billed_beside(me: Actor) -> None:
    seeded.edit(me, engine="openai", model="m-1", spent=250_000, ago=timedelta(days=2))
    seeded.edit(me, engine="openai", model="m-2", spent=100_000, maybe=True, template="remove-prop")
    page = opened("insights", "lead")
    words = said(page)
    assert "$0.35 in all" in words and "May be billed, or set aside" in words
    assert re.search(r"m-1</th><td class=\"lp-number\">\$0.25</td><td class=\"lp-number\">–", words)
    assert re.search(
        r"m-2</th><td class=\"lp-number\">\$0</td>|m-2</th><td class=\"lp-number\">\$0.00</td><td class=\"lp-number\">\$0.10",
        words,
    )
    assert len(charts(page)) == 2 and "strokeDash" in charts(page)[0]
    page.segmented_control(key="insights-by-model").set_value("template").run()
    assert asked(page, "by") == "template"
    assert "remove-prop</th>" in said(page)


def test_who_spent_what_is_named_to_leads(me: Actor) -> None:
    seeded.edit(me, engine="openai", model="m-1", spent=250_000)
    words = said(opened("insights", "lead", by="person"))
    assert f"{me.name}</th>" in words
    assert "Your own edits in these 30 days: $0.25" in words


def test_the_days_are_kept_in_the_address_and_nonsense_there_is_the_usual(me: Actor) -> None:
    seeded.edit(me, ago=timedelta(days=20))
    assert "<b>1 edit</b> in 30 days" in said(opened("insights", days="12345", by="moon"))
    page = opened("insights", days="7")
    assert "<b>0 edits</b> in 7 days" in said(page)
    page.segmented_control(key="insights-days-7").set_value(90).run()
    assert asked(page, "days") == "90"
    assert "<b>1 edit</b> in 90 days" in said(page)


def test_failures_say_what_to_do_and_lead_to_the_edits(me: Actor) -> None:
    for template in ("colour-swap", "remove-prop"):
        edit = seeded.edit(
            me,
            state="failed",
            failure="Slow.",
            failure_kind="timeout",
            failure_stage="model",
            model="m-1",
            template=template,
        )
    seeded.edit(me, state="failed", failure="The <b>moon</b> is in the way.")
    page = opened("insights", "lead")
    page.query_params["as"] = "lead"
    words = said(checked(page.run()))
    assert "2 ×" in words and "The model took too long" in words and "raise LOUPE_IMAGE_DEADLINE" in words
    assert "colour-swap, remove-prop · m-1 · at the image model" in words
    assert f"/edit?edit={edit}&amp;as=lead" in words
    assert "The &lt;b&gt;moon&lt;/b&gt; is in the way." in words, "a kind that nobody kept is told by its own sentence"


def test_speed_and_calls_are_told_in_numbers(me: Actor) -> None:
    edit = seeded.edit(me, engine="openai", model="m-1")
    seeded.ready(edit, after=30, seconds=12)
    seeded.call(edit, 1, state="failed", kind="rate_limit", status=429, billed="no")
    seeded.call(edit, 2, state="answered", status=200, billed="yes", seconds=11)
    words = said(opened("insights"))
    assert "18.0 s" in words and "12.0 s" in words and "95 % within" in words
    assert "50.0%" in words and "11.0 s" in words


def test_decisions_and_verdicts_are_told(me: Actor) -> None:
    flows.accepted(me)
    words = said(opened("insights"))
    assert "Accepted, of 1 decision</dt><dd>100%" in words
    assert re.search(r"Pass</dt><dd>1</dd>", words)


def test_every_state_has_its_colour_and_nothing_else_needs_one() -> None:
    states = [state for states in ENDS.values() for state in states]
    assert sorted(states) == sorted(STATES)
    assert len(ENDS) <= 5


def test_too_many_names_go_under_one() -> None:
    totals = {f"m-{number}": float(number) for number in range(9)}
    assert biggest(totals) == ["m-8", "m-7", "m-6", "m-5", "Others"]
    assert biggest({"b": 1.0, "a": 1.0}) == ["a", "b"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_to_do_in_a_sentence(kind: str) -> None:
    title, deed = KINDS[kind]
    assert deed.endswith(".") and not title.endswith(".") and "exception" not in (title + deed).lower()


def test_every_fault_of_a_model_has_its_advice() -> None:
    from workbench.errors import ModelFault

    text = (Path(__file__).resolve().parent.parent / "workbench/errors.py").read_text("utf-8")
    assert ModelFault.kind == "model"
    faults = re.findall(r"#: (moderation, .*?)\n\s+#: (.*?)\n", text)[0]
    named = {word.strip() for word in " ".join(faults).split(",") if word.strip()}
    assert {"moderation", "timeout", "dropped"} <= named <= KINDS.keys()


def test_what_nobody_knows_is_told_by_its_own_sentence() -> None:
    one = Failure("unknown", "", "", "openai", "t", "", 1, None, (), "It may have been billed.")  # type: ignore[arg-type]
    assert advice(one) == ("Nobody knows how it ended", "It may have been billed.")


def test_many_edits_take_as_many_statements_as_few(me: Actor) -> None:
    def sent() -> int:
        with statements() as noted:
            opened("insights")
        return len(noted)

    seeded.many(me, edits=3, calls=3, days=3)
    few = sent()
    seeded.many(me, edits=60, calls=60, days=20)
    assert sent() == few


# ---- the image model ----


def test_the_model_is_told_with_its_limits_prices_and_sources_and_never_its_key(me: Actor, model: Emulator) -> None:
    words = said(opened("insights", "lead"))
    for part in ("127.0.0.1", "Emulator", "of 5 pictures", "a million tokens", "Prices of", "Rules of"):
        assert part in words, part
    assert "OPENAI_API_KEY" not in words


def test_testing_the_connection_asks_for_the_models_and_costs_nothing(me: Actor, model: Emulator) -> None:
    page = press(opened("insights", "lead"), "Test connection")
    assert "The server answers" in said(page)
    assert not model.ledger


def test_a_server_that_is_gone_is_told_in_words(me: Actor, model: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    settings.cache_clear()
    words = said(press(opened("insights", "lead"), "Test connection"))
    assert "It does not work" in words and "lp-fail" in words


def test_settings_that_cannot_be_right_leave_the_rest_of_the_page(me: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_IMAGE_URL", "ftp://models.example")
    settings.cache_clear()
    words = said(opened("insights"))
    assert "Not set up rightly" in words and "LOUPE_IMAGE_URL" in words and "Left today" in words


#: what the dialog holds, as a page of its own: without a browser, a dialog closes at the next run
DIALOG = """
from workbench import db, insights
from workbench.ui import who
from workbench.ui.insights import model
with db.transaction() as tx:
    found = insights.model(tx)
model.body(who.actor(), found)
"""


def test_a_small_edit_is_tried_only_after_its_price_was_agreed_to(me: Actor, model: Emulator) -> None:
    words = said(press(opened("insights", "lead"), "Try a small edit"))
    price = re.search(r"It costs about (\$\d+\.\d+)", words)
    assert price is not None and not model.ledger
    page = checked(AppTest.from_string(DIALOG, default_timeout=60).run())
    page = press(page, f"Try it for {price[1]}")
    assert [paid.pictures for paid in model.ledger] == [1]
    works, title, sentence, _ = page.session_state["model-found"]
    assert (works, title) == (True, "A small edit works") and "1024 × 1024 px" in sentence
    with db.transaction() as tx:
        told = tx.execute(sa.text("select subject, detail from events where verb = 'model:try'")).one()
    assert told.detail == {"host": "127.0.0.1", "works": True}
    assert "a small picture came" in said(opened("audit"))


def test_a_small_edit_takes_its_turn(me: Actor, model: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_IMAGE_LIMIT", "1")
    settings.cache_clear()
    assert insights.trial(me).works
    with pytest.raises(NotYet, match="Try again in"):
        insights.trial(me)
    assert len(model.ledger) == 1
    with db.transaction() as tx:
        found = insights.model(tx)
    assert found is not None and (found.limit.used, found.limit.most, found.limit.waiting) == (1, 1, 0)


@pytest.mark.parametrize("name", ["LOUPE_BUDGET_DAY", "LOUPE_BUDGET_PERSON_DAY"])
def test_a_small_edit_costs_nothing_that_the_budget_has_no_room_for(
    me: Actor, model: Emulator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "0")
    settings.cache_clear()
    with pytest.raises(OverBudget, match="no room for a small edit"):
        insights.trial(me)
    assert not model.log


#: the panel and the choices as somebody sees them who is a designer and nothing else
PANEL = """
from workbench.permissions import Actor
from workbench.ui import who
from workbench.ui.insights import board as boards, model, spending
me = who.actor()
board = boards.read(Actor(me.id, me.email, me.name, frozenset({"designer"}), "web"))
spending.show(board)
model.show(board)
"""


def test_a_designer_sees_that_a_model_is_set_up_and_no_persons_spend(me: Actor, model: Emulator) -> None:
    seeded.edit(me, engine="openai", model="m-1", spent=250_000)
    test = AppTest.from_string(PANEL, default_timeout=60)
    test.query_params["by"] = "person"
    page = checked(test.run())
    assert "An image model is set up" in said(page) and "127.0.0.1" not in said(page)
    assert "Test connection" not in buttons(page)
    assert me.name not in said(page) and "m-1</th>" in said(page)
    assert [option.content for option in page.segmented_control(key="insights-by-model").proto.options] == [
        "Model",
        "Template",
    ]


def test_only_leads_and_admins_test(me: Actor, model: Emulator) -> None:
    designer = Actor(me.id, me.email, me.name, frozenset({"designer"}), "web")
    for deed in (insights.probe, insights.trial):
        with pytest.raises(NotAllowed, match="can't test the image model"):
            deed(designer)
    assert not model.log


def test_without_a_model_there_is_nothing_to_test(me: Actor) -> None:
    with pytest.raises(InvalidInput, match="No image model is set up"):
        insights.probe(me)


# ---- doctor ----


def part(found: object, name: str) -> tuple[str, str]:
    check = next(one for one in found["checks"] if one["part"] == name)  # type: ignore[index]
    return check["state"], check["words"]


def test_doctor_tells_whether_the_model_is_there(me: Actor, capsys: pytest.CaptureFixture[str]) -> None:
    state, words = part(Loupe(capsys)("doctor"), "model")
    assert state == "good" and "none is set up" in words


def test_doctor_asks_a_model_for_free_and_for_an_edit_only_when_told(
    model: Emulator, me: Actor, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Loupe(capsys)("doctor")
    state, words = part(found, "model")
    assert state == "warning" and "emulator" in words and not model.ledger
    state, words = part(Loupe(capsys)("doctor", "--edit"), "small edit")
    assert state == "good" and len(model.ledger) == 1, words


def test_doctor_names_a_model_that_cannot_be_reached(
    me: Actor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOUPE_IMAGE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("LOUPE_IMAGE_KEY", "sk-very-secret")
    monkeypatch.setenv("LOUPE_IMAGE_MODELS", "m-1")
    settings.cache_clear()
    assert main(["doctor", "--json"]) == 1
    out = capsys.readouterr().out
    state, words = part(json.loads(out), "model")
    assert state == "broken" and "127.0.0.1" in words and "sk-very-secret" not in out


def test_doctor_says_where_metrics_go(
    me: Actor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "metrics" not in {one["part"] for one in Loupe(capsys)("doctor")["checks"]}
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://someone:secret@collector.example:4318")
    assert part(Loupe(capsys)("doctor"), "metrics") == ("good", "pushed to collector.example by the worker")


def test_the_table_of_rules_is_what_the_page_reads(model: Emulator, me: Actor) -> None:
    with db.transaction() as tx:
        found = insights.model(tx)
    assert found is not None and all(isinstance(one, Rules) for one in found.rules) and found.emulated


@pytest.mark.browser
def test_plots_are_drawn_under_the_content_policy_and_a_phone_never_scrolls_sideways(me: Actor, house: Path) -> None:
    for day in range(5):
        seeded.edit(
            me,
            engine="openai",
            model="a-model-with-a-very-long-name-" * 2,
            spent=250_000,
            ago=timedelta(days=day),
            maybe=day == 2,
        )
    seeded.edit(me, state="failed", failure="Slow.", failure_kind="timeout", failure_stage="model", model="m-1")
    with in_browser(house, width=390, height=844) as (page, address):
        page.goto(f"{address}/insights?as=lead&by=model")
        for place in (0, 1):
            expect(
                page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg.marks").nth(place)
            ).to_be_visible()
        expect(page.get_by_text("The model took too long")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
        page.get_by_role("link", name="open it").first.click()
        page.wait_for_url(re.compile(r"/edit\?edit=.*as=lead"))
