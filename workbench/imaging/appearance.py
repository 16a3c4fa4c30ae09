"""How colours appear in a picture: drawn flat or shaded, which ones dominate, and which one lies nearest."""

import cv2
import numpy as np

from workbench.imaging.colour_space import Bytes, Floats, delta_e_2000, rgb_to_hex, to_lab, to_oklab
from workbench.imaging.growing import grown
from workbench.imaging.matting import Mask
from workbench.imaging.surfaces import candidates, outline, weak

_GLANCE = 500_000  # pixels that are enough to judge a picture
_FADING = 0.004  # share of a drawn area that shows in other shades where light falls on it


def glance(image: Bytes, *masks: Mask | None) -> list[Bytes]:
    """Every n-th pixel of the picture and its masks, unaveraged, about half a megapixel."""
    step = max(1, round((image.shape[0] * image.shape[1] / _GLANCE) ** 0.5))
    return [np.ascontiguousarray(a[::step, ::step]) for a in (image, *masks) if a is not None]


def is_shaded(image: Bytes, source: Bytes, drawn: Mask, allowed: Mask | None) -> bool:
    """Whether most of the colour in H×W×3 lies on surfaces that show it in many shades.

    drawn H×W: where it lies exactly. Surfaces of which at least 40 % is drawn count as flat.
    """
    part, exact, *limits = glance(image, drawn, np.ones_like(drawn) if allowed is None else allowed)
    surface = outline(part, source, limits[0].view(np.bool_))
    if surface is None:
        return False
    surface &= candidates(part, source) & limits[0].view(np.bool_)
    count, label, stats, _ = cv2.connectedComponentsWithStats(surface.view(np.uint8), connectivity=8)
    close = np.sqrt(((to_oklab(part) - to_oklab(source[None])) ** 2).sum(-1)) < 0.07
    flat = np.bincount(label[exact.astype(bool)], minlength=count)[1:]
    like = np.bincount(label[close], minlength=count)[1:]
    drawn_flat = flat >= 0.4 * stats[1:, cv2.CC_STAT_AREA]
    if int(like[~drawn_flat].sum()) > int(flat[drawn_flat].sum()):
        return True
    return _fades(part, exact.view(np.bool_), weak(part, source) & limits[0].view(np.bool_))


def _fades(part: Bytes, drawn: Mask, hue: Mask) -> bool:
    """Whether the drawn areas go on without an edge into other shades, as under a soft shadow."""
    ramps = (grown(part, drawn, hue) & ~drawn).view(np.uint8)
    solid = cv2.morphologyEx(ramps, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return int(np.count_nonzero(solid)) > max(_FADING * int(np.count_nonzero(drawn)), 50)


def palette(image: Bytes, count: int, allowed: Mask | None = None) -> list[Bytes]:
    """Up to `count` colours of flat-looking areas in H×W×3, largest first, at least 8 ΔE2000 apart."""
    part, *limits = glance(image, allowed)
    quiet = cv2.morphologyEx(part, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).max(-1) <= 6
    for chosen in (quiet & limits[0] if limits else quiet, limits[0] if limits else np.ones_like(quiet)):
        pixels = part[chosen.astype(bool)]
        if len(pixels) > 200:
            break
    if not len(pixels):
        return []
    found: list[Bytes] = []
    for colour in _frequent(pixels):
        lab: Floats = to_lab(colour[None])
        if all(float(delta_e_2000(lab, to_lab(other[None]))[0]) >= 8 for other in found):
            found.append(colour)
        if len(found) == count:
            break
    return found


def _frequent(pixels: Bytes) -> list[Bytes]:
    """The most frequent colours of N×3, as each 4-bit cell's own most frequent exact colour."""
    cell = (pixels >> 4).astype(np.int32) @ np.array([256, 16, 1], np.int32)
    counts = np.bincount(cell, minlength=4096)
    frequent = []
    for index in np.argsort(-counts)[:48]:
        if counts[index] < max(0.001 * len(pixels), 1):
            break
        inside = pixels[cell == index].astype(np.int32) @ np.array([65536, 256, 1], np.int32)
        values, times = np.unique(inside, return_counts=True)
        top = int(values[np.argmax(times)])
        frequent.append(np.array([top >> 16, top >> 8 & 255, top & 255], np.uint8))
    return frequent


def nearest(image: Bytes, source: Bytes, allowed: Mask | None) -> str:
    """Hex of the colour with real area in H×W×3 that is nearest to `source` by ΔE2000."""
    colours = palette(image, 24, allowed) or palette(image, 24)
    distance = delta_e_2000(to_lab(np.array(colours)), to_lab(source[None]))
    return rgb_to_hex(colours[int(np.argmin(distance))])
