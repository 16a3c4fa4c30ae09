"""Money per day as a plot, told apart by model, template or person; what may have been billed stands apart."""

from html import escape

import streamlit as st

from workbench.budgets import MILLION, Spent, dollars
from workbench.ui import address, shell, words
from workbench.ui.insights import charts
from workbench.ui.insights.board import APART, Board


def show(board: Board) -> None:
    """Draw the plot and its numbers, or what it is for."""
    rows = board.found.spent
    total = sum(one.micros + one.maybe for one in rows)
    shell.label("Spend on image models", f"{dollars(total)} in all, US dollars" if rows else None)
    if not rows:
        shell.muted(
            "Nothing was spent in these days. Exact edits cost nothing; once an image model is set up, what its edits "
            "cost is drawn here, day by day."
        )
        return
    _apart(board)
    _plot(board)
    st.html(_table(rows, APART[board.found.by]))


def _apart(board: Board) -> None:
    by = board.found.by
    key = f"insights-by-{by}"

    def keep() -> None:
        chosen = st.session_state[key]
        address.put(by=None if chosen == "model" else chosen)

    st.segmented_control(
        "Told apart by", board.apart, default=by, format_func=APART.__getitem__, required=True,
        label_visibility="collapsed", key=key, on_change=keep,
    )  # fmt: skip


def _plot(board: Board) -> None:
    totals: dict[str, float] = {}
    for one in board.found.spent:
        totals[one.name] = totals.get(one.name, 0.0) + one.micros + one.maybe + one.reserved
    names = charts.biggest(totals)
    parts: list[charts.Part] = []
    for one in board.found.spent:
        name = one.name if one.name in names else charts.REST
        for micros, doubt, what in (
            (one.micros, False, "billed"),
            (one.maybe, True, "may have been billed"),
            (one.reserved, True, "set aside for edits on their way"),
        ):
            if micros:
                said = f"{one.name}, {one.day:%-d %B}: {dollars(micros)} {what}, {words.count(one.edits, 'edit')}"
                parts.append((one.day, name, micros / MILLION, doubt, said))
    charts.days(parts, names, board.found.since, board.found.today, doubt="May be billed, or set aside")


def _table(rows: tuple[Spent, ...], apart: str) -> str:
    found: dict[str, list[Spent]] = {}
    for one in rows:
        found.setdefault(one.name, []).append(one)
    ordered = sorted(found.items(), key=lambda item: (-sum(one.micros + one.maybe for one in item[1]), item[0]))
    heads = "".join(f'<th scope="col" class="lp-number">{name}</th>' for name in ("Billed", "May be billed", "Edits"))
    body = "".join(_row(name, ones) for name, ones in ordered)
    return (
        f'<table class="lp-table lp-sums"><thead><tr><th scope="col">{escape(apart)}</th>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _row(name: str, rows: list[Spent]) -> str:
    maybe, unpriced = sum(one.maybe for one in rows), sum(one.unpriced for one in rows)
    under = f"<small>{words.count(unpriced, 'edit')} without a known price</small>" if unpriced else ""
    return (
        f'<tr><th scope="row">{escape(name, quote=True)}{under}</th>'
        f'<td class="lp-number">{dollars(sum(one.micros for one in rows))}</td>'
        f'<td class="lp-number">{dollars(maybe) if maybe else "–"}</td>'
        f'<td class="lp-number">{sum(one.edits for one in rows):,}</td></tr>'
    )
