"""Rows of edits, calls and money as they would be after days of work, written straight into the tables."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from tests import flows
from workbench import db
from workbench.insights.reading import first
from workbench.permissions import Actor


def made_at(moment: datetime) -> uuid.UUID:
    """An id as the database would have made it then."""
    return uuid.UUID(int=first(moment).int | (7 << 76) | (2 << 62) | (uuid.uuid4().int & ((1 << 62) - 1)))


def _insert(tx: Session, table: str, **values: Any) -> None:
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    tx.execute(sa.text(f"insert into {table} ({names}) values ({marks})"), values)


@contextmanager
def _unchecked() -> Iterator[Session]:
    """A transaction without triggers, which would let nobody write the past."""
    with db.transaction() as tx:
        tx.execute(sa.text("set local session_replication_role = replica"))
        yield tx


#: states that an edit has with a chosen candidate only
DECIDED = ("submitted", "accepted", "rejected", "withdrawn")


def _like(tx: Session, actor: Actor, template: str) -> dict[str, Any]:
    """What every edit has to have, from an asset and a template that are there, or made now."""
    if tx.scalar(sa.text("select count(*) from assets")) == 0:
        flows.added(actor, name="Calm serum")
    row = tx.execute(
        sa.text(
            "select a.id as asset_id, a.head_id as base_version_id, a.sha256 as base_sha256, t.id as template_revision_id"
            " from assets a, template_revisions t where t.name = :name and t.state = 'approved' order by a.id limit 1"
        ),
        {"name": template},
    ).one()
    return {**row._mapping, "summary": "Colour swap", "recipe": "{}", "recipe_sha256": "0" * 64}


def edit(
    actor: Actor, *, ago: timedelta = timedelta(), state: str = "ready", engine: str = "exact", model: str = "",
    spent: int | None = None, maybe: bool = False, template: str = "colour-swap", verdict: str | None = None,
    **more: Any,
) -> uuid.UUID:  # fmt: skip
    """An edit of the past; with a model, money for it as well."""
    at = datetime.now(UTC) - ago
    made = made_at(at)
    with db.transaction() as tx:
        like = _like(tx, actor, template)
    chosen = uuid.uuid4() if state in DECIDED else None
    with _unchecked() as tx:
        _insert(
            tx, "edits", id=made, **like, engine=engine, state=state, author_id=actor.id, via="web", attempt=1, verdict=verdict,
            chosen_id=chosen, created_at=at, updated_at=at, **more,
        )  # fmt: skip
        if chosen:
            _insert(
                tx, "candidates", id=chosen, edit_id=made, index=1, sha256=like["base_sha256"], verdict=verdict or "pass",
                report="{}",
            )  # fmt: skip
        if model:
            _insert(
                tx, "spends", edit_id=made, operator_id=actor.id, template=template, model=model, day=at.date(),
                reserved=spent, spent=spent, state="maybe" if maybe else "settled",
            )  # fmt: skip
    return made


def ready(made: uuid.UUID, *, after: float, seconds: float) -> None:
    """The ledger's row of a result, `after` seconds after its edit was asked for."""
    with _unchecked() as tx:
        seq = tx.scalar(sa.text("select coalesce(max(seq), 0) + 1 from events"))
        created = tx.execute(sa.text("select created_at from edits where id = :id"), {"id": made}).scalar_one()
        _insert(
            tx, "events", seq=seq, at=created + timedelta(seconds=after), verb="edit:ready", operator="a@b.example", via="worker",
            subject=str(made), detail=json.dumps({"seconds": seconds}), body="", prev="", hash="",
        )  # fmt: skip


def call(
    made: uuid.UUID, number: int, *, state: str, seconds: float = 1.0, kind: str | None = None, status: int | None = None,
    billed: str = "maybe", model: str = "m-1", ago: timedelta = timedelta(),
) -> None:  # fmt: skip
    """A request of an edit to a model."""
    sent = datetime.now(UTC) - ago - timedelta(seconds=seconds)
    outputs = [{"sha256": "0" * 64}] if state == "answered" else []
    with db.transaction() as tx:
        _insert(
            tx, "model_calls", edit_id=made, attempt=1, number=number, account="a" * 16, model=model, images=1, state=state,
            sent_at=sent, ended_at=None if state == "sent" else sent + timedelta(seconds=seconds), kind=kind, status=status,
            billed=billed, outputs=json.dumps(outputs),
        )  # fmt: skip


def many(actor: Actor, *, edits: int, calls: int, days: int) -> None:
    """Edits, and calls of the first of them, spread evenly over the last `days` days."""
    with db.transaction() as tx:
        like = _like(tx, actor, "colour-swap")
    now = datetime.now(UTC)
    moments = [now - timedelta(days=days * number / edits) for number in range(edits)]
    with _unchecked() as tx:
        rows = [
            {**like, "id": made_at(at), "at": at, "author": actor.id, "n": number} for number, at in enumerate(moments)
        ]
        names = ", ".join(like)
        marks = ", ".join(f":{name}" for name in like)
        tx.execute(
            sa.text(
                f"insert into edits ({names}, id, engine, state, failure, author_id, via, created_at, updated_at) values"
                f" ({marks}, :id, 'exact', case when :n % 3 = 0 then 'failed' else 'ready' end, 'It failed.', :author, 'web', :at, :at)"
            ),
            rows,
        )
        tx.execute(
            sa.text(
                "insert into model_calls (edit_id, attempt, number, account, model, images, state, kind, sent_at, ended_at)"
                " select :edit, 1, n, 'a', 'm-1', 1, 'failed', 'timeout', at, at + interval '1 s' from ("
                " select n, clock_timestamp() - make_interval(secs => :span * n / :calls) as at"
                " from generate_series(1, :calls) n) x"
            ),
            {"edit": rows[0]["id"], "calls": calls, "span": days * 86400.0},
        )
        last = tx.scalar(sa.text("select coalesce(max(seq), 0) from events"))
        tx.execute(
            sa.text(
                "insert into events (seq, at, verb, operator, via, subject, detail, body, prev, hash) values"
                " (:seq, :at, 'edit:ready', 'a@b.example', 'worker', :id, '{\"seconds\": 1.5}', '', '', '')"
            ),
            [
                {"seq": last + place, "at": row["at"], "id": str(row["id"])}
                for place, row in enumerate(reversed(rows), 1)
            ],
        )
    with db.transaction() as tx:
        for table in ("edits", "model_calls", "spends", "events", "template_revisions"):
            tx.execute(sa.text(f"analyze {table}"))
