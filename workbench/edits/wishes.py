"""What somebody wants done to a picture, and the masks that say where."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench import recipes, storage, versions
from workbench.errors import InvalidInput
from workbench.imaging import encode
from workbench.models import Edit

#: (sha256, size in bytes, media type) of bytes that are in the store and want a row
Blob = tuple[str, int, str]


@dataclass(frozen=True)
class Wish:
    """What somebody wants done; everything but the asset."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)
    engine: str | None = None
    candidates: int = 1
    #: "x,y,w,h", {"box": …} or {"shapes": …}: where it may change
    region: str | Mapping[str, Any] | None = None
    #: a PNG of the picture's size, white = may change; instead of `region`
    mask: bytes | None = None
    #: like `region`: where nothing may change
    protected: str | Mapping[str, Any] | None = None
    #: like `mask`, white = must not change; instead of `protected`
    protect: bytes | None = None
    #: a result made in another tool, for the engine "external"
    output: bytes | None = None
    #: run anew even where an equal recipe on equal bytes has results already
    again: bool = False


@dataclass(frozen=True)
class Origin:
    """Where an edit comes from when it isn't new."""

    kind: str = "edit"
    rerun_of: uuid.UUID | None = None
    reapplied_from: uuid.UUID | None = None
    proof_id: uuid.UUID | None = None


def region_of(wish: Wish, size: tuple[int, int], blobs: list[Blob]) -> dict[str, Any] | None:
    """The wish's region as a recipe keeps it; a mask's bytes go into the store and onto `blobs`."""
    return _place(wish.region, wish.mask, "region", size, blobs)


def protected_of(wish: Wish, size: tuple[int, int], blobs: list[Blob]) -> dict[str, Any] | None:
    """The wish's protected area, likewise."""
    return _place(wish.protected, wish.protect, "protected area", size, blobs)


def _place(
    shape: str | Mapping[str, Any] | None, mask: bytes | None, called: str, size: tuple[int, int], blobs: list[Blob]
) -> dict[str, Any] | None:
    if mask is not None:
        if shape is not None:
            raise InvalidInput(f"Give either a {called} or a mask of it, not both.")
        return _kept_mask(mask, size, blobs)
    return recipes.parse_region(shape) if isinstance(shape, str) else recipes.checked_region(shape)


def _kept_mask(data: bytes, size: tuple[int, int], blobs: list[Blob]) -> dict[str, Any]:
    png = encode.mask_png(read_mask(data, size))
    blobs.append((storage.store().put(png), len(png), "image/png"))
    return {"mask": hashlib.sha256(png).hexdigest()}


def read_mask(data: bytes, size: tuple[int, int]) -> NDArray[np.bool_]:
    """H×W bool of a mask picture, True where it is white (≥ 128); of a transparent white one, where it is opaque.

    Raises InvalidInput when it is not `size` (width, height) or marks nothing.
    """
    picture = versions.read(data)
    if picture.size != size:
        raise InvalidInput(
            f"The mask is {picture.size[0]} × {picture.size[1]} and the picture {size[0]} × {size[1]}. "
            "Save it in the same size."
        )
    light = picture.array[..., :3].min(axis=2) >= 128
    mask = light & (picture.array[..., 3] >= 128) if picture.array.shape[2] == 4 else light
    if not mask.any():
        raise InvalidInput("The mask marks nothing: paint white where the picture may change.")
    return np.asarray(mask, bool)


def kept_output(data: bytes, blobs: list[Blob]) -> str:
    """Keep an output that was made in another tool; its hash is part of the recipe."""
    picture = versions.read(data)
    blobs.append((storage.store().put(data), len(data), versions.MEDIA_TYPES[picture.format]))
    return hashlib.sha256(data).hexdigest()


def wish_of(edit: Edit, *, again: bool = False) -> Wish:
    """The wish that an edit fulfilled, from its recipe."""
    document = recipes.Recipe.from_json(json.loads(edit.recipe)).document
    region, protect = document["region"] or {}, document["protect"] or {}
    store = storage.store()
    return Wish(
        template=document["template"]["name"],
        values=document["values"],
        engine=edit.engine,
        candidates=edit.wanted,
        region=region if region and "mask" not in region else None,
        mask=store.get(region["mask"]) if "mask" in region else None,
        protected=protect if protect and "mask" not in protect else None,
        protect=store.get(protect["mask"]) if "mask" in protect else None,
        output=store.get(document["parameters"]["output"]) if "output" in document["parameters"] else None,
        again=again,
    )
