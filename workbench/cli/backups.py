"""A backup is one folder: the database's dump, then the store's objects, so that every row's bytes are there."""

from pathlib import Path
from typing import Any

from workbench import db, postgres, storage
from workbench.errors import LoupeError, NotFound
from workbench.storage import moving
from workbench.storage.moving import Tell

DUMP = "database.dump"


def backup(to: Path, tell: Tell) -> dict[str, Any]:
    """Write database and objects to the folder `to`; objects from an earlier backup are not copied again."""
    try:
        to.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LoupeError(f"“{to}” can't be made: {error.strerror}. Choose another folder.") from error
    postgres.dump(db.url(), to / DUMP)
    return {"folder": str(to), "objects": moving.copy(storage.store(), storage.FolderStore(to / "store"), tell)}


def restore(source: Path, tell: Tell) -> dict[str, Any]:
    """Bring objects and database back from the folder that `backup` wrote."""
    if not (source / DUMP).is_file():
        raise NotFound(f"“{source}” holds no backup: the file {DUMP} is missing.")
    objects = moving.copy(storage.FolderStore(source / "store"), storage.store(), tell)
    address = db.url()
    db.forget()
    postgres.restore(address, source / DUMP)
    db.migrate()
    return {"folder": str(source), "objects": objects}
