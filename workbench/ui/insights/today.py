"""Today's budget, and how leads and reports judged what was made."""

from html import escape

import streamlit as st

from workbench.budgets import dollars
from workbench.ui import shell, words
from workbench.ui.insights.board import Board
from workbench.ui.report import WORDS, icon


def budget(board: Board) -> None:
    """What may still be spent today, by this person and by everybody."""
    money = board.found.budget
    assert money is not None, "the page reads with its person"
    shell.label("Left today", "UTC")
    for name, left, most in (
        ("You", money.person, money.person_of),
        ("Everybody", money.everybody, money.everybody_of),
    ):
        said = f"{dollars(left, up=False)} of {dollars(most, up=False)}"
        meter(name, said, (most - left) / most if most else 1.0)
    if money.own:
        shell.muted(f"Your own edits in these {board.found.days} days: {dollars(money.own)}.")


def meter(name: str, said: str, share: float) -> None:
    """A name, its number, and how much is used up (0 to 1) as a bar."""
    percent = round(100 * min(1.0, max(0.0, share)))
    name, said = escape(name, quote=True), escape(said, quote=True)
    st.html(
        f'<div class="lp-progress"><p><span>{name}</span><span>{said}</span></p>'
        f'<div role="meter" aria-label="{name}, used" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent}"'
        f' aria-valuetext="{said}"><i style="width:{percent}%"></i></div></div>'
    )


def judged(board: Board) -> None:
    """How much of what was decided on was accepted, and what the reports said."""
    found, states = board.found, board.found.states()
    verdicts = found.verdicts()
    shell.label("Judged")
    if found.acceptance is None and not verdicts:
        shell.muted("No decision and no report in these days.")
        return
    decided = states.get("accepted", 0) + states.get("rejected", 0)
    accepted = "–" if found.acceptance is None else f"{found.acceptance:.0%}"
    rows = f"<dt>Accepted, of {words.count(decided, 'decision')}</dt><dd>{accepted}</dd>"
    for kind in ("pass", "review", "fail"):
        share = f"{verdicts.get(kind, 0):,}"
        rows += f'<dt class="lp-{kind}">{icon(words.verdict(kind))} {WORDS[words.verdict(kind)]}</dt><dd>{share}</dd>'
    st.html(f'<dl class="lp-facts lp-judged">{rows}</dl>')
