"""Dumps a database to one file and brings one back, all or nothing."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from psycopg2.extensions import parse_dsn

from workbench import errors
from workbench.postgres.places import binaries

_SCHEME = re.compile(r"^postgres(ql)?(\+\w+)?://")


def dump(url: str, target: Path) -> None:
    """Write a consistent copy of the whole database at `url` to the file `target`, replacing it only when complete.

    The database stays in use meanwhile. It may be the embedded one or any PostgreSQL up to 18. Raises DatabaseFault.
    """
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        unfinished.touch(mode=0o600)
        _run("pg_dump", url, ["--format=custom", "--no-owner", "--no-privileges", f"--file={unfinished}"])
        os.replace(unfinished, target)
    except OSError as error:
        raise errors.DatabaseFault(f"The backup could not be written to {target}: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def restore(url: str, source: Path, *, patience: float = 10) -> None:
    """Replace everything in the database at `url` by what `dump` wrote to `source`, in one transaction.

    Waits at most `patience` seconds for those who still use it. Raises InvalidInput when the file is no such copy,
    DatabaseFault when it could not be brought back; the database then is as it was.
    """
    if not _is_dump(source):
        raise errors.InvalidInput(f"{source} is not a backup of the database. Give the file that the backup wrote.")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "restore.sql"
        _run("pg_restore", None, ["--no-owner", "--no-privileges", f"--file={script}", str(source)])
        # what is in the database but not in the copy goes too: a table from a later revision would stand in the way
        first = f"set lock_timeout = '{patience * 1000:.0f}ms'; drop schema public cascade; create schema public"
        one = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        _run("psql", url, [*one, f"--command={first}", f"--file={script}"])


def _run(program: str, url: str | None, arguments: list[str]) -> None:
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    if url:
        known = parse_dsn(_SCHEME.sub("postgresql://", url))
        # a password among the arguments could be read by everybody on the machine
        surroundings["PGPASSWORD"] = known.pop("password", "")
        arguments = [*arguments, "--dbname=" + " ".join(f"{key}='{_quoted(value)}'" for key, value in known.items())]
    done = subprocess.run([binaries() / program, *arguments], env=surroundings, capture_output=True, text=True)
    if done.returncode:
        said = "\n".join(done.stderr.splitlines()[-5:])
        if "lock timeout" in said:
            said = "It is in use. Stop Loupe's pages and workers first."
        raise errors.DatabaseFault(f"The database was left as it is, and no backup was written or replaced. {said}")


def _is_dump(source: Path) -> bool:
    try:
        with source.open("rb") as file:
            return file.read(5) == b"PGDMP"
    except OSError:
        return False


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
