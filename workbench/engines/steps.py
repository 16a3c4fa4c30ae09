"""Each exact operation as one step: a picture in, the changed picture and where it was allowed to change out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import InvalidInput, NotInPicture
from workbench.imaging import background, colours, copy, grounds, intake, marks, reading, reframe, removal, resize

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Around:
    """What a step works with besides the picture."""

    #: bool H×W where it may change, None = anywhere
    region: Mask | None
    #: bool H×W that must stay, None = nothing
    protect: Mask | None
    #: the bytes of a mark, font or picture by their SHA-256
    blob: Callable[[str], bytes]


@dataclass(frozen=True)
class Done:
    """What a step made."""

    #: uint8 sRGB, straight alpha; of another size only after a reframe or resize
    image: Pixels
    #: sentences for the person who decides
    doubts: tuple[str, ...] = ()
    #: bool H×W where it was allowed to change, None = anywhere
    area: Mask | None = None
    #: x, y, width, height of the part of the picture that was kept, and where the new frame shows it
    crop: Box | None = None
    shown: Box | None = None


def colour_swap(image: Pixels, operation: Mapping[str, Any], around: Around) -> Done:
    """Colours become others, all at once; see imaging.colours."""
    pairs = [(source, target) for source, target in operation["pairs"]]
    swapped = colours.swap_details(image, pairs, mode=operation["mode"], region=around.region, protect=around.protect)
    if not swapped.missing:
        return Done(swapped.image, swapped.doubts, allowed(around.region, around.protect))
    where = "in the marked region" if around.region is not None else "in the picture"
    said = " ".join(
        f"{hex_} is not {where}; nearest: {colours.nearest(image, hex_, region=around.region)}."
        for hex_ in swapped.missing
    )
    if len(swapped.missing) == len(pairs):
        raise NotInPicture(f"{said} Nothing was changed. Pick the colour from the picture and run again.")
    return Done(swapped.image, (*swapped.doubts, said), allowed(around.region, around.protect))


def place_mark(image: Pixels, operation: Mapping[str, Any], around: Around) -> Done:
    """A logo or badge on the picture; see imaging.marks."""
    mark = intake.read(around.blob(operation["mark"])).array
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
        region=around.region,
        protect=around.protect,
    )
    return Done(
        placed.image,
        placed.doubts,
        _boxed(placed.box, image) if around.region is None else allowed(around.region, around.protect),
    )


def copy_update(image: Pixels, operation: Mapping[str, Any], around: Around) -> Done:
    """One line of copy becomes another; without a region the line that was read and its free space are the area."""
    fonts = [around.blob(sha256) for sha256 in operation["fonts"]]
    if not fonts:
        raise InvalidInput("The guideline has no fonts, so no copy can be set. Add the brand's fonts to it.")
    updated = copy.update_details(
        image, operation["old"], operation["new"], fonts=fonts, region=around.region, protect=around.protect,
        shrink=operation["shrink"],
    )  # fmt: skip
    free = _boxed(updated.room, image) if around.region is None else around.region
    return Done(updated.image, updated.doubts, allowed(free, around.protect))


def remove_object(image: Pixels, operation: Mapping[str, Any], around: Around) -> Done:
    """What stands in the region goes; see imaging.removal."""
    if around.region is None:
        raise InvalidInput("Mark what is to be removed, with a little of its surroundings.")
    removed = removal.remove(image, around.region, protect=around.protect)
    return Done(removed.image, removed.doubts, allowed(around.region, around.protect))


def replace_background(image: Pixels, operation: Mapping[str, Any], around: Around) -> Done:
    """What stands in the region is cut out and kept, all around it becomes new; see imaging.background."""
    if around.region is None:
        raise InvalidInput("Mark the product: it is cut out and kept, and everything around it becomes new.")
    replaced = background.replace(
        image, around.region, ground=_ground(operation["ground"], around.blob), protect=around.protect
    )
    kept = replaced.alpha >= 1 if around.protect is None else (replaced.alpha >= 1) | around.protect
    return Done(replaced.image, replaced.doubts, ~kept)


def _ground(ground: Mapping[str, Any], blob: Callable[[str], bytes]) -> Any:
    if "picture" in ground:
        return intake.read(blob(ground["picture"])).array
    if "gradient" in ground:
        first, second = ground["gradient"]
        return grounds.Gradient(first, second, ground["angle"])
    return ground.get("colour")


def reframed(image: Pixels, operation: Mapping[str, Any], around: Around) -> Done:
    """The picture in a channel's size; no line of text that can be read is cut, nor the region; see imaging.reframe."""
    width, height, how = operation["width"], operation["height"], operation["how"]
    keep = [reframe.Kept(line.box, line.text) for line in _texts(image)] if how == "fill" else []
    if around.region is not None:
        keep.append(reframe.Kept(_bounds(around.region), "the marked area"))
    made = reframe.reframe(
        image, width, height, how=how, focus=operation["focus"], keep=keep, ground=operation["ground"]
    )
    return Done(made.image, made.doubts, None, made.crop, made.shown)


def _texts(image: Pixels) -> list[reading.Line]:
    """The lines that surely are text: OCR reads words into texture too."""
    return [line for line in reading.lines(image) if line.score >= 0.8 and len(re.sub(r"\W", "", line.text)) > 1]


def resized(image: Pixels, operation: Mapping[str, Any], around: Around) -> Done:
    """The whole picture larger or smaller; see imaging.resize."""
    size = (image.shape[1], image.shape[0])
    wanted = resize.size_of(size, operation["side"], operation["pixels"])
    made = resize.resize(image, *wanted, sharpen=operation["sharpen"])
    return Done(made, resize.doubts(size, wanted), None, (0, 0, *size))


STEPS: Mapping[str, Callable[[Pixels, Mapping[str, Any], Around], Done]] = {
    "colour_swap": colour_swap,
    "place_mark": place_mark,
    "copy_update": copy_update,
    "remove_object": remove_object,
    "replace_background": replace_background,
    "reframe": reframed,
    "resize": resized,
}


def allowed(region: Mask | None, protect: Mask | None) -> Mask | None:
    """Region without what is protected; None when neither says anything."""
    if protect is None:
        return region
    return ~protect if region is None else region & ~protect


def _boxed(box: Box, image: Pixels) -> Mask:
    x, y, width, height = box
    area = np.zeros(image.shape[:2], bool)
    area[max(y, 0) : y + height, max(x, 0) : x + width] = True
    return area


def _bounds(mask: Mask) -> Box:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)
