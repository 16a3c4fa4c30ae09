"""The programs of PostgreSQL: copied to where their account can run them, and run."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench import errors
from workbench.postgres import places
from workbench.postgres.places import Cluster


def copy(cluster: Cluster) -> None:
    """Copy the programs to where the cluster's account reaches them, once; libraries stay as far from them."""
    wheel = places.binaries(int(cluster.data.name.removeprefix("pg"))).parent
    target = cluster.binaries.parents[2]
    if cluster.binaries.parent == wheel or target.exists():
        return
    places.make_folder(target.parent)
    for unfinished in target.parent.glob("programs.new.*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix="programs.new.", dir=target.parent))
    libraries = wheel.parents[1] / f"{places.PACKAGE}.libs"
    shutil.copytree(
        wheel, new / places.PACKAGE / wheel.name, ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig")
    )
    if libraries.is_dir():  # not on macOS, whose wheel has them inside
        shutil.copytree(libraries, new / libraries.name)
    for path in (new, *new.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    new.rename(target)


def create(cluster: Cluster, options: Mapping[str, str]) -> None:
    """Make an empty cluster beside its final place, then rename it there; what a killed process left is swept."""
    data, account = cluster.data, cluster.account
    if data.exists() and any(data.iterdir()):
        raise errors.Unavailable(
            f"The folder {data} holds files but no whole database. Nothing was touched. "
            "Bring it back from a backup, or move it away to begin with an empty database."
        )
    places.make_folder(data.parent)
    for unfinished in data.parent.glob(f"{data.name}.new.*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix=f"{data.name}.new.", dir=data.parent))
    try:
        if account:
            os.chown(new, account.uid, account.gid, follow_symlinks=False)
        command = ["initdb", "-D", str(new), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--data-checksums"]
        # the provider that is the same on every system; PostgreSQL 16 does not have it yet
        locale = [] if data.name == "pg16" else ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        unsynced = ["--no-sync"] if options.get("fsync") == "off" else []
        code, said = run(cluster, [*command, "--locale=C", *locale, *unsynced])
        if code:
            raise errors.DatabaseFault(
                f"The database could not be created in {data.parent}, and nothing is left of it. It said:\n{said}"
            )
        new.rename(data)
        places.sync_folder(data.parent)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def run(cluster: Cluster, command: list[str]) -> tuple[int, str]:
    """Run one program to its end; its exit code and the last lines it wrote."""
    # a file, not a pipe: what the command leaves running would keep the pipe open for ever
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        program = cluster.binaries / command[0]
        done = subprocess.run(
            [program, *command[1:]], stdin=subprocess.DEVNULL, stdout=said, stderr=said, **process(cluster)
        )
        said.seek(0)
        return done.returncode, "\n".join(said.read().splitlines()[-15:])


def process(cluster: Cluster) -> dict[str, Any]:
    """As whom, where and in which surroundings its programs run."""
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    common = {"cwd": "/", "env": surroundings | {"LC_ALL": "C.UTF-8"}}
    if cluster.account is None:
        return common
    return common | {"user": cluster.account.uid, "group": cluster.account.gid, "extra_groups": []}
