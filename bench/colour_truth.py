"""Colour swap on the demo brand's pictures, redrawn in the target colour, and whether doubts come when they should.

Run by `python -m bench.colours demo calibration`.
"""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from workbench.imaging import colours, intake
from workbench.imaging.colour_space import delta_e_2000, hex_to_rgb, to_lab, to_oklab
from workbench.starter import flatwork, pictures, products
from workbench.starter.products import BLUE, CLAY
from workbench.starter.studio import develop

FONT = Path(colours.__file__).parents[1] / "ui" / "static" / "Inter.woff2"
DRAWN: dict[str, Callable[[str], np.ndarray]] = {
    "calm-serum.png": lambda c: develop(products.bottle(FONT, c).light, seed=11),
    "warm-balm.jpg": lambda c: develop(products.jar(FONT, c).light, seed=12),
    "oat-and-honey.jpg": lambda c: develop(products.tin(FONT, c).light, seed=14),
    "garden-mint.webp": lambda c: develop(products.tin(FONT, c, title="Garden mint").light, seed=15),
    "night-oil.png": lambda c: develop(products.night(FONT, c).light, seed=13),
    "gift-carton.png": lambda c: develop(products.carton(FONT, c).light, seed=24),
    "paper-cup.png": lambda c: develop(products.cup(FONT, c).light, seed=16),
    "autumn-banner.png": lambda c: flatwork.autumn_banner(FONT, c),
    "evening-ritual-story.webp": lambda c: flatwork.story(FONT, c),
    "pattern-sheet.png": lambda c: flatwork.pattern(main=c),
}


def difference(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return delta_e_2000(to_lab(one[..., :3]), to_lab(two[..., :3]))


def limit(colour: str, lossy: bool) -> float:
    """The mean ΔE2000 that a shaded swap may be off without saying so."""
    lightness, a, b = (float(v) for v in to_oklab(hex_to_rgb(colour)[None])[0])
    exact = np.hypot(a, b) >= 0.08 and 0.2 < lightness < 0.9
    return (1.7 if lossy else 0.5) if exact else 3.0


def demo() -> None:
    """Each picture of the demo brand against itself drawn in the target colour."""
    head = f"{'picture':27}{'mode':8}{'core mean':>10}{'p95':>7}{'edge mean':>10}{'stored so':>10}{'far %':>8}  said"
    print(f"\nDemo pictures; “stored so”: what the target picture's own edges lose in this file format\n{head}")
    for name, draw in DRAWN.items():
        source = pictures.COLOURS[name]
        target = CLAY if source == BLUE else BLUE
        picture = intake.read(pictures.one(FONT, name).data).array
        before, truth = draw(source), draw(target)
        touched = (before[..., :3] != truth[..., :3]).any(-1)
        touched &= before[..., 3] > 0 if before.shape[2] == 4 else True
        core = cv2.erode(touched.view(np.uint8), np.ones((5, 5), np.uint8)).view(bool)
        edge, far = touched & ~core, cv2.dilate(touched.view(np.uint8), np.ones((9, 9), np.uint8)) == 0
        swapped = colours.swap_details(picture, [(source, target)])
        off, stored = difference(swapped.image, truth), difference(picture, before)
        changed = 100 * (swapped.image != picture).any(-1)[far].mean() if far.any() else 0.0
        numbers = [a.mean() if a.size else 0.0 for a in (off[core], off[edge], stored[edge])]
        p95 = np.percentile(off[core], 95) if core.any() else 0.0
        print(
            f"{name:27}{swapped.modes[0]:8}{numbers[0]:10.2f}{p95:7.2f}{numbers[1]:10.2f}{numbers[2]:10.2f}"
            f"{changed:8.3f}  {len(swapped.doubts) or '-'}",
            flush=True,
        )


COLOURS = (
    ("#E4002B", "#0057B8"),
    ("#7A8F6A", "#2747B8"),
    ("#4F7A63", "#B5532F"),
    ("#FFC400", "#2747B8"),
    ("#808080", "#E4002B"),
    ("#8C857B", "#2747B8"),
    ("#2A2724", "#B5532F"),
    ("#F6F0E4", "#2747B8"),
    ("#5B6770", "#E4002B"),
    ("#A39382", "#4F7A63"),
)


def calibration(scenes: Iterator[Callable[[str], tuple[np.ndarray, np.ndarray]]]) -> None:
    """How often a shaded result over its limit said nothing, and how often one within it raised a doubt."""
    table = {(over, said): 0 for over in (True, False) for said in (True, False)}
    for draw in scenes:
        for source, target in COLOURS:
            (picture, share), (truth, _) = draw(source), draw(target)
            for lossy in (False, True):
                given = as_jpeg(picture) if lossy else picture
                swapped = colours.swap_details(given, [(source, target)], mode="shaded")
                far = cv2.dilate((share > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
                error = float(difference(swapped.image, truth)[share > 0].mean())
                stray = float((swapped.image != given).any(-1)[far].mean())
                over = error > limit(source, lossy) or stray > 0.02
                table[over, bool(swapped.doubts)] += 1
                if over and not swapped.doubts:
                    print(
                        f"silent: {source}, {'JPEG' if lossy else 'PNG'}: ΔE {error:.2f}, {100 * stray:.1f} % strayed"
                    )
    print("\nDoubts on shaded scenes, in number of pictures")
    print(f"over the limit: {table[True, True]} said, {table[True, False]} silent")
    print(f"within the limit: {table[False, True]} said, {table[False, False]} silent", flush=True)


def as_jpeg(picture: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=90)
    return np.asarray(Image.open(file).convert("RGB"))
