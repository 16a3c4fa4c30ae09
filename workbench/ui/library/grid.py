"""The pictures themselves, or what an empty library says."""

import streamlit as st

from workbench.models import Asset
from workbench.permissions import may
from workbench.ui import address, empty
from workbench.ui.library import choosing, searching
from workbench.ui.library.shelf import Shelf
from workbench.ui.tiles import Tile, tiles

HEIGHT = "calc(var(--lp-room) - 58px)"


def show(seen: Shelf) -> bool:
    """Draw the grid; returns whether the first picture should be added."""
    if seen.missing:
        empty.warning(seen.missing, "Not found")
    if not seen.page.assets:
        return _nothing(seen)
    chosen = str(seen.chosen.id) if seen.chosen else None
    picked = tiles(
        [_tile(seen, asset) for asset in seen.page.assets],
        chosen=chosen,
        layout="grid",
        label="Pictures",
        key="library-grid",
        height=HEIGHT,
    )
    if picked:
        # a second press lets it go again
        address.put(asset=None if picked == chosen else str(picked))
        st.rerun()
    return False


def _tile(seen: Shelf, asset: Asset) -> Tile:
    tile = choosing.tile(asset)
    tile["hint"] = ", ".join([asset.name, *asset.tags])
    if asset.id in seen.awaited:
        tile["chip"] = {"kind": "plain", "words": "In review"}
    return tile


def _nothing(seen: Shelf) -> bool:
    if seen.narrowed:
        where = f" in {' or '.join(seen.within)}" if seen.within else ""
        what = f"No picture{where} is called “{seen.query}”" if seen.query else f"No picture{where}"
        if empty.show(
            what,
            "The search looks at the beginnings of words in names, collections and tags. Archived pictures are "
            "left out.",
            "Clear the search",
            key="library-none",
        ):
            searching.clear()
            st.rerun()
        return False
    if seen.archived:
        empty.show("Nothing is archived", "An archived picture is hidden from the library and keeps its history.")
        return False
    return empty.show(
        "No pictures yet",
        "The library holds every picture of the brand, byte for byte as it came, with all its versions. "
        + ("Add the first ones." if may(seen.actor, "asset:add") else "A designer or a lead adds them."),
        "Add the first pictures" if may(seen.actor, "asset:add") else None,
        key="library-empty",
    )
