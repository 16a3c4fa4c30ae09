"""Edits per day by what became of them."""

from datetime import date

from workbench.ui import shell, words
from workbench.ui.insights import charts
from workbench.ui.insights.board import Board

#: what people look for → the states it stands for
ENDS: dict[str, tuple[str, ...]] = {
    "Accepted": ("accepted",),
    "Failed": ("failed", "unknown"),
    "Rejected or withdrawn": ("rejected", "withdrawn"),
    "Open": ("queued", "running", "ready", "submitted"),
    "Cancelled": ("cancelled",),
}


def show(board: Board) -> None:
    """Draw the plot."""
    found = board.found
    shell.label("Edits by what became of them", f"{'newest ' if found.cut else ''}{found.edits:,}")
    counts: dict[tuple[date, str], int] = {}
    for one in found.outcomes:
        name = next(name for name, states in ENDS.items() if one.state in states)
        counts[one.day, name] = counts.get((one.day, name), 0) + one.n
    names = [name for name in ENDS if any(name == there for _, there in counts)]
    parts = [
        (day, name, float(number), False, f"{day:%-d %B}: {words.count(number, 'edit')}, {name.lower()}")
        for (day, name), number in sorted(counts.items())
    ]
    charts.days(parts, names, found.since, found.today, number="d")
