"""The lock tried out: what the stored output would become with other settings, worked out small in the background."""

import base64
import io
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from workbench import edits, recipes
from workbench.imaging import encode
from workbench.permissions import Actor, may
from workbench.ui import background, deeds, progress, sides, words
from workbench.ui.compare import Side
from workbench.ui.edit import locking, marking
from workbench.ui.edit.desk import Desk
from workbench.ui.region import Drawn

_KEPT = "relocked"
WORKING = "Locking the stored output anew …"


@dataclass(frozen=True)
class Tried:
    """What a preview shows."""

    #: data addresses of PNGs: the result, and white where it differs from the original
    picture: str
    mask: str
    #: pixels of the preview
    width: int
    height: int
    preview: edits.LockPreview


@dataclass
class _Asked:
    """What was asked for last in this browser tab."""

    #: edit and candidate; another one has nothing to do with this
    subject: tuple[str | None, int | None]
    question: str
    future: Future[Tried]
    #: what was shown before; it stays until the new one is there
    former: Tried | None
    stopped: bool = False


def begin(desk: Desk) -> None:
    """Begin to work it out once something else is asked for, and wait a moment; one at a time for each browser tab."""
    shown = desk.shown
    if shown is None or not locking.changed(desk) or marking.wanted(desk) or not may(desk.actor, "edit:propose"):
        return
    kept, question = _asked(desk), _question(desk)
    if kept and kept.question == question:
        return
    if kept and not kept.future.cancel() and not kept.future.done():
        kept.stopped = False  # what is asked for now begins as soon as this one is done
        return
    lock, place = locking.whole(locking.settings(desk)), locking.drawn(desk)
    future = background.begin(_work, desk.actor, str(shown.edit.id), locking.number(desk), lock, place)
    st.session_state[_KEPT] = _Asked(_subject(desk), question, future, _last(kept))
    background.wait(future)


def pending(desk: Desk) -> bool:
    """Whether it is being worked out."""
    kept = _asked(desk)
    return kept is not None and not kept.stopped and not kept.future.done()


def found(desk: Desk) -> Tried | None:
    """What the lock would make of the output, or, while the newest question is worked out, what was asked before.

    A refusal is kept for the lock's panel.
    """
    kept = _asked(desk)
    if kept is None or kept.stopped or marking.wanted(desk):
        return None
    if not kept.future.done():
        return kept.former
    return deeds.attempt("lock", kept.future.result)


def wait(desk: Desk) -> None:
    """How it goes on, with a way to stop waiting."""
    kept = _asked(desk)
    if kept is None:
        return
    if progress.show(None, WORKING, cancel="Stop", key="relocking"):
        kept.future.cancel()
        kept.question, kept.stopped = _question(desk), True
        st.rerun()
    background.watch(kept.future)


def pair(desk: Desk, tried: Tried) -> tuple[Side, Side] | None:
    """Before and preview, both in the preview's size."""
    before, raw, preview = desk.before, locking.stored(desk), tried.preview
    if before is None:
        return None
    size = words.size(tried.width, tried.height)
    one: Side = {
        "url": words.blob(before.picture.preview_sha256),
        "label": "Before",
        "facts": f"version {before.version.number} · {size} preview",
        "width": tried.width,
        "height": tried.height,
    }
    other: Side = {
        "url": tried.picture,
        "label": "Preview",
        "facts": f"of the lock, {max(tried.width, tried.height)} px",
        "width": tried.width,
        "height": tried.height,
        "mask": tried.mask,
        "raw": words.blob(raw) if raw else None,
        "raw_at": sides.raw_place(desk.recipe, (before.picture.width, before.picture.height)),
        "lock_note": sides.taken_away({"drift_px": preview.drift_px, "drift_delta_e": preview.drift_delta_e}),
    }
    return one, other


def _asked(desk: Desk) -> _Asked | None:
    kept = st.session_state.get(_KEPT)
    if not isinstance(kept, _Asked) or kept.subject != _subject(desk) or not locking.changed(desk):
        return None
    return kept


def _question(desk: Desk) -> str:
    place = locking.drawn(desk)
    return recipes.canonical([locking.whole(locking.settings(desk)), place.region, place.protect])


def _subject(desk: Desk) -> tuple[str | None, int | None]:
    return str(desk.shown.edit.id) if desk.shown else None, locking.number(desk)


def _last(kept: _Asked | None) -> Tried | None:
    if kept is None:
        return None
    done = kept.future.done() and not kept.future.cancelled() and kept.future.exception() is None
    return kept.future.result() if done else kept.former


def _work(actor: Actor, edit: str, candidate: int | None, lock: dict[str, Any], place: Drawn) -> Tried:
    preview = edits.relock_preview(
        actor, edit, candidate=candidate, lock=lock, region=place.region, protected=place.protect
    )
    height, width = preview.image.shape[:2]
    return Tried(_address(_png(preview.image)), _address(encode.mask_png(preview.mask)), width, height, preview)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """Without loss, so that what the lock left alone shows no difference; fast rather than small."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _address(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
