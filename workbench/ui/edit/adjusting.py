"""The fidelity lock's panel: how sure it is, and everything that can be set about it, in order of value."""

from typing import Any

import streamlit as st

from workbench import edits, recipes
from workbench.imaging.lock.settings import RANGES, LockSettings
from workbench.permissions import may
from workbench.ui import deeds, measured, report, shell, sides
from workbench.ui.edit import address, locking, marking, relocking, unlocking
from workbench.ui.edit.desk import Desk

#: registration → verdict, name, what it means and what to do
REGISTRATION: dict[str, tuple[report.Verdict, str, str]] = {
    "good": ("pass", "Registered", "The output lies where the original does."),
    "doubtful": (
        "review",
        "Registration is doubtful",
        "Look along the edges of the change. Mark the region that may change, protect the product, "
        "or bring another output.",
    ),
    "none": (
        "fail",
        "Not registered",
        "Output and original could not be brought into line. Mark the region that may change, protect the product, "
        "use a template for the whole frame, or bring another output.",
    ),
}
ALIGNMENTS = {"auto": "Automatic", "nudge": "Nudge", "off": "Off"}
#: OKLab; where the slider stands before anybody moved it
USUAL = 0.04


def show(desk: Desk) -> None:
    """Draw the panel; nothing for an edit that has no output to lock."""
    if not locking.stored(desk):
        return
    shell.label("Fidelity lock", "not used" if locking.raw(desk) else None)
    tried = relocking.found(desk)
    deeds.refusal("lock", "Not locked")
    allowed = may(desk.actor, "edit:propose")
    if locking.raw(desk):
        shell.muted("The output was taken as it came. It can still be locked: the stored output, no new call, no cost.")
        if st.button("Lock again", key="relock-raw", disabled=not allowed, width="stretch"):
            locking.relock(desk, anew=locking.initial(desk))
        return
    preview = tried.preview if tried else None
    _registration(desk, preview)
    with st.container(key="lock-controls", gap="small"):
        _where(desk, allowed)
        _settings(desk, locking.settings(desk), allowed)
        _back(desk, allowed)
        _tried(preview)
        unlocking.show(desk)


def _registration(desk: Desk, tried: edits.LockPreview | None) -> None:
    """How sure the lock is of where the output lies, and what it took away: of the preview where there is one."""
    if tried is not None:
        confidence = tried.registration
        drift: dict[str, Any] = {"drift_px": tried.drift_px, "drift_delta_e": tried.drift_delta_e}
    elif desk.looked_at:
        drift = desk.looked_at[0].report
        confidence = drift.get("registration") or ""
    else:
        return
    verdict, name, sentence = REGISTRATION.get(confidence, ("none", "Registration not measured", ""))
    taken = sides.taken_away(drift)
    st.html(
        f'<div class="lp-notice lp-{verdict}" role="status">{report.icon(verdict)}'
        f"<div><b>{name}</b><span>{sentence} {f'{taken}.' if taken else ''}</span></div></div>"
    )


def _where(desk: Desk, allowed: bool) -> None:
    """The region and what is protected; drawn with the tools of the form, begun with what the edit had."""
    kept, drawn = marking.rule(desk), locking.drawn(desk)
    if not desk.same or kept is None:
        return
    shell.label(next(iter(kept.layers.values())), marking.said(drawn, kept))
    if desk.asked.marking:
        if st.button("Show the preview", key="lock-drawn", width="stretch", help="Ends the drawing"):
            address.put(marking=None)
            st.rerun()
    elif st.button("Change region", key="lock-draw", width="stretch", disabled=not allowed):
        address.put(marking="1")
        st.rerun()


def _settings(desk: Desk, chosen: LockSettings, allowed: bool) -> None:
    """Every control keeps its value in the page's address, see locking.put."""
    seed = _seed(desk)

    def keep(name: str, key: str) -> None:
        locking.put(desk, **{name: st.session_state[key]})

    def options(name: str) -> dict[str, Any]:
        key = f"lock-{name}-{seed}"
        return {"key": key, "on_change": keep, "args": (name, key), "disabled": not allowed}

    if not chosen.whole_frame:
        _sensitivity(desk, chosen, seed, allowed)
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
            least, most = RANGES["grow"]
            st.number_input(
                "Grow or shrink, px", int(least), int(most), chosen.grow, 1, **options("grow"),
                help="Enlarges the found change; below zero shrinks it.",
            )  # fmt: skip
            least, most = RANGES["feather"]
            st.number_input(
                "Feather, px", float(least), float(most), chosen.feather, 0.5, format="%g", placeholder="Automatic",
                **options("feather"), help="Over how many pixels it goes over into the original; empty = automatic.",
            )  # fmt: skip
    _alignment(desk, chosen, seed, allowed)
    st.toggle(
        "Match colour", chosen.match_colour, **options("match_colour"), help="Takes out the cast of the whole output."
    )
    st.toggle(
        "Keep original texture", chosen.keep_texture, **options("keep_texture"),
        help="Brings back the original’s fine detail where the output shows the same.",
    )  # fmt: skip


def _sensitivity(desk: Desk, chosen: LockSettings, seed: str, allowed: bool) -> None:
    automatic, slider = f"lock-automatic-{seed}", f"lock-sensitivity-{seed}"

    def keep() -> None:
        state = st.session_state
        locking.put(desk, sensitivity=None if state[automatic] else round(state[slider], 3))

    by_itself = chosen.sensitivity is None
    least, most = RANGES["sensitivity"]
    st.toggle(
        "Automatic sensitivity", by_itself, key=automatic, on_change=keep, disabled=not allowed,
        help="Goes by the noise of the two pictures.",
    )  # fmt: skip
    st.slider(
        "Sensitivity", least, most, chosen.sensitivity or USUAL, 0.005, format="%.3f", key=slider, on_change=keep,
        disabled=not allowed or by_itself, help="Difference of colour from which a pixel counts as changed (OKLab).",
    )  # fmt: skip
    st.html('<p class="lp-ends"><span>finds more</span><span>finds less</span></p>')


def _alignment(desk: Desk, chosen: LockSettings, seed: str, allowed: bool) -> None:
    key = f"lock-alignment-{seed}"
    pushed = chosen.nudge != (0.0, 0.0)
    default = "off" if not chosen.align else "nudge" if pushed else "auto"

    def keep() -> None:
        picked = st.session_state[key]
        nudge = {} if picked == "nudge" else {"nudge": (0.0, 0.0)}
        locking.put(desk, align=picked != "off", **nudge)

    picked = st.segmented_control(
        "Alignment", list(ALIGNMENTS), default=default, format_func=ALIGNMENTS.__getitem__, required=True, key=key,
        on_change=keep, disabled=not allowed, width="stretch",
    )  # fmt: skip
    if picked != "nudge":
        return
    right, down = f"lock-right-{seed}", f"lock-down-{seed}"

    def push() -> None:
        locking.put(desk, nudge=(st.session_state[right], st.session_state[down]))

    least, most = RANGES["nudge"]
    with st.container(horizontal=True, gap="small"):
        for name, side, begun in (("Right, px", right, chosen.nudge[0]), ("Down, px", down, chosen.nudge[1])):
            st.number_input(
                name, float(least), float(most), begun, 0.5, format="%g", key=side, on_change=push, disabled=not allowed
            )


def _back(desk: Desk, allowed: bool) -> None:
    """The two ways back: to what the edit has, and to what its template begins with."""
    initial = locking.initial(desk)
    with st.container(horizontal=True, gap="small"):
        if st.button("Discard changes", key="lock-discard", disabled=not locking.changed(desk), width="stretch"):
            locking.discard()
            _anew(desk)
        same = locking.settings(desk) == initial
        if st.button("Reset to the template’s", key="lock-reset", disabled=not allowed or same, width="stretch"):
            own = locking.own(desk) == initial
            address.put(lock=None if own else recipes.canonical(initial.to_json()))
            _anew(desk)


def _anew(desk: Desk) -> None:
    """The controls begin with the address's values again."""
    turn = f"lock-turn-{desk.asked.edit}"
    st.session_state[turn] = st.session_state.get(turn, 0) + 1
    st.rerun()


def _seed(desk: Desk) -> str:
    return f"{desk.asked.edit}-{st.session_state.get(f'lock-turn-{desk.asked.edit}', 0)}"


def _tried(preview: edits.LockPreview | None) -> None:
    """What the preview shows, and what the lock is not sure of there."""
    if preview is None:
        shell.muted(f"A change is shown at once, as a preview. Lock again {locking.FREE}.")
        return
    said = [f"{100 * preview.share:.2g} % of the picture differs in the preview."]
    if preview.stray:
        said.append(f"About {preview.stray:,} px that the model changed elsewhere are thrown away.")
    shell.muted(f"{' '.join(said)} Lock again makes the full picture and its report: it {locking.FREE}.")
    measured.sentences(list(preview.doubts))
