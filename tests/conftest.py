"""One embedded PostgreSQL for the whole run, and for each test a database of its own, cloned from a migrated one."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line sets it, before numpy loads it

import psycopg2
import pytest
from playwright.sync_api import Browser

from tests.browser import launched
from tests.clusters import open_place
from tests.houses import House, Up, Visit, visiting
from workbench import db, guidelines, operators, postgres, storage, templates
from workbench.permissions import Actor, Role
from workbench.settings import settings

#: what a developer's shell may hold and no test may reach
ELSEWHERE = (
    "PORT", "DYNO", "LOUPE_CLI_OPERATOR", "REDIS_URL", "LOUPE_S3_SOURCES", "LOUPE_S3_BUCKET", "OPENAI_API_KEY",
    "OPENAI_BASE_URL", "INFERENCE_URL", "INFERENCE_KEY", "DIFFUSION_URL", "LOUPE_IMAGE_URL", "LOUPE_IMAGE_KEY",
)  # fmt: skip
STARTER = Path(__file__).resolve().parent.parent / "workbench" / "starter"
_numbers = itertools.count()


#: files that mostly wait, for processes that are killed and for clocks: begun first, they don't keep everybody at the end
SLOW = (
    "test_model_workers.py", "test_cli.py", "test_generating.py", "test_generating_faults.py", "test_worker.py",
    "test_story_bucket.py", "test_up.py", "test_imports.py", "test_proofs.py", "test_pictures.py", "test_limits.py",
    "test_morning_browser.py", "test_lock_browser.py", "test_models_browser.py", "test_story_browser.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow files first; the rest in its order."""
    places = {name: number for number, name in enumerate(SLOW)}
    items.sort(key=lambda item: places.get(item.path.name, len(SLOW)))


def _forget() -> None:
    """Make this process read its settings anew."""
    db.forget()
    settings.cache_clear()
    storage.store.cache_clear()


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a server whose database `loupe` is migrated and stays empty, to be cloned."""
    with open_place() as home:
        yield from _serving(home)


def _serving(home: Path) -> Iterator[str]:
    url = postgres.start(home, options={"fsync": "off", "max_connections": "200"})
    before = {name: os.environ.pop(name, None) for name in ("DATABASE_URL", "LOUPE_HOME", "PORT", "DYNO")}
    os.environ["DATABASE_URL"] = url
    _forget()
    db.migrate()
    _forget()
    del os.environ["DATABASE_URL"]
    yield url
    _forget()
    os.environ.update({name: value for name, value in before.items() if value is not None})


@pytest.fixture
def house(cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own with an empty, migrated database; the settings point there. Subprocesses inherit it."""
    name = f"t{os.getpid()}_{next(_numbers)}"
    _administer(cluster, f'create database "{name}" template loupe')
    monkeypatch.setenv("DATABASE_URL", cluster.replace("/loupe?", f"/{name}?").replace("+psycopg2", ""))
    monkeypatch.setenv("LOUPE_HOME", str(tmp_path / "home"))
    for variable in ELSEWHERE:
        monkeypatch.delenv(variable, raising=False)
    _forget()
    yield tmp_path
    _forget()
    _administer(cluster, f'drop database "{name}" with (force)')


def _administer(cluster: str, statement: str) -> None:
    address = cluster.replace("+psycopg2", "").replace("/loupe?", "/postgres?")
    connection = psycopg2.connect(address)
    connection.autocommit = True
    try:
        connection.cursor().execute(statement)
    finally:
        connection.close()


@pytest.fixture
def me(house: Path) -> Actor:
    """The local person with all roles, calling from the command line."""
    return operators.local_actor("cli")


@pytest.fixture
def person(me: Actor) -> Callable[[str, Role], Actor]:
    """person("mara", "designer") adds somebody and gives their Actor."""

    def add(name: str, role: Role) -> Actor:
        operators.add(me, f"{name}@aster.example", role, name=name.title())
        return operators.actor(f"{name}@aster.example", "cli")

    return add


@pytest.fixture
def rules(me: Actor) -> None:
    """The starter guideline (with tiny stand-ins for its marks) and templates, approved."""
    from tests.scenes import mark_png

    font = (STARTER.parent / "ui" / "static" / "Inter.woff2").read_bytes()
    files = {"Inter.woff2": font, **{f"{name}.png": mark_png(colour) for name, colour in (
        ("logo-blue", "#2747B8"), ("logo-white", "#FFFFFF"), ("badge-new", "#B5532F"))}}  # fmt: skip
    row = guidelines.propose(me, (STARTER / "guideline.toml").read_text("utf-8"), files)
    guidelines.approve(me, row.revision)
    for path in sorted((STARTER / "templates").glob("*.toml")):
        templates.approve(me, templates.propose(me, path.read_text("utf-8")).name)


# ---- a whole Loupe in a browser: a module that drives one gives a `house` of its own, with its settings ----


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def running(house: House) -> Iterator[Up]:
    with house.up() as up:
        yield up


@pytest.fixture
def visit(running: Up, chromium: Browser) -> Iterator[Visit]:
    """One person's browser on the running house."""
    with visiting(chromium, running) as visit:
        yield visit
