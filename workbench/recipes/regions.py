"""Regions and protected areas as a recipe keeps them: a box, a stored mask, drawn shapes, or None."""

import re
from typing import Any

from workbench import errors
from workbench.recipes import shapes
from workbench.recipes.templates import Template


def parse_region(text: str) -> dict[str, Any]:
    """“x,y,w,h” (whole pixels from the top left of the upright picture) as a region; errors.InvalidInput otherwise."""
    numbers = [part.strip() for part in text.split(",")]
    if len(numbers) != 4 or not all(re.fullmatch(r"[0-9]{1,6}", number) for number in numbers):
        raise errors.InvalidInput(f"“{text[:60]}” isn't a region; write x,y,w,h in whole pixels, like 120,80,400,300.")
    return checked_region({"box": [int(number) for number in numbers]}) or {}


def checked_region(region: Any) -> dict[str, Any] | None:
    """`region` in its one form; errors.InvalidInput with a sentence otherwise.

    {"box": [x, y, w, h]} in whole pixels, {"mask": sha256}, {"shapes": …} in shares (see shapes.checked), or None.
    """
    match region:
        case None:
            return None
        case {"box": [x, y, w, h], **others} if not others and all(type(side) is int for side in (x, y, w, h)):
            if x < 0 or y < 0 or w < 1 or h < 1:
                raise errors.InvalidInput(f"The region {x},{y},{w},{h} is empty or starts outside the picture.")
            return {"box": [x, y, w, h]}
        case {"mask": str(sha256), **others} if not others and re.fullmatch(r"[0-9a-f]{64}", sha256):
            return {"mask": sha256}
        case {"shapes": _}:
            return shapes.checked(region)
    raise errors.InvalidInput("A region is a box of four whole numbers, a stored mask or drawn shapes.")


def check_region(template: Template, region: Any, size: tuple[int, int] | None = None, protect: Any = None) -> None:
    """Raise errors.InvalidInput where `region` and `protect` break the template's rule or leave the picture.

    `size` is the picture's (width, height). Any rule lets people protect something; “protected” asks for it.
    """
    kept, protected = checked_region(region), checked_region(protect)
    title = f"“{template.title}”"
    match template.region.rule:
        case "required" if kept is None:
            raise errors.InvalidInput(f"{title} needs a region: mark the part of the picture that may change.")
        case "subject" if kept is None:
            raise errors.InvalidInput(f"{title} needs to know the subject: mark what is cut out and kept.")
        case "protected" if protected is None:
            raise errors.InvalidInput(f"{title} may change everything that isn't protected: mark what must stay.")
        case "protected" if kept is not None:
            raise errors.InvalidInput(f"{title} goes by what is protected: remove the region.")
        case "none" if kept is not None:
            raise errors.InvalidInput(f"{title} works on the whole picture: remove the region.")
    if size is not None:
        _stays_inside(kept, size, "region")
        _stays_inside(protected, size, "protected area")


def _stays_inside(kept: dict[str, Any] | None, size: tuple[int, int], called: str) -> None:
    if kept and "box" in kept:
        x, y, w, h = kept["box"]
        if x + w > size[0] or y + h > size[1]:
            raise errors.InvalidInput(
                f"The {called} {x},{y},{w},{h} leaves the picture, which is {size[0]} × {size[1]} pixels."
            )
