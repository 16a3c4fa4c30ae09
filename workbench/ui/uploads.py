"""Adding pictures: many files at once or an address, each with its own outcome, a bad one never costing a good one."""

import uuid
from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import PurePath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from workbench import sources
from workbench.errors import InvalidInput, Unavailable
from workbench.models import Duplicates
from workbench.permissions import Actor
from workbench.settings import settings
from workbench.ui import background, progress, words
from workbench.ui.report import Verdict, icon

#: (verdict, name, sentence, the new asset's id) of one file
Outcome = tuple[Verdict, str, str, uuid.UUID | None]


def show(
    actor: Actor, name: str, collection: str | None = None, *, duplicates: Duplicates = "add"
) -> list[uuid.UUID]:  # fmt: skip
    """Draw the uploader called `name`, add what is new in it, and show every file's outcome.

    `duplicates`: what is done with a picture that looks like one that is here; see sources.add. Returns the assets that
    this run added, in the order of the files. The uploader keeps its files until `empty`: emptied at once, it would
    also drop what the browser refused by itself, before anybody has read why.
    """
    caps = settings()
    files = st.file_uploader(
        f"PNG, JPEG or WebP, up to {caps.max_mb} MB and {caps.max_mp} megapixels each; several at once",
        accept_multiple_files=True,
        key=f"{name}-files-{st.session_state.get(f'{name}-round', 0)}",
    )
    outcomes: dict[str, Outcome] = st.session_state.setdefault(f"{name}-outcomes", {})
    fresh = [file for file in files if file.file_id not in outcomes]
    add = partial(sources.add, actor, collection=collection, duplicates=duplicates)
    fetch = partial(sources.add_address, actor, collection=collection, duplicates=duplicates)
    fetched = _address(name, fetch, outcomes)
    place = st.empty()
    for number, file in enumerate(fresh):
        with place:
            note = f"{number + 1} of {len(fresh)}"
            progress.show(number / len(fresh), f"Reading {file.name}", note=note, key=f"{name}-adding-{number}")
        outcomes[file.file_id] = _add(file, add)
    place.empty()
    _list(list(outcomes.values()))
    came = [file.file_id for file in fresh] + fetched
    return [asset for one in came if (asset := outcomes[one][3])]


def empty(name: str) -> None:
    """Begin anew: the uploader and its outcomes are forgotten, and its bytes leave the memory."""
    st.session_state[f"{name}-outcomes"] = {}
    st.session_state[f"{name}-round"] = st.session_state.get(f"{name}-round", 0) + 1


def outcomes(name: str) -> bool:
    """Whether there are outcomes to be read."""
    return bool(st.session_state.get(f"{name}-outcomes"))


def _address(name: str, fetch: Callable[[str], sources.Added], outcomes: dict[str, Outcome]) -> list[str]:
    """The field for an address; what is new in it is fetched while a bar and a way to stop are shown."""
    asked = st.text_input(
        "Or the address of a picture",
        placeholder="https://",
        key=f"{name}-address-{st.session_state.get(f'{name}-round', 0)}",
        help="Press Enter to fetch it. Only public addresses are fetched.",
    ).strip()
    if not asked or asked in outcomes:
        return []
    if st.session_state.get(f"{name}-stop-cancel"):
        outcomes[asked] = ("review", asked, "stopped; nothing was added", None)
        return []
    place = st.empty()
    with place.container():
        future = background.begin(fetch, asked)
        shown = background.wait(future)
        if not shown:
            progress.show(None, f"Fetching {asked[:60]}", cancel="Stop", key=f"{name}-stop")
        while not background.wait(future, 0.2):
            st.session_state[f"{name}-waiting"] = asked  # a pressed button ends this run here
        outcomes[asked] = _outcome(asked, future.result)
    place.empty()
    return [asked]


def _add(file: UploadedFile, add: Callable[..., sources.Added]) -> Outcome:
    name = PurePath(file.name).stem or "Picture"
    return _outcome(file.name, lambda: add(file.getvalue(), name=name, origin="upload"))


def _outcome(called: str, add: Callable[[], sources.Added]) -> Outcome:
    try:
        added = add()
    except (InvalidInput, Unavailable) as error:
        return "fail", called, str(error), None
    if added.duplicate:
        said = f"was here already, as “{added.asset.name}”; nothing was added"
        return "review", called, said, added.asset.id
    if added.outcome == "here":
        return "review", called, f"looks like “{added.asset.name}”, so it was left out", added.asset.id
    if added.outcome == "version":
        return "pass", called, f"is now version {added.version.number} of “{added.asset.name}”", added.asset.id
    twins = f"; it looks like “{added.alike[0].asset.name}”" if added.alike else ""
    return "review" if twins else "pass", called, f"added · {words.facts(added.picture)}{twins}", added.asset.id


def _list(found: list[Outcome]) -> None:
    if found:
        rows = "".join(
            f'<li class="lp-{verdict}">{icon(verdict)}'
            f"<span><b>{escape(name, quote=True)}</b> {escape(said, quote=True)}</span></li>"
            for verdict, name, said, _ in found
        )
        st.html(f'<ul class="lp-outcomes" role="status">{rows}</ul>')
