"""The middle: the picture, the drawing on it or the comparison, and under it the candidates or the progress."""

from collections.abc import Mapping
from concurrent.futures import Future

import streamlit as st

from workbench.models import Picture
from workbench.ui import background, deeds, empty, quick, sides
from workbench.ui.compare import compare
from workbench.ui.edit import against, finding, foreseeing, marking, relocking, strip
from workbench.ui.edit.desk import Desk
from workbench.ui.region import Extras, Line, wanted

#: the viewer leaves room for the strip under it, which is there before anything ran
VIEWER = "calc(var(--lp-room) - 96px)"


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
            strip.show(desk, alike=_pair_alike(desk))
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
    after = sides.candidate(candidate, picture, desk.recipe)
    if other := against.chosen(desk):
        # raw and locked are compared with the original only
        one, after["raw"], after["label"] = other, None, against.named(desk)
    compare(one, after, key="edit-viewer", height=VIEWER)


def _pair_alike(desk: Desk) -> bool:
    """Whether what is looked at can be laid over what it began on."""
    return bool(desk.before and desk.looked_at and _alike(desk.before.picture, desk.looked_at[1]))


def _alike(one: Picture, other: Picture) -> bool:
    """Whether one can be laid over the other: the same shape, at whatever size."""
    return abs(one.width * other.height / (one.height * other.width) - 1) < 0.01


def _quick(before: Picture, after: Picture) -> None:
    html, height = quick.markup(before.preview_sha256, after.preview_sha256, 704)
    with st.container(key="quick-stage"):
        st.iframe(html, width="stretch", height=height, alt="Quick slider: before and after")
