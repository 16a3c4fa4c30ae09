"""What stands beside the sheet: which revision to compare with, words for the fonts, and everything as one file."""

import streamlit as st

from workbench import guidelines
from workbench.ui import address, shell
from workbench.ui.guidelines.book import ALONE, Book


def show(book: Book) -> None:
    """Draw the choices; another one starts the page anew."""
    if book.chosen is None:
        return
    if len(book.revisions) > 1:
        _compare(book)
    st.text_input(
        "Words to see the fonts in", book.words, max_chars=80, key="font-words",
        on_change=lambda: address.put(words=st.session_state["font-words"]),
    )  # fmt: skip


def bundle(book: Book) -> None:
    """Draw the download of the chosen revision with all its files."""
    row = book.chosen
    if row is None:
        return
    shell.label("With its files")
    st.download_button(
        "Download as ZIP",
        lambda: guidelines.zipped(guidelines.export(book.actor, row.revision)[1]),
        file_name=f"{guidelines.definition(row).name}-guideline-{row.revision}.zip",
        mime="application/zip",
        on_click="ignore",
        key="download-zip",
        help="The TOML with all fonts and marks; “Propose” takes it back.",
    )


def _compare(book: Book) -> None:
    assert book.chosen is not None  # there are two revisions
    names = {
        row.revision: f"Revision {row.revision}, {row.state}" for row in book.revisions if row.id != book.chosen.id
    }
    options = [0, *names]
    key = f"compare-{book.chosen.id}-{book.former.revision if book.former else 0}"
    st.selectbox(
        "Compare with",
        options,
        index=options.index(book.former.revision) if book.former else 0,
        format_func=lambda number: names.get(number, "Nothing"),
        key=key,
        on_change=lambda: address.put(compare=str(st.session_state[key] or ALONE)),
    )
