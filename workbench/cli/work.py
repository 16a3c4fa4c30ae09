"""`edits` and `reviews`: change a picture, decide on it."""

import time
import uuid
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench import db, jobs, sources, worker
from workbench import edits as edits_
from workbench import reviews as reviews_
from workbench.cli import calls, documents
from workbench.errors import LoupeError
from workbench.models import Edit
from workbench.permissions import require

edits = typer.Typer(name="edits", help="Change pictures with approved templates.", no_args_is_help=True)
reviews = typer.Typer(name="reviews", help="Decide on submitted edits.", no_args_is_help=True)

EDIT = Annotated[str, typer.Argument(metavar="EDIT", help="Id of the edit, or its first 8 or more characters.")]
CANDIDATE = Annotated[int | None, typer.Option(min=1, help="Number of the candidate; the first without it.")]


@edits.command()
def propose(
    asset: Annotated[str, typer.Argument(metavar="ASSET", help="Name or id of the asset.")],
    template: Annotated[str, typer.Option(help="Name of an approved template.")],
    set: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="A value; may be given several times.")
    ] = None,
    engine: Annotated[str | None, typer.Option(help="exact or openai; the template's own choice without it.")] = None,
    model: Annotated[str | None, typer.Option(help="Name of an image model; the usual one without it.")] = None,
    quality: Annotated[str | None, typer.Option(help="Of an image model: low, medium, high …")] = None,
    guide: Annotated[str | None, typer.Option(help="What shows a model the region: mask, markup or none.")] = None,
    candidates: Annotated[int, typer.Option(min=1, max=10)] = 1,
    region: Annotated[str | None, typer.Option(help="x,y,w,h in whole pixels of the upright picture.")] = None,
    mask: Annotated[Path | None, typer.Option(help="A PNG of the same size; white may change.")] = None,
    protect: Annotated[str | None, typer.Option(help="x,y,w,h of what must not change.")] = None,
    protect_mask: Annotated[Path | None, typer.Option(help="A PNG of the same size; white must not change.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Run anew even where the same was run before.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Until it is ready or failed.")] = False,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait at most.")] = 600.0,
) -> None:
    """Run an approved template on a picture."""
    wish = edits_.Wish(
        template=template, values=calls.values(set or []), engine=engine, model=model, quality=quality, guide=guide,
        candidates=candidates, region=region, again=again, mask=sources.read_file(mask) if mask else None,
        protected=protect, protect=sources.read_file(protect_mask) if protect_mask else None,
    )  # fmt: skip
    edit = edits_.propose(calls.actor(), asset, wish)
    follow(edit, wait, timeout)


def follow(edit: Edit, wait: bool, timeout: float) -> None:
    """Wait if asked, then show the edit; a failed one ends the call with its sentence."""
    if wait:
        _wait(edit.id, timeout)
    elif edit.state == "queued" and not _worker_there():
        calls.remark("No worker is running, so this edit waits. `loupe up` or `loupe worker` starts one.")
    shown = show_edit(edit.id)
    if wait and shown.edit.state in ("failed", "unknown", "cancelled"):
        raise LoupeError(shown.edit.failure or "The edit was cancelled.")


def _worker_there() -> bool:
    with db.transaction() as tx:
        return jobs.anybody_there(tx)


def _wait(edit_id: uuid.UUID, timeout: float) -> None:
    """Until the edit has left queue and engine. Where no worker lives, it is run in this process."""
    until = time.monotonic() + timeout
    while True:
        with db.transaction() as tx:
            state, phase, progress = _state(tx, edit_id)
            there = state != "queued" or jobs.anybody_there(tx)
        if state not in ("queued", "running"):
            return
        if time.monotonic() > until:
            raise LoupeError(
                f"The edit is still {state} after {timeout:g} s: {phase or 'waiting for a worker'}, {progress:.0%}. "
                f"It goes on; `edits show {edit_id}` tells how it ended."
            )
        if not there:
            worker.run_one(edit_id)  # which comes back at once while its turn at a model is still to come
        time.sleep(0.2)


def _state(tx: Any, edit_id: uuid.UUID) -> tuple[str, str, float]:
    edit = tx.get_one(Edit, edit_id)
    return edit.state, edit.phase, edit.progress


def show_edit(edit_id: uuid.UUID | str) -> edits_.Shown:
    """Print one edit."""
    with db.transaction() as tx:
        shown = edits_.show(tx, str(edit_id))
    document = documents.edit(shown)
    lines = [
        f"{shown.edit.summary} on “{shown.asset.name}”: {shown.edit.state}{' (reused)' if document['reused'] else ''}"
    ]
    if shown.edit.failure:
        lines.append(shown.edit.failure)
    if shown.edit.raw:
        lines.append(f"  Raw output, not locked: {shown.edit.reason}")
    lines += [
        f"  candidate {one['index']}: {one['verdict']}. {' '.join(one['report']['reasons'])}"
        for one in document["candidates"]
    ]
    calls.show(document, "\n".join([*lines, str(shown.edit.id)]))
    return shown


@edits.command()
def show(edit: EDIT) -> None:
    """One edit."""
    require(calls.actor(), "asset:view")
    show_edit(edit)


@edits.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="Only edits in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    after: Annotated[str | None, typer.Option(help="The cursor `next` of the page before.")] = None,
) -> None:
    """Edits, newest first."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        found, further = edits_.rows(tx, state=state, after=after, limit=limit)
    _list(found, further, "No edits.")


def _list(found: list[edits_.Row], further: str | None, empty: str) -> None:
    rows = [
        {
            "edit": row.edit.id,
            "state": row.edit.state,
            "asset": row.asset.id,
            "name": row.asset.name,
            "summary": row.edit.summary,
            "author": row.author.email,
            "verdict": row.verdict,
            "at": row.edit.created_at.isoformat(),
        }
        for row in found
    ]
    columns = {
        "name": "Asset",
        "summary": "Change",
        "state": "State",
        "verdict": "Verdict",
        "author": "By",
        "edit": "Id",
    }
    calls.show({"items": rows, "next": further}, calls.table(rows, columns, empty=empty))


@edits.command()
def submit(edit: EDIT, candidate: CANDIDATE = None) -> None:
    """Ask a lead to decide."""
    done = reviews_.submit(calls.actor(), edit, candidate)
    show_edit(done.edit.id)


@edits.command()
def cancel(edit: EDIT) -> None:
    """Stop an edit that isn't submitted yet."""
    show_edit(edits_.cancel(calls.actor(), edit).id)


@edits.command()
def rerun(
    edit: EDIT,
    on_newest: Annotated[bool, typer.Option("--on-newest", help="On the asset's newest version.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Until it is ready or failed.")] = False,
    timeout: Annotated[float, typer.Option(min=0.1)] = 600.0,
) -> None:
    """Run the same values again as a new edit."""
    follow(edits_.rerun(calls.actor(), edit, on_newest=on_newest), wait, timeout)


def _decided(done: reviews_.Decided, words: str) -> None:
    document: dict[str, Any] = {"edit": done.edit.id, "state": done.edit.state, "asset": done.asset.id}
    if done.version is not None:
        document |= {"version": done.version.id, "number": done.version.number, "sha256": done.version.sha256}
    document["self_approved"] = bool(done.decision and done.decision.self_approved)
    calls.show(document, words)


@reviews.command()
def accept(edit: EDIT, note: Annotated[str, typer.Option(help="For the record.")] = "") -> None:
    """Make the submitted candidate the asset's next version."""
    done = reviews_.accept(calls.actor(), edit, note=note)
    own = " It was approved by its own author." if done.decision and done.decision.self_approved else ""
    _decided(done, f"“{done.asset.name}” is at version {done.version.number if done.version else '?'} now.{own}")


@reviews.command()
def reject(edit: EDIT, reason: Annotated[str, typer.Option(help="The author reads it word for word.")]) -> None:
    """Send an edit back with a reason."""
    _decided(
        reviews_.reject(calls.actor(), edit, reason=reason),
        "Rejected. Its author reads the reason and can run it again.",
    )


@reviews.command()
def withdraw(edit: EDIT) -> None:
    """Take your own submitted edit back."""
    _decided(reviews_.withdraw(calls.actor(), edit), "Withdrawn.")


@reviews.command()
def undo(edit: EDIT, note: Annotated[str, typer.Option(help="For the record.")] = "") -> None:
    """Take an acceptance back; the edit waits for a decision again."""
    done = reviews_.undo(calls.actor(), edit, note=note)
    _decided(
        done,
        f"Undone: version {done.version.number if done.version else '?'} has the former bytes, the edit waits again.",
    )


@reviews.command("list")
def reviews_list(
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    after: Annotated[str | None, typer.Option(help="The cursor `next` of the page before.")] = None,
) -> None:
    """The edits that wait for a decision, the longest waiting first."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        last = edits_.find(tx, after) if after else None
        anchor = (last.submitted_at, last.id) if last and last.submitted_at else None
        found = edits_.waiting(tx, after=anchor, limit=limit + 1)
    _list(found[:limit], str(found[limit - 1].edit.id) if len(found) > limit else None, "Nothing waits for a decision.")
