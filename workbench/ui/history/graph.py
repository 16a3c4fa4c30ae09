"""The line of versions drawn as a graph: what was brought back or re-applied branches off where it came from."""

import json

import streamlit as st

from workbench.ui.history.record import Record
from workbench.versions import Entry

#: more would be too small to read in a panel
MOST = 20


def show(shown: Record) -> None:
    """Draw the newest versions of the timeline's page, oldest first."""
    entries = shown.entries[:MOST][::-1]
    st.mermaid_chart(source(entries, dark=st.context.theme.type == "dark"), alt=sentence(entries))


def sentence(entries: list[Entry]) -> str:
    """The graph for who can't see it."""
    words = {"import": "added", "edit": "edited", "revert": "brought back", "reapply": "re-applied"}
    return "; ".join(f"version {entry.version.number} {words[entry.version.kind]}" for entry in entries)


def source(entries: list[Entry], *, dark: bool = False) -> str:
    """A Mermaid gitGraph of `entries`, oldest first; quiet greys, from top to bottom."""
    ink, ground, line = ("#EDEDED", "#242424", "#757575") if dark else ("#1A1A1A", "#F0F0F0", "#8A8A8A")
    colours = {
        **{f"git{n}": line for n in range(8)}, **{f"gitInv{n}": ink for n in range(8)},
        "commitLabelColor": ink, "commitLabelBackground": ground, "tagLabelColor": ink, "tagLabelBackground": ground,
        "tagLabelBorder": line, "commitLabelFontSize": "12px", "tagLabelFontSize": "12px",
    }  # fmt: skip
    setup = {
        "theme": "base",
        "themeVariables": colours,
        "gitGraph": {"showBranches": False, "rotateCommitLabel": False},
    }
    commits = "\n".join(f"  commit {_commit(entry)}" for entry in entries)
    return f"%%{{init: {json.dumps(setup)}}}%%\ngitGraph TB:\n{commits}\n"


def _commit(entry: Entry) -> str:
    version = entry.version
    shape = {"revert": " type: REVERSE", "import": " type: HIGHLIGHT"}.get(version.kind, "")
    tag = f' tag: "back to v{version.provenance.get("reverted_to")}"' if version.kind == "revert" else ""
    return f'id: "v{version.number}"{shape}{tag}'
