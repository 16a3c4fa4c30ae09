"""Where a change is made: here, by an image model, or in another tool."""

import streamlit as st

from workbench.ui import empty, makers, shell
from workbench.ui.edit import address
from workbench.ui.edit.desk import Desk

#: engines by what people read, in the order they stand in
ENGINES = {"exact": "Exact, here", "openai": "An image model", "external": "Made in another tool"}
NO_MODEL = (
    "No image model is set up here yet. Whoever runs Loupe sets OPENAI_API_KEY, or LOUPE_IMAGE_URL and "
    "LOUPE_IMAGE_KEY for another server, and starts it again."
)
MISSING = "No image model is set up here yet."
WRONG = "The image model can’t be used as it is set up."


def engine(desk: Desk) -> str | None:
    """What a run would use: as chosen, else as the shown edit or the template has it, where that can run."""
    if desk.template is None:
        return None
    allowed = desk.template.engines
    if desk.asked.engine in allowed.allowed:
        return desk.asked.engine
    former = desk.shown.edit.engine if desk.same and desk.shown else ""
    wanted = [former, allowed.first, *allowed.allowed]
    runnable = [name for name in allowed.allowed if name != "openai" or desk.models]
    return next((name for name in wanted if name in runnable), allowed.first)


def lacking(desk: Desk) -> str:
    """Why the chosen engine can't run at all; "" when it can."""
    if engine(desk) != "openai" or desk.models is not None:
        return ""
    return WRONG if desk.no_models else MISSING


def show(desk: Desk) -> None:
    """Draw the choice where there is one; another engine starts the page anew."""
    if desk.template is None or desk.source is None or desk.template.engines.allowed == ("exact",):
        return
    allowed = [name for name in ENGINES if name in desk.template.engines.allowed]
    chosen = engine(desk)
    key = f"engine-{desk.row.name if desk.row else ''}-{chosen}"
    with st.container(key="engines"):
        picked = st.segmented_control(
            "Engine", allowed, default=chosen, format_func=ENGINES.__getitem__, required=True, key=key, width="stretch"
        )
    if picked != chosen:
        address.put(engine=picked)
        st.rerun()
    if "openai" in allowed and desk.models is None:
        _off(desk, chosen == "openai")
    elif chosen == "openai" and desk.models and desk.models.emulated:
        st.html(f'<p class="lp-emulator">{makers.EMULATOR}</p>')


def _off(desk: Desk, chosen: bool) -> None:
    """Why there is no image model: a quiet line, a notice once somebody chose it."""
    sentence = desk.no_models or NO_MODEL
    if chosen:
        empty.warning(sentence, "Not set up")
    else:
        shell.muted(sentence)
