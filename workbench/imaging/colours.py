"""Exact colour swap: brand colours replaced in place, everything else left bit for bit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.errors import InvalidInput
from workbench.imaging import appearance, chroma, flat, leftovers, shaded, surfaces
from workbench.imaging.change import Change, apply, grow, largest
from workbench.imaging.colour_space import Bytes, Floats, hex_to_rgb, rgb_to_hex
from workbench.imaging.shading import Scale

Mode = Literal["flat", "shaded", "auto"]
Mask = NDArray[np.bool_]
#: pixels that colour stored at half size bleeds past an edge
_BLEED = 3


@dataclass(frozen=True)
class Swapped:
    """A swap with what is worth knowing about it."""

    image: Bytes  #: like the input
    alpha: Floats  #: H×W, share of each pixel that was recoloured, 0–1
    modes: tuple[str, ...]  #: "flat" or "shaded" for each pair, as auto resolved it
    missing: tuple[str, ...]  #: source colours that were not found
    doubts: tuple[str, ...]  #: sentences: what may not be exact, and what would help


def swap(
    image: Bytes,
    source: str,
    target: str,
    *,
    mode: Mode = "auto",
    tolerance: int | None = None,
    region: Mask | None = None,
    protect: Mask | None = None,
) -> Bytes:
    """Replace one colour in uint8 H×W×3 or H×W×4 (sRGB, straight alpha) and return a new picture.

    mode: "flat" where the colour is drawn as itself (logos, labels), "shaded" where light plays on it (products),
    "auto" looks. tolerance: levels per channel, 0–255, that a flat area may differ from `source`; by default the
    picture's own noise. region, protect: bool H×W, only `region` may change and never `protect`. The alpha channel,
    fully transparent pixels and everything outside stay bit-identical; a colour that is not there leaves an equal
    copy. Raises InvalidInput.
    """
    return swap_details(image, [(source, target)], mode=mode, tolerance=tolerance, region=region, protect=protect).image


def swap_many(
    image: Bytes,
    pairs: Sequence[tuple[str, str]],
    *,
    mode: Mode = "auto",
    tolerance: int | None = None,
    region: Mask | None = None,
    protect: Mask | None = None,
) -> Bytes:
    """Replace several colours at once, each found on the original, so that A→B with B→A exchanges them; see `swap`."""
    return swap_details(image, pairs, mode=mode, tolerance=tolerance, region=region, protect=protect).image


def swap_details(
    image: Bytes,
    pairs: Sequence[tuple[str, str]],
    *,
    mode: Mode = "auto",
    tolerance: int | None = None,
    region: Mask | None = None,
    protect: Mask | None = None,
) -> Swapped:
    """`swap_many` with the map of what changed, the modes that were used and the doubts; same arguments and errors."""
    _check(image, mode, tolerance)
    colours = [(hex_to_rgb(source), hex_to_rgb(target)) for source, target in pairs]
    if len({source.tobytes() for source, _ in colours}) < len(colours):
        raise InvalidInput("A colour is to be replaced twice. Give each source colour once.")
    allowed = _allowed(image, region, protect)
    rgb = _visible(image)
    stored = chroma.grid(rgb)
    rgb = rgb if stored is None else chroma.sharpened(rgb, stored)
    opacity = np.ascontiguousarray(image[..., 3]) if image.shape[2] == 4 else None
    may = _both(allowed, None if opacity is None else opacity > 0)
    changes: list[Change] = []
    missing: list[str] = []
    modes: list[str] = []
    doubts: list[str] = []
    for (source, target), (name, _) in zip(colours, pairs, strict=True):
        rivals = [other for other, _ in colours if other is not source]
        used, change = _change(rgb, source, target, mode, tolerance, opacity, allowed, region, rivals)
        modes.append(used)
        if change is None:
            missing.append(name)
            continue
        changes.append(change)
        doubts += (*change.doubts, *_left(rgb, change, source, may, region))
    result, alpha = apply(rgb if opacity is None else np.dstack([rgb, opacity]), changes)
    if stored is not None:
        reach = grow(alpha > 0, _BLEED) if may is None else grow(alpha > 0, _BLEED) & may
        np.copyto(result[..., :3], image[..., :3], where=~reach[..., None])
    return Swapped(result, alpha, tuple(modes), tuple(missing), tuple(doubts))


def _change(
    rgb: Bytes,
    source: Bytes,
    target: Bytes,
    mode: str,
    tolerance: int | None,
    opacity: Bytes | None,
    allowed: Mask | None,
    region: Mask | None,
    rivals: list[Bytes],
) -> tuple[str, Change | None]:
    """One pair's mode as used, and its change, made from the original."""
    found = flat.areas(rgb, source, tolerance=tolerance, opacity=opacity, lenient=region is not None)
    for other in rivals:
        found.mask[flat.nearer(rgb, found.mask, other, source)] = False
    visible = None if opacity is None else opacity > 0
    if mode == "auto":
        mode = "shaded" if appearance.is_shaded(rgb, source, found.mask, _both(allowed, visible)) else "flat"
    if mode == "flat":
        where = flat.place(rgb, found, allowed=allowed, opacity=opacity, marked=region is not None)
        return mode, None if where is None else flat.change(where, source, target)
    surface = surfaces.find(rgb, source, region=region, visible=visible)
    done, scale = None, Scale(light=True)
    if surface is not None:
        done, scale = shaded.change(rgb, surface, source, target, allowed=allowed, visible=visible), surface.scale
    may = _both(allowed, visible)
    may = np.ones(rgb.shape[:2], np.bool_) if may is None else may
    return mode, shaded.strokes(rgb, done, scale, source, target, may=may, marked=region is not None)


def _left(rgb: Bytes, change: Change, source: Bytes, allowed: Mask | None, region: Mask | None) -> list[str]:
    reached = np.zeros(rgb.shape[:2], np.bool_)
    reached[change.box] = change.alpha > 0.3
    return leftovers.doubts(source, leftovers.kept(rgb, reached, source, allowed), marked=region is not None)


def left(before: Bytes, after: Bytes, source: str, region: Mask | None = None) -> float:
    """Share of the pixels that may change which still show `source` after a swap, 0–1.

    before, after: uint8 H×W×3 or H×W×4 of one size. Counted are the pixels that the swap did not touch although they
    are the source colour (within OKLab .04, in thin strokes .07), or have its hue and continue what was changed
    without an edge; judged on about half a megapixel. The allowed area is the region, or all that is visible. Raises
    InvalidInput.
    """
    _check(before, "auto", None)
    _check(after, "auto", None)
    if before.shape[:2] != after.shape[:2]:
        raise InvalidInput("The pictures before and after must have one size.")
    changed = largest(np.asarray(cv2.absdiff(_visible(before), _visible(after)), np.uint8)) > 0
    shown = before[..., 3] > 0 if before.shape[2] == 4 else None
    may = _both(_allowed(before, region, None), shown)
    return leftovers.kept(_visible(before), changed, hex_to_rgb(source), may).shown


def resolve_mode(
    image: Bytes, source: str, *, tolerance: int | None = None, region: Mask | None = None, protect: Mask | None = None
) -> Literal["flat", "shaded"]:
    """What "auto" means for this colour in this picture; arguments and errors as `swap`."""
    _check(image, "auto", tolerance)
    rgb, colour, allowed = np.ascontiguousarray(image[..., :3]), hex_to_rgb(source), _allowed(image, region, protect)
    opacity = np.ascontiguousarray(image[..., 3]) if image.shape[2] == 4 else None
    found = flat.areas(rgb, colour, tolerance=tolerance, opacity=opacity, lenient=region is not None)
    seen = _both(allowed, None if opacity is None else opacity > 0)
    return "shaded" if appearance.is_shaded(rgb, colour, found.mask, seen) else "flat"


def nearest(image: Bytes, source: str, *, region: Mask | None = None) -> str:
    """`#RRGGBB` of the colour with real area in the picture that is nearest to `source`; errors as `swap`."""
    _check(image, "auto", None)
    return appearance.nearest(_visible(image), hex_to_rgb(source), _allowed(image, region, _transparent(image)))


def palette(image: Bytes, count: int = 6) -> list[str]:
    """Up to `count` dominant flat colours of the picture as `#RRGGBB`, largest area first; errors as `swap`."""
    _check(image, "auto", None)
    return [
        rgb_to_hex(c) for c in appearance.palette(_visible(image), count, _allowed(image, None, _transparent(image)))
    ]


def _both(one: Mask | None, two: Mask | None) -> Mask | None:
    if one is None or two is None:
        return two if one is None else one
    return one & two


def _visible(image: Bytes) -> Bytes:
    return np.ascontiguousarray(image[..., :3])


def _transparent(image: Bytes) -> Mask | None:
    return image[..., 3] < 128 if image.shape[2] == 4 else None


def _check(image: Bytes, mode: str, tolerance: int | None) -> None:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (3, 4):
        raise InvalidInput("The picture must be 8-bit RGB or RGBA (height × width × 3 or 4).")
    if mode not in ("flat", "shaded", "auto"):
        raise InvalidInput(f"{mode!r} is not a way to swap colours. Choose flat, shaded or auto.")
    if tolerance is not None and not 0 <= tolerance <= 255:
        raise InvalidInput(f"A tolerance of {tolerance} is out of range. Choose 0 to 255 levels.")


def _allowed(image: Bytes, region: Mask | None, protect: Mask | None) -> Mask | None:
    for name, mask in (("region", region), ("protected area", protect)):
        if mask is not None and (
            not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != image.shape[:2]
        ):
            raise InvalidInput(
                f"The {name} must be a yes/no mask of the picture's size, {image.shape[1]}×{image.shape[0]}."
            )
    if region is None:
        return None if protect is None else ~protect
    return region if protect is None else region & ~protect
