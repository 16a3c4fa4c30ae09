"""The head of the Library: search, collections, order, and for an admin the archive."""

import streamlit as st

from workbench.permissions import may
from workbench.ui import words
from workbench.ui.library import shelf
from workbench.ui.library.shelf import SORTS, Shelf

#: more collections than this stand in a list instead of side by side
BESIDE = 8


def show(seen: Shelf) -> None:
    """Draw the head; what it says is kept in the address before the page runs."""
    with st.container(key="library-head", horizontal=True, vertical_alignment="center", gap="small"):
        _search(seen)
        _collections(seen)
        if may(seen.actor, "asset:archive"):
            st.toggle("Archived", value=seen.archived, key="library-archived", on_change=_keep_archived)
        st.selectbox(
            "Sort", list(SORTS), index=list(SORTS).index(seen.sort), format_func=SORTS.__getitem__,
            label_visibility="collapsed", width=150, key="library-sort", on_change=_keep_sort,
        )  # fmt: skip


def _search(seen: Shelf) -> None:
    # a key that counts: an emptied search is another field
    key = f"library-search-{st.session_state.get('library-cleared', 0)}"
    st.text_input(
        "Search the library", value=seen.query, placeholder="Search by name, collection or tag",
        icon=":material/search:", label_visibility="collapsed", width=360, key=key, live=True, max_chars=100,
        on_change=lambda: shelf.first_page(q=st.session_state[key].strip()),
    )  # fmt: skip


def _collections(seen: Shelf) -> None:
    names = sorted({*seen.collections, *seen.within})
    if not names:
        st.space("stretch")
        return
    key = f"library-in-{st.session_state.get('library-cleared', 0)}"

    def keep() -> None:
        shelf.first_page()
        st.query_params["in"] = st.session_state[key]

    with st.container(key="library-in", width="stretch"):
        if len(names) <= BESIDE:
            st.pills(
                "Collections", names, selection_mode="multi", default=seen.within, label_visibility="collapsed",
                format_func=words.plain, key=key, on_change=keep,
            )  # fmt: skip
        else:
            st.multiselect(
                "Collections", names, default=seen.within, placeholder="All collections",
                label_visibility="collapsed", key=key, on_change=keep,
            )  # fmt: skip


def clear() -> None:
    """Forget search and collections."""
    st.session_state["library-cleared"] = st.session_state.get("library-cleared", 0) + 1
    shelf.first_page(q=None)
    st.query_params.pop("in", None)


def search_for(text: str) -> None:
    """Search for `text` instead of what is searched for now."""
    clear()
    shelf.first_page(q=text)


def _keep_sort() -> None:
    chosen = st.session_state["library-sort"]
    shelf.first_page(sort=None if chosen == "newest" else chosen)


def _keep_archived() -> None:
    shelf.first_page(archived="yes" if st.session_state["library-archived"] else None)
