"""Adding pictures: several files at once, each with its own outcome."""

from html import escape
from pathlib import PurePath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from workbench import sources
from workbench.errors import InvalidInput
from workbench.permissions import may
from workbench.settings import settings
from workbench.ui import progress, words
from workbench.ui.edit import address
from workbench.ui.edit.desk import Desk
from workbench.ui.report import Verdict, icon

#: (verdict, name, sentence) for each file of the last round
Outcome = tuple[Verdict, str, str]


def show(desk: Desk) -> None:
    """A popover with the uploader; after adding, the first new picture is the source."""
    if not may(desk.actor, "asset:add"):
        return
    with st.popover("Add a picture", icon=":material/add:", width="stretch"):
        caps = settings()
        round_ = st.session_state.get("adding-round", 0)
        files = st.file_uploader(
            f"PNG, JPEG or WebP, up to {caps.max_mb} MB and {caps.max_mp} megapixels each; several at once",
            accept_multiple_files=True,
            key=f"adding-{round_}",
        )
        _outcomes(st.session_state.get("adding-outcomes", []))
        if files:
            _add_all(desk, files)
            # a new key empties the uploader, so that its bytes leave the memory
            st.session_state["adding-round"] = round_ + 1
            st.rerun()


def _add_all(desk: Desk, files: list[UploadedFile]) -> None:
    outcomes: list[Outcome] = []
    place, first = st.empty(), None
    for number, file in enumerate(files):
        with place:
            progress.show(number / len(files), f"Reading {file.name}", key=f"adding-{number}")
        try:
            added = sources.add(
                desk.actor, file.getvalue(), name=PurePath(file.name).stem or "Picture", origin="upload"
            )
        except InvalidInput as error:
            # one bad file must not cost the good ones
            outcomes.append(("fail", file.name, str(error)))
            continue
        first = first or added.asset.id
        known = (
            f"was here already, as “{added.asset.name}”" if added.duplicate else f"added · {words.facts(added.picture)}"
        )
        outcomes.append(("pass", file.name, known))
    st.session_state["adding-outcomes"] = outcomes
    if first:
        address.put(q=None, after=None)
        address.open_asset(first, forget=list(desk.asked.values))


def _outcomes(outcomes: list[Outcome]) -> None:
    if outcomes:
        rows = "".join(
            f'<li class="lp-{verdict}">{icon(verdict)}'
            f"<span><b>{escape(name, quote=True)}</b> {escape(said, quote=True)}</span></li>"
            for verdict, name, said in outcomes
        )
        st.html(f'<ul class="lp-outcomes" role="status">{rows}</ul>')
