"""Uploading pictures: many files at once, each with its own outcome, one bad file never costing the good ones."""

import uuid
from html import escape
from pathlib import PurePath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from workbench import sources
from workbench.errors import InvalidInput
from workbench.permissions import Actor
from workbench.settings import settings
from workbench.ui import progress, words
from workbench.ui.report import Verdict, icon

#: (verdict, name, sentence, the new asset's id) of one file
Outcome = tuple[Verdict, str, str, uuid.UUID | None]


def show(actor: Actor, name: str, collection: str | None = None) -> list[uuid.UUID]:
    """Draw the uploader called `name`, add what is new in it, and show every file's outcome.

    Returns the assets that this run added, in the order of the files. The uploader keeps its files until `empty`:
    emptied at once, it would also drop what the browser refused by itself, before anybody has read why.
    """
    caps = settings()
    files = st.file_uploader(
        f"PNG, JPEG or WebP, up to {caps.max_mb} MB and {caps.max_mp} megapixels each; several at once",
        accept_multiple_files=True,
        key=f"{name}-files-{st.session_state.get(f'{name}-round', 0)}",
    )
    outcomes: dict[str, Outcome] = st.session_state.setdefault(f"{name}-outcomes", {})
    fresh = [file for file in files if file.file_id not in outcomes]
    place = st.empty()
    for number, file in enumerate(fresh):
        with place:
            note = f"{number + 1} of {len(fresh)}"
            progress.show(number / len(fresh), f"Reading {file.name}", note=note, key=f"{name}-adding-{number}")
        outcomes[file.file_id] = _add(actor, file, collection)
    place.empty()
    _list(list(outcomes.values()))
    return [asset for file in fresh if (asset := outcomes[file.file_id][3])]


def empty(name: str) -> None:
    """Begin anew: the uploader and its outcomes are forgotten, and its bytes leave the memory."""
    st.session_state[f"{name}-outcomes"] = {}
    st.session_state[f"{name}-round"] = st.session_state.get(f"{name}-round", 0) + 1


def outcomes(name: str) -> bool:
    """Whether there are outcomes to be read."""
    return bool(st.session_state.get(f"{name}-outcomes"))


def _add(actor: Actor, file: UploadedFile, collection: str | None) -> Outcome:
    name = PurePath(file.name).stem or "Picture"
    try:
        added = sources.add(actor, file.getvalue(), name=name, origin="upload", collection=collection)
    except InvalidInput as error:
        return "fail", file.name, str(error), None
    if added.duplicate:
        said = f"was here already, as “{added.asset.name}”; nothing was added"
        return "review", file.name, said, added.asset.id
    return "pass", file.name, f"added · {words.facts(added.picture)}", added.asset.id


def _list(found: list[Outcome]) -> None:
    if found:
        rows = "".join(
            f'<li class="lp-{verdict}">{icon(verdict)}'
            f"<span><b>{escape(name, quote=True)}</b> {escape(said, quote=True)}</span></li>"
            for verdict, name, said, _ in found
        )
        st.html(f'<ul class="lp-outcomes" role="status">{rows}</ul>')
