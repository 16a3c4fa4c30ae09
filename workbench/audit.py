"""The ledger: every deed is one event, written last in the transaction that it tells of, and chained by hash."""

import hashlib
import json
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench.models import Event, Operator
from workbench.permissions import Actor


def record(
    tx: Session, actor: Actor, verb: str, subject: uuid.UUID | str, *, asset: uuid.UUID | None = None, **detail: Any
) -> None:
    """Append the event `verb` ("subject:verb"). Call it last: the chain is locked from here to the commit."""
    event = Event(verb=verb, operator=actor.email, via=actor.via, subject=str(subject), asset_id=asset, detail=detail)
    tx.add(event)
    tx.flush()


@dataclass(frozen=True)
class Verified:
    """What a walk over the whole chain found."""

    events: int
    ok: bool
    #: number of the first event that does not fit, or None
    first_break: int | None
    tip: str
    why: str = ""


def verify(tx: Session) -> Verified:
    """Re-compute every hash and compare every column with its hashed body.

    The chain shows tampering; that its end was cut off shows only where the tip is kept elsewhere.
    """
    count, before = 0, ""
    for event in _walk(tx):
        count += 1
        if why := _flaw(event, count, before):
            return Verified(count, False, event.seq, before, why)
        before = event.hash
    return Verified(count, True, None, before)


def _flaw(event: Event, number: int, before: str) -> str:
    """Why `event` does not fit as the `number`-th after the hash `before`, or ""."""
    if hashlib.sha256(event.body.encode()).hexdigest() != event.hash:
        return "its text does not have its hash"
    body = json.loads(event.body)
    if body["prev"] != before or event.prev != before:
        return "it does not follow the event before it"
    columns = {
        "seq": event.seq,
        "prev": event.prev,
        "at": event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "verb": event.verb,
        "operator": event.operator,
        "via": event.via,
        "subject": event.subject,
        "asset": str(event.asset_id) if event.asset_id else None,
        "detail": event.detail,
    }
    if body != columns:
        wrong = ", ".join(sorted(key for key in columns.keys() | body.keys() if columns.get(key) != body.get(key)))
        return f"its columns differ from its text in {wrong}"
    return "" if event.seq == number else "an event before it is missing"


def _walk(tx: Session, size: int = 2000) -> Iterator[Event]:
    last = 0
    while page := tx.exec(select(Event).where(col(Event.seq) > last).order_by(col(Event.seq)).limit(size)).all():
        yield from page
        last = page[-1].seq
        tx.expunge_all()


def trail(
    tx: Session, *, asset: uuid.UUID | None = None, about: str = "", before: int | None = None, limit: int = 50
) -> Sequence[Event]:
    """The newest events first, `limit` of them older than number `before`; of one asset, or about "edit" and such."""
    query = select(Event).order_by(col(Event.seq).desc()).limit(limit)
    if asset is not None:
        query = query.where(col(Event.asset_id) == asset)
    if about:
        query = query.where(
            sa.func.split_part(col(Event.verb), sa.literal_column("':'"), sa.literal_column("1")) == about
        )
    if before is not None:
        query = query.where(col(Event.seq) < before)
    return tx.exec(query).all()


def people(tx: Session, *, ids: Collection[uuid.UUID] = (), emails: Collection[str] = ()) -> list[Operator]:
    """The people whom records name by id or by address; one statement, in no order."""
    query = select(Operator).where(sa.or_(col(Operator.id).in_(ids), col(Operator.email).in_(emails)))
    return list(tx.exec(query).all())


def tip(tx: Session) -> tuple[int, str]:
    """Number and hash of the newest event; keep them elsewhere to be able to show truncation."""
    row = tx.execute(sa.text("select seq, hash from events order by seq desc limit 1")).first()
    return (row.seq, row.hash) if row else (0, "")
