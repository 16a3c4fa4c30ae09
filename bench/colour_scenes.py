"""Scenes that can be drawn in any colour: what bench/colour_heldout.py judges colour swaps on.

`OPEN` was used for mending, `HELD_OUT` only for measuring.
"""

import io
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from workbench.imaging.colour_space import LINEAR, from_linear, hex_to_rgb

WIDTH, HEIGHT, OVER = 600, 450, 6
Draw = Callable[[ImageDraw.ImageDraw, float], None]
Light = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Case:
    """A picture before and as it should be after."""

    family: str
    name: str
    picture: np.ndarray
    truth: np.ndarray
    share: np.ndarray  #: of paint in each pixel
    source: str
    target: str
    mode: str
    region: np.ndarray | None
    lossy: bool = False
    even: bool = False  #: the ground has no texture
    linear: bool = False  #: blended in linear light


# ── grounds ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def photo(name: str, tint: str | None = None, flip: bool = False) -> np.ndarray:
    picture = getattr(data, name)()
    picture = picture[0] if isinstance(picture, tuple) else picture
    if tint:
        grey = picture if picture.ndim == 2 else picture.mean(-1)
        picture = np.uint8(np.clip(grey[..., None] / 160 * hex_to_rgb(tint), 0, 255))
    image = Image.fromarray(picture).convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    return np.asarray(image.transpose(Image.Transpose.ROTATE_180) if flip else image, np.float64)


def ramp(one: str, two: str, angle: float) -> np.ndarray:
    y, x = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j]
    way = np.clip(0.5 + (x - 0.5) * math.cos(angle) + (y - 0.5) * math.sin(angle), 0, 1)[..., None]
    return hex_to_rgb(one) * (1 - way) + hex_to_rgb(two) * way


def even(colour: str) -> np.ndarray:
    return np.broadcast_to(hex_to_rgb(colour).astype(float), (HEIGHT, WIDTH, 3))


# ── what is painted ──────────────────────────────────────────────────────────────────────────────────────────────────


def coverage(draw: Draw) -> np.ndarray:
    big = Image.new("L", (WIDTH * OVER, HEIGHT * OVER))
    draw(ImageDraw.Draw(big), OVER)
    return np.asarray(big.resize((WIDTH, HEIGHT), Image.Resampling.BOX), np.float64) / 255


def star(x: float, y: float, outer: float, inner: float, points: int, s: float) -> list[tuple[float, float]]:
    return [
        (s * (x + r * math.cos(a)), s * (y + r * math.sin(a)))
        for i in range(2 * points)
        for r, a in [((outer, inner)[i % 2], math.pi * i / points + 0.2)]
    ]


def gear(draw: ImageDraw.ImageDraw, s: float) -> None:
    draw.polygon(star(170, 160, 120, 95, 14, s), 255)
    draw.ellipse([130 * s, 120 * s, 210 * s, 200 * s], 0)
    draw.ellipse([350 * s, 60 * s, 560 * s, 270 * s], 255)
    draw.ellipse([300 * s, 30 * s, 500 * s, 230 * s], 0)
    draw.polygon([(60 * s, 420 * s), (310 * s, 300 * s), (520 * s, 400 * s)], 255)


def badge(draw: ImageDraw.ImageDraw, s: float) -> None:
    draw.polygon(star(440, 150, 130, 62, 7, s), 255)
    draw.text((30 * s, 40 * s), "Lo", 255, ImageFont.load_default(210 * s))
    wave = [(x * s, (350 + 30 * math.sin(x / 37)) * s) for x in range(40, 561)]
    draw.polygon([*wave, (560 * s, 420 * s), (40 * s, 420 * s)], 255)


def spiral(draw: ImageDraw.ImageDraw, s: float) -> None:
    for turn, width in ((0.0, 0.8), (2.1, 1.3), (4.2, 2.0)):
        line = [
            (s * (160 + r * math.cos(r / 12 + turn)), s * (170 + r * math.sin(r / 12 + turn))) for r in range(8, 130)
        ]
        draw.line(line, 255, max(1, round(width * s)))
    for row, size in enumerate((9, 11, 14, 19)):
        draw.text((320 * s, (40 + 62 * row) * s), "Net wt 250 g · 8.8 oz", 255, ImageFont.load_default(size * s))
    draw.rectangle([330 * s, 330 * s, 520 * s, 400 * s], 255)


def chart(draw: ImageDraw.ImageDraw, s: float) -> None:
    for row in range(9):
        line = [(x * s, (50 + 22 * row + (6 + 2 * row) * math.sin(x / (15 + 4 * row))) * s) for x in range(30, 300, 2)]
        draw.line(line, 255, max(1, round((0.7 + 0.2 * row) * s)))
    for ring in range(7):
        r = 18 + 13 * ring
        box = [(450 - r) * s, (130 - r) * s, (450 + r) * s, (130 + r) * s]
        draw.ellipse(box, outline=255, width=max(1, round((0.7 + 0.25 * ring) * s)))
    for row, size in enumerate((10, 13, 17)):
        draw.text((40 * s, (290 + 40 * row) * s), "Batch 0417 – best before end", 255, ImageFont.load_default(size * s))
    draw.ellipse([400 * s, 290 * s, 540 * s, 420 * s], 255)


def cable(draw: ImageDraw.ImageDraw, s: float) -> None:
    for i, width in enumerate((1.0, 1.6, 2.4, 3.4)):
        line = [(x * s, (70 + 85 * i + 28 * math.sin(x / 45 + i)) * s) for x in range(30, 571)]
        draw.line(line, 255, round(width * s))


def wires(draw: ImageDraw.ImageDraw, s: float) -> None:
    for i, width in enumerate((1.2, 1.8, 2.6, 3.0, 3.8)):
        line = [(s * (70 + 115 * i + 22 * math.cos(y / 38 + 2 * i)), y * s) for y in range(20, 431)]
        draw.line(line, 255, round(width * s))


def bucket(draw: ImageDraw.ImageDraw, s: float) -> None:
    draw.polygon([(170 * s, 90 * s), (430 * s, 90 * s), (385 * s, 410 * s), (215 * s, 410 * s)], 255)


def vase(draw: ImageDraw.ImageDraw, s: float) -> None:
    right = [(300 + 55 + 75 * math.sin((y - 60) / 110) ** 2, y) for y in range(60, 411)]
    draw.polygon([(x * s, y * s) for x, y in right] + [((600 - x) * s, y * s) for x, y in reversed(right)], 255)


def cushion(draw: ImageDraw.ImageDraw, s: float) -> None:
    draw.rounded_rectangle([140 * s, 80 * s, 470 * s, 380 * s], 90 * s, fill=255)


def tray(draw: ImageDraw.ImageDraw, s: float) -> None:
    draw.ellipse([110 * s, 100 * s, 500 * s, 370 * s], 255)
    draw.ellipse([210 * s, 165 * s, 400 * s, 300 * s], 0)


def round_light() -> Light:
    """A round body lit from the upper left."""
    x = (np.arange(WIDTH)[None, :] - 300) / 150 + np.zeros((HEIGHT, 1))
    facing = np.sqrt(np.clip(1 - x * x, 0, 1))
    return 0.25 + 0.7 * np.clip(0.85 * facing - 0.45 * x, 0, 1), 0.35 * np.exp(-(((x + 0.42) / 0.09) ** 2))


def folds() -> Light:
    """Cloth: broad wrinkles and a fine weave, hardly any gloss."""
    random = np.random.default_rng(41)
    broad = cv2.GaussianBlur(random.normal(size=(HEIGHT, WIDTH)), (0, 0), 22)
    weave = cv2.GaussianBlur(random.normal(size=(HEIGHT, WIDTH)), (0, 0), 0.9)
    return np.clip(0.66 + 5.5 * broad + 0.05 * weave, 0.25, 1.0), np.full((HEIGHT, WIDTH), 0.006)


def satin() -> Light:
    """A curved sheet with two soft highlights and a shadowed side."""
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    shade = 0.45 + 0.4 * np.cos(1.7 * x + 0.5) * np.cos(0.9 * y - 0.3) + 0.1 * np.cos(9 * y)
    gloss = 0.22 * np.exp(-((x + 0.25) ** 2) / 0.012 - (y + 0.2) ** 2 / 0.2)
    return np.clip(shade, 0.15, 1.0), gloss + 0.12 * np.exp(-((x - 0.4) ** 2) / 0.006)


def painted(behind: np.ndarray, share: np.ndarray, colour: str, light: Light | None, linear: bool) -> np.ndarray:
    paint = hex_to_rgb(colour)
    if light is None:
        lit = np.broadcast_to(LINEAR[paint].astype(float), behind.shape)
    else:
        lit = light[0][..., None] * LINEAR[paint] + light[1][..., None]
    a = share[..., None]
    if linear:
        return from_linear(LINEAR[np.rint(np.clip(behind, 0, 255)).astype(int)] * (1 - a) + lit * a)
    return np.clip(np.rint(behind * (1 - a) + from_linear(lit) * a), 0, 255).astype(np.uint8)


def stored(picture: np.ndarray, quality: int, subsampling: str) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(file).convert("RGB"))


# ── the two sets ─────────────────────────────────────────────────────────────────────────────────────────────────────

Grounds = dict[str, tuple[Callable[[], np.ndarray], bool]]


@dataclass(frozen=True)
class Set:
    """What a set of scenes is drawn from."""

    grounds: Grounds
    greys: Grounds
    big: Draw
    thin: Draw
    wire: Draw
    bodies: tuple[tuple[str, Draw, Callable[[], Light]], ...]
    pairs: tuple[tuple[str, str], ...]
    grey_pairs: tuple[tuple[str, str], ...]
    quality: int


OPEN = Set(
    grounds={
        "paper": (lambda: even("#EFE6D8"), True),
        "ramp": (lambda: ramp("#F4C7A1", "#8FB8DE", 0.9), True),
        "motorcycle": (lambda: photo("stereo_motorcycle"), False),
        "tissue": (lambda: photo("immunohistochemistry"), False),
    },
    greys={
        "wall": (lambda: ramp("#B9B8B5", "#6F7072", 1.2), True),
        "gravel": (lambda: photo("gravel"), False),
        "coins": (lambda: photo("coins"), False),
    },
    big=gear, thin=spiral, wire=cable,
    bodies=(("bucket", bucket, round_light), ("cushion", cushion, folds)),
    pairs=(("#D7263D", "#1B998B"), ("#2E294E", "#F46036"), ("#F0A202", "#0F4C5C"), ("#5FAD56", "#7B2D8B")),
    grey_pairs=(("#7D7D7D", "#D7263D"), ("#3A3D40", "#1B998B"), ("#B7B2A8", "#0F4C5C"), ("#1F1F21", "#F46036")),
    quality=90,
)  # fmt: skip
HELD_OUT = Set(
    grounds={
        "sage": (lambda: even("#A9B8A0"), True),
        "dusk": (lambda: ramp("#22304F", "#C98B6B", 2.2), True),
        "hubble": (lambda: photo("hubble_deep_field"), False),
        "bricks": (lambda: photo("brick", tint="#C98B62"), False),
    },
    greys={
        "sweep": (lambda: ramp("#E2E1DE", "#8A8A8C", 1.57), True),
        "moon": (lambda: photo("moon"), False),
        "camera": (lambda: photo("camera", flip=True), False),
    },
    big=badge, thin=chart, wire=wires,
    bodies=(("vase", vase, satin), ("tray", tray, round_light)),
    pairs=(("#B0413E", "#3066BE"), ("#119DA4", "#E3655B"), ("#FFD23F", "#540D6E"), ("#8E5572", "#5B8E7D")),
    grey_pairs=(("#8A8A8A", "#3066BE"), ("#4B4E52", "#FFD23F"), ("#A7A39B", "#B0413E"), ("#2B2B2E", "#119DA4")),
    quality=86,
)  # fmt: skip


def box_round(share: np.ndarray, margin: int) -> np.ndarray:
    x, y, width, height = cv2.boundingRect((share > 0).astype(np.uint8))
    region = np.zeros(share.shape, bool)
    region[max(y - margin, 0) : y + height + margin, max(x - margin, 0) : x + width + margin] = True
    return region


def drawn(
    family: str, name: str, draw: Draw, light: Light | None, behind: tuple[Callable[[], np.ndarray], bool],
    pair: tuple[str, str], mode: str, *, linear: bool = False, jpeg: tuple[int, str] | None = None, margin: int | None = None,
) -> Case:  # fmt: skip
    share, ground = coverage(draw), behind[0]()
    picture, truth = (painted(ground, share, colour, light, linear) for colour in pair)
    picture = stored(picture, *jpeg) if jpeg else picture
    region = None if margin is None else box_round(share, margin)
    return Case(family, name, picture, truth, share, *pair, mode, region, jpeg is not None, behind[1], linear)


def cases(chosen: Set) -> Iterator[Case]:
    kept = [(False, None), (True, None), (False, (chosen.quality, "4:4:4")), (False, (chosen.quality - 4, "4:2:0"))]
    for (name, ground), pair in itertools.product(chosen.grounds.items(), chosen.pairs):
        for linear, jpeg in kept:
            label = f"{name} {pair[0]} {'linear' if linear else jpeg or ''}"
            yield drawn("flat", label, chosen.big, None, ground, pair, "auto", linear=linear, jpeg=jpeg)
        for (title, body, light), jpeg in itertools.product(chosen.bodies, (None, (chosen.quality, "4:2:0"))):
            label = f"{title} on {name} {pair[0]} {jpeg or ''}"
            yield drawn("shaded", label, body, light(), ground, pair, "shaded", linear=True, jpeg=jpeg)
        for margin, jpeg in itertools.product((None, 12), (None, (chosen.quality, "4:4:4"))):
            label = f"{name} {pair[0]} {'' if margin is None else 'region'} {jpeg or ''}"
            yield drawn("thin, drawn", label, chosen.thin, None, ground, pair, "auto", jpeg=jpeg, margin=margin)
        for margin in (None, 12):
            label = f"{name} {pair[0]} {'' if margin is None else 'region'}"
            yield drawn(
                "thin, lit",
                label,
                chosen.wire,
                chosen.bodies[0][2](),
                ground,
                pair,
                "shaded",
                linear=True,
                margin=margin,
            )
    for (name, ground), pair in itertools.product(chosen.greys.items(), chosen.grey_pairs):
        for (title, body, light), margin, jpeg in itertools.product(
            chosen.bodies, (None, 30), (None, (chosen.quality, "4:2:0"))
        ):
            label = f"{title} on {name} {pair[0]} {'' if margin is None else 'region'} {jpeg or ''}"
            yield drawn(
                "grey on grey", label, body, light(), ground, pair, "shaded", linear=True, jpeg=jpeg, margin=margin
            )
