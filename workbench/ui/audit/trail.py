"""Everything the Audit page shows, read in one transaction, and what its address says."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from workbench import audit, db, versions
from workbench.errors import NotFound
from workbench.models import Asset, Event
from workbench.permissions import Actor
from workbench.ui import address

PAGE = 50
#: what an event is about → the beginning of its verb
SUBJECTS = {
    "Everything": "", "Pictures": "asset:", "Edits and decisions": "edit:", "Reverts": "version:",
    "Templates": "template:", "Guidelines": "guideline:", "People": "operator:",
}  # fmt: skip


@dataclass(frozen=True)
class Trail:
    """One page of the ledger, newest first."""

    actor: Actor
    events: Sequence[Event]
    #: address → name of the people on this page
    people: dict[str, str]
    #: id → name of the pictures on this page
    assets: dict[uuid.UUID, str]
    #: the picture the trail is narrowed to
    asset: Asset | None
    subject: str
    before: int | None
    older: bool
    #: number and hash of the newest event
    tip: tuple[int, str]
    missing: str


def read(actor: Actor) -> Trail:
    """What the address asks for; six statements however many events there are."""
    subject = next((name for name, verb in SUBJECTS.items() if verb and verb == address.said("about")), "Everything")
    before = address.number("before")
    with db.transaction() as tx:
        asset, missing = _asset(tx)
        events = audit.trail(
            tx, asset=asset.id if asset else None, about=SUBJECTS[subject].rstrip(":"), before=before, limit=PAGE + 1
        )
        people = audit.people(tx, emails={event.operator for event in events})
        ids = {event.asset_id for event in events if event.asset_id}
        names = tx.exec(select(Asset.id, Asset.name).where(col(Asset.id).in_(ids))).all()
        tip = audit.tip(tx)
    called = {person.email: person.name or person.email for person in people}
    return Trail(actor, events[:PAGE], called, dict(names), asset, subject, before, len(events) > PAGE, tip, missing)


def _asset(tx: Session) -> tuple[Asset | None, str]:
    if not address.said("asset"):
        return None, ""
    try:
        return versions.find_asset(tx, address.said("asset")), ""
    except NotFound:
        return None, "The picture in this address isn't here, so everything is shown."
