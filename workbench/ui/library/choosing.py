"""Choosing one picture out of the whole library: a search field over a short list."""

import streamlit as st

from workbench import db, sources
from workbench.models import Asset
from workbench.ui import shell, words
from workbench.ui.tiles import Tile, tiles

#: as many as are looked over at a glance; the search finds the others
MOST = 12
HEIGHT = "284px"


def show(key: str, chosen: str | None, *, label: str = "Pictures") -> str | None:
    """Draw search and list; returns the id of the picture that was pressed in this run, else None."""
    query = st.text_input(
        "Search pictures",
        placeholder="Search by name, collection or tag",
        icon=":material/search:",
        label_visibility="collapsed",
        key=f"{key}-search",
        live=True,
        max_chars=100,
    )
    with db.transaction() as tx:
        found = sources.library(tx, query=query or "", limit=MOST)
    if not found.assets:
        shell.muted(f"No picture is called “{query}”. The search looks at names, collections and tags.")
        return None
    picked = tiles(
        [tile(asset) for asset in found.assets],
        chosen=chosen,
        layout="picker",
        label=label,
        key=f"{key}-tiles",
        height=HEIGHT,
    )
    if found.next:
        shell.muted(f"The {MOST} newest are shown; type to find others.")
    return str(picked) if picked else None


def tile(asset: Asset) -> Tile:
    """A picture of the library as it stands in a list."""
    return {
        "id": str(asset.id),
        "img": words.blob(asset.thumb_sha256),
        "title": asset.name,
        "sub": f"{words.facts(asset)} · v{asset.number}",
        "alpha": asset.alpha,
        "hint": asset.name,
    }
