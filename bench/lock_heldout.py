"""Edited pictures that nothing was tuned on: other grounds, products, type, edits and drifts than `lock_scenes`.

Drifts are drawn at random from the ranges of `sampled`, so that no two cases share one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial

import cv2
import numpy as np

from bench import lock_grounds as grounds
from bench.drifts import Drift, Pixels, Size, canvas
from bench.lock_scenes import (
    FONT,
    Case,
    Floats,
    Layer,
    Scene,
    flat,
    marked,
    photo,
    picture,
    scene,
    star,
    studio,
)  # fmt: skip
from workbench.imaging.colour_space import from_linear, hex_to_rgb, rgb_to_hex, to_linear
from workbench.starter import cloth as tote
from workbench.starter import flatwork, products
from workbench.starter.light import compress, encode
from workbench.starter.studio import develop

#: the most that a model moves things: px, share, degrees
_MOVES = {"none": (0.0, 0.0, 0.0), "small": (0.9, 0.001, 0.03), "mid": (2.2, 0.005, 0.12), "strong": (5.0, 0.012, 0.45)}


def sampled(level: str, seed: int, **fixed: object) -> Drift:
    """A drift of a level: movement and micro-warp, and on top what file, colour and detail happen to suffer."""
    random = np.random.default_rng(seed)
    far, stretch, turn = _MOVES[level]
    heading = random.uniform(0, 2 * np.pi)
    length = far * random.uniform(0.6, 1)

    def sometimes(chance: float, low: float, high: float) -> float:
        return float(random.uniform(low, high)) if random.random() < chance else 0.0

    drift = Drift(
        (length * np.cos(heading), length * np.sin(heading)), 1 + stretch * random.uniform(-1, 1), turn * random.uniform(-1, 1),
        0.0 if level == "none" else float(random.uniform(0.2, 0.5)), smooth=float(random.uniform(0.3, 1)), resynth=sometimes(0.4, 0.2, 0.8),
        gain=float(random.uniform(0.01, 0.03)), offset=float(random.uniform(0, 4)), palette=sometimes(0.4, 0.02, 0.07), tone=sometimes(0.4, -0.1, 0.12),
        sharpen=sometimes(0.3, 0.2, 0.7), grain=float(random.uniform(0, 3)), file=("WEBP", int(random.integers(75, 92))) if random.random() < 0.3 else ("JPEG", int(random.integers(70, 93))),
    )  # fmt: skip
    return replace(drift, **fixed)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Still:
    """A product, a tag and a typed line on a ground; its edits follow from these choices."""

    name: str
    ground: Callable[[Size], Floats]
    other: Callable[[Size], Floats]
    size: Size
    shape: str
    colours: tuple[str, str, str]  #: the product's, its new and its nearly equal one
    ink: str
    copy: tuple[str, str] = ("FROM $49 A MONTH", "FROM $39 A MONTH")
    seed: int = 1
    x: float = 0.32
    tall: float = 0.62
    grain: float = 1.6

    @property
    def farther(self) -> str:
        """Twice as far from the product's colour as the nearly equal one: ΔE2000 6 to 9 instead of 3 to 4."""
        here, there = (hex_to_rgb(colour).astype(int) for colour in (self.colours[0], self.colours[2]))
        return rgb_to_hex(np.clip(here + 2.1 * (there - here), 0, 255))

    def whole(self, kind: str) -> Pixels:
        cover = grounds.shape(self.size, self.shape, self.x, 0.9, self.tall)
        colour = {"recolour": self.colours[1], "faint": self.colours[2], "subtle": self.farther}.get(
            kind, self.colours[0]
        )
        layers = [_lit(cover, colour)]
        if kind != "remove":
            layers.append(flat(star(self.size, 0.8, 0.62, 0.11, 9, 0.8), "#2A2724"))
        if kind == "add":
            layers.append(_lit(grounds.shape(self.size, "pouch", 0.62, 0.86, 0.34), "#4F7A63"))
        line = grounds.typed(self.size, self.copy[kind == "copy"], 0.42, 0.16, 0.046)
        layers.append(flat(line, self.ink))
        if kind == "small":
            layers.append(flat(star(self.size, 0.9, 0.9, 0.018, 8, 0.6), "#F2A900"))
        return picture((self.other if kind == "swap" else self.ground)(self.size), layers, self.grain, self.seed)

    def edit(self, kind: str) -> Scene:
        """One of EDITS."""
        cover = grounds.shape(self.size, self.shape, self.x, 0.9, self.tall)
        region = {"swap": cover < 1, "none": marked(cover > 0)}.get(kind)
        return scene(self.name, kind, self.whole("none"), self.whole(kind), region=region)


def _lit(cover: Floats, colour: str) -> Layer:
    """A body lit from the upper right, with a printed band."""
    height, width = cover.shape
    rows, columns = np.flatnonzero(cover.max(axis=1) > 0), np.flatnonzero(cover.max(axis=0) > 0)
    y = (np.arange(height, dtype=np.float32)[:, None] - rows[0]) / max(1, rows[-1] - rows[0])
    x = (np.arange(width, dtype=np.float32)[None] - columns[0]) / max(1, columns[-1] - columns[0])
    light = np.clip(0.55 + 0.5 * np.exp(-(((x - 0.7) / 0.35) ** 2)) - 0.15 * y, 0, 1.1)
    levels = hex_to_rgb(colour) * light[..., None]
    band = ((y > 0.55) & (y < 0.62) & (x > -1))[..., None]
    return Layer(
        cover, np.clip(np.where(band, hex_to_rgb("#F6F0E4") * light[..., None], levels), 0, 255).astype(np.float32)
    )


def _grass(size: Size) -> Floats:
    return grounds.tinted(photo("grass", size), "#6E8B3D")


def _gravel(size: Size) -> Floats:
    return grounds.tinted(photo("gravel", size), "#B8A890")


STILLS = (
    Still("portrait", partial(photo, "astronaut"), grounds.leaves, (1000, 1250), "mug", ("#2E8B57", "#C2185B", "#3A9560"), "#FFFFFF", seed=31, x=0.2, tall=0.4),
    Still("fur", partial(photo, "chelsea"), studio, (1200, 800), "carton", ("#176B87", "#F2A900", "#1B7795"), "#FFFFFF", ("NEW ARRIVALS", "LAST CHANCE!"), 32),
    Still("grass", _grass, partial(photo, "chelsea"), (1024, 1024), "pouch", ("#F4F4F2", "#B5532F", "#E6E6E0"), "#FFFFFF", seed=33),
    Still("gravel", _gravel, grounds.cloth, (1100, 900), "ring", ("#8A2BE2", "#00A651", "#7B2BD0"), "#1A1A1A", ("FREE DELIVERY TODAY", "FREE RETURNS ALWAYS"), 34),
    Still("strands", grounds.strands, _grass, (900, 1200), "carton", ("#C9A227", "#2747B8", "#BE9A30"), "#FFFFFF", seed=35),
    Still("leaves", grounds.leaves, grounds.gradient, (1280, 853), "mug", ("#E9E4DA", "#C8102E", "#DCD6CA"), "#FFFFFF", seed=36),
    Still("cloth", grounds.cloth, partial(photo, "astronaut"), (1200, 900), "pouch", ("#30343B", "#C2185B", "#3A3F47"), "#FFFFFF", seed=37),
    Still("type", grounds.page, _gravel, (1000, 1300), "ring", ("#C8102E", "#0B1F3A", "#B81434"), "#0B1F3A", ("ISSUE NO. 12", "ISSUE NO. 13"), 38, 0.7, 0.4, 0.6),
    Still("gradient", grounds.gradient, _gravel, (1400, 560), "mug", ("#F2A900", "#4F7A63", "#E8B01C"), "#FFFFFF", seed=39, grain=0.5),
    Still("stars", partial(photo, "hubble_deep_field"), grounds.leaves, (1000, 872), "carton", ("#AFC6D8", "#E4002B", "#A2BBCF"), "#FFFFFF", seed=40),
    Still("grey portrait", partial(photo, "camera"), partial(studio, colour="#B9BABC"), (640, 480), "ring", ("#B9BABC", "#FF6A13", "#AEB2B6"), "#FFFFFF", seed=41),
)  # fmt: skip
EDITS = ("recolour", "subtle", "remove", "copy", "none", "add", "swap", "small", "faint")


@cache
def suit(size: Size = (1200, 1200)) -> Scene:
    """The orange of a photograph becomes blue, with every fold; the soft border follows the hue."""
    before = picture(photo("astronaut", size), [], 1.0, 42)
    light = to_linear(before)
    orange = np.clip((light[..., 0] - 2.2 * light[..., 2] - 0.04) / 0.08, 0, 1)
    orange[: round(0.42 * size[1])] = 0
    orange[:, : round(0.13 * size[0])] = 0
    share = cv2.GaussianBlur(cv2.erode(orange, np.ones((3, 3))), (0, 0), 1.2)[..., None]
    share[share < 0.02] = 0
    return scene("suit", "recolour", before, from_linear(light + share * (light[..., ::-1] - light)))


def _turned(colour: str, title: str, sized: Size = (1200, 900)) -> Pixels:
    frame = products.bottle(
        FONT, colour, title=title, sweep=products.Sweep("#4A4D54", "#34363C"), camera=products.view(*sized)
    )
    return develop(frame.light, seed=51)


def _cutout(colour: str) -> Pixels:
    frame = products.hand_cream(FONT, colour)
    cover = frame.cover[..., None]
    light = np.divide(frame.light, cover, out=np.zeros_like(frame.light), where=cover > 1e-4)
    return np.dstack([develop(light, grain=0.6, seed=17), np.rint(cover * 255).astype(np.uint8)])


def _large(colours: tuple[str, str, str], size: Size) -> Pixels:
    """Ray-traced tins enlarged to many megapixels, with grain at full size."""
    code = np.rint(encode(products.tea_range(FONT, colours).light)).astype(np.uint8)
    whole = cv2.resize(code, size, interpolation=cv2.INTER_CUBIC)
    noise = np.random.default_rng(23).integers(-3, 4, (size[1], size[0], 1), np.int16)
    return np.clip(whole + noise, 0, 255).astype(np.uint8)


def specials() -> Iterator[Scene]:
    """Ray-traced, printed, transparent, very wide and very tall pictures."""
    yield suit()
    dark = _turned(products.BLUE, "Night oil")
    yield scene("dark studio", "recolour", dark, _turned(products.CLAY, "Night oil"))
    yield scene("dark studio", "copy", dark, _turned(products.BLUE, "Dawn milk"))
    yield scene("cut-out", "recolour", _cutout(products.MOSS), _cutout(products.CLAY))
    yield scene("banner 2.5:1", "recolour", flatwork.autumn_banner(FONT), flatwork.autumn_banner(FONT, products.MOSS))
    yield scene("story 9:16", "recolour", flatwork.story(FONT), flatwork.story(FONT, products.SAGE))
    yield scene("pattern", "recolour", flatwork.pattern(), flatwork.pattern(main=products.INK))
    bag = [develop(compress(tote.tote(FONT, colour)), seed=18) for colour in (products.BLUE, products.CLAY)]
    yield scene("tote", "recolour", bag[0], bag[1])
    yield scene("tote", "none", bag[0], bag[0], region=marked((bag[0] != bag[1]).any(axis=2)))


_LEVELS = ("mid", "strong", "small", "mid", "strong")


def cases(*, quick: bool = False) -> Iterator[Case]:
    """Every edit of every ground under a drift of its own; every third knows the region a designer would mark."""
    number = 0
    for place, still in enumerate(STILLS):
        for turn, kind in enumerate(EDITS):
            number += 1
            if (quick and (turn + place) % 7) or (kind == "small" and place % 2):
                continue
            made = still.edit(kind)
            size = _outputs(made.size, number)
            yield _case(made, _LEVELS[(number + 2 * place) % 5], number, size, (number + place) % 3 == 0)
    for made in () if quick else specials():
        number += 1
        yield _case(made, _LEVELS[number % 5], number, canvas(made.size), number % 3 == 0)
    yield from aspects(quick=quick)
    yield from () if quick else large()


def _case(made: Scene, level: str, number: int, size: Size, told: bool) -> Case:
    return Case(made, f"{level} #{number}", size, 9000 + number, told, sampled(level, 9000 + number))


def _outputs(size: Size, number: int) -> Size:
    """Mostly about 1.5 MP; now and then 2048 wide or small."""
    if number % 11 == 5:
        return canvas(size, 2048 * 2048 * size[1] / size[0])
    if number % 11 == 8:
        return canvas(size, 420_000)
    return canvas(size)


def aspects(*, quick: bool = False) -> Iterator[Case]:
    """Outputs on the canvas sizes that models offer: stretched, padded, cropped."""
    square, wide, tall = (1024, 1024), (1536, 1024), (1024, 1536)
    plan = (
        (1, "recolour", square, {"fit": "stretch"}), (0, "remove", wide, {"fit": "pad", "padding": "white"}),
        (3, "copy", square, {"fit": "pad", "padding": "black"}), (4, "recolour", wide, {"fit": "pad", "padding": "blurred"}),
        (5, "none", square, {"fit": "crop"}), (6, "remove", tall, {"fit": "stretch"}), (8, "copy", wide, {"fit": "pad", "padding": "black"}),
        (1, "none", (1200, 800), {"zoom": 1.07, "look": (0.5, 0.2)}), (9, "recolour", square, {"fit": "crop", "look": (-0.6, 0.0)}),
    )  # fmt: skip
    for number, (place, kind, size, fixed) in enumerate(plan[: 2 if quick else None]):
        made = STILLS[place].edit(kind)
        words = " ".join(str(value) for value in fixed.values())
        yield Case(made, words, size, 9500 + number, number % 4 == 1, sampled("mid", 9500 + number, **fixed))


def large() -> Iterator[Case]:
    """12, 24 and 48 MP, and the smallest."""
    before, after = (products.CLAY, products.MOSS, products.BLUE), (products.CLAY, products.MOSS, products.SAGE)
    for number, (size, marks) in enumerate((((4000, 3000), False), ((5656, 4242), True), ((8000, 6000), False))):
        made = scene(f"tins {size[0] * size[1] / 1e6:.0f} MP", "recolour", _large(before, size), _large(after, size))
        yield Case(made, f"mid #{number}", canvas(size), 9600 + number, marks, sampled("mid", 9600 + number))
    for number, kind in enumerate(("recolour", "copy", "none")):
        made = replace(STILLS[1], name="fur .3 MP", size=(670, 450)).edit(kind)
        yield Case(made, f"strong #{number}", canvas(made.size), 9700 + number, False, sampled("strong", 9700 + number))
