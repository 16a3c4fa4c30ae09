"""The fidelity report: one verdict with its sentence, then every number beside its limit."""

from collections.abc import Sequence
from html import escape
from typing import Literal

import streamlit as st

Verdict = Literal["pass", "review", "fail", "none"]

#: the word beside every verdict's icon, wherever one is shown
WORDS: dict[Verdict, str] = {"pass": "Pass", "review": "Review", "fail": "Fail", "none": "Not measured"}


def icon(verdict: Verdict) -> str:
    """The verdict's mark as HTML, in the colour of the words around it; it carries no name of its own."""
    return f'<i class="lp-icon lp-{verdict}" aria-hidden="true"></i>'


def report(verdict: Verdict, rows: Sequence[tuple[str, str, str, Verdict]], sentence: str) -> None:
    """Show the verdict, why it is so, and the rows (name, value with unit, limit, verdict).

    A limit of "" shows no limit. Values come formatted (three significant digits, unit); all words are escaped.
    """
    st.html(
        '<section class="lp-report" aria-label="Fidelity report">'
        f'<div class="lp-verdict lp-{verdict}">{icon(verdict)}<div><b>{WORDS[verdict]}</b>'
        f"<span>{escape(sentence, quote=True)}</span></div></div>"
        f"<table><tbody>{''.join(_row(*row) for row in rows)}</tbody></table></section>"
    )


def _row(name: str, value: str, limit: str, verdict: Verdict) -> str:
    beside = f"<small>limit {escape(limit, quote=True)}</small>" if limit else ""
    return (
        f'<tr><th scope="row"><b>{escape(name, quote=True)}</b>'
        f'<small class="lp-{verdict}">{icon(verdict)}{WORDS[verdict]}</small></th>'
        f"<td><b>{escape(value, quote=True)}</b>{beside}</td></tr>"
    )
