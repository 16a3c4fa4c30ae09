"""Asking an image model for an edit's pictures: once, in its turn, with everything kept that was paid for."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from workbench import db, recipes, storage, versions
from workbench.edits import generating, placing, sending
from workbench.edits.recording import Journal, answered
from workbench.edits.running import CLOCK, Fence, holds
from workbench.edits.stages import Tell, room, stage
from workbench.engines import limits, openai
from workbench.errors import DatabaseFault, Interrupted, LoupeError, ModelFault, NotYet
from workbench.models import Edit, ModelCall, Partial, Picture, Workspace
from workbench.settings import settings

#: seconds that a worker waits for its turn; longer waits go back to the queue
PATIENCE = 8.0
#: seconds for which nobody asks an account again whose quota is used up
QUOTA_REST = 300.0
#: px of the longer side of a preview
PREVIEW = 512
EMULATED = "Drawn by the emulator for developers: no image model was asked, and nothing was paid."
TURN = "Waiting for its turn at the model"
NO_QUOTA = "Waiting: the model's account has run out of money or quota"
SHORT = "The image model gave {came} of {wanted} pictures."


@dataclass(frozen=True)
class Drawn:
    """What a model gave; the pictures lie in the store."""

    #: sha256 of each
    outputs: tuple[str, ...]
    #: sentences for a designer
    notes: tuple[str, ...]


def pictures(fence: Fence, edit: Edit, recipe: Mapping[str, Any], template: recipes.Template, tell: Tell) -> Drawn:
    """The raw pictures of a generative edit: those it was given already, else those of a new call.

    1. Look for an answer that is stored. 2. Prepare what is sent. 3. Wait for the turn and call; every try is a row,
    there before its first byte. Raises ModelFault, NotYet where the turn comes later, and Interrupted.
    """
    with db.transaction() as tx:
        kept, founded = answered(tx, edit.id), tx.get_one(Workspace, 1).created_at
    if kept is not None:
        return _drawn(kept)
    connection = generating.connection(template.title)
    gate = _Gate(connection.account, edit, tell)
    gate.look()
    with room(tell, 0.05), stage("source"):
        tell(0.05, "Preparing what is sent")
        operator = generating.operator(edit.author_id, founded.isoformat())
        request = sending.request(edit, recipe, template, connection, operator)
    return _called(fence, connection, request, gate, _Previews(fence, edit, recipe, tell))


def _called(
    fence: Fence, connection: openai.Connection, request: openai.Request, gate: "_Gate", previews: "_Previews"
) -> Drawn:
    journal = Journal(fence, connection, request)
    try:
        answer = openai.call(
            connection, request, journal=journal, gate=gate, wanted=previews.wanted, partial=previews.keep
        )
    except NotYet:
        raise  # its place in line is kept
    except (Interrupted, ModelFault) as error:
        gate.leave()
        if isinstance(error, ModelFault) and error.fault == "quota":
            gate.block(QUOTA_REST)
        raise
    finally:
        with suppress(DatabaseFault):  # then a sweeper does it
            journal.close()
    with db.transaction() as tx:
        kept = answered(tx, fence.edit_id)
    if kept is None:
        raise Interrupted("The edit was taken over while the model was at work.")
    return Drawn(_drawn(kept).outputs, (*answer.notes, *((EMULATED,) if answer.emulated else ())))


def _drawn(call: ModelCall) -> Drawn:
    notes = []
    if len(call.outputs) < call.images:
        notes.append(SHORT.format(came=len(call.outputs), wanted=call.images))
    if call.sent.get("emulated"):
        notes.append(EMULATED)
    return Drawn(tuple(one["sha256"] for one in call.outputs), tuple(notes))


class _Gate:
    """The account's turn, shared by all workers; see engines.openai.Gate."""

    def __init__(self, account: str, edit: Edit, tell: Tell) -> None:
        self._account, self._edit, self._tell = account, edit, tell

    def look(self) -> None:
        """Raise NotYet, before anything is prepared, while the provider takes nothing."""
        with db.transaction() as tx:
            blocked = limits.standing(tx, self._account).blocked_for
        if blocked > PATIENCE:
            raise self._later(blocked)

    def take(self, pictures: int) -> None:
        """Wait for `pictures` to be granted. Raises NotYet where that takes long."""
        while (wait := self._asked(pictures)) > 0:
            if wait > PATIENCE:
                raise self._later(wait)
            until = time.monotonic() + wait
            while (left := until - time.monotonic()) > 0:
                self._tell(0.1, f"{TURN} ({left:.0f} s)")
                time.sleep(min(left, 0.25))

    def _later(self, seconds: float) -> NotYet:
        with db.transaction() as tx:
            newest = select(ModelCall.kind).where(ModelCall.account == self._account)
            kind = tx.exec(newest.order_by(col(ModelCall.sent_at).desc()).limit(1)).first()
        return NotYet(seconds, NO_QUOTA if kind == "quota" else TURN)

    def _asked(self, pictures: int) -> float:
        chosen = settings()
        with db.transaction() as tx:
            return limits.take(
                tx, self._account, pictures=pictures, most=chosen.image_limit, window=chosen.image_window,
                batch=self._edit.proof_id is not None, waiter=str(self._edit.id),
            )  # fmt: skip

    def block(self, seconds: float) -> None:
        """Let nobody ask the account for so long."""
        with db.transaction() as tx:
            limits.block(tx, self._account, seconds)

    def leave(self) -> None:
        """Give up the place in line."""
        with db.transaction() as tx:
            limits.leave(tx, self._account, str(self._edit.id))


class _Previews:
    """Small pictures of what is still being drawn, for whoever looks on."""

    def __init__(self, fence: Fence, edit: Edit, recipe: Mapping[str, Any], tell: Tell) -> None:
        self._fence, self._tell, self._begun = fence, tell, time.monotonic()
        with db.transaction() as tx:
            picture = tx.get_one(Picture, edit.base_sha256)
        self._sent = placing.canvas(recipe, (picture.width, picture.height))

    def wanted(self) -> None:
        """Raise Interrupted where the edit is not wanted any more."""
        spent = time.monotonic() - self._begun
        self._tell(0.1 + 0.3 * spent / (spent + 30), "The image model is at work")

    def keep(self, index: int, number: int, data: bytes) -> None:
        """Store a preview of candidate `index`; what goes wrong with it is no harm to the edit."""
        with suppress(LoupeError):
            image = versions.read(data).array
            shown = self._sent.receive(image).image if self._sent else image
            preview, media_type = placing.viewed(shown, PREVIEW)
            sha256 = storage.store().put(preview)
            with db.transaction() as tx:
                if not holds(tx, self._fence):
                    return
                versions.add_blob(tx, sha256, len(preview), media_type)
                row = {"edit_id": self._fence.edit_id, "index": index, "number": number, "sha256": sha256, "at": CLOCK}
                fresh = {name: row[name] for name in ("number", "sha256", "at")}
                tx.execute(insert(Partial).values(**row).on_conflict_do_update(constraint="partials_pkey", set_=fresh))
