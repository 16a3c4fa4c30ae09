"""The text of the picture under the field for the old copy, so that it is picked instead of mistyped."""

from collections.abc import Callable

import streamlit as st

from workbench import recipes
from workbench.models import Picture
from workbench.ui import background, deeds, shell
from workbench.ui.edit import finding


def replaced(template: recipes.Template) -> set[str]:
    """Names of the parameters that take copy which must stand in the picture."""
    olds = [step.old for step in template.operations if isinstance(step, recipes.CopyUpdate)]
    return {one.name for one in template.parameters if f"{{{one.name}}}" in olds}


def show(picture: Picture, field: str, longest: int, fill: Callable[[str], None]) -> None:
    """The lines of text as choices, once asked for; `fill` gets the chosen one. field: key of the text field."""
    asked = f"{field}-asked"
    if not st.session_state.get(asked):
        if st.button("Find text in the picture", key=f"{field}-find", icon=":material/text_fields:", type="tertiary"):
            st.session_state[asked] = True
            st.rerun()
        return
    future = finding.reading(picture.preview_sha256)
    if not background.wait(future):
        shell.muted(finding.READING)
        background.watch(future)
        return
    lines = deeds.attempt("offering", lambda: finding.lines(picture)) or []
    deeds.refusal("offering", "The text could not be read")
    texts = list(dict.fromkeys(line["text"] for line in lines if len(line["text"]) <= longest))
    if not texts:
        shell.muted("No text was found in the picture.")
        return

    def chosen() -> None:
        if picked := st.session_state.get(f"{field}-texts"):
            fill(picked)

    st.pills("Text in the picture", texts, key=f"{field}-texts", on_change=chosen)
