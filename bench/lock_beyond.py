"""Where a lock can't keep its promises and has to say so: over half changed, no texture, equal colours, cut off, other."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from bench import lock_grounds as grounds
from bench.drifts import canvas
from bench.lock_heldout import STILLS, sampled
from bench.lock_scenes import Case, flat, photo, picture, scene, star, studio


def beyond(*, quick: bool = False) -> Iterator[Case]:
    """Where the lock can't keep its promises; quickly, every fourth case."""
    yield from islice(_all(), 0, None, 4 if quick else 1)


def _all() -> Iterator[Case]:
    """Of the kind `hard` it may also be that it keeps them after all; of the kind `other` it may not."""
    portrait, leaf = STILLS[0], STILLS[5]
    before = portrait.whole("none")
    face = np.zeros(before.shape[:2], bool)
    face[60:460, 330:680] = True
    swapped = np.where(face[..., None], before, picture(grounds.cloth(portrait.size), [], 1.6, 61))
    scenes = [scene("over half changed", "hard", before, swapped, region=~face)]
    scenes.append(scene("over half changed", "hard", leaf.whole("none"), leaf.whole("swap")))
    even = picture(studio((1200, 800), "#E6E2DA"), [], 0.5, 62)
    y, x = np.mgrid[0:800, 0:1200]
    glow = np.exp(-(((x - 700) / 160) ** 2 + ((y - 420) / 120) ** 2))[..., None]
    tinted = np.clip(np.rint(even + glow * [-40, 8, 30]), 0, 255).astype(np.uint8)
    scenes += [scene("no texture", "hard", even, tinted), scene("no texture", "none", even, even)]
    red = [
        picture(
            studio((1200, 800), "#B5423A"),
            [
                flat(grounds.shape((1200, 800), name, 0.5, 0.85, 0.6), "#B23E36"),
                flat(star((1200, 800), 0.85, 0.2, 0.1), "#F6F0E4"),
            ],
            1.0,
            63,
        )
        for name in ("mug", "carton")
    ]
    scenes.append(scene("equal colours", "hard", red[0], red[1]))
    for number, made in enumerate(scenes):
        yield Case(made, f"mid #{number}", canvas(made.size), 9800 + number, False, sampled("mid", 9800 + number))
    for number, (place, fixed, size) in enumerate((
        (0, {"zoom": 1.35, "look": (0.2, -0.8)}, canvas(portrait.size)), (1, {"fit": "crop", "zoom": 1.25, "look": (0.7, 0.5)}, (1024, 1536)),
        (8, {"fit": "crop"}, (1024, 1024)), (6, {"zoom": 1.6, "look": (-0.9, 0.9)}, canvas(STILLS[6].size)),
    )):  # fmt: skip
        made = STILLS[place].edit("recolour")
        yield Case(
            replace(made, name=f"cut off, {made.name}", kind="hard"),
            f"mid #{number}",
            size,
            9850 + number,
            False,
            sampled("mid", 9850 + number, **fixed),
        )
    noise = np.random.default_rng(64).integers(0, 256, before.shape, np.uint8)
    for number, (name, after) in enumerate((
        ("other subject", picture(photo("chelsea", portrait.size), [], 1.6, 65)), ("noise", noise), ("one colour", np.full_like(before, 127)),
        ("mirrored", before[:, ::-1]), ("upside down", before[::-1, ::-1]),
    )):  # fmt: skip
        for told in (False, True):
            made = scene(name, "other", before, np.ascontiguousarray(after), region=portrait.edit("recolour").region)
            yield Case(
                made, f"small #{number}", canvas(portrait.size), 9900 + number, told, sampled("small", 9900 + number)
            )
