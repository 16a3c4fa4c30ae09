"""What was measured of one candidate, as its report, and what its maker was not sure of."""

from html import escape

import streamlit as st

from workbench.imaging.fidelity import Fidelity
from workbench.models import Candidate
from workbench.ui import report
from workbench.ui.words import verdict


def show(candidate: Candidate) -> None:
    """The fidelity report beside the template's limits, then every further reason and note as a sentence."""
    found = Fidelity.from_json(candidate.report)
    report.report(verdict(candidate.verdict), found.groups(), found.sentence)
    sentences([*found.reasons[1:], *(note for note in candidate.notes if note not in found.reasons)])


def sentences(words: list[str]) -> None:
    """Quiet sentences, one under the other; nothing for none."""
    if words:
        items = "".join(f"<li>{escape(one, quote=True)}</li>" for one in words)
        st.html(f'<ul class="lp-sentences">{items}</ul>')
