"""How far the flat areas of a picture are from the brand colours they show.

A brand colour is judged only where the picture shows it as an even area. Three rules keep shading and chance out:

1. flat: in the 5×5 px around it no channel varies by more than 8 levels (the noise of a good JPEG), and it is opaque;
2. concentrated: three quarters of the flat pixels within ΔE 6 of the area's colour lie within ΔE 2 of it. An even area
   does; the light on a shaded product is spread out and is not judged;
3. the edit's own: the area is within ΔE 6 of the brand colour, nearer to it than to any other, and the edit painted
   it (moved a channel by more than 6 levels) or made it worse. An area that merely resembles a brand colour and was
   just as far off before says nothing about the edit; left alone, it counts only while it is within the limit.

Of several such areas the nearest to the brand colour is taken. Pixels are sampled at full resolution, never averaged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging import differences
from workbench.imaging.colour_space import delta_e_2000, hex_to_rgb, to_lab

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
Counts = NDArray[np.int64]

_LEVELS, _WINDOW = 8, 5
_GATE, _CORE, _RING = 6.0, 2.0, 6.0
_CONCENTRATED = 0.75
_LEAST_SHARE = 0.001
_SAMPLES = 1_500_000
#: levels per channel beyond which no colour is within ΔE 12; only to look at fewer pixels
_FAR = 96
_MOST_AREAS = 12
_PAINTED_LEVELS = 6
#: ΔE by which an area must have got worse to be the edit's doing
_WORSE = 0.3


@dataclass(frozen=True)
class _Area:
    """One even area near a brand colour."""

    #: ΔE2000 to the brand colour, now and before the edit
    off: float
    off_before: float
    #: no other palette colour is nearer
    own: bool


@dataclass(frozen=True, eq=False)
class _Seen:
    """The distinct colours of the flat samples near the palette."""

    rgb: Pixels
    lab: Floats
    #: samples of each colour that the edit painted, and those it left as they were, give or take a few levels
    painted: Counts
    kept: Counts
    #: sums of the levels that the kept samples had before, N×3
    former: NDArray[np.float64]
    #: samples that an area needs to count
    least: float


def measure(before: Pixels, after: Pixels, palette: Sequence[str], *, limit: float) -> dict[str, float]:
    """{hex: ΔE2000 of the median of its flat area} for the colours of `palette` (#RRGGBB) that `after` shows.

    `before` and `after` are H×W×3|4 uint8 sRGB of one size; an area counts from .1 % of the frame. Colours that are
    not shown as a flat area are absent. Raises InvalidInput for a word that is no colour.
    """
    colours = np.array([hex_to_rgb(text) for text in palette], np.uint8).reshape(-1, 3)
    if not len(colours):
        return {}
    seen = _look(before, after, colours)
    labs = to_lab(colours)
    found: dict[str, float] = {}
    for index, text in enumerate(palette):
        painted = [area.off for area in _areas(seen, seen.painted, labs, index) if area.own]
        kept = [
            area.off
            for area in _areas(seen, seen.kept, labs, index)
            if area.own and (area.off <= limit or area.off > area.off_before + _WORSE)
        ]
        if painted or kept:
            found[text] = round(min(painted or kept), 4)
    return found


def _look(before: Pixels, after: Pixels, colours: Pixels) -> _Seen:
    step = max(1, int(np.ceil(np.sqrt(after.shape[0] * after.shape[1] / _SAMPLES))))
    sampled = after[::step, ::step]
    flat = _flat(after)[::step, ::step]
    near = np.zeros(flat.shape, np.bool_)
    for red, green, blue in colours.astype(int):
        low = np.clip([red - _FAR, green - _FAR, blue - _FAR], 0, 255)
        high = np.clip([red + _FAR, green + _FAR, blue + _FAR], 0, 255)
        near |= cv2.inRange(np.ascontiguousarray(sampled[..., :3]), low.astype(float), high.astype(float)) > 0
    chosen = flat & near
    now, former = sampled[chosen], before[::step, ::step][chosen][:, :3]
    levels = now[:, :3].astype(np.uint32)
    packed, which = np.unique(levels[:, 0] << 16 | levels[:, 1] << 8 | levels[:, 2], return_inverse=True)
    rgb = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1).astype(np.uint8)
    painted = (np.abs(now[:, :3].astype(np.int16) - former) > _PAINTED_LEVELS).any(axis=1)
    return _Seen(
        rgb=rgb,
        lab=to_lab(rgb),
        painted=_tally(which, painted, len(rgb)).astype(np.int64),
        kept=_tally(which, ~painted, len(rgb)).astype(np.int64),
        former=np.column_stack([_tally(which, former[:, i] * ~painted, len(rgb)) for i in range(3)]),
        least=_LEAST_SHARE * flat.size,
    )


def _tally(which: NDArray[np.int64], weights: NDArray[Any], length: int) -> NDArray[np.float64]:
    return np.bincount(which, weights=weights.astype(np.float64), minlength=length).astype(np.float64)


def _flat(pixels: Pixels) -> Mask:
    kernel = np.ones((_WINDOW, _WINDOW), np.uint8)
    colours = np.ascontiguousarray(pixels[..., :3])
    spread = cv2.subtract(cv2.dilate(colours, kernel), cv2.erode(colours, kernel))
    even: Mask = cv2.inRange(spread, (0, 0, 0), (_LEVELS, _LEVELS, _LEVELS)) > 0
    return even & (differences.alpha(pixels) == 255) if pixels.shape[2] == 4 else even


def _areas(seen: _Seen, counts: Counts, labs: Floats, index: int) -> Iterator[_Area]:
    """The even areas near colour `index` among the samples that `counts` counts."""
    near = (counts > 0) & (delta_e_2000(seen.lab, labs[index]) <= _GATE + _RING)
    rgb, lab, every, former = seen.rgb[near], seen.lab[near], counts[near], seen.former[near]
    seeds = delta_e_2000(lab, labs[index]) <= _GATE
    left = np.where(seeds, every, 0)
    for _ in range(_MOST_AREAS):
        if left.sum() < seen.least:
            return
        away = delta_e_2000(lab, lab[left.argmax()])
        core = away <= _CORE
        size, around = every[core].sum(), every[away <= _RING].sum()
        if size >= seen.least and size >= _CONCENTRATED * around:
            off = delta_e_2000(to_lab(_median(rgb[core], every[core])[None]), labs)
            earlier = np.rint(former[core].sum(axis=0) / size).astype(np.uint8)
            off_before = delta_e_2000(to_lab(earlier[None]), labs[index][None])
            yield _Area(float(off[index]), float(off_before[0]), bool(off[index] <= off.min()))
        left[core] = 0


def _median(rgb: Pixels, counts: Counts) -> Pixels:
    """The middle level of each channel, every colour weighing as often as it occurs."""
    levels = []
    for channel in range(3):
        order = np.argsort(rgb[:, channel], kind="stable")
        running = np.cumsum(counts[order])
        levels.append(rgb[order[np.searchsorted(running, running[-1] / 2)], channel])
    return np.array(levels, np.uint8)
