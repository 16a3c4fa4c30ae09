"""Finds and starts the browser that tests drive: the system's Chromium or Chrome, else Playwright's own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def executable() -> str | None:
    """The system's Chromium or Chrome; None when there is none and Playwright's own has to do."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return found or next((path for path in _PLACES if Path(path).exists()), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless browser with a fresh profile; without one the test fails with a sentence, it is never skipped."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=executable(), args=["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]
            )
        except Error as error:
            raise AssertionError(
                "These tests drive a real browser and found none: install Chromium or Chrome, "
                "or run `playwright install chromium`."
            ) from error
        yield browser
        browser.close()
