"""What people draw to mark a part of a picture: boxes, outlines and brush strokes, in shares of its sides."""

from collections.abc import Mapping, Sequence
from typing import Any

from workbench import errors

MOST_SHAPES, MOST_POINTS, MOST_POINTS_IN_ALL = 400, 2_000, 20_000
#: decimals that are kept: a tenth of a pixel in the largest picture
DECIMALS = 5
#: shares of the longer side
GROW, FEATHER, WIDEST_RADIUS = 0.1, 0.1, 0.5


def checked(region: Mapping[str, Any]) -> dict[str, Any]:
    """`region` in its one form: {"shapes": [shape, …], "grow": −0.1…0.1, "feather": 0…0.1}.

    A shape is {"box": [x, y, w, h]}, {"polygon": [[x, y], …]} or {"stroke": [[x, y], …], "radius": r}; with
    "erase": true it takes away from what was drawn before. x and w are shares of the width, y and h of the height,
    radius, grow and feather of the longer side; all are rounded to 5 decimals. Growth and feather may be left out.
    Raises errors.InvalidInput with a sentence.
    """
    drawn, others = region.get("shapes"), region.keys() - {"shapes", "grow", "feather"}
    if others or not isinstance(drawn, list | tuple):
        raise errors.InvalidInput("A drawn region has shapes, grow and feather, and nothing else.")
    if len(drawn) > MOST_SHAPES:
        raise errors.InvalidInput(
            f"The region has {len(drawn):,} shapes; at most {MOST_SHAPES} are kept. Draw it with fewer, larger strokes."
        )
    _count_points(drawn)
    shapes = [_shape(shape) for shape in drawn]
    if all("erase" in shape for shape in shapes):
        raise errors.InvalidInput("The region marks nothing: draw a box, an outline or a stroke.")
    return {
        "shapes": shapes,
        "grow": _number(region.get("grow", 0), -GROW, GROW, "grow"),
        "feather": _number(region.get("feather", 0), 0, FEATHER, "feather"),
    }


def _count_points(drawn: Sequence[object]) -> None:
    total = 0
    for shape in drawn:
        points = (shape.get("polygon") or shape.get("stroke") or ()) if isinstance(shape, Mapping) else ()
        count = len(points) if isinstance(points, list | tuple) else 0
        total += count
        if count > MOST_POINTS or total > MOST_POINTS_IN_ALL:
            raise errors.InvalidInput(
                f"The region is drawn with too many points; at most {MOST_POINTS:,} in a shape and "
                f"{MOST_POINTS_IN_ALL:,} in all are kept. Draw it more simply."
            )


def _shape(shape: object) -> dict[str, Any]:
    kept: dict[str, Any]
    match shape:
        case {"box": [x, y, w, h], **others}:
            kept = {"box": _box(x, y, w, h)}
        case {"polygon": [_, _, _, *_] as points, **others}:
            kept = {"polygon": [_point(point) for point in points]}
        case {"stroke": [_, *_] as points, "radius": radius, **others}:
            least = 10**-DECIMALS
            kept = {
                "stroke": [_point(point) for point in points],
                "radius": _number(radius, least, WIDEST_RADIUS, "radius"),
            }
        case _:
            raise errors.InvalidInput(
                "A shape is a box, an outline of at least three points, or a stroke with a radius."
            )
    erase = others.pop("erase", False)
    if others or not isinstance(erase, bool):
        raise errors.InvalidInput("A shape has its points, a stroke its radius, and “erase” may be true; nothing else.")
    return kept | {"erase": True} if erase else kept


def _box(*sides: object) -> list[float]:
    x, y, width, height = (_number(side, 0, 1, "box") for side in sides)
    slack = 2 * 10**-DECIMALS  # start and length may both have been rounded up
    if x + width > 1 + slack or y + height > 1 + slack:
        raise errors.InvalidInput("A box of the region leaves the picture.")
    width, height = (round(min(length, 1 - start), DECIMALS) for length, start in ((width, x), (height, y)))
    if not (width and height):
        raise errors.InvalidInput("A box of the region is empty: draw it larger.")
    return [x, y, width, height]


def _point(point: object) -> list[float]:
    if not isinstance(point, list | tuple) or len(point) != 2:
        raise errors.InvalidInput("A point of the region is two shares, [x, y].")
    return [_number(value, 0, 1, "point") for value in point]


def _number(value: object, low: float, high: float, called: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # NaN
        raise errors.InvalidInput(f"The region's {called} isn't a number.")
    rounded = round(float(value), DECIMALS) if low - 1 <= value <= high + 1 else None
    if rounded is None or not low <= rounded <= high:
        if called in ("box", "point"):
            raise errors.InvalidInput(f"A {called} of the region lies outside the picture.")
        raise errors.InvalidInput(f"The region's {called} must lie between {low:g} and {high:g}.")
    return rounded
