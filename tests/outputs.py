"""A still life that an image model recoloured, as its output comes back: smaller, shifted, warmer, compressed."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.scenes import encoded, poster
from workbench.starter.redrawn import redrawn

Pixels = NDArray[np.uint8]

#: x, y, width, height of what an edit of it may change, with room around the disc
REGION = (24, 24, 300, 300)
BOX = ",".join(map(str, REGION))
VALUES = {"source": "#B5532F", "target": "Aster blue"}


def still(colour: str = "#B5532F", *, seed: int = 1) -> Pixels:
    """640 × 480: a disc of `colour` among other shapes, on paper whose grain a registration can hold on to."""
    drawn = poster(width=640, height=480, seed=3).copy()
    disc = poster(colour, width=640, height=480, seed=3)
    x, y, width, height = REGION
    drawn[y : y + height, x : x + width] = disc[y : y + height, x : x + width]
    random = np.random.default_rng(seed)
    grain = np.zeros((480, 640), np.float32)
    for cells, strength in ((40, 9.0), (120, 6.0), (320, 3.0)):
        coarse = random.standard_normal((cells * 3 // 4, cells)).astype(np.float32)
        grain += strength * np.asarray(Image.fromarray(coarse).resize((640, 480), Image.Resampling.BICUBIC))
    return np.clip(np.rint(drawn + grain[..., None]), 0, 255).astype(np.uint8)


def output(colour: str = "#2747B8", *, width: int = 512, stray: bool = False) -> bytes:
    """What the model made of `still`: the disc in `colour`; with `stray` it painted a patch elsewhere as well."""
    made = still(colour).copy()
    if stray:
        made[420:460, 480:600] = (made[420:460, 480:600] * 0.6).astype(np.uint8)
    return redrawn(made, width)


def still_png(**options: int) -> bytes:
    """`still` as a PNG file."""
    return encoded(still(**options))


def pixels(data: bytes) -> Pixels:
    """A file's pixels."""
    return np.asarray(Image.open(io.BytesIO(data)))


def outside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """`mask` without what lies in REGION."""
    x, y, width, height = REGION
    rest = mask.copy()
    rest[y : y + height, x : x + width] = False
    return rest
