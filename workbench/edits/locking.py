"""An output from a model or another tool becomes a result: locked onto the original, or, by a lead, as it came."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench import recipes, versions
from workbench.edits import placing
from workbench.edits.wishes import RAW, Wish
from workbench.engines import exact
from workbench.errors import InvalidInput, NotInPicture
from workbench.imaging import background, canvas, encode, lock
from workbench.imaging.align import Alignment
from workbench.imaging.lock.settings import LockSettings

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

UNTOUCHED = "The original is untouched."
NOTHING_CHANGED = (
    "The output shows nothing new where it may change the picture, so there is nothing to take from it. "
    f"{UNTOUCHED} Mark the region that was to change, let the lock find more (a lower sensitivity), or bring another "
    "output."
)
UNSEEN = (
    "The marked region lies where the model has not seen the picture, so its output shows nothing of it. "
    f"{UNTOUCHED} Mark a region inside the part that was sent, or run the edit again."
)
BEYOND = (
    "Part of the marked region lies beyond what the model has seen; there the picture stays as it was. Run the edit "
    "again to change that too."
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
    #: in terms of the whole picture; None for an output that was used as it came
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
    sent = placing.canvas(recipe, (picture.shape[1], picture.shape[0]))
    shown = canvas.Received(brought) if sent is None else sent.receive(brought)
    where = within(where, sent)
    area = exact.allowed(where.region, where.protect)
    if recipe["lock"] == RAW:
        image = _as_it_came(shown.image, picture, sent)
        return Result(exact.Output(image, (*where.doubts, *shown.doubts), area), None)
    made = laid(picture, shown.image, where, LockSettings.from_json(recipe["lock"] or {}), sent=sent)
    if not made.changed.any():
        lost = made.alignment.confidence == "none"
        raise NotInPicture(" ".join((UNTOUCHED if lost else NOTHING_CHANGED, *shown.doubts, *made.doubts)))
    doubts = (*where.doubts, *shown.doubts, *made.doubts)
    return Result(exact.Output(made.image, doubts, area), made)


def laid(
    picture: Pixels, shown: Pixels, where: Where, asked: LockSettings, *, sent: canvas.Canvas | None = None,
    known: Alignment | None = None,
) -> lock.Locked:  # fmt: skip
    """The output `shown`, without padding, locked to `picture` or to the part of it that was `sent`.

    All that is told, and `known`, how the output lies, is in terms of the whole picture.
    """
    if sent is None or placing.everything(sent):
        return lock.lock(
            picture, shown, region=where.region, protect=where.protect, settings=asked, known=known
        )  # fmt: skip
    region, protect = (None if mask is None else sent.cut(mask).copy() for mask in (where.region, where.protect))
    cut = np.ascontiguousarray(sent.cut(picture))
    made = lock.lock(cut, shown, region=region, protect=protect, settings=asked, known=placing.part(known, sent))
    return placing.whole(made, sent, picture)


def within(where: Where, sent: canvas.Canvas | None) -> Where:
    """`where` without what the model has not seen. Raises InvalidInput where nothing is left."""
    if sent is None or placing.everything(sent):
        return where
    seen = placing.area(sent)
    region = seen if where.region is None else where.region & seen
    if not region.any():
        raise InvalidInput(UNSEEN)
    missed = where.region is not None and bool((where.region & ~seen).any())
    return Where(region, where.protect, (*where.doubts, BEYOND) if missed else where.doubts)


def _as_it_came(shown: Pixels, picture: Pixels, sent: canvas.Canvas | None) -> Pixels:
    """A part in its place; what shows the whole picture comes in its own size."""
    if sent is None or placing.everything(sent):
        return placing.channels(shown, 4) if picture.shape[2] == 4 else shown
    return placing.shown(shown, sent, picture)


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
