"""Everything the History page shows, read in one transaction."""

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from workbench import db, edits, sources, versions
from workbench.edits import reading
from workbench.errors import NotFound
from workbench.models import Asset, Blob, Version
from workbench.permissions import Actor
from workbench.ui import address, makers
from workbench.versions import Entry

#: versions on one page of the timeline
PAGE = 30
LOST = "What this address asks for isn't here. The link may be cut off, or belong to another Loupe."


@dataclass(frozen=True)
class Record:
    """One asset's history, with the version that is looked at and the one beside it."""

    actor: Actor
    asset: Asset
    #: a page of the timeline, newest first
    entries: list[Entry]
    head: Entry
    chosen: Entry
    #: what it is compared with; None while there is only one version
    against: Entry | None
    #: the edit that made the chosen version
    edit: edits.Shown | None
    #: bytes of the chosen version's file
    octets: int
    #: whether the timeline goes on below
    older: bool
    #: how many edits wait for a decision on this asset, counted up to 20
    waiting: int
    missing: str
    #: what an image model was asked for the edit
    made: makers.Made = field(default_factory=makers.Made)

    @property
    def number(self) -> int:
        """Number of the version that is looked at."""
        return self.chosen.version.number

    @property
    def newest(self) -> int:
        """Number of the newest version."""
        return self.head.version.number


def read(actor: Actor) -> Record | None:
    """What the address asks for; the library's newest picture where it asks for none; None while there is none."""
    with db.transaction() as tx:
        asset, number, missing = _asked(tx)
        if asset is None:
            return None
        newest = versions.head(tx, asset).number
        if number is not None and not 1 <= number <= newest:
            number, missing = None, f"“{asset.name}” has no version {number}; its newest is version {newest}."
        number = number or newest
        beside = _beside(number, newest)
        named = versions.entries(tx, asset, {number, beside, newest})
        listed = versions.history(tx, asset, before=address.number("before"), limit=PAGE + 1)
        chosen = named[number]
        edit = edits.show(tx, str(chosen.version.edit_id)) if chosen.version.edit_id else None
        made = makers.read(tx, edit.edit if edit else None)
        blob = tx.get_one(Blob, chosen.version.sha256)
        waiting = len(reading.rows(tx, state="submitted", asset=asset.id, limit=20)[0])
    against = named.get(beside) if beside != number else None
    older = len(listed) > PAGE
    return Record(
        actor, asset, listed[:PAGE], named[newest], chosen, against, edit, blob.size, older, waiting, missing, made
    )


def _asked(tx: Session) -> tuple[Asset | None, int | None, str]:
    """The asset and the version's number that the address names, and a sentence when it names what isn't there."""
    number, missing = address.number("version"), ""
    found = versions.by_id(tx, Version, address.said("version")) if number is None else []
    try:
        if len(found) == 1:
            return tx.get_one(Asset, found[0].asset_id), found[0].number, ""
        if address.said("asset"):
            return versions.find_asset(tx, address.said("asset")), number, ""
    except NotFound:
        missing = LOST
    first = sources.library(tx, limit=1).assets
    return (first[0] if first else None), None, missing


def _beside(number: int, newest: int) -> int:
    """The version to compare with: the one asked for, else the newest, and for the newest the one before."""
    asked = address.number("against")
    if asked and asked != number and asked <= newest:
        return asked
    return newest if number != newest else max(1, number - 1)


def change(version: Version) -> str:
    """What made the version, in a few words."""
    about: dict[str, Any] = version.provenance
    if version.kind == "import":
        origin = str(about.get("origin") or "a file")
        return f"Added from {origin}" if origin == "upload" else f"Added: {origin}"
    if version.kind == "revert":
        undone = ", a decision was undone" if about.get("undone_edit") else ""
        return f"Back to version {about.get('reverted_to', '?')}{undone}"
    return str(about.get("summary") or "Edited")


def document(record: Record) -> dict[str, Any]:
    """The chosen version's whole provenance, as it is exported."""
    version, approver, raw = record.chosen.version, record.chosen.approved_by, record.chosen.raw
    return {
        "asset": {"id": str(record.asset.id), "name": record.asset.name},
        "version": str(version.id),
        "number": version.number,
        "kind": version.kind,
        "sha256": version.sha256,
        "size": [record.chosen.picture.width, record.chosen.picture.height],
        "format": record.chosen.picture.format,
        "parent": str(version.parent_id) if version.parent_id else None,
        "edit": str(version.edit_id) if version.edit_id else None,
        "committed_by": record.chosen.committed_by.email,
        "approved_by": approver.email if approver else None,
        "self_approved": version.self_approved,
        "raw": {"reason": raw.reason, "by": raw.by.email} if raw else None,
        "at": version.created_at.isoformat(),
        "note": version.note,
        "provenance": version.provenance,
    }
