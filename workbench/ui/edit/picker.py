"""The source panel: the library as a short list with search, newest first, and the way to add pictures."""

import streamlit as st

from workbench.recipes import ColourParameter
from workbench.ui import shell, words
from workbench.ui.edit import adding, address
from workbench.ui.edit.desk import Desk
from workbench.ui.library import choosing
from workbench.ui.tiles import tiles

#: from this many pictures on there is a search field
SEARCHABLE = 7
HEIGHT = "186px"


def show(desk: Desk) -> None:
    """Draw the panel; picking another picture starts the page anew."""
    rows = desk.library.assets
    shell.label("Source", words.count(len(rows), "picture") if not _paged(desk) else "newest first")
    if desk.asked.query or _paged(desk) or len(rows) >= SEARCHABLE:
        _search(desk)
    if rows:
        _tiles(desk)
    elif desk.asked.query:
        shell.muted(f"No picture is called “{desk.asked.query}”. The search looks at names, collections and tags.")
    else:
        shell.muted("No pictures yet. Add the first one here.")
    if _paged(desk):
        _pager(desk)
    adding.show(desk)


def _paged(desk: Desk) -> bool:
    return desk.library.next is not None or desk.asked.after is not None


def _search(desk: Desk) -> None:
    st.text_input(
        "Search pictures",
        value=desk.asked.query,
        placeholder="Search by name or tag",
        icon=":material/search:",
        label_visibility="collapsed",
        key="edit-search",
        live=True,
        on_change=lambda: address.put(q=st.session_state["edit-search"].strip(), after=None),
    )


def _tiles(desk: Desk) -> None:
    rows, source = list(desk.library.assets), desk.source
    if source and not desk.asked.query and all(asset.id != source.asset.id for asset in rows):
        rows.insert(0, source.asset)
    picked = tiles(
        [choosing.tile(asset) for asset in rows],
        chosen=str(source.asset.id) if source else None,
        layout="picker",
        label="Source",
        key="source",
        height=HEIGHT,
    )
    if picked and not (source and picked == str(source.asset.id)):
        parameters = desk.template.parameters if desk.template else ()
        # a colour was picked from the former picture; the others hold for every picture
        address.open_asset(picked, forget=[one.name for one in parameters if isinstance(one, ColourParameter)])
        st.rerun()


def _pager(desk: Desk) -> None:
    with st.container(horizontal=True, gap="small"):
        if st.button("Newest", key="pictures-first", disabled=desk.asked.after is None, width="stretch"):
            address.put(after=None)
            st.rerun()
        if st.button("Older", key="pictures-next", disabled=desk.library.next is None, width="stretch"):
            address.put(after=desk.library.next)
            st.rerun()
