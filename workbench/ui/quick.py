"""The quick slider: streamlit-image-comparison on small previews, on demand, with what it does badly replaced.

As published the package switches off Pillow's guard against decompression bombs for the whole process, shares a temp
folder between all sessions, and loads its slider from a third party. Here it gets its pictures from a reader of ours,
works in memory, and its one external class comes from `static/quick-slider.js`. To judge a change, use the viewer.
"""

import io

import streamlit as st
import streamlit_image_comparison as package
from PIL import Image

from workbench import errors, storage

#: long side of a preview, in pixels; a larger picture belongs in the viewer
LONGEST = 1600
#: where the package expects its slider, and where ours is served from
THEIRS = "https://cdn.knightlab.com/libs/juxtapose/latest"
OURS = {
    f"{THEIRS}/css/juxtapose.css": "/app/static/quick-slider.css",
    f"{THEIRS}/js/juxtapose.min.js": "/app/static/quick-slider.js",
}
#: the viewer's neutral surround, under transparent pixels
SURROUND = (119, 119, 119)


class _Captured:
    """Takes the place of streamlit.components.v1 in the package: hands its HTML back instead of showing it."""

    @staticmethod
    def html(code: str, height: int | None = None, width: int | None = None) -> str:
        return code


def _read(image: bytes, exif_fix: bool = False) -> Image.Image:
    """A preview's bytes as an RGB picture (previews are upright and sRGB); never fetches, never decodes a big one."""
    opened = Image.open(io.BytesIO(image))
    if max(opened.size) > LONGEST:
        raise errors.InvalidInput(f"The quick slider shows previews of at most {LONGEST} px. Use the viewer instead.")
    if opened.mode == "RGB":
        return opened
    flat = Image.new("RGB", opened.size, SURROUND)
    rgba = opened.convert("RGBA")
    flat.paste(rgba, mask=rgba)
    return flat


package.components = _Captured
package.read_image_as_pil = _read


def show(before_sha: str, after_sha: str, *, key: str, width: int = 704) -> None:
    """A switch, off at first, and under it the slider over two previews from the store, at most `width` pixels wide.

    before_sha and after_sha name the large previews (`preview_sha256`), not the pictures. key: letters, digits and
    hyphens. Raises StoreFault.
    """
    if st.toggle(
        "Quick slider", key=f"quick-{key}", help="Small previews, to glance at. Numbers come from the report."
    ):
        html, height = markup(before_sha, after_sha, width)
        with st.container(key=f"quick-frame-{key}"):
            st.html(_shape(f".st-key-quick-frame-{key}", width, height))
            st.iframe(html, height=height, alt="Quick slider: before and after")


@st.cache_data(max_entries=12, show_spinner=False)
def markup(before_sha: str, after_sha: str, width: int) -> tuple[str, int]:
    """The slider's whole HTML and its height in CSS pixels, kept by (before, after, width)."""
    store = storage.store()
    return compose(store.get(before_sha), store.get(after_sha), width)


def compose(before: bytes, after: bytes, width: int) -> tuple[str, int]:
    """The package's HTML for two previews (encoded PNG, JPEG or WebP), loading nothing from anywhere else.

    Returns (HTML, height in CSS pixels at that width). Raises InvalidInput when a picture is larger than a preview.
    """
    html: str = package.image_comparison(
        img1=before, img2=after, label1="Before", label2="After", width=width, in_memory=True
    )
    for theirs, ours in OURS.items():
        html = html.replace(theirs, ours)
    with Image.open(io.BytesIO(before)) as opened:
        return html, round(width * opened.height / opened.width)


def _shape(place: str, width: int, height: int) -> str:
    """Keeps the picture's shape where there is less room than `width`, as on a phone."""
    frame = f"display:block;width:100%;max-width:{width}px;height:auto;aspect-ratio:{width}/{height}"
    around = "flex:none!important;height:auto!important"
    return f"<style>{place} iframe{{{frame}}}{place} :has(>iframe){{{around}}}</style>"
