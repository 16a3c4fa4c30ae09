"""Proposing a revision of the guideline: its file, and the fonts and marks that are new in it."""

from collections.abc import Sequence
from html import escape

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from workbench import guidelines, recipes
from workbench.errors import InvalidInput, RejectedFile
from workbench.guidelines import Checked
from workbench.models import GuidelineRevision
from workbench.permissions import Actor
from workbench.ui import address, deeds, drafts, empty, shell
from workbench.ui.guidelines import palette, preview
from workbench.ui.guidelines.palette import TEXT
from workbench.ui.report import icon

TYPES = ["toml", "zip", "ttf", "otf", "woff2", "png", "webp", "svg"]


def show(actor: Actor, begun: GuidelineRevision | None) -> None:
    """Open the dialog, with the text of the revision that holds to begin with."""
    st.dialog("Propose a guideline", width="large")(body)(actor, begun)


def body(actor: Actor, begun: GuidelineRevision | None) -> None:
    """Draw what is in the dialog."""
    deeds.refusal("propose", "Not proposed")
    shell.muted("Change the text or bring a file. Fonts and marks it names that are new come along with it.")
    given = st.file_uploader(
        "The guideline’s file (.toml) with new fonts and marks, or all of it as a ZIP", type=TYPES,
        accept_multiple_files=True, key="guideline-files",
    )  # fmt: skip
    brought = _brought(given)
    texts, files, unused = brought or ([], {}, [])
    text = _text(texts, begun) if brought else ""
    guideline = _read(text)
    lacking: Sequence[str] = ()
    checked: dict[str, Checked] | None = {}
    if guideline:
        if not texts:
            palette.show(guideline)
        drafts.remember(text, begun.source if begun else "")
        checked = _checked(guideline, files)
        kept = guidelines.definition(begun) if begun else None
        known = _known(kept)
        lacking = [name for name in guideline.files() if name not in files and name not in known]
        _files(guideline, checked or {}, lacking, [*unused, *(name for name in files if name not in guideline.files())])
        if begun and kept and checked is not None:
            preview.show(kept, guideline, checked, begun.revision)
        if kept:
            files = {**guidelines.stored(kept, *(name for name in guideline.files() if name not in files)), **files}
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if st.button("Keep things as they are", key="propose-no"):
            st.rerun()
        wrong = not guideline or checked is None or bool(lacking)
        if st.button("Propose this revision", type="primary", key="propose-yes", disabled=wrong):
            row = deeds.attempt("propose", lambda: guidelines.propose(actor, text, files))
            if row is None:
                st.rerun(scope="fragment")
            else:
                deeds.say(f"Revision {row.revision} of the guideline waits for approval.")
                address.put(revision=str(row.revision), compare=None, draft=None)
                st.rerun()


def _brought(given: Sequence[UploadedFile]) -> tuple[list[bytes], dict[str, bytes], list[str]] | None:
    """The guideline files among what was uploaded, the fonts and marks by name, and what a ZIP has beside them.

    None where a ZIP can't be used; its sentence is shown.
    """
    texts: list[bytes] = []
    files: dict[str, bytes] = {}
    unused: list[str] = []
    for file in given:
        ending = file.name.lower().rpartition(".")[2]
        if ending == "toml":
            texts.append(file.getvalue())
        elif ending == "zip":
            try:
                brought = guidelines.unzipped(file.getvalue())
            except RejectedFile as error:
                empty.error(str(error), f"“{file.name}” can’t be used")
                return None
            texts.append(brought.text.encode("utf-8"))
            files |= brought.files
            unused += brought.unused
        else:
            files[file.name] = file.getvalue()
    return texts, files, unused


def _text(given: list[bytes], begun: GuidelineRevision | None) -> str:
    if len(given) > 1:
        empty.error("Choose one guideline file; fonts and marks come beside it.", "Two guidelines at once")
        return ""
    if given:
        try:
            return given[0].decode("utf-8")
        except UnicodeDecodeError:
            empty.error("The file isn't text in UTF-8; save it as a plain TOML text file.", "Not read")
            return ""
    first = begun.source if begun else ""
    draft = drafts.remembered()
    st.session_state.setdefault(TEXT, draft or first)
    text = st.text_area("Or its text", height=260, key=TEXT) or ""
    if draft and draft != first:
        with st.container(horizontal=True, vertical_alignment="center"):
            shell.muted("This is your draft; the page’s address brings it back after a reload.")
            st.button("Begin again", key="draft-again", on_click=_begin_again, args=(first,))
    return text


def _begin_again(first: str) -> None:
    st.session_state[TEXT] = first
    address.put(draft=None)


def _read(text: str) -> recipes.Guideline | None:
    if not text.strip():
        return None
    try:
        return recipes.parse_guideline(text)
    except RejectedFile as error:
        empty.error(str(error)[:1].upper() + str(error)[1:], "This can't be a guideline yet")
        return None


def _checked(guideline: recipes.Guideline, files: dict[str, bytes]) -> dict[str, Checked] | None:
    try:
        return guidelines.check(guideline, files)
    except InvalidInput as error:
        empty.error(str(error), "A file can’t be used")
        return None


def _known(kept: recipes.Guideline | None) -> set[str]:
    """The names of the files that the store has already."""
    return {font.file for font in kept.fonts} | {mark.file for mark in kept.marks} if kept else set()


def _files(
    guideline: recipes.Guideline, checked: dict[str, Checked], lacking: Sequence[str], unused: Sequence[str]
) -> None:
    """What came along, what still has to, and what nobody asked for."""
    rows = [("pass", name, one.facts) for name, one in checked.items()]
    rows += [("review", name, "is named by the guideline: add this file") for name in lacking]
    rows += [("none", name, "isn’t named by the guideline and will not be kept") for name in unused]
    told = "".join(
        f'<li class="lp-{verdict}">{icon(verdict)}'  # type: ignore[arg-type]
        f"<span><b>{escape(name, quote=True)}</b> {escape(said, quote=True)}</span></li>"
        for verdict, name, said in rows
    )
    if told:
        st.html(f'<ul class="lp-outcomes" role="status">{told}</ul>')
