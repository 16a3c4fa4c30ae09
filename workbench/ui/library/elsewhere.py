"""Addresses that are pasted, and lists and manifests of them, become an import that runs in the background."""

import streamlit as st

from workbench import db, sources
from workbench.errors import InvalidInput
from workbench.permissions import Actor
from workbench.sources.imports import Imported, in_list, in_manifest
from workbench.ui import address, empty, shell, words
from workbench.ui.library import importing

#: imports that are listed
FEW = 5
PASTED = "One on a line: https:// from the public internet, s3:// from an open bucket or folder, redis:// and a key"
LISTED = "Or a list (TXT, one address on a line) or a manifest (CSV with a column “source”; name, collection, tags)"


def show(actor: Actor, into: importing.Into) -> None:
    """Draw the fields, and the imports there were."""
    pasted = st.text_area("Addresses", key="library-addresses", height=110, placeholder="https://", help=PASTED)
    listed = st.file_uploader(LISTED, type=["csv", "tsv", "txt"], key="library-list")
    data, name = (listed.getvalue(), listed.name) if listed else (b"", "")
    with st.container(horizontal=True, horizontal_alignment="right"):
        asked = st.button("Import", type="primary", key="library-import", disabled=not (pasted.strip() or data))
    if asked:
        try:
            entries, unknown = _entries(pasted, data, name)
        except InvalidInput as error:
            empty.error(str(error), "The list is not taken")
        else:
            if unknown:
                st.session_state["library-unknown"] = unknown
            importing.begin(actor, entries, into, name)
    _former()


def _entries(pasted: str, data: bytes, name: str) -> tuple[list[sources.Entry], list[str]]:
    """What is to be brought in, and the columns of a manifest that mean nothing here. Raises InvalidInput."""
    entries = in_list(pasted.encode()) if pasted.strip() else []
    unknown: list[str] = []
    if data and name.lower().endswith(".txt"):
        entries += in_list(data)
    elif data:
        found, unknown = in_manifest(data)
        entries += found
    return entries, unknown


def _former() -> None:
    with db.transaction() as tx:
        newest = sources.imports_newest(tx, limit=FEW)
    if not newest:
        return
    shell.label("The last imports")
    for one in newest:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{words.plain(one.job.title)}  \n:gray[{_facts(one)}]", width="stretch")
            if st.button("Look", key=f"import-{one.job.id}"):
                address.put(**{"import": str(one.job.id)})
                st.rerun()


def _facts(one: Imported) -> str:
    how = {"running": "on its way", "finished": "done", "cancelled": "cancelled"}[one.state]
    return f"{one.done:,} of {one.all:,} · {how} · {words.person(one.author)} · {words.moment(one.job.created_at)}"
