"""A whole Loupe of its own for a test: a fresh home, `up` as a real process, and a browser that notes every complaint."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg2
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests import clusters
from tests.serving import ROOT, UNSET, free_port
from workbench import postgres

#: ms for what a quiet machine does within a few seconds
PATIENCE = 40_000
#: Streamlit asks below a page's own path first and gets a 404, on every page
KNOWN = re.compile(r"/_stcore/(host-config|health)$")


@dataclass
class Up:
    """A running `up`."""

    process: "subprocess.Popen[bytes]"
    address: str
    #: where its stdout and stderr go
    out: Path
    err: Path
    #: where its web and its worker write
    logs: Path

    @property
    def port(self) -> int:
        return int(self.address.rsplit(":", 1)[1])

    def child(self, name: str) -> psutil.Process:
        """Its `web` or `worker`, waited for while it is being started again."""
        word = {"web": "streamlit", "worker": "worker"}[name]
        found: list[psutil.Process] = []

        def there() -> bool:
            children = psutil.Process(self.process.pid).children()
            found[:] = [one for one in children if one.status() != psutil.STATUS_ZOMBIE and word in one.cmdline()]
            return bool(found)

        until(there, 30, f"there is no {name}")
        return found[0]

    def family(self) -> list[psutil.Process]:
        """Itself and everything it started."""
        process = psutil.Process(self.process.pid)
        return [process, *process.children(recursive=True)]


@dataclass
class House:
    """A home folder and the command line over it; nothing of it is in this process."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in (*UNSET, "LOUPE_CLI_OPERATOR")}
        return {**kept, "PYTHONUNBUFFERED": "1", "LOUPE_HOME": str(self.home), **self.settings, **more}

    def run(self, *words: object) -> "subprocess.CompletedProcess[str]":
        """`python -m workbench WORDS`, however it ends."""
        command = [sys.executable, "-m", "workbench", *map(str, words)]
        return subprocess.run(command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, timeout=120)

    def loupe(self, *words: object) -> Any:
        """The document of a call that must succeed."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def up(self, port: int | None = None, **environment: str) -> Iterator[Up]:
        """`up` until the block ends; enters once it said where it is."""
        running = self.starting(port, **environment)
        try:
            until(lambda: running.out.read_text() or running.process.poll() is not None, 120, "no word from `up`")
            assert running.process.poll() is None, running.err.read_text()
            yield running
        finally:
            stop(running.process)

    def starting(self, port: int | None = None, **environment: str) -> Up:
        """`up`, just started."""
        port = port or free_port()
        out, err = self.home.with_name(f"up-{port}.out"), self.home.with_name(f"up-{port}.err")
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "workbench", "up", "--port", str(port)],
                cwd=ROOT, env=self.environment(**environment), stdout=stdout, stderr=stderr,
            )  # fmt: skip
        return Up(process, f"http://localhost:{port}", out, err, self.home / "logs")

    def ask(self, statement: str) -> Any:
        """The first value that the database answers."""
        connection = psycopg2.connect(self._database())
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return (cursor.fetchone() or (None,))[0]
        finally:
            connection.close()

    def _database(self) -> str:
        url = postgres.status(self.home).url
        assert url, "the database does not run"
        return str(url).replace("+psycopg2", "")


@contextmanager
def open_house(**settings: str) -> Iterator[House]:
    """A fresh home in a folder that every account may pass; its database is stopped afterwards."""
    with clusters.open_place() as folder:
        yield House(folder / "home", settings)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """SIGTERM, and SIGKILL for it and its children when it does not leave."""
    children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        for each in (*children, process):
            each.kill()
        process.wait()


def until(what: Callable[[], object], seconds: float, message: str) -> None:
    """Wait until `what` holds."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, message
        time.sleep(0.1)


# ---- the browser ----


@dataclass
class Visit:
    """One person's browser on one Loupe, and everything it complained of or asked elsewhere."""

    context: BrowserContext
    address: str
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """A fresh tab."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{self.address}/{path}")
        settled(page)
        return page

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not KNOWN.search(message.location["url"]):
            self.complaints.append(f"{message.text} {message.location['url']}")

    def note(self, request: Request) -> None:
        if not request.url.startswith((self.address, self.address.replace("http", "ws", 1), "blob:", "data:")):
            self.elsewhere.append(request.url)


@contextmanager
def visiting(browser: Browser, running: Up, **options: Any) -> Iterator[Visit]:
    """A browser profile of its own; at the end its console must have stayed clean, and nothing left the origin."""
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "accept_downloads": True, **options})
    visit = Visit(context, running.address)
    context.on("console", visit.hear)
    context.on("weberror", lambda error: visit.complaints.append(str(error.error)))
    context.on("request", visit.note)
    yield visit
    context.close()
    said = (running.logs / "web.log").read_text(errors="replace")[-3000:]
    assert not visit.complaints, f"{visit.complaints}\nThe web's log ends with:\n{said}"
    assert not visit.elsewhere, visit.elsewhere


def settled(page: Page) -> None:
    """Wait until the page's script has ended."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=PATIENCE)


def seen(locator: Locator) -> Locator:
    """The same, once it can be seen."""
    expect(locator.first).to_be_visible(timeout=PATIENCE)
    return locator


def press(page: Page, name: str) -> None:
    """Press the button of exactly that name, once it can be pressed."""
    button = page.get_by_role("button", name=name, exact=True)
    expect(button).to_be_enabled(timeout=PATIENCE)
    button.click()


def viewer(page: Page) -> Locator:
    """The viewer, once all its pictures are decoded."""
    found = page.locator(".viewer[data-ready='1']")
    found.wait_for(timeout=PATIENCE)
    return found
