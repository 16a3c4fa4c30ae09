"""What will change, before anything runs: the edit is done on a small copy, and only the place is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench import storage, versions
from workbench.edits import locking, placing, proposing
from workbench.edits.wishes import Wish
from workbench.engines import exact
from workbench.errors import InvalidInput
from workbench.imaging import align, canvas, encode
from workbench.imaging.align import Alignment
from workbench.imaging.lock.settings import LockSettings
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


@dataclass(frozen=True)
class LockPreview:
    """What a lock would give, on the picture's preview; a pixel or two may differ from the run."""

    #: uint8 sRGB h×w×3|4, at most 1600 px a side
    image: NDArray[np.uint8]
    #: bool h×w, where it differs from the original
    mask: NDArray[np.bool_]
    #: of the picture, 0–1
    share: float
    #: good, doubtful or none
    registration: str
    #: px of the original, and ΔE2000 (None where too little stayed), that the lock takes away
    drift_px: float
    drift_delta_e: float | None
    #: px of the original, about, that the model changed outside what is allowed and that are thrown away
    stray: int
    #: 0–1, share of the allowed region's border that a change runs across; None without a region
    cut: float | None
    #: sentences about what may be wrong, and what would help
    doubts: tuple[str, ...]


def preview(actor: Actor, words: str, wish: Wish) -> Preview:
    """Where `wish` would change the newest version of the asset `words`; nothing is queued or recorded.

    For an output from another tool that is what the lock takes of it. Raises like `edits.propose`, and like the
    operation itself where it refuses the picture.
    """
    require(actor, "edit:propose")
    found = proposing.ground(words, wish.template)
    recipe = proposing.recipe_of(found, wish, settle=False)[0].document
    if recipe["engine"] == "external":
        seen = locked(found, recipe)
        return Preview(seen.mask, seen.share, seen.doubts)
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


def locked(found: proposing.Ground, recipe: Mapping[str, Any], known: Alignment | None = None) -> LockPreview:
    """The output that `recipe` names, locked to the preview of the picture; `known`: how it lies on the picture."""
    store = storage.store()
    small = versions.read(store.get(found.picture.preview_sha256)).array
    size = (found.picture.width, found.picture.height)
    scales = (small.shape[1] / size[0], small.shape[0] / size[1])
    sent = placing.canvas(recipe, size)
    brought = versions.read(store.get(recipe["parameters"]["output"])).array
    shown = canvas.Received(brought) if sent is None else sent.receive(brought)
    output = _small(shown.image, min(1.0, SIDE / max(shown.image.shape[:2])))
    asked = LockSettings.from_json(recipe["lock"])
    if known is not None and asked.align:
        outputs = (output.shape[1] / shown.image.shape[1], output.shape[0] / shown.image.shape[0])
        known = replace(known, matrix=align.scaled(known.matrix, scales, outputs))
    region, protect = (_shrunk(exact.mask(recipe[one], size, store.get), small) for one in ("region", "protect"))
    part = None if sent is None else placing.scaled(sent, (small.shape[1], small.shape[0]))
    where = locking.within(locking.where(small, region, protect, found.template), part)
    made = locking.laid(
        small, output, where, _shortened(asked, scales[0]), sent=part, known=known if asked.align else None
    )
    return LockPreview(
        image=made.image,
        mask=made.changed,
        share=float(made.changed.mean()),
        registration=made.alignment.confidence,
        drift_px=made.drift.pixels / scales[0],
        drift_delta_e=made.drift.delta_e,
        stray=round(made.stray / (scales[0] * scales[1])),
        cut=made.cut,
        doubts=(*where.doubts, *shown.doubts, *made.doubts),
    )


def _shortened(asked: LockSettings, scale: float) -> LockSettings:
    """The settings with their lengths in pixels of the small copy."""
    across, down = asked.nudge
    feather = None if asked.feather is None else asked.feather * scale
    return replace(asked, grow=round(asked.grow * scale), feather=feather, nudge=(across * scale, down * scale))


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
