"""The trail as a table: when, who, what, about what."""

import json
from html import escape
from urllib.parse import urlencode

import streamlit as st

from workbench.models import Event
from workbench.ui import empty, words
from workbench.ui.audit import telling
from workbench.ui.audit.trail import Trail

HEAD = "".join(f'<th scope="col">{name}</th>' for name in ("When", "Who", "Via", "What", "About"))


def show(trail: Trail) -> None:
    """Draw the events of this page."""
    if not trail.events:
        empty.show("Nothing here", "No event fits. Show everything, or the trail of another picture.")
        return
    rows = "".join(_row(trail, event) for event in trail.events)
    st.html(
        f'<table class="lp-table lp-audit"><thead><tr>{HEAD}<th scope="col" class="lp-number">Event</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(trail: Trail, event: Event) -> str:
    who = trail.people.get(event.operator, event.operator)
    whole = json.dumps(event.detail, ensure_ascii=False, indent=1, sort_keys=True)
    return (
        f"<tr><td>{words.when(event.at)}</td>"
        f'<td title="{_safe(event.operator)}">{_safe(who)}</td>'
        f'<td class="lp-quiet">{_safe(telling.VIA.get(event.via, event.via))}</td>'
        f'<td title="{_safe(whole)}">{_safe(telling.told(event))}</td><td>{_about(trail, event)}</td>'
        f'<td class="lp-number lp-quiet" title="hash {_safe(event.hash)}">{event.seq:,}</td></tr>'
    )


def _about(trail: Trail, event: Event) -> str:
    if event.asset_id in trail.assets:
        name, page, query = trail.assets[event.asset_id], "history", {"asset": str(event.asset_id)}
        number = event.detail.get("number")
        if isinstance(number, int):
            query["version"] = str(number)
    elif event.verb.startswith("template:"):
        name, page, query = event.subject, "templates", {"template": event.subject}
    elif event.verb.startswith("guideline:"):
        name, page, query = "Guideline", "guidelines", {}
        if isinstance(event.detail.get("revision"), int):
            query["revision"] = str(event.detail["revision"])
    else:
        return _safe(event.subject)
    # a link starts the page anew, so who acts has to travel along
    acting = {"as": st.query_params["as"]} if "as" in st.query_params else {}
    href = f"/{page}?{urlencode({**query, **acting})}"
    return f'<a href="{_safe(href)}" target="_self">{_safe(name)}</a>'


def _safe(text: str) -> str:
    return escape(text, quote=True)
