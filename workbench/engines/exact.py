"""The exact engine: deterministic operations on the full-resolution original, no model, no cost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench import recipes
from workbench.engines.steps import STEPS, Around, Box, Done, Mask, Pixels, allowed
from workbench.errors import InvalidInput
from workbench.imaging import colours, intake, painting

#: part of every recipe: raise it whenever an operation would give other pixels than before
VERSION = "1.1"


@dataclass(frozen=True)
class Output:
    """What an operation, or a chain of them, made of a picture."""

    #: uint8 sRGB, straight alpha, H×W×3 or H×W×4; of another size than the input where the frame changed
    image: Pixels
    #: sentences about what may not be exact, for the person who decides
    doubts: tuple[str, ...]
    #: bool H×W of the input's size: where the operations were allowed to change it, None = anywhere
    area: Mask | None = None
    #: x, y, width, height in pixels of the input: the part that a changed frame shows, None = the frame is the same
    crop: Box | None = None
    #: x, y, width, height in pixels of the result: where it shows that part, None = everywhere
    shown: Box | None = None


__all__ = ["VERSION", "Output", "allowed", "feather", "mask", "run", "settle"]


def run(
    image: Pixels,
    operation: Mapping[str, Any],
    *,
    region: Mask | None,
    protect: Mask | None,
    blob: Callable[[str], bytes],
    feather: float = 0.0,
) -> Output:
    """Apply a filled operation (see recipes.fill) to uint8 `image`; `blob` gives the bytes of a mark or font by hash.

    The steps of a chain work one after the other, each on the result of the one before. `feather`: pixels over which
    a change fades in from the region's border inwards. Raises NotInPicture where nothing would change, InvalidInput
    and its kin where the operation can't be done as asked.
    """
    done, everywhere, area = image, False, np.zeros(image.shape[:2], bool)
    doubts: list[str] = []
    crop, shown = None, None
    for step in recipes.steps(operation):
        same_frame = done.shape[:2] == image.shape[:2]
        here = region if same_frame and step.get("where") != "anywhere" else None
        made = _step(done, step, Around(here, protect if same_frame else None, blob), feather)
        doubts += made.doubts
        crop, shown = (made.crop, made.shown) if made.crop else (crop, shown)
        if same_frame:
            everywhere |= made.area is None
            area |= made.area if made.area is not None else area
        done = made.image
    return Output(done, tuple(dict.fromkeys(doubts)), None if everywhere else area, crop, shown)


def _step(image: Pixels, step: Mapping[str, Any], around: Around, feather: float) -> Done:
    if step["kind"] not in STEPS:
        raise InvalidInput(f"This engine has no operation “{step['kind']}”.")
    made = STEPS[step["kind"]](image, step, around)
    if around.region is None or feather <= 0 or made.image.shape != image.shape or step["kind"] == "replace_background":
        return made
    faded = _faded(image, made.image, painting.soft(around.region, feather))
    return Done(faded, made.doubts, made.area)


def _faded(before: Pixels, after: Pixels, weight: Any) -> Pixels:
    """`after` where weight is 1, `before` where it is 0, sRGB levels mixed between."""
    between = (weight < 1) & (before != after).any(axis=2)
    share = weight[between][:, None]
    faded = after.copy()
    faded[between] = np.rint(before[between] * (1 - share) + after[between] * share).astype(np.uint8)
    return faded


def settle(image: Pixels, operation: Mapping[str, Any], region: Mask | None, protect: Mask | None = None) -> str:
    """The mode, "flat" or "shaded", that "auto" means for this picture; "auto" again where the pairs differ in it."""
    modes = {colours.resolve_mode(image, source, region=region, protect=protect) for source, _ in operation["pairs"]}
    return modes.pop() if len(modes) == 1 else "auto"


def mask(region: Mapping[str, Any] | None, size: tuple[int, int], blob: Callable[[str], bytes]) -> Mask | None:
    """A recipe's region as H×W bool for a picture of `size` (width, height), or None for the whole picture."""
    if region is None:
        return None
    if "shapes" in region:
        return painting.mask(region, size)
    if "mask" in region:
        stored = intake.read(blob(region["mask"])).array
        return np.asarray(stored[..., 3] >= 128 if stored.shape[2] == 4 else stored[..., 0] >= 128)
    x, y, width, height = region["box"]
    area = np.zeros((size[1], size[0]), bool)
    area[y : y + height, x : x + width] = True
    return area


def feather(region: Mapping[str, Any] | None, size: tuple[int, int]) -> float:
    """Over how many pixels of a picture of `size` (width, height) the region's border fades; 0 = a hard border."""
    return float((region or {}).get("feather", 0.0)) * max(size)
