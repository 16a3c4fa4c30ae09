"""The fidelity report: one verdict with its sentence, then every number beside its limit, in three groups."""

from collections.abc import Sequence
from html import escape
from typing import Literal

import streamlit as st

Verdict = Literal["pass", "review", "fail", "none"]
#: name, value with unit, limit, verdict
Shown = tuple[str, str, str, Verdict | Literal["fact"]]

#: the word beside every verdict's icon, wherever one is shown
WORDS: dict[Verdict, str] = {"pass": "Pass", "review": "Review", "fail": "Fail", "none": "Not measured"}


def icon(verdict: Verdict) -> str:
    """The verdict's mark as HTML, in the colour of the words around it; it carries no name of its own."""
    return f'<i class="lp-icon lp-{verdict}" aria-hidden="true"></i>'


def report(verdict: Verdict, groups: Sequence[tuple[str, Sequence[Shown]]], sentence: str) -> None:
    """Show the verdict, why it is so, and under each title its rows (name, value with unit, limit, verdict).

    A limit of "" shows no limit; the verdict "fact" shows none. The last of several groups is folded while nothing in
    it needs looking at. Values come formatted (three significant digits, unit); all words are escaped.
    """
    shown = [_table(title, rows) for title, rows in groups]
    if len(groups) > 1 and all(row[3] in ("pass", "fact") for row in groups[-1][1]):
        shown[-1] = _folded(*groups[-1])
    st.html(
        '<section class="lp-report" aria-label="Fidelity report">'
        f'<div class="lp-verdict lp-{verdict}">{icon(verdict)}<div><b>{WORDS[verdict]}</b>'
        f"<span>{escape(sentence, quote=True)}</span></div></div>{''.join(shown)}</section>"
    )


def _table(title: str, rows: Sequence[Shown]) -> str:
    return f"<table><caption>{escape(title, quote=True)}</caption><tbody>{_rows(rows)}</tbody></table>"


def _folded(title: str, rows: Sequence[Shown]) -> str:
    words = escape(title, quote=True)
    table = f'<table aria-label="{words}"><tbody>{_rows(rows)}</tbody></table>'
    return f"<details><summary>{words}</summary>{table}</details>"


def _rows(rows: Sequence[Shown]) -> str:
    return "".join(_row(*row) for row in rows)


def _row(name: str, value: str, limit: str, verdict: Verdict | Literal["fact"]) -> str:
    beside = f"<small>limit {escape(limit, quote=True)}</small>" if limit else ""
    judged = "" if verdict == "fact" else f'<small class="lp-{verdict}">{icon(verdict)}{WORDS[verdict]}</small>'
    return (
        f'<tr><th scope="row"><b>{escape(name, quote=True)}</b>{judged}</th>'
        f"<td><b>{escape(value, quote=True)}</b>{beside}</td></tr>"
    )
