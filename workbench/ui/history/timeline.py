"""The left panel: whose history it is, and its versions from the newest down."""

import streamlit as st

from workbench.ui import address, empty, rawmark, words
from workbench.ui.history import record
from workbench.ui.history.record import Record
from workbench.ui.library import choosing
from workbench.ui.tiles import Tile, tiles
from workbench.versions import Entry


def show(shown: Record) -> None:
    """Draw the panel; another picture or version starts the page anew."""
    _asset(shown)
    if shown.missing:
        empty.warning(shown.missing, "Not found")
    if shown.asset.archived_at:
        empty.warning("It is hidden from the library; its history stays.", "This picture is archived")
    picked = tiles(
        [_tile(entry, shown.newest) for entry in shown.entries],
        chosen=shown.number,
        layout="timeline",
        label="Versions",
        key=f"timeline-{shown.asset.id}",
        height="auto",
    )
    if picked and picked != shown.number:
        address.put(asset=str(shown.asset.id), version=str(picked), against=None)
        st.rerun()
    _pager(shown)


def _asset(shown: Record) -> None:
    # a key of its own for each picture: the list folds up again once another one is chosen
    key = f"whose-{shown.asset.id}"
    name = words.plain(shown.asset.name)
    with st.popover(name, width="stretch", key=key, help="Choose another picture", on_change="rerun") as opened:
        picked = choosing.show(key, str(shown.asset.id)) if opened.open else None
    if picked and picked != str(shown.asset.id):
        address.put(asset=picked, version=None, against=None, before=None)
        st.rerun()


def _tile(entry: Entry, newest: int) -> Tile:
    version = entry.version
    head = " · newest" if version.number == newest else ""
    return {
        "id": version.number,
        "img": words.blob(entry.picture.thumb_sha256),
        "title": f"Version {version.number}{head}",
        "sub": record.change(version),
        "chip": {"kind": "plain", "words": f"{words.person(entry.committed_by)}, {words.moment(version.created_at)}"},
        "mark": rawmark.CHIP if entry.raw else None,
        "alpha": entry.picture.alpha,
        "kind": version.kind,
        "hint": "\n".join([words.exact(version.created_at), *([rawmark.line(entry.raw)] if entry.raw else [])]),
    }


def _pager(shown: Record) -> None:
    before = address.number("before")
    if not (shown.older or before):
        return
    with st.container(horizontal=True, gap="small"):
        if st.button("Newest", key="versions-first", disabled=before is None, width="stretch"):
            address.put(before=None)
            st.rerun()
        if st.button("Older", key="versions-next", disabled=not shown.older, width="stretch"):
            address.put(before=str(shown.entries[-1].version.number))
            st.rerun()
