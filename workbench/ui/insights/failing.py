"""Failures by kind, with what to do about each and the newest edits that failed that way."""

from collections.abc import Sequence
from html import escape
from itertools import islice
from urllib.parse import urlencode

import streamlit as st

from workbench.insights import Failure, summed
from workbench.ui import shell, words
from workbench.ui.insights.advice import STAGES, advice
from workbench.ui.insights.board import Board

#: kinds, and of each the newest edits, that are shown at once
MOST, EDITS = 12, 3


def show(board: Board) -> None:
    """Draw the table, the most frequent first."""
    found = board.found.failures
    shell.label("Failed, and what to do", f"{sum(one.n for one in found):,}" if found else None)
    if not found:
        shell.muted("No edit failed in these days.")
        return
    kinds: dict[tuple[str, str], list[Failure]] = {}
    for one in found:
        kinds.setdefault(advice(one), []).append(one)
    ordered = sorted(kinds.items(), key=lambda item: -sum(one.n for one in item[1]))
    rows = "".join(_row(*told, alike) for told, alike in ordered[:MOST])
    st.html(f'<table class="lp-table lp-failures"><tbody>{rows}</tbody></table>')
    if len(ordered) > MOST:
        rest = words.count(len(ordered) - MOST, "rarer kind")
        shell.muted(f"{rest} of failure besides; `stats` on the command line lists them all.")


def _row(title: str, deed: str, alike: Sequence[Failure]) -> str:
    newest = max(alike, key=lambda one: one.newest)
    edits = sorted((edit for one in alike for edit in one.edits), reverse=True)[:EDITS]
    links = ", ".join(_link(str(edit), place) for place, edit in enumerate(edits))
    return (
        f'<tr><td class="lp-number">{sum(one.n for one in alike):,} ×</td>'
        f"<td><b>{escape(title)}</b><span>{escape(deed)}</span><small>{_about(alike)}</small>"
        f"<small>Newest {words.when(newest.newest)}: {links}</small></td></tr>"
    )


def _about(alike: Sequence[Failure]) -> str:
    """Where it happened, with which templates and models: the most frequent ones."""
    said = []
    for names in (
        summed((one.template, one.n) for one in alike),
        summed((one.model, one.n) for one in alike),
        summed((STAGES.get(one.stage, one.stage), one.n) for one in alike),
    ):
        ordered = sorted((name for name in names if name), key=lambda name: (-names[name], name))
        if ordered:
            more = f" and {len(ordered) - 3} more" if len(ordered) > 3 else ""
            said.append(", ".join(islice(ordered, 3)) + more)
    return " · ".join(escape(one, quote=True) for one in said)


def _link(edit: str, place: int) -> str:
    # a link starts the page anew, so who acts has to travel along
    acting = {"as": st.query_params["as"]} if "as" in st.query_params else {}
    href = f"/edit?{urlencode({'edit': edit, **acting})}"
    name = ("open it", "the one before", "the one before that")[place]
    return f'<a href="{escape(href, quote=True)}" target="_self">{name}</a>'
