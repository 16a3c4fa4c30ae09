"""Finds, installs where it can, and starts the browser that tests drive: the system's Chromium or Chrome, else Playwright's.

Run as a program it makes sure that there is one, and fails with a sentence when there can't be.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
#: the browser itself must not call home: on a closed network each call costs seconds
_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--force-color-profile=srgb", "--no-first-run", "--disable-quic"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def executable() -> str | None:
    """The system's Chromium or Chrome; None when there is none and Playwright's own has to do."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    return found or next((path for path in _PLACES if Path(path).exists()), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless browser with a fresh profile; without one the test fails with a sentence, it is never skipped."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=executable(), args=_ARGUMENTS)
        except Error as error:
            raise AssertionError(
                "These tests drive a real browser and found none: install Chromium or Chrome, "
                "or run `playwright install chromium`."
            ) from error
        yield browser
        browser.close()


def _installed() -> bool:
    if executable() is not None:
        return True
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def ensure() -> int:
    """Install a browser unless there is one: Debian's by apt-get for root, else Playwright's own."""
    if _installed():
        return 0
    print("The tests drive a real browser; installing one.", flush=True)
    if shutil.which("apt-get") and os.geteuid() == 0:
        surroundings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", *words], env=surroundings, check=False)
    if not _installed():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if _installed():
        return 0
    print("No browser could be installed. Install Chromium or Chrome, then run this again.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(ensure())
