"""What is drawn on a picture: the address holds a lone box as its numbers, anything else as the hash of its JSON."""

import json
from typing import Any

import streamlit as st

from workbench import recipes, storage
from workbench.errors import InvalidInput, StoreFault
from workbench.ui.region import Document

#: bytes; 20,000 points take less
LARGEST = 1_000_000
#: in the address: somebody took the region away that an edit or template had
NOTHING = "none"


def word(document: Document) -> str:
    """How the address says it; what is no lone box is kept in the store first, where an orphan harms nobody."""
    if document is None:
        return NOTHING
    if "box" in document:
        return ",".join(map(str, document["box"]))
    return storage.store().put(recipes.canonical(document).encode())


def read(said: str) -> tuple[dict[str, Any] | None, str]:
    """What the address says, and a sentence where it names something that isn't there (any more)."""
    if said == NOTHING:
        return None, ""
    try:
        if storage.SHA256.match(said):
            return _stored(said), ""
        return recipes.parse_region(said), ""
    except (InvalidInput, StoreFault):
        return None, "The drawing in this address is not here, so nothing is marked. Draw it again."


@st.cache_data(max_entries=500, show_spinner=False)
def _stored(sha256: str) -> dict[str, Any] | None:
    if storage.store().size(sha256) > LARGEST:
        raise InvalidInput("These bytes are no drawing.")
    try:
        return recipes.checked_region(json.loads(storage.store().get(sha256)))
    except ValueError as error:  # these bytes are a picture, or some other file
        raise InvalidInput("These bytes are no drawing.") from error
