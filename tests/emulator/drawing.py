"""Pictures as a model gives them back: the canvas redrawn a little larger, shifted, warmer and softer, and changed.

The drift is known exactly (`truth`), so that a registration and a lock have an answer key; 0 leaves every pixel outside
the mask as it was sent.
"""

import hashlib
import io
import re

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.emulator import painting
from tests.emulator.requests import Asked

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Matrix = NDArray[np.float64]
Size = tuple[int, int]

#: at drift 1: growth, shift in output px, what is added to red, green and blue, softness and grain as sigmas
ZOOM, SHIFT, CAST, SOFT, GRAIN = 0.01, (3.0, 2.0), (4.0, 0.0, -5.0), 0.45, 1.0
#: px over which a change fades in, inside the region
FADE = 4.0
#: px of a picture whose size the model chooses itself
CHOSEN = 1_572_864
#: what is answered when nobody looks at pictures
PLAIN: Pixels = np.full((64, 64, 3), 128, np.uint8)
STANDARD = ((1024, 1024), (1536, 1024), (1024, 1536))


def truth(asked: Asked) -> tuple[Matrix, NDArray[np.float64]]:
    """2×3 from pixel centres of the picture that was sent to those of the answer, and what was added to R, G and B."""
    sent = asked.images[0].size
    assert sent is not None, "the picture was refused"
    size = asked.size or chosen(sent, asked.fields.get("model", ""))
    return _chained(_drift(size, asked.drift), _covering(sent, size)), np.array(CAST) * asked.drift


def chosen(sent: Size, model: str) -> Size:
    """The size of an answer to `auto`: newer models keep the proportions, not always on multiples of 16."""
    shape = np.log(sent[0] / sent[1])
    if re.match(r"(gpt-image-1|chatgpt)", model):
        return min(STANDARD, key=lambda size: abs(np.log(size[0] / size[1]) - shape))
    scale = (CHOSEN / (sent[0] * sent[1])) ** 0.5
    return round(sent[0] * scale), round(sent[1] * scale)


def draw(asked: Asked, index: int, *, white_edits: bool = False) -> Pixels:
    """The answer's picture `index` (from 0), uint8 h×w×3, ×4 where a transparent background was asked for.

    `white_edits`: the mask is black and white instead of transparent where it may change (LocalAI).
    """
    sent = asked.images[0]
    assert sent.size is not None, "refused before"
    size = asked.size or chosen(sent.size, asked.fields.get("model", ""))
    frame = fitted(sent.pixels("RGB"), size)
    region = _region(asked, size, white_edits)
    seed = int.from_bytes(hashlib.sha256(f"{asked.prompt}\0{index}".encode()).digest()[:8], "big")
    references = [file.pixels("RGBA") for file in asked.images[1:]]
    painted = painting.paint(frame, region, asked.prompt, references, seed, index)
    if region is not None:
        distance = cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 3)
        weight = np.clip(distance / FADE, 0, 1)[..., None]
        painted = np.rint(frame + (painted.astype(np.float32) - frame) * weight).astype(np.uint8)
    drawn = drifted(painted, asked.drift, seed)
    if asked.fields.get("background") != "transparent":
        return drawn
    alpha = drifted(painting.product(frame).astype(np.uint8) * 255, asked.drift, None)
    return np.dstack([drawn, alpha])


def fitted(pixels: Pixels, size: Size) -> Pixels:
    """As large as asked; in other proportions it is cropped, as models do it. The same size comes back unchanged."""
    high, wide = pixels.shape[:2]
    if (wide, high) == size:
        return pixels
    scale = max(size[0] / wide, size[1] / high)
    # averaged to about the size first: a warp alone would drop pixels
    near = (max(size[0], round(wide * scale)), max(size[1], round(high * scale)))
    small = cv2.resize(pixels, near, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    rest = _chained(_covering((wide, high), size), _inverse(_scaling((wide, high), near)))
    return _warped(small, rest, size)


def drifted(pixels: Pixels, drift: float, seed: int | None) -> Pixels:
    """What a model does to all it redraws; `seed` None leaves out colour and grain."""
    if drift == 0:
        return pixels
    high, wide = pixels.shape[:2]
    moved = _warped(cv2.GaussianBlur(pixels, (0, 0), SOFT * drift), _drift((wide, high), drift), (wide, high))
    if seed is None:
        return moved
    # one plane of grain for all channels, as in film and as models leave it
    grain = np.random.default_rng(seed).standard_normal((high, wide), np.float32) * np.float32(GRAIN * drift)
    return np.clip(np.rint(moved + np.float32(CAST) * drift + grain[..., None]), 0, 255).astype(np.uint8)


def encoded(pixels: Pixels, kind: str = "png", compression: int = 100) -> bytes:
    """As a file of the kind asked for; PNG fast rather than small."""
    out = io.BytesIO()
    options = {"png": {"compress_level": 1}, "jpeg": {"quality": max(1, compression)}, "webp": {"quality": compression}}
    image = Image.fromarray(pixels)
    (image.convert("RGB") if kind == "jpeg" else image).save(out, kind, **options[kind])
    return out.getvalue()


def preview(pixels: Pixels, number: int, of: int) -> Pixels:
    """Stage `number` (from 0) of `of` previews: as if out of a fog that lifts."""
    high, wide = pixels.shape[:2]
    cells = max(wide, high) / (12 * 3.0 ** (3 * (number + 1) / (of + 1)))
    small = cv2.resize(pixels, (max(2, int(wide / cells)), max(2, int(high / cells))), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (wide, high), interpolation=cv2.INTER_CUBIC), np.uint8)


def _region(asked: Asked, size: Size, white_edits: bool) -> Mask | None:
    """Where the answer may change, as large as the answer: the mask's hole, what the markup circles, or None."""
    if asked.mask is not None:
        hole = asked.mask.pixels("RGB")[..., 0] > 127 if white_edits else asked.mask.pixels("RGBA")[..., 3] == 0
    elif asked.markup is not None:
        drawn = (asked.markup.pixels("RGBA")[..., 3] > 0).astype(np.uint8)
        outlines = cv2.findContours(drawn, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
        hole = cv2.drawContours(np.zeros_like(drawn), [cv2.convexHull(one) for one in outlines], -1, 1, -1) > 0
    else:
        return None
    return fitted(hole.astype(np.uint8) * 255, size) > 127


def _warped(pixels: Pixels, matrix: Matrix, size: Size) -> Pixels:
    warped = cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(warped, np.uint8)


def _covering(sent: Size, size: Size) -> Matrix:
    """2×3 by which the whole of `size` is covered with `sent`, both centres together."""
    scale = max(size[0] / sent[0], size[1] / sent[1])
    return np.array([[scale, 0, (size[0] - scale * sent[0] + scale - 1) / 2],
                     [0, scale, (size[1] - scale * sent[1] + scale - 1) / 2]])  # fmt: skip


def _drift(size: Size, drift: float) -> Matrix:
    """2×3 by which everything grows around the middle and shifts."""
    zoom = 1 + ZOOM * drift
    middle = [(side - 1) / 2 for side in size]
    return np.array([[zoom, 0, middle[0] * (1 - zoom) + SHIFT[0] * drift],
                     [0, zoom, middle[1] * (1 - zoom) + SHIFT[1] * drift]])  # fmt: skip


def _scaling(one: Size, other: Size) -> Matrix:
    across, down = other[0] / one[0], other[1] / one[1]
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2]])


def _chained(second: Matrix, first: Matrix) -> Matrix:
    return (np.vstack([second, [0, 0, 1]]) @ np.vstack([first, [0, 0, 1]]))[:2]


def _inverse(matrix: Matrix) -> Matrix:
    return np.asarray(cv2.invertAffineTransform(matrix), np.float64)
