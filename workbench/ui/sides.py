"""The two sides of the viewer, as stored pictures and candidates give them."""

from collections.abc import Mapping
from typing import Any

from workbench.models import Candidate, Picture
from workbench.ui import words
from workbench.ui.compare import Side

__all__ = ["Side", "candidate", "picture", "taken_away", "told"]


def picture(label: str, what: str, row: Picture) -> Side:
    """A stored picture, with its size and format beside it."""
    return {
        "url": words.blob(row.sha256),
        "label": label,
        "facts": f"{what} · {words.facts(row)}",
        "width": row.width,
        "height": row.height,
    }


def candidate(row: Candidate, its_picture: Picture) -> Side:
    """A candidate as the after, with its maps and, where it was locked, the raw output."""
    return told(picture("After", f"candidate {row.index}", its_picture), row)


def told(side: Side, row: Candidate) -> Side:
    """`side` with all that is kept of how `row` was made: where it differs, what the model did, what the lock undid."""
    side["mask"] = words.blob(row.mask_sha256) if row.mask_sha256 else None
    side["found"] = words.blob(row.found_sha256) if row.found_sha256 else None
    side["heat"] = words.blob(row.heat_sha256) if row.heat_sha256 else None
    if row.raw_sha256 and row.report.get("lock") != "raw":  # a raw result is its own raw output
        side["raw"] = words.blob(row.raw_sha256)
        side["lock_note"] = taken_away(row.report)
    return side


def taken_away(report: Mapping[str, Any]) -> str:
    """The drift that the lock removed, as measured: “1.84 px and ΔE 3.12 taken away by the lock”; "" when unknown."""
    pixels, delta_e = report.get("drift_px"), report.get("drift_delta_e")
    if pixels is None or report.get("registration") == "none":
        return ""
    colour = "" if delta_e is None else f" and ΔE {_digits(delta_e)}"
    return f"{_digits(pixels)} px{colour} taken away by the lock"


def _digits(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"
