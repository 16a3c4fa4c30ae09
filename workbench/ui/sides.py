"""The two sides of the viewer, as stored pictures and candidates give them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from workbench.models import Candidate, Picture
from workbench.ui import words
from workbench.ui.compare import RawPlace, Side

__all__ = ["Side", "candidate", "picture", "raw_place", "taken_away", "told"]

#: of an edit whose recipe says nothing about where its output lies
UNKNOWN: Mapping[str, Any] = MappingProxyType({})


def picture(label: str, what: str, row: Picture) -> Side:
    """A stored picture, with its size and format beside it."""
    return {
        "url": words.blob(row.sha256),
        "label": label,
        "facts": f"{what} · {words.facts(row)}",
        "width": row.width,
        "height": row.height,
    }


def candidate(row: Candidate, its_picture: Picture, recipe: Mapping[str, Any] = UNKNOWN) -> Side:
    """A candidate as the after, with its maps and, where it was locked, the raw output. recipe: of its edit."""
    return told(picture("After", f"candidate {row.index}", its_picture), row, recipe)


def told(side: Side, row: Candidate, recipe: Mapping[str, Any] = UNKNOWN) -> Side:
    """`side` with all that is kept of how `row` was made: where it differs, what the model did, what the lock undid."""
    side["mask"] = words.blob(row.mask_sha256) if row.mask_sha256 else None
    side["found"] = words.blob(row.found_sha256) if row.found_sha256 else None
    side["heat"] = words.blob(row.heat_sha256) if row.heat_sha256 else None
    if row.raw_sha256 and row.report.get("lock") != "raw":  # a raw result is its own raw output
        side["raw"] = words.blob(row.raw_sha256)
        side["raw_at"] = raw_place(recipe, (side.get("width", 0), side.get("height", 0)))
        side["lock_note"] = taken_away(row.report)
    return side


def raw_place(recipe: Mapping[str, Any], picture: tuple[int, int]) -> RawPlace | None:
    """Where a raw output lies on a picture of that size; None where it covers it all, or nobody planned it."""
    made = recipe.get("parameters", {})
    if "canvas" not in made or not all(picture):
        return None
    crop, content, size = made["canvas"]["crop"], made["canvas"]["content"], made["size"]
    if crop == [0, 0, *picture] and content == [0, 0, *size]:
        return None
    return {
        "part": _shares(crop, *picture),
        "content": _shares(content, *size),
        "shape": size[0] / size[1],
    }


def _shares(box: Sequence[int], width: int, height: int) -> list[float]:
    x, y, wide, high = box
    return [x / width, y / height, wide / width, high / height]


def taken_away(report: Mapping[str, Any]) -> str:
    """The drift that the lock removed, as measured: “1.84 px and ΔE 3.12 taken away by the lock”; "" when unknown."""
    pixels, delta_e = report.get("drift_px"), report.get("drift_delta_e")
    if pixels is None or report.get("registration") == "none":
        return ""
    colour = "" if delta_e is None else f" and ΔE {_digits(delta_e)}"
    return f"{_digits(pixels)} px{colour} taken away by the lock"


def _digits(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"
