"""Small previews of pictures outside, made on the fly before anything is imported; nothing of them is kept."""

import io
import threading
import time
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from workbench.errors import InvalidInput
from workbench.imaging import intake, previews
from workbench.permissions import Actor, require
from workbench.settings import settings
from workbench.sources import remote, s3

#: bytes and pixels of a picture that is worth it before anybody wants it, and the side of its preview
MOST_BYTES, MOST_MP, SIDE = 30_000_000, 25.0, 320
#: previews that are made at once in this process, and that it remembers
_making = threading.Semaphore(2)
_REMEMBERED = 500


@dataclass(frozen=True)
class Thumbnail:
    """An encoded preview, and what the picture itself is."""

    data: bytes
    media_type: str
    width: int
    height: int
    format: str


def thumbnail(actor: Actor, place: s3.File | str) -> Thumbnail:
    """A preview, at most 320 px a side, of a file of a listing, or of what lies at an address that was typed.

    It is remembered: of a file for as long as that stays the same, of an address for a minute. Raises InvalidInput
    (RejectedImage) for what is no picture or too big to be looked at, Unavailable when it can't be had; the sentence
    may stand in the preview's place.
    """
    require(actor, "asset:add")
    if isinstance(place, str):
        return _made(remote.checked(place), str(time.monotonic() // 60))
    s3.located(place.address)
    if place.size > min(MOST_BYTES, settings().max_mb * 1_000_000):
        raise InvalidInput(f"{place.size / 1e6:.1f} MB: too big to be shown before it is added.")
    return _made(place.address, place.etag)


@lru_cache(_REMEMBERED)
def _made(address: str, state: str) -> Thumbnail:
    with _making:
        data = remote.fetch(address, limit=MOST_BYTES).data
        picture = intake.read(data, max_mp=min(MOST_MP, settings().max_mp))
        small = previews.fit(Image.fromarray(picture.array), SIDE, reducing_gap=1.0)
        file = io.BytesIO()
        small.save(file, "WEBP", quality=85, method=2)
        return Thumbnail(file.getvalue(), "image/webp", *picture.size, picture.format)
