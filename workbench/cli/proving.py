"""`templates prove`: a revision on real pictures, waited for if asked, in this process where no worker lives."""

import time
import uuid
from typing import Annotated, Any

import typer

from workbench import db, edits, jobs, proofs, worker
from workbench.cli import calls, rules
from workbench.cli.rules import NAME, REVISION
from workbench.errors import LoupeError
from workbench.settings import settings

#: what a count is called in the line that people read
WORDS = {
    "passed": "passed", "review": "to be looked at", "failed": "failed", "refused": "refused", "waiting": "waiting",
    "cancelled": "not run",
}  # fmt: skip


def add_to(group: typer.Typer) -> None:
    """Put `prove` among the commands of `group`."""
    group.command("prove")(prove)


def prove(
    name: NAME,
    revision: REVISION = None,
    on: Annotated[
        list[str] | None, typer.Option(metavar="ASSET", help="Name or id of a picture; may be given several times.")
    ] = None,
    collection: Annotated[str | None, typer.Option(help="The newest pictures of this collection.")] = None,
    set: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="A value; may be given several times.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="x,y,w,h in whole pixels, the same in all pictures.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Until every picture is done.")] = False,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait at most.")] = 1800.0,
) -> None:
    """Run the revision that waits for approval on real pictures, and count where it passes."""
    values = calls.values(set or [])
    proof = proofs.start(
        calls.actor(), name, revision=revision, assets=on or (), collection=collection, values=values, region=region
    )
    if wait:
        _wait(proof.id, timeout)
    with db.transaction() as tx:
        shown = proofs.show(tx, str(proof.id))
        if not wait and not jobs.anybody_there(tx):
            calls.remark("No worker is running, so this proof waits. `loupe up` or `loupe worker` starts one.")
    calls.show(document(shown), _said(shown))


def _wait(proof_id: uuid.UUID, timeout: float) -> None:
    until = time.monotonic() + timeout
    with calls.progress("Proving") as tell:
        while True:
            with db.transaction() as tx:
                shown = proofs.show(tx, str(proof_id))
                there = jobs.anybody_there(tx)
            waiting = shown.counts.get("waiting", 0)
            tell(len(shown.items) - waiting, len(shown.items))
            if shown.state != "running":
                return
            if time.monotonic() > until:
                raise LoupeError(
                    f"{waiting} of {len(shown.items)} pictures are still waiting after {timeout:g} s. The proof goes "
                    f"on; `templates show {shown.template.name}` tells how it ended."
                )
            if not there and _run_here(shown):
                continue
            time.sleep(0.3)


def _run_here(shown: proofs.Shown) -> bool:
    """Do the next thing that a worker would do; False when somebody else has what is left."""
    if shown.proof.prepared_at is None:
        proofs.prepare(shown.proof.id)
        return True
    edits.sweep(settings().stalled_after)
    queued = next((item.edit for item in shown.items if item.edit and item.edit.state == "queued"), None)
    if queued is not None:
        worker.run_one(queued.id)
    return queued is not None


def document(shown: proofs.Shown) -> dict[str, Any]:
    """A proof as programs read it."""
    return {
        **rules.proven(shown),
        "template": shown.template.name,
        "revision": shown.template.revision,
        "values": shown.proof.values,
        "items": [
            {
                "asset": item.asset.id,
                "name": item.asset.name,
                "state": item.state,
                "outcome": item.outcome,
                "verdict": item.candidate.verdict if item.candidate else None,
                "sha256": item.candidate.sha256 if item.candidate else None,
                "edit": item.edit.id if item.edit else None,
                "notes": item.candidate.notes if item.candidate else [],
                "failure": item.failure,
            }
            for item in shown.items
        ],
    }


def _said(shown: proofs.Shown) -> str:
    counts = ", ".join(f"{number} {WORDS[outcome]}" for outcome, number in shown.counts.items())
    pictures = "1 picture" if len(shown.items) == 1 else f"{len(shown.items)} pictures"
    lines = [f"“{shown.template.name}” revision {shown.template.revision} on {pictures}: {counts}."]
    for item in shown.items:
        why = f": {item.sentences[0]}" if item.sentences else ""
        lines.append(f"  {item.asset.name}: {WORDS[item.outcome]}{why}")
    return "\n".join(lines)
