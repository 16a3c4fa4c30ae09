"""Reverting: what is now, what will be, and what stays, before a version is added with former bytes."""

from html import escape

import streamlit as st

from workbench import versions
from workbench.models import Picture
from workbench.ui import address, deeds, words
from workbench.ui.history.record import Record


def show(shown: Record) -> None:
    """Open the dialog."""
    st.dialog(f"Revert to version {shown.number}?", width="medium")(_body)(shown)


def _body(shown: Record) -> None:
    following = shown.newest + 1
    deeds.refusal("revert", "Not reverted")
    now = _figure(shown.head.picture, f"Now: version {shown.newest}")
    then = _figure(shown.chosen.picture, f"Then: version {following}, the bytes of version {shown.number}")
    st.html(f'<div class="lp-then">{now}<span aria-hidden="true">→</span>{then}</div>')
    st.html(f'<ul class="lp-sentences">{"".join(f"<li>{escape(line)}</li>" for line in _happens(shown))}</ul>')
    note = st.text_input("Note", placeholder="Optional: why", max_chars=500, key="revert-note")
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if st.button(f"Keep version {shown.newest}", key="revert-no"):
            st.rerun()
        if st.button(f"Add version {following}", type="primary", key=f"revert-yes-{shown.asset.id}-{following}"):
            _revert(shown, note)


def _happens(shown: Record) -> list[str]:
    between = (
        f"Version {shown.newest} stays in the history."
        if shown.newest == shown.number + 1
        else f"Versions {shown.number + 1} to {shown.newest} stay in the history."
    )
    lines = [
        f"Version {shown.newest + 1} is added with exactly the bytes of version {shown.number}.",
        between,
        "What is published does not change until you publish.",
    ]
    if shown.waiting:
        begun = "edit waits" if shown.waiting == 1 else "edits wait"
        number = "20 or more" if shown.waiting == 20 else shown.waiting
        lines.append(
            f"{number} {begun} for a decision on this picture: where it began on other bytes, it can no longer be "
            "accepted and has to be run again."
        )
    return lines


def _figure(picture: Picture, caption: str) -> str:
    alpha = ' class="lp-alpha"' if picture.alpha else ""
    return (
        f'<figure><div{alpha}><img src="{words.blob(picture.thumb_sha256)}" alt=""></div>'
        f"<figcaption>{escape(caption, quote=True)}</figcaption></figure>"
    )


def _revert(shown: Record, note: str) -> None:
    asset = str(shown.asset.id)
    done = deeds.attempt("revert", lambda: versions.revert(shown.actor, asset, shown.number, note=note.strip()))
    if done is None:
        st.rerun(scope="fragment")
    else:
        deeds.say(f"Version {done[1].number} is added with the bytes of version {shown.number}.")
        address.put(asset=asset, version=str(done[1].number), against=str(shown.newest), before=None)
        st.rerun()
