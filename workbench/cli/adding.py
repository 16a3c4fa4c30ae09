"""`sources`: pictures in, one or many, from this machine by this very call, from elsewhere by workers."""

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from workbench import sources as sources_
from workbench.cli import calls, imports
from workbench.errors import InvalidInput
from workbench.models import Duplicates
from workbench.permissions import require
from workbench.sources.imports import in_list, in_manifest
from workbench.sources.remote import checked, is_folder

sources = typer.Typer(name="sources", help="Add pictures.", no_args_is_help=True)
imports.add_to(sources)

POLICIES = ("add", "skip", "version")


@sources.command()
def add(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE...",
            help="Files, folders, https:// addresses, s3://BUCKET/KEY, s3://BUCKET/FOLDER/, redis://KEY.",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The asset's name; the file's name without it.")] = None,
    collection: Annotated[str | None, typer.Option()] = None,
    tag: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
    onto: Annotated[
        str | None, typer.Option(metavar="ASSET", help="Make the picture this asset's next version; for leads.")
    ] = None,
    duplicates: Annotated[
        str, typer.Option(help="What looks like one in the library: add it, skip it, or make it a new version of it.")
    ] = "add",
    listed: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="A file with one source on each line.")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A CSV file with the columns source, name, collection, tags.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Until everything has come in.")] = False,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait at most.")] = 3600.0,
) -> None:
    """Add one picture or many; many that come from elsewhere are brought in by workers."""
    if duplicates not in POLICIES:
        raise InvalidInput(f"--duplicates takes {', '.join(POLICIES)}, not “{duplicates}”.")
    policy = cast(Duplicates, duplicates)
    given = paths or []
    if len(given) == 1 and not (listed or manifest or is_folder(given[0]) or Path(given[0]).expanduser().is_dir()):
        _one(given[0], name, collection, tag or [], onto, policy)
        return
    if name is not None or onto is not None:
        raise InvalidInput("Many pictures are named after their files; leave --name and --onto out.")
    entries, columns = _entries(given, listed, manifest)
    if columns:
        calls.remark(f"Columns that mean nothing here: {', '.join(columns)}.")
    title = manifest.name if manifest else listed.name if listed else ""
    _many(entries, title, {"collection": collection, "tags": tag or [], "duplicates": policy}, wait, timeout)


def _one(
    path: str, name: str | None, collection: str | None, tags: list[str], onto: str | None, policy: Duplicates
) -> None:
    if onto is not None and name is not None:
        raise InvalidInput("The next version of an asset has the asset's name; leave --name out.")
    more: dict[str, Any] = {"collection": collection, "tags": tags, "onto": onto, "duplicates": policy}
    if sources_.is_remote(path):
        _say_added(sources_.add_address(calls.actor(), path, name=name, **more), name)
        return
    actor, place = calls.actor(), Path(path).expanduser()
    require(actor, "asset:add")
    data = sources_.read_file(place)
    named = name is not None
    _say_added(sources_.add(actor, data, name=name or place.stem, origin=place.name, named=named, **more), name)


def _entries(
    paths: list[str], listed: Path | None, manifest: Path | None
) -> tuple[list[tuple[Path, sources_.Entry]], list[str]]:
    """Everything that was named, with the folder that its relative paths start from, and columns without meaning."""
    here = Path()
    found = [(here, sources_.Entry(path)) for path in paths]
    columns: list[str] = []
    if listed is not None:
        place = listed.expanduser()
        found += [(place.parent, entry) for entry in in_list(sources_.read_file(place))]
    if manifest is not None:
        place = manifest.expanduser()
        entries, columns = in_manifest(sources_.read_file(place))
        found += [(place.parent, entry) for entry in entries]
    if not found:
        raise InvalidInput("Name at least one file, folder or address.")
    return found, columns


def _many(
    entries: list[tuple[Path, sources_.Entry]], title: str, more: dict[str, Any], wait: bool, timeout: float
) -> None:
    actor = calls.actor()
    files, elsewhere, refused = _sorted(entries)
    added: list[sources_.Added] = []
    if files:
        with calls.progress("Adding") as tell:
            added, bad = sources_.add_files(actor, files, tell=tell, **more)
        refused += bad
    document: dict[str, Any] = {
        "added": [_added(one) for one in added],
        "refused": [vars(one) for one in refused],
    }
    here = sum(one.outcome == "here" for one in added)
    known = f", {here} were here already" if here else ""
    said = f"{len(added) - here} added{known}, {len(refused)} refused."
    lines = [said] if files or refused or not elsewhere else []
    lines += [f"{one.path}: {one.message}" for one in refused]
    if elsewhere:
        if len(entries) == 1:
            checked(elsewhere[0].source)  # wrong usage, rather than an import that refuses its one item
        job = sources_.start_import(actor, elsewhere, title=title, **more)
        shown, words = imports.followed(job.id, wait, timeout)
        document["import"], lines = shown, [*lines, *words]
    calls.show(document, "\n".join(lines))


def _sorted(
    entries: list[tuple[Path, sources_.Entry]],
) -> tuple[list[sources_.LocalFile], list[sources_.Entry], list[sources_.Refused]]:
    """Files of this machine, what workers bring in, and what can't be either."""
    files: list[sources_.LocalFile] = []
    elsewhere: list[sources_.Entry] = []
    refused: list[sources_.Refused] = []
    for base, entry in entries:
        if entry.problem is not None:
            refused.append(sources_.Refused(entry.source, entry.problem))
        elif sources_.is_remote(entry.source):
            elsewhere.append(entry)
        else:
            path = base / Path(entry.source).expanduser()
            below = sources_.pictures_below(path) if path.is_dir() else [path]
            name = entry.name if not path.is_dir() else None
            files += [sources_.LocalFile(one, name, entry.collection, entry.tags) for one in below]
    return files, elsewhere, refused


def _say_added(one: sources_.Added, name: str | None) -> None:
    if one.outcome == "version":
        found = f"Version {one.version.number} of “{one.asset.name}”."
    elif one.outcome == "here" or (one.duplicate and name is None):
        found = f"Already here as “{one.asset.name}”."
    else:
        found = f"Added “{one.asset.name}”."
    picture = one.picture
    others = [like.asset.name for like in one.alike if like.asset.id != one.asset.id]
    like = f" It looks like “{'”, “'.join(others[:3])}”." if others else ""
    size = f"{picture.width} × {picture.height} {picture.format}"
    calls.show(_added(one), f"{found}{like} {size}, {one.asset.id}")


def _added(one: sources_.Added) -> dict[str, Any]:
    return {
        "asset": one.asset.id,
        "name": one.asset.name,
        "version": one.version.id,
        "number": one.version.number,
        "sha256": one.version.sha256,
        "width": one.picture.width,
        "height": one.picture.height,
        "duplicate": one.duplicate,
        "outcome": one.outcome,
        "alike": [
            {"asset": like.asset.id, "name": like.asset.name, "number": like.version.number, "how": like.how}
            for like in one.alike
            if like.asset.id != one.asset.id
        ],
    }
