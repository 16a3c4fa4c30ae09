"""Everything the Guidelines page shows, read in one transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from workbench import audit, db, guidelines, recipes, templates
from workbench.models import Blob, GuidelineRevision, Operator
from workbench.permissions import Actor
from workbench.ui import address

#: in the address instead of a number: beside nothing
ALONE = "none"
PANGRAM = "Sphinx of black quartz, judge my vow"


@dataclass(frozen=True)
class Book:
    """The guideline's revisions, and one of them whole, on request beside another one."""

    actor: Actor
    #: newest first
    revisions: Sequence[GuidelineRevision]
    #: the one that is looked at; None while there is no guideline
    chosen: GuidelineRevision | None = None
    #: the one it is compared with
    former: GuidelineRevision | None = None
    #: approved templates that name what it drops or changes of the former one
    affected: Sequence[guidelines.Affected] = ()
    people: dict[uuid.UUID, Operator] | None = None
    #: sha256 → media type of the fonts and marks that are there
    media_types: dict[str, str] | None = None
    #: copy of the brand, to see fonts in
    words: str = PANGRAM
    missing: str = ""

    @property
    def approved(self) -> GuidelineRevision | None:
        """The revision that holds."""
        return next((row for row in self.revisions if row.state == "approved"), None)

    @property
    def comparison(self) -> guidelines.Comparison | None:
        """The former revision and the chosen one in pairs, if two are looked at."""
        if self.chosen is None or self.former is None:
            return None
        return guidelines.compare(guidelines.definition(self.former), guidelines.definition(self.chosen))

    def kept(self, sha256: str | None, kind: str) -> bool:
        """Whether bytes of that kind ("image/", "font/") are there to be shown."""
        return (self.media_types or {}).get(sha256 or "", "").startswith(kind)


def read(actor: Actor) -> Book:
    """What the address asks for; without a number the revision that waits, else the one that holds."""
    number = address.number("revision")
    with db.transaction() as tx:
        revisions = guidelines.everything(tx)
        if not revisions:
            return Book(actor, [])
        by = {state: row for row in reversed(revisions) for state in (row.state,)}
        chosen = next((row for row in revisions if row.revision == number), None)
        missing = "" if chosen or number is None else f"The guideline has no revision {number}."
        chosen = chosen or by.get("proposed") or by.get("approved") or revisions[0]
        former = _former(revisions, chosen)
        ids = {who for row in revisions for who in (row.author_id, row.approved_by) if who}
        people = {person.id: person for person in audit.people(tx, ids=ids)}
        both = [guidelines.definition(row) for row in (former, chosen) if row]
        affected = guidelines.affected(tx, *both) if len(both) > 1 else []
        return Book(actor, revisions, chosen, former, affected, people, _there(tx, both), _words(tx), missing)


def _former(revisions: Sequence[GuidelineRevision], chosen: GuidelineRevision) -> GuidelineRevision | None:
    """What the address says to compare with; a proposed revision stands beside the one that holds."""
    if address.said("compare") == ALONE:
        return None
    number = address.number("compare")
    others = [row for row in revisions if row.id != chosen.id]
    asked = next((row for row in others if row.revision == number), None)
    if asked is None and chosen.state == "proposed":
        return next((row for row in others if row.state == "approved"), None)
    return asked


def _there(tx: Session, found: Sequence[recipes.Guideline]) -> dict[str, str]:
    hashes = {one.sha256 for guideline in found for one in guideline.fonts if one.sha256}
    hashes |= {one.sha256 for guideline in found for one in guideline.marks if one.sha256}
    there = tx.exec(select(Blob).where(col(Blob.sha256).in_(hashes), col(Blob.erased_at).is_(None))).all()
    return {blob.sha256: blob.media_type for blob in there}


def _words(tx: Session) -> str:
    """What was typed, else copy that an approved template starts with, else a sentence with every letter."""
    if typed := address.said("words", 80).strip():
        return typed
    for row in templates.runnable(tx):
        for parameter in templates.definition(row).parameters:
            if isinstance(parameter, recipes.CopyParameter) and parameter.default:
                return parameter.default
    return PANGRAM
