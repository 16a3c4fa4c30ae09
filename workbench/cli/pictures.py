"""`assets` and `versions`: pictures found, and out again."""

from pathlib import Path
from typing import Annotated, Any

import typer

from workbench import db, edits, sources
from workbench import versions as versions_
from workbench.cli import calls, work
from workbench.errors import LoupeError
from workbench.models import Asset
from workbench.permissions import require

assets = typer.Typer(name="assets", help="Find, name and archive pictures.", no_args_is_help=True)
versions = typer.Typer(name="versions", help="The history of a picture.", no_args_is_help=True)

ASSET = Annotated[str, typer.Argument(metavar="ASSET", help="Name or id of the asset.")]


def asset_document(asset: Asset) -> dict[str, Any]:
    """An asset as the lists give it."""
    return {
        "asset": asset.id,
        "name": asset.name,
        "collection": asset.collection,
        "tags": asset.tags,
        "version": asset.head_id,
        "number": asset.number,
        "sha256": asset.sha256,
        "format": asset.format,
        "width": asset.width,
        "height": asset.height,
        "updated_at": asset.updated_at.isoformat(),
        "archived": asset.archived_at is not None,
    }


@assets.command("list")
def list_(
    query: Annotated[str, typer.Option(help="Words of the name, tags or collection, by their beginning.")] = "",
    collection: Annotated[str | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    after: Annotated[str | None, typer.Option(help="The cursor `next` of the page before.")] = None,
    archived: Annotated[bool, typer.Option("--archived", help="The archived ones instead.")] = False,
) -> None:
    """The assets, newest change first."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        page = sources.library(
            tx, query=query, collections=[collection] if collection else [], after=after, limit=limit, archived=archived
        )
    rows = [asset_document(asset) for asset in page.assets]
    shown = {
        "name": "Name",
        "number": "Version",
        "format": "Format",
        "width": "Width",
        "height": "Height",
        "asset": "Id",
    }
    calls.show(
        {"items": rows, "next": page.next}, calls.table(rows, shown, empty="Nothing fits. `sources add` adds pictures.")
    )


@assets.command()
def show(asset: ASSET) -> None:
    """One asset."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        found = versions_.find_asset(tx, asset)
    document = asset_document(found)
    calls.show(document, "\n".join(f"{key}: {value}" for key, value in document.items()))


@assets.command()
def rename(asset: ASSET, name: Annotated[str, typer.Argument()]) -> None:
    """Give an asset another name."""
    found = sources.rename(calls.actor(), asset, name)
    calls.show({"asset": found.id, "name": found.name}, f"It is called “{found.name}” now.")


@assets.command()
def tag(
    asset: ASSET,
    tags: Annotated[list[str] | None, typer.Argument(help="Tags to add.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="A tag to take away; may be given several times.")] = None,
    collection: Annotated[str | None, typer.Option(help='Move it to this collection; "" for none.')] = None,
) -> None:
    """Add or remove tags, or change the collection."""
    found = sources.tag(calls.actor(), asset, add=tags or (), remove=remove or (), collection=collection)
    document = {"asset": found.id, "name": found.name, "tags": found.tags, "collection": found.collection}
    calls.show(
        document, f"“{found.name}”: {', '.join(found.tags) or 'no tags'}; collection {found.collection or 'none'}."
    )


@assets.command()
def archive(asset: ASSET) -> None:
    """Hide an asset from the library; nothing is deleted."""
    found = sources.archive(calls.actor(), asset)
    calls.show({"asset": found.id, "name": found.name, "archived": True}, f"“{found.name}” is archived.")


@assets.command()
def restore(asset: ASSET) -> None:
    """Show an archived asset in the library again."""
    found = sources.archive(calls.actor(), asset, restore=True)
    calls.show({"asset": found.id, "name": found.name, "archived": False}, f"“{found.name}” is back in the library.")


@versions.command("list")
def versions_list(asset: ASSET) -> None:
    """All versions of an asset, oldest first."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        found = versions_.find_asset(tx, asset)
        entries = versions_.history(tx, found, limit=100_000)[::-1]
    numbers = {entry.version.id: entry.version.number for entry in entries}
    rows = [
        {
            "number": entry.version.number,
            "kind": entry.version.kind,
            "sha256": entry.version.sha256,
            "parent": numbers.get(entry.version.parent_id) if entry.version.parent_id else None,
            "edit": entry.version.edit_id,
            "committed_by": entry.committed_by.email,
            "approved_by": entry.approved_by.email if entry.approved_by else None,
            "self_approved": entry.version.self_approved,
            "at": entry.version.created_at.isoformat(),
        }
        | ({"raw": True, "reason": entry.raw.reason} if entry.raw else {})
        for entry in entries
    ]
    shown = {
        "number": "Version",
        "kind": "Kind",
        "committed_by": "By",
        "approved_by": "Accepted by",
        "at": "When",
        "sha256": "SHA-256",
    }
    calls.show(rows, calls.table(rows, shown, empty="It has no versions."))


@versions.command()
def export(
    asset: ASSET,
    number: Annotated[int | None, typer.Argument(help="The newest without one.")] = None,
    *,
    to: Annotated[Path, typer.Option(help="File to write.")],
    format: Annotated[str | None, typer.Option(help="png, jpeg or webp: a copy instead of the exact file.")] = None,
    quality: Annotated[int, typer.Option(help="1 to 100, for a JPEG or WebP copy.")] = 90,
) -> None:
    """Write the exact file of a version, or a copy in another format that is never a version."""
    found, version, data = versions_.export(calls.actor(), asset, number, format, quality)
    try:
        to.expanduser().write_bytes(data)
    except OSError as error:
        raise LoupeError(f"“{to}” can't be written: {error.strerror}. Choose another place.") from error
    facts = {"asset": found.id, "number": version.number, "sha256": version.sha256}
    document = {**facts, "path": str(to), "exact": format is None, "bytes": len(data)}
    calls.show(document, f"Wrote version {version.number} of “{found.name}” to {to}.")


@versions.command()
def revert(asset: ASSET, number: Annotated[int, typer.Argument()], note: Annotated[str, typer.Option()] = "") -> None:
    """Add a version with exactly the bytes of an earlier one."""
    found, version = versions_.revert(calls.actor(), asset, number, note=note)
    document = {
        "asset": found.id,
        "version": version.id,
        "number": version.number,
        "kind": version.kind,
        "sha256": version.sha256,
    }
    calls.show(document, f"Version {version.number} of “{found.name}” has the bytes of version {number}.")


@versions.command()
def reapply(
    asset: ASSET,
    number: Annotated[int, typer.Argument()],
    onto: Annotated[str, typer.Option(help="The asset that gets the same change.")],
) -> None:
    """Propose the change that made a version on another asset."""
    edit = edits.reapply(calls.actor(), asset, number, onto)
    work.show_edit(edit.id)
