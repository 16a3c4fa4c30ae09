"""Creates, starts, recovers and stops the embedded server, whatever state the last process left behind.

1. A server that answers is used as it is, without a lock.
2. Otherwise one process at a time, under a lock that the kernel frees even after kill -9, creates the cluster beside
   its final place and renames it there: there is a whole one or none.
3. Health is a server that answers, never "the process exists"; stale process ids are made harmless before a start.
4. The server is left running when the process that started it ends; `stop(home)` stops it.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil
import psycopg2
from psycopg2 import sql

from workbench import errors
from workbench.postgres import places, programs
from workbench.postgres.places import Cluster

#: a machine of one's own: no way in but the socket, a modest share of the memory, a log without statements or values
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}

#: seconds a start may take: after a crash the server first replays what was not yet in place
START_SECONDS = 300

#: seconds a running server may stay silent before it counts as unreachable and is restarted
SILENT_SECONDS = 3

#: seconds in which a stopping server ends its sessions, then those in which it ends without
STOP_SECONDS = (60, 15)

#: larger than any process id a kernel gives: asking for it always answers "no such process"
DEAD_PID = 2_147_483_646

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Status:
    """What `loupe doctor` says about the embedded database."""

    running: bool
    #: its address when it runs
    url: str | None
    data: Path
    binaries: Path
    #: for example "18.4"
    version: str
    #: the account it runs as; None = whoever runs this process
    account: str | None
    log: Path


def start(home: Path, *, dbname: str = "loupe", major: int = 18, options: Mapping[str, str] = _NONE) -> str:
    """Make sure that the database of `home` runs, and return its address, `postgresql+psycopg2://…`.

    `options` are settings of the server (`{"fsync": "off"}` for tests), used only when this call starts it. Raises
    Unavailable when it can't run here at all, DatabaseFault when it did not start.
    """
    with _explained(home):
        cluster = places.find(home, major)
        if cluster.data.exists() and _connects(cluster, dbname):
            return cluster.url(dbname)
        places.make_folder(cluster.home)
        with _alone(cluster.home):
            # only now: another process may just have made home or cluster
            cluster = places.find(home, major)
            programs.copy(cluster)
            if not (cluster.data / "PG_VERSION").exists():
                programs.create(cluster, options)
            _bring_up(cluster, options)
            _create_database(cluster, dbname)
        return cluster.url(dbname)


def stop(home: Path, *, major: int = 18) -> bool:
    """Stop the database of `home`, ending its sessions; False when none ran. Raises DatabaseFault when it won't."""
    with _explained(home):
        cluster = places.find(home, major)
        if _postmaster(cluster) is None:
            return False
        with _alone(cluster.home):
            stopped = _halt(cluster)
            if cluster.socket != cluster.data:
                with suppress(OSError):  # it may hold what isn't ours
                    cluster.socket.rmdir()
            return stopped


def status(home: Path, *, dbname: str = "loupe", major: int = 18) -> Status:
    """Where the database of `home` lies and whether it answers; changes nothing."""
    with _explained(home):
        cluster = places.find(home, major)
        running = cluster.data.exists() and _connects(cluster, dbname)
        version = subprocess.run([places.binaries(major) / "postgres", "--version"], capture_output=True, text=True)
        return Status(
            running=running,
            url=cluster.url(dbname) if running else None,
            data=cluster.data,
            binaries=cluster.binaries,
            version=version.stdout.split()[-1] if version.stdout else "unknown",
            account=cluster.account.name if cluster.account else None,
            log=cluster.log,
        )


def _bring_up(cluster: Cluster, options: Mapping[str, str]) -> None:
    """Return once the server answers, starting it where it does not run."""
    began = time.monotonic()
    launched: subprocess.Popen[bytes] | None = None
    # both: after an `rm -r` of a running home the old server may still answer on the socket
    while (answer := _answer(cluster)) != "accepting" or _postmaster(cluster) is None:
        waited = time.monotonic() - began
        if launched is None and _postmaster(cluster) is None:
            _clear_the_way(cluster)
            launched = _launch(cluster, options)
        elif launched is None and answer == "silent" and waited > SILENT_SECONDS:
            _halt(cluster)  # alive, but the folder of its socket was removed
        elif launched is not None and launched.poll() is not None and waited < SILENT_SECONDS and _beset(cluster):
            launched = None
        elif waited > START_SECONDS or (launched is not None and launched.poll() is not None):
            raise errors.DatabaseFault(
                f"The database in {cluster.data} did not start. Its data is untouched. "
                f"The end of its log, {cluster.log}:\n{_tail(cluster.log)}"
            )
        time.sleep(0.03)


def _beset(cluster: Cluster) -> bool:
    """Whether the server gave up because sessions of the dead one had not ended yet."""
    return "is still in use" in _tail(cluster.log)


def _launch(cluster: Cluster, options: Mapping[str, str]) -> subprocess.Popen[bytes]:
    _make_socket_folder(cluster)
    settings = SETTINGS | {"unix_socket_directories": str(cluster.socket)} | dict(options)
    # never through a link: root writes here for an account that could have put one
    log = os.open(cluster.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        if cluster.account:
            os.fchown(log, cluster.account.uid, cluster.account.gid)
        return subprocess.Popen(
            [cluster.binaries / "postgres", "-D", cluster.data, *(f"-c{k}={v}" for k, v in settings.items())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C in the terminal is not for the database
            **programs.process(cluster),
        )
    finally:
        os.close(log)


def _halt(cluster: Cluster) -> bool:
    """Stop the server politely, then less so; False when there is none."""
    process = _postmaster(cluster)
    if process is None:
        return False
    for how, seconds in zip((signal.SIGINT, signal.SIGQUIT), STOP_SECONDS, strict=True):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(how)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if _postmaster(cluster) is None:
                return True
            time.sleep(0.02)
    raise errors.DatabaseFault(
        f"The database in {cluster.data} did not stop within {sum(STOP_SECONDS)} seconds. Its data is safe. Try again."
    )


def _postmaster(cluster: Cluster) -> psutil.Process | None:
    """The running server, if the process that its pid file names is one, and is this one."""
    with suppress(OSError, ValueError, psutil.Error):
        process = psutil.Process(int((cluster.data / "postmaster.pid").read_text().split("\n")[0]))
        # a zombie has no command line left
        ours = process.name().startswith("postgres") and str(cluster.data) in process.cmdline()
        return process if ours else None
    return None


def _clear_the_way(cluster: Cluster) -> None:
    """Make what a dead server left behind harmless.

    A pid file that names a zombie, or a process that has the number now, would block the server for ever. Only the
    number is replaced: the server still checks the shared memory that the file names, so that it never runs beside
    sessions of the dead one. Those are ended here, since one in the middle of a long query would not notice.
    """
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.name().startswith("postgres") and process.cwd() == str(cluster.data):
                process.send_signal(signal.SIGQUIT)
    for path in (cluster.data / "postmaster.pid", cluster.socket / ".s.PGSQL.5432.lock"):
        with suppress(FileNotFoundError), os.fdopen(os.open(path, os.O_RDWR | os.O_NOFOLLOW), "r+") as file:
            _, _, rest = file.read().partition("\n")
            if not rest:
                path.unlink()  # cut off while it was written: the server refuses such a file
                continue
            file.seek(0)
            file.truncate()
            file.write(f"{DEAD_PID}\n{rest}")


def _make_socket_folder(cluster: Cluster) -> None:
    if cluster.socket == cluster.data:
        return
    with suppress(FileExistsError):
        cluster.socket.mkdir(mode=0o700)
        if cluster.account:
            os.chown(cluster.socket, cluster.account.uid, cluster.account.gid, follow_symlinks=False)
    if not _is_private(cluster):
        raise errors.Unavailable(
            f"The folder {cluster.socket}, through which Loupe reaches its database, belongs to somebody else. "
            "Remove it, or set LOUPE_HOME to a folder with a shorter and plainer path."
        )


def _is_private(cluster: Cluster) -> bool:
    """Whether the socket lies where nobody else could have put one."""
    about = cluster.socket.lstat()
    owner = cluster.account.uid if cluster.account else os.geteuid()
    return about.st_mode == 0o40700 and about.st_uid == owner


def _answer(cluster: Cluster) -> str:
    code, _ = programs.run(cluster, ["pg_isready", "-q", "-h", str(cluster.socket), "-p", "5432", "-t", "3"])
    return {0: "accepting", 1: "busy"}.get(code, "silent")


def _connect(cluster: Cluster, dbname: str) -> Any:
    return psycopg2.connect(host=str(cluster.socket), port=5432, user="postgres", dbname=dbname, connect_timeout=3)


def _connects(cluster: Cluster, dbname: str) -> bool:
    try:
        if not _is_private(cluster):
            return False
        _connect(cluster, dbname).close()
    except (FileNotFoundError, psycopg2.OperationalError):
        return False
    return True


def _create_database(cluster: Cluster, dbname: str) -> None:
    try:
        with closing(_connect(cluster, "postgres")) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("select 1 from pg_database where datname = %s", (dbname,))
                if not cursor.fetchone():
                    cursor.execute(sql.SQL("create database {}").format(sql.Identifier(dbname)))
    except psycopg2.OperationalError as error:
        raise errors.DatabaseFault(f"The database runs but lets nobody in now: {error}. Try again.") from error


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(empty)"


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold the lock of `home`: on the folder itself, so that no lock file can belong to the wrong user."""
    import fcntl  # not on Windows

    handle = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _explained(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.DatabaseFault(
            f"The database can't be kept in {home}: {error.strerror} ({error.filename or 'no file named'}). Nothing "
            "was changed. Give the account that runs Loupe the right to, or set LOUPE_HOME to a folder of your own."
        ) from error
