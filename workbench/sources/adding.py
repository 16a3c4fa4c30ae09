"""How pictures come in: a file or a folder becomes assets with a first version, originals kept byte for byte."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench import audit, db, versions
from workbench.errors import InvalidInput, LoupeError, NotFound, RejectedImage
from workbench.models import Asset, Picture, Version
from workbench.permissions import Actor, require
from workbench.settings import settings
from workbench.sources import fetching
from workbench.sources.naming import checked_collection, checked_name, checked_tags, taken

#: endings that a folder import looks at; what is inside decides
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True)
class Added:
    """An asset that a source became, or the one that already holds the same bytes."""

    asset: Asset
    version: Version
    picture: Picture
    duplicate: bool


def add(
    actor: Actor, data: bytes, *, name: str, origin: str, named: bool = False, collection: str | None = None,
    tags: Sequence[str] = (),
) -> Added:  # fmt: skip
    """Make an asset of `data`. The same bytes again give the asset there is, unless a new name was asked for (`named`).

    `origin` is where the bytes came from, in words for the provenance. Raises RejectedImage.
    """
    require(actor, "asset:add")
    wanted, labels = checked_name(name), checked_tags(tags)
    sha256 = hashlib.sha256(data).hexdigest()
    with db.transaction() as tx:
        twin = _twin(tx, sha256, wanted)
        if twin and not (named and twin.asset.name.lower() != wanted.lower()):
            return twin
    kept = versions.keep(data, versions.read(data))
    with db.transaction() as tx:
        # One import of the same bytes at a time: the second one finds the first one's asset.
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sha256, 0))))
        twin = _twin(tx, sha256, wanted)
        if twin and not (named and twin.asset.name.lower() != wanted.lower()):
            return twin
        versions.rows(tx, kept)
        asset = _new_asset(tx, actor, wanted, named, collection, labels)
        version = versions.append(tx, asset, Version(kind="import", sha256=sha256, committed_by=actor.id, provenance={
            "origin": origin, "sha256": sha256, "operator": actor.email,
        }))  # fmt: skip
        audit.record(tx, actor, "asset:add", asset.id, asset=asset.id, name=asset.name, sha256=sha256, origin=origin)
        return Added(asset, version, tx.get_one(Picture, sha256), twin is not None)


def add_address(
    actor: Actor, address: str, *, name: str | None = None, collection: str | None = None, tags: Sequence[str] = (),
    network: fetching.Network = fetching.INTERNET,
) -> Added:  # fmt: skip
    """Make an asset of the picture at an https address, named after it unless `name` is given; see `fetching`."""
    require(actor, "asset:add")
    found = fetching.fetch(address, limit=settings().max_mb * 1_000_000, network=network)
    return add(
        actor, found.data, name=name or found.name, origin=found.origin, named=name is not None, collection=collection,
        tags=tags,
    )  # fmt: skip


def _twin(tx: Session, sha256: str, name: str) -> Added | None:
    """The live asset, if any, one of whose versions has these bytes; the one called `name` before others."""
    row = tx.exec(
        select(Asset, Version)
        .join(Version, Version.asset_id == Asset.id)  # type: ignore[arg-type]
        .where(Version.sha256 == sha256, col(Asset.archived_at).is_(None))
        .order_by(sa.desc(sa.func.lower(col(Asset.name)) == name.lower()), col(Version.id))
        .limit(1)
    ).first()
    return Added(row[0], row[1], tx.get_one(Picture, sha256), True) if row else None


def _new_asset(tx: Session, actor: Actor, name: str, named: bool, collection: str | None, tags: list[str]) -> Asset:
    tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("name:" + name.lower(), 0))))
    if taken(tx, name):
        if named:
            raise InvalidInput(f"There is already an asset called “{name}”. Choose another name.")
        name = next(other for n in range(2, 100_000) if not taken(tx, other := f"{name[:190]} {n}"))
    asset = Asset(name=name, collection=checked_collection(collection), tags=tags, created_by=actor.id)
    tx.add(asset)
    tx.flush()
    return asset


@dataclass(frozen=True)
class Refused:
    """A file that did not become an asset, and why."""

    path: str
    message: str


def add_folder(
    actor: Actor, folder: Path, *, collection: str | None = None, tags: Sequence[str] = (),
    tell: Callable[[int, int, str], None] = lambda done, all, name: None,
) -> tuple[list[Added], list[Refused]]:  # fmt: skip
    """Add every picture below `folder`; a bad file is named and the rest goes on. `tell(done, all, name)` per file."""
    require(actor, "asset:add")
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_ENDINGS and path.is_file())
    added: list[Added] = []
    refused: list[Refused] = []
    for number, path in enumerate(files):
        tell(number, len(files), path.name)
        try:
            added.append(
                add(actor, read_file(path), name=path.stem, origin=path.name, collection=collection, tags=tags)
            )
        except InvalidInput as error:
            refused.append(Refused(str(path), str(error)))
    tell(len(files), len(files), "")
    return added, refused


def read_file(path: Path) -> bytes:
    """The bytes of `path`, refused before reading when they are too many. Raises NotFound or RejectedImage."""
    try:
        size = path.stat().st_size
        if size > settings().max_mb * 1_000_000:
            raise RejectedImage(
                f"“{path.name}” has {size / 1e6:.1f} MB; Loupe takes up to {settings().max_mb} MB. Save it smaller."
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"There is no file “{path}”.") from error
    except OSError as error:
        raise LoupeError(f"“{path}” can't be read: {error.strerror}. Check the file and its permissions.") from error
