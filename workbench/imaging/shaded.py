"""Swap of a paint that light plays on: shading, gloss and texture stay, the paint under them changes.

1. surfaces.py finds the pixels that show the paint, shading.py their shade and gloss.
2. Inside, the same light falls on the new paint: p + s(B − A).
3. At edges, the share α of paint is measured as in a flat swap, but against paint sampled beside the edge.
"""

import cv2
import numpy as np

from workbench.imaging.change import Change, bounds, grow
from workbench.imaging.colour_space import Bytes, Floats, delta_e_2000, from_linear, rgb_to_hex, to_lab, to_oklab
from workbench.imaging.edges import Edge, Scene, solve
from workbench.imaging.flat import within
from workbench.imaging.matting import Mask, scaled, surroundings
from workbench.imaging.shading import Scale, recolour
from workbench.imaging.strokes import hinted, lit
from workbench.imaging.surfaces import Surface

#: standard deviation of the shade above which it is pooled, and above which only brightness can tell it
_UNCERTAIN, _COLLINEAR = 0.012, 0.3
#: OKLab chroma of a grey and of a colour whose shading can be read to the last level
_GREY, _COLOURFUL = 0.01, 0.08
#: deviation of the shade, share of clipped pixels and noise above which results are measurably off
_UNSURE, _CLIPPED, _GRAIN = 0.045, 0.065, 3.0
#: pixels that edges and their compression reach, and share of a surface that its hue may be found at beyond them
_EDGE, _STRAY = 6, 0.004
#: pixels round the surfaces within which their strokes may lie
_STROKES = 160
#: pixels that show how coarse a result is, the mean deviation of a normal error with standard deviation 1,
#: and the ΔE2000 from it that goes unsaid in a clean and in a grainy picture
_JUDGED, _MEAN_DEVIATION, _CLEAN, _GRAINY = 4_000, 0.8, 0.4, 1.0
_POOLED_VARIANCE = 0.02**2


def change(
    image: Bytes, found: Surface, source: Bytes, target: Bytes, *, allowed: Mask | None, visible: Mask | None
) -> Change:
    """Recolour the surfaces found in H×W×3 and their edges."""
    part = np.ascontiguousarray(image[found.box])
    may = np.ones(found.mask.shape, np.bool_)
    for mask in (allowed, visible):
        may = may if mask is None else may & mask[found.box]
    core = cv2.erode(found.mask.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    core = core if core.any() else found.mask
    shade, gloss = lighting(found, part, core, source)
    painted = part.copy()
    painted[core] = np.rint(recolour(part[core], shade[core], gloss[core], source, target, found.scale))
    ground = np.ones_like(may) if visible is None else visible[found.box].copy()
    hue = found.hue if found.hue is not None and _alone(found.mask, found.hue) else None
    if hue is not None:
        ground &= ~hue
    edge = solve(Scene(part, core, may, ground, max(0.35 * found.noise, 0.4), 3.0, hue=hue))
    levels, alpha = part.copy(), (core & may).astype(np.float32)
    np.copyto(levels, painted, where=(core & may)[..., None])
    at = edge.at
    whole = found.seen.ravel()[at] & ((edge.share > 0.93) | (found.mask.ravel()[at] & (edge.share > 0.4)))
    share = np.where(whole, 1, np.where(edge.share < 0.03, 0, edge.share)).astype(np.float32)
    after = _mixed(part, painted, core, edge)
    own = at[whole]
    after[whole] = np.rint(
        recolour(part.reshape(-1, 3)[own], shade.ravel()[own], gloss.ravel()[own], source, target, found.scale)
    )
    levels.reshape(-1, 3)[at] = np.where(share[:, None] > 0, after, part.reshape(-1, 3)[at])
    alpha.ravel()[at] = share
    # The paint in plain light is the target to the last level, whatever its neighbours suggest.
    levels[within(part, source, 0) & (alpha > 0.5)] = target
    said = [*doubts(found, part, source), *_coarse(found, part, core, source, target)]
    return Change(found.box, levels, alpha, tuple(said))


def strokes(
    image: Bytes, done: Change | None, scale: Scale, source: Bytes, target: Bytes, *, may: Mask, marked: bool
) -> Change | None:
    """The change with the thin strokes of H×W×3 that no surface holds, all of the same paint; `may` H×W can change."""
    drawn = np.zeros(may.shape, np.bool_)
    if done is not None:
        drawn[done.box] = done.alpha > 0.3
    box = bounds(may if marked else drawn, _STROKES)
    if box is None or not hinted(image[box], source, drawn[box], may[box], marked=marked):
        return done
    part, alpha, levels = image[box].copy(), np.zeros(may.shape, np.float32), image.copy()
    if done is not None:
        alpha[done.box], levels[done.box] = done.alpha, done.levels
    found = lit(part, source, scale, drawn[box], may[box] & (alpha[box] == 0), marked=marked)
    at = np.flatnonzero(found)
    if not len(at):
        return done
    share = found.ravel()[at, None]
    moved = scale.of(part.reshape(-1, 3)[at]) + share * (scale.of(target) - scale.of(source))
    part.reshape(-1, 3)[at] = np.rint(scale.levels(moved))
    np.copyto(levels[box], part, where=(found > 0)[..., None])
    alpha[box] = np.maximum(alpha[box], np.minimum(found, 1))
    whole = bounds(alpha > 0, 0)
    if whole is None:
        return done
    said = f"Much of {rgb_to_hex(source)} is thin strokes; look at them at full size."
    return Change(whole, levels[whole], alpha[whole], (*(done.doubts if done else ()), said))


def _coarse(found: Surface, part: Bytes, core: Mask, source: Bytes, target: Bytes) -> list[str]:
    """A sentence where the shade is known too coarsely for this target: what its error alone does to the result."""
    at = np.flatnonzero(core)
    at = at[:: max(1, len(at) // _JUDGED)]
    pixels, gloss = part.reshape(-1, 3)[at], np.maximum(found.gloss.ravel()[at], 0)
    shade: Floats = np.clip(found.shade.ravel()[at], 0, 1.3)
    off = np.asarray(shade + _MEAN_DEVIATION * np.sqrt(found.shade_variance.ravel()[at]), np.float32)
    one, two = (
        to_lab(np.rint(recolour(pixels, s, gloss, source, target, found.scale)).astype(np.uint8)) for s in (shade, off)
    )
    # What shows the paint in plain light becomes the target itself.
    error = float(delta_e_2000(one, two)[(pixels != source).any(1)].sum()) / max(len(at), 1)
    if error <= (_CLEAN if found.noise <= 1 else _GRAINY):
        return []
    name = rgb_to_hex(source)
    return [f"The picture holds {name} too coarsely for this new colour: expect ΔE {error:.1f} in smooth areas."]


def _alone(mask: Mask, hue: Mask) -> bool:
    """Whether nothing beyond the surface's own edges has its hue; otherwise pixels of that hue may well be ground."""
    beyond = hue & ~grow(mask, _EDGE)
    return int(np.count_nonzero(beyond)) < _STRAY * int(np.count_nonzero(mask))


def _mixed(part: Bytes, painted: Bytes, core: Mask, edge: Edge) -> Bytes:
    """The band with each pixel's paint exchanged for what the paint beside it became: p + α(F′ − F)."""
    old, new = (
        surroundings(picture, core, edge.at, 0.0, radius=2, light=edge.light).mean for picture in (part, painted)
    )
    mixed = scaled(part.reshape(-1, 3)[edge.at], edge.light) + edge.share[:, None] * (new - old)
    return from_linear(mixed) if edge.light else np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def lighting(found: Surface, part: Bytes, core: Mask, source: Bytes) -> tuple[Floats, Floats]:
    """Shade and gloss of every surface pixel, h×w.

    A greyish paint hardly tells gloss from light, and a clipped pixel says little about either: there gloss is
    pooled over neighbours, weighted by certainty, and shade is what brightness leaves.
    """
    shade, gloss = np.clip(found.shade, 0, 1.3), np.maximum(found.gloss, 0)
    paint = found.scale.of(source)
    if found.uncertainty > _COLLINEAR:
        brightness = found.scale.of(part).mean(-1) / paint.mean()
        shade = np.clip(brightness, 0, 1)
        return shade, np.maximum((brightness - shade) * paint.mean(), 0)
    if found.uncertainty > _UNCERTAIN:
        radius = 3 if found.uncertainty < 0.1 else 6
        pooled = np.maximum(_pooled(found.gloss, core / (found.gloss_variance + 1e-6), radius), 0)
        bright = found.scale.of(part).mean(-1)
        rest = (bright - pooled) / paint.mean()
        sure, surer = 1 / (found.shade_variance + 1e-9), np.float32(1 / _POOLED_VARIANCE)
        # Beside the core, brightness comes from the ground as well, and only the fit can tell.
        pool = np.clip((found.shade * sure + rest * surer) / (sure + surer), 0, 1.3)
        shade = np.where(core, pool, shade)
        gloss = np.where(core, np.maximum(bright - pool * paint.mean(), 0), gloss)
    red, green, blue = cv2.split((part == 255).view(np.uint8))
    lost = core & ((red + green + blue) > 1)
    if lost.any():
        known = core & ~lost
        radius = int(2 + 0.7 * float(lost.sum()) ** 0.5)
        shade[lost] = _pooled(shade, known.astype(np.float32), min(radius, 100))[lost]
    return shade, gloss


def _pooled(plane: Floats, weight: Floats, radius: int) -> Floats:
    window = (2 * radius + 1, 2 * radius + 1)
    weight = weight.astype(np.float32)
    total = cv2.boxFilter(weight, cv2.CV_32F, window)
    summed = cv2.boxFilter(plane * weight, cv2.CV_32F, window)
    return np.where(total > 1e-6 * total.max(), summed / np.maximum(total, 1e-20), plane).astype(np.float32)


def doubts(found: Surface, part: Bytes, source: Bytes) -> tuple[str, ...]:
    """Why the result in a box, h×w×3, may not be exact, in sentences for a designer.

    The limits are where bench/colours.py (“calibration”) finds errors above the promised ones.
    """
    name, (lightness, a, b) = rgb_to_hex(source), (float(v) for v in to_oklab(source[None])[0])
    chroma, said = float(np.hypot(a, b)), []
    if chroma < _GREY or found.uncertainty > _UNSURE:
        said.append(f"{name} is nearly grey, so similar greys can't be told from it. Mark it tightly and check it.")
    elif not 0.2 < lightness < 0.9:
        said.append(f"{name} is very dark or very light, so little shading can be read from it. Check the result.")
    # A paint that is itself at the limit clips in full light already, not only in its highlights.
    most = _CLIPPED if source.max() < 250 else _CLIPPED / 4
    if chroma >= _GREY and (part[found.mask] == 255).any(-1).mean() > most:
        said.append(f"Some of {name} is too bright for the picture to hold, so its highlights are guessed. Check them.")
    if found.ambiguity > 0.08:
        said.append(f"The ground beside {name} looks like it under another light. Mark a tighter region or protect it.")
    if found.slack > 0:
        said.append(f"Coloured light falls on {name}, so parts of it may keep a trace of the old colour. Check them.")
    if found.noise >= (_GRAIN if chroma >= _COLOURFUL else 2 * _GRAIN):
        said.append("The picture is grainy or JPEG-compressed, so edges may keep a trace of the old colour.")
    return tuple(said)
