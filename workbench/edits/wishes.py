"""What somebody wants done to a picture, and the masks that say where."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench import recipes, storage, versions
from workbench.errors import InvalidInput, RejectedImage
from workbench.imaging import encode, intake
from workbench.imaging.lock import LockSettings
from workbench.models import Edit

#: (sha256, size in bytes, media type) of bytes that are in the store and want a row
Blob = tuple[str, int, str]
#: what stands in a recipe's place for the lock when an output is used as it came
RAW: Mapping[str, Any] = MappingProxyType({"raw": True})
#: characters of what an output was made with
LONGEST_TOOL = 120


@dataclass(frozen=True)
class Wish:
    """What somebody wants done; everything but the asset."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)
    engine: str | None = None
    candidates: int = 1
    #: of an image model, None = the usual one: its name, its quality, how hard it plans, and what shows it the region
    #: (“mask”, “markup” = a drawn outline, “none” = words only)
    model: str | None = None
    quality: str | None = None
    complexity: str | None = None
    guide: str | None = None
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
    #: the tool and its version, in the words of whoever used it
    made_with: str = ""
    #: settings of the fidelity lock that differ from the template's, by their names in imaging.lock.LockSettings;
    #: RAW = no lock at all, which takes the right edit:use_raw and a reason
    lock: Mapping[str, Any] | None = None
    #: why the raw output is used
    reason: str = ""
    #: run anew even where an equal recipe on equal bytes has results already
    again: bool = False


@dataclass(frozen=True)
class Origin:
    """Where an edit comes from when it isn't new."""

    kind: str = "edit"
    rerun_of: uuid.UUID | None = None
    reapplied_from: uuid.UUID | None = None
    proof_id: uuid.UUID | None = None
    #: the recipe by which the output came that is stored with the edit `rerun_of` and is only locked anew
    relocked: Mapping[str, Any] | None = None


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


def output_of(wish: Wish) -> intake.Picture | None:
    """The output that was made in another tool, decoded; nothing is stored. Raises RejectedImage, InvalidInput."""
    if len(wish.made_with) > LONGEST_TOOL or not wish.made_with.isprintable():
        raise InvalidInput(f"Say what it was made with in one line of at most {LONGEST_TOOL} characters.")
    if wish.output is None:
        return None
    try:
        return versions.read(wish.output)
    except RejectedImage as error:
        raise RejectedImage(f"The output can't be taken: {error}") from error


def kept_output(wish: Wish, output: intake.Picture | None, blobs: list[Blob]) -> dict[str, Any]:
    """The recipe's parameters: the hash of the output, whose bytes go into the store and onto `blobs`, and its tool."""
    if wish.output is None or output is None:
        return {}
    sha256 = storage.store().put(wish.output)
    blobs.append((sha256, len(wish.output), versions.MEDIA_TYPES[output.format]))
    tool = {"made_with": wish.made_with.strip()} if wish.made_with.strip() else {}
    return {"output": sha256, **tool}


def wish_of(edit: Edit, *, again: bool = False) -> Wish:
    """The wish that an edit fulfilled, from its recipe; its lock in full, so that a newer template changes nothing."""
    document = recipes.Recipe.from_json(json.loads(edit.recipe)).document
    region, protect = document["region"] or {}, document["protect"] or {}
    parameters = document["parameters"]
    store = storage.store()
    # what a model drew belongs to this picture and this run: elsewhere, and again, it draws anew
    output = parameters.get("output") if edit.engine == "external" else None
    return Wish(
        template=document["template"]["name"],
        values=document["values"],
        engine=edit.engine,
        candidates=edit.wanted,
        model=document["model"],
        quality=parameters.get("quality"),
        complexity=parameters.get("complexity"),
        guide=parameters.get("guide"),
        region=region if region and "mask" not in region else None,
        mask=store.get(region["mask"]) if "mask" in region else None,
        protected=protect if protect and "mask" not in protect else None,
        protect=store.get(protect["mask"]) if "mask" in protect else None,
        output=store.get(output) if output else None,
        made_with=parameters.get("made_with", ""),
        lock=lock_of(document),
        reason=edit.reason,
        again=again,
    )


def lock_of(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The lock of a recipe with every setting named; RAW, or None where it has none, as in recipes of exact edits."""
    kept = document["lock"]
    return kept if kept is None or kept == RAW else asdict(LockSettings.from_json(kept))
