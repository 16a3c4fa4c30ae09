"""`store`: move the pictures' bytes, look through them for rot, clear away what belongs to nobody."""

from collections.abc import Iterator
from typing import Annotated

import typer

from workbench import db, storage, versions
from workbench.cli import calls
from workbench.errors import InvalidInput
from workbench.permissions import require
from workbench.storage import moving

store = typer.Typer(name="store", help="The bytes of all pictures.", no_args_is_help=True)

#: hours that a file nobody refers to is left alone at least: its edit may still be running
SHORTEST_GRACE = 1.0
#: files that are looked up together
AT_ONCE = 1000


@store.command()
def migrate(
    back: Annotated[bool, typer.Option("--back", help="From the bucket into the folder.")] = False,
) -> None:
    """Copy every file from the folder to the bucket of the settings; run again, it goes on where it stopped."""
    require(calls.actor(), "store:change")
    source, target = (storage.bucket(), storage.folder()) if back else (storage.folder(), storage.bucket())
    with calls.progress("Copying") as tell:
        count = moving.copy(source, target, tell)
    document = {"from": source.place, "to": target.place, "objects": count}
    calls.show(document, f"All {count:,} files of {source.place} are in {target.place}, each one verified.")


@store.command()
def scrub() -> None:
    """Read every file and name the versions whose bytes are damaged; exit 1 when there are any."""
    require(calls.actor(), "audit:verify")
    chosen = storage.store()
    with calls.progress("Reading") as tell:
        found = moving.damaged(chosen, tell)
    with db.transaction() as tx:
        hurt = versions.hurt(tx, found)
    items = [{"sha256": name, "versions": hurt[name]} for name in found]
    lines = [f"{name[:12]} is damaged: {', '.join(hurt[name]) or 'no version needs it'}" for name in found]
    calls.show({"ok": not found, "damaged": items}, "\n".join(lines) or f"Every file in {chosen.place} is whole.")
    if found:
        raise typer.Exit(1)


@store.command()
def sweep(
    older_than: Annotated[
        float, typer.Option(metavar="HOURS", help="Younger ones stay: an unfinished draft may be among them.")
    ] = 168.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Remove files that nothing refers to."""
    require(calls.actor(), "store:change")
    if older_than < SHORTEST_GRACE:
        raise InvalidInput(f"An edit that runs has files without an owner: give at least {SHORTEST_GRACE:g} hour.")
    chosen, gone, size = storage.store(), 0, 0
    with calls.progress("Looking") as tell:
        for name in _ownerless(chosen, older_than * 3600, tell):
            gone, size = gone + 1, size + chosen.size(name)
            if not dry_run:
                chosen.erase(name)
    words = "would be" if dry_run else "were"
    document = {"removed": gone, "bytes": size, "dry_run": dry_run}
    calls.show(document, f"{gone:,} files, {size / 1e6:.1f} MB, {words} removed.")


def _ownerless(chosen: storage.Store, seconds: float, tell: moving.Tell) -> Iterator[str]:
    """What no row names and nobody has put for so long; bytes that are put again are young again."""
    kept = list(chosen.all())
    for start in range(0, len(kept), AT_ONCE):
        tell(start, len(kept), "")
        names = kept[start : start + AT_ONCE]
        with db.transaction() as tx:
            known = versions.known_blobs(tx, names)
        yield from (name for name in names if name not in known and chosen.age(name) > seconds)
    tell(len(kept), len(kept), "")
