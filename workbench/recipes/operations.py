"""The exact operations that a template can name, one after the other where it names several."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from workbench.recipes import arguments as args
from workbench.recipes.files import Frozen

#: steps of a chain
MOST_STEPS = 8

#: "anywhere" keeps the edit's region from a step; the usual "region" is never written
Where = Annotated[
    Literal["region", "anywhere"] | None, AfterValidator(lambda where: None if where == "region" else where)
]


class Pair(Frozen):
    """One colour and what it becomes: a parameter, a hex value or the name of a palette colour."""

    source: args.Named
    target: args.Named


class ColourSwap(Frozen):
    """`kind = "colour_swap"`: either `source` and `target`, or `pairs` that are swapped simultaneously."""

    takes: ClassVar[args.Taken] = {"source": args.COLOUR, "target": args.COLOUR, "mode": args.words(*args.MODES)}

    kind: Literal["colour_swap"]
    source: args.Named | None = None
    target: args.Named | None = None
    pairs: Annotated[tuple[Pair, ...], Field(max_length=16)] = ()
    mode: args.Mode = "auto"
    where: Where = None

    @model_validator(mode="after")
    def _one_way_of_naming_the_colours(self) -> Self:
        both = self.source is not None and self.target is not None
        if bool(self.pairs) == both or (self.source is None) != (self.target is None):
            raise ValueError("give either source and target, or pairs")
        return self

    def all_pairs(self) -> tuple[Pair, ...]:
        """The pairs, however they were written."""
        if self.source is None or self.target is None:
            return self.pairs
        return (Pair(source=self.source, target=self.target),)


class PlaceMark(Frozen):
    """`kind = "place_mark"`: a mark of the guideline, keeping the clear space the guideline asks for."""

    takes: ClassVar[args.Taken] = {
        "mark": args.marks("logo", "badge"),
        "anchor": args.words(*args.ANCHORS),
        "width": args.number(args.SHARE),
        "opacity": args.number(args.SHARE),
    }

    kind: Literal["place_mark"]
    #: a parameter or the name of a mark
    mark: args.Named
    anchor: args.Anchor = "bottom-right"
    #: share of the picture's width; None = as large as the region holds with the clear space
    width: args.Share | None = None
    opacity: args.Share = 1.0
    where: Where = None


class CopyUpdate(Frozen):
    """`kind = "copy_update"`: the line that reads `old` reads `new`, in the same font, size and colour."""

    takes: ClassVar[args.Taken] = {"old": args.COPY, "new": args.COPY, "shrink": args.words(*args.YES_OR_NO)}

    kind: Literal["copy_update"]
    old: args.Copy
    new: args.Copy
    #: whether a longer copy may be set smaller; otherwise it is refused
    shrink: args.YesOrNo = False
    where: Where = None


class Reframe(Frozen):
    """`kind = "reframe"`: the picture in the size of a channel."""

    takes: ClassVar[args.Taken] = {
        "size": args.Takes(("choice",), option=args.no_size),
        "how": args.words(*args.HOWS),
        "ground": args.COLOUR,
        "focus": args.words("auto", *args.ANCHORS),
    }

    kind: Literal["reframe"]
    #: “1080x1350” in pixels
    size: args.Size
    #: cover the frame and cut, stay within it, or stay within it on a ground that fills it
    how: args.How = "fill"
    #: of "pad": a colour, or "auto" for the one that the picture's rim shows
    ground: args.Named = "auto"
    focus: args.Focus = "auto"
    where: Where = None


class Resize(Frozen):
    """`kind = "resize"`: the whole picture smaller or larger, by exactly one side."""

    takes: ClassVar[args.Taken] = {
        "width": args.number(args.PIXELS),
        "height": args.number(args.PIXELS),
        "longest": args.number(args.PIXELS),
        "sharpen": args.number(args.STRENGTH),
    }

    kind: Literal["resize"]
    width: args.Pixels | None = None
    height: args.Pixels | None = None
    longest: args.Pixels | None = None
    sharpen: args.Strength = 0.3
    where: Where = None

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if sum(side is not None for side in (self.width, self.height, self.longest)) != 1:
            raise ValueError("give exactly one of width, height and longest")
        return self

    @property
    def side(self) -> tuple[str, int | str]:
        """(which side, its pixels or a parameter)."""
        sides = {"width": self.width, "height": self.height, "longest": self.longest}
        return next((name, pixels) for name, pixels in sides.items() if pixels is not None)


class ReplaceBackground(Frozen):
    """`kind = "replace_background"`: what is marked is cut out and set on another ground."""

    takes: ClassVar[args.Taken] = {
        "ground": args.COLOUR,
        "second": args.COLOUR,
        "angle": args.number(args.DEGREES),
        "picture": args.marks("background"),
    }

    kind: Literal["replace_background"]
    #: a colour, or "transparent"
    ground: args.Named | None = None
    #: the colour that the ground runs to
    second: args.Named | None = None
    #: degrees in which it runs: 0 = left to right, 90 = top to bottom; None = 90
    angle: args.Degrees | None = None
    #: instead of a ground: a mark of kind "background"
    picture: args.Named | None = None
    where: Where = None

    @model_validator(mode="after")
    def _one_ground(self) -> Self:
        if (self.ground is None) == (self.picture is None):
            raise ValueError("give either ground or picture")
        if self.second is not None and self.ground in (None, "transparent"):
            raise ValueError("second needs a ground that is a colour")
        if self.angle is not None and self.second is None:
            raise ValueError("angle needs a second colour to run to")
        return self


class RemoveObject(Frozen):
    """`kind = "remove_object"`: what is marked goes, where the surroundings tell what was behind it."""

    takes: ClassVar[args.Taken] = {}

    kind: Literal["remove_object"]
    where: Where = None


Step = ColourSwap | PlaceMark | CopyUpdate | Reframe | Resize | ReplaceBackground | RemoveObject
Operation = Annotated[Step, Field(discriminator="kind")]
OPERATIONS: dict[str, type[Frozen]] = {
    "colour_swap": ColourSwap,
    "place_mark": PlaceMark,
    "copy_update": CopyUpdate,
    "reframe": Reframe,
    "resize": Resize,
    "replace_background": ReplaceBackground,
    "remove_object": RemoveObject,
}
#: the kinds that give the picture another size
SIZING = ("reframe", "resize")


def arguments(step: Step) -> Iterator[tuple[str, Any, args.Takes]]:
    """Every (argument, value, what it takes) of an operation that is set, pairs taken apart."""
    rows: tuple[Frozen, ...] = (step, *step.pairs) if isinstance(step, ColourSwap) else (step,)
    for row in rows:
        for name, takes in step.takes.items():
            value = getattr(row, name, None)
            if value is not None:
                yield name, value, takes
