"""The canvas that a model is sent: the part of a picture that matters, padded to a size the model takes, and back.

    picture ─► crop: the region and what is around it ─► scaled by one factor ─► centred on an allowed size, the rest
    of which continues the picture ─► the model ─► cut out again, laid over the crop ─► back in the picture

Nothing is ever cropped by the model or stretched for it, and every step has its exact inverse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.errors import InvalidInput
from workbench.imaging import flatten
from workbench.imaging.canvas_sizes import Rule, Size, fitted, grown

__all__ = ["Canvas", "Received", "Rule", "plan"]

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Matrix = NDArray[np.float64]
#: x, y, width, height
Box = tuple[int, int, int, int]
Part = TypeVar("Part", Pixels, Mask)
#: what lies beside the picture on the canvas
Ground = Literal["mirror", "edge"] | tuple[int, int, int]

#: share of the picture from which it is sent whole: cutting so little away would only cost the model its context
_WHOLE = 0.6
#: how much the sides of an answer may differ from the proportions asked for; models snap to multiples of 16 px
_SHAPE = 0.02
_OTHER = (
    "The output has other proportions than were asked for ({got} instead of {asked} px), so it was taken as it came. "
    "Look whether something is cropped or stretched, or run it again."
)


@dataclass(frozen=True)
class Received:
    """A model's answer, to be laid over the crop."""

    #: uint8 h×w×3|4 without the padding
    image: Pixels
    #: sentences for a designer, empty when the answer has the proportions that were asked for
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Canvas:
    """Which part of a picture is sent, and where it lies on what is sent; all in whole pixels."""

    #: width and height of the picture
    picture: Size
    #: the part of the picture that is sent
    crop: Box
    #: width and height of what is sent
    size: Size
    #: where the crop lies on it
    content: Box

    @property
    def scale(self) -> float:
        """Canvas pixels for one pixel of the picture along a side; both sides agree to half a canvas pixel."""
        return float(np.sqrt(self.content[2] * self.content[3] / (self.crop[2] * self.crop[3])))

    @property
    def matrix(self) -> Matrix:
        """2×3 from pixel centres of the picture to pixel centres of the canvas: (x + .5)·s − .5, crop and padding."""
        x, y, width, height = self.crop
        left, top, wide, high = self.content
        across, down = wide / width, high / height
        return np.array([[across, 0, left - 0.5 + across * (0.5 - x)], [0, down, top - 0.5 + down * (0.5 - y)]])

    def cut(self, whole: Part) -> Part:
        """The crop of a picture (H×W×3|4) or mask (H×W), as a view. Raises InvalidInput for another picture's size."""
        if whole.shape[1::-1] != self.picture:
            raise InvalidInput("This canvas was planned for a picture of another size. Plan it anew.")
        x, y, width, height = self.crop
        return whole[y : y + height, x : x + width]

    def send(self, image: Pixels, *, ground: Ground = "mirror") -> Pixels:
        """What the model gets, uint8 sRGB `size`×3: the crop of `image` (H×W×3|4), areas averaged when it shrinks.

        Scaled in the picture's own levels, as the output will be compared with it. Transparency is laid on white: a
        model sees hidden colours otherwise. `ground`: beside the picture it is mirrored, so that light, colour and
        grain go on and no border tells the model to finish a frame or crop it away; "edge" draws the border out, a
        colour stays flat. (Reasoned, not measured on models.) Raises InvalidInput for another picture's size.
        """
        part = np.ascontiguousarray(flatten.over(self.cut(image), flatten.WHITE))
        return self._padded(_scaled(part, self.content[2:]), ground)

    def mask(self, mask: Mask) -> Mask:
        """Where the model may change something, bool `size`, from a mask of the picture (bool H×W); never the padding.

        A canvas pixel may change where any of it may. Raises InvalidInput for another picture's size.
        """
        left, top, width, height = self.content
        part = self.cut(mask).astype(np.float32)
        shrinks = width <= part.shape[1] and height <= part.shape[0]
        # not in bytes: the share of one pixel in a thousand would round to nothing
        small = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST)
        whole = np.zeros(self.size[::-1], np.bool_)
        whole[top : top + height, left : left + width] = small > 0
        return whole

    def receive(self, output: Pixels) -> Received:
        """The model's `output` (uint8 h×w×3|4 of any size) without the padding, which covers `crop` exactly.

        In another size than asked for but the same proportions the padding is as much larger or smaller. In other
        proportions nobody knows what the model cropped or stretched: it comes back whole, with a sentence.
        """
        rows, columns = output.shape[:2]
        across, down = columns / self.size[0], rows / self.size[1]
        if abs(across / down - 1) > _SHAPE:
            got, asked = f"{columns} × {rows}", f"{self.size[0]} × {self.size[1]}"
            return Received(output, (_OTHER.format(got=got, asked=asked),))
        left, width = self.content[0] * across, self.content[2] * across
        top, height = self.content[1] * down, self.content[3] * down
        if all(edge == round(edge) for edge in (left, top, width, height)):
            x, y, w, h = (round(edge) for edge in (left, top, width, height))
            return Received(output[y : y + h, x : x + w])
        size = max(1, round(width)), max(1, round(height))
        # The content's border falls between two pixels: it is moved onto one, or all of it would lie off by so much.
        back = np.array(
            [
                [width / size[0], 0, left - 0.5 + 0.5 * width / size[0]],
                [0, height / size[1], top - 0.5 + 0.5 * height / size[1]],
            ]
        )
        moved: Any = cv2.warpAffine(
            output, back, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )
        return Received(moved)

    def placed(self, part: Part, whole: Part) -> Part:
        """A copy of a picture or mask with `part` where the crop was.

        Raises InvalidInput for another picture's size or a part of another size than the crop.
        """
        result = whole.copy()
        place = self.cut(result)
        if place.shape != part.shape:
            raise InvalidInput("The result has another size than the part of the picture that was sent.")
        place[...] = part
        return result

    def whole(self, matrix: Matrix) -> Matrix:
        """The 2×3 of a registration of the crop as one of the picture: pixel centres of the picture → of the output."""
        x, y = self.crop[:2]
        return np.column_stack([matrix[:, :2], matrix[:, 2] - matrix[:, :2] @ (x, y)])

    def _padded(self, part: Pixels, ground: Ground) -> Pixels:
        left, top, width, height = self.content
        right, bottom = self.size[0] - left - width, self.size[1] - top - height
        if isinstance(ground, tuple):
            padded: Any = cv2.copyMakeBorder(part, top, bottom, left, right, cv2.BORDER_CONSTANT, value=ground)
        else:
            how = cv2.BORDER_REPLICATE if ground == "edge" else cv2.BORDER_REFLECT
            padded = cv2.copyMakeBorder(part, top, bottom, left, right, how)
        return np.asarray(padded, np.uint8)


def plan(size: Size, *, region: Mask | None = None, sizes: Sequence[Size] | Rule, context: float = 0.2) -> Canvas:
    """What of a picture of `size` (width, height) is sent on which canvas.

    The crop is the box of `region` (bool H×W; None or empty = everything may change) and on each side `context`, a
    share of the box's width or height. It grows towards the canvas's proportions where the picture has room, and never
    is less than half the canvas's size while there is any: enlarged further, nothing is gained and registration has
    nothing to hold on to. A crop of most of the picture becomes all of it. Among `sizes` the canvas is the one with the
    least padding, then the least loss of detail, then few pixels. Raises InvalidInput where no size is given.
    """
    if region is not None and region.shape != size[::-1]:
        raise InvalidInput("A region must have the picture's size, with True where something may change.")
    box = _box(size, region, context)
    allowed = sizes.sizes() if isinstance(sizes, Rule) else np.array(sizes, np.int64).reshape(-1, 2)
    if not len(allowed):
        raise InvalidInput("No canvas size is allowed, so nothing can be sent. Check the engine's settings.")
    chosen = fitted(size, box, allowed)
    crop = grown(size, box, chosen)
    scale = min(chosen[0] / crop[2], chosen[1] / crop[3])
    width, height = (max(1, min(most, round(side * scale))) for side, most in zip(crop[2:], chosen, strict=True))
    content = (chosen[0] - width) // 2, (chosen[1] - height) // 2, width, height
    return Canvas(size, crop, chosen, content)


def _box(size: Size, region: Mask | None, context: float) -> Box:
    x, y, width, height = (0, 0, 0, 0) if region is None else cv2.boundingRect(region.view(np.uint8))
    beside, above = int(np.ceil(context * width)), int(np.ceil(context * height))
    left, top = max(0, x - beside), max(0, y - above)
    right, bottom = min(size[0], x + width + beside), min(size[1], y + height + above)
    if not width or (right - left) * (bottom - top) >= _WHOLE * size[0] * size[1]:
        return 0, 0, *size
    return left, top, right - left, bottom - top


def _scaled(part: Pixels, size: Size) -> Pixels:
    if (part.shape[1], part.shape[0]) == size:
        return part
    shrinks = size[0] <= part.shape[1] and size[1] <= part.shape[0]
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC), np.uint8)
