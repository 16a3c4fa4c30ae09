"""The strip under the picture: the candidates of the edit, and beside them what others made of the same values."""

import streamlit as st

from workbench.models import Candidate, Edit, Picture
from workbench.ui import makers, words
from workbench.ui.edit import address, arriving
from workbench.ui.edit.desk import Desk
from workbench.ui.tiles import Tile, tiles, verdict

HEIGHT = "80px"


def show(desk: Desk, *, alike: bool) -> None:
    """Draw the candidates, how they come along, or their empty place. alike: before and after have one shape."""
    if desk.running and desk.shown:
        arriving.watch(desk.shown.edit.id, desk.actor, desk.own, HEIGHT)
    elif found := desk.looked_at:
        _candidates(desk, found[0], alike)
    else:
        st.html('<div class="lp-strip">Candidates appear here</div>')


def _candidates(desk: Desk, chosen: Candidate, alike: bool) -> None:
    shown = desk.shown
    if shown is None:
        return
    own = [_own(desk, one, picture) for one, picture in shown.candidates]
    others = [_other(*beside) for beside in desk.beside]
    with st.container(key="candidates-row", horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="stretch"):
            picked = tiles(
                [*own, *others], chosen=str(chosen.index), layout="strip", label="Candidates", key="candidates",
                height=HEIGHT,
            )  # fmt: skip
        if alike:
            st.toggle(
                "Quick slider", key="quick-slider", help="Small previews, to glance at. Numbers come from the report."
            )
    if picked and picked != str(chosen.index):
        _open(str(picked))


def _open(picked: str) -> None:
    edit, _, index = picked.rpartition(":")
    if edit:
        address.open_beside(edit, int(index))
    else:
        address.put(candidate=index)
    st.rerun()


def _own(desk: Desk, candidate: Candidate, picture: Picture) -> Tile:
    edit = desk.shown.edit if desk.shown else None
    made = makers.maker(edit) if edit else ""
    tile = _tile(str(candidate.index), f"Candidate {candidate.index}", candidate, picture)
    tile["sub"] = "Emulator" if desk.made.emulated else made
    tile["hint"] = f"{made} · {words.facts(picture)}"
    return tile


def _other(edit: Edit, candidate: Candidate, picture: Picture) -> Tile:
    """One of another edit: who made it comes first, since that is what tells it apart."""
    tile = _tile(f"{edit.id}:{candidate.index}", makers.said(edit, candidate), candidate, picture)
    tile["sub"] = f"{words.moment(edit.created_at)} · {candidate.index}"
    tile["apart"] = True
    tile["hint"] = f"Candidate {candidate.index} of another edit with the same values: opens that edit"
    return tile


def _tile(ident: str, title: str, candidate: Candidate, picture: Picture) -> Tile:
    return {
        "id": ident,
        "img": words.blob(picture.thumb_sha256),
        "title": title,
        "chip": verdict(words.verdict(candidate.verdict)),
        "alpha": picture.alpha,
    }
