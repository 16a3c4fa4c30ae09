"""Regions as a recipe keeps them: {"box": [x, y, w, h]} in whole pixels, {"mask": sha256}, or None."""

import re
from typing import Any

from workbench import errors
from workbench.recipes.templates import Template


def parse_region(text: str) -> dict[str, Any]:
    """“x,y,w,h” (whole pixels from the top left of the upright picture) as a region; errors.InvalidInput otherwise."""
    numbers = [part.strip() for part in text.split(",")]
    if len(numbers) != 4 or not all(re.fullmatch(r"\d{1,6}", number) for number in numbers):
        raise errors.InvalidInput(f"“{text[:60]}” isn't a region; write x,y,w,h in whole pixels, like 120,80,400,300.")
    return checked_region({"box": [int(number) for number in numbers]}) or {}


def checked_region(region: Any) -> dict[str, Any] | None:
    """`region` itself when it has one of the three shapes above; errors.InvalidInput otherwise."""
    match region:
        case None:
            return None
        case {"box": [x, y, w, h], **others} if not others and all(type(side) is int for side in (x, y, w, h)):
            if x < 0 or y < 0 or w < 1 or h < 1:
                raise errors.InvalidInput(f"The region {x},{y},{w},{h} is empty or starts outside the picture.")
            return {"box": [x, y, w, h]}
        case {"mask": str(sha256), **others} if not others and re.fullmatch(r"[0-9a-f]{64}", sha256):
            return {"mask": sha256}
    raise errors.InvalidInput("A region is a box of four whole numbers or a stored mask.")


def check_region(template: Template, region: Any, size: tuple[int, int] | None = None) -> None:
    """Raise errors.InvalidInput where `region` breaks the template's rule or leaves a picture of `size` (w, h)."""
    kept = checked_region(region)
    if template.region.rule == "required" and kept is None:
        raise errors.InvalidInput(f"“{template.title}” needs a region: mark the part of the picture that may change.")
    if template.region.rule == "none" and kept is not None:
        raise errors.InvalidInput(f"“{template.title}” works on the whole picture: remove the region.")
    if kept and "box" in kept and size is not None:
        x, y, w, h = kept["box"]
        if x + w > size[0] or y + h > size[1]:
            raise errors.InvalidInput(
                f"The region {x},{y},{w},{h} leaves the picture, which is {size[0]} × {size[1]} pixels."
            )
