"""Days as stacked bars, in the page's greys and its one accent, readable in both themes and on a phone."""

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape
from typing import Any

import streamlit as st

#: the first of a stack is the accent, the others go from strong to faint; on light and on dark ground
COLOURS = {
    "light": ("#3346D3", "#1A1A1A", "#6B6B6B", "#A3A3A3", "#CFCFCF"),
    "dark": ("#A3B1FF", "#EDEDED", "#A6A6A6", "#6E6E6E", "#454545"),
}
#: what a name that isn't among the biggest goes under
REST = "Others"
HEIGHT = 200
#: one bar's part: day, name, value, whether it is doubtful, and the words that pointing at it shows
Part = tuple[date, str, float, bool, str]


def days(
    parts: Sequence[Part], names: Sequence[str], since: date, today: date, *, doubt: str = "", number: str = "$,.2f"
) -> None:
    """Draw `parts`, stacked in the order of `names`, with what the colours mean under them.

    doubt: what a pale bar with a dashed outline means; number: the form of the axis's numbers, as d3 writes it.
    """
    rows = [
        {
            "day": day.isoformat(),
            "name": name,
            "place": names.index(name),
            "value": value,
            "shown": shown,
            "doubt": pale,
        }
        for day, name, value, pale, shown in parts
    ]
    theme = "dark" if st.context.theme.type == "dark" else "light"
    st.vega_lite_chart(rows, _chart(names, since, today, COLOURS[theme], number), width="stretch", height=HEIGHT)
    meanings = [f"<li><i class=lp-c{place}></i>{escape(name, quote=True)}</li>" for place, name in enumerate(names)]
    if doubt and any(pale for _, _, _, pale, _ in parts):
        meanings.append(f"<li><i class=lp-doubt></i>{escape(doubt)}</li>")
    st.html(f'<ul class="lp-legend">{"".join(meanings)}</ul>')


def _chart(names: Sequence[str], since: date, today: date, colours: Sequence[str], number: str) -> dict[str, Any]:
    scale = {"domain": list(names), "range": list(colours[: len(names)])}
    end = today + timedelta(days=1)
    whole = {"tickMinStep": 1} if number == "d" else {}
    return {
        "mark": {"type": "bar", "strokeWidth": 1},
        "padding": {"left": 0, "top": 8, "right": 8, "bottom": 0},
        "encoding": {
            "x": {
                "field": "day",
                "type": "temporal",
                "timeUnit": "utcyearmonthdate",
                "axis": {"title": None, "format": "%-d %b", "tickCount": 6, "grid": False, "labelOverlap": True},
                "scale": {"type": "utc", "domain": [_day(since), _day(end)], "nice": False},
            },
            "y": {
                "field": "value",
                "type": "quantitative",
                "stack": "zero",
                "axis": {"title": None, "tickCount": 4, "format": number, **whole},
            },
            "color": {"field": "name", "type": "nominal", "scale": scale, "legend": None},
            "stroke": {"field": "name", "type": "nominal", "scale": scale, "legend": None},
            "fillOpacity": {"condition": {"test": "datum.doubt", "value": 0.15}, "value": 1},
            "strokeDash": {"condition": {"test": "datum.doubt", "value": [3, 2]}, "value": [1, 0]},
            "order": {"field": "place", "type": "quantitative"},
            "tooltip": [{"field": "shown", "type": "nominal", "title": " "}],
        },
    }


def _day(day: date) -> dict[str, Any]:
    return {"year": day.year, "month": day.month, "date": day.day, "utc": True}


def biggest(totals: dict[str, float]) -> list[str]:
    """The names to tell apart, the biggest first; the last one stands for all others where there are too many."""
    names = sorted(totals, key=lambda name: (-totals[name], name))
    most = len(COLOURS["light"])
    return names if len(names) <= most else [*names[: most - 1], REST]
