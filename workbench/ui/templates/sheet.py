"""The middle: one revision of a template, whole, and before that what it would change."""

import re
from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench import templates
from workbench.recipes import Template
from workbench.ui import empty
from workbench.ui.templates import wording
from workbench.ui.templates.board import STATES, Board

Difference = tuple[str, str | None, str | None]


def head(board: Board) -> None:
    """Draw what the chosen revision is and where it stands."""
    if board.missing:
        empty.warning(board.missing, "Not found")
    if board.chosen is None:
        return
    row = board.chosen
    parts = [
        f'<h1>{_safe(row.title)}<span class="lp-badge {row.state}">{STATES[row.state]}</span></h1>',
        f'<p class="lp-quiet">{_safe(row.name)} · revision {row.revision}</p>',
    ]
    if row.state == "proposed":
        parts.append(f"<p>{_waits(board)}</p>")
    st.html(f'<article class="lp-sheet">{"".join(parts)}</article>')


def show(board: Board) -> None:
    """Draw what the chosen revision changes and all that it says."""
    if board.chosen is None:
        return
    changes = ""
    if board.chosen.state == "proposed" and board.approved is not None:
        changes = f"<h2>What it changes of revision {board.approved.revision}</h2>{table(board.differences)}"
    st.html(f'<article class="lp-sheet">{changes}{_body(templates.definition(board.chosen))}</article>')


def _waits(board: Board) -> str:
    if board.approved is None:
        return "It waits for approval. Once approved, it can be run on the Edit page."
    former = board.approved.revision
    return (
        f"It waits for approval. Once approved, new edits run with it and revision {former} is retired; what was "
        f"made with revision {former} keeps it on record."
    )


def table(differences: Sequence[Difference]) -> str:
    """Differences as a table: place, before, after."""
    rows = "".join(
        f'<tr><th scope="row">{_safe(place)}</th><td><del>{_safe(before or "–")}</del></td>'
        f"<td><ins>{_safe(after or 'removed')}</ins></td></tr>"
        for place, before, after in differences
    )
    head = '<thead><tr><th scope="col">Where</th><th scope="col">Now</th><th scope="col">Then</th></tr></thead>'
    return f'<table class="lp-table">{head}<tbody>{rows}</tbody></table>'


def _body(template: Template) -> str:
    parts = ["<h2>What it does</h2>", f"<p>{_safe(wording.operation(template))}</p>"]
    parts.append(f"<p>{_safe(wording.region(template))}</p>")
    parts.append(f"<h2>Prompt</h2><blockquote>{_prompt(template)}</blockquote>")
    if template.parameters:
        parts.append("<h2>What is asked for</h2>" + _parameters(template))
    parts.append("<h2>Limits</h2>" + _limits(template))
    engines = "".join(f"<p>{_safe(wording.ENGINES[name])}.</p>" for name in template.engines.allowed)
    return "".join([*parts, f"<h2>Engines</h2>{engines}<p>{_safe(wording.cost(template))}</p>"])


def _prompt(template: Template) -> str:
    labels = {parameter.name: parameter.words for parameter in template.parameters}
    return re.sub(
        r"\{([a-z][a-z0-9_]*)\}",
        lambda found: f"<b>{_safe(labels.get(found[1], found[1]))}</b>",
        _safe(template.prompt),
    )


def _parameters(template: Template) -> str:
    rows = "".join(
        f'<tr><th scope="row">{_safe(one.words)}</th><td>{_safe(wording.accepts(one))}</td>'
        f'<td class="lp-number">{_safe(wording.default(one))}</td></tr>'
        for one in template.parameters
    )
    head = (
        '<thead><tr><th scope="col">Name</th><th scope="col">Takes</th>'
        '<th scope="col" class="lp-number">Default</th></tr></thead>'
    )
    return f'<table class="lp-table">{head}<tbody>{rows}</tbody></table>'


def _limits(template: Template) -> str:
    found = wording.limits(template)
    if not found:
        return '<p class="lp-quiet">It sets none of its own; the report’s own limits hold.</p>'
    rows = "".join(
        f'<tr><th scope="row">{_safe(name)}</th><td class="lp-number">{_safe(value)}</td></tr>' for name, value in found
    )
    return f'<table class="lp-table"><tbody>{rows}</tbody></table>'


def _safe(words: str) -> str:
    return escape(words, quote=True)
