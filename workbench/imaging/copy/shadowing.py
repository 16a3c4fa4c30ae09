"""Whether letters cast something on their ground: a soft shadow, a glow or an outline, which erasing would leave there.

The ground is guessed from farther away. What differs from that guess beside the letters, and looks like the letters
blurred and moved a little, was cast by them.
"""

import itertools

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging.copy import erasing

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: px per em at which is looked
_SEEN = 36.0
#: ems beside the letters in which a shadow is looked for, its softness, and how far it may be moved each way
_REACH, _SOFT, _MOVED = 0.5, (0.03, 0.08, 0.18), (-0.16, -0.08, 0.0, 0.08, 0.16)
#: correlation with the blurred letters, and standard deviation in levels of 255, from which it is one
_LIKE, _LEVELS = 0.7, 1.0


def cast(pixels: Bytes, ink: Floats, hole: Mask, size: float) -> bool:
    """Whether `pixels` (uint8 sRGB h×w×3) outside `hole` show a shadow of `ink` (share 0–1, h×w), `size` px per em."""
    like, levels = likeness(pixels, ink, hole, size)
    return like > _LIKE and levels > _LEVELS


def likeness(pixels: Bytes, ink: Floats, hole: Mask, size: float) -> tuple[float, float]:
    """(correlation 0–1 of what lies beside the letters with the letters blurred, its strength in levels of 255)."""
    scale = min(1.0, _SEEN / size)
    em, shape = size * scale, (max(8, round(ink.shape[1] * scale)), max(8, round(ink.shape[0] * scale)))
    small = np.asarray(cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA), np.uint8)
    letters = np.asarray(cv2.resize(ink, shape, interpolation=cv2.INTER_AREA), np.float32)
    share = np.asarray(cv2.resize(hole.astype(np.float32), shape, interpolation=cv2.INTER_AREA), np.float32)
    taken = share > 0
    reach = 2 * round(_REACH * em) + 1
    wide = cv2.dilate(taken.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))) > 0
    beside = wide & ~taken
    if wide.all() or beside.sum() < em * em:
        return 0.0, 0.0
    smooth = _bows(beside)
    off = np.asarray(small - erasing.membrane(small, wide), np.float32)[beside]
    off = off - smooth @ (smooth.T @ off)
    best = (0.0, 0.0)
    for soft, x, y in itertools.product(_SOFT, _MOVED, _MOVED):
        blurred = _blurred(letters, soft * em, x * em, y * em)[beside]
        best = max(best, _alike(off, blurred - smooth @ (smooth.T @ blurred)))
    return best


def _bows(beside: Mask) -> Floats:
    """An orthonormal basis, n×10, of what a bowed ground may differ by from its guess: polynomials of degree 3."""
    rows, columns = np.nonzero(beside)
    y, x = 2 * rows / beside.shape[0] - 1, 2 * columns / beside.shape[1] - 1
    terms = [x**i * y**j for i in range(4) for j in range(4 - i)]
    return np.linalg.qr(np.stack(terms, axis=1))[0].astype(np.float32)


def _blurred(letters: Floats, soft: float, x: float, y: float) -> Floats:
    moved = cv2.warpAffine(letters, np.array([[1, 0, x], [0, 1, y]], np.float32), letters.shape[::-1])
    return np.asarray(cv2.GaussianBlur(moved, (0, 0), max(soft, 0.5)))


def _alike(off: Floats, blurred: Floats) -> tuple[float, float]:
    """(correlation, strength as a standard deviation) of n×3 differences and n shares, both without their means."""
    colour = blurred @ off
    along = off @ (colour / max(float(np.linalg.norm(colour)), 1e-6))
    product = float(blurred @ along)
    length = max(float(np.linalg.norm(blurred)), 1e-6)
    return product / (length * max(float(np.linalg.norm(along)), 1e-6)), product / (length * len(blurred) ** 0.5)
