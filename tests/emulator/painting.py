"""What an invented model paints: it reads a prompt for colours, texts, marks, and for things to add or to take away.

Everything is deterministic in its seed. Pictures are uint8 H×W×3 sRGB, regions bool H×W.
"""

import colorsys
import re
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]

#: CIELAB distances to a colour within which a pixel is wholly, and beyond which it isn't, of that colour
_SAME, _OTHER = 16.0, 38.0
#: px of the longer side at which what lies behind things is made up
_SMALL = 192


def paint(
    frame: Pixels, region: Mask | None, prompt: str, references: Sequence[Pixels], seed: int, index: int
) -> Pixels:
    """`frame` changed as `prompt` says, differently for each `seed` and the less exactly the higher `index`.

    Without `region` colours and backgrounds change wherever they are, anything else in the middle of the frame.
    """
    random = np.random.default_rng(seed)
    words = prompt.lower()
    colours = [_lab(np.array(_rgb(name), np.float32)) for name in re.findall(r"#[0-9A-Fa-f]{6}\b", prompt)]
    for colour in colours[1::2]:
        colour += random.normal(0, 2.5 * min(index, 3), 3)
    text = re.findall(r"[\"“”„«]([^\"“”„«»]{1,80})[\"“”»]", prompt)
    place = _middle(frame) if region is None else region
    if re.search(r"(replace|change|new) the background|background behind|transparent background", words):
        return _backdrop(frame, colours, random)
    if re.search(r"\b(remove|empty|erase|take away)\b", words):
        return _continued(frame, place, random)
    if not place.any() or re.search(r"\b(resize|extend|crop|retouch)\b", words):
        return _graded(frame, random)
    out = frame
    for source, target in zip(colours[::2], colours[1::2], strict=False):
        out = _swapped(out, frame, source, target)
    if text:
        out = _lettered(_continued(out, place, random), frame, place, text[-1])
    if references and re.search(r"\b(logo|badge|mark)\b", words):
        out = _placed(_continued(out, place, random) if "old" in words else out, place, references[0], index)
    if out is frame and colours:
        return _tinted(frame, place, colours[-1] + random.normal(0, 2.5 * min(index, 3), 3))
    return _with_thing(frame, place, random) if out is frame else out


def product(frame: Pixels) -> Mask:
    """What isn't background: what stands out from the border, and what that encloses (GrabCut: Rother et al. 2004)."""
    small = cv2.resize(frame, _fit(frame, 256), interpolation=cv2.INTER_AREA)
    lab = _lab(small)
    high, wide = small.shape[:2]
    border = np.concatenate([lab[:3].reshape(-1, 3), lab[:, :3].reshape(-1, 3), lab[:, -3:].reshape(-1, 3)])
    ground = np.median(border, axis=0)
    even = np.median(np.linalg.norm(border - ground, axis=1)) < 12
    # lightness counts less, so that a shadow on the ground is ground
    apart = np.linalg.norm((lab - ground) * np.array((0.4, 1, 1), np.float32), axis=2)
    if apart.max() < 6:
        return np.zeros(frame.shape[:2], bool)
    sure = (apart > 16) & even
    stands = np.full((high, wide), cv2.GC_PR_FGD, np.uint8)
    stands[sure] = cv2.GC_FGD
    across, down = max(2, wide // 12), max(2, high // 14)
    for edge in (stands[:down], stands[-down // 2 :], stands[:, :across], stands[:, -across:]):
        edge[...] = cv2.GC_BGD
    cv2.setRNGSeed(1)
    # on flat colours alone it never ends
    rough = _bytes(small + np.random.default_rng(1).normal(0, 1.5, small.shape))
    cv2.grabCut(rough, stands, None, np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK)
    stands = cv2.morphologyEx(stands & 1, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    outlines = cv2.findContours(stands, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
    large = [outline for outline in outlines if cv2.contourArea(outline) > wide * high * 0.004]
    whole = cv2.drawContours(np.zeros((high, wide), np.float32), large, -1, 1.0, -1)
    return np.asarray(cv2.resize(cv2.GaussianBlur(whole, (0, 0), 1), frame.shape[1::-1]) > 0.5)


def _backdrop(frame: Pixels, colours: Sequence[Floats], random: np.random.Generator) -> Pixels:
    """A studio ground of one colour, or from one to the other, behind the product."""
    high, wide = frame.shape[:2]
    ends = [np.float32(colour) for colour in colours] or [_lab(_pleasant(random))]
    down = np.linspace(0, 1, high, dtype=np.float32)[:, None, None]
    ground = ends[0] * (1 - down) + ends[-1] * down + np.zeros((1, wide, 1), np.float32)
    if len(ends) == 1:
        across = np.linspace(-1, 1, wide, dtype=np.float32)[None, :] - random.uniform(-0.3, 0.3)
        ground[..., 0] += 3 - 5 * (across**2 + (2 * down[..., 0] - 1) ** 2) / 2
    kept = cv2.GaussianBlur(product(frame).astype(np.float32), (0, 0), 1.2)[..., None]
    shade = cv2.GaussianBlur(kept, (0, 0), wide / 40)[..., None]
    return _bytes(frame * kept + _srgb(ground) * (1 - 0.18 * shade) * (1 - kept))


def _continued(frame: Pixels, place: Mask, random: np.random.Generator) -> Pixels:
    """What is around `place` goes on through it."""
    size = _fit(frame, _SMALL)
    hole = cv2.resize(place.astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    hole = cv2.dilate(hole, np.ones((3, 3), np.uint8))
    small = cv2.inpaint(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), hole, 5, cv2.INPAINT_TELEA)
    behind = cv2.resize(cv2.GaussianBlur(small, (0, 0), 1.5), frame.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    grain = random.normal(0, 1.2, frame.shape[:2]).astype(np.float32)[..., None]
    return np.where(place[..., None], _bytes(behind + grain + random.normal(0, 1.0, 3)), frame)


def _swapped(out: Pixels, frame: Pixels, source: Floats, target: Floats) -> Pixels:
    """All of `frame` that is `source` becomes `target`, with its light and shade, on `out`."""
    lab = _lab(frame)
    apart = np.linalg.norm((lab - source) * np.float32((0.5, 1, 1)), axis=2)
    weight = np.clip((_OTHER - apart) / (_OTHER - _SAME), 0, 1)[..., None]
    return _bytes(out + (_srgb(lab - source + target) - out) * weight)


def _tinted(frame: Pixels, place: Mask, colour: Floats) -> Pixels:
    """What is most colourful at `place` in another colour, or all of it where nothing is; the shading stays."""
    lab = _lab(frame)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    most = np.percentile(chroma[place], 97)
    if most > 25:
        source = np.median(lab[place & (chroma > 0.8 * most)], axis=0)
        return np.where(place[..., None], _swapped(frame, frame, source, colour), frame)
    middle = np.median(lab[place], axis=0)
    return np.where(place[..., None], _bytes(_srgb(colour + (lab - middle) * np.float32((0.9, 0.3, 0.3)))), frame)


def _lettered(ground: Pixels, frame: Pixels, place: Mask, text: str) -> Pixels:
    """`text` set into `place`, in the darkest or lightest colour that stood there."""
    left, top, wide, high = _box(place)
    ink = np.percentile(frame[place], 2, axis=0)
    paper = np.median(ground[place], axis=0)
    light = np.percentile(frame[place], 98, axis=0)
    ink = ink if np.abs(ink - paper).sum() >= np.abs(light - paper).sum() else light
    at_100 = ImageFont.load_default(100).getbbox(text)
    size = min(wide * 0.86 / max(1, at_100[2] - at_100[0]), high * 0.8 / max(1, at_100[3] - at_100[1])) * 100
    image = Image.fromarray(ground)
    middle = (left + wide / 2, top + high / 2)
    ImageDraw.Draw(image).text(middle, text, tuple(int(level) for level in ink), ImageFont.load_default(size), "mm")
    return np.asarray(image)


def _placed(frame: Pixels, place: Mask, mark: Pixels, index: int) -> Pixels:
    """The reference `mark` (H×W×4) in the middle of `place`."""
    left, top, wide, high = _box(place)
    scale = min(wide / mark.shape[1], high / mark.shape[0]) * (0.9 - 0.06 * min(index, 5))
    size = (max(1, round(mark.shape[1] * scale)), max(1, round(mark.shape[0] * scale)))
    image = Image.fromarray(frame)
    small = Image.fromarray(mark).resize(size, Image.Resampling.LANCZOS)
    image.paste(small, (left + (wide - size[0]) // 2, top + (high - size[1]) // 2), small)
    return np.asarray(image)


def _graded(frame: Pixels, random: np.random.Generator) -> Pixels:
    """The same picture in slightly other light."""
    return _bytes(255 * (frame / np.float32(255)) ** random.uniform(0.9, 1.1, 3).astype(np.float32))


def _with_thing(frame: Pixels, place: Mask, random: np.random.Generator) -> Pixels:
    """A turned, glazed vessel that stands in `place`, lit from the upper left, with its shadow."""
    left, top, wide, high = _box(place)
    tall = 0.8 * min(high, 1.7 * wide)
    radius = min(0.4 * wide, tall * random.uniform(0.25, 0.42))
    foot = top + high / 2 + tall / 2
    ys, xs = np.mgrid[0 : frame.shape[0], 0 : frame.shape[1]].astype(np.float32)
    x, along = xs - (left + wide / 2), (foot - ys) / tall
    steps = np.linspace(0, 1, 65)
    knots = np.interp(steps, np.linspace(0, 1, 6), random.uniform(0.45, 1.0, 6))
    smooth = np.convolve(np.pad(knots, 8, "edge"), np.hanning(17) / np.hanning(17).sum(), "valid")
    profile = smooth / smooth.max() * np.clip(1 - (2 * steps - 1) ** 12, 0, 1) ** 0.5
    reach = np.interp(along, steps, profile, left=0, right=0).astype(np.float32) * radius
    slope = np.interp(along, steps, np.gradient(profile, steps)).astype(np.float32) * radius / tall
    covered = (np.clip(reach - np.abs(x) + 0.5, 0, 1) * (reach > 0))[..., None]
    across = np.clip(x / np.maximum(reach, 1), -1, 1)
    normal = np.dstack([across, -np.clip(slope, -1, 1), np.sqrt(1 - across**2)])
    normal /= np.linalg.norm(normal, axis=2, keepdims=True)
    lit = np.clip(normal @ np.float32((-0.5, -0.5, 0.707)), 0, 1)[..., None]
    gloss = np.clip(normal @ np.float32((-0.36, -0.36, 0.86)), 0, 1)[..., None] ** 40
    glaze = _pleasant(random) * (0.35 + 0.7 * lit) + 90 * gloss
    shadow = 0.45 * np.exp(-(((x - 0.25 * radius) / (1.1 * radius)) ** 2) - ((ys - foot) / (0.14 * radius)) ** 2)
    ground = frame * (1 - shadow[..., None])
    return _bytes(ground + (glaze - ground) * covered)


def _middle(frame: Pixels) -> Mask:
    """An ellipse in the middle third."""
    high, wide = frame.shape[:2]
    drawn = cv2.ellipse(
        np.zeros((high, wide), np.uint8), (wide // 2, high // 2), (wide // 6, high // 6), 0, 0, 360, 1, -1
    )
    return drawn > 0


def _pleasant(random: np.random.Generator) -> Floats:
    return np.float32(colorsys.hls_to_rgb(random.uniform(), random.uniform(0.4, 0.65), random.uniform(0.3, 0.6))) * 255


def _box(place: Mask) -> tuple[int, int, int, int]:
    left, top, wide, high = cv2.boundingRect(place.astype(np.uint8))
    return left, top, wide, high


def _fit(frame: Pixels, longest: int) -> tuple[int, int]:
    scale = min(1, longest / max(frame.shape[:2]))
    return max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale))


def _rgb(name: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(name[1:]))


def _lab(pixels: NDArray[np.generic]) -> Floats:
    """CIELAB (L 0–100) of sRGB 0–255, any shape ending in 3."""
    flat = np.float32(pixels).reshape(1, -1, 3) / np.float32(255)
    return np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2LAB), np.float32).reshape(pixels.shape)


def _srgb(lab: Floats) -> Floats:
    flat = cv2.cvtColor(np.float32(lab).reshape(1, -1, 3), cv2.COLOR_LAB2RGB)
    return np.asarray(flat, np.float32).reshape(lab.shape) * 255


def _bytes(levels: NDArray[np.floating]) -> Pixels:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)
