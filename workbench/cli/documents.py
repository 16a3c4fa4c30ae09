"""What the command line prints of an edit with --json."""

import json
from typing import Any

from workbench import edits


def edit(shown: edits.Shown) -> dict[str, Any]:
    """An edit as programs read it."""
    row = shown.edit
    return {
        "edit": row.id,
        "state": row.state,
        "reused": row.reused_from is not None,
        "candidates": [
            {
                "index": one.index,
                "sha256": one.sha256,
                "verdict": one.verdict,
                "report": one.report,
                "notes": one.notes,
                "raw_sha256": one.raw_sha256,
            }
            for one, _ in shown.candidates
        ],
        "asset": row.asset_id,
        "name": shown.asset.name,
        "summary": row.summary,
        "kind": row.kind,
        "engine": row.engine,
        "model": json.loads(row.recipe)["model"],
        "template": shown.template.name,
        "template_revision": shown.template.revision,
        "base": {"version": row.base_version_id, "number": shown.base.number, "sha256": row.base_sha256},
        "outdated": shown.outdated,
        "author": shown.author.email,
        "chosen": shown.chosen[0].index if shown.chosen else None,
        "failure": row.failure,
        "failure_kind": row.failure_kind,
        "raw": row.raw,
        "reason": row.reason or None,
        "recipe_sha256": row.recipe_sha256,
        "recipe": json.loads(row.recipe),
        "decisions": [
            {
                "verb": decision.verb,
                "by": person.email,
                "reason": decision.reason,
                "note": decision.note,
                "self_approved": decision.self_approved,
                "seen_sha256": decision.seen_sha256,
                "at": decision.created_at.isoformat(),
            }
            for decision, person in shown.decisions
        ],
        "at": row.created_at.isoformat(),
    }
