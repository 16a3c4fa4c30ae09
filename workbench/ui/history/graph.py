"""The versions as a graph: what was left behind by a revert is a side line, what holds today runs straight down."""

import json
from collections.abc import Iterator, Sequence

import streamlit as st

from workbench.ui.history.record import Record
from workbench.versions import Entry

#: more would be too small to read in a panel
MOST = 20
WORDS = {"import": "added", "edit": "edited", "revert": "brought back", "reapply": "re-applied"}


def show(shown: Record) -> None:
    """Draw the newest versions of the timeline's page, oldest first."""
    entries = shown.entries[:MOST][::-1]
    st.mermaid_chart(source(entries, dark=st.context.theme.type == "dark"), alt=sentence(entries))


def sentence(entries: Sequence[Entry]) -> str:
    """The graph for who can't see it: “version 1 added; version 2 edited; version 3 brought back version 1”."""
    return "; ".join(
        f"version {entry.version.number} {WORDS[entry.version.kind]}"
        + (f" version {_origin(entry)}" if entry.version.kind == "revert" else "")
        for entry in entries
    )


def source(entries: Sequence[Entry], *, dark: bool = False) -> str:
    """A Mermaid gitGraph of `entries`, oldest first; quiet greys, from top to bottom."""
    ink, ground, line = ("#EDEDED", "#242424", "#757575") if dark else ("#1A1A1A", "#F0F0F0", "#8A8A8A")
    colours = {
        **{f"git{n}": line for n in range(8)}, **{f"gitInv{n}": ink for n in range(8)},
        "commitLabelColor": ink, "commitLabelBackground": ground, "commitLabelFontSize": "12px",
    }  # fmt: skip
    setup = {
        "theme": "base",
        "themeVariables": colours,
        "gitGraph": {"showBranches": False, "rotateCommitLabel": False},
    }
    path, sides = lines([(entry.version.number, entry.version.sha256) for entry in entries])
    by_number = {entry.version.number: entry for entry in entries}
    body = "\n".join(_drawn(path, sides, by_number, "main"))
    return f"%%{{init: {json.dumps(setup)}}}%%\ngitGraph TB:\n{body}\n"


def lines(versions: Sequence[tuple[int, str]]) -> tuple[list[int], dict[int, list[list[int]]]]:
    """Of (number, bytes) in order: the line that holds, and the lines that were left behind at each of its numbers.

    A version with bytes that are on the line already makes everything after them a side line.
    """
    path: list[tuple[int, str]] = []
    sides: dict[int, list[list[int]]] = {}
    for number, sha256 in versions:
        same = [place for place, (_, other) in enumerate(path) if other == sha256]
        if same and (left := [one for one, _ in path[same[-1] + 1 :]]):
            sides.setdefault(path[same[-1]][0], []).append(left)
            del path[same[-1] + 1 :]
        path.append((number, sha256))
    return [number for number, _ in path], sides


def _drawn(path: list[int], sides: dict[int, list[list[int]]], by: dict[int, Entry], branch: str) -> Iterator[str]:
    for number in path:
        yield f"  commit {_commit(by[number])}"
        for left in sides.get(number, ()):
            yield f"  branch from{left[0]}"
            yield from _drawn(left, sides, by, f"from{left[0]}")
            yield f"  checkout {branch}"


def _commit(entry: Entry) -> str:
    number, kind = entry.version.number, entry.version.kind
    shape = {"revert": " type: REVERSE", "import": " type: HIGHLIGHT"}.get(kind, "")
    same = f" as v{_origin(entry)}" if kind == "revert" else ""
    return f'id: "v{number}{same}"{shape}'


def _origin(entry: Entry) -> int | None:
    """The number of the version that a revert brought back."""
    to = entry.version.provenance.get("reverted_to")
    return to if entry.version.kind == "revert" and isinstance(to, int) else None
