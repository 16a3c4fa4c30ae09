"""Requests to the emulator as a test writes them, over a socket and without the product's own client."""

import base64
import io
import time
from typing import Any

import httpx2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.emulator.server import Emulator

Pixels = NDArray[np.uint8]
File = tuple[str, bytes, str]

MODEL = "gpt-image-2.5-sunburst-2026-09-08"
SMALL = "1024x640"


def png(pixels: Pixels, name: str = "a.png") -> File:
    """As a part of a form; H×W×3|4."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return name, out.getvalue(), "image/png"


def hole(size: tuple[int, int], box: tuple[int, int, int, int]) -> Pixels:
    """A mask (H×W×4) of `size` that may be edited in x, y, width, height."""
    mask = np.zeros((size[1], size[0], 4), np.uint8)
    mask[..., 3] = 255
    x, y, width, height = box
    mask[y : y + height, x : x + width, 3] = 0
    return mask


def small() -> Pixels:
    """A picture that costs nothing to send."""
    return np.full((48, 64, 3), (200, 120, 60), np.uint8)


def ask(
    server: Emulator, *images: File, mask: File | None = None, markup: File | None = None, key: str | None = None,
    timeout: float = 30.0, path: str = "/images/edits", **fields: Any,
) -> httpx2.Response:  # fmt: skip
    """One edit; a field that is None is left out."""
    files = [("image[]" if len(images) > 1 else "image", image) for image in images or (png(small()),)]
    files += [(name, file) for name, file in (("mask", mask), ("markup", markup)) if file is not None]
    given = {"model": MODEL, "prompt": "Make it blue", **fields}
    data = {
        name: str(value).lower() if value is True else str(value) for name, value in given.items() if value is not None
    }
    headers = {"Authorization": f"Bearer {server.key if key is None else key}"}
    # without certificates, the loading of which takes longer than the request
    with httpx2.Client(verify=False, trust_env=False, timeout=timeout) as client:
        return client.post(server.url + path, data=data, files=files, headers=headers)


def read_for(server: Emulator, seconds: float, **fields: Any) -> bytes:
    """What comes in so many seconds; then the client hangs up."""
    data = {"model": MODEL, "prompt": "x", **{name: str(value).lower() for name, value in fields.items()}}
    headers, read, until = {"Authorization": "Bearer emulator"}, b"", time.monotonic() + seconds
    with httpx2.Client(trust_env=False, verify=False, timeout=seconds) as client:
        with client.stream(
            "POST", f"{server.url}/images/edits", files={"image": png(small())}, data=data, headers=headers
        ) as answer:
            try:
                for piece in answer.iter_raw():
                    read += piece
                    if time.monotonic() > until:
                        break
            except httpx2.ReadTimeout:
                pass
    return read


def pictures(answer: httpx2.Response) -> list[Pixels]:
    assert answer.status_code == 200, answer.text[:500]
    return [decoded(one["b64_json"]) for one in answer.json()["data"]]


def decoded(b64: str) -> Pixels:
    with Image.open(io.BytesIO(base64.b64decode(b64, validate=True))) as image:
        return np.asarray(image)
