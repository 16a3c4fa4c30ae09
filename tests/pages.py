"""Runs one page in its frame, without a browser or in one, and reads what a person would read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import ConsoleMessage, Page
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from tests.browser import launched
from tests.serving import free_port, serving, streamlit
from workbench import db

ROOT = Path(__file__).resolve().parent.parent
FRAME, PAGES = ROOT / "workbench" / "ui" / "main.py", ROOT / "pages"


def opened(page: str, acting: str = "designer", **query: str) -> AppTest:
    """The page after its first run."""
    test = AppTest.from_file(str(FRAME), default_timeout=60)
    test.switch_page(str(PAGES / f"{page}.py"))
    test.session_state["acting"] = acting
    for name, value in query.items():
        test.query_params[name] = value
    return checked(test.run())


def checked(test: AppTest) -> AppTest:
    """The same page, when it did not break."""
    assert not test.exception, [error.stack_trace for error in test.exception]
    return test


def said(test: AppTest) -> str:
    """Everything the page says as HTML or Markdown, toasts too."""
    html = [str(element.proto.body) for element in test.get("html")]
    words = [str(element.value) for element in (*test.markdown, *test.toast, *test.caption)]
    return "\n".join([*html, *words])


def buttons(test: AppTest) -> dict[str, Button]:
    """The page's buttons by name."""
    return {button.label: button for button in test.button}


def press(test: AppTest, name: str) -> AppTest:
    """The page after pressing the button of that name."""
    return checked(buttons(test)[name].click().run())


def asked(test: AppTest, name: str) -> str | None:
    """A parameter of the page's address."""
    value = test.query_params.get(name)
    return value[0] if isinstance(value, list) else value


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collects the statements that are sent to the database."""
    sent: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        sent.append(statement)

    engine = db.engine()
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


#: Streamlit asks for these below every deep link; they are not there, and nothing depends on them
HARMLESS = ("_stcore/host-config", "_stcore/health")


@contextmanager
def in_browser(home: Path, *, width: int = 1440, height: int = 900) -> Iterator[tuple[Page, str]]:
    """A page in a browser and the address of the app on this test's database; the console must stay silent."""
    port, wrong = free_port(), []
    address = f"http://127.0.0.1:{port}"

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(path in message.location["url"] for path in HARMLESS):
            wrong.append(message.text)

    own = {name: os.environ[name] for name in ("DATABASE_URL", "LOUPE_HOME")}
    with serving(streamlit(ROOT / "app.py", port), port, home, **own), launched() as browser:
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(30_000)
        page.on("console", listen)
        yield page, address
        assert not wrong, wrong


def pressed_twice(page: Page, name: str, apart: float) -> None:
    """A double click of a slow hand: two clicks at one place, `apart` milliseconds between them."""
    box = page.get_by_role("button", name=name, exact=True).bounding_box()
    assert box is not None
    at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(*at)
    page.wait_for_timeout(apart)
    page.mouse.click(*at)


def settled(page: Page) -> None:
    """Wait until the server has nothing more to say."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
