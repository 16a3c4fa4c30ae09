"""Keys that press buttons.

`st.button(shortcut=)` is not used: it turns the accessible name "Accept" into "Accept Shortcut Y", and it fires
behind an open dialog. Here one listener presses the real button, at most once per run of the page.
"""

import re
import secrets
from collections.abc import Mapping
from pathlib import Path

import streamlit as st

_keys = st.components.v2.component("loupe_keys", js=(Path(__file__).parent / "keys.js").read_text(encoding="utf-8"))
_SIGNS = {"ArrowUp": "↑", "ArrowDown": "↓", "ArrowLeft": "←", "ArrowRight": "→", "Enter": "↵"}


def keys(names: Mapping[str, str]) -> None:
    """Let keyboard keys press buttons: {"Y": "accept-", "U": "undo"}.

    A value is the `key=` of the button, or with a hyphen at its end the beginning of it ("accept-" presses the button
    with key "accept-<edit>"). Silent in fields, dialogs, menus, on repeat and with modifiers, and after one press until
    the page has run again. The hint on the button is CSS, outside its name. Call it outside shell.bar, once a page.
    """
    for key, name in names.items():
        if not (re.fullmatch(r"[A-Z0-9]", key) or key in _SIGNS) or not re.fullmatch(r"[\w-]+", name, re.ASCII):
            raise ValueError(f"no key can be bound as {key!r}: {name!r}")
    # Components whose data did not change are not called again: the nonce tells it that the page has run.
    _keys(data={"keys": {key: _selector(name) for key, name in names.items()}, "run": secrets.token_hex(4)}, key="keys")
    hints = (f'{_selector(name)}::after{{content:"{_SIGNS.get(key, key)}" / ""}}' for key, name in names.items())
    st.html(f"<style>{''.join(hints)}</style>")


def _selector(name: str) -> str:
    return f'[class*="st-key-{name}"] button' if name.endswith("-") else f".st-key-{name} button"
