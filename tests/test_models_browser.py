"""An image model in a real browser: run, previews that arrive, the raw output at its place, submitted and accepted."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect

from tests.emulator import Emulator
from tests.houses import PATIENCE, House, Visit, open_house, press, seen, settled, viewer
from tests.test_lock_browser import added

pytestmark = pytest.mark.browser
#: a small region, so that only a part of the picture is sent
REGION = "420,120,200,160"
FORM = f"template=add-prop&v.prop=a+linen+cloth&region={REGION}"
#: how a PNG, a JPEG and a WebP begin once they are written as letters
PICTURES = ("iVBORw0KGgo", "/9j/", "UklGR")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(seconds=6.0) as server:
        yield server


@pytest.fixture(scope="module")
def house(emulator: Emulator) -> Iterator[House]:
    with open_house(OPENAI_BASE_URL=emulator.url, OPENAI_API_KEY="emulator") as made:
        yield made


def cards(page: Page, label: str) -> Locator:
    """The pictures of the strip of that name."""
    return page.get_by_role("group", name=label, exact=True).locator("button")


def test_a_model_draws_two_candidates_that_arrive_are_locked_and_accepted(
    visit: Visit, house: House, emulator: Emulator
) -> None:
    asset = added(house, "Table", 3)
    page = visit.open(f"edit?asset={asset}&{FORM}")
    pictures = listened(page)
    chooses(page)
    pictures.clear()  # what is sent is shown by a frame that lies in no store
    press(page, "Run edit")
    arrive(page)
    assert not pictures, "pictures went through the socket"
    edit = re.search(r"edit=([0-9a-f-]{36})", page.url)[1]  # type: ignore[index]
    told = house.loupe("edits", "show", edit)["candidates"]
    assert [one["report"]["outside_changed"] for one in told] == [0, 0]
    assert [(paid.pictures, paid.model) for paid in emulator.ledger] == [(2, "gpt-image-2.5-sunburst-2026-09-08")]
    looks(page)
    submits(page, house)


def listened(page: Page) -> list[str]:
    """Beginnings of pictures that come through the page's socket from now on."""
    found: list[str] = []

    def hear(frame: bytes | str) -> None:
        text = frame if isinstance(frame, str) else frame.decode("latin-1")
        found.extend(sign for sign in PICTURES if sign in text)

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", hear)

    page.on("websocket", listen)
    page.reload()
    settled(page)
    return found


def chooses(page: Page) -> None:
    """The engine, two candidates, and a look at what is sent."""
    expect(page.get_by_role("radio", name="An image model")).to_be_checked(timeout=PATIENCE)
    seen(page.get_by_text("Emulator: no model, no cost"))
    page.get_by_text("high quality · by a mask").click()
    page.get_by_role("radio", name="Outline", exact=True).click()
    page.wait_for_url(re.compile("guide=markup"))
    seen(page.get_by_text("high quality · by an outline"))
    page.get_by_role("radio", name="2", exact=True).click()  # it is still unfolded
    page.wait_for_url(re.compile("pictures=2"))
    settled(page)
    press(page, "Show what is sent")
    seen(page.get_by_text("The model sees the framed part"))
    press(page, "Hide what is sent")


def arrive(page: Page) -> None:
    """Two cards from the start, previews in both while the edit runs, then the candidates in the same places."""
    page.wait_for_url(re.compile("edit="))
    waiting = cards(page, "Candidates on their way")
    expect(waiting).to_have_count(2, timeout=PATIENCE)
    places = [waiting.nth(number).bounding_box() for number in (0, 1)]
    for number in (0, 1):
        expect(waiting.nth(number).locator("img")).to_have_attribute("src", re.compile("^/blob/"), timeout=PATIENCE)
    expect(page.get_by_role("button", name="Cancel edit")).to_be_visible()
    candidates = cards(page, "Candidates")
    expect(candidates).to_have_count(2, timeout=PATIENCE)
    for number, was in enumerate(places):
        now = candidates.nth(number).bounding_box()
        assert was and now and (abs(was["x"] - now["x"]), abs(was["y"] - now["y"])) <= (120, 2)
    viewer(page)


def looks(page: Page) -> None:
    """The other candidate, then the raw output: at the place of the part that was sent, and the locked one again."""
    cards(page, "Candidates").nth(1).click()
    page.wait_for_url(re.compile("candidate=2"))
    viewer(page)
    raw, after = page.get_by_role("button", name="Raw", exact=True), page.locator(".pictures .pane.after")
    whole = after.locator("img").bounding_box()
    raw.click()
    expect(page.locator(".tag.after")).to_contain_text("Raw output", timeout=PATIENCE)
    part = after.locator(".part").bounding_box()
    assert whole and part and part["width"] < 0.9 * whole["width"]
    assert whole["x"] <= part["x"] and part["x"] + part["width"] <= whole["x"] + whole["width"] + 1
    raw.click()
    expect(page.locator(".tag.after")).to_contain_text("candidate 2", timeout=PATIENCE)


def submits(page: Page, house: House) -> None:
    """A designer submits, a lead accepts: it is the asset's next version."""
    press(page, "Submit for approval")
    seen(page.get_by_text("Waiting for a decision"))
    page.get_by_role("radio", name="Lead").click()
    settled(page)
    page.get_by_role("link", name="Review", exact=True).click()
    viewer(page)
    press(page, "Accept")
    seen(page.get_by_text("version 2"))
    assert int(house.ask("select count(*) from versions where kind = 'edit'")) == 1
