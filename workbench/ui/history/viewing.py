"""The middle: two versions against each other, the older one first."""

import streamlit as st

from workbench.models import Candidate
from workbench.ui import makers, quick, sides, words
from workbench.ui.compare import Side, compare
from workbench.ui.history.record import Record
from workbench.versions import Entry


def show(shown: Record) -> None:
    """Draw the viewer, or the quick slider where that is wished for."""
    if shown.against is None:
        compare(_side(shown.chosen), key="history-viewer")
        return
    before, after = sorted((shown.chosen, shown.against), key=lambda entry: entry.version.number)
    if st.session_state.get("history-quick"):
        html, height = quick.markup(before.picture.preview_sha256, after.picture.preview_sha256, 704)
        with st.container(key="quick-stage"):
            st.iframe(html, width="stretch", height=height, alt="Quick slider: before and after")
        return
    two, made = _side(after), _made(shown, before, after)
    if made and shown.edit:
        two = sides.told(two, made, makers.recipe(shown.edit.edit))
    compare(_side(before), two, key="history-viewer")


def _side(entry: Entry) -> Side:
    version = entry.version
    return sides.picture(f"Version {version.number}", words.moment(version.created_at), entry.picture)


def _made(shown: Record, before: Entry, after: Entry) -> Candidate | None:
    """What was accepted, if these two are what its edit began on and made: its maps belong to just this pair."""
    edit = shown.edit
    if edit is None or edit.chosen is None or after is not shown.chosen:
        return None
    return edit.chosen[0] if before.version.sha256 == edit.edit.base_sha256 else None
