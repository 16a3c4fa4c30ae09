"""What would change, or what a model would see, shown before anything runs: worked out small, in the background."""

import base64
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from workbench import edits, recipes
from workbench.imaging import encode
from workbench.ui import background, deeds, progress
from workbench.ui.edit import engines, marking, modelling, sending
from workbench.ui.edit.desk import Desk

_KEPT = "foreseen"
WORKING = "Working out what would change …"
SMALL = "Shown in magenta, worked out on a small copy: the run may differ by a pixel or two."
DECIDES = "What changes there is the model’s to decide: the lock finds it when the edit runs."
#: worked out of an exact edit, and of one by a model
Worked = edits.Preview | edits.Estimate


@dataclass(frozen=True)
class _Asked:
    """What was asked for last in this browser tab; another picture, value or drawing is another question."""

    question: str
    future: Future[Worked]


@dataclass(frozen=True)
class Foreseen:
    """What would change, ready to be shown."""

    #: data address of a PNG, white where the picture would change
    overlay: str
    title: str
    words: str
    #: how the words are meant
    aside: str
    notes: tuple[str, ...]


def wish(desk: Desk, values: Mapping[str, str]) -> edits.Wish | None:
    """What a run would do, without the bytes of an output that is brought; None while there is no template."""
    if desk.template is None:
        return None
    found = marking.drawn(desk)
    plain = edits.Wish(
        desk.template.name,
        {name: value for name, value in values.items() if value},
        engine=engines.engine(desk),
        region=found.region,
        protected=found.protect,
    )
    model = modelling.chosen(desk)
    if model is None:
        return plain
    return replace(
        plain, candidates=model.pictures, model=model.rules.name, quality=model.quality, complexity=model.complexity,
        guide=model.guide,
    )  # fmt: skip


def ask(desk: Desk, values: Mapping[str, str]) -> None:
    """Begin to work it out, and wait a moment: most edits take less than that."""
    asked = wish(desk, values)
    if asked is None or desk.source is None:
        return
    work: Callable[..., Worked] = edits.estimate if asked.engine == "openai" else edits.preview
    future = background.begin(work, desk.actor, str(desk.source.asset.id), asked)
    st.session_state[_KEPT] = _Asked(_question(desk, asked), future)
    background.wait(future)


def forget() -> None:
    """Show the picture as it is again."""
    st.session_state.pop(_KEPT, None)


def pending(desk: Desk, values: Mapping[str, str]) -> Future[Worked] | None:
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
    worked = deeds.attempt("values", kept.result)
    if worked is None:
        forget()
        st.rerun()
    if isinstance(worked, edits.Estimate):
        return _sent(desk, worked)
    words = said(worked.share, desk.template)
    return Foreseen(_address(worked.mask), "What will change", words, SMALL, worked.notes)


def _sent(desk: Desk, worked: edits.Estimate) -> Foreseen | None:
    model = modelling.chosen(desk)
    if model is None or desk.source is None:
        return None
    size = (desk.source.picture.width, desk.source.picture.height)
    words = sending.said(size, worked.crop, worked.size, model.guide)
    return Foreseen(_address(sending.frame(size, worked.crop)), "What is sent", words, DECIDES, ())


def _address(mask: NDArray[np.bool_]) -> str:
    return f"data:image/png;base64,{base64.b64encode(encode.mask_png(mask)).decode()}"


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


def wait(future: Future[Worked]) -> None:
    """How it goes on, with a way to stop waiting."""
    if progress.show(None, WORKING, cancel="Stop", key="foreseeing"):
        future.cancel()
        forget()
        st.rerun()
    background.watch(future)


def _kept(desk: Desk, values: Mapping[str, str]) -> Future[Worked] | None:
    kept, asked = st.session_state.get(_KEPT), wish(desk, values)
    if not isinstance(kept, _Asked) or asked is None or kept.question != _question(desk, asked):
        return None
    return kept.future


def _question(desk: Desk, asked: edits.Wish) -> str:
    return f"{desk.source.version.id if desk.source else ''} {desk.row.id if desk.row else ''} {asked!r}"
