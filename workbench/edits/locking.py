"""An output from a model or another tool becomes a result: locked onto the original, or, by a lead, as it came."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench import recipes, versions
from workbench.edits.wishes import RAW, Wish
from workbench.engines import exact
from workbench.errors import InvalidInput, NotInPicture
from workbench.imaging import background, encode, lock
from workbench.imaging.lock.settings import LockSettings

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

UNTOUCHED = "The original is untouched."
NOTHING_CHANGED = (
    "The output shows nothing new where it may change the picture, so there is nothing to take from it. "
    f"{UNTOUCHED} Mark the region that was to change, let the lock find more (a lower sensitivity), or bring another "
    "output."
)
UNTOLD = (
    "The product could not be told from its ground by itself, so all of the mark may have changed: compare the product."
)


@dataclass(frozen=True)
class Where:
    """Where an output may change the picture."""

    #: bool H×W, None = anywhere
    region: Mask | None
    protect: Mask | None
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What became of an output."""

    output: exact.Output
    #: None for an output that was used as it came
    locked: lock.Locked | None


def settings(template: recipes.Template, wish: Wish, engine: str) -> dict[str, Any] | None:
    """The lock as the recipe of `wish` keeps it: the template's settings and over them the wish's. InvalidInput."""
    if engine == "exact":
        if wish.lock:
            raise InvalidInput("An exact edit changes nothing outside by itself: leave the lock's settings out.")
        return None
    if wish.lock == RAW:
        return dict(RAW)
    return LockSettings.from_json({**template.lock, **(wish.lock or {})}).to_json()


def result(picture: Pixels, data: bytes, recipe: Mapping[str, Any], where: Where) -> Result:
    """The output `data` on `picture` as `recipe` asks. Raises NotInPicture where it would change nothing."""
    brought = versions.read(data).array
    area = exact.allowed(where.region, where.protect)
    if recipe["lock"] == RAW:
        return Result(exact.Output(_alike(brought, picture), (), area), None)
    asked = LockSettings.from_json(recipe["lock"] or {})
    made = lock.lock(picture, brought, region=where.region, protect=where.protect, settings=asked)
    if not made.changed.any():
        lost = made.alignment.confidence == "none"
        raise NotInPicture(" ".join((UNTOUCHED if lost else NOTHING_CHANGED, *made.doubts)))
    return Result(exact.Output(made.image, (*where.doubts, *made.doubts), area), made)


def where(picture: Pixels, region: Mask | None, protect: Mask | None, template: recipes.Template) -> Where:
    """Where `template` lets an output change the picture.

    Where the region marks a subject that stays, that is everything but the product inside the mark.
    """
    if template.region.rule != "subject" or region is None:
        return Where(region, protect)
    try:
        kept = background.cut_out(picture, region).alpha >= 1
    except InvalidInput:
        return Where(None, protect, (UNTOLD,))
    return Where(~kept, protect)


def maps(locked: lock.Locked) -> tuple[bytes, bytes]:
    """What the model changed altogether, and how far its colours were off, as small PNG files."""
    levels = np.minimum(np.rint(10 * locked.heat), 255).astype(np.uint8)
    return encode.mask_png(locked.found), encode.heat_png(levels)


def _alike(brought: Pixels, original: Pixels) -> Pixels:
    """The output with an alpha channel where the original has one."""
    if original.shape[2] == 3 or brought.shape[2] == 4:
        return brought
    opaque = np.full((*brought.shape[:2], 1), 255, np.uint8)
    return np.ascontiguousarray(np.concatenate([brought, opaque], axis=2))
