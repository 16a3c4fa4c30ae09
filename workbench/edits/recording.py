"""Calls of image models as rows: there before the first byte goes out, and what came of each."""

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench import budgets, db, storage, versions
from workbench.edits.running import CLOCK, Fence, holds
from workbench.engines import openai, pricing
from workbench.engines.rules import rules
from workbench.errors import DatabaseFault, Interrupted, StoreFault
from workbench.models import Edit, ModelCall
from workbench.settings import settings

log = logging.getLogger("loupe.models")
#: seconds for which store and database are asked again before what was paid for is given up
PATIENCE = 120.0
Made = TypeVar("Made")


@dataclass
class Journal:
    """Keeps the calls of one run of an edit; see engines.openai.Journal."""

    fence: Fence
    connection: openai.Connection
    request: openai.Request
    #: of the call that is on its way
    call_id: uuid.UUID | None = None

    def sent(self, number: int, told: Mapping[str, Any]) -> None:
        """Commit that a call goes out now. Raises Interrupted where the edit is no longer this runner's."""
        with db.transaction() as tx:
            if not holds(tx, self.fence):
                raise Interrupted("The edit is no longer wanted here, so no model was asked.")
            mine = (col(ModelCall.edit_id) == self.fence.edit_id, col(ModelCall.attempt) == self.fence.attempt)
            before = tx.scalar(sa.select(sa.func.coalesce(sa.func.max(col(ModelCall.number)), 0)).where(*mine))
            call = ModelCall(
                edit_id=self.fence.edit_id, attempt=self.fence.attempt, number=int(before or 0) + 1,
                account=self.connection.account, model=self.request.model, images=self.request.pictures,
                sent={**told, "try": number, **({"emulated": True} if self.connection.emulated else {})},
            )  # fmt: skip
            tx.add(call)
            tx.flush()
            self.call_id = call.id

    def ended(self, tried: openai.Try) -> None:
        """Commit what came of the call. What was paid for is kept whoever the edit belongs to by now."""
        blobs = [_insisted(lambda one=one: storage.store().put(one.data), StoreFault) for one in tried.pictures]  # type: ignore[misc]
        _insisted(lambda: self._end(tried, blobs), DatabaseFault)
        told = {"model": self.request.model, "state": tried.state, "fault": tried.fault, "status": tried.status,
                "seconds": round(tried.seconds, 2), "billed": tried.billed, "request_id": tried.request_id}  # fmt: skip
        log.info("model_call", extra={"edit": str(self.fence.edit_id), **told})

    def _end(self, tried: openai.Try, blobs: list[str]) -> None:
        outputs: list[dict[str, Any]] = [
            {"sha256": sha256, "size": len(one.data), "media_type": one.media_type, "width": one.size[0],
             "height": one.size[1]}
            for sha256, one in zip(blobs, tried.pictures, strict=True)
        ]  # fmt: skip
        # a call that somebody left may still be at work there, and paid for
        left = tried.fault == "interrupted" and tried.billed != "no"
        with db.transaction() as tx:
            for one in outputs:
                versions.add_blob(tx, one["sha256"], one["size"], one["media_type"])
            # who was taken for dead may bring an answer after all
            open_to = ("sent", "lost") if tried.state == "answered" else ("sent",)
            query = sa.update(ModelCall).where(col(ModelCall.id) == self.call_id, col(ModelCall.state).in_(open_to))
            micros = self._micros(tried)
            state = "lost" if left else tried.state
            told = {"status": tried.status, "request_id": tried.request_id, "kind": tried.fault,
                    "sentence": tried.sentence, "billed": tried.billed, "usage": tried.usage}  # fmt: skip
            tx.execute(query.values(state=state, ended_at=CLOCK, outputs=outputs, micros=micros, **told))
            edit = tx.get_one(Edit, self.fence.edit_id)
            if edit.state not in ("queued", "running"):
                budgets.settle(tx, edit.id)

    def _micros(self, tried: openai.Try) -> int | None:
        if self.connection.emulated or tried.billed == "no":
            return 0
        if tried.billed != "yes":
            return None
        number = len(tried.pictures)
        return pricing.cost(
            rules(self.request.model), tried.usage, pictures=number, own_price=settings().image_price
        )  # fmt: skip

    def close(self) -> None:
        """Whatever is still open won't be heard of any more."""
        with db.transaction() as tx:
            lose(tx, self.fence.edit_id)


def _insisted(deed: Callable[[], Made], fault: type[DatabaseFault | StoreFault]) -> Made:
    """What `deed` gives, tried again for PATIENCE seconds: behind it stands something that was paid for."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return deed()
        except fault:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def lose(tx: Session, edit_id: uuid.UUID) -> int:
    """Calls of the edit that nobody waits for any more are lost, and may have been billed; how many there were."""
    query = sa.update(ModelCall).where(col(ModelCall.edit_id) == edit_id, col(ModelCall.state) == "sent")
    return int(tx.execute(query.values(state="lost", ended_at=CLOCK, billed="maybe")).rowcount)  # type: ignore[attr-defined]


def answered(tx: Session, edit_id: uuid.UUID) -> ModelCall | None:
    """The newest call of the edit that gave pictures; they lie in the store."""
    query = select(ModelCall).where(ModelCall.edit_id == edit_id, ModelCall.state == "answered")
    return tx.exec(query.order_by(col(ModelCall.id).desc()).limit(1)).first()


def doubtful(tx: Session, edit_id: uuid.UUID) -> bool:
    """Whether a call of the edit was left in the middle and none gave pictures: another call may pay twice."""
    query = select(ModelCall.id).where(ModelCall.edit_id == edit_id, ModelCall.state == "lost").limit(1)
    return answered(tx, edit_id) is None and tx.exec(query).first() is not None
