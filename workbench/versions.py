"""Assets and their line of immutable versions: find, keep, list, revert, export."""

import re
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from workbench import audit, db, memory, operators, storage
from workbench.errors import InvalidInput, MovedOn, NotFound, RejectedImage
from workbench.imaging import encode, intake, previews
from workbench.imaging.headers import Format
from workbench.models import Asset, Blob, Edit, Operator, Picture, Version
from workbench.permissions import Actor, require
from workbench.settings import settings

MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
ENDINGS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
#: what people call a format → its name
FORMATS: dict[str, Format] = {"png": "PNG", "jpeg": "JPEG", "jpg": "JPEG", "webp": "WEBP"}
#: pixels of the largest WebP where memory is small: it can only be decoded whole, in several times its size
MOST_WEBP = 24_000_000


@dataclass(frozen=True)
class Kept:
    """A picture whose bytes, with its previews, lie in the store; `rows` tells the database."""

    picture: Picture
    #: (sha256, size in bytes, media type) of the picture and its two previews
    blobs: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True)
class Derived:
    """What one decode gave, without the pixels: what is still to be stored, and what the row will say."""

    #: the exact bytes and the two previews, each with its media type
    contents: tuple[tuple[bytes, str], ...]
    facts: dict[str, Any]


def read(data: bytes) -> intake.Picture:
    """Decode `data` under this installation's caps. Raises RejectedImage with a sentence."""
    caps = settings()
    if memory.total() < memory.SMALL:
        found = intake.header(data, max_mb=caps.max_mb, max_mp=caps.max_mp)
        if found.format == "WEBP" and found.width * found.height > MOST_WEBP:
            raise RejectedImage(
                f"This WebP is {found.width:,} × {found.height:,} px, and this Loupe has too little memory for one of "
                f"more than {MOST_WEBP / 1e6:g} megapixels. Save it as JPEG or PNG, which need less."
            )
    return intake.read(data, max_mb=caps.max_mb, max_mp=caps.max_mp)


def keep(data: bytes, picture: intake.Picture) -> Kept:
    """Put the bytes of `picture` and previews made from its one decode into the store."""
    return put(derive(data, picture))


def derive(data: bytes, picture: intake.Picture) -> Derived:
    """What is to be kept of `picture`, which is needed no more after that."""
    made = previews.make(picture)
    width, height = picture.size
    return Derived(
        (
            (data, MEDIA_TYPES[picture.format]),
            (made.large, made.large_media_type),
            (made.small, made.small_media_type),
        ),
        {
            "format": picture.format,
            "width": width,
            "height": height,
            "alpha": picture.array.shape[2] == 4,
            "profile": picture.icc is not None,
            "pixel_sha256": made.pixel_sha256,
            "phash": made.phash - (1 << 64) if made.phash >= 1 << 63 else made.phash,  # the column is signed
            "notes": list(picture.notes),
        },
    )


def put(derived: Derived) -> Kept:
    """Put what was derived from a picture into the store."""
    store = storage.store()
    blobs = tuple((store.put(content), len(content), media_type) for content, media_type in derived.contents)
    exact, large, small = (name for name, *_ in blobs)
    return Kept(Picture(**derived.facts, sha256=exact, preview_sha256=large, thumb_sha256=small), blobs)


def rows(tx: Session, kept: Kept) -> None:
    """Write the rows of `kept`; bytes that are already known stay as they are."""
    for blob in kept.blobs:
        add_blob(tx, *blob)
    values = kept.picture.model_dump()
    tx.execute(insert(Picture).values(**values).on_conflict_do_nothing())


def add_blob(tx: Session, sha256: str, size: int, media_type: str) -> None:
    """Write one blob's row unless it is there."""
    values = {"sha256": sha256, "size": size, "media_type": media_type}
    tx.execute(insert(Blob).values(**values).on_conflict_do_nothing())


def find_blob(sha256: str) -> Blob | None:
    """The row of the bytes `sha256`, or None when nothing with that hash is known."""
    with db.transaction() as tx:
        return tx.get(Blob, sha256)


def known_blobs(tx: Session, names: Collection[str]) -> set[str]:
    """Those of the SHA-256 `names` that have a row, so that somebody refers to them."""
    return set(tx.exec(select(Blob.sha256).where(col(Blob.sha256).in_(names), col(Blob.erased_at).is_(None))).all())


def hurt(tx: Session, names: Collection[str]) -> dict[str, list[str]]:
    """For each of the SHA-256 `names` the versions whose picture or preview it is, as people name them."""
    kinds = (Picture.sha256, Picture.preview_sha256, Picture.thumb_sha256)
    found: dict[str, list[str]] = {name: [] for name in names}
    for kind in kinds:
        query = (
            select(kind, Asset.name, Version.number)
            .join(Version, col(Version.sha256) == col(Picture.sha256))
            .join(Asset, col(Asset.id) == col(Version.asset_id))
            .where(col(kind).in_(names))
            .order_by(col(Asset.name), col(Version.number))
        )
        what = "" if kind is Picture.sha256 else " (its preview)"
        for name, asset, number in tx.execute(query).all():
            found[name].append(f"version {number} of “{asset}”{what}")
    return found


def find_asset(tx: Session, words: str, *, lock: bool = False) -> Asset:
    """The asset called `words`: its name (upper and lower case alike), its id, or 8 or more first characters of it."""
    query = select(Asset).where(sa.func.lower(col(Asset.name)) == words.strip().lower())
    found = tx.exec(query.where(col(Asset.archived_at).is_(None))).all() or tx.exec(query).all()
    found = found or list(by_id(tx, Asset, words))
    if not found:
        raise NotFound(f"There is no asset “{words}”. `assets list` shows what there is.")
    if len(found) > 1:
        raise NotFound(f"“{words}” fits {len(found)} assets. Give more characters of the id, or the name.")
    return locked(tx, found[0].id) if lock else found[0]


def by_id(tx: Session, kind: Any, words: str) -> Sequence[Any]:
    """At most two rows of `kind` whose id is `words` or begins with its 8 or more hexadecimal characters."""
    digits = words.strip().lower().replace("-", "")
    if not re.fullmatch(r"[0-9a-f]{8,32}", digits):
        return []
    low, high = uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))
    return tx.exec(select(kind).where(col(kind.id).between(low, high)).limit(2)).all()


def locked(tx: Session, asset_id: uuid.UUID) -> Asset:
    """The asset with its row locked: whoever holds it is the only one to add a version or decide."""
    return tx.exec(select(Asset).where(Asset.id == asset_id).with_for_update()).one()


def head(tx: Session, asset: Asset) -> Version:
    """The newest version of `asset`."""
    return tx.exec(select(Version).where(Version.id == asset.head_id)).one()


def numbered(tx: Session, asset: Asset, number: int) -> Version:
    """Version `number` of `asset`."""
    version = tx.exec(select(Version).where(Version.asset_id == asset.id, Version.number == number)).first()
    if version is None:
        raise NotFound(f"“{asset.name}” has no version {number}; its newest is version {head(tx, asset).number}.")
    return version


def append(tx: Session, asset: Asset, version: Version) -> Version:
    """Make `version` the next one of `asset`, whose row the caller has locked."""
    before = head(tx, asset) if asset.head_id else None
    version.asset_id = asset.id
    version.number = before.number + 1 if before else 1
    version.parent_id = before.id if before else None
    tx.add(version)
    tx.flush()
    picture = tx.get_one(Picture, version.sha256)
    asset.head_id, asset.number, asset.sha256 = version.id, version.number, version.sha256
    asset.format, asset.width, asset.height = picture.format, picture.width, picture.height
    asset.alpha, asset.thumb_sha256 = picture.alpha, picture.thumb_sha256
    asset.updated_at = sa.func.now()  # type: ignore[assignment]
    tx.add(asset)
    tx.flush()
    tx.refresh(asset)
    return version


def revert(actor: Actor, words: str, number: int, *, note: str = "") -> tuple[Asset, Version]:
    """Add a version with exactly the bytes of version `number`. History only grows; later versions stay."""
    require(actor, "version:revert")
    with db.transaction() as tx:
        asset = find_asset(tx, words, lock=True)
        target, newest = numbered(tx, asset, number), head(tx, asset)
        if target.sha256 == newest.sha256:
            raise MovedOn(f"Version {newest.number}, the newest, already has the bytes of version {number}.")
        version = append(tx, asset, reverted(target, actor, note))
        audit.record(tx, actor, "version:revert", version.id, asset=asset.id, number=version.number, to=number,
                     sha256=version.sha256, note=note)  # fmt: skip
        return asset, version


def reverted(target: Version, actor: Actor, note: str, **provenance: Any) -> Version:
    """A version, not yet in the database, that brings back the bytes of `target`."""
    return Version(
        kind="revert",
        sha256=target.sha256,
        origin_id=target.id,
        committed_by=actor.id,
        note=note,
        provenance={"reverted_to": target.number, "sha256": target.sha256, "operator": actor.email, **provenance},
    )


@dataclass(frozen=True)
class Raw:
    """That bytes are a model's output as it came, without the lock: why, and who took it."""

    reason: str
    by: Operator


@dataclass(frozen=True)
class Entry:
    """One line of an asset's history, with the people by name."""

    version: Version
    picture: Picture
    committed_by: Operator
    approved_by: Operator | None
    #: None for all bytes that were locked or made exactly; a revert to a raw output is raw too
    raw: Raw | None = None


def history(tx: Session, asset: Asset, *, before: int | None = None, limit: int = 30) -> list[Entry]:
    """The versions of `asset`, newest first, `limit` of them below number `before`; two statements."""
    query = _pictured(asset).order_by(col(Version.number).desc()).limit(limit)
    if before is not None:
        query = query.where(col(Version.number) < before)
    return _named(tx, query)


def entries(tx: Session, asset: Asset, numbers: Collection[int]) -> dict[int, Entry]:
    """The versions of `asset` with these numbers, by number, those that are there; two statements."""
    found = _named(tx, _pictured(asset).where(col(Version.number).in_(numbers)))
    return {entry.version.number: entry for entry in found}


def _pictured(asset: Asset) -> sa.Select[Version, Picture, str | None, uuid.UUID | None]:
    query = sa.select(Version, Picture, _of_raw(Edit.reason), _of_raw(Edit.author_id))
    query = query.join(Picture, col(Picture.sha256) == Version.sha256)
    return query.where(col(Version.asset_id) == asset.id)


def _of_raw(column: Any) -> sa.ScalarSelect[Any]:
    """A column of the first edit that brought the version's bytes into its asset as a raw output."""
    first = sa.orm.aliased(Version)
    query = sa.select(column).join(first, col(first.edit_id) == Edit.id).where(col(Edit.raw))
    same = (col(first.asset_id) == Version.asset_id, col(first.sha256) == Version.sha256)
    return query.where(*same).order_by(col(first.number)).limit(1).correlate(Version).scalar_subquery()


def _named(tx: Session, query: sa.Select[Version, Picture, str | None, uuid.UUID | None]) -> list[Entry]:
    found = tx.execute(query).all()
    ids = {one for version, *_, by in found for one in (version.committed_by, version.approved_by, by) if one}
    people = operators.people(tx, ids)
    return [
        Entry(
            version, picture, people[version.committed_by],
            people[version.approved_by] if version.approved_by else None, Raw(reason or "", people[by]) if by else None,
        )
        for version, picture, reason, by in found
    ]  # fmt: skip


def export(
    actor: Actor, words: str, number: int | None, format: str | None, quality: int
) -> tuple[Asset, Version, bytes]:
    """The exact bytes of a version or, with a format ("PNG", "JPEG", "WEBP"), a copy that is never a version."""
    require(actor, "version:export")
    wanted = FORMATS.get(format.lower()) if format is not None else None
    if format is not None and wanted is None:
        raise InvalidInput(f"A copy can be PNG, JPEG or WebP, not “{format}”.")
    if not 1 <= quality <= 100:
        raise InvalidInput("The quality of a copy is a whole number from 1 to 100.")
    with db.transaction() as tx:
        asset = find_asset(tx, words)
        version = numbered(tx, asset, number) if number is not None else head(tx, asset)
    data = storage.store().get(version.sha256)
    return asset, version, encode.copy(data, wanted, quality) if wanted else data
