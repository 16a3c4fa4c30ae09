"""The embedded database survives what laptops, containers and impatient people do to it."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import sqlalchemy

from tests.clusters import (
    ask,
    fill,
    finished,
    kill,
    open_place,
    postmaster,
    start,
    starting,
)
from workbench import errors, postgres

SLEEP = """
import psycopg2, sys, time
connection = psycopg2.connect(sys.argv[1])
print("connected", flush=True)
time.sleep(60)
"""
QUERY = """
import psycopg2, sys
statement = "select count(*) from generate_series(1, 400000000) number where sqrt(number) < 0"
psycopg2.connect(sys.argv[1]).cursor().execute(statement)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    with open_place() as folder:
        yield folder


@pytest.fixture
def home(place: Path) -> Path:
    return fill(place / "home")


def client(url: str, code: str) -> subprocess.Popen[bytes]:
    """Another process with a session of its own."""
    command = [sys.executable, "-c", code, url.replace("+psycopg2", "")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def test_four_processes_that_start_a_fresh_home_at_once_share_one_server(place: Path) -> None:
    home = place / "home"
    urls = {finished(process) for process in [starting(home) for _ in range(4)]}
    assert len(urls) == 1
    assert ask(urls.pop(), "select 1") == 1
    assert [path.name for path in home.iterdir()] == ["pg18"]
    running = [each for each in psutil.process_iter(["cmdline"]) if str(home / "pg18") in (each.info["cmdline"] or ())]
    assert len(running) == 1


def test_the_server_outlives_the_process_that_started_it(home: Path) -> None:
    url = finished(starting(home))
    assert ask(url, "select 1") == 1
    # in a session of its own: Ctrl-C in that terminal does not reach it
    assert os.getsid(postmaster(home).pid) == postmaster(home).pid


def test_a_killed_client_leaves_the_server_to_the_others(home: Path) -> None:
    url = start(home)
    other = client(url, SLEEP)
    with other:
        assert other.stdout is not None and other.stdout.readline()
        other.kill()
    assert ask(url, "select 1") == 1
    assert postgres.stop(home) is True


@pytest.mark.parametrize("starter", ["this process", "another process"])
def test_a_killed_server_comes_back_with_everything_committed(home: Path, starter: str) -> None:
    # as a child of this process it stays a zombie of ours, else perhaps one of a PID 1 that does not reap
    url = start(home) if starter == "this process" else finished(starting(home))
    ask(url, "create table kept as select generate_series(1, 1000) as number")
    kill(postmaster(home))
    assert postgres.status(home).running is False
    assert start(home) == url
    assert ask(url, "select count(*) from kept") == 1000


def test_a_killed_server_comes_back_while_a_query_of_it_still_runs(home: Path) -> None:
    url = start(home)
    ask(url, "create table kept (number int)")
    busy = client(url, QUERY)
    while not ask(url, "select count(*) from pg_stat_activity where query like '%sqrt%' and pid <> pg_backend_pid()"):
        time.sleep(0.02)
    kill(postmaster(home))
    assert start(home) == url
    assert ask(url, "select count(*) from kept") == 0
    busy.kill()
    busy.communicate()


def test_a_pid_file_that_names_somebody_elses_process_is_no_obstacle(home: Path) -> None:
    url = start(home)
    kill(postmaster(home))
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        for path in (home / "pg18" / "postmaster.pid", home / "pg18" / ".s.PGSQL.5432.lock"):
            path.write_text("\n".join([str(stranger.pid), *path.read_text().split("\n")[1:]]))
        assert postgres.status(home).running is False
        assert postgres.stop(home) is False
        assert start(home) == url
        assert ask(url, "select 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("half", ["", "4711", "nonsense\nhere"])
def test_a_pid_file_cut_off_while_it_was_written_is_no_obstacle(home: Path, half: str) -> None:
    url = start(home)
    kill(postmaster(home))
    (home / "pg18" / "postmaster.pid").write_text(half)
    (home / "pg18" / ".s.PGSQL.5432.lock").write_text("")
    assert start(home) == url


@pytest.mark.parametrize("killed", ["all", "only the starter"])
def test_a_kill_during_creation_leaves_nothing_that_harms(place: Path, killed: str) -> None:
    home = place / "home"
    process = starting(home, start_new_session=True)
    while not list(home.glob("pg18.new.*/global")):
        assert process.poll() is None
        time.sleep(0.005)
    if killed == "all":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()
    assert not (home / "pg18").exists()
    assert ask(start(home), "select 1") == 1
    if killed == "all":
        assert [path.name for path in home.iterdir()] == ["pg18"]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("with a space", id="space"),
        pytest.param("Größe–日本", id="unicode"),
        pytest.param("a$HOME'\"`b,c%20", id="what a shell or an address would read"),
        pytest.param("long/" + "x" * 120, id="long"),
    ],
)
def test_any_path_will_do(place: Path, name: str) -> None:
    home = place / name
    url = start(home)
    assert ask(url, "select 1") == 1
    assert start(home) == url
    assert postgres.stop(home)


def test_other_files_in_the_home_stay_and_do_not_disturb(place: Path) -> None:
    home = place / "home"
    home.mkdir()
    (home / ".gitkeep").touch()
    start(home)
    assert (home / ".gitkeep").exists()


def test_a_folder_without_a_whole_database_is_never_replaced(place: Path) -> None:
    home = place / "home"
    (home / "pg18").mkdir(parents=True)
    if os.geteuid() == 0:
        os.chown(home / "pg18", pwd.getpwnam("nobody").pw_uid, -1)
    (home / "pg18" / "base").touch()
    with pytest.raises(errors.Unavailable, match="no whole database"):
        start(home)
    assert (home / "pg18" / "base").exists()


def test_a_start_that_fails_says_so_with_the_end_of_the_log(home: Path) -> None:
    start(home)
    postgres.stop(home)
    with pytest.raises(errors.DatabaseFault, match=r"(?s)data is untouched.*no_such_setting"):
        postgres.start(home, options={"no_such_setting": "1"})
    assert ask(start(home), "select 1") == 1


def test_a_home_that_was_removed_while_its_database_ran_begins_anew(place: Path) -> None:
    home = fill(place / "with a space")
    ask(start(home), "create table former (number int)")
    former = postmaster(home)
    try:
        shutil.rmtree(home)
        assert ask(start(home), "select to_regclass('former')") is None
    finally:
        with suppress(psutil.NoSuchProcess):
            kill(former)


def test_a_socket_folder_that_was_removed_comes_back(place: Path) -> None:
    home = place / "with a space"
    url = start(home)
    shutil.rmtree(sqlalchemy.make_url(url).query["host"])
    assert start(home) == url
    assert ask(url, "select 1") == 1


def test_a_socket_folder_of_somebody_else_is_never_trusted(place: Path) -> None:
    home = place / "with a space"
    socket = Path(sqlalchemy.make_url(start(home)).query["host"])
    postgres.stop(home)
    assert not socket.exists()
    socket.mkdir()
    socket.chmod(0o777)
    try:
        with pytest.raises(errors.Unavailable, match="belongs to somebody else"):
            start(home)
    finally:
        socket.rmdir()
