"""What would change, shown before anything runs: the edit done on a small copy, in the background."""

import base64
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass

import streamlit as st

from workbench import edits, recipes
from workbench.imaging import encode
from workbench.ui import background, deeds, progress
from workbench.ui.edit import bringing, marking
from workbench.ui.edit.desk import Desk

_KEPT = "foreseen"
WORKING = "Working out what would change …"


@dataclass(frozen=True)
class _Asked:
    """What was asked for last in this browser tab; another picture, value or drawing is another question."""

    question: str
    future: Future[edits.Preview]


@dataclass(frozen=True)
class Foreseen:
    """What would change, ready to be shown."""

    #: data address of a PNG, white where the picture would change
    overlay: str
    words: str
    notes: tuple[str, ...]


def wish(desk: Desk, values: Mapping[str, str]) -> edits.Wish | None:
    """What a run would do, without the bytes of an output that is brought; None while there is no template."""
    if desk.template is None:
        return None
    found = marking.drawn(desk)
    return edits.Wish(
        desk.template.name,
        {name: value for name, value in values.items() if value},
        engine=bringing.engine(desk),
        region=found.region,
        protected=found.protect,
    )


def ask(desk: Desk, values: Mapping[str, str]) -> None:
    """Begin to work it out, and wait a moment: most edits take less than that."""
    asked = wish(desk, values)
    if asked is None or desk.source is None:
        return
    future = background.begin(edits.preview, desk.actor, str(desk.source.asset.id), asked)
    st.session_state[_KEPT] = _Asked(_question(desk, asked), future)
    background.wait(future)


def forget() -> None:
    """Show the picture as it is again."""
    st.session_state.pop(_KEPT, None)


def pending(desk: Desk, values: Mapping[str, str]) -> Future[edits.Preview] | None:
    """What is being worked out for just these values and this drawing."""
    kept = _kept(desk, values)
    return kept if kept and not kept.done() else None


def found(desk: Desk, values: Mapping[str, str]) -> Foreseen | None:
    """What would change with just these values and this drawing, once it was asked for and is there.

    A refusal is kept for the form, where a run would show it.
    """
    kept = _kept(desk, values)
    if kept is None or not kept.done() or desk.template is None:
        return None
    preview = deeds.attempt("values", kept.result)
    if preview is None:
        forget()
        st.rerun()
    png = base64.b64encode(encode.mask_png(preview.mask)).decode()
    return Foreseen(f"data:image/png;base64,{png}", said(preview.share, desk.template), preview.notes)


def said(share: float, template: recipes.Template) -> str:
    """“4.2 % of the picture would change”."""
    if share == 0:
        return "Nothing in the picture would change."
    percent = f"{100 * share:.2g}" if share < 0.0995 else f"{100 * share:.3g}"
    part = "less than 0.01" if share < 0.0001 else percent
    kinds = {operation.kind for operation in template.operations}
    if kinds & {"reframe", "resize"}:
        return "The whole picture gets a new size." if share == 1 else f"{part} % of the picture would be left out."
    return f"{part} % of the picture would change."


def wait(future: Future[edits.Preview]) -> None:
    """How it goes on, with a way to stop waiting."""
    if progress.show(None, WORKING, cancel="Stop", key="foreseeing"):
        future.cancel()
        forget()
        st.rerun()
    background.watch(future)


def _kept(desk: Desk, values: Mapping[str, str]) -> Future[edits.Preview] | None:
    kept, asked = st.session_state.get(_KEPT), wish(desk, values)
    if not isinstance(kept, _Asked) or asked is None or kept.question != _question(desk, asked):
        return None
    return kept.future


def _question(desk: Desk, asked: edits.Wish) -> str:
    return f"{desk.source.version.id if desk.source else ''} {desk.row.id if desk.row else ''} {asked!r}"
