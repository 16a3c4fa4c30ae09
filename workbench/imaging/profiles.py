"""ICC profiles: which ones can be trusted, which ones are sRGB anyway, and the way to sRGB and back.

Conversions are relative colorimetric with black-point compensation: colours inside both gamuts keep their measured
value, as browsers show them and as a brand colour must; colours outside sRGB are clipped to it. Alpha is straight
and never takes part.
"""

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Pixels = NDArray[np.uint8]
Space = Literal["RGB", "GRAY"]

_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION | ImageCms.Flags.HIGHRESPRECALC
#: levels by which a profile may differ from sRGB and still count as sRGB; its makers rounded differently
_SAME = 1


class UnusableProfile(ValueError):
    """The profile is damaged, or made for another kind of picture."""


@dataclass(frozen=True, eq=False)
class Profile:
    """An RGB or grey ICC profile that can be converted to sRGB."""

    icc: bytes
    space: Space
    #: no pixel needs converting
    is_srgb: bool
    #: a picture in it can be written, not only read
    reversible: bool


def examine(icc: bytes, space: Space) -> Profile:
    """Open `icc` for a picture stored as `space`; raises UnusableProfile when it can't be used for that."""
    if space == "GRAY":
        _transform(icc, "L", to_srgb=True)
        return Profile(icc, space, is_srgb=False, reversible=False)
    probe = _probe()
    seen = _convert(probe, _transform(icc, "RGB", to_srgb=True))
    is_srgb = int(np.abs(seen.astype(np.int16) - probe).max()) <= _SAME
    return Profile(icc, space, is_srgb, _is_reversible(icc))


def to_srgb(pixels: Pixels, profile: Profile) -> Pixels:
    """H×W×3|4 (or H×W grey) uint8 in `profile` as a new H×W×3|4 array in sRGB; alpha is copied."""
    if profile.space == "GRAY":
        image = Image.fromarray(np.ascontiguousarray(pixels))
        return _applied(image, _transform(profile.icc, "L", to_srgb=True))
    return _with_alpha(pixels, _convert(pixels[..., :3], _transform(profile.icc, "RGB", to_srgb=True)))


def from_srgb(pixels: Pixels, icc: bytes) -> Pixels:
    """H×W×3|4 uint8 in sRGB as a new array in the RGB profile `icc`; alpha is copied."""
    return _with_alpha(pixels, _convert(pixels[..., :3], _transform(icc, "RGB", to_srgb=False)))


def _with_alpha(source: Pixels, colours: Pixels) -> Pixels:
    return np.dstack([colours, source[..., 3]]) if source.shape[-1] == 4 else colours


def _convert(pixels: Pixels, transform: ImageCms.ImageCmsTransform) -> Pixels:
    return _applied(Image.fromarray(np.ascontiguousarray(pixels)), transform)


def _applied(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Pixels:
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None
    return np.asarray(converted)


def _transform(icc: bytes, mode: str, *, to_srgb: bool) -> ImageCms.ImageCmsTransform:
    # Built for each use: a transform is not promised to be safe in two threads at once.
    srgb = ImageCms.createProfile("sRGB")
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        if to_srgb:
            return ImageCms.buildTransform(own, srgb, mode, "RGB", _INTENT, _FLAGS)
        return ImageCms.buildTransform(srgb, own, "RGB", mode, _INTENT, _FLAGS)
    except (OSError, ValueError, ImageCms.PyCMSError) as error:
        raise UnusableProfile(str(error)) from error


def _is_reversible(icc: bytes) -> bool:
    try:
        _transform(icc, "RGB", to_srgb=False)
    except UnusableProfile:
        return False
    return True


def _probe() -> Pixels:
    """Every 15th level of each channel and all greys: 18³ + 256 colours, as 1×N×3."""
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    return np.concatenate([cube, greys])[None]
