"""What a rerun of a page costs: no picture is fetched, read or worked on again, and little goes over the socket."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocket

from tests.houses import House, Up, Visit, open_house, press, seen, settled, viewer
from tests.scenes import poster_png

pytestmark = pytest.mark.browser
#: bytes that one rerun may send over the socket
MOST = 60_000


@dataclass
class Traffic:
    """What the server sent to a page; what the browser kept from before is not counted."""

    socket: int = 0
    pictures: list[str] = field(default_factory=list)

    def hear(self, page: Page) -> None:
        page.on("websocket", self._listen)
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.responseReceived", lambda event: self._note(event["response"]))

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: self._count(payload))

    def _count(self, payload: str | bytes) -> None:
        self.socket += len(payload)

    def _note(self, response: dict[str, Any]) -> None:
        kept = response.get("fromDiskCache") or response.get("fromPrefetchCache")
        if re.search("/blob/|/media/", response["url"]) and not kept:
            self.pictures.append(response["url"])

    def forget(self) -> None:
        self.socket, self.pictures = 0, []


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as made:
        yield made


@pytest.fixture(scope="module")
def edit(house: House, running: Up, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A submitted edit of a picture of about 1 MP."""
    path = tmp_path_factory.mktemp("reruns") / "Poster.png"
    path.write_bytes(poster_png(width=1200, height=800))
    house.loupe("sources", "add", path)
    swap = ("--template", "colour-swap", "--set", "source=#B5532F", "--set", "target=Aster blue")
    made: Any = house.loupe("edits", "propose", "Poster", *swap, "--wait")
    house.loupe("edits", "submit", made["edit"])
    return str(made["edit"])


@contextmanager
def unreadable(house: House) -> Iterator[None]:
    """No stored byte can be read in the block: the folder is elsewhere, which holds for root as well."""
    store = house.home / "store"
    away = store.rename(store.with_name("away"))
    try:
        yield
    finally:
        away.rename(store)


def opened(visit: Visit, path: str, traffic: Traffic) -> tuple[Page, list[str]]:
    """The page with all its pictures there and nothing counted yet, and which pictures were fetched for it."""
    page = visit.context.new_page()
    traffic.hear(page)
    page.goto(f"{visit.address}/{path}")
    viewer(page)
    seen(page.get_by_role("region", name="Fidelity report"))
    settled(page)
    page.wait_for_load_state("networkidle")
    assert traffic.socket > 10_000
    fetched = traffic.pictures
    traffic.forget()
    return page, fetched


def act_as(page: Page, who: str) -> None:
    page.get_by_role("radiogroup", name="Acting as").get_by_text(who).click()
    # the address is written by the very run that is waited for
    page.wait_for_url(f"**as={who.lower()}*")


def surface(page: Page, mode: str) -> None:
    page.get_by_role("radiogroup", name="Surface").get_by_text(mode).click()
    page.wait_for_url(f"**v.mode={mode.lower()}*")


def rerun(page: Page, name: str) -> None:
    """Something harmless that starts the page's script anew, and its end."""
    {"edit": lambda: surface(page, "Flat"), "review": lambda: act_as(page, "Lead")}[name]()
    settled(page)


@pytest.mark.parametrize("name", ["edit", "review"])
def test_a_rerun_reads_and_sends_no_picture_again(visit: Visit, house: House, edit: str, name: str) -> None:
    traffic = Traffic()
    page, _ = opened(visit, f"{name}?edit={edit}", traffic)
    with unreadable(house):
        rerun(page, name)
        viewer(page)
        seen(page.get_by_role("region", name="Fidelity report"))
        assert page.get_by_role("alert").count() == 0
    assert traffic.pictures == []
    assert 0 < traffic.socket < MOST, f"{traffic.socket:,} bytes"


def test_a_page_that_is_only_looked_at_is_sent_nothing(visit: Visit, edit: str) -> None:
    traffic = Traffic()
    page, _ = opened(visit, f"edit?edit={edit}", traffic)
    for mode in ("Difference", "Side by side", "Swipe"):
        press(page, mode)
    press(page, "Zoom in")
    page.wait_for_timeout(2500)  # five times the interval at which a running edit is looked after
    assert (traffic.socket, traffic.pictures) == (0, [])


def test_the_quick_slider_is_made_once(visit: Visit, house: House, edit: str) -> None:
    traffic = Traffic()
    page, _ = opened(visit, f"edit?edit={edit}", traffic)
    page.get_by_text("Quick slider", exact=True).click()
    seen(page.frame_locator("iframe[alt='Quick slider: before and after'], iframe").locator("img").first)
    settled(page)
    with unreadable(house):
        traffic.forget()
        act_as(page, "Lead")
        settled(page)
        seen(page.frame_locator("iframe").locator("img").first)
        assert page.get_by_role("alert").count() == 0
    assert traffic.pictures == []
    assert 0 < traffic.socket < MOST, f"{traffic.socket:,} bytes"


def test_a_picture_is_fetched_once_for_all_pages_and_tabs(visit: Visit, edit: str) -> None:
    traffic = Traffic()
    _, first = opened(visit, f"edit?edit={edit}", traffic)
    assert len(first) >= 3, "before, after and a thumbnail at least"
    again = [opened(visit, f"{path}{edit}", traffic)[1] for path in ("review?edit=", "edit?edit=")]
    fetched = [*first, *again[0]]
    assert sorted(fetched) == sorted(set(fetched))
    assert again[1] == []
