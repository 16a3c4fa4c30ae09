"""How dates, sizes, counts, states and people are said, the same on every page."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from html import escape
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from workbench.models import Asset, Operator, Picture
from workbench.ui.report import Verdict
from workbench.ui.tiles import Chip

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

#: an edit's state as its author and a lead read it
STATES: dict[str, str] = {
    "queued": "In the queue",
    "running": "Running",
    "ready": "Ready to submit",
    "submitted": "Waiting for a decision",
    "accepted": "Accepted",
    "rejected": "Rejected",
    "withdrawn": "Withdrawn",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "unknown": "Outcome unknown",
}
#: a kind of version in one word
KINDS: dict[str, str] = {"import": "Imported", "edit": "Edited", "revert": "Reverted", "reapply": "Re-applied"}


def blob(sha256: str) -> str:
    """The address of stored bytes."""
    return f"/blob/{sha256}"


def size(width: int, height: int) -> str:
    """“1600 × 1200”."""
    return f"{width} × {height}"


def facts(picture: Picture | Asset) -> str:
    """“1600 × 1200 · PNG”: what always stands beside a picture."""
    return f"{size(picture.width, picture.height)} · {picture.format.replace('WEBP', 'WebP')}"


def count(number: int, one: str, many: str | None = None) -> str:
    """“1 picture”, “1,204 pictures”."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def plain(text: str) -> str:
    """`text` for a place that reads Markdown (a toast, a link's label): every sign stands for itself."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~:$&])", r"\\\1", text)


def megabytes(octets: int) -> str:
    """“640 kB”, “4.21 MB”: three significant digits, 1 MB = 1,000,000 bytes."""
    value, unit = (octets / 1e6, "MB") if octets >= 1_000_000 else (octets / 1e3, "kB")
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f} {unit}"


def person(someone: Operator | None) -> str:
    """The person's name, or the address where no name is known; “nobody” for None."""
    return "nobody" if someone is None else someone.name or someone.email


def state(name: str) -> Chip:
    """A state as the chip of a tile."""
    return {"kind": "plain", "words": STATES[name]}


def verdict(kind: str | None) -> Verdict:
    """A stored verdict as the components take it; anything unknown counts as not measured."""
    return kind if kind in ("pass", "review", "fail") else "none"  # type: ignore[return-value]


def moment(at: datetime, *, now: datetime | None = None) -> str:
    """“today, 10:42”, “yesterday, 17:05”, “3 March, 09:12”, “3 March 2025, 09:12”; in the viewer's zone, plain text."""
    local, today = at.astimezone(_zone()), (now or datetime.now(UTC)).astimezone(_zone()).date()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return f"today, {clock}"
    if local.date() == today - timedelta(days=1):
        return f"yesterday, {clock}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {MONTHS[local.month - 1]}{year}, {clock}"


def exact(at: datetime) -> str:
    """“22 November 2026, 10:42:13 CET (UTC+01:00)”: for hovering and for the record; plain text."""
    local = at.astimezone(_zone())
    offset = f"{local:%z}"
    zone = local.tzname() or ""
    beside = "" if zone == "UTC" else f" (UTC{offset[:3]}:{offset[3:5]})"
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}, {local:%H:%M:%S} {zone}{beside}"


def when(at: datetime) -> str:
    """`moment` as HTML, with the exact time on hover."""
    machine = at.astimezone(UTC).isoformat(timespec="seconds")
    return f'<time datetime="{machine}" title="{escape(exact(at), quote=True)}">{escape(moment(at))}</time>'


def quiet(*parts: str, at: datetime | None = None) -> None:
    """A line of quiet words joined by dots, ending in a moment with the exact time on hover; all words are escaped."""
    words = [escape(part, quote=True) for part in parts if part] + ([when(at)] if at else [])
    st.html(f'<p class="lp-muted">{" · ".join(words)}</p>')


def midnight() -> datetime:
    """The beginning of the viewer's day."""
    return datetime.now(_zone()).replace(hour=0, minute=0, second=0, microsecond=0)


def _zone() -> tzinfo:
    """The viewer's own zone as the browser says it; UTC before it has, or when it names an unknown one."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
