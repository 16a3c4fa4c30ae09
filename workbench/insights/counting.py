"""The insights as one plain document, for programs and the command line."""

from dataclasses import asdict
from typing import Any

from sqlmodel import Session

from workbench.budgets import MILLION, Spent
from workbench.insights.reading import Insights, read


def document(tx: Session, days: int = 30) -> dict[str, Any]:
    """What happened in the last `days` days, in counts, shares, seconds and US dollars; no person in it."""
    found = read(tx, days=days)
    states = found.states()
    return {
        "days": found.days,
        "since": found.since.isoformat(),
        "recent_edits": states,
        "accepted": states.get("accepted", 0),
        "rejected": states.get("rejected", 0),
        "acceptance_share": _share(found.acceptance),
        "verdicts": found.verdicts(),
        "failures": [
            {"kind": one.kind, "stage": one.stage, "template": one.template, "model": one.model or None,
             "engine": one.engine, "state": one.state, "edits": one.n}
            for one in found.failures
        ],
        "seconds": [
            {"engine": one.engine, "model": one.model or None, "results": one.n, "queued": asdict(one.queued),
             "running": asdict(one.running)}
            for one in found.speeds
        ],
        "calls": {
            "all": sum(one.n for one in found.calls),
            "rate_limited_share": _share(found.rate_limited),
            "maybe_billed": found.maybe_billed,
            "outcomes": [
                {"model": one.model, "state": one.state, "fault": one.fault or None, "status": one.status,
                 "billed": one.billed, "calls": one.n, "seconds": asdict(one.took) if one.took else None}
                for one in found.calls
            ],
        },
        "spend": _spend(found),
    }  # fmt: skip


def _share(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _spend(found: Insights) -> dict[str, Any]:
    def dollars(rows: list[Spent]) -> dict[str, float | int]:
        sums = {name: sum(getattr(one, name) for one in rows) / MILLION for name in ("micros", "maybe", "reserved")}
        return {"billed": sums["micros"], "maybe_billed": sums["maybe"], "set_aside": sums["reserved"],
                "edits_without_a_price": sum(one.unpriced for one in rows)}  # fmt: skip

    rows = list(found.spent)
    return {
        "currency": "USD",
        "today": dollars([one for one in rows if one.day == found.today]),
        "days": dollars(rows),
    }
