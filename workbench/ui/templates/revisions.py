"""The right panel of rules: revisions with who proposed and approved them, and the file itself."""

import uuid
from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from workbench.models import GuidelineRevision, Operator, TemplateRevision
from workbench.ui import address, shell, words

Revision = TemplateRevision | GuidelineRevision


def show(revisions: Sequence[Revision], chosen: Revision, people: Mapping[uuid.UUID, Operator], file_name: str) -> None:
    """Draw the panel; another revision starts the page anew."""
    if len(revisions) > 1:
        _choose(revisions, chosen)
    shell.label("Revisions", len(revisions))
    st.html(f'<ul class="lp-revisions">{"".join(_row(row, people) for row in revisions)}</ul>')
    with st.expander("File (TOML)"):
        st.code(chosen.source, language="toml", wrap_lines=True)
        st.download_button(
            "Download the file", lambda: chosen.source, file_name=file_name, mime="application/toml", on_click="ignore",
            key="download-toml",
        )  # fmt: skip
    with st.expander("SHA-256 of the definition"):
        st.code(chosen.sha256, language=None, wrap_lines=True)


def _choose(revisions: Sequence[Revision], chosen: Revision) -> None:
    numbers = [row.revision for row in revisions]
    states = {row.revision: row.state for row in revisions}
    key = f"revision-{chosen.id}-{chosen.state}"
    st.selectbox(
        "Show",
        numbers,
        index=numbers.index(chosen.revision),
        format_func=lambda number: f"Revision {number}, {states[number]}",
        key=key,
        on_change=lambda: address.put(revision=str(st.session_state[key])),
    )


def _row(row: Revision, people: Mapping[uuid.UUID, Operator]) -> str:
    lines = [f"Proposed by {_name(people, row.author_id)}, {words.when(row.created_at)}"]
    if row.approved_at:
        own = " who also proposed it (self-approved)," if row.self_approved else ""
        lines.append(f"Approved by {_name(people, row.approved_by)},{own} {words.when(row.approved_at)}")
    if isinstance(row, TemplateRevision) and row.proof_id:
        lines.append("Proven on real pictures before")
    if row.retired_at:
        lines.append(f"Retired {words.when(row.retired_at)}")
    told = "".join(f"<span>{line}</span>" for line in lines)
    return f'<li class="{row.state}"><b>Revision {row.revision}, {row.state}</b>{told}</li>'


def _name(people: Mapping[uuid.UUID, Operator], who: uuid.UUID | None) -> str:
    return escape(words.person(people.get(who) if who else None), quote=True)
