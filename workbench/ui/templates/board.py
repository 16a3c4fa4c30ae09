"""Everything the Templates page shows, read in one transaction."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench import audit, db, proofs, recipes, templates
from workbench.errors import NotFound
from workbench.models import Operator, TemplateRevision
from workbench.permissions import Actor
from workbench.ui import address

STATES = {"approved": "Approved", "proposed": "Proposed", "retired": "Retired"}


@dataclass(frozen=True)
class Board:
    """All templates, and one of them whole."""

    actor: Actor
    everything: list[templates.Shown]
    #: revisions of the chosen template, newest first; empty while there is no template
    revisions: Sequence[TemplateRevision]
    #: the revision that is looked at
    chosen: TemplateRevision | None
    people: dict[uuid.UUID, Operator]
    missing: str
    #: of the chosen revision: the proof its approval names, else the newest
    proof: proofs.Shown | None = None
    #: while it waits: the finished proof that an approval would name
    proven: templates.Proven | None = None
    #: what was proven last with any revision, to begin the next proof with
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def approved(self) -> TemplateRevision | None:
        """The chosen template's revision that runs."""
        return next((row for row in self.revisions if row.state == "approved"), None)

    @property
    def proposed(self) -> TemplateRevision | None:
        """Its newest revision that waits for approval."""
        return next((row for row in self.revisions if row.state == "proposed"), None)

    @property
    def differences(self) -> list[tuple[str, str | None, str | None]]:
        """What a proposed revision changes of the approved one, if that is what is looked at."""
        if self.chosen is None or self.chosen.state != "proposed" or self.approved is None:
            return []
        return recipes.differences(templates.definition(self.approved), templates.definition(self.chosen))


def read(actor: Actor) -> Board:
    """What the address asks for; without a name the template that waits for approval, else the first."""
    name, number, missing = address.said("template"), address.number("revision"), ""
    with db.transaction() as tx:
        everything = templates.everything(tx)
        if not everything:
            return Board(actor, [], [], None, {}, "")
        try:
            shown = templates.show(tx, name or _first(everything))
        except NotFound:
            missing = f"There is no template “{name}”; the link may belong to another Loupe."
            shown = templates.show(tx, _first(everything))
        ids = {who for row in shown.revisions for who in (row.author_id, row.approved_by) if who}
        people = {person.id: person for person in audit.people(tx, ids=ids)}
        chosen = _chosen(shown, number)
        newest = proofs.latest(tx, [row.id for row in shown.revisions])
        wanted = chosen.proof_id or (newest[chosen.id].id if chosen.id in newest else None)
        proof = proofs.show(tx, str(wanted)) if wanted else None
        proven = templates.proven(tx, chosen.id) if chosen.state == "proposed" and proof else None
    if number is not None and chosen.revision != number:
        missing = missing or f"“{chosen.title}” has no revision {number}; revision {chosen.revision} is shown."
    last = max(newest.values(), key=lambda one: one.created_at, default=None)
    return Board(
        actor, everything, shown.revisions, chosen, people, missing, proof, proven, last.values if last else {}
    )


def _chosen(shown: templates.Shown, number: int | None) -> TemplateRevision:
    waiting = next((row for row in shown.revisions if row.state == "proposed"), None)
    return next((row for row in shown.revisions if row.revision == number), None) or waiting or shown.current


def _first(everything: list[templates.Shown]) -> str:
    waiting = (one.name for one in everything if any(row.state == "proposed" for row in one.revisions))
    return next(waiting, everything[0].name)
