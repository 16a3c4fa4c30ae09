"""Imports on the Library page: begun, how far they are, what was refused and why, and a way to stop them."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from workbench import db, jobs, sources
from workbench.errors import NotFound
from workbench.models import Duplicates, ItemState
from workbench.permissions import Actor, may
from workbench.sources.imports import Imported, Item
from workbench.ui import address, deeds, empty, progress, shell, words
from workbench.ui.report import Verdict, icon

#: refusals that are shown; the rest is counted
MOST = 50
#: (state, what it means, verdict)
OUTCOMES: tuple[tuple[ItemState, str, Verdict], ...] = (
    ("added", "added", "pass"), ("version", "became the next version", "pass"), ("here", "were here already", "none"),
    ("refused", "refused", "fail"), ("cancelled", "not brought in", "none"),
)  # fmt: skip


@dataclass(frozen=True)
class Into:
    """How what is brought in enters the library."""

    collection: str | None
    duplicates: Duplicates


def begin(actor: Actor, entries: Sequence[sources.Entry], into: Into, title: str = "") -> None:
    """Start an import, and show it on the page in the place of the dialog; a refusal is said in the dialog."""
    job = deeds.attempt(
        "importing",
        lambda: sources.start_import(
            actor, entries, title=title, collection=into.collection, duplicates=into.duplicates
        ),
    )
    if job:
        address.put(**{"import": str(job.id)}, asset=None, after=None, before=None)
        st.rerun()


def show(actor: Actor) -> None:
    """Draw the import that the page's address names; nothing without one."""
    asked = address.said("import", 40)
    if not asked:
        return
    try:
        found = _read(asked)
    except NotFound:
        empty.warning("The import in this address isn't here. The link may be cut off, or belong to another Loupe.")
        return
    with st.container(border=True, key="import"):
        deeds.refusal("import")
        if found.state == "running":
            _watch(actor, asked)
        else:
            _ended(found)


def _read(asked: str) -> Imported:
    with db.transaction() as tx:
        return sources.imported(tx, asked)


@st.fragment(run_every=1.0)
def _watch(actor: Actor, asked: str) -> None:
    """Looks again every second until it ended; then the page starts anew, with the new pictures in it."""
    found = _read(asked)
    if found.state != "running":
        st.rerun()
    with db.transaction() as tx:
        there = jobs.anybody_there(tx)
    bad = found.counts.get("refused", 0)
    under = [f"{words.count(bad, 'picture')} refused so far"] if bad else []
    if not there:
        under.append("nobody is there to do it: it goes on as soon as a worker runs")
    own = found.job.author_id == actor.id or may(actor, "version:import")
    pressed = progress.show(
        found.done / found.all if found.all else None, f"Importing {found.job.title}",
        note=f"{found.done:,} of {found.all:,}", cancel="Cancel import" if own else None, key="import-bar",
        under=" · ".join(under),
    )  # fmt: skip
    if pressed:
        deeds.attempt("import", lambda: sources.cancel_import(actor, asked))
        st.rerun()


def _ended(found: Imported) -> None:
    bad: tuple[ItemState] = ("refused",)
    with db.transaction() as tx:
        refused = sources.import_items(tx, found.job, states=bad, limit=MOST).items
    shell.label(f"Import: {found.job.title}", "cancelled" if found.state == "cancelled" else "done")
    told = [
        f"<li>{icon(mark)}<span><b>{number:,}</b> {said}</span></li>"
        for state, said, mark in OUTCOMES
        if (number := found.counts.get(state, 0))
    ]
    if unknown := st.session_state.get("library-unknown"):
        columns = escape(", ".join(unknown), quote=True)
        told.append(f"<li>{icon('none')}<span>Columns that mean nothing here were left out: {columns}</span></li>")
    told += [
        f"<li>{icon('fail')}<span><b>{escape(_called(one), quote=True)}</b> "
        f"{escape(one.item.sentence or '', quote=True)}</span></li>"
        for one in refused
    ]
    st.html(f'<ul class="lp-outcomes" role="status">{"".join(told)}</ul>')
    if (rest := found.counts.get("refused", 0) - len(refused)) > 0:
        shell.muted(f"{words.count(rest, 'more refusal')}: `sources show {str(found.job.id)[:8]}` lists them all.")
    if st.button("Close", key="import-close"):
        st.session_state.pop("library-unknown", None)
        address.put(**{"import": None})
        st.rerun()


def _called(one: Item) -> str:
    return one.item.source if len(one.item.source) <= 90 else f"…{one.item.source[-88:]}"
