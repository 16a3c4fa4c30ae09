"""What a run by an image model would cost, beside what may still be spent, before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from workbench import budgets, db, edits
from workbench.errors import LoupeError
from workbench.ui import empty, makers, words
from workbench.ui.edit import engines, foreseeing
from workbench.ui.edit.desk import Desk

_KEPT = "estimated"


@dataclass(frozen=True)
class Offer:
    """What stands beside the Run button."""

    words: str
    #: why the budget refuses it; "" when it doesn't
    refused: str = ""


@dataclass(frozen=True)
class _Asked:
    """What was worked out last in this browser tab."""

    question: str
    #: None where something is missing or wrong, which a run would say
    estimate: edits.Estimate | None


def show(desk: Desk, values: Mapping[str, str]) -> Offer | None:
    """The offer, and a notice where the budget refuses it: before anything runs, and where it can be made cheaper."""
    found = offer(desk, values)
    if found and found.refused:
        empty.warning(found.refused, "Over the budget")
    return found


def offer(desk: Desk, values: Mapping[str, str]) -> Offer | None:
    """The price of what the form says; None for engines that cost nothing, or while no model is set up."""
    if engines.engine(desk) != "openai" or desk.models is None or desk.row is None:
        return None
    if desk.models.emulated:
        return Offer(makers.EMULATOR)
    estimate = _estimate(desk, values)
    with db.transaction() as tx:
        standing = budgets.standing(tx, desk.actor.id, desk.row.name)
        refused = estimate and budgets.refusal(
            tx, operator_id=desk.actor.id, template=desk.row.name, micros=estimate.micros,
            cap=desk.template.cap if desk.template else None,
        )  # fmt: skip
    left = f"{budgets.dollars(standing.least, up=False)} left today"
    if estimate is None:
        return Offer(left)
    if estimate.micros is None:
        return Offer(f"price not known · {left}", refused or "")
    pictures = words.count(estimate.pictures, "picture")
    amount = f"about {budgets.dollars(estimate.micros)}"
    if refused:
        return Offer(f"over the budget: {amount}, {left}", refused)
    return Offer(f"{amount} for {pictures} · {left}")


def again(desk: Desk) -> str:
    """What the shown edit would cost once more: “about $0.17”; "" where nobody knows."""
    if desk.models and desk.models.emulated:
        return ""
    spend = desk.made.spend
    return f"about {budgets.dollars(spend.reserved)}" if spend and spend.reserved else ""


def _estimate(desk: Desk, values: Mapping[str, str]) -> edits.Estimate | None:
    """Worked out once for each question: the page starts anew with every click."""
    wish = foreseeing.wish(desk, values)
    if wish is None or desk.source is None or desk.row is None:
        return None
    question = f"{desk.source.version.id} {desk.row.id} {wish!r}"
    kept = st.session_state.get(_KEPT)
    if isinstance(kept, _Asked) and kept.question == question:
        return kept.estimate
    try:
        estimate = edits.estimate(desk.actor, str(desk.source.asset.id), wish)
    except LoupeError:  # a value is missing, say: the run names it beside its field
        estimate = None
    st.session_state[_KEPT] = _Asked(question, estimate)
    return estimate
