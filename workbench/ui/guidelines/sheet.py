"""One revision of the guideline: colours, fonts and marks as they are, with their rules in words."""

from html import escape

import streamlit as st

from workbench import guidelines
from workbench.recipes import Font, Mark, PaletteColour
from workbench.ui import empty, words
from workbench.ui.guidelines import beside, specimens
from workbench.ui.guidelines.book import Book
from workbench.ui.templates.board import STATES


def show(book: Book) -> None:
    """Draw the chosen revision, alone or beside the former one."""
    if book.missing:
        empty.warning(book.missing, "Not found")
    row = book.chosen
    if row is None:
        return
    guideline = guidelines.definition(row)
    parts = [
        f'<h1>{_safe(row.title)}<span class="lp-badge {row.state}">{STATES[row.state]}</span></h1>',
        f'<p class="lp-quiet">Guideline · revision {row.revision}</p>',
    ]
    if row.state == "proposed":
        parts.append(f"<p>{_waits(book)}</p>")
    fonts = list(guideline.fonts)
    comparison = book.comparison
    if comparison and book.former:
        fonts += guidelines.definition(book.former).fonts
        parts.append(beside.whole(book, comparison))
    else:
        parts.append(f"<h2>Palette</h2>{_palette(guideline.colours)}")
        parts.append(f"<h2>Marks</h2>{_marks(book, guideline.marks)}")
        parts.append(f"<h2>Fonts</h2>{_fonts(book, guideline.fonts)}")
    st.html(specimens.faces(book, fonts))
    st.html(f'<article class="lp-sheet">{"".join(parts)}</article>')


def _waits(book: Book) -> str:
    if book.approved is None:
        return "It waits for approval. Once approved, its colours and marks can be chosen on the Edit page."
    return (
        f"It waits for approval. Once approved, new edits follow it and revision {book.approved.revision} is "
        "retired; what was made under earlier rules keeps them on record."
    )


def _palette(colours: tuple[PaletteColour, ...]) -> str:
    if not colours:
        return '<p class="lp-quiet">No colours yet.</p>'
    figures = "".join(
        f'<figure><i style="background:{_safe(colour.hex)}"></i><figcaption><b>{_safe(colour.name)}</b>'
        f"<code>{_safe(colour.hex)}</code><br>within {colour.tolerance:g} ΔE2000</figcaption></figure>"
        for colour in colours
    )
    return f'<div class="lp-palette">{figures}</div>'


def _marks(book: Book, marks: tuple[Mark, ...]) -> str:
    if not marks:
        return '<p class="lp-quiet">No marks yet.</p>'
    return f'<div class="lp-marks">{"".join(_mark(book, mark) for mark in marks)}</div>'


def _mark(book: Book, mark: Mark) -> str:
    source = words.blob(mark.sha256 or "") if book.kept(mark.sha256, "image/") else None
    return (
        f"<figure><div>{beside.picture(mark, source)}</div>"
        f"<figcaption><b>{_safe(mark.name)}</b>{beside.rules(mark)}</figcaption></figure>"
    )


def _fonts(book: Book, shown: tuple[Font, ...]) -> str:
    if not shown:
        return '<p class="lp-quiet">No fonts yet.</p>'
    return f'<div class="lp-fonts">{"".join(specimens.figure(book, font) for font in shown)}</div>'


def _safe(text: str) -> str:
    return escape(text, quote=True)
