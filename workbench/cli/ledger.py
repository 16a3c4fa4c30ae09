"""`audit`: prove what happened."""

from typing import Annotated

import typer

from workbench import audit as audit_
from workbench import db, versions
from workbench.cli import calls
from workbench.permissions import require

audit = typer.Typer(name="audit", help="The ledger of everything that was done.", no_args_is_help=True)


@audit.command()
def verify() -> None:
    """Re-compute every hash of the ledger; exit 1 on a break."""
    require(calls.actor(), "audit:verify")
    with db.transaction() as tx:
        found = audit_.verify(tx)
    document = {
        "events": found.events,
        "ok": found.ok,
        "first_break": found.first_break,
        "tip": found.tip,
        "why": found.why or None,
    }
    good = f"All {found.events:,} events fit. Keep the tip {found.tip[:16]}… elsewhere to show that none is cut off."
    calls.show(document, good if found.ok else f"Event {found.first_break} doesn't fit: {found.why}.")
    if not found.ok:
        raise typer.Exit(1)


@audit.command("list")
def audit_list(
    asset: Annotated[str | None, typer.Option(help="Only what was done to this asset.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    after: Annotated[int | None, typer.Option(help="The cursor `next` of the page before.")] = None,
) -> None:
    """What was done, newest first."""
    require(calls.actor(), "audit:verify")
    with db.transaction() as tx:
        only = versions.find_asset(tx, asset).id if asset else None
        found = audit_.trail(tx, asset=only, before=after, limit=limit + 1)
    rows = [
        {"seq": one.seq, "at": one.at.isoformat(), "verb": one.verb, "operator": one.operator, "via": one.via,
         "subject": one.subject, "asset": one.asset_id, "detail": one.detail, "hash": one.hash}
        for one in found[:limit]
    ]  # fmt: skip
    columns = {"seq": "No.", "at": "When", "operator": "Who", "via": "Via", "verb": "What"}
    further = found[limit - 1].seq if len(found) > limit else None
    calls.show({"items": rows, "next": further}, calls.table(rows, columns, empty="Nothing was done yet."))
