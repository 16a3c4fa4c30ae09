"""What became of an edit, in sentences: why it failed, who rejected it and why, whether the picture moved on."""

from html import escape

import streamlit as st

from workbench.edits import Shown
from workbench.ui import empty, shell, words
from workbench.ui.report import icon

#: states that an edit leaves only by being run again
ENDED = ("failed", "unknown", "cancelled", "rejected", "withdrawn")
#: how a call of an image model failed → what stands over its sentence
_FAULTS = {
    "moderation": "The model’s safety check refused it",
    "auth": "The image model’s key was not accepted",
    "model_or_url": "The image model was not found",
    "quota": "The image model’s account is used up",
    "rate_limit": "The image model had too many requests",
    "invalid": "The image model did not take this request",
    "too_large": "The image model did not take so much at once",
    "timeout": "The image model took too long",
    "connect": "The image model could not be reached",
    "transient": "The image model was not there",
    "server": "The image model broke down",
    "dropped": "The connection to the image model broke off",
    "truncated_stream": "The connection to the image model broke off",
    "bad_response": "The image model’s answer was no picture",
    "stream_error": "The image model stopped on its way",
}
_DEEDS = {"accept": "Accepted", "reject": "Rejected", "withdraw": "Withdrawn", "undo": "Acceptance undone"}


def show(shown: Shown, cost: str = "") -> None:
    """The notice that its state asks for; nothing while all goes its way. cost: what a model's calls came to."""
    edit = shown.edit
    last = shown.decisions[-1] if shown.decisions else None
    match edit.state:
        case "failed":
            fault = edit.failure_kind if edit.failure_stage == "model" else ""
            told = edit.failure or "It ended without a result. The original is untouched."
            empty.error(_told(told, cost), _FAULTS.get(fault or "", "The edit failed"))
        case "unknown":
            told = edit.failure or "It may have been billed. The original is untouched."
            empty.warning(_told(told, cost), "Nobody knows how it ended")
        case "cancelled":
            empty.warning(_told("Nothing was kept, and the original is untouched.", cost), "The edit was cancelled")
        case "withdrawn":
            empty.warning("It was taken back before anybody decided.", "The edit was withdrawn")
        case "rejected" if last:
            _rejected(words.person(last[1]), last[0].reason)


def _told(sentence: str, cost: str) -> str:
    """The sentence, and what it cost where that isn't nothing: “Cost: up to $0.17, may have been billed.”"""
    return f"{sentence} Cost: {cost}." if cost else sentence


def moved_on(shown: Shown) -> bool:
    """Whether the picture got other bytes since the edit began and that matters; says so, with the way out."""
    if not shown.outdated or shown.edit.state in ("queued", "running", "accepted"):
        return False
    empty.warning(
        f"“{shown.asset.name}” is at version {shown.head.number} by now, and this edit began on version "
        f"{shown.base.number}. It can’t become a version any more; the same values can be run on the newest one.",
        "The picture has moved on",
    )
    return True


def trail(shown: Shown) -> None:
    """Every decision there was: who, when, and their note."""
    if not shown.decisions:
        return
    with st.container(gap=None):
        for decision, someone in shown.decisions:
            own = ", on their own edit" if decision.self_approved else ""
            words.quiet(f"{_DEEDS[decision.verb]} by {words.person(someone)}{own}", at=decision.created_at)
            if decision.note:
                shell.muted(f"“{decision.note}”")


def _rejected(who: str, reason: str) -> None:
    st.html(
        f'<div class="lp-notice lp-fail" role="status">{icon("fail")}'
        f"<div><b>Rejected by {escape(who, quote=True)}</b>"
        f'<span class="lp-words">{escape(reason, quote=True)}</span></div></div>'
    )
