"""How much speaks for a change at each pixel of two registered pictures, measured against their own noise.

Differences are in OKLab, weighted to about a hundredth of ΔE2000: .01 is what an eye just sees on an even ground.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.colour_space import Floats
from workbench.imaging.matting import Mask

#: so many times the noise is a change
_TIMES = 5.0
#: noise never raises the even part of a limit beyond so many times its base
_RAISED = 1.8
#: sides of the squares in which noise is measured, px, and how many squares agree on it each way
_SQUARE, _AGREE = 64, 5
#: the strength of texture from which its share of noise can be told
_TEXTURED = 0.008
#: misregistration that is left, px: means beside a strong edge may differ by so much of its slope
_LEFT = 0.12


@dataclass(frozen=True)
class Pair:
    """Two registered pictures made comparable, float32."""

    before: Floats  #: h×w×3 OKLab without single-pixel noise
    after: Floats  #: the same of the output, its drift in colour taken away
    worth: Floats  #: h×w×3, what an OKLab difference is worth in ΔE2000 / 100
    texture: Floats  #: h×w, strength of the fine structure about each pixel
    calm: Mask  #: h×w, valid and not known to have changed: what noise is learned from


def paired(before: Floats, after: Floats, calm: Mask) -> Pair:
    """The pair of two float32 h×w×3 OKLab pictures."""
    a, b = _soft(before), _soft(after)
    return Pair(a, b, weighted(a), _texture(before[..., 0]), calm)


def weighted(oklab: Floats) -> Floats:
    """h×w×3: what an OKLab difference at this colour is worth in ΔE2000 / 100, for L, a and b.

    Fitted to ΔE2000 over the sRGB gamut: greys show a cast three times as clearly as saturated colours.
    """
    chroma = cv2.magnitude(oklab[..., 1], oklab[..., 2])
    worth = np.float32(2.6) / (1 + 6 * chroma)
    return np.asarray(cv2.merge([np.ones_like(chroma), worth, worth]), np.float32)


def structure(pair: Pair) -> Floats:
    """How far each pixel lies outside everything that its neighbours are in the other picture, the worse way, h×w.

    An edge that moved by less than a pixel lies inside; a stroke that came or went does not.
    """
    total = np.zeros(pair.texture.shape, np.float32)
    for channel in range(3):
        one, other = pair.before[..., channel], pair.after[..., channel]
        beyond = np.maximum(_outside(other, one), _outside(one, other)) * pair.worth[..., channel]
        cv2.accumulateSquare(beyond, total)
    return np.asarray(cv2.sqrt(total), np.float32)


def area(pair: Pair, sigma: float, left_out: Mask) -> Floats:
    """Length of the mean difference over a Gaussian of `sigma` px, h×w, without the pixels that are `left_out`.

    Texture that was drawn anew cancels; a faint shift of a whole area stays. What a small shift beside an edge
    would explain is taken off.
    """
    kept = cv2.GaussianBlur((~left_out).astype(np.float32), (0, 0), sigma)
    apart = (pair.after - pair.before) * pair.worth
    apart[left_out] = 0
    mean = cv2.GaussianBlur(apart, (0, 0), sigma) / np.maximum(kept, 0.3)[..., None]
    light = cv2.GaussianBlur(pair.before[..., 0], (0, 0), sigma)
    slope = cv2.magnitude(
        cv2.Sobel(light, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(light, cv2.CV_32F, 0, 1, scale=1 / 8)
    )
    x, y, z = cv2.split(mean)
    found = np.maximum(np.sqrt(x * x + y * y + z * z) - np.float32(_LEFT) * slope, 0)
    found[left_out] = 0
    return np.asarray(found, np.float32)


def limit(level: Floats, pair: Pair, base: float, most: float) -> Floats:
    """What `level` must exceed at each pixel to be a change, float32 h×w: at least `base`.

    Noise grows with the texture in which it stands: even + share · texture, both learned from what is calm, the
    share in squares of which many agree, never beyond `most`, what texture that was drawn anew leaves.
    """
    seen, textures, calm = level[::2, ::2], pair.texture[::2, ::2], pair.calm[::2, ::2]
    if np.count_nonzero(calm) < 200:
        return np.full(level.shape, base, np.float32)
    quiet = calm & (textures <= np.percentile(textures[calm], 30))
    even = float(np.median(seen[quiet if quiet.any() else calm]))
    share = _shares(seen - even, textures, calm, most)
    wide = cv2.resize(share, level.shape[::-1], interpolation=cv2.INTER_LINEAR)
    found = np.float32(min(_TIMES * even, _RAISED * base)) + np.float32(_TIMES) * wide * pair.texture
    return np.asarray(np.maximum(found, base), np.float32)


def _shares(seen: Floats, textures: Floats, calm: Mask, most: float) -> Floats:
    """The usual ratio of noise to texture in each square, float32, agreed with the squares around."""
    side = min(_SQUARE // 2, *seen.shape)
    rows, columns = seen.shape[0] // side, seen.shape[1] // side
    part = np.s_[: rows * side, : columns * side]
    usable = calm[part] & (textures[part] > _TEXTURED)
    ratio = np.where(usable, seen[part] / np.maximum(textures[part], _TEXTURED), np.nan)
    squares = np.sort(ratio.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(rows, columns, -1), axis=2)
    count = usable.reshape(rows, side, columns, side).sum(axis=(1, 3))
    middle = np.take_along_axis(squares, (count * 0.6).astype(np.intp)[..., None], axis=2)[..., 0]
    told = count > side * side // 10
    usual = float(np.median(middle[told])) if told.any() else 0.0
    known = np.where(told, np.clip(middle, 0, most), min(max(usual, 0.0), most)).astype(np.float32)
    return np.asarray(cv2.medianBlur(known, _AGREE) if min(known.shape) >= _AGREE else known, np.float32)


def _soft(oklab: Floats) -> Floats:
    """Without single-pixel noise: lightness smoothed a little, chroma more, as eyes and JPEG see it."""
    light, a, b = cv2.split(oklab)
    planes = [cv2.GaussianBlur(plane, (0, 0), sigma) for plane, sigma in ((light, 0.8), (a, 1.2), (b, 1.2))]
    return np.asarray(cv2.merge(planes), np.float32)


def _texture(light: Floats) -> Floats:
    """Standard deviation of lightness about its own surroundings, over 9 px, float32 h×w."""
    rest = light - cv2.GaussianBlur(light, (0, 0), 3)
    return np.asarray(cv2.sqrt(cv2.blur(rest * rest, (9, 9))), np.float32)


def _outside(one: Floats, other: Floats) -> Floats:
    near = np.ones((3, 3), np.uint8)
    over = cv2.max(cv2.subtract(one, cv2.dilate(other, near)), cv2.subtract(cv2.erode(other, near), one))
    return np.asarray(np.maximum(over, 0), np.float32)
