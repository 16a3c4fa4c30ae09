"""Textures and shapes drawn by code for the hold-out set: strands, leaves, cloth, type, gradients, and what stands on them."""

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw

from bench.drifts import Size
from bench.lock_scenes import FONT, Floats, drawn
from workbench.imaging.colour_space import hex_to_rgb
from workbench.starter.lettering import face

MONO = FONT.with_name("GeistMono.woff2")
_FINE = 4  # bits of sub-pixel positions for OpenCV's drawing
_TEXT = (
    "the workbench returns an original picture with only what was asked for in it and says how true that is because "
    "a model draws every thread anew while small print and faces move a little and nobody sees it before it is live"
)


def strands(size: Size, seed: int = 1, colour: str = "#5A3A22") -> Floats:
    """Hair: many thin curves that follow one flow, in tints of one colour, levels H×W×3."""
    random, (width, height) = np.random.default_rng(seed), size
    image = np.full((height, width, 3), hex_to_rgb(colour) * 0.5, np.uint8)
    along = np.linspace(0, 1, 24)
    for _ in range(width * height // 260):
        x, y = random.uniform(-0.1, 1.1) * width, random.uniform(-0.2, 1) * height
        long, bend = random.uniform(0.1, 0.35) * height, random.normal(0, 0.18)
        lean = 0.5 * np.sin(3 * x / width + 2 * y / height)
        path = np.stack([x + long * (lean * along + bend * along**2), y + long * along], axis=1)
        tint = hex_to_rgb(colour) * random.uniform(0.35, 1.9)
        cv2.polylines(
            image, [np.rint(path * (1 << _FINE)).astype(np.int32)], False, np.minimum(tint, 255).tolist(),
            1 if random.random() < 0.8 else 2, cv2.LINE_AA, _FINE,
        )  # fmt: skip
    return image.astype(np.float32)


def leaves(size: Size, seed: int = 2) -> Floats:
    """Foliage: overlapping leaves with a vein, darker the deeper they lie, levels H×W×3."""
    random, (width, height) = np.random.default_rng(seed), size
    image = np.full((height, width, 3), (18, 30, 14), np.uint8)
    count = width * height // 900
    for number in range(count):
        middle = (random.uniform(0, width), random.uniform(0, height))
        long, angle = random.uniform(0.014, 0.035) * max(size), random.uniform(0, 360)
        depth = 0.35 + 0.65 * number / count
        tint = depth * np.array([random.uniform(50, 120), random.uniform(100, 170), random.uniform(30, 70)])
        at = tuple(round(v * (1 << _FINE)) for v in middle)
        axes = tuple(round(v * (1 << _FINE)) for v in (long, long * random.uniform(0.3, 0.45)))
        cv2.ellipse(image, at, axes, angle, 0, 360, tint.tolist(), -1, cv2.LINE_AA, _FINE)
        turn = np.radians(angle)
        tip = [round((m + s * long * f) * (1 << _FINE)) for m, s, f in ((middle[0], 1, np.cos(turn)), (middle[1], 1, np.sin(turn)))]  # fmt: skip
        cv2.line(image, at, tuple(tip), (tint * 0.75).tolist(), 1, cv2.LINE_AA, _FINE)
    return image.astype(np.float32)


def cloth(size: Size, seed: int = 3, colour: str = "#8C97A6") -> Floats:
    """Twill with folds: a periodic weave, uneven threads, wide soft shading, levels H×W×3."""
    random, (width, height) = np.random.default_rng(seed), size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    warp = cv2.resize(random.standard_normal((5, 6)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    weave = np.sin((x + y) * 1.15 + 2.2 * warp) + 0.5 * np.sin((x - y) * 0.52)
    thread = cv2.GaussianBlur(random.standard_normal((height, width), np.float32), (0, 0), 0.6, sigmaY=5)
    folds = cv2.resize(random.standard_normal((4, 7)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    light = 0.9 + 0.14 * folds + 0.05 * weave + 0.05 * thread / thread.std()
    return np.clip(hex_to_rgb(colour) * light[..., None], 0, 255).astype(np.float32)


def gradient(size: Size, colours: tuple[str, str] = ("#1B2A6B", "#E88BA8")) -> Floats:
    """Two colours and nothing else, levels H×W×3."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    share = np.clip(0.75 * x / width + 0.25 * y / height, 0, 1)[..., None]
    return (1 - share) * hex_to_rgb(colours[0]) + share * hex_to_rgb(colours[1])


def page(size: Size, seed: int = 4) -> Floats:
    """A sheet of small type, levels H×W×3."""
    random, (width, height) = np.random.default_rng(seed), size
    sheet = Image.new("RGB", size, "#FBFAF7")
    pen, letters = ImageDraw.Draw(sheet), face(FONT, max(10, height // 48), 420)
    for row in range(3, 44):
        line = " ".join(random.choice(_TEXT.split(), 14))
        while letters.getlength(line) > width * 0.88:
            line = line[:-1]
        pen.text((width * 0.06, height * row / 46), line, "#33302C", letters, anchor="ls")
    return np.asarray(sheet, np.float32)


def tinted(ground: Floats, colour: str) -> Floats:
    """A grey photograph in tints of a colour."""
    return np.clip(ground.mean(axis=2, keepdims=True) / 128 * hex_to_rgb(colour), 0, 255).astype(np.float32)


def _mug(pen: ImageDraw.ImageDraw, x: float, y: float, unit: float) -> None:
    pen.ellipse([x + 0.22 * unit, y - 0.62 * unit, x + 0.62 * unit, y - 0.14 * unit], fill=255)
    pen.ellipse([x + 0.26 * unit, y - 0.53 * unit, x + 0.52 * unit, y - 0.23 * unit], fill=0)
    pen.rounded_rectangle([x - 0.36 * unit, y - 0.8 * unit, x + 0.36 * unit, y], 0.08 * unit, fill=255)


def _pouch(pen: ImageDraw.ImageDraw, x: float, y: float, unit: float) -> None:
    side = [(0.3 + 0.05 * np.sin(7 * t) - 0.05 * t, -t) for t in np.linspace(0, 1, 60)]
    points = [(x + a * unit, y + b * unit) for a, b in side] + [(x - a * unit, y + b * unit) for a, b in side[::-1]]
    pen.polygon(points, fill=255)


def _ring(pen: ImageDraw.ImageDraw, x: float, y: float, unit: float) -> None:
    pen.ellipse([x - 0.45 * unit, y - 0.9 * unit, x + 0.45 * unit, y], fill=255)
    pen.ellipse([x - 0.28 * unit, y - 0.73 * unit, x + 0.28 * unit, y - 0.17 * unit], fill=0)


def _carton(pen: ImageDraw.ImageDraw, x: float, y: float, unit: float) -> None:
    pen.polygon([(x + a * unit, y + b * unit) for a, b in ((-0.3, -0.1), (0.1, 0), (0.36, -0.12), (0.36, -0.9), (-0.04, -1), (-0.3, -0.88))], fill=255)  # fmt: skip


SHAPES: dict[str, Callable[[ImageDraw.ImageDraw, float, float, float], None]] = {
    "mug": _mug, "pouch": _pouch, "ring": _ring, "carton": _carton,
}  # fmt: skip


def shape(size: Size, name: str, x: float, foot: float, tall: float) -> Floats:
    """The cover of a product: x a share of the width, foot of the height, tall of the shorter side."""
    width, height = size
    return drawn(size, lambda pen, s: SHAPES[name](pen, width * x * s, height * foot * s, min(size) * tall * s))


def typed(size: Size, text: str, x: float, y: float, em: float, weight: int = 500) -> Floats:
    """A line of Geist Mono; x and the baseline y in shares, em in shares of the width."""
    width, height = size
    letters = face(MONO, round(width * em * 4), weight)
    return drawn(size, lambda pen, s: pen.text((width * x * s, height * y * s), text, 255, letters, anchor="ls"))
