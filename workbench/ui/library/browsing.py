"""A look into the buckets that are open: folder by folder, each picture seen before it is brought in."""

import base64
from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any, TypeVar

import streamlit as st

from workbench import sources
from workbench.errors import LoupeError
from workbench.permissions import Actor
from workbench.ui import background, empty, progress, shell, words
from workbench.ui.library import importing

Result = TypeVar("Result")
#: pictures that are shown together
FEW = 12
_AT, _PICKED, _STEP = "bucket-at", "bucket-picked", "bucket-step"


def show(actor: Actor, opened: list[str], into: importing.Into) -> None:
    """Draw the folder that was walked to, with its pictures to be ticked."""
    at, after = st.session_state.get(_AT) or (opened[0], None)
    if not any(at.startswith(root) for root in opened):
        at, after = opened[0], None
    _path(at, opened)
    place = st.empty()
    try:
        found = _waited(place, f"Looking into {at}", partial(sources.listing, actor, at, after))
    except LoupeError as error:
        empty.error(str(error), "The folder can’t be read")
        return
    if found is None:
        return
    _folders(found)
    step = st.session_state.get(_STEP, 0)
    _pictures(actor, place, found.files[step : step + FEW])
    _onwards(found, step)
    if not (found.files or found.folders):
        shell.muted("Nothing in this folder is called like a PNG, JPEG or WebP.")
    _import(actor, found, into)


def _go(at: str, after: str | None = None) -> None:
    st.session_state[_AT], st.session_state[_STEP] = (at, after), 0


def _path(at: str, opened: list[str]) -> None:
    if len(opened) > 1:
        root = next(root for root in opened if at.startswith(root))
        chosen = st.selectbox("Open buckets and folders", opened, index=opened.index(root), key=f"bucket-root-{root}")
        if chosen != root:
            _go(chosen)
            st.rerun(scope="fragment")
    shell.label(at, None)


def _folders(found: sources.Listing) -> None:
    with st.container(horizontal=True, key="bucket-folders"):
        if found.above and st.button("Up", icon=":material/arrow_upward:", key=f"up-{found.above}"):
            _go(found.above)
            st.rerun(scope="fragment")
        for folder in found.folders:
            name = words.plain(folder.rstrip("/").rsplit("/", 1)[-1])
            if st.button(name, icon=":material/folder:", key=f"into-{folder}"):
                _go(folder)
                st.rerun(scope="fragment")


def _pictures(actor: Actor, place: Any, files: list[Any]) -> None:
    """Each with a small preview; the previews are made beside the page, and one that can't be made says so."""
    picked: set[str] = st.session_state.setdefault(_PICKED, set())
    futures = [background.begin(sources.thumbnail, actor, file) for file in files]
    drawn = skipped = False
    for future in futures:
        while not skipped and not background.wait(future, 0.2):
            if not drawn:
                with place.container():
                    skipped = progress.show(None, "Making previews", cancel="Skip them", key="bucket-previews")
                drawn = True
            st.session_state["bucket-wait"] = "previews"  # a pressed button ends this run here
    place.empty()
    with st.container(horizontal=True, key="bucket-files"):
        for file, future in zip(files, futures, strict=True):
            with st.container(width=148, gap="small", key=f"bucket-file-{file.etag}"):
                st.html(_figure(file, future))
                if st.checkbox(words.plain(file.name), value=file.address in picked, key=f"pick-{file.address}"):
                    picked.add(file.address)
                else:
                    picked.discard(file.address)


def _figure(file: Any, future: Any) -> str:
    try:
        if not future.done():
            raise LoupeError("no preview yet")
        made = future.result()
    except LoupeError as error:
        words_ = escape(str(error), quote=True)
        return f'<figure class="lp-ahead"><div title="{words_}">no preview</div>{_caption(file, "")}</figure>'
    data = base64.b64encode(made.data).decode()
    picture = f'<img src="data:{made.media_type};base64,{data}" alt="">'
    return (
        f'<figure class="lp-ahead"><div>{picture}</div>{_caption(file, words.size(made.width, made.height))}</figure>'
    )


def _caption(file: Any, size: str) -> str:
    return f"<figcaption>{' · '.join(filter(None, (size, words.megabytes(file.size))))}</figcaption>"


def _onwards(found: sources.Listing, step: int) -> None:
    with st.container(horizontal=True, key="bucket-pages"):
        if step and st.button("Earlier", key="bucket-earlier"):
            st.session_state[_STEP] = max(0, step - FEW)
            st.rerun(scope="fragment")
        if step + FEW < len(found.files):
            if st.button("More", key="bucket-more"):
                st.session_state[_STEP] = step + FEW
                st.rerun(scope="fragment")
        elif found.next and st.button("More", key="bucket-next"):
            _go(found.address, found.next)
            st.rerun(scope="fragment")


def _import(actor: Actor, found: sources.Listing, into: importing.Into) -> None:
    picked = sorted(st.session_state.get(_PICKED, ()))
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Import all in this folder", key="bucket-all", help="With every folder in it."):
            importing.begin(actor, [sources.Entry(found.address)], into)
        chosen = words.count(len(picked), "picture")
        if st.button(f"Import {chosen}", type="primary", key="bucket-import", disabled=not picked):
            st.session_state[_PICKED] = set()
            importing.begin(actor, [sources.Entry(address) for address in picked], into)


def _waited(place: Any, doing: str, work: Callable[[], Result]) -> Result | None:
    """What `work` gives, with a bar once it takes longer than a look; None where somebody stopped waiting."""
    future = background.begin(work)
    if not background.wait(future):
        with place.container():
            stopped = progress.show(None, doing, cancel="Stop", key="bucket-waiting")
        while not stopped and not background.wait(future, 0.2):
            st.session_state["bucket-wait"] = doing  # a pressed button ends this run here
    place.empty()
    return future.result() if future.done() else None
