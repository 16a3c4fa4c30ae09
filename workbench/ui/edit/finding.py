"""Suggestions for the drawing: the lines of text and the areas of one colour in a picture, found once for each."""

import io
from concurrent.futures import Future
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from workbench import storage
from workbench.imaging import areas
from workbench.models import Picture
from workbench.ui import background
from workbench.ui.region import Area, Line

#: score from which a reading is text, rather than an ornament that looks like it
SURE = 0.7
READING = "Reading the text in the picture …"


def lines(picture: Picture) -> list[Line] | None:
    """The lines of text, by the preview; None while they are being read. Raises what reading raises."""
    future = reading(picture.preview_sha256)
    return future.result() if future.done() else None


@st.cache_resource(max_entries=100, show_spinner=False)
def reading(preview_sha256: str) -> Future[list[Line]]:
    """The reading of one preview, begun once for everybody who looks at the picture."""
    return background.begin(_read, preview_sha256)


def _read(preview_sha256: str) -> list[Line]:
    # imported late: the models take a second, and most pages never need them
    from workbench.imaging import reading as texts

    pixels = _pixels(preview_sha256)
    height, width = pixels.shape[:2]
    sides = np.array([width, height, width, height])
    found = [(line.text, np.array(line.box) / sides) for line in texts.lines(pixels) if line.score >= SURE]
    return [{"text": text, "box": [round(float(side), 5) for side in box]} for text, box in found]


@st.cache_data(max_entries=100, show_spinner=False)
def coloured(preview_sha256: str) -> list[Area]:
    """The areas of the picture's dominant colours, by the preview."""
    return [
        {"polygon": area.outline, "rings": area.rings, "hex": area.hex, "share": f"{100 * area.share:.2g} %"}
        for area in areas.areas(_pixels(preview_sha256))
    ]


def _pixels(sha256: str) -> NDArray[Any]:
    with Image.open(io.BytesIO(storage.store().get(sha256))) as opened:
        return np.asarray(opened.convert("RGBA" if "A" in opened.getbands() else "RGB"))
