"""Other pixel sizes in correct light: areas averaged when shrinking, Lanczos without halos when enlarging.

1. Bands of rows become linear light, colour multiplied by opacity, so that no step holds the whole frame as floats.
2. Down the columns, then along the rows, each new pixel is a weighted sum of old ones (`_weights`).
3. An enlarged pixel stays in the range of the four old ones around it: edges gain no bright or dark halo.
4. A shrunk picture is sharpened in lightness, within what each pixel's neighbours already show.
"""

from collections.abc import Iterator
from functools import reduce

import cv2
import numpy as np

from workbench.errors import InvalidInput
from workbench.imaging.colour_space import LINEAR, Bytes, Floats, from_linear

#: pixels that a side may have
SIDES = (16, 16_384)
#: a picture enlarged by less than this doesn't look softer
_NOTICEABLE = 1.01
#: how much more one side may be scaled than the other before a circle looks like an egg
_STRETCH = 1.01
#: old or new pixels that are floats at a time
BAND = 2_000_000
_CHUNK = 16  # new pixels of one product of matrices
_TAPS = 3  # Lanczos lobes
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_SIGMA = 0.7  # px, of what sharpening calls blurred
_REACH = 4  # rows that sharpening looks up and down
_AMOUNT = 2.0  # share of the detail that strength 1 adds

Planes = Floats


def resize(image: Bytes, width: int, height: int, *, sharpen: float = 0.3, band: int = BAND) -> Bytes:
    """uint8 sRGB H×W×3|4 (straight alpha) as `height`×`width`×3|4; the picture's own size gives an equal copy.

    Averages and interpolates in linear light with premultiplied alpha (exact area means; Lanczos with three lobes,
    Duchon 1979, limited to the values around). sharpen: 0–1, only acts on pictures that become smaller in
    both directions; flat areas and the levels on both sides of an edge keep their colour. What is transparent
    becomes transparent black. band: how many pixels are floats at a time; no result depends on it.
    Raises InvalidInput for sides outside 16–16,384 px.
    """
    check_sides(width, height)
    if not 0 <= sharpen <= 1:
        raise InvalidInput(f"Sharpening must be a share from 0 to 1, not {sharpen:g}.")
    rows, columns = image.shape[:2]
    if (columns, rows) == (width, height):
        return image.copy()
    crisp = sharpen > 0 and width <= columns and height <= rows
    result = np.empty((height, width, image.shape[2]), np.uint8)
    across = list(_weights(columns, width, 0, width))
    for first, last, top, bottom in _bands((rows, columns), (height, width), _REACH if crisp else 0, band):
        light = _interpolated(image, height, top, bottom, across)
        if crisp:
            _sharpen(light, sharpen)
        result[first:last] = _levels(light[:, first - top : last - top])
    return result


def size_of(size: tuple[int, int], side: str, pixels: int) -> tuple[int, int]:
    """(width, height) with the proportions of `size` whose "width", "height" or "longest" side has `pixels`.

    Raises InvalidInput where either side would be outside 16–16,384 px.
    """
    if side not in ("width", "height", "longest"):
        raise InvalidInput(f"“{side}” is no side; choose width, height or longest.")
    scale = pixels / {"width": size[0], "height": size[1], "longest": max(size)}[side]
    width, height = (max(1, int(length * scale + 0.5)) for length in size)
    check_sides(width, height)
    return width, height


def doubts(before: tuple[int, int], after: tuple[int, int]) -> tuple[str, ...]:
    """Sentences about what scaling `before` to `after` (width, height) can't do well."""
    across, down = after[0] / before[0], after[1] / before[1]
    found = []
    if max(across, down) > _NOTICEABLE:
        found.append(
            f"The picture was enlarged to {max(across, down):.3g} times its size ({before[0]} × {before[1]} px had to "
            f"become {after[0]} × {after[1]} px) and will look soft. Use a larger original if there is one."
        )
    # a side can't be nearer to its proportion than half a pixel
    if max(across, down) / min(across, down) > _STRETCH and abs(before[0] * down - after[0]) > 1:
        found.append("Width and height were scaled differently: shapes look stretched.")
    return tuple(found)


def check_sides(width: int, height: int) -> None:
    """Raises InvalidInput for sides that no picture here may have."""
    least, most = SIDES
    if not (least <= width <= most and least <= height <= most):
        raise InvalidInput(
            f"A picture of {width} × {height} px can't be made: each side must have {least} to {most:,} px."
        )


def _bands(old: tuple[int, int], new: tuple[int, int], margin: int, band: int) -> Iterator[tuple[int, int, int, int]]:
    """First and last new row of each band, and the same with `margin` more rows above and below."""
    (rows, columns), (height, width) = old, new
    step = max(_CHUNK, int(band / max(columns * rows / height, width)))
    for first in range(0, height, step):
        last = min(first + step, height)
        yield first, last, max(first - margin, 0), min(last + margin, height)


def _interpolated(image: Bytes, height: int, top: int, bottom: int, across: list["_Part"]) -> Planes:
    """New rows top…bottom as planes of linear light times opacity, and of opacity where the picture has any."""
    down = list(_weights(image.shape[0], height, top, bottom))
    start, stop = min(part.old.start for part in down), max(part.old.stop for part in down)
    light = _linear(image[start:stop])
    light = _combined(light, [part.moved(-start, -top) for part in down], bottom - top)
    turned = _combined(light.transpose(0, 2, 1), across, across[-1].new.stop)
    return np.ascontiguousarray(turned.transpose(0, 2, 1))


class _Part:
    """The weights that make some new pixels of one axis out of some old ones."""

    def __init__(self, new: slice, old: slice, weight: Floats, beside: np.ndarray | None) -> None:
        self.new, self.old, self.weight = new, old, weight
        #: 4×n, the two old pixels on either side of each new one, whose range the new one may not leave
        self.beside = beside

    def moved(self, old: int, new: int) -> "_Part":
        made = slice(self.new.start + new, self.new.stop + new)
        source = slice(self.old.start + old, self.old.stop + old)
        return _Part(made, source, self.weight, None if self.beside is None else self.beside + old)


def _weights(old: int, new: int, first: int, last: int) -> Iterator[_Part]:
    """What new pixels first…last of an axis are made of, in chunks that need few old pixels each."""
    for start in range(first, last, _CHUNK):
        pixels = np.arange(start, min(start + _CHUNK, last))
        yield (_averaged if new <= old else _lanczos)(pixels, old, new)


def _averaged(pixels: np.ndarray, old: int, new: int) -> _Part:
    # in units of 1/new of an old pixel, where every border is a whole number
    low, high = pixels * old, (pixels + 1) * old
    start, stop = int(low[0] // new), int(-(-high[-1] // new))
    at = np.arange(start, stop) * new
    shared = np.minimum(high[:, None], at + new) - np.maximum(low[:, None], at)
    weight = (np.maximum(shared, 0) / old).astype(np.float32)
    return _Part(slice(int(pixels[0]), int(pixels[-1]) + 1), slice(start, stop), weight, None)


def _lanczos(pixels: np.ndarray, old: int, new: int) -> _Part:
    middle = (pixels + 0.5) * old / new - 0.5
    below = np.floor(middle).astype(int)
    taps = below[:, None] + np.arange(1 - _TAPS, _TAPS + 1)
    weight = np.sinc(middle[:, None] - taps) * np.sinc((middle[:, None] - taps) / _TAPS)
    weight /= weight.sum(axis=1, keepdims=True)
    taps = np.clip(taps, 0, old - 1)
    start, stop = int(taps.min()), int(taps.max()) + 1
    matrix = np.zeros((len(pixels), stop - start))
    np.add.at(matrix, (np.arange(len(pixels))[:, None], taps - start), weight)
    beside = np.clip(below + np.arange(-1, 3)[:, None], 0, old - 1)
    return _Part(slice(int(pixels[0]), int(pixels[-1]) + 1), slice(start, stop), matrix.astype(np.float32), beside)


def _combined(planes: Planes, parts: list[_Part], length: int) -> Planes:
    """C×n×m as C×length×m, each row a weighted sum of rows."""
    result = np.empty((planes.shape[0], length, planes.shape[2]), np.float32)
    for part in parts:
        np.matmul(part.weight, planes[:, part.old], out=result[:, part.new])
        if part.beside is not None:
            around = [planes[:, rows] for rows in part.beside]
            low, high = reduce(np.minimum, around), reduce(np.maximum, around)
            np.clip(result[:, part.new], low, high, out=result[:, part.new])
    return result


def _linear(image: Bytes) -> Planes:
    planes = np.empty((image.shape[2], *image.shape[:2]), np.float32)
    for channel, levels in enumerate(cv2.split(image)):
        planes[channel] = cv2.LUT(levels, LINEAR) if channel < 3 else levels * np.float32(1 / 255)
    if len(planes) == 4:
        planes[:3] *= planes[3]
    return planes


def _levels(light: Planes) -> Bytes:
    """Planes of linear light as h×w×3|4 sRGB bytes with straight alpha."""
    if len(light) == 3:
        return from_linear(light.transpose(1, 2, 0))
    opacity = np.rint(np.clip(light[3], 0, 1) * 255).astype(np.uint8)
    colour = light[:3] / np.maximum(light[3], np.float32(1e-6)) * (opacity > 0)
    return np.dstack([from_linear(colour.transpose(1, 2, 0)), opacity])


def _sharpen(light: Planes, strength: float) -> None:
    """Add detail to planes of linear light in place: unsharp masking of lightness (the cube root of luminance).

    One factor for all channels keeps OKLab hue and saturation (Ottosson 2020: it is homogeneous of degree ⅓). Each
    channel stays within its 3×3 neighbours, so that nothing overshoots and flat colours beside an edge stay flat.
    Where something is transparent nothing changes: its edge is no edge of the picture.
    """
    lightness = np.cbrt(np.tensordot(_LUMINANCE, light[:3], 1))
    blurred = cv2.GaussianBlur(lightness, (5, 5), _SIGMA, borderType=cv2.BORDER_REPLICATE)
    wanted = lightness + np.float32(_AMOUNT * strength) * (lightness - blurred)
    factor = (np.maximum(wanted, 0) / np.maximum(lightness, np.float32(1e-4))) ** 3
    if len(light) == 4:
        factor[cv2.erode(light[3], np.ones((7, 7), np.uint8)) < 0.999] = 1
    around = np.ones((3, 3), np.uint8)
    for plane in light[:3]:
        np.clip(plane * factor, cv2.erode(plane, around), cv2.dilate(plane, around), out=plane)
