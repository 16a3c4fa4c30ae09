"""The exact engine: deterministic operations on the full-resolution original, no model, no cost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import InvalidInput, NotInPicture
from workbench.imaging import colours, intake, marks

#: part of every recipe: raise it whenever an operation would give other pixels than before
VERSION = "1.0"

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Output:
    """What an operation made of a picture."""

    #: like the input: H×W×3 or H×W×4 uint8, sRGB, straight alpha
    image: Pixels
    #: sentences about what may not be exact, for the person who decides
    doubts: tuple[str, ...]


def run(
    image: Pixels,
    operation: Mapping[str, Any],
    *,
    region: Mask | None,
    protect: Mask | None,
    blob: Callable[[str], bytes],
) -> Output:
    """Apply a filled operation (see recipes.fill) to uint8 `image`; `blob` gives the bytes of a mark by its hash.

    Raises NotInPicture where nothing would change, InvalidInput where the operation can't be done as asked.
    """
    if operation["kind"] == "colour_swap":
        return _colour_swap(image, operation, region, protect)
    if operation["kind"] == "place_mark":
        return _place_mark(image, operation, region, protect, blob)
    raise InvalidInput(f"This engine has no operation “{operation['kind']}”.")


def settle(image: Pixels, operation: Mapping[str, Any], region: Mask | None, protect: Mask | None = None) -> str:
    """The mode, "flat" or "shaded", that "auto" means for this picture; "auto" again where the pairs differ in it."""
    modes = {colours.resolve_mode(image, source, region=region, protect=protect) for source, _ in operation["pairs"]}
    return modes.pop() if len(modes) == 1 else "auto"


def mask(region: Mapping[str, Any] | None, size: tuple[int, int], blob: Callable[[str], bytes]) -> Mask | None:
    """A recipe's region as H×W bool for a picture of `size` (width, height), or None for the whole picture."""
    if region is None:
        return None
    if "mask" in region:
        stored = intake.read(blob(region["mask"])).array
        return np.asarray(stored[..., 3] >= 128 if stored.shape[2] == 4 else stored[..., 0] >= 128)
    x, y, width, height = region["box"]
    area = np.zeros((size[1], size[0]), bool)
    area[y : y + height, x : x + width] = True
    return area


def _colour_swap(image: Pixels, operation: Mapping[str, Any], region: Mask | None, protect: Mask | None) -> Output:
    pairs = [(source, target) for source, target in operation["pairs"]]
    swapped = colours.swap_details(image, pairs, mode=operation["mode"], region=region, protect=protect)
    if swapped.missing:
        where = "in the marked region" if region is not None else "in the picture"
        said = " ".join(
            f"{hex_} is not {where}; nearest: {colours.nearest(image, hex_, region=region)}."
            for hex_ in swapped.missing
        )
        if len(swapped.missing) == len(pairs):
            raise NotInPicture(f"{said} Nothing was changed. Pick the colour from the picture and run again.")
        return Output(swapped.image, (*swapped.doubts, said))
    return Output(swapped.image, swapped.doubts)


def _place_mark(
    image: Pixels, operation: Mapping[str, Any], region: Mask | None, protect: Mask | None, blob: Callable[[str], bytes]
) -> Output:
    mark = intake.read(blob(operation["mark"])).array
    if mark.shape[2] == 3:
        mark = np.dstack([mark, np.full(mark.shape[:2], 255, np.uint8)])
    placed = marks.place(
        image,
        mark,
        anchor=operation["anchor"],
        width=operation["width"],
        clear_space=operation["clear_space"],
        min_width=operation["min_width"],
        opacity=operation["opacity"],
        region=region,
        protect=protect,
    )
    return Output(placed.image, placed.doubts)
