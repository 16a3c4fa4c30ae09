"""Adding pictures: many files at once, each with its own outcome."""

from html import escape
from pathlib import PurePath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from workbench import sources
from workbench.errors import InvalidInput
from workbench.permissions import Actor
from workbench.settings import settings
from workbench.ui import address, progress, words
from workbench.ui.report import Verdict, icon

#: (verdict, name, sentence) of one file
Outcome = tuple[Verdict, str, str]
_OUTCOMES, _ROUND = "library-outcomes", "library-round"


def show(actor: Actor, collections: list[str]) -> None:
    """Open the dialog."""
    st.session_state[_OUTCOMES] = {}
    # a new key empties the uploader of the last time
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.dialog("Add pictures", width="medium", on_dismiss="rerun")(_body)(actor, collections)


def _body(actor: Actor, collections: list[str]) -> None:
    caps = settings()
    collection = st.selectbox(
        "Collection",
        collections,
        index=None,
        placeholder="None; choose one or type a new name",
        accept_new_options=True,
        key="library-into",
    )
    files = st.file_uploader(
        f"PNG, JPEG or WebP, up to {caps.max_mb} MB and {caps.max_mp} megapixels each; several at once",
        accept_multiple_files=True,
        key=f"library-files-{st.session_state.get(_ROUND, 0)}",
    )
    # The uploader keeps its files while the dialog is open: emptied, it would also drop what it refused by itself.
    outcomes: dict[str, Outcome] = st.session_state.setdefault(_OUTCOMES, {})
    _add_all(actor, [file for file in files if file.file_id not in outcomes], collection, outcomes)
    _outcomes(list(outcomes.values()))
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Done", type="primary", key="library-done"):
            address.put(after=None, before=None)
            st.rerun()


def _add_all(actor: Actor, files: list[UploadedFile], collection: str | None, outcomes: dict[str, Outcome]) -> None:
    place = st.empty()
    for number, file in enumerate(files):
        with place:
            note = f"{number + 1} of {len(files)}"
            progress.show(number / len(files), f"Reading {file.name}", note=note, key=f"library-adding-{number}")
        try:
            outcomes[file.file_id] = _add(actor, file, collection)
        except InvalidInput as error:
            # one bad file must not cost the good ones
            outcomes[file.file_id] = ("fail", file.name, str(error))
    place.empty()


def _add(actor: Actor, file: UploadedFile, collection: str | None) -> Outcome:
    name = PurePath(file.name).stem or "Picture"
    added = sources.add(actor, file.getvalue(), name=name, origin="upload", collection=collection)
    if added.duplicate:
        return "review", file.name, f"was here already, as “{added.asset.name}”; nothing was added"
    return "pass", file.name, f"added · {words.facts(added.picture)}"


def _outcomes(outcomes: list[Outcome]) -> None:
    if outcomes:
        rows = "".join(
            f'<li class="lp-{verdict}">{icon(verdict)}'
            f"<span><b>{escape(name, quote=True)}</b> {escape(said, quote=True)}</span></li>"
            for verdict, name, said in outcomes
        )
        st.html(f'<ul class="lp-outcomes" role="status">{rows}</ul>')
