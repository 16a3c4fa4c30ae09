"""What a guideline that is not proposed yet would change, seen before anything is kept."""

import base64
import io
from collections.abc import Mapping

import streamlit as st
from PIL import Image

from workbench import guidelines, recipes
from workbench.guidelines import Checked
from workbench.imaging import intake
from workbench.ui import shell, words
from workbench.ui.guidelines import beside

#: px; a mark is shown at most 168 CSS pixels high
SMALL = 360


def show(kept: recipes.Guideline, new: recipes.Guideline, checked: Mapping[str, Checked], revision: int) -> None:
    """Draw `new` beside the revision that is kept; `checked` holds the files that came with it, by name."""
    stored: dict[str, recipes.Font | recipes.Mark] = {one.file: one for one in kept.fonts}
    stored |= {one.file: one for one in kept.marks}
    shas = {name: one.sha256 for name, one in checked.items()}
    shas |= {name: _sha256(stored[name]) for name in new.files() if name not in shas and name in stored}
    whole = new.with_files({name: shas.get(name, "0" * 64) for name in new.files()})
    found = guidelines.compare(kept, whole)
    shell.label(f"What it changes of revision {revision}", words.count(found.changes, "change"))
    if not found.changes and not found.rules:
        shell.muted("Nothing so far.")
        return

    def source(mark: recipes.Mark) -> str | None:
        if mark.file in checked and mark.sha256 == _first(checked[mark.file].sha256):
            return _small(checked[mark.file].contents[0][0])
        one = stored.get(mark.file)
        return words.blob(mark.sha256) if one and mark.sha256 and mark.sha256 == one.sha256 else None

    changed = guidelines.Comparison(
        [pair for pair in found.colours if pair.state != "same"], [],
        [pair for pair in found.marks if pair.state != "same"], found.rules,
    )  # fmt: skip
    html = beside.pairs(changed, source, f"revision {revision}", "the new one")
    st.html(f'<article class="lp-sheet lp-preview">{html}</article>')


def _sha256(one: recipes.Font | recipes.Mark) -> str | tuple[str, str]:
    source = getattr(one, "source_sha256", None)
    return (one.sha256 or "", source) if source else one.sha256 or ""


def _first(sha256: str | tuple[str, str]) -> str:
    return sha256 if isinstance(sha256, str) else sha256[0]


@st.cache_data(max_entries=40, show_spinner=False)
def _small(data: bytes) -> str:
    """A mark that nobody has kept yet, as an address that holds the picture itself."""
    picture = Image.fromarray(intake.read(data).array)
    picture.thumbnail((SMALL * 2, SMALL))
    made = io.BytesIO()
    picture.save(made, "PNG")
    return f"data:image/png;base64,{base64.b64encode(made.getvalue()).decode()}"
