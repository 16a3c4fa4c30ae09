"""Colour swap: quality on scenes for tuning and on held-out ones, and speed against plain full-frame float64 numpy.

Run `python -m bench.colours` (all), or name parts: quality, demo, calibration, heldout, speed; open (the scenes that
were used for mending, in the manner of heldout) only when named. Times are CPU seconds, medians of interleaved runs.
"""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from bench import colour_heldout, colour_scenes, colour_truth
from workbench.imaging import colours, edges, flat, shaded, shading, surfaces
from workbench.imaging.change import apply, grow
from workbench.imaging.colour_space import LIGHT_PER_LEVEL, LINEAR, delta_e_2000, from_linear, hex_to_rgb, to_lab


@dataclass(frozen=True)
class Scene:
    """A picture that can be drawn in any colour."""

    shape: str
    ground: str
    linear: bool = False  #: antialiased in linear light
    texture: float = 0.0
    grain: float = 0.0


def ground(name: str, width: int, height: int) -> np.ndarray:
    if name == "white":
        return np.full((height, width, 3), 255.0)
    if name == "studio":
        y, x = np.linspace(0, 1, height)[:, None, None], np.linspace(-1, 1, width)[None, :, None]
        return np.array([217.0, 211, 200]) * (1.02 - 0.2 * np.hypot(x + 0.3, y - 0.4))
    photo = Image.fromarray(getattr(data, name)()).convert("RGB")
    return np.asarray(photo.resize((width, height), Image.Resampling.LANCZOS), np.float64)


def coverage(
    width: int, height: int, draw: Callable[[ImageDraw.ImageDraw, float, float], None], over: int
) -> np.ndarray:
    big = Image.new("L", (width * over, height * over))
    draw(ImageDraw.Draw(big), width * over / 100, height * over / 100)
    return np.asarray(big.resize((width, height), Image.Resampling.BOX), np.float64)[..., None] / 255


def shapes(draw: ImageDraw.ImageDraw, x: float, y: float) -> None:
    draw.ellipse([6 * x, 8 * y, 40 * x, 52 * y], fill=255)
    draw.polygon([(50 * x, 10 * y), (93 * x, 20 * y), (70 * x, 55 * y)], fill=255)
    draw.rounded_rectangle([12 * x, 62 * y, 60 * x, 92 * y], 4 * x, fill=255)


def print_lines(draw: ImageDraw.ImageDraw, x: float, y: float) -> None:
    for row, size in enumerate((1.6, 2.2, 3.0, 4.5)):
        draw.text((5 * x, (6 + 15 * row) * y), "Small print 2026", fill=255, font=ImageFont.load_default(size * x))
        draw.line([(5 * x, (70 + 7 * row) * y), (95 * x, (72 + 7 * row) * y)], 255, max(1, int(0.08 * x * (row + 1))))


def body(draw: ImageDraw.ImageDraw, x: float, y: float) -> None:
    draw.rounded_rectangle([30 * x, 10 * y, 68 * x, 92 * y], 5 * x, fill=255)


def ball(draw: ImageDraw.ImageDraw, x: float, y: float) -> None:
    draw.ellipse([25 * x, 14 * y, 77 * x, 14 * y + 52 * x], fill=255)


DRAWINGS = {"shapes": shapes, "print": print_lines, "body": body, "ball": ball}


def render(
    scene: Scene, colour: str, width: int = 1000, height: int = 750, over: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """The picture, uint8, and the share of paint in each pixel."""
    share = coverage(width, height, DRAWINGS[scene.shape], over)
    behind, paint = ground(scene.ground, width, height), hex_to_rgb(colour)
    random = np.random.default_rng(7)
    if scene.shape in ("body", "ball"):
        shade, gloss = light(scene, width, height, random)
        lit = shade[..., None] * LINEAR[paint] + gloss[..., None]
    else:
        lit = np.broadcast_to(LINEAR[paint].astype(float), behind.shape)
    if scene.linear:
        mixed = LINEAR[np.rint(np.clip(behind, 0, 255)).astype(int)] * (1 - share) + lit * share
        result = from_linear(mixed).astype(float)
    else:
        result = behind * (1 - share) + from_linear(lit) * share
    result = result + random.normal(0, scene.grain, result.shape) if scene.grain else result
    return np.clip(np.rint(result), 0, 255).astype(np.uint8), share[..., 0]


def light(scene: Scene, width: int, height: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.linspace(0, 100, width)[None, :], np.linspace(0, 100 * height / width, height)[:, None]
    if scene.shape == "body":
        across = np.clip((x - 49) / 19, -1, 1) + 0 * y
        shade = 0.35 + 0.63 * np.clip(np.sqrt(1 - across**2) * 0.8 - across * 0.4, 0, 1)
        gloss = 0.5 * np.exp(-(((across + 0.5) / 0.08) ** 2)) + 0.1 * np.exp(-(((across - 0.75) / 0.06) ** 2))
    else:
        u, v = (x - 51) / 26, (y - 36.5) / 26
        facing = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
        shade = 0.15 + 0.83 * np.clip(0.5 * facing - 0.5 * u - 0.6 * v, 0, 1)
        gloss = 0.4 * np.clip(0.83 * facing - 0.35 * u - 0.43 * v, 0, 1) ** 40
    if scene.texture:
        shade = shade * (1 + 3 * scene.texture * cv2.GaussianBlur(random.normal(size=shade.shape), (0, 0), 2))
    return shade, gloss


TUNING = [
    Scene("shapes", "white"),
    Scene("shapes", "coffee"),
    Scene("print", "white"),
    Scene("body", "studio"),
    Scene("body", "coffee", linear=True),
    Scene("ball", "astronaut", grain=1.0),
    Scene("ball", "chelsea", texture=0.08),
]
TUNING_PAIRS = [("#E4002B", "#0057B8"), ("#0057B8", "#FF6A13")]
#: rendered for the first time when the numbers in the report were taken
HELD_OUT = [
    Scene("shapes", "studio"),
    Scene("shapes", "rocket"),
    Scene("shapes", "retina", linear=True),
    Scene("print", "studio"),
    Scene("body", "rocket"),
    Scene("body", "retina", texture=0.05),
    Scene("ball", "white", linear=True),
    Scene("ball", "rocket", grain=0.7),
]
HELD_OUT_PAIRS = [("#008C95", "#F2A900"), ("#6D2077", "#78BE20"), ("#C8102E", "#1D1D1B")]


def quality(title: str, scenes: list[Scene], pairs: list[tuple[str, str]]) -> None:
    print(f"\n{title}\n{'scene':32}{'pair':18}{'core p95':>9}{'all mean':>9}{'edge mean':>10}{'elsewhere %':>12}  said")
    for scene in scenes:
        mode = "shaded" if scene.shape in ("body", "ball") else "flat"
        for source, target in pairs:
            (picture, share), (truth, _) = render(scene, source), render(scene, target)
            swapped = colours.swap_details(picture, [(source, target)], mode=mode)
            off = delta_e_2000(to_lab(swapped.image), to_lab(truth))
            rim = (share > 0) & (share < 1)
            touched = (swapped.image != picture).any(-1)[share == 0]
            core = np.percentile(off[share == 1], 95) if (share == 1).any() else np.nan
            name = f"{scene.shape} on {scene.ground}" + (" linear" if scene.linear else "")
            name += f" texture {scene.texture}" * bool(scene.texture) + f" grain {scene.grain}" * bool(scene.grain)
            numbers = f"{core:9.2f}{off[share > 0].mean():9.2f}{off[rim].mean():10.2f}{100 * touched.mean():12.3f}"
            print(
                f"{name:32}{source[1:]}>{target[1:]:10}{numbers}  {'doubtful' if swapped.doubts else '-'}", flush=True
            )


def naive_flat(image: np.ndarray, source: str, target: str) -> np.ndarray:
    """The flat swap of a noiseless picture, every step over the whole frame in float64."""
    a, b = hex_to_rgb(source).astype(np.float64), hex_to_rgb(target).astype(np.float64)
    picture = image.astype(np.float64)
    off = np.abs(picture - a).max(-1)
    drawn = flat._drawn(image, off <= flat.CLEAN_TOLERANCE, hex_to_rgb(source), flat.CLEAN_TOLERANCE)
    everywhere = np.ones(drawn.shape, bool)
    edge = edges.solve(edges.Scene(image, drawn, everywhere, everywhere, 0.4, 3.0, colour=hex_to_rgb(source)))
    share = drawn.astype(np.float64)
    share.ravel()[edge.at] = edge.share
    if not edge.light:
        return np.clip(np.rint(picture + share[..., None] * (b - a)), 0, 255).astype(np.uint8)
    lit = decoded(picture) + share[..., None] * (decoded(b) - decoded(a))
    return np.where(share[..., None] > 0, np.rint(encoded(lit)), picture).astype(np.uint8)


def decoded(levels: np.ndarray) -> np.ndarray:
    x = levels / 255
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def encoded(values: np.ndarray) -> np.ndarray:
    x = np.clip(values, 0, 1)
    return 255 * np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)


def naive_fit(image: np.ndarray, source: np.ndarray, light: bool) -> shading.Fit:
    """shading.fit at every pixel of the frame, in float64."""
    a = decoded(source.astype(np.float64)) if light else source / 255.0
    x = (decoded(image.astype(np.float64)) if light else image / 255.0).reshape(-1, 3)
    step = LIGHT_PER_LEVEL[image].astype(np.float64).reshape(-1, 3) if light else np.full(x.shape, 1 / 255)
    step = np.where(image.reshape(-1, 3) == 255, 1.0, step)
    weight = 12 / step**2
    aa, ao, oo = (weight * a * a).sum(1) + 1, (weight * a).sum(1), weight.sum(1)
    ax, ox = (weight * x * a).sum(1) + 0.6, (weight * x).sum(1)
    determinant = np.maximum(aa * oo - ao**2, 1e-6 * aa * oo)
    shade, gloss = (oo * ax - ao * ox) / determinant, (aa * ox - ao * ax) / determinant
    residual = x - shade[:, None] * a - gloss[:, None]
    least = np.maximum(shading.SHADE[0], 0.3 * gloss)
    beyond = np.maximum(np.maximum(least - shade, shade - shading.SHADE[1]), 0)
    veiled = np.maximum(np.maximum(-0.003 - gloss, gloss - shading.GLOSS), 0)
    squared = (weight * residual**2).sum(1) + beyond**2 / (oo / determinant) + veiled**2 / (aa / determinant)
    values = (shade, gloss, np.sqrt(squared), oo / determinant, aa / determinant)
    return shading.Fit(*(v.astype(np.float32) for v in values))


def naive_shaded(image: np.ndarray, source: str, target: str) -> np.ndarray:
    """The shaded swap with the model fitted, and everything after it done, over the whole frame."""
    a, b = hex_to_rgb(source), hex_to_rgb(target)
    region = surfaces.outline(image, a, None)
    rim = grow(region, 12) & ~region
    fits = {light: naive_fit(image, a, light) for light in (True, False)}
    inside = region.ravel()
    scores = {light: np.exp(-(fit.misfit[inside] ** 2) / 16).sum() for light, fit in fits.items()}
    light = scores[False] <= 1.02 * scores[True]
    where = np.flatnonzero(region | rim)
    chosen = shading.Fit(*(getattr(fits[light], name)[where] for name in shading.Fit.__dataclass_fields__))
    box = (slice(0, image.shape[0]), slice(0, image.shape[1]))
    found = surfaces.decide(box, region, rim, where, inside[where], chosen, shading.Scale(light))
    return apply(image, [shaded.change(image, found, a, b, allowed=None, visible=None)])[0]


def speed(width: int = 4243, height: int = 2828, runs: int = 3) -> None:
    print(
        f"\nCPU seconds at {width * height / 1e6:.0f} MP\n{'scene':28}{'ours':>8}{'naive':>8}{'ratio':>8}{'off by > 1':>12}"
    )
    for scene, mode, naive in (
        (Scene("shapes", "coffee"), "flat", naive_flat),
        (Scene("shapes", "white"), "flat", naive_flat),
        (Scene("body", "studio"), "shaded", naive_shaded),
        (Scene("ball", "coffee"), "shaded", naive_shaded),
    ):
        picture, _ = render(scene, "#E4002B", width, height, over=2)
        spent: tuple[list[float], list[float]] = ([], [])
        for _ in range(runs):
            start = time.process_time()
            ours = colours.swap(picture, "#E4002B", "#0057B8", mode=mode)
            middle = time.process_time()
            theirs = naive(picture, "#E4002B", "#0057B8")
            spent[0].append(middle - start)
            spent[1].append(time.process_time() - middle)
        mine, other = (statistics.median(times) for times in spent)
        apart = (cv2.absdiff(ours, theirs).max(-1) > 1).mean()
        name = f"{scene.shape} on {scene.ground}, {mode}"
        print(f"{name:28}{mine:8.2f}{other:8.2f}{other / mine:8.1f}{100 * apart:11.4f}%", flush=True)


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["quality", "demo", "calibration", "heldout", "speed"]
    if "quality" in wanted:
        quality("Scenes used for tuning", TUNING, TUNING_PAIRS)
        quality("Held-out scenes", HELD_OUT, HELD_OUT_PAIRS)
    if "demo" in wanted:
        colour_truth.demo()
    if "calibration" in wanted:
        products = [scene for scene in (*TUNING, *HELD_OUT) if scene.shape in ("body", "ball")]
        colour_truth.calibration(partial(render, scene, width=600, height=450, over=6) for scene in products)
    if "heldout" in wanted:
        colour_heldout.heldout(colour_scenes.HELD_OUT, "Scenes held out")
    if "open" in wanted:
        colour_heldout.heldout(colour_scenes.OPEN, "Scenes used for mending")
    if "speed" in wanted:
        speed()
