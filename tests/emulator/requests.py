"""A request as it came over the wire: its fields, its files, and what became of it."""

import email
import hashlib
import io
import re
import time
import uuid
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

#: bytes of a request's body; 16 pictures of 50 MB would be more, and nobody sends them here
MOST = 256 * 2**20
FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


@dataclass(frozen=True)
class File:
    """A part of the form that has a file name."""

    field: str
    name: str
    #: as the client declared it; None = it declared none
    media_type: str | None
    data: bytes
    #: what it really is: its type, and width and height after orientation; None = no picture that the API takes
    found: str | None
    size: tuple[int, int] | None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def pixels(self, mode: str) -> NDArray[np.uint8]:
        """Decoded upright in `mode` ("RGB", "RGBA"); colours under transparency come to light in "RGB"."""
        with Image.open(io.BytesIO(self.data)) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert(mode))


@dataclass
class Asked:
    """One request; `status`, `fault`, `refused` and `client_gone` are filled in as it is answered."""

    method: str
    path: str
    #: names in lower case
    headers: dict[str, str]
    fields: dict[str, str] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)
    #: seconds since 1970 when it had come whole
    at: float = field(default_factory=time.time)
    request_id: str = field(default_factory=lambda: f"req_{uuid.uuid4().hex}")
    status: int | None = None
    fault: str | None = None
    #: code of the refusal, when the request itself was wrong or too early
    refused: str | None = None
    #: the client hung up before it had the whole answer
    client_gone: bool = False
    #: the emulator's when it drew the answer
    drift: float = 0.0
    #: seconds from `at` to the last byte of the answer
    seconds: float | None = None

    def named(self, *names: str) -> list[File]:
        """The files of these fields, in their order; a name also takes its list form, `image[]`."""
        return [file for file in self.files if file.field.split("[")[0] in names]

    @property
    def images(self) -> list[File]:
        return self.named("image")

    @property
    def mask(self) -> File | None:
        return next(iter(self.named("mask")), None)

    @property
    def markup(self) -> File | None:
        return next(iter(self.named("markup")), None)

    @property
    def prompt(self) -> str:
        return self.fields.get("prompt", "")

    @property
    def pictures(self) -> int:
        return self._number("n", 1)

    @property
    def streamed(self) -> bool:
        return self.fields.get("stream", "false") == "true"

    @property
    def partials(self) -> int:
        return self._number("partial_images", 0) if self.streamed else 0

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height asked for; None = the model chooses."""
        words = re.fullmatch(r"(\d{1,5})x(\d{1,5})", self.fields.get("size", ""))
        return (int(words[1]), int(words[2])) if words else None

    def _number(self, name: str, otherwise: int) -> int:
        text = self.fields.get(name, "")
        return int(text) if re.fullmatch(r"\d{1,3}", text) else otherwise


class Malformed(ValueError):
    """A body that is no multipart form."""


def read_form(asked: Asked, body: bytes) -> None:
    """Fill in fields and files from a multipart/form-data body. Raises Malformed."""
    declared = email.message_from_string(f"Content-Type: {asked.headers.get('content-type', '')}\n\n")
    boundary = declared.get_param("boundary")
    if declared.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise Malformed("Send multipart/form-data with a boundary.")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1"))
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise Malformed("The form ends before its last boundary.")
    for piece in pieces[1:-1]:
        head, gap, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not gap:
            raise Malformed("A part of the form has no empty line after its headers.")
        _add(asked, email.message_from_bytes(head + b"\r\n\r\n"), data)


def _add(asked: Asked, head: "email.message.Message[str, str]", data: bytes) -> None:
    name = head.get_param("name", header="content-disposition")
    if not isinstance(name, str):
        raise Malformed("A part of the form has no name.")
    file = head.get_filename()
    if file is None:
        asked.fields[name] = data.decode("utf-8", errors="replace")
        return
    declared = head.get_content_type() if "content-type" in head else None
    asked.files.append(File(name, file, declared, data, *_looked_at(data)))


def _looked_at(data: bytes) -> tuple[str | None, tuple[int, int] | None]:
    try:
        with Image.open(io.BytesIO(data), formats=list(FORMATS)) as image:
            image.load()
            turned = image.getexif().get(0x0112, 1) >= 5
            return FORMATS[str(image.format)], image.size[::-1] if turned else image.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None, None
