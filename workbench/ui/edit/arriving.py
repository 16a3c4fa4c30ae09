"""An edit on its way: how far it is, for how long, and the pictures of an image model as they come."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from workbench import db, edits, jobs
from workbench.models import Edit, ModelCall, Partial
from workbench.permissions import Actor
from workbench.ui import deeds, makers, progress, words
from workbench.ui.edit.desk import ACTIVE
from workbench.ui.tiles import Tile, tiles

UNATTENDED = "In the queue. Nobody is there to run it: whoever runs Loupe can start a worker, and it goes on by itself."
BILLED = "If you cancel now, what the model is doing may still be billed."
PAID = "If you cancel now, pictures that are paid for are thrown away."


@st.fragment(run_every=0.5)
def watch(edit_id: uuid.UUID, actor: Actor, own: bool, height: str) -> None:
    """How far the edit is, twice a second; the page starts anew when it is done."""
    with db.transaction() as tx:
        edit = edits.find(tx, str(edit_id))
        attended = edit.state == "running" or jobs.anybody_there(tx)
        asks = edit.engine == "openai" and not makers.relocked(edit)
        previews, calls = (edits.partials(tx, edit.id), edits.calls(tx, edit.id)) if asks else ([], [])
    if edit.state not in ACTIVE:
        st.rerun()
    with st.container(key="arriving", horizontal=True, vertical_alignment="center", gap="small"):
        if asks:
            with st.container(width="stretch"):
                tiles(cards(edit, previews), chosen=None, layout="strip", label="Candidates on their way",
                      key="arriving-cards", height=height)  # fmt: skip
        with st.container(key="arriving-progress", width="stretch", gap=None):
            note = elapsed(edit.created_at) if asks else ""
            if _progress(edit, own, UNATTENDED if not attended else "", note, cancelling(calls)):
                deeds.attempt("outcome", lambda: edits.cancel(actor, str(edit.id)))
                st.rerun()


def _progress(edit: Edit, own: bool, hindrance: str, note: str, cost: str) -> bool:
    """The bar; whether it was cancelled, which is its author's to do."""
    return progress.show(
        edit.progress if edit.state == "running" else None,
        hindrance or edit.phase or words.STATES[edit.state],
        note=note,
        under=cost if own else "",
        cancel="Cancel edit" if own else None,
        key="edit",
    )


def cards(edit: Edit, previews: Sequence[Partial]) -> list[Tile]:
    """A card for every picture that was asked for, from the start: nothing moves when one comes."""
    found = {one.index: one for one in previews}
    return [_card(number, found.get(number), edit.state == "running") for number in range(1, edit.wanted + 1)]


def _card(number: int, preview: Partial | None, drawing: bool) -> Tile:
    return {
        "id": number,
        "img": words.blob(preview.sha256) if preview else None,
        "missing": "",
        "title": f"Candidate {number}",
        "sub": f"preview {preview.number + 1}" if preview else "being drawn" if drawing else "waiting",
        "disabled": True,
        "hint": "It can be looked at as soon as it is locked and measured.",
    }


def cancelling(calls: Sequence[ModelCall]) -> str:
    """What a cancel would cost by now; "" where it costs nothing."""
    if makers.emulated(calls):
        return ""
    if any(call.state == "sent" for call in calls):
        return BILLED
    return PAID if any(call.state == "answered" for call in calls) else ""


def elapsed(since: datetime, now: datetime | None = None) -> str:
    """“0:07”, “12:40”, “1:02:03”: minutes and seconds since then."""
    seconds = max(0, int(((now or datetime.now(UTC)) - since).total_seconds()))
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
