"""The middle: the picture, the drawing on it or the comparison, and under it the candidates or the progress."""

import uuid
from collections.abc import Mapping
from concurrent.futures import Future

import streamlit as st

from workbench import db, edits, jobs
from workbench.models import Candidate, Picture
from workbench.permissions import Actor
from workbench.ui import background, deeds, empty, progress, quick, sides, words
from workbench.ui.compare import compare
from workbench.ui.edit import address, finding, foreseeing, marking, relocking
from workbench.ui.edit.desk import ACTIVE, Desk
from workbench.ui.region import Extras, Line, wanted
from workbench.ui.tiles import tiles, verdict

#: the viewer leaves room for the strip under it, which is there before anything ran
VIEWER = "calc(var(--lp-room) - 96px)"
STRIP = "80px"
#: engines as the strip has room for them
SHORT = {"external": "another tool", "openai": "image model"}


def show(desk: Desk, values: Mapping[str, str]) -> None:
    """Draw the middle of the page."""
    if desk.before is None:
        empty.show("Nothing to edit yet", "Add a picture on the left, and it appears here.", key="no-picture")
        return
    foreseen = foreseeing.found(desk, values)
    relocking.begin(desk)
    if marking.wanted(desk) or foreseen:
        _drawing(desk, foreseen)
    else:
        _viewer(desk)
    with st.container(key="strip", height="content"):
        if working := foreseeing.pending(desk, values):
            foreseeing.wait(working)
        elif relocking.pending(desk):
            relocking.wait(desk)
        else:
            _strip(desk)
        # last, so that nothing else changes its place on the page
        if marking.wanted(desk) and (reading := _reading(desk)):
            background.watch(reading)


def _reading(desk: Desk) -> Future[list[Line]] | None:
    """The text of the picture while it is asked for and being read."""
    place = marking.surface(desk)
    if place is None or desk.source is None or "lines" not in wanted(place, marking.key(desk)):
        return None
    future = finding.reading(desk.source.picture.preview_sha256)
    return None if future.done() else future


def _drawing(desk: Desk, foreseen: foreseeing.Foreseen | None) -> None:
    """The picture to draw on, or just to look at what would change."""
    place = marking.surface(desk)
    if place is None or desk.source is None:
        return
    picture, asked = desk.source.picture, wanted(place, marking.key(desk))
    lines = deeds.attempt("drawing", lambda: finding.lines(picture)) if "lines" in asked else None
    extras = Extras(
        lines=lines,
        areas=finding.coloured(picture.preview_sha256) if "areas" in asked else None,
        busy=finding.READING if _reading(desk) else "",
        overlay=foreseen.overlay if foreseen else "",
        words=foreseen.words if foreseen else "",
    )
    marking.draw(desk, VIEWER, extras, tools=marking.wanted(desk))
    deeds.refusal("drawing", "The text could not be read")


def _viewer(desk: Desk) -> None:
    before, found = desk.before, desk.looked_at
    if before is None:
        return
    tried = relocking.found(desk)
    if tried and (both := relocking.pair(desk, tried)):
        compare(*both, key="edit-viewer", height=VIEWER)
        return
    one = sides.picture("Before" if found else "Picture", f"version {before.version.number}", before.picture)
    if found is None:
        compare(one, key="edit-viewer", height=VIEWER)
        return
    candidate, picture = found
    if st.session_state.get("quick-slider") and _alike(before.picture, picture):
        _quick(before.picture, picture)
        return
    compare(one, sides.candidate(candidate, picture), key="edit-viewer", height=VIEWER)


def _alike(one: Picture, other: Picture) -> bool:
    """Whether one can be laid over the other: the same shape, at whatever size."""
    return abs(one.width * other.height / (one.height * other.width) - 1) < 0.01


def _quick(before: Picture, after: Picture) -> None:
    html, height = quick.markup(before.preview_sha256, after.preview_sha256, 704)
    with st.container(key="quick-stage"):
        st.iframe(html, width="stretch", height=height, alt="Quick slider: before and after")


def _strip(desk: Desk) -> None:
    if desk.running and desk.shown:
        _watch(desk.shown.edit.id, desk.actor, desk.own)
    elif found := desk.looked_at:
        _candidates(desk, found)
    else:
        st.html('<div class="lp-strip">Candidates appear here</div>')


def _candidates(desk: Desk, found: tuple[Candidate, Picture]) -> None:
    shown, chosen = desk.shown, found[0]
    if shown is None:
        return
    engine = SHORT.get(shown.edit.engine, shown.edit.engine)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="stretch"):
            picked = tiles(
                [
                    {
                        "id": candidate.index,
                        "img": words.blob(picture.thumb_sha256),
                        "title": f"Candidate {candidate.index}",
                        "sub": f"{engine} · {picture.format.replace('WEBP', 'WebP')}",
                        "chip": verdict(words.verdict(candidate.verdict)),
                        "alpha": picture.alpha,
                    }
                    for candidate, picture in shown.candidates
                ],
                chosen=chosen.index,
                layout="strip",
                label="Candidates",
                key="candidates",
                height=STRIP,
            )
        if desk.before and _alike(desk.before.picture, found[1]):
            st.toggle(
                "Quick slider", key="quick-slider", help="Small previews, to glance at. Numbers come from the report."
            )
    if picked and picked != chosen.index:
        address.put(candidate=str(picked))
        st.rerun()


@st.fragment(run_every=0.5)
def _watch(edit_id: uuid.UUID, actor: Actor, own: bool) -> None:
    """How far the edit is, twice a second; the page starts anew when it is done."""
    with db.transaction() as tx:
        edit = edits.find(tx, str(edit_id))
        attended = edit.state == "running" or jobs.anybody_there(tx)
    if edit.state not in ACTIVE:
        st.rerun()
    said = edit.phase or words.STATES[edit.state]
    if not attended:
        said = (
            "In the queue. Nobody is there to run it: whoever runs Loupe can start a worker, and it goes on by itself."
        )
    fraction = edit.progress if edit.state == "running" else None
    if progress.show(fraction, said, cancel="Cancel edit" if own else None, key="edit"):
        deeds.attempt("outcome", lambda: edits.cancel(actor, str(edit_id)))
        st.rerun()
