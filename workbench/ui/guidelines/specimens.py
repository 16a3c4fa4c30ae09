"""Fonts as they set the brand's own words: their weights, what they lack, and what the brand may do with them."""

from collections.abc import Iterable
from html import escape

import streamlit as st

from workbench import storage
from workbench.errors import StoreFault
from workbench.imaging import fonts
from workbench.recipes import Font
from workbench.ui import words
from workbench.ui.guidelines.book import Book

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz 0123456789 ÄÖÜäöüß éèç & € % ml"
#: names of weights as people say them (OpenType 1.9.1, usWeightClass)
WEIGHTS = {
    100: "Thin", 200: "Extra light", 300: "Light", 400: "Regular", 500: "Medium", 600: "Semibold", 700: "Bold",
    800: "Extra bold", 900: "Black",
}  # fmt: skip


def faces(book: Book, shown: Iterable[Font]) -> str:
    """The fonts for the browser, from the store; their names are hashes, so nothing of a file gets into CSS."""
    rules = "".join(
        f'@font-face{{font-family:{_family(font)};src:url("{words.blob(font.sha256 or "")}");{_range(font)}}}'
        for font in {font.sha256: font for font in shown}.values()
        if book.kept(font.sha256, "font/")
    )
    return f"<style>{rules}</style>"


def figure(book: Book, font: Font, badge: str = "") -> str:
    """One font as HTML."""
    facts = _facts(font) if book.kept(font.sha256, "font/") else None
    caption = f"<figcaption><b>{_safe(font.name)}{badge}</b>{_said(font, facts)}</figcaption>"
    if facts is None:
        return f"<figure>{caption}</figure>"
    face = f"font-family:{_family(font)},sans-serif"
    return (
        f'<figure><p class="lp-specimen" style="{face}">{_safe(book.words)}</p>{_weights(facts, face, book.words)}'
        f'<p class="lp-letters" style="{face}">{_safe(LETTERS)}</p>{caption}</figure>'
    )


def _weights(facts: tuple[fonts.FontFacts, str], face: str, sample: str) -> str:
    axis = facts[0].weight
    if axis is None:
        return ""
    word = max(sample.split()[:3] or ["Aa"], key=len)[:12]
    rows = "".join(
        f'<li><span style="{face};font-weight:{weight}">{_safe(word)}</span><small>{name} {weight}</small></li>'
        for weight, name in WEIGHTS.items()
        if axis.least <= weight <= axis.most
    )
    return f'<ul class="lp-weights">{rows}</ul>'


def _said(font: Font, facts: tuple[fonts.FontFacts, str] | None) -> str:
    parts = [_safe(font.file)]
    if facts:
        found, lacking = facts
        parts = [_safe(f"{found.family} {found.style}".strip()), f"{found.glyphs:,} glyphs", *parts]
        if lacking:
            parts.append(f"lacks {_safe(' '.join(lacking))}")
    licence = _safe(font.licence) if font.licence else '<span class="lp-none-yet">No licence note.</span>'
    return f"{' · '.join(parts)}<br>{licence}"


def _facts(font: Font) -> tuple[fonts.FontFacts, str] | None:
    try:
        return _read(font.sha256 or "")
    except StoreFault:
        return None


@st.cache_data(max_entries=100, show_spinner=False)
def _read(sha256: str) -> tuple[fonts.FontFacts, str]:
    """What the font says of itself, and which of LETTERS it lacks; the same bytes say the same."""
    data = storage.store().get(sha256)
    return fonts.check(data), fonts.missing(data, LETTERS)


def _range(font: Font) -> str:
    facts = _facts(font)
    axis = facts[0].weight if facts else None
    return f"font-weight:{axis.least:g} {axis.most:g}" if axis else ""


def _family(font: Font) -> str:
    return f"lp-brand-{(font.sha256 or '')[:12]}"


def _safe(text: str) -> str:
    return escape(text, quote=True)
