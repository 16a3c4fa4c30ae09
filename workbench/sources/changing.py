"""What may be changed about an asset without touching its pictures: name, tags, collection, whether it is shown."""

from collections.abc import Sequence

import sqlalchemy as sa

from workbench import audit, db, versions
from workbench.errors import InvalidInput
from workbench.models import Asset
from workbench.permissions import Actor, require
from workbench.sources.naming import checked_collection, checked_name, checked_tags, taken


def rename(actor: Actor, words: str, name: str) -> Asset:
    """Give the asset another name."""
    require(actor, "asset:change")
    with db.transaction() as tx:
        asset = versions.find_asset(tx, words, lock=True)
        wanted, former = checked_name(name), asset.name
        if wanted.lower() != former.lower() and taken(tx, wanted):
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
        gone = set(checked_tags(remove))
        asset.tags = sorted({*asset.tags, *checked_tags(add)} - gone)
        if collection is not None:
            asset.collection = checked_collection(collection)
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
        if restore and taken(tx, asset.name):
            raise InvalidInput(f"Another asset is called “{asset.name}” by now. Rename that one first.")
        asset.archived_at = None if restore else sa.func.now()  # type: ignore[assignment]
        tx.add(asset)
        audit.record(
            tx, actor, "asset:restore" if restore else "asset:archive", asset.id, asset=asset.id, name=asset.name
        )
        tx.refresh(asset)
        return asset
