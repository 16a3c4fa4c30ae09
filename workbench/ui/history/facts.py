"""The right panel: what the version is compared with, where it came from, and the line of versions as a graph."""

import streamlit as st

from workbench.imaging.fidelity import Fidelity
from workbench.ui import address, makers, measured, rawmark, report, shell, words
from workbench.ui.history import graph, record
from workbench.ui.history.record import Record

#: up to so many other versions stand side by side
BESIDE = 5


def show(shown: Record) -> None:
    """Draw the panel."""
    _against(shown)
    shell.label(f"Version {shown.number}", words.KINDS[shown.chosen.version.kind].lower())
    rawmark.show(shown.chosen.raw)
    shell.facts(_facts(shown))
    if shown.chosen.version.note:
        shell.label("Note")
        shell.muted(shown.chosen.version.note)
    if shown.edit and shown.edit.chosen:
        with st.expander("Fidelity report"):
            measured.show(shown.edit.chosen[0])
    with st.expander("SHA-256 of the bytes"):
        st.code(shown.chosen.version.sha256, language=None, wrap_lines=True)
    if len(shown.entries) > 1:
        with st.expander("Graph"):
            graph.show(shown)


def _against(shown: Record) -> None:
    others = [number for number in range(shown.newest, 0, -1) if number != shown.number]
    if shown.against is None:
        shell.label("Compare with")
        shell.muted("This is the only version so far. An accepted edit becomes the next one.")
        return
    key = f"against-{shown.asset.id}-{shown.number}"

    def keep() -> None:
        address.put(against=str(st.session_state[key]))

    now = shown.against.version.number
    if len(others) <= BESIDE:
        st.segmented_control(
            "Compare with", sorted(others), default=now, format_func=_v, required=True, key=key, width="stretch",
            on_change=keep,
        )  # fmt: skip
    else:
        st.selectbox("Compare with", others, index=others.index(now), format_func=_v, key=key, on_change=keep)
    st.toggle(
        "Quick slider", key="history-quick", help="Small previews, to glance at. To judge a change, use the viewer."
    )


def _v(number: int) -> str:
    return f"v{number}"


def _facts(shown: Record) -> list[tuple[str, str] | tuple[str, str, str]]:
    entry, version = shown.chosen, shown.chosen.version
    rows: list[tuple[str, str] | tuple[str, str, str]] = [
        ("Change", record.change(version)),
        ("By", words.person(entry.committed_by), entry.committed_by.email),
    ]
    if entry.approved_by:
        own = ", who also made it (self-approved)" if version.self_approved else ""
        rows.append(("Accepted by", words.person(entry.approved_by) + own, entry.approved_by.email))
    rows.append(("When", words.moment(version.created_at), words.exact(version.created_at)))
    rows.append(("Picture", words.facts(entry.picture)))
    rows.append(("File", words.megabytes(shown.octets), f"{shown.octets:,} bytes"))
    return rows + _recipe(shown)


def _recipe(shown: Record) -> list[tuple[str, str] | tuple[str, str, str]]:
    """Where the change came from: template, guideline, engine, and what happened outside the region."""
    about, edit = shown.chosen.version.provenance, shown.edit
    if edit is None:
        return []
    rows: list[tuple[str, str] | tuple[str, str, str]] = [
        ("Template", f"{edit.template.title}, revision {edit.template.revision}", edit.template.sha256)
    ]
    if guideline := about.get("guideline"):
        rows.append(("Guideline", f"revision {guideline['revision']}", guideline["sha256"]))
    engine = about.get("engine") or {}
    rows.append(("Engine", f"{engine.get('name', edit.edit.engine)} {engine.get('version') or ''}".strip()))
    rows += makers.facts(edit.edit, shown.made)
    rows.append(("Began on", f"version {edit.base.number}"))
    if edit.chosen:
        found = Fidelity.from_json(edit.chosen[0].report)
        outside = "no region was marked" if found.outside_changed is None else f"{found.outside_changed:,} px"
        rows.append(("Outside the region", outside))
        rows.append(("Verdict", report.WORDS[words.verdict(edit.chosen[0].verdict)]))
    return rows
