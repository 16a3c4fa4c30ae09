"""Small patches that a model recoloured on its way, 100×40 px at ΔE2000 8 in pictures of 12 MP: every one must be found."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from bench.drifts import Pixels
from bench.lock_heldout import STILLS, sampled
from bench.lock_scenes import Case, Mask, Scene
from workbench.imaging.colour_space import delta_e_2000, to_lab

#: width and height in original pixels, and how far off
PATCH, DELTA_E = (100, 40), 8.0
_PATCHES = 6
_WAYS = ((1, 1, 1), (-1, -1, -1), (1, -0.6, -0.4), (-0.7, 0.7, 0), (-0.3, -0.3, 1), (0.6, 0.6, -1))


@dataclass(frozen=True)
class Stray:
    """A case with patches that nobody asked for, as boxes x, y in the original."""

    case: Case
    boxes: tuple[tuple[int, int], ...]


def strays(*, quick: bool = False) -> Iterator[Stray]:
    """Six patches on every ground, once with the region of an edit marked and once without."""
    for number, still in enumerate(STILLS[1:2] if quick else STILLS):
        width, height = still.size
        factor = (12_000_000 / (width * height)) ** 0.5
        made = replace(still, size=(round(width * factor), round(height * factor))).edit("recolour")
        random = np.random.default_rng(8000 + number)
        boxes = tuple(_places(made, random))
        edited = made.edited.copy()
        for turn, (x, y) in enumerate(boxes):
            place = np.s_[y : y + PATCH[1], x : x + PATCH[0]]
            edited[place] = _off(edited[place], np.roll(_WAYS, number, axis=0)[turn])
        dirty = Scene(made.name, "stray", made.original, edited, made.region)
        for told in (False, True):
            level = ("small", "mid", "strong")[(number + told) % 3]
            seed = 8100 + 2 * number + told
            yield Stray(Case(dirty, level, (1536, 1024) if width > height else (1024, 1536), seed, told, sampled(level, seed)), boxes)  # fmt: skip


def _places(scene: Scene, random: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Free places in what every drift still shows, away from the edit's region and from each other."""
    (width, height), taken = scene.size, scene.region.copy()
    edge = round(0.02 * max(width, height))
    found = 0
    while found < _PATCHES:
        x, y = int(random.integers(edge, width - edge - PATCH[0])), int(random.integers(edge, height - edge - PATCH[1]))
        if not taken[y : y + PATCH[1], x : x + PATCH[0]].any():
            taken[max(0, y - 200) : y + 240, max(0, x - 200) : x + 300] = True
            found += 1
            yield x, y


def _off(patch: Pixels, way: np.ndarray) -> Pixels:
    """The patch moved along a direction of RGB, or the other way where levels run out, to a mean ΔE2000 next to 8."""
    before = to_lab(patch)
    steps = [np.clip(np.rint(patch + step * way), 0, 255).astype(np.uint8) for step in np.arange(-80, 80, 0.5)]
    off = [float(delta_e_2000(before, to_lab(step)).mean()) for step in steps]
    return steps[int(np.abs(np.array(off[::-1]) - DELTA_E).argmin()) * -1 - 1]


def share_found(found: Mask, stray: Stray) -> list[float]:
    """For each patch the share of it that lies in `found`, a mask of any size over the same frame."""
    width, height = stray.case.scene.size
    shares = []
    for x, y in stray.boxes:
        rows = np.clip(
            ((np.arange(y, y + PATCH[1]) + 0.5) * found.shape[0] / height).astype(int), 0, found.shape[0] - 1
        )
        columns = np.clip(
            ((np.arange(x, x + PATCH[0]) + 0.5) * found.shape[1] / width).astype(int), 0, found.shape[1] - 1
        )
        shares.append(float(found[np.ix_(rows, columns)].mean()))
    return shares
