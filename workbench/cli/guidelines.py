"""`guidelines`: the brand's palette, fonts and marks, in revisions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlmodel import Session

from workbench import db, recipes, sources
from workbench import guidelines as guidelines_
from workbench.cli import calls
from workbench.cli.rules import read_text
from workbench.errors import InvalidInput, LoupeError
from workbench.models import GuidelineRevision
from workbench.permissions import require

guidelines = typer.Typer(name="guidelines", help="Palette, fonts and marks.", no_args_is_help=True)


FILE = Annotated[Path, typer.Argument(metavar="FILE", help="A TOML file, or a ZIP of it with its fonts and marks.")]
REVISION = Annotated[int | None, typer.Argument(help="The approved one without it.")]


def _guideline(row: GuidelineRevision) -> dict[str, Any]:
    guideline = guidelines_.definition(row)
    return {
        "revision": row.revision,
        "state": row.state,
        "title": row.title,
        "palette": [{"name": one.name, "hex": one.hex, "tolerance": one.tolerance} for one in guideline.colours],
        "fonts": [
            {"name": one.name, "file": one.file, "licence": one.licence, "sha256": one.sha256}
            for one in guideline.fonts
        ],
        "marks": [
            {"name": one.name, "kind": one.kind, "file": one.file, "sha256": one.sha256} for one in guideline.marks
        ],
        "sha256": row.sha256,
    }


@guidelines.command("add")
def guidelines_add(file: FILE) -> None:
    """Propose a guideline; fonts and marks it names lie beside the file, or with it in a ZIP."""
    text, files = _read(file)
    row = guidelines_.propose(calls.actor(), text, {**_kept(text, files), **files})
    calls.show(_guideline(row), f"Revision {row.revision} of the guideline is {row.state}.")


def _read(file: Path) -> tuple[str, Mapping[str, bytes]]:
    if file.suffix.lower() == ".zip":
        brought = guidelines_.unzipped(sources.read_file(file.expanduser()))
        if brought.unused:
            calls.remark(f"Not used, because the guideline doesn't name it: {', '.join(brought.unused)}.")
        return brought.text, brought.files
    text = read_text(file)
    folder = file.expanduser().resolve().parent
    names = guidelines_.names(text)
    return text, {name: sources.read_file(folder / name) for name in names if (folder / name).is_file()}


def _kept(text: str, given: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that were not given and that the revision in force has under the same name."""
    lacking = [name for name in guidelines_.names(text) if name not in given]
    with db.transaction() as tx:
        current = guidelines_.current(tx)
    if current is None or not lacking:
        return {}
    kept = guidelines_.stored(guidelines_.definition(current), *lacking)
    if kept:
        calls.remark(f"Taken from revision {current.revision}, because they were not given: {', '.join(sorted(kept))}.")
    return kept


@guidelines.command("export")
def guidelines_export(
    revision: REVISION = None, *, to: Annotated[Path, typer.Option(help="A folder, or a file that ends in .zip.")]
) -> None:
    """Write a revision as its TOML with all fonts and marks; `guidelines add` reads them back."""
    row, files = guidelines_.export(calls.actor(), revision)
    place = to.expanduser()
    try:
        if place.suffix.lower() == ".zip":
            place.write_bytes(guidelines_.zipped(files))
        else:
            _write_folder(place, files)
    except OSError as error:
        raise LoupeError(f"“{to}” can't be written: {error.strerror}. Choose another place.") from error
    document = {"revision": row.revision, "sha256": row.sha256, "path": str(to), "files": sorted(files)}
    calls.show(document, f"Wrote revision {row.revision} of the guideline to {to}.")


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files, or none where another file of such a name would be lost."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = [name for name, data in files.items() if (folder / name).exists() and (folder / name).read_bytes() != data]
    if taken:
        raise InvalidInput(f"“{folder}” has another {', '.join(sorted(taken))} already. Choose an empty folder.")
    for name, data in files.items():
        (folder / name).write_bytes(data)


@guidelines.command("list")
def guidelines_list() -> None:
    """The revisions, newest first."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        rows = [
            {"revision": row.revision, "state": row.state, "title": row.title} for row in guidelines_.everything(tx)
        ]
    columns = {"revision": "Revision", "state": "State", "title": "Title"}
    calls.show({"items": rows, "next": None}, calls.table(rows, columns, empty="There is no guideline yet."))


@guidelines.command("approve")
def guidelines_approve(
    revision: Annotated[int | None, typer.Argument(help="The newest proposed one without it.")] = None,
) -> None:
    """Release a proposed revision."""
    row = guidelines_.approve(calls.actor(), revision)
    calls.show({**_guideline(row), "self_approved": row.self_approved}, f"Revision {row.revision} holds from now on.")


@guidelines.command("show")
def guidelines_show(
    revision: REVISION = None,
    *,
    compare: Annotated[int | None, typer.Option(help="Say what differs from this revision.")] = None,
) -> None:
    """One revision, on request beside another one."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        row = guidelines_.show(tx, revision)
        other = guidelines_.show(tx, compare) if compare is not None else None
        touched = _affected(tx, other, row) if other else []
    document = _guideline(row)
    words = [f"{row.title}, revision {row.revision}, {row.state}"]
    words += [f"  {colour['hex']}  {colour['name']}" for colour in document["palette"]]
    if other:
        document["compared"] = _compared(other, row)
        document["affected"] = touched
        words += ["", f"Different from revision {other.revision}:"]
        words += [f"  {one['where']}: {one['before'] or '–'} → {one['after'] or '–'}" for one in document["compared"]]
        words += [f"  Template {one['template']}: {one['sentence']}" for one in touched]
    calls.show(document, "\n".join(words))


def _compared(old: GuidelineRevision, new: GuidelineRevision) -> list[dict[str, str | None]]:
    found = recipes.differences(guidelines_.definition(old), guidelines_.definition(new))
    return [{"where": where, "before": before, "after": after} for where, before, after in found]


def _affected(tx: Session, old: GuidelineRevision, new: GuidelineRevision) -> list[dict[str, Any]]:
    found = guidelines_.affected(tx, guidelines_.definition(old), guidelines_.definition(new))
    return [{"template": one.name, "sentence": one.sentence, "gone": one.gone} for one in found]
