"""The page's address as its memory: small words that a reload or a link brings back."""

import streamlit as st


def put(**parameters: str | None) -> None:
    """Set the page's parameters; None and "" take one out."""
    for name, value in parameters.items():
        if value:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)


def said(name: str, most: int = 200) -> str:
    """What the address says for `name`, at most `most` characters of it; "" for nothing."""
    return str(st.query_params.get(name, ""))[:most]


def number(name: str) -> int | None:
    """A whole number of up to seven digits that the address says for `name`."""
    text = said(name)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else None
