"""The fidelity report: what an edit changed, in numbers, each against its limit.

    before, after ─► outside the region: counted exactly
                 ─► the unchanged part: structure (SSIM) and colour (ΔE2000)
    the lock     ─► how sure the registration is, what drift was taken away, what was thrown away, what was cut
                 ─► brand colours shown as flat areas
                 ─► a verdict, the worst of what was measured, and a sentence for everything that is not green

What was not measured is None, in JSON null; it is never shown as a good number.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.errors import InvalidInput
from workbench.imaging import brand_colours, differences, flatten
from workbench.imaging.change import grow
from workbench.imaging.colour_space import delta_e_2000, hex_to_rgb, rgb_to_hex, to_lab
from workbench.imaging.limits import Limits
from workbench.imaging.lock import Locked, borders
from workbench.imaging.lock.comparing import shrunk
from workbench.imaging.report import Fidelity, Row
from workbench.imaging.rereading import read_back
from workbench.imaging.similarity import MARGIN, ssim_map

__all__ = ["Fidelity", "Limits", "Row", "measure"]

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

BrandColour = str | tuple[str, str] | tuple[str, str, float]
#: pixels at which structure and colour are compared; a larger picture is averaged down to it
_COMPARED = 1_500_000


def measure(
    before: Pixels,
    after: Pixels,
    *,
    region: Mask | None = None,
    changed: Mask | None = None,
    palette: Sequence[BrandColour] = (),
    expected_copy: str | None = None,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
    locked: Locked | None = None,
) -> Fidelity:
    """Compare an edit with its original.

    `before`, `after`: uint8 H×W×3|4 sRGB; a difference in alpha is a change. `region`: bool H×W, True where the edit
    was allowed to change something; without it nothing is known about "outside". `changed`: bool H×W, where it did.
    `palette`: brand colours as #RRGGBB, (name, #RRGGBB) or (name, #RRGGBB, its own limit in ΔE2000). `locked`: the
    `Locked` this result came from, whose registration, drift and doubts are reported too. Structure and colour are
    measured outside what the lock found, or else outside `changed`, or else outside `region`, or else on the whole
    frame, at up to 1.5 MP, transparency on middle grey; see `similarity` and `brand_colours`. `expected_copy` is read
    back where something changed, or else in the region; what can't be read there is not measured. Raises InvalidInput
    for other shapes.
    """
    _check(before, after)
    names, own = _named(palette)
    facts: dict[str, Any] = {
        "size": (after.shape[1], after.shape[0]),
        "size_before": (before.shape[1], before.shape[0]),
        "size_kept": before.shape[:2] == after.shape[:2],
        "expected_copy": expected_copy,
        "palette_names": names,
        "palette_limits": own,
        "limits": limits,
        **(_lock(locked, region) if locked else {}),
    }
    if not facts["size_kept"]:
        return Fidelity(**facts)
    _check_masks(before, region, changed)
    differs = differences.changed(before, after)
    ssim, delta_e = _alike(before, after, _unchanged(region, changed, locked), differs)
    return Fidelity(
        **facts,
        **_shares(region, differs),
        **_outside(before, after, region, differs),
        ssim=ssim,
        delta_e_mean=delta_e,
        copy_similarity=read_back(after, expected_copy, differs, region),
        palette=brand_colours.measure(before, after, list(names), limit=max([limits.palette, *own.values()])),
    )


def _check(*pictures: Pixels) -> None:
    for pixels in pictures:
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
            raise InvalidInput("Pictures are compared as 8-bit RGB or RGBA.")


def _check_masks(before: Pixels, *masks: Mask | None) -> None:
    for mask in masks:
        if mask is not None and (mask.shape != before.shape[:2] or mask.dtype != np.bool_):
            raise InvalidInput("A mask must have the picture's size, with True where something may change.")


def _named(palette: Sequence[BrandColour]) -> tuple[dict[str, str], dict[str, float]]:
    """{#RRGGBB: name}, the hex itself where there is no name, and {#RRGGBB: limit} where there is one."""
    named: dict[str, str] = {}
    own: dict[str, float] = {}
    for item in palette:
        name, text, *limit = (None, item) if isinstance(item, str) else item
        colour = rgb_to_hex(hex_to_rgb(str(text)))
        named[colour] = name or colour
        if limit:
            own[colour] = float(limit[0])
    return named, own


def _lock(locked: Locked, region: Mask | None) -> dict[str, Any]:
    alignment = locked.alignment
    lost = alignment.confidence == "none"
    facts: dict[str, Any] = {
        "lock": "whole frame" if locked.whole_frame else "local",
        "registration": alignment.confidence,
        "alignment": {"matrix": alignment.matrix.tolist(), "score": alignment.score, "method": alignment.method},
        "drift_px": None if lost else locked.drift.pixels,
        "drift_delta_e": locked.drift.delta_e,
        "lock_doubts": locked.doubts,
    }
    if region is None:
        return facts
    small = shrunk(region, locked.found.shape)
    where = borders.sides(borders.cut(locked.found, small), borders.rim(small))
    border = {"border_share": locked.cut, "border_where": where.removesuffix(" of") or None}
    return facts | border | {"stray_changed": None if lost else locked.stray}


def _unchanged(region: Mask | None, changed: Mask | None, locked: Locked | None) -> Mask | None:
    """What should have stayed, bool H×W; None = everything."""
    if locked is not None:
        # Where the lock took more than it found (its rim and feather), the rest of it should look as before.
        found = grow(locked.found, 1).view(np.uint8)
        size = locked.image.shape[1], locked.image.shape[0]
        return np.asarray(cv2.resize(found, size, interpolation=cv2.INTER_NEAREST_EXACT) == 0)
    may_differ = changed if changed is not None else region
    return None if may_differ is None else ~may_differ


def _shares(region: Mask | None, differs: Mask) -> dict[str, Any]:
    shares: dict[str, Any] = {"changed_share": float(differs.mean())}
    if region is not None and region.any():
        shares["region_changed"] = np.count_nonzero(differs & region) / np.count_nonzero(region)
    return shares


def _outside(before: Pixels, after: Pixels, region: Mask | None, differs: Mask) -> dict[str, Any]:
    if region is None or region.all():
        return {}
    stray = differs & ~region
    count = int(np.count_nonzero(stray))
    if not count:
        return {"outside_changed": 0, "outside_share": 0.0, "outside_max": 0}
    apart = np.abs(_four(before, stray) - _four(after, stray))
    return {
        "outside_changed": count,
        "outside_share": count / int(np.count_nonzero(~region)),
        "outside_max": int(apart.max()),
        "outside_where": _whereabouts(stray),
    }


def _four(pixels: Pixels, where: Mask) -> NDArray[np.int16]:
    return np.column_stack([pixels[where][:, :3], differences.alpha(pixels)[where]]).astype(np.int16)


def _whereabouts(mask: Mask) -> str:
    """The ninth of the frame that holds most of the mask, in words."""
    rows, columns = np.nonzero(mask)
    ninths = np.bincount(rows * 3 // mask.shape[0] * 3 + columns * 3 // mask.shape[1], minlength=9)
    row, column = divmod(int(ninths.argmax()), 3)
    words = " ".join(word for word in (("upper", "", "lower")[row], ("left", "", "right")[column]) if word)
    return f"{words} part" if words else "middle"


def _alike(before: Pixels, after: Pixels, unchanged: Mask | None, differs: Mask) -> tuple[float | None, float | None]:
    """Mean SSIM and mean ΔE2000 over `unchanged` (None = everywhere); (None, None) where nothing was to stay."""
    relevant = differs if unchanged is None else differs & unchanged
    if unchanged is not None and not unchanged.any():
        return None, None
    if not relevant.any():
        return 1.0, 0.0
    a, b = flatten.over(before, flatten.GREY), flatten.over(after, flatten.GREY)
    if unchanged is not None:
        # What was meant to change takes the original's pixels, or the window would see it from outside.
        b = np.where(unchanged[..., None], b, a)
    scale = np.sqrt(_COMPARED / (a.shape[0] * a.shape[1]))
    weight = np.ones(a.shape[:2], np.float32) if unchanged is None else unchanged.astype(np.float32)
    if scale < 1:
        size = (max(1, round(a.shape[1] * scale)), max(1, round(a.shape[0] * scale)))
        a, b, weight = _shrunk(a, size), _shrunk(b, size), _shrunk(weight, size)
    return _mean_ssim(a, b, weight), _mean_delta_e(a, b, weight)


def _shrunk(values: Any, size: tuple[int, int]) -> Any:
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA)


def _mean_ssim(a: Pixels, b: Pixels, weight: NDArray[np.float32]) -> float:
    inner = np.s_[MARGIN:-MARGIN, MARGIN:-MARGIN] if min(weight.shape) > 2 * MARGIN else np.s_[:, :]
    weights = weight[inner] if weight[inner].any() else weight
    found = ssim_map(a, b)
    found = found[inner] if weights.shape != weight.shape else found
    return round(float(np.average(found.astype(np.float64), weights=weights)), 6)


def _mean_delta_e(a: Pixels, b: Pixels, weight: NDArray[np.float32]) -> float:
    # Equal pixels are 0 apart; after a lock that is nearly all of them.
    where = differences.colours(a, b)
    apart = delta_e_2000(to_lab(a[where]), to_lab(b[where])) if where.any() else np.zeros(0)
    return round(float(np.sum(apart * weight[where], dtype=np.float64) / weight.sum(dtype=np.float64)), 6)
