"""Who made an edit's pictures, and what they cost: the engine or the model, its provider's answers, the money."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from workbench import budgets, edits
from workbench.edits.calling import EMULATED
from workbench.engines.rules import Rules, rules
from workbench.models import Candidate, Edit, ModelCall, Spend
from workbench.ui import words

#: beside every picture that no model drew
EMULATOR = "Emulator: no model, no cost"
#: engines as a tile has room for them
SHORT = {"exact": "Exact, here", "external": "Another tool", "openai": "Image model"}
#: what shows a model the place, as a fact
GUIDES = {"mask": "by a mask", "markup": "by a drawn outline", "none": "by words only"}


@dataclass(frozen=True)
class Made:
    """What an image model was asked for an edit, and the money; empty for every other engine."""

    calls: Sequence[ModelCall] = ()
    spend: Spend | None = None

    @property
    def emulated(self) -> bool:
        """Whether an emulator stood in for the model."""
        return emulated(self.calls)


def read(tx: Session, edit: Edit | None) -> Made:
    """What is kept of the calls for `edit`; no statement where there are none."""
    if edit is None or edit.engine != "openai":
        return Made()
    # pictures that were there already came by the calls of another edit
    origin = edit.reused_from or (edit.rerun_of if relocked(edit) else None) or edit.id
    return Made(edits.calls(tx, origin), tx.get(Spend, edit.id))


Fact = tuple[str, str] | tuple[str, str, str]


def recipe(edit: Edit) -> dict[str, Any]:
    """The edit's recipe as a document."""
    document: dict[str, Any] = json.loads(edit.recipe)
    return document


def said(edit: Edit, candidate: Candidate) -> str:
    """The maker of one candidate, the emulator under its own name."""
    return "Emulator" if EMULATED in candidate.notes else maker(edit)


def brief(known: Rules) -> str:
    """A model's title without the date of its dated name."""
    return known.title.partition(" (")[0]


def maker(edit: Edit) -> str:
    """“GPT Image 2.5 Sunburst”, “Exact, here”, “Another tool”."""
    model = recipe(edit).get("model") if edit.engine == "openai" else None
    return brief(rules(model)) if model else SHORT.get(edit.engine, edit.engine)


def emulated(calls: Sequence[ModelCall]) -> bool:
    """Whether the pictures came from an emulator instead of a model."""
    return any(call.sent.get("emulated") for call in calls)


def relocked(edit: Edit) -> bool:
    """Whether the edit only locks a stored output anew, without any call."""
    return "output" in recipe(edit).get("parameters", {})


def facts(edit: Edit, made: Made) -> list[Fact]:
    """What belongs into the list of facts about an edit by an image model; nothing for every other engine."""
    if edit.engine != "openai":
        return []
    document = recipe(edit)
    asked = document.get("parameters", {})
    rows: list[Fact] = [("Model", _model(document, asked), str(document.get("model")))]
    if size := asked.get("size"):
        rows.append(("Sent", f"{words.size(*size)} px", _crop(asked)))
    if guide := GUIDES.get(str(asked.get("guide"))):
        rows.append(("Shown the place", guide))
    own = not (edit.reused_from or relocked(edit))
    return [*rows, ("Cost", *_spent(edit, made)), *(_requests(made.calls) if own else [])]


def cost(made: Made) -> str:
    """What the edit's calls came to, or may have; "" where it was nothing."""
    free = made.spend is None or made.spend.state == "released" or made.emulated
    return "" if free else _cost(made)[0]


def _model(document: dict[str, Any], asked: dict[str, Any]) -> str:
    quality = f", {asked['quality']} quality" if asked.get("quality") else ""
    was = f", in place of {asked['was']}" if asked.get("was") else ""
    return f"{rules(str(document.get('model'))).title}{quality}{was}"


def _crop(asked: dict[str, Any]) -> str:
    x, y, width, height = asked.get("canvas", {}).get("crop", (0, 0, 0, 0))
    return f"{words.size(width, height)} px of the picture, from {x}, {y}" if width else ""


def _spent(edit: Edit, made: Made) -> tuple[str, str]:
    if relocked(edit):
        return "none: the stored output was used", ""
    if edit.reused_from:
        return "none: the pictures were there already", ""
    return _cost(made)


def _cost(made: Made) -> tuple[str, str]:
    """The cost in words, and how it is known."""
    spend = made.spend
    if made.emulated:
        return EMULATOR, "An emulator stands in for the model here, so that the way of an edit can be tried."
    if spend is None:
        return "not known", ""
    priced = f"With the price table of {spend.priced_at:%d %B %Y}" if spend.priced_at else ""
    amount = spend.reserved if spend.spent is None else spend.spent
    said = "not known" if amount is None else budgets.dollars(amount)
    counted = any(call.usage for call in made.calls)
    match spend.state:
        case "settled" if amount is not None:
            return f"{said}, {'by the provider’s own count' if counted else 'estimated'}", priced
        case "settled":
            return said, priced
        case "maybe":
            return f"{said if amount is None else f'up to {said}'}, may have been billed", priced
        case "released":
            return "none: nothing was billed", ""
    return f"{said if amount is None else f'about {said}'}, set aside", priced


def _requests(calls: Sequence[ModelCall]) -> list[Fact]:
    tries = f"{words.count(len(calls), 'try', 'tries')}"
    seconds = [(call.ended_at - call.sent_at).total_seconds() for call in calls if call.ended_at and call.sent_at]
    rows: list[Fact] = [("Calls", f"{tries}, {sum(seconds):.1f} s" if seconds else tries)] if calls else []
    named = [call.request_id for call in calls if call.request_id]
    return [*rows, ("Request", named[-1], "What the provider’s support asks for")] if named else rows
