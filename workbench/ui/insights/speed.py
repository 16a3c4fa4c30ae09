"""How long edits take: in the queue and at work, the middle and a bad case; and how the models' calls ended."""

from html import escape

import streamlit as st

from workbench.insights import Calls, Seconds
from workbench.ui import shell
from workbench.ui.insights.board import Board

ENGINES = {"exact": "Exact", "external": "Made elsewhere", "openai": "Image model"}


def show(board: Board) -> None:
    """Draw both tables; the second only once a model was asked."""
    speeds = board.found.speeds
    shell.label("Seconds to a result")
    if not speeds:
        shell.muted("No result was made in these days.")
    else:
        heads = _heads(("By", ""), ("Results", "n"), ("In the queue", "n"), ("At work", "n"))
        body = "".join(
            f'<tr><th scope="row">{_name(one.engine, one.model)}</th><td class="lp-number">{one.n:,}</td>'
            f"{_seconds(one.queued)}{_seconds(one.running)}</tr>"
            for one in speeds
        )
        st.html(f'<table class="lp-table lp-sums">{heads}<tbody>{body}</tbody></table>')
    if board.found.calls:
        _calls(board)


def _calls(board: Board) -> None:
    shell.label("Calls of image models", f"{sum(one.n for one in board.found.calls):,}")
    models: dict[str, list[Calls]] = {}
    for one in board.found.calls:
        models.setdefault(one.model, []).append(one)
    heads = _heads(("Model", ""), ("Answered", "n"), ("Put off (429)", "n"), ("May be billed", "n"), ("Seconds", "n"))
    body = "".join(_row(model, calls) for model, calls in models.items())
    st.html(f'<table class="lp-table lp-sums">{heads}<tbody>{body}</tbody></table>')


def _row(model: str, calls: list[Calls]) -> str:
    every = sum(one.n for one in calls)
    answered = sum(one.n for one in calls if one.state == "answered")
    limited = sum(one.n for one in calls if one.status == 429)
    maybe = sum(one.n for one in calls if one.billed == "maybe" and one.state != "sent")
    took = max((one for one in calls if one.state == "answered"), key=lambda one: one.n, default=None)
    return (
        f'<tr><th scope="row">{escape(model, quote=True)}</th>'
        f'<td class="lp-number">{answered:,}<small>of {every:,}</small></td>'
        f'<td class="lp-number">{limited / every:.1%}</td><td class="lp-number">{maybe:,}</td>'
        f"{_seconds(took.took if took else None)}</tr>"
    )


def _name(engine: str, model: str) -> str:
    return escape(model, quote=True) if model else ENGINES.get(engine, escape(engine, quote=True))


def _heads(*names: tuple[str, str]) -> str:
    cells = "".join(f'<th scope="col"{" class=lp-number" if kind else ""}>{name}</th>' for name, kind in names)
    return f"<thead><tr>{cells}</tr></thead>"


def _seconds(two: Seconds | None) -> str:
    if two is None:
        return '<td class="lp-number">–</td>'
    return f'<td class="lp-number">{digits(two.median)} s<small>95 % within {digits(two.p95)} s</small></td>'


def digits(value: float) -> str:
    """Three significant digits, never more than two behind the point: “0.42”, “12.3”, “1,240”."""
    return f"{value:,.{2 if value < 10 else 1 if value < 100 else 0}f}"
