"""The two sides of the viewer, as stored pictures and candidates give them."""

from workbench.models import Candidate, Picture
from workbench.ui import words
from workbench.ui.compare import Side

__all__ = ["Side", "candidate", "picture"]


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
    """A candidate as the after, with what it changed and, where there is one, its raw output."""
    side = picture("After", f"candidate {row.index}", its_picture)
    side["mask"] = words.blob(row.mask_sha256) if row.mask_sha256 else None
    side["raw"] = words.blob(row.raw_sha256) if row.raw_sha256 else None
    return side
