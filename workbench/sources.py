"""Where pictures come in: a file or a folder becomes assets with a first version, originals kept byte for byte."""

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

#: up to so many assets that have the words searched for are sorted by themselves
FEW = 2000
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
    wanted, labels = _name(name), _tags(tags)
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
    if _taken(tx, name):
        if named:
            raise InvalidInput(f"There is already an asset called “{name}”. Choose another name.")
        name = next(other for n in range(2, 100_000) if not _taken(tx, other := f"{name[:190]} {n}"))
    asset = Asset(name=name, collection=_collection(collection), tags=tags, created_by=actor.id)
    tx.add(asset)
    tx.flush()
    return asset


def _taken(tx: Session, name: str) -> bool:
    query = select(Asset.id).where(sa.func.lower(Asset.name) == name.lower(), col(Asset.archived_at).is_(None))
    return tx.exec(query).first() is not None


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


@dataclass(frozen=True)
class Page:
    """One page of the library, the cursor of the next and, once turned over, that of the page before."""

    assets: list[Asset]
    next: str | None
    #: to be given as `before`; None on the first page
    back: str | None = None


def library(
    tx: Session, *, query: str = "", collections: Sequence[str] = (), archived: bool = False, sort: str = "newest",
    after: str | None = None, before: str | None = None, limit: int = 48,
) -> Page:  # fmt: skip
    """`limit` assets after the cursor `after`, newest change first or by name; words match by their beginning.

    With the cursor `before`, those just before it, in the same order.
    """
    among = _found(tx, query) if query.strip() else Asset
    statement = select(among).limit(limit + 1)
    statement = statement.where(col(among.archived_at).is_not(None) if archived else col(among.archived_at).is_(None))
    if words := _words(query):
        statement = statement.where(col(among.words).op("@@")(sa.func.to_tsquery("simple", words)))
    if len(collections) == 1:  # one by one, because only then an index has them in order
        statement = statement.where(col(among.collection) == collections[0])
    elif collections:
        statement = statement.where(col(among.collection).in_(list(collections)))
    first, by_name = sa.func.lower(among.name) if sort == "name" else col(among.updated_at), sort == "name"
    upwards = by_name != (before is not None)
    keys = (first, col(among.id))
    statement = statement.order_by(*(key.asc() if upwards else key.desc() for key in keys))
    if anchor := _anchor(tx, before or after):
        here = sa.tuple_(sa.func.lower(anchor.name) if by_name else sa.literal(anchor.updated_at), anchor.id)
        statement = statement.where(sa.tuple_(*keys) > here if upwards else sa.tuple_(*keys) < here)
    return _page(tx.exec(statement).all(), limit, turned=after is not None, backwards=before is not None)


def _found(tx: Session, query: str) -> type[Asset]:
    """Where to look for the words: among the few assets that have them, or, when they are many, among all in order.

    The planner can't know how many words begin so, and a rare word in the order of the list means reading all of it.
    """
    matches = select(Asset).where(col(Asset.words).op("@@")(sa.func.to_tsquery("simple", _words(query))))
    tx.execute(sa.text("set local enable_seqscan = off"))
    few = tx.execute(sa.select(sa.func.count()).select_from(matches.limit(FEW + 1).subquery())).scalar_one() <= FEW
    tx.execute(sa.text("set local enable_seqscan = on"))
    if not few:
        return Asset
    return sa.orm.aliased(Asset, matches.cte("found").prefix_with("materialized", dialect="postgresql"))


def _page(found: Sequence[Asset], limit: int, *, turned: bool, backwards: bool) -> Page:
    """The page that `found`, up to one more than `limit` in the direction of reading, makes."""
    more, shown = len(found) > limit, list(found[:limit])
    if backwards:
        shown.reverse()
    if not shown:
        return Page([], None)
    first, last = str(shown[0].id), str(shown[-1].id)
    return Page(shown, last if more or backwards else None, first if turned or (backwards and more) else None)


def _anchor(tx: Session, after: str | None) -> Asset | None:
    if after is None:
        return None
    found = versions.by_id(tx, Asset, after)
    if len(found) != 1:
        raise NotFound("That page is gone. Start again from the first one.")
    return found[0]  # type: ignore[no-any-return]


def _words(query: str) -> str:
    """The query as a tsquery of word beginnings; anything that is not a letter or digit separates words."""
    words = [
        "".join(c for c in word if c.isalnum()) for word in "".join(c if c.isalnum() else " " for c in query).split()
    ]
    return " & ".join(f"{word}:*" for word in words[:10] if word)


def collections(tx: Session, most: int = 30) -> list[str]:
    """The names of the first `most` collections, by stepping through their index: no asset more than once each."""
    step = sa.text(
        "with recursive step(name) as ("
        " (select collection from assets where archived_at is null and collection > '' order by collection limit 1)"
        " union all select (select collection from assets where archived_at is null and collection > step.name"
        " order by collection limit 1) from step where step.name is not null)"
        " select name from step where name is not null limit :most"
    )
    return list(tx.scalars(step, {"most": most}))


def rename(actor: Actor, words: str, name: str) -> Asset:
    """Give the asset another name."""
    require(actor, "asset:change")
    with db.transaction() as tx:
        asset = versions.find_asset(tx, words, lock=True)
        wanted, former = _name(name), asset.name
        if wanted.lower() != former.lower() and _taken(tx, wanted):
            raise InvalidInput(f"There is already an asset called “{wanted}”. Choose another name.")
        asset.name = wanted
        tx.add(asset)
        audit.record(tx, actor, "asset:rename", asset.id, asset=asset.id, former=former, name=wanted)
        return asset


def tag(
    actor: Actor, words: str, *, add: Sequence[str] = (), remove: Sequence[str] = (), collection: str | None = None
) -> Asset:
    """Add and remove tags and, with `collection`, move the asset there ("" takes it out of its collection)."""
    require(actor, "asset:change")
    with db.transaction() as tx:
        asset = versions.find_asset(tx, words, lock=True)
        gone = set(_tags(remove))
        asset.tags = sorted({*asset.tags, *_tags(add)} - gone)
        if collection is not None:
            asset.collection = _collection(collection)
        tx.add(asset)
        audit.record(tx, actor, "asset:tag", asset.id, asset=asset.id, tags=asset.tags, collection=asset.collection)
        return asset


def archive(actor: Actor, words: str, *, restore: bool = False) -> Asset:
    """Hide the asset from the library, or show it again; nothing is deleted."""
    require(actor, "asset:archive")
    with db.transaction() as tx:
        asset = versions.find_asset(tx, words, lock=True)
        if (asset.archived_at is not None) == (not restore):
            return asset
        if restore and _taken(tx, asset.name):
            raise InvalidInput(f"Another asset is called “{asset.name}” by now. Rename that one first.")
        asset.archived_at = None if restore else sa.func.now()  # type: ignore[assignment]
        tx.add(asset)
        audit.record(
            tx, actor, "asset:restore" if restore else "asset:archive", asset.id, asset=asset.id, name=asset.name
        )
        tx.refresh(asset)
        return asset


def _name(name: str) -> str:
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not 1 <= len(name) <= 200:
        raise InvalidInput("An asset's name has 1 to 200 characters.")
    return name


def _tags(tags: Sequence[str]) -> list[str]:
    clean = sorted({" ".join(tag.split()).lower() for tag in tags if tag.strip()})
    if any(len(tag) > 50 for tag in clean) or len(clean) > 50:
        raise InvalidInput("An asset has at most 50 tags of at most 50 characters each.")
    return clean


def _collection(name: str | None) -> str | None:
    clean = " ".join((name or "").split())
    if len(clean) > 100:
        raise InvalidInput("A collection's name has at most 100 characters.")
    return clean or None
