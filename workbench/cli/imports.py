"""`sources imports`, `show`, `cancel` and `browse`: imports that workers carry out, and where they can begin."""

import time
import uuid
from typing import Annotated, Any, cast

import typer

from workbench import db, jobs, sources
from workbench.cli import calls
from workbench.errors import InvalidInput, LoupeError
from workbench.models import ItemState
from workbench.permissions import require

IMPORT = Annotated[str, typer.Argument(metavar="IMPORT", help="Id of the import, as `sources imports` lists it.")]
#: what became of an item, as people read it
WORDS: dict[ItemState, str] = {
    "waiting": "waiting", "running": "coming in", "added": "added", "version": "new versions",
    "here": "were here already", "listed": "folders", "refused": "refused", "cancelled": "cancelled",
}  # fmt: skip


def add_to(group: typer.Typer) -> None:
    """Put the commands about imports among those of `group`."""
    group.command("imports")(list_)
    for command in (show, cancel, browse):
        group.command()(command)


def followed(import_id: uuid.UUID, wait: bool, timeout: float) -> tuple[dict[str, Any], list[str]]:
    """The import as it is now or, with `wait`, at its end."""
    shown = _waited(import_id, timeout) if wait else _read(import_id)
    with db.transaction() as tx:
        bad = sources.import_items(tx, shown.job, states=["refused"], limit=500)
        if not wait and not jobs.anybody_there(tx):
            calls.remark("No worker is running, so this import waits. `loupe up` or `loupe worker` starts one.")
    lines = [_told(shown), *(f"{one.item.source}: {one.item.sentence}" for one in bad.items)]
    return _document(shown) | {"refused": [_item(one) for one in bad.items]}, lines


def _read(import_id: uuid.UUID) -> sources.Imported:
    with db.transaction() as tx:
        return sources.imported(tx, str(import_id))


def _waited(import_id: uuid.UUID, timeout: float) -> sources.Imported:
    until = time.monotonic() + timeout
    with calls.progress("Importing") as tell:
        while True:
            shown = _read(import_id)
            tell(shown.done, shown.all)
            if shown.state != "running":
                return shown
            if time.monotonic() > until:
                raise LoupeError(
                    f"{shown.all - shown.done} of {shown.all} pictures have not come in after {timeout:g} s. "
                    f"The import goes on; `sources show {import_id}` tells how it ended."
                )
            with db.transaction() as tx:
                there = jobs.anybody_there(tx)
            if there or sources.work_import(import_id, spell=1.0) or _read(import_id).done == shown.done:
                time.sleep(0.3)


def list_(
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
    after: Annotated[str | None, typer.Option(help="The cursor `next` of the page before.")] = None,
) -> None:
    """The imports, newest first."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        before = sources.imported(tx, after).job.id if after else None
        found = sources.imports_newest(tx, before=before, limit=limit + 1)
    rows = [_document(one) for one in found[:limit]]
    shown = {"title": "Import", "state": "State", "done": "Done", "all": "Pictures", "by": "By", "import": "Id"}
    following = rows[-1]["import"] if len(found) > limit else None
    calls.show({"items": rows, "next": following}, calls.table(rows, shown, empty="Nothing was imported yet."))


def show(
    id: IMPORT,
    state: Annotated[str | None, typer.Option(help="Only items in this state, like refused.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100,
    after: Annotated[int, typer.Option(help="The cursor `next` of the page before.")] = 0,
) -> None:
    """One import, and what became of its pictures."""
    require(calls.actor(), "asset:view")
    if state is not None and state not in WORDS:
        raise InvalidInput(f"--state takes {', '.join(WORDS)}, not “{state}”.")
    with db.transaction() as tx:
        shown = sources.imported(tx, id)
        states = [state] if state else []
        page = sources.import_items(tx, shown.job, states=states, after=after, limit=limit)
    rows = [_item(one) for one in page.items]
    lines = [_told(shown)]
    lines += [f"  {one['source']}: {one['sentence'] or WORDS[cast(ItemState, one['state'])]}" for one in rows]
    calls.show(_document(shown) | {"items": rows, "next": page.next}, "\n".join(lines))


def cancel(id: IMPORT) -> None:
    """Stop an import; what came in stays."""
    job = sources.cancel_import(calls.actor(), id)
    shown = _read(job.id)
    calls.show(_document(shown), f"Cancelled. {_told(shown)}")


def browse(
    address: Annotated[str | None, typer.Argument(metavar="s3://BUCKET/FOLDER/", help="What is open, without.")] = None,
    after: Annotated[str | None, typer.Option(help="The cursor `next` of the page before.")] = None,
) -> None:
    """What lies in a bucket that is open for adding pictures."""
    actor = calls.actor()
    if address is None:
        require(actor, "asset:add")
        opened = sources.roots()
        empty = "No bucket is open. LOUPE_S3_SOURCES names those that are."
        calls.show({"folders": opened, "files": [], "next": None}, "\n".join(opened) or empty)
        return
    page = sources.listing(actor, address, after)
    files = [
        {"address": one.address, "bytes": one.size, "changed_at": one.changed_at.isoformat()} for one in page.files
    ]
    lines = [*page.folders, *(f"{one.address}  {one.size / 1e6:.1f} MB" for one in page.files)]
    document = {"address": page.address, "above": page.above, "folders": page.folders, "files": files,
                "others": page.others, "next": page.next}  # fmt: skip
    calls.show(document, "\n".join(lines) or "Nothing in it is called like a picture.")


def _told(shown: sources.Imported) -> str:
    counts = ", ".join(f"{number:,} {WORDS[state]}" for state, number in shown.counts.items())
    return f"Import {shown.job.id} “{shown.job.title}” is {shown.state}: {counts}."


def _document(shown: sources.Imported) -> dict[str, Any]:
    job = shown.job
    return {
        "import": job.id, "title": job.title, "state": shown.state, "done": shown.done, "all": shown.all,
        "counts": dict(shown.counts), "duplicates": job.duplicates, "by": shown.author.email,
        "at": job.created_at.isoformat() if job.created_at else None,
    }  # fmt: skip


def _item(one: Any) -> dict[str, Any]:
    item = one.item
    return {
        "place": item.place, "line": item.line, "source": item.source, "state": item.state, "sentence": item.sentence,
        "asset": item.asset_id, "name": one.asset.name if one.asset else item.name, "version": item.version_id,
        "number": one.version.number if one.version else None, "alike": item.alike,
    }  # fmt: skip
