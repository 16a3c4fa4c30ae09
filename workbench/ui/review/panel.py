"""The right panel: whose edit it is, what was measured, what to know before deciding, and the note."""

from pathlib import Path

import streamlit as st

from workbench import edits, reviews
from workbench.permissions import may
from workbench.ui import deeds, empty, fate, makers, measured, rawmark, shell, words
from workbench.ui.review.queue import Queue

PAGES = Path(__file__).resolve().parents[3] / "pages"


def show(queue: Queue) -> str:
    """Draw the panel and return the note that was written."""
    deeds.refusal("review", "Not decided")
    if queue.missing:
        empty.warning(queue.missing, "Not found")
    shown = queue.shown
    if shown is None:
        return ""
    edit = shown.edit
    with st.container(gap=None):
        shell.title(shown.asset.name)
        words.quiet(edit.summary)
        revision = f"template revision {shown.template.revision}"
        words.quiet(words.person(shown.author), revision, at=edit.submitted_at or edit.created_at)
        if edit.engine == "openai":
            words.quiet(makers.maker(edit), makers.EMULATOR if queue.made.emulated else makers.cost(queue.made))
    rawmark.show(rawmark.of(edit, shown.author))
    fate.show(shown, makers.cost(queue.made))
    if fate.moved_on(shown):
        _again(queue, "Run on the newest version", on_newest=True)
    elif edit.state in fate.ENDED:
        _again(queue, "Try again", on_newest=False)
    elif edit.state in ("queued", "running", "ready") and edit.author_id == queue.actor.id:
        st.page_link(
            PAGES / "edit.py",
            label="Go on with it on the Edit page",
            icon=":material/arrow_forward:",
            query_params={"edit": str(edit.id)},
        )
    _own(queue)
    if pair := shown.chosen or next(iter(shown.candidates), None):
        measured.show(pair[0])
    fate.trail(shown)
    return _note(queue) if edit.state == "submitted" and may(queue.actor, "edit:accept") else ""


def failing(queue: Queue) -> bool:
    """Whether the report of what was submitted is red."""
    chosen = queue.shown.chosen if queue.shown else None
    return chosen is not None and chosen[0].verdict == "fail"


def _own(queue: Queue) -> None:
    """What is special about one's own edit."""
    shown = queue.shown
    if shown is None or shown.edit.state != "submitted" or shown.edit.author_id != queue.actor.id:
        return
    if not may(queue.actor, "edit:accept"):
        shell.muted("A lead decides. Until then you can take it back.")
    elif queue.four_eyes:
        shell.muted("You made this edit yourself, so another lead decides.")
    else:
        shell.muted("You made this edit yourself. If you accept it, the record says for ever that it is self-approved.")
    if may(queue.actor, "edit:withdraw") and st.button("Withdraw", key=f"withdraw-{shown.edit.id}"):
        if deeds.attempt("review", lambda: reviews.withdraw(queue.actor, str(shown.edit.id))):
            deeds.say(f"**{words.plain(shown.asset.name)}** is withdrawn. Nobody needs to decide it any more.")
        st.rerun()


def _again(queue: Queue, label: str, *, on_newest: bool) -> None:
    """The same values as a new edit, which opens on the Edit page."""
    shown = queue.shown
    if shown is None or not may(queue.actor, "edit:propose"):
        return
    if st.button(label, key=f"again-{shown.edit.id}", help="Runs the same values as a new edit"):
        edit = deeds.attempt("review", lambda: edits.rerun(queue.actor, str(shown.edit.id), on_newest=on_newest))
        if edit:
            st.switch_page(PAGES / "edit.py", query_params={"edit": str(edit.id)})
        st.rerun()


def _note(queue: Queue) -> str:
    shown = queue.shown
    if shown is None:
        return ""
    if failing(queue):
        # every letter counts at once, so that Accept is ready when the hand gets there
        said = st.text_input(
            "Note for the record",
            placeholder="The report fails: say why it is right all the same",
            key=f"note-{shown.edit.id}",
            max_chars=500,
            live=True,
        )
        shell.muted("Accept is open as soon as a note says why.")
        return said
    return st.text_area(
        "Note for the record", placeholder="Optional", height=68, max_chars=500, key=f"note-{shown.edit.id}"
    )
