"""The embedded database starts, stops, says where it is, and is backed up and brought back."""

import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy

from tests.clusters import ask, fill, open_place, start
from workbench import errors, postgres


@pytest.fixture
def place() -> Iterator[Path]:
    with open_place() as folder:
        yield folder


@pytest.fixture
def home(place: Path) -> Path:
    return fill(place / "home")


def test_a_start_gives_an_address_that_works_and_a_second_one_the_same(place: Path) -> None:
    home = place / "home"
    url = start(home)
    assert url.startswith("postgresql+psycopg2://postgres@/loupe?")
    assert ask(url, "select lower('ÄÖ') || current_database()") == "äöloupe"
    assert start(home) == url


def test_another_name_makes_another_database_in_the_same_server(home: Path) -> None:
    name = 'odd "name" & more'
    assert ask(start(home, dbname=name), "select current_database()") == name
    assert ask(start(home), "select count(*) from pg_database where not datistemplate") == 3


def test_a_designers_data_is_synced_to_the_disk_and_guarded_by_checksums(place: Path) -> None:
    home = place / "home"
    url = postgres.start(home)
    assert ask(url, "select current_setting('fsync') || current_setting('data_checksums')") == "onon"
    assert ask(url, "select current_setting('listen_addresses')") == ""
    assert stat.S_IMODE(postgres.status(home).data.stat().st_mode) == 0o700


def test_stop_ends_the_sessions_and_says_whether_there_was_anything_to_stop(home: Path) -> None:
    assert postgres.stop(home) is False
    connection = psycopg2.connect(start(home).replace("+psycopg2", ""))
    assert postgres.stop(home) is True
    with pytest.raises(psycopg2.OperationalError):
        connection.cursor().execute("select 1")
    assert postgres.stop(home) is False
    assert postgres.status(home).running is False


def test_status_says_where_everything_is_and_makes_nothing(place: Path) -> None:
    home = place / "home"
    before = postgres.status(home)
    assert (before.running, before.url, home.exists()) == (False, None, False)
    url = start(home)
    after = postgres.status(home)
    assert (after.running, after.url) == (True, url)
    assert after.data == home / "pg18"
    assert (after.binaries / "pg_dump").exists()
    assert ask(url, "show server_version").startswith(after.version)


def test_the_16_of_the_same_package_runs_beside_the_18(home: Path) -> None:
    assert ask(start(home, major=16), "show server_version").startswith("16.")
    assert ask(start(home), "show server_version").startswith("18.")
    assert postgres.stop(home, major=16)
    assert postgres.status(home).running


def test_postgres_variables_of_the_environment_have_no_say(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PGPORT": "1", "PGHOST": "nowhere", "PGDATA": "/nowhere", "PGUSER": "nobody"}.items():
        monkeypatch.setenv(name, value)
    assert ask(start(home), "select current_user") == "postgres"


def test_the_log_keeps_no_values(home: Path) -> None:
    url = start(home)
    ask(url, "create table person (email text unique)", "insert into person values ('anna@brand.example')")
    with pytest.raises(sqlalchemy.exc.IntegrityError):
        ask(url, "insert into person values ('anna@brand.example')")
    log = postgres.status(home).log.read_text()
    assert "person_email_key" in log
    assert "anna" not in log


def test_windows_gets_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    for function in (postgres.start, postgres.stop, postgres.status):
        with pytest.raises(errors.Unavailable, match="set DATABASE_URL"):
            function(home)


def test_a_backup_brings_back_what_was_there_and_takes_away_what_came_later(home: Path, tmp_path: Path) -> None:
    url = start(home)
    ask(url, "create table event (body text)", "insert into event values ('kept')")
    for file in (tmp_path / "first", tmp_path / "second"):
        postgres.dump(url, file)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        ask(url, "insert into event values ('later')", "create table later (number int)")
        postgres.restore(url, file)
        assert ask(url, "select string_agg(body, ',') from event") == "kept"
        assert ask(url, "select to_regclass('later')") is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "second"]


def test_a_restore_that_fails_leaves_everything_as_it_was(home: Path, tmp_path: Path) -> None:
    url = start(home)
    ask(url, "create table event (body text)", "insert into event values ('kept')")
    postgres.dump(url, tmp_path / "good")
    ask(url, "create schema other", "create table other.picture (number int)")
    postgres.dump(url, tmp_path / "odd")  # fails late: only what Loupe makes is taken away before
    whole = (tmp_path / "good").read_bytes()
    (tmp_path / "half").write_bytes(whole[: len(whole) * 2 // 3])
    (tmp_path / "other").write_text("not a backup")
    ask(url, "insert into event values ('later')")
    for name in ("half", "odd"):
        with pytest.raises(errors.DatabaseFault, match="left as it is"):
            postgres.restore(url, tmp_path / name)
    for name in ("other", "missing"):
        with pytest.raises(errors.InvalidInput, match="not a backup"):
            postgres.restore(url, tmp_path / name)
    assert ask(url, "select string_agg(body, ',') from event") == "kept,later"


def test_a_restore_waits_for_nobody_who_still_uses_the_database(home: Path, tmp_path: Path) -> None:
    url = start(home)
    ask(url, "create table event (body text)")
    postgres.dump(url, tmp_path / "backup")
    with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as user:
        user.cursor().execute("insert into event values ('not committed yet')")
        with pytest.raises(errors.DatabaseFault, match="Stop Loupe's pages and workers"):
            postgres.restore(url, tmp_path / "backup", patience=0.2)
        user.commit()
    assert ask(url, "select body from event") == "not committed yet"


def test_a_backup_that_fails_leaves_the_former_one(home: Path, tmp_path: Path) -> None:
    url = start(home)
    postgres.dump(url, tmp_path / "backup")
    former = (tmp_path / "backup").read_bytes()
    postgres.stop(home)
    with pytest.raises(errors.DatabaseFault):
        postgres.dump(url, tmp_path / "backup")
    assert (tmp_path / "backup").read_bytes() == former
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]
