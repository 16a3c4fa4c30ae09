"""Proposing a revision of the guideline: its file, and the fonts and marks that are new in it."""

import streamlit as st

from workbench import guidelines, recipes, storage
from workbench.errors import RejectedFile
from workbench.models import GuidelineRevision
from workbench.permissions import Actor
from workbench.ui import address, deeds, empty, shell, words
from workbench.ui.templates import sheet


def show(actor: Actor, begun: GuidelineRevision | None) -> None:
    """Open the dialog, with the text of the revision that holds to begin with."""
    st.dialog("Propose a guideline", width="large")(_body)(actor, begun)


def _body(actor: Actor, begun: GuidelineRevision | None) -> None:
    deeds.refusal("propose", "Not proposed")
    shell.muted("Change the text or bring a file. Fonts and marks it names that are new come along with it.")
    given = st.file_uploader(
        "The guideline's file (.toml) with new fonts and marks", accept_multiple_files=True, key="guideline-files",
        type=["toml", "ttf", "otf", "woff2", "png", "webp"],
    )  # fmt: skip
    files = {file.name: file.getvalue() for file in given if not file.name.lower().endswith(".toml")}
    text = _text([file.getvalue() for file in given if file.name.lower().endswith(".toml")], begun)
    guideline = _read(text)
    if guideline and begun:
        known = _known(guidelines.definition(begun))
        _compare(guidelines.definition(begun), guideline, begun.revision, files)
        files = {**{name: storage.store().get(known[name]) for name in guideline.files() if name in known}, **files}
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if st.button("Keep things as they are", key="propose-no"):
            st.rerun()
        if st.button("Propose this revision", type="primary", key="propose-yes", disabled=not guideline):
            row = deeds.attempt("propose", lambda: guidelines.propose(actor, text, files))
            if row is None:
                st.rerun(scope="fragment")
            else:
                deeds.say(f"Revision {row.revision} of the guideline waits for approval.")
                address.put(revision=str(row.revision))
                st.rerun()


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
    return st.text_area("Or its text", begun.source if begun else "", height=260, key="guideline-text") or ""


def _read(text: str) -> recipes.Guideline | None:
    if not text.strip():
        return None
    try:
        return recipes.parse_guideline(text)
    except RejectedFile as error:
        empty.error(str(error)[:1].upper() + str(error)[1:], "This can't be a guideline yet")
        return None


def _known(guideline: recipes.Guideline) -> dict[str, str]:
    """File name → sha256 of what the revision that holds has already."""
    fonts = {font.file: font.sha256 for font in guideline.fonts if font.sha256}
    return fonts | {mark.file: mark.sha256 for mark in guideline.marks if mark.sha256}


def _compare(old: recipes.Guideline, new: recipes.Guideline, revision: int, files: dict[str, bytes]) -> None:
    rows = [row for row in recipes.differences(old, new) if not row[0].endswith("sha256")]
    rows += [(name, "the file there is", "the new file") for name in new.files() if name in files]
    shell.label(f"What it changes of revision {revision}", words.count(len(rows), "place"))
    if rows:
        st.html(sheet.table(rows))
    else:
        shell.muted("Nothing so far.")
