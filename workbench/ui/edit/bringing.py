"""What another tool made of the picture: brought along, to be locked and measured like any output."""

import base64
import hashlib
import io
from dataclasses import dataclass
from html import escape

import streamlit as st
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile

from workbench import storage, versions
from workbench.errors import InvalidInput, StoreFault
from workbench.imaging.intake import Picture
from workbench.settings import settings
from workbench.storage import SHA256
from workbench.ui import empty, shell, words
from workbench.ui.edit import address, engines
from workbench.ui.edit.desk import Desk
from workbench.ui.edit.marking import drawn

MISSING = "Bring the output first."
#: px on the longer side of the picture beside its facts
SMALL = 96
_ROUND, _REFUSED = "output-round", "output-refused"


@dataclass(frozen=True)
class Output:
    """What is shown of a brought output."""

    width: int
    height: int
    format: str
    #: data address of a small picture of it
    thumb: str


def output(desk: Desk) -> str:
    """SHA-256 of the output that a run would take: the one in the address, else the shown edit's; "" without one."""
    if engines.engine(desk) != "external":
        return ""
    if SHA256.match(desk.asked.output):
        return desk.asked.output
    return str(desk.recipe["parameters"].get("output", "")) if desk.same else ""


def made_with(desk: Desk) -> str:
    """Which tool made it, in somebody's words."""
    if desk.asked.made is not None:
        return desk.asked.made
    return str(desk.recipe["parameters"].get("made_with", "")) if desk.same else ""


def lacking(desk: Desk) -> str:
    """What must be brought before anything can run; "" when nothing must."""
    if engines.engine(desk) != "external" or desk.source is None:
        return ""
    try:
        return "" if (found := output(desk)) and _looked_at(found) else MISSING
    except (InvalidInput, StoreFault):  # said beside the uploader
        return MISSING


def show(desk: Desk, seed: str) -> None:
    """Draw what is brought; each `seed` has widgets of its own."""
    if desk.source is not None and engines.engine(desk) == "external":
        _brought(desk, seed)


def _brought(desk: Desk, seed: str) -> None:
    region = "inside the region " if drawn(desk).region else ""
    shell.muted(f"It is laid over the original, only what changed {region}is taken, and measured.")
    if found := output(desk):
        _figure(desk, found)
    elif desk.asked.output:
        shell.muted("The output in this address is not here. Bring it again.")
    if not found or st.session_state.get(f"{_ROUND}-open"):
        _uploader()
    _tool(desk, seed)


def _figure(desk: Desk, sha256: str) -> None:
    """The output beside its facts, and the way to another one."""
    try:
        found = _looked_at(sha256)
    except (InvalidInput, StoreFault) as error:
        empty.error(str(error), "The output can’t be shown")
        st.session_state[f"{_ROUND}-open"] = True
        return
    size = words.size(found.width, found.height)
    st.html(
        f'<figure class="lp-output"><img src="{found.thumb}" alt="The output"><figcaption><b>Output</b>'
        f"<span>{size} · {escape(found.format)}</span><span>{_beside(desk, found)}</span></figcaption></figure>"
    )
    opened = st.session_state.get(f"{_ROUND}-open")
    if not opened and st.button("Bring another output", key="output-another", width="stretch"):
        st.session_state[f"{_ROUND}-open"] = True
        st.rerun()


def _beside(desk: Desk, found: Output) -> str:
    """How it stands to the original's size: a model that crops or stretches is seen here first."""
    if desk.source is None:
        return ""
    picture = desk.source.picture
    if (found.width, found.height) == (picture.width, picture.height):
        return "the original’s size"
    share = found.width * picture.height / (found.height * picture.width)
    if abs(share - 1) > 0.02:
        return "another shape than the original"
    factor = found.width / picture.width
    return f"{factor:.2g} × the original’s size"


def _uploader() -> None:
    caps = settings()
    turn = st.session_state.get(_ROUND, 0)
    file = st.file_uploader(
        f"The output: PNG, JPEG or WebP of any size, up to {caps.max_mb} MB and {caps.max_mp} megapixels",
        key=f"output-file-{turn}",
    )
    refused: tuple[str, str, str] | None = st.session_state.get(_REFUSED)
    if file is not None and (refused is None or refused[0] != file.file_id):
        refused = _taken(file)
        st.session_state[_REFUSED] = refused
        if refused is None:
            # emptied: from now on the bytes lie in the store, not in the memory
            st.session_state[_ROUND] = turn + 1
            st.session_state[f"{_ROUND}-open"] = False
            st.rerun()
    if file is not None and refused is not None:
        empty.error(refused[2], f"{refused[1]} is not taken")


def _taken(file: UploadedFile) -> tuple[str, str, str] | None:
    """Keep the file in the store and its name in the address; (id, name, sentence) where it is refused."""
    data = file.getvalue()
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        _looked_at(sha256, data)  # before it is stored: of what is no picture nothing stays behind
        storage.store().put(data)
    except (InvalidInput, StoreFault) as error:
        return file.file_id, file.name, str(error)
    address.put(output=sha256)
    return None


@st.cache_data(max_entries=200, show_spinner=False)
def _looked_at(sha256: str, _data: bytes | None = None) -> Output:
    """Facts and a small picture of an output, decoded once. Raises RejectedImage and StoreFault."""
    picture = versions.read(storage.store().get(sha256) if _data is None else _data)
    width, height = picture.size
    return Output(width, height, picture.format.replace("WEBP", "WebP"), _thumb(picture))


def _thumb(picture: Picture) -> str:
    image = Image.fromarray(picture.array)
    image.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS, reducing_gap=2.0)
    file = io.BytesIO()
    image.save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _tool(desk: Desk, seed: str) -> None:
    key = f"made-{seed}"
    said = made_with(desk)

    def keep() -> None:
        st.query_params["made"] = st.session_state[key].strip()

    st.text_input(
        "Made with", said, max_chars=address.MADE, placeholder="The tool and its version", key=key, on_change=keep
    )
