"""The numbers of `stats` as people read them in a terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]


def stats(document: Document) -> Iterator[str]:
    """The lines."""
    yield f"{document['assets']:,} pictures, {document['versions']:,} versions, {document['events']:,} events, " + (
        f"{document['stored_bytes'] / 1e6:,.1f} MB stored, {document['approved_templates']:,} approved templates"
    )
    yield f"Edits: {_counts(document['edits'])}"
    yield ""
    yield f"The last {document['days']} days, from {document['since']}"
    yield f"Edits: {_counts(document['recent_edits'])}"
    if document["acceptance_share"] is not None:
        yield f"Accepted: {document['acceptance_share']:.0%} of {document['accepted'] + document['rejected']:,} decided"
    if document["verdicts"]:
        yield f"Reports: {_counts(document['verdicts'])}"
    for one in document["failures"]:
        what = " · ".join(filter(None, (one["kind"] or "kind not kept", one["stage"], one["template"], one["model"])))
        yield f"{one['state'].capitalize()}: {one['edits']:,} × {what}"
    for one in document["seconds"]:
        name = " ".join(filter(None, (one["engine"], one["model"])))
        yield f"Seconds, {name}: {_seconds(one['queued'])} in the queue, {_seconds(one['running'])} at work"
    yield from _calls(document["calls"])
    yield from _spend(document["spend"])


def _calls(found: Document) -> Iterator[str]:
    if not found["all"]:
        return
    limited, maybe = found["rate_limited_share"], found["maybe_billed"]
    yield f"Calls of models: {found['all']:,}, {limited:.1%} put off (429), {maybe:,} maybe billed without a result"
    for one in found["outcomes"]:
        took = f", {_seconds(one['seconds'])}" if one["seconds"] else ""
        why = " ".join(filter(None, (one["fault"], str(one["status"] or ""))))
        yield f"  {one['calls']:,} × {one['model']} {one['state']} {why}".rstrip() + f", billed: {one['billed']}{took}"


def _spend(found: Document) -> Iterator[str]:
    for name, key in (("today", "today"), ("in these days", "days")):
        sums = found[key]
        if any(sums.values()):
            unpriced = f", {sums['edits_without_a_price']:,} without a price" if sums["edits_without_a_price"] else ""
            yield (
                f"Spent {name}: ${sums['billed']:,.2f}, ${sums['maybe_billed']:,.2f} maybe billed, "
                f"${sums['set_aside']:,.2f} set aside{unpriced}"
            )


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in found.items()) or "none"


def _seconds(found: Mapping[str, float]) -> str:
    return f"median {found['median']:.3g} s, 95th percentile {found['p95']:.3g} s"
