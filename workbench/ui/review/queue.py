"""What the Review page shows, read in one transaction, and how it is ordered."""

import re
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Literal

import streamlit as st
from sqlmodel import Session

from workbench import db, edits, operators, reviews
from workbench.edits.reading import decided_since, settled
from workbench.errors import NotFound
from workbench.models import Asset, Candidate, Decision, Edit
from workbench.permissions import Actor, may
from workbench.ui import address, makers, words

Show = Literal["waiting", "mine", "done"]
SHOWS: tuple[Show, ...] = ("waiting", "mine", "done")
#: edits on one page of a list; of those that wait, the longest waiting come first
MOST = 24
SINGLE = "Single edits"


@dataclass(frozen=True)
class Queue:
    """What lies before the person who decides, or who wants to know how their own edits fare."""

    actor: Actor
    show: Show
    #: (edit, heading) in the order of the screen
    rows: list[tuple[edits.Row, str]]
    #: where the next page begins, for the address; None on the last one
    further: str | None
    shown: edits.Shown | None
    #: what an image model was asked for it
    made: makers.Made
    #: how many this person decided today
    today: int
    #: this person's newest decision
    last: tuple[Decision, Edit, Asset] | None
    four_eyes: bool
    #: what is likely looked at next: bytes of before and after
    next_pictures: tuple[str, ...]
    #: why what the address asks for isn't shown
    missing: str

    @property
    def place(self) -> int | None:
        """Where in the list the shown edit stands, from 0."""
        shown = self.shown.edit.id if self.shown else None
        return next((at for at, (row, _) in enumerate(self.rows) if row.edit.id == shown), None)

    def neighbour(self, step: int) -> str | None:
        """The id of the edit `step` places on, round the end; None when there is no other."""
        if not self.rows or (len(self.rows) == 1 and self.place == 0):
            return None
        at = (self.place + step) if self.place is not None else 0
        return str(self.rows[at % len(self.rows)][0].edit.id)


def read(actor: Actor) -> Queue:
    """The list and the edit that the address asks for."""
    asked = st.query_params.get("edit")
    with db.transaction() as tx:
        shown, missing = _shown(tx, asked)
        show = _show(actor, shown)
        found, further = _rows(tx, show, actor)
        rows = grouped(found, show)
        if shown is None and rows:
            shown = edits.show(tx, str(rows[0][0].edit.id))
        queue = Queue(
            actor=actor,
            show=show,
            rows=rows,
            further=further,
            shown=shown,
            made=makers.read(tx, shown.edit if shown else None),
            today=decided_since(tx, actor.id, words.midnight()) if show == "waiting" else 0,
            last=next(iter(reviews.decided(tx, by=actor, limit=1)), None),
            four_eyes=operators.four_eyes(tx),
            next_pictures=(),
            missing=missing,
        )
        return Queue(**{**queue.__dict__, "next_pictures": _warm(tx, queue)})


def _shown(tx: Session, asked: str | None) -> tuple[edits.Shown | None, str]:
    if not asked:
        return None, ""
    try:
        return edits.show(tx, asked), ""
    except NotFound:
        return None, "The edit in this address isn't here. The link may be cut off, or belong to another Loupe."


def _show(actor: Actor, shown: edits.Shown | None) -> Show:
    asked = st.query_params.get("show")
    for name in SHOWS:
        if asked == name:
            return name
    if shown and shown.edit.state != "submitted":
        return "mine" if shown.edit.author_id == actor.id else "done"
    return "waiting" if may(actor, "edit:accept") else "mine"


def _rows(tx: Session, show: Show, actor: Actor) -> tuple[list[edits.Row], str | None]:
    after = address.said("after")
    if show == "mine":
        return edits.rows(tx, author=actor.id, limit=MOST, after=after or None)
    if show == "waiting":
        # those who decide empty it from the front, so the next ones come by themselves
        found = edits.waiting(tx, limit=MOST + 1)
        return found[:MOST], "more" if len(found) > MOST else None
    before = uuid.UUID(after) if re.fullmatch(r"[0-9a-f-]{36}", after) else None
    decided = settled(tx, before=before, limit=MOST + 1)
    return [row for row, _ in decided[:MOST]], str(decided[MOST - 1][1].id) if len(decided) > MOST else None


def grouped(rows: list[edits.Row], show: Show) -> list[tuple[edits.Row, str]]:
    """Waiting edits of the same change follow each other under its words, the others stand at the end."""
    counts = Counter(row.edit.summary for row in rows)
    repeated = [summary for summary, number in counts.items() if number > 1]  # in the order of first appearance
    if show != "waiting" or not repeated:
        return [(row, "") for row in rows]
    named = [(row, row.edit.summary if row.edit.summary in repeated else SINGLE) for row in rows]
    return sorted(named, key=lambda pair: [*repeated, SINGLE].index(pair[1]))


def _warm(tx: Session, queue: Queue) -> tuple[str, ...]:
    following = queue.neighbour(1)
    row = next((row for row, _ in queue.rows if str(row.edit.id) == following), None)
    chosen = tx.get(Candidate, row.edit.chosen_id) if row and row.edit.chosen_id else None
    return (row.edit.base_sha256, chosen.sha256) if row and chosen else ()
