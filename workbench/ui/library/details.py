"""What is known about one picture: its name, collection and tags to be changed, its facts, and the archive."""

from functools import partial

import streamlit as st

from workbench import sources
from workbench.models import Asset
from workbench.permissions import may
from workbench.ui import address, deeds, shell, words
from workbench.ui.library import searching
from workbench.ui.library.shelf import Shelf


def show(seen: Shelf) -> None:
    """Open the dialog about the chosen picture."""
    st.dialog("Details", width="medium")(_body)(seen)


def _body(seen: Shelf) -> None:
    if seen.chosen is None:
        return
    asset = seen.chosen
    changeable = may(seen.actor, "asset:change")
    deeds.refusal("details", "Not saved")
    name = st.text_input("Name", asset.name, max_chars=200, disabled=not changeable, key=f"name-{asset.id}")
    known = sorted({*seen.collections, *([asset.collection] if asset.collection else [])})
    collection = st.selectbox(
        "Collection", known, index=known.index(asset.collection) if asset.collection else None, placeholder="None",
        accept_new_options=True, disabled=not changeable, key=f"collection-{asset.id}",
    )  # fmt: skip
    tags = st.multiselect(
        "Tags", asset.tags, default=asset.tags, accept_new_options=True, placeholder="Type a tag and press Enter",
        disabled=not changeable, key=f"tags-{asset.id}",
    )  # fmt: skip
    _others(asset)
    shell.facts(
        [
            ("Picture", words.facts(asset)),
            ("Newest version", f"version {asset.number}"),
            ("Changed", words.moment(asset.updated_at), words.exact(asset.updated_at)),
            ("Added", words.moment(asset.created_at), words.exact(asset.created_at)),
        ]
    )
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if may(seen.actor, "asset:archive"):
            _archive(seen, asset)
        if st.button("Save", type="primary", disabled=not changeable, key=f"save-{asset.id}"):
            _save(seen, asset, name, collection or "", tags)
    if not changeable:
        shell.muted("A designer or a lead can change these.")


def _others(asset: Asset) -> None:
    """The way from a tag to all pictures that have it."""
    if asset.tags:
        picked = st.pills("Show all with the tag", asset.tags, format_func=words.plain, key=f"alike-{asset.id}")
        if picked:
            searching.search_for(picked)
            st.rerun()


def _save(seen: Shelf, asset: Asset, name: str, collection: str, tags: list[str]) -> None:
    wanted = {" ".join(tag.split()).lower() for tag in tags}
    moved = collection if collection != (asset.collection or "") else None
    labels = partial(
        sources.tag, seen.actor, str(asset.id), add=sorted(wanted - set(asset.tags)),
        remove=sorted(set(asset.tags) - wanted), collection=moved,
    )  # fmt: skip
    steps = [labels] if wanted != set(asset.tags) or moved is not None else []
    if name.strip() != asset.name:
        steps.append(partial(sources.rename, seen.actor, str(asset.id), name))
    if all(deeds.attempt("details", step) for step in steps):
        if steps:
            deeds.say(f"**{words.plain(name.strip())}** is saved.")
        st.rerun()
    st.rerun(scope="fragment")


def _archive(seen: Shelf, asset: Asset) -> None:
    there = asset.archived_at is not None
    if st.button("Restore" if there else "Archive", key=f"archive-{asset.id}", help="Nothing is deleted"):
        if deeds.attempt("details", lambda: sources.archive(seen.actor, str(asset.id), restore=there)):
            done = "is back in the library" if there else "is archived; its history stays"
            deeds.say(f"**{words.plain(asset.name)}** {done}.")
            address.put(asset=None)
            st.rerun()
        st.rerun(scope="fragment")
