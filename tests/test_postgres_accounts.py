"""The embedded database runs as somebody who may, and root opens nothing that was closed."""

import os
import pwd
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clusters import (
    as_user,
    ask,
    clear,
    finished,
    modes,
    needs_root,
    open_place,
    postmaster,
    start,
    starting,
)
from workbench import errors, postgres
from workbench.postgres import places


@pytest.fixture
def place() -> Iterator[Path]:
    with open_place() as folder:
        yield folder


@pytest.fixture
def home(place: Path) -> Path:
    return place / "home"


@needs_root
def test_root_runs_it_as_a_service_account_and_changes_nobody_elses_rights(place: Path) -> None:
    home = place / "closed" / "homes" / "loupe"
    home.parent.mkdir(parents=True)
    (place / "closed").chmod(0o751)
    home.parent.chmod(0o711)
    parents, accounts = modes(*home.parents), Path("/etc/passwd").read_bytes()
    url = start(home)
    assert (modes(*home.parents), Path("/etc/passwd").read_bytes()) == (parents, accounts)
    assert postmaster(home).username() in places.SERVICE_ACCOUNTS
    assert postmaster(home).gids().real != 0
    assert postgres.status(home).account == postmaster(home).username()
    assert ask(url, "select 1") == 1


@needs_root
def test_root_runs_it_as_nobody_where_there_is_no_account_postgres(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = pwd.getpwnam
    monkeypatch.setattr(pwd, "getpwnam", lambda name: {"nobody": known("nobody")}[name])
    start(home)
    assert postmaster(home).username() == "nobody"


@needs_root
def test_root_and_the_owner_of_the_home_share_one_database(home: Path) -> None:
    home.mkdir(mode=0o700)
    os.chown(home, pwd.getpwnam("nobody").pw_uid, -1)
    url = as_user("nobody", lambda: start(home))
    assert start(home) == url
    assert postgres.stop(home)
    assert start(home) == url
    assert postmaster(home).username() == "nobody"
    assert as_user("nobody", lambda: (start(home), ask(url, "select 1"), postgres.stop(home))) == (url, 1, True)
    assert modes(home)[home][0] == 0o40700


@needs_root
def test_an_ordinary_user_is_not_disturbed_by_what_root_started_elsewhere(place: Path) -> None:
    start(place / "roots")
    mine = place / "mine"
    mine.mkdir()
    os.chown(mine, pwd.getpwnam("nobody").pw_uid, -1)
    assert as_user("nobody", lambda: ask(start(mine), "select 1")) == 1
    with pytest.raises(errors.Unavailable, match="belongs to"):
        as_user("nobody", lambda: start(place / "roots"))
    with pytest.raises(errors.DatabaseFault, match="can't be kept in"):
        as_user("nobody", lambda: start(place / "new"))


@needs_root
def test_a_home_that_the_account_cannot_reach_gets_its_database_elsewhere(place: Path) -> None:
    home = place / "private" / "loupe"
    home.parent.mkdir(mode=0o700)
    before = modes(*home.parents)
    umask = os.umask(0o077)
    try:
        url = start(home)
    finally:
        os.umask(umask)
    about = postgres.status(home)
    assert about.data.is_relative_to("/var/lib/loupe")
    assert (about.running, about.url) == (True, url)
    assert start(home) == url
    for folder in (home, home.parent):  # opened later, the database stays where it is
        folder.chmod(0o755)
    assert start(home) == url
    home.parent.chmod(0o700)
    assert modes(*home.parents) == before
    clear(home)


@needs_root
def test_a_database_that_was_closed_off_is_never_replaced_by_an_empty_one(place: Path) -> None:
    home = place / "open" / "loupe"
    url = start(home)
    postgres.stop(home)
    home.parent.chmod(0o700)
    with pytest.raises(errors.Unavailable, match="Nothing is lost"):
        start(home)
    home.parent.chmod(0o755)
    assert start(home) == url


@needs_root
def test_programs_that_the_account_cannot_reach_run_from_a_copy(place: Path) -> None:
    home, site = place / "loupe", place / "clone" / "site-packages"
    installed = postgres.binaries().parents[1]
    site.mkdir(parents=True)
    shutil.copytree(installed / "pginstall18", site / installed.name / "pginstall18", copy_function=os.link)
    shutil.copytree(installed.with_name(f"{installed.name}.libs"), site / f"{installed.name}.libs")
    (site / installed.name / "__init__.py").write_text("raise RuntimeError('never imported')")
    (place / "clone").chmod(0o700)
    url = finished(starting(home, python_path=str(site)))
    assert ask(url, "select 1") == 1
    program = Path(postmaster(home).exe())
    assert program.is_relative_to("/var/lib/loupe")
    assert program.parents[2].with_name(f"{installed.name}.libs").is_dir() or program.parents[3].is_dir()
    assert (home / "pg18").exists()
    assert modes(place / "clone")[place / "clone"][0] == 0o40700
    clear(home)
