"""Everything the Guidelines page shows, read in one transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from workbench import audit, db, guidelines, recipes
from workbench.models import Blob, GuidelineRevision, Operator
from workbench.permissions import Actor
from workbench.ui import address


@dataclass(frozen=True)
class Book:
    """The guideline's revisions, and one of them whole."""

    actor: Actor
    #: newest first
    revisions: Sequence[GuidelineRevision]
    #: the one that is looked at; None while there is no guideline
    chosen: GuidelineRevision | None
    people: dict[uuid.UUID, Operator]
    #: sha256 → media type of its fonts and marks
    media_types: dict[str, str]
    missing: str

    @property
    def approved(self) -> GuidelineRevision | None:
        """The revision that holds."""
        return next((row for row in self.revisions if row.state == "approved"), None)

    @property
    def differences(self) -> list[tuple[str, str | None, str | None]]:
        """What a proposed revision changes of the one that holds, if that is what is looked at."""
        if self.chosen is None or self.chosen.state != "proposed" or self.approved is None:
            return []
        return recipes.differences(guidelines.definition(self.approved), guidelines.definition(self.chosen))


def read(actor: Actor) -> Book:
    """What the address asks for; without a number the revision that waits, else the one that holds."""
    number = address.number("revision")
    with db.transaction() as tx:
        revisions = guidelines.everything(tx)
        if not revisions:
            return Book(actor, [], None, {}, {}, "")
        by = {state: row for row in reversed(revisions) for state in (row.state,)}
        chosen = next((row for row in revisions if row.revision == number), None)
        missing = "" if chosen or number is None else f"The guideline has no revision {number}."
        chosen = chosen or by.get("proposed") or by.get("approved") or revisions[0]
        ids = {who for row in revisions for who in (row.author_id, row.approved_by) if who}
        people = {person.id: person for person in audit.people(tx, ids=ids)}
        guideline = guidelines.definition(chosen)
        hashes = [*(one.sha256 for one in guideline.fonts), *(one.sha256 for one in guideline.marks)]
        there = tx.exec(select(Blob).where(col(Blob.sha256).in_(hashes), col(Blob.erased_at).is_(None))).all()
    return Book(actor, revisions, chosen, people, {blob.sha256: blob.media_type for blob in there}, missing)
