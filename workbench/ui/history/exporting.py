"""Exporting: the exact file, a copy for use elsewhere, or the whole provenance as JSON."""

import json
from functools import partial
from html import escape
from urllib.parse import quote

import streamlit as st

from workbench import versions
from workbench.ui import deeds, shell, words
from workbench.ui.history import record
from workbench.ui.history.record import Record

COPIES = {"JPEG": "image/jpeg", "WebP": "image/webp"}
#: a good JPEG or WebP that an eye can't tell from the original
QUALITY = 90
_MADE = "export-copy"


def show(shown: Record) -> None:
    """Open the dialog."""
    st.session_state.pop(_MADE, None)
    st.dialog(f"Export version {shown.number}", width="medium")(_body)(shown)


def _body(shown: Record) -> None:
    name = f"{shown.asset.name} v{shown.number}"
    picture = shown.chosen.picture
    shell.label("The exact file", f"{words.facts(picture)} · {words.megabytes(shown.octets)}")
    shell.muted("Byte for byte what was accepted. This is the file to publish and to prove.")
    href = f"/blob/{shown.chosen.version.sha256}/download?name={quote(name, safe='')}"
    st.html(f'<a class="lp-button" href="{escape(href, quote=True)}" download>Download the exact file</a>')
    shell.label("A copy", "never a version")
    shell.muted("Smaller, for mail, slides or the web. A copy loses a little; it can't be proven to be the original.")
    _copy(shown, name)
    shell.label("Provenance", "JSON")
    shell.muted("Who changed what with which words, who accepted it, every measured number and hash.")
    st.download_button(
        "Download provenance",
        lambda: json.dumps(record.document(shown), ensure_ascii=False, indent=2),
        file_name=f"{name} provenance.json",
        mime="application/json",
        on_click="ignore",
        key="export-provenance",
    )


def _copy(shown: Record, name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        format = st.segmented_control("Format", list(COPIES), default="JPEG", required=True, key="export-format")
        quality = st.slider("Quality", 1, 100, QUALITY, key="export-quality", width=220)
    deeds.refusal("export", "No copy was made")
    wanted = (shown.chosen.version.sha256, format, quality)
    made = st.session_state.get(_MADE)
    if made and made[0] == wanted:
        st.download_button(
            f"Download the {format} copy, {words.megabytes(len(made[1]))}",
            # made at the press: a file registered before is asked for by the browser even after the dialog is gone
            lambda: made[1],
            file_name=f"{name}.{versions.ENDINGS[format.upper()]}",
            mime=COPIES[format],
            on_click="ignore",
            key="export-download",
        )
    elif st.button(f"Make a {format} copy", key="export-make"):
        make = partial(versions.export, shown.actor, str(shown.asset.id), shown.number, format, quality)
        with st.spinner("Making the copy …"):
            done = deeds.attempt("export", make)
        if done:
            st.session_state[_MADE] = (wanted, done[2])
        st.rerun(scope="fragment")
