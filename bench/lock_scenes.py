"""Edited pictures with the whole truth: original, true edit, what a designer would mark; for tuning the lock.

Photographs here are coffee, rocket, brick, motorcycle and retina of scikit-image; the rest is drawn. Everybody may look
at these scenes and choose numbers on them; `lock_heldout` shares none of their pictures, drifts' seeds or edits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from skimage import data

from bench.drifts import DRIFTS, Drift, Matrix, Pixels, Size, canvas, simulate
from workbench import starter
from workbench.imaging.colour_space import hex_to_rgb
from workbench.starter import flatwork, products
from workbench.starter.lettering import face, star_points
from workbench.starter.studio import develop

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
Draw = Callable[[ImageDraw.ImageDraw, float], None]

FONT = Path(str(starter.__file__)).parents[1] / "ui" / "static" / "Inter.woff2"
#: a difference of so many levels is an edit; less is what antialiasing and shadows fade out with
_EDIT = 2


@dataclass(frozen=True)
class Scene:
    """A picture and its true edit, both as the designer's file would hold them."""

    name: str
    kind: str  #: recolour, subtle, remove, copy, swap, none, or what else a bench asks of it
    original: Pixels
    edited: Pixels
    region: Mask  #: H×W, what a designer would mark for this edit (all of it for a swap, a product's box for none)

    @property
    def differs(self) -> Mask:
        """Where the true edit is not the original, to the bit."""
        return (self.original != self.edited).any(axis=2)

    @property
    def changed(self) -> Mask:
        """Where the true edit can be told from the original."""
        return cv2.absdiff(self.original, self.edited).max(axis=2) > _EDIT

    @property
    def size(self) -> Size:
        return self.original.shape[1], self.original.shape[0]


@dataclass(frozen=True)
class Case:
    """A scene as a model returns it."""

    scene: Scene
    drift: str  #: a name in DRIFTS, or of `own`
    size: Size  #: the output's
    seed: int
    marked: bool = False  #: whether the lock is told the scene's region
    own: Drift | None = None

    @property
    def name(self) -> str:
        return f"{self.scene.name}, {self.scene.kind}, {self.drift}" + (", marked" if self.marked else "")

    def output(self) -> tuple[Pixels, Matrix]:
        """The model's picture, and the true map from the original to it."""
        return simulate(self.scene.edited, self.own or DRIFTS[self.drift], self.size, self.seed)


@dataclass(frozen=True)
class Layer:
    """Something laid on a picture."""

    cover: Floats  #: H×W, 0–1
    colour: Floats | Pixels  #: 3 levels or H×W×3 levels


def photo(name: str, size: Size, part: tuple[float, float] = (0.5, 0.5)) -> Floats:
    """A photograph of scikit-image that fills `size`, unrounded levels H×W×3; `part`: where the crop lies, 0–1."""
    pixels = getattr(data, name)()
    pixels = pixels[0] if name == "stereo_motorcycle" else pixels
    pixels = np.dstack([pixels] * 3) if pixels.ndim == 2 else pixels[..., :3]
    (width, height), (rows, columns) = size, pixels.shape[:2]
    factor = max(width / columns, height / rows)
    wide, high = max(width, round(columns * factor)), max(height, round(rows * factor))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    whole = cv2.resize(pixels, (wide, high), interpolation=method).astype(np.float32)
    left, top = round((wide - width) * part[0]), round((high - height) * part[1])
    return whole[top : top + height, left : left + width]


def studio(size: Size, colour: str = "#D9D2C6") -> Floats:
    """A softly lit sweep without texture, levels H×W×3."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pool = 0.78 + 0.24 * np.exp(-(((x / width - 0.4) ** 2) / 0.3 + ((y / height - 0.35) ** 2) / 0.25))
    cove = 1 - 0.1 / (1 + np.exp((0.68 - y / height) * 30))
    return np.minimum(hex_to_rgb(colour) * (pool * cove)[..., None], 255).astype(np.float32)


def drawn(size: Size, draw: Draw, samples: int = 4) -> Floats:
    """The cover of a shape, H×W, 0–1; `draw` gets a pen and how many of its units a pixel has."""
    sheet = Image.new("L", (size[0] * samples, size[1] * samples))
    draw(ImageDraw.Draw(sheet), samples)
    return np.asarray(sheet.reduce(samples), np.float32) / 255


def bottle(size: Size, x: float, foot: float, tall: float) -> Floats:
    """Rounded body and neck; all in shares of the height but x, a share of the width."""
    width, height = size

    def draw(pen: ImageDraw.ImageDraw, s: float) -> None:
        unit, middle, floor = height * tall * s, width * x * s, height * foot * s
        body = [middle - 0.2 * unit, floor - 0.72 * unit, middle + 0.2 * unit, floor]
        pen.rounded_rectangle(body, 0.07 * unit, fill=255)
        neck = [middle - 0.075 * unit, floor - unit, middle + 0.075 * unit, floor - 0.66 * unit]
        pen.rounded_rectangle(neck, 0.02 * unit, fill=255)

    return drawn(size, draw)


def star(size: Size, x: float, y: float, radius: float, rays: int = 12, waist: float = 0.72) -> Floats:
    """A seal with rays; radius in shares of the height."""
    width, height = size
    return drawn(
        size, lambda pen, s: pen.polygon(
            star_points(width * x * s, height * y * s, height * radius * s, points=rays, waist=waist), fill=255
        ),
    )  # fmt: skip


def words(size: Size, text: str, x: float, y: float, high: float, weight: int = 600) -> Floats:
    """A line of Inter, its baseline's start at shares x, y; `high`: share of the width that an em has."""
    width, height = size
    return drawn(
        size, lambda pen, s: pen.text(
            (width * x * s, height * y * s), text, 255, face(FONT, round(width * high * s), weight), anchor="ls"
        ),
    )  # fmt: skip


def shaded(cover: Floats, colour: str) -> Layer:
    """A round body: light from the left, a dark right flank, a narrow gloss."""
    columns = np.flatnonzero(cover.max(axis=0) > 0)
    across = (np.arange(cover.shape[1], dtype=np.float32) - columns[0]) / max(1, columns[-1] - columns[0])
    light = 0.45 + 0.6 * np.exp(-(((across - 0.32) / 0.3) ** 2))
    gloss = 60 * np.exp(-(((across - 0.2) / 0.04) ** 2))
    levels = hex_to_rgb(colour)[None, :] * light[:, None] + gloss[:, None]
    return Layer(cover, np.broadcast_to(np.minimum(levels, 255)[None], (*cover.shape, 3)).astype(np.float32))


def flat(cover: Floats, colour: str) -> Layer:
    return Layer(cover, hex_to_rgb(colour))


def picture(ground: Floats, layers: list[Layer], grain: float = 1.2, seed: int = 1) -> Pixels:
    """Ground and layers, uint8 H×W×3; equal seeds give equal grain, so that only the edit differs."""
    whole = ground.astype(np.float32)
    for layer in layers:
        whole = whole + layer.cover[..., None] * (layer.colour - whole)
    noise = np.random.default_rng(seed).standard_normal(whole.shape[:2], np.float32)
    return np.clip(np.rint(whole + grain * noise[..., None]), 0, 255).astype(np.uint8)


def marked(changed: Mask, margin: float = 0.03) -> Mask:
    """What a designer drags round a change: its box and a share of the longer side around it."""
    found = np.zeros(changed.shape, bool)
    if changed.any():
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        space = round(margin * max(changed.shape))
        found[max(0, rows[0] - space) : rows[-1] + space + 1, max(0, columns[0] - space) : columns[-1] + space + 1] = 1
    return found


def scene(name: str, kind: str, original: Pixels, edited: Pixels, *, region: Mask | None = None) -> Scene:
    """With the region that a designer would mark; colours that nobody can see, under alpha 0, are black."""
    if original.shape[2] == 4:
        original, edited = (np.where(pixels[..., 3:] > 0, pixels, 0) for pixels in (original, edited))
    made = Scene(name, kind, original, edited, np.zeros(original.shape[:2], bool))
    return Scene(name, kind, original, edited, marked(made.changed) if region is None else region)


@dataclass(frozen=True)
class Set:
    """A product, a seal and a line of copy on a ground; its six edits follow from these choices."""

    name: str
    ground: Callable[[Size], Floats]
    other: Callable[[Size], Floats]  #: what a background swap puts there
    size: Size = (1200, 800)
    colours: tuple[str, str, str] = (
        "#E4002B",
        "#0057B8",
        "#D01040",
    )  #: the product's, its new and its nearly equal one
    ink: str = "#FFFFFF"
    copy: tuple[str, str] = ("Summer Sale 2026", "Winter Deals $49")
    seed: int = 1

    def edit(self, kind: str) -> Scene:
        """One of recolour, subtle, remove, copy, swap, none."""
        body = bottle(self.size, 0.7, 0.92, 0.78)
        seal = star(self.size, 0.2, 0.28, 0.15)
        lines = {text: words(self.size, text, 0.05, 0.82, 0.052) for text in self.copy}
        label = words(self.size, "ASTER", 0.655, 0.68, 0.03, 700)

        def whole(kind: str) -> Pixels:
            colour = {"recolour": self.colours[1], "subtle": self.colours[2]}.get(kind, self.colours[0])
            layers = [shaded(body, colour), flat(label, "#F6F0E4")]
            layers += [] if kind == "remove" else [flat(seal, "#F2A900")]
            layers += [flat(lines[self.copy[kind == "copy"]], self.ink)]
            return picture((self.other if kind == "swap" else self.ground)(self.size), layers, seed=self.seed)

        region = None
        if kind == "swap":
            region = body < 1
        elif kind == "none":
            region = marked(body > 0)
        return scene(self.name, kind, whole("none"), whole(kind), region=region)


KINDS = ("recolour", "subtle", "remove", "copy", "swap", "none")
SETS = (
    Set("coffee", partial(photo, "coffee"), partial(photo, "rocket"), seed=1),
    Set("rocket", partial(photo, "rocket"), partial(studio, colour="#8FA7B8"), colours=("#FF6A13", "#00A651", "#F58A1F"), seed=2),
    Set("studio", studio, partial(photo, "brick"), ink="#222222", size=(1200, 900), seed=3),
    Set("motorcycle", partial(photo, "stereo_motorcycle"), partial(photo, "coffee"), colours=("#7A8F6A", "#2747B8", "#8A9A6A"), seed=4),
    Set("brick", partial(photo, "brick"), studio, (1000, 1000), ("#2747B8", "#B5532F", "#3050C0"), "#111111", ("NEW COLLECTION", "LAST CHANCE"), 5),
    Set("retina", partial(photo, "retina"), partial(studio, colour="#33363C"), (900, 1200), ("#F6F0E4", "#4F7A63", "#EDE2D0"), seed=6),
)  # fmt: skip


@cache
def serum(colour: str, title: str) -> Pixels:
    """The demo brand's bottle, ray-traced, 1000×750."""
    frame = products.bottle(FONT, colour, title=title, camera=products.view(1000, 750))
    return develop(frame.light, seed=11)


def others() -> Iterator[Scene]:
    """Ray-traced, flat and transparent pictures, and one of 12 MP."""
    plain = serum(products.SAGE, "Calm serum")
    yield scene("serum", "recolour", plain, serum(products.BLUE, "Calm serum"))
    yield scene("serum", "copy", plain, serum(products.SAGE, "Night serum"))
    square = flatwork.social_square(FONT)
    yield scene("square", "swap", square, flatwork.social_square(FONT, products.CLAY))
    yield scene("square", "none", square, square, region=marked(square[..., 0] > 250))
    logo, blue = flatwork.logo(FONT, products.CLAY), flatwork.logo(FONT, products.BLUE)
    yield scene("logo on nothing", "recolour", logo, blue)
    yield SET_12MP.edit("recolour")
    yield SET_12MP.edit("copy")


SET_12MP = Set("coffee 12 MP", partial(photo, "coffee"), studio, (4200, 2800), seed=7)
_DRIFTS = ("small", "mid", "strong", "redrawn", "graded", "film", "crisp")


def cases(*, quick: bool = False) -> Iterator[Case]:
    """Every edit of every set under two drifts, once marked and once not; the other scenes likewise."""
    number = 0
    for made in SETS[: 2 if quick else None]:
        for kind in KINDS:
            one = made.edit(kind)
            for _ in range(1 if quick else 2):
                drift = _DRIFTS[number * 3 % len(_DRIFTS)]
                yield Case(one, drift, canvas(one.size), 1000 + number, marked=number % 3 == 2)
                number += 1
    for one in () if quick else others():
        for drift in ("mid", "redrawn"):
            yield Case(one, drift, canvas(one.size), 1000 + number, marked=number % 3 == 2)
            number += 1
    first = SETS[0].edit("recolour")
    for drift in () if quick else ("none", "stretched", "letterbox", "white bars", "blurred bars", "cropped", "zoomed"):
        size = canvas(first.size) if drift in ("none", "zoomed") else (1024, 1024)
        yield Case(first, drift, size, 1000 + number)
        number += 1
