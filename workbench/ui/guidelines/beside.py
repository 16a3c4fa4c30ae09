"""Two revisions beside each other: split swatches, marks and fonts in pairs, rules as a table, and who is affected."""

from collections.abc import Callable, Sequence
from html import escape
from urllib.parse import quote

from workbench.guidelines import Affected, Comparison, Pair, distance
from workbench.recipes import Font, Mark, PaletteColour
from workbench.ui import words
from workbench.ui.guidelines import specimens
from workbench.ui.guidelines.book import Book
from workbench.ui.report import icon

#: height at which a mark of a kind is shown, in CSS pixels: logos are wide
HEIGHTS = {"logo": 40, "badge": 88, "background": 168}
#: where a mark's picture is to be had, or None
Source = Callable[[Mark], str | None]


def whole(book: Book, comparison: Comparison) -> str:
    """Everything as HTML, the former revision always at the left."""
    assert book.chosen and book.former  # a comparison is made of two

    def source(mark: Mark) -> str | None:
        return words.blob(mark.sha256 or "") if book.kept(mark.sha256, "image/") else None

    one, other = f"revision {book.former.revision}", f"revision {book.chosen.revision}"
    return (
        f'<p class="lp-legend"><b>{_safe(one.capitalize())}</b><span>left</span><b>{_safe(other.capitalize())}</b>'
        f"<span>right</span><span>{words.count(comparison.changes, 'change')}</span></p>"
        f"{_touched(book.affected)}{pairs(comparison, source, one, other)}"
        f"<h2>Fonts</h2>{_fonts(book, comparison.fonts, one, other)}"
    )


def pairs(comparison: Comparison, source: Source, one: str, other: str) -> str:
    """Palette, marks and rules as HTML; `one` and `other` are what the two are called."""
    parts = [f"<h2>Palette</h2>{_palette(comparison.colours)}"] if comparison.colours else []
    if comparison.marks:
        parts.append(f"<h2>Marks</h2>{_marks(comparison.marks, source, one, other)}")
    if comparison.rules:
        parts.append(f"<h2>Rules</h2>{_rules(comparison.rules, one, other)}")
    return "".join(parts)


def picture(mark: Mark, source: str | None) -> str:
    """A mark with its clear space as HTML, or words where it can't be shown."""
    if source is None:
        return '<span class="lp-nothing">No preview</span>'
    height = HEIGHTS[mark.kind]
    shown = f'<img src="{_safe(source)}" alt="{_safe(mark.name)}">'
    if mark.kind == "background":
        return f'<span class="lp-ground">{shown}</span>'
    clear = round(mark.clear_space * height)
    return f'<span class="lp-clear" style="--mark:{height}px;padding:{clear}px">{shown}</span>'


def rules(mark: Mark) -> str:
    """The rules of a mark in words."""
    if mark.kind == "background":
        return "Background, behind products that are cut out"
    drawn = " drawn from SVG;" if mark.source_sha256 else ""
    return (
        f"{mark.kind.capitalize()};{drawn} at least {mark.min_width:,} px wide; clear space on every side "
        f"{mark.clear_space:g} × its height (the dashed line)"
    )


def _touched(affected: Sequence[Affected]) -> str:
    if not affected:
        return '<p class="lp-quiet">No approved template names anything that is dropped or changed.</p>'
    rows = "".join(
        f'<li class="lp-{verdict}">{icon(verdict)}<span><a href="/templates?template={quote(one.name)}" '
        f'target="_self">{_safe(one.title)}</a> {_safe(one.sentence)}</span></li>'
        for one in affected
        for verdict in ("review" if one.gone else "none",)
    )
    return f'<h2>Templates that name what changes</h2><ul class="lp-outcomes">{rows}</ul>'


def _palette(colours: Sequence[Pair[PaletteColour]]) -> str:
    return f'<div class="lp-palette">{"".join(map(_colour, colours))}</div>'


def _colour(pair: Pair[PaletteColour]) -> str:
    old, new = (one.hex if one else None for one in (pair.old, pair.new))
    if old == new:
        swatch = f'<i style="background:{_safe(pair.row.hex)}"></i>'
        values = f"<code>{_safe(pair.row.hex)}</code>"
    else:
        halves = "".join(f'<i style="background:{_safe(one)}"></i>' if one else "<i></i>" for one in (old, new))
        swatch = f'<span class="lp-split">{halves}</span>'
        values = " → ".join(f"<code>{_safe(one)}</code>" for one in (old, new) if one)
        values += f"<br>{distance(old, new):.3g} ΔE2000 apart" if old and new else ""
    caption = f"<b>{_name(pair)}</b>{values}<br>within {pair.row.tolerance:g} ΔE2000"
    if pair.old and pair.new and pair.old.tolerance != pair.new.tolerance:
        caption += f", was {pair.old.tolerance:g}"
    return f"<figure>{swatch}<figcaption>{caption}</figcaption></figure>"


def _marks(marks: Sequence[Pair[Mark]], source: Source, one: str, other: str) -> str:
    return f'<div class="lp-marks">{"".join(_mark(pair, source, one, other) for pair in marks)}</div>'


def _mark(pair: Pair[Mark], source: Source, one: str, other: str) -> str:
    caption = f"<figcaption><b>{_name(pair)}</b>{rules(pair.row)}</figcaption>"
    if pair.state == "same":
        return f"<figure><div>{picture(pair.row, source(pair.row))}</div>{caption}</figure>"
    wells = "".join(
        f"<div>{picture(mark, source(mark)) if mark else _nothing(called)}</div>"
        for mark, called in ((pair.old, one), (pair.new, other))
    )
    return f'<figure class="lp-both"><section>{wells}</section>{caption}</figure>'


def _rules(rows: Sequence[tuple[str, str | None, str | None]], one: str, other: str) -> str:
    cells = [(place, *(value or "none" for value in values)) for place, *values in rows]
    told = "".join(
        f'<tr><th scope="row">{_safe(place)}</th><td>{_safe(before)}</td><td>{_safe(after)}</td></tr>'
        for place, before, after in cells
    )
    heads = "".join(f'<th scope="col">{_safe(words)}</th>' for words in ("Where", one.capitalize(), other.capitalize()))
    return f'<table class="lp-table"><thead><tr>{heads}</tr></thead><tbody>{told}</tbody></table>'


def _fonts(book: Book, fonts: Sequence[Pair[Font]], one: str, other: str) -> str:
    if not fonts:
        return '<p class="lp-quiet">No fonts.</p>'
    rows = []
    for pair in fonts:
        if pair.old and pair.new and pair.old.sha256 == pair.new.sha256:
            rows.append(specimens.figure(book, pair.row, _badge(pair)))
            continue
        halves = "".join(
            f"<div><small>{_safe(called.capitalize())}</small>{shown}</div>"
            for font, called in ((pair.old, one), (pair.new, other))
            for shown in (specimens.figure(book, font) if font else _nothing(called),)
        )
        rows.append(f'<section class="lp-both"><p><b>{_name(pair)}</b></p>{halves}</section>')
    return f'<div class="lp-fonts">{"".join(rows)}</div>'


def _nothing(called: str) -> str:
    return f'<span class="lp-nothing">Not in {_safe(called)}</span>'


def _name(pair: Pair[PaletteColour] | Pair[Mark] | Pair[Font]) -> str:
    return f"{_safe(pair.row.name)}{_badge(pair)}"


def _badge(pair: Pair[PaletteColour] | Pair[Mark] | Pair[Font]) -> str:
    badge = "" if pair.state == "same" else f'<em class="lp-{pair.state}">{pair.state.capitalize()}</em>'
    return badge + (f"<small>was {_safe(pair.renamed)}</small>" if pair.renamed else "")


def _safe(text: str) -> str:
    return escape(text, quote=True)
