"""A backup is one folder: the database's dump, then the store's objects, so that every row's bytes are there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench import db, postgres, storage
from workbench.errors import LoupeError, NotFound

DUMP = "database.dump"
Tell = Callable[[int, int, str], None]


def backup(to: Path, tell: Tell) -> dict[str, Any]:
    """Write database and objects to the folder `to`; objects from an earlier backup are not copied again."""
    try:
        to.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LoupeError(f"“{to}” can't be made: {error.strerror}. Choose another folder.") from error
    postgres.dump(db.url(), to / DUMP)
    return {"folder": str(to), "objects": _copy(storage.store(), storage.FolderStore(to / "store"), tell)}


def restore(source: Path, tell: Tell) -> dict[str, Any]:
    """Bring objects and database back from the folder that `backup` wrote."""
    if not (source / DUMP).is_file():
        raise NotFound(f"“{source}” holds no backup: the file {DUMP} is missing.")
    objects = _copy(storage.FolderStore(source / "store"), storage.store(), tell)
    address = db.url()
    db.forget()
    postgres.restore(address, source / DUMP)
    db.migrate()
    return {"folder": str(source), "objects": objects}


def _copy(source: storage.FolderStore, target: storage.FolderStore, tell: Tell) -> int:
    """Copy every object, each verified by its hash on the way; returns how many there are."""
    names = list(source.all())
    for number, sha256 in enumerate(names):
        tell(number, len(names), "")
        if not target.exists(sha256):
            target.put(source.get(sha256))
    tell(len(names), len(names), "")
    return len(names)
