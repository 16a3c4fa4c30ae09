"""What will change, before anything runs: the edit is done on a small copy, and only the place is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench import storage, versions
from workbench.edits import proposing
from workbench.edits.wishes import Wish
from workbench.engines import exact
from workbench.errors import InvalidInput
from workbench.imaging import encode
from workbench.permissions import Actor, require

#: pixels on the longer side of the small copy
SIDE = 1600
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Preview:
    """Where an edit would change the picture; found on a small copy, so a pixel or two may differ from the run."""

    #: bool H×W of the small copy
    mask: Mask
    #: of the picture, 0–1
    share: float
    #: what the operation would be doubtful about
    notes: tuple[str, ...]


def preview(actor: Actor, words: str, wish: Wish) -> Preview:
    """Where `wish` would change the newest version of the asset `words`; nothing is queued or recorded.

    Raises like `edits.propose`, and like the operation itself where it refuses the picture.
    """
    require(actor, "edit:propose")
    found = proposing.ground(words, wish.template)
    recipe = proposing.recipe_of(found, wish, settle=False)[0].document
    if recipe["engine"] != "exact" or recipe["operation"] is None:
        raise InvalidInput("Only exact operations can be shown before they run; an image model decides by itself.")
    store = storage.store()
    picture = versions.read(store.get(found.base.sha256))
    scale = min(1.0, SIDE / max(picture.size))
    small = _small(picture.array, scale)
    masks = (exact.mask(recipe[one], picture.size, store.get) for one in ("region", "protect"))
    region, protect = (_shrunk(mask, small) for mask in masks)
    operation = _scaled(recipe["operation"], scale)
    output = exact.run(small, operation, region=region, protect=protect, blob=store.get)
    mask = _place(small, output)
    return Preview(mask, float(mask.mean()), output.doubts)


def _place(small: NDArray[np.uint8], output: exact.Output) -> Mask:
    if output.image.shape[:2] == small.shape[:2]:
        return np.asarray(encode.changed(small, output.image))
    mask = np.ones(small.shape[:2], bool)  # what a new frame leaves out
    if output.crop is not None:
        x, y, width, height = output.crop
        mask[y : y + height, x : x + width] = False
    return mask


def _small(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale == 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _shrunk(mask: Mask | None, small: NDArray[np.uint8]) -> Mask | None:
    if mask is None or mask.shape == small.shape[:2]:
        return mask
    size = (small.shape[1], small.shape[0])
    return np.asarray(cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST), bool)


def _scaled(operation: Mapping[str, Any], scale: float) -> dict[str, Any]:
    """The operation with its lengths in pixels of the small copy."""
    if operation["kind"] == "chain":
        return {**operation, "steps": [_scaled(step, scale) for step in operation["steps"]]}
    lengths = {name: operation[name] for name in ("min_width", "width", "height", "pixels") if name in operation}
    if operation["kind"] == "place_mark":
        lengths = {"min_width": operation["min_width"]}  # its width is a share
    return {**operation, **{name: max(1, round(value * scale)) for name, value in lengths.items() if value}}
