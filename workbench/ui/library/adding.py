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

#: (verdict, name, sentence) for each file of the last round
Outcome = tuple[Verdict, str, str]
_OUTCOMES, _ROUND = "library-outcomes", "library-round"


def show(actor: Actor, collections: list[str]) -> None:
    """Open the dialog."""
    st.session_state.pop(_OUTCOMES, None)
    st.dialog("Add pictures", width="medium", on_dismiss="rerun")(_body)(actor, collections)


def _body(actor: Actor, collections: list[str]) -> None:
    caps, round_ = settings(), st.session_state.get(_ROUND, 0)
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
        key=f"library-files-{round_}",
    )
    if files:
        st.session_state[_OUTCOMES] = _add_all(actor, files, collection)
        # a new key empties the uploader, so that its bytes leave the memory
        st.session_state[_ROUND] = round_ + 1
        st.rerun(scope="fragment")
    _outcomes(st.session_state.get(_OUTCOMES, []))
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Done", type="primary", key="library-done"):
            address.put(after=None, before=None)
            st.rerun()


def _add_all(actor: Actor, files: list[UploadedFile], collection: str | None) -> list[Outcome]:
    outcomes: list[Outcome] = []
    place = st.empty()
    for number, file in enumerate(files):
        with place:
            note = f"{number + 1} of {len(files)}"
            progress.show(number / len(files), f"Reading {file.name}", note=note, key=f"library-adding-{number}")
        try:
            name = PurePath(file.name).stem or "Picture"
            added = sources.add(actor, file.getvalue(), name=name, origin="upload", collection=collection)
        except InvalidInput as error:
            # one bad file must not cost the good ones
            outcomes.append(("fail", file.name, str(error)))
            continue
        if added.duplicate:
            said = f"was here already, as “{added.asset.name}”; nothing was added"
            outcomes.append(("review", file.name, said))
        else:
            outcomes.append(("pass", file.name, f"added · {words.facts(added.picture)}"))
    place.empty()
    return outcomes


def _outcomes(outcomes: list[Outcome]) -> None:
    if outcomes:
        rows = "".join(
            f'<li class="lp-{verdict}">{icon(verdict)}'
            f"<span><b>{escape(name, quote=True)}</b> {escape(said, quote=True)}</span></li>"
            for verdict, name, said in outcomes
        )
        st.html(f'<ul class="lp-outcomes" role="status">{rows}</ul>')
