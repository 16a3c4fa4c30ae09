"""One revision of the guideline: colours, fonts and marks as they are, with their rules in words."""

from html import escape

import streamlit as st

from workbench import guidelines
from workbench.recipes import Font, Mark, PaletteColour
from workbench.ui import empty, words
from workbench.ui.guidelines.book import Book
from workbench.ui.templates import sheet
from workbench.ui.templates.board import STATES

PANGRAM = "Sphinx of black quartz, judge my vow"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz 0123456789 ÄÖÜäöüß éèç &amp; € % ml"
#: height at which a mark of a kind is shown, in CSS pixels: logos are wide
HEIGHTS = {"logo": 40, "badge": 88}


def show(book: Book) -> None:
    """Draw the chosen revision."""
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
        parts.append(_waits(book))
    parts.append(f"<h2>Palette</h2>{_palette(guideline.colours)}")
    parts.append(f"<h2>Marks</h2>{_marks(book, guideline.marks)}")
    parts.append(f"<h2>Fonts</h2>{_fonts(book, guideline.fonts)}")
    st.html(_faces(book, guideline.fonts))
    st.html(f'<article class="lp-sheet">{"".join(parts)}</article>')


def _waits(book: Book) -> str:
    if book.approved is None:
        return "<p>It waits for approval. Once approved, its colours and marks can be chosen on the Edit page.</p>"
    return (
        f"<p>It waits for approval. Once approved, new edits follow it and revision {book.approved.revision} is "
        "retired; what was made under earlier rules keeps them on record.</p>"
        f"<h2>What it changes of revision {book.approved.revision}</h2>{sheet.table(book.differences)}"
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
    there = mark.sha256 in book.media_types
    picture = f'<img src="{words.blob(mark.sha256 or "")}" alt="{_safe(mark.name)}">' if there else "No preview"
    height = HEIGHTS[mark.kind]
    clear = round(mark.clear_space * height)
    return (
        f'<figure><div><span class="lp-clear" style="--mark:{height}px;padding:{clear}px">{picture}</span></div>'
        f"<figcaption><b>{_safe(mark.name)}</b>{mark.kind.capitalize()}; at least {mark.min_width:,} px wide; clear "
        f"space on every side {mark.clear_space:g} × its height (the dashed line)</figcaption></figure>"
    )


def _fonts(book: Book, fonts: tuple[Font, ...]) -> str:
    if not fonts:
        return '<p class="lp-quiet">No fonts yet.</p>'
    return f'<div class="lp-fonts">{"".join(_font(book, number, font) for number, font in enumerate(fonts))}</div>'


def _font(book: Book, number: int, font: Font) -> str:
    name = f"<figcaption><b>{_safe(font.name)}</b>{_safe(font.file)}</figcaption>"
    if not _shown(book, font):
        return f"<figure>{name}</figure>"
    face = f"font-family:lp-brand-{number},sans-serif"
    return (
        f'<figure><p class="lp-specimen" style="{face}">{PANGRAM}</p>'
        f'<p class="lp-letters" style="{face}">{LETTERS}</p>{name}</figure>'
    )


def _faces(book: Book, fonts: tuple[Font, ...]) -> str:
    """The brand's fonts for the browser, from the store; their names are ours, so nothing of a file gets into CSS."""
    faces = "".join(
        f'@font-face{{font-family:lp-brand-{number};src:url("{words.blob(font.sha256 or "")}")}}'
        for number, font in enumerate(fonts)
        if _shown(book, font)
    )
    return f"<style>{faces}</style>"


def _shown(book: Book, font: Font) -> bool:
    return book.media_types.get(font.sha256 or "", "").startswith("font/")


def _safe(text: str) -> str:
    return escape(text, quote=True)
