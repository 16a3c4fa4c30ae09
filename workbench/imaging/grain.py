"""The grain of a picture: measured where the ground is smooth, and drawn anew with the same look."""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.colour_space import Floats
from workbench.imaging.matting import Mask

#: pixels over which the shape of the grain is kept, and over which it is looked for as a pattern
_REACH, _FAR = 4, 16
#: side of the window in which grain is measured, px
_WINDOW = 384
#: rounding to bytes adds this variance by itself, levels²
_ROUNDING = 1 / 12
#: grain weaker than this is nothing but rounding, levels²
_LEAST = 0.02
#: where the random numbers start: a part of the result, like every other constant
_SEED = 20_260


@dataclass(frozen=True)
class Grain:
    """Random, even variation about a surface, in sRGB levels."""

    #: 3×3, how the channels vary and how they go together
    covariance: np.ndarray
    #: 9×9, squares sum to 1: white noise filtered with it has the grain's neighbours
    kernel: Floats
    #: largest correlation, 0–1, of pixels 5 to 16 px apart: near 0 for grain, high for a pattern
    pattern: float

    @property
    def visible(self) -> bool:
        """Whether there is any grain beyond rounding."""
        return bool(np.trace(self.covariance) > _LEAST)


def measured(rest: Floats, where: Mask) -> Grain:
    """The grain that `rest` (float32 h×w×3 levels about 0) shows in `where` (bool h×w)."""
    part, within = _window(rest, where)
    values = part[within].astype(np.float64)
    covariance = np.atleast_2d(values.T @ values / max(len(values), 1)) - np.eye(3) * _ROUNDING
    light = part.mean(axis=2) * within
    together = _correlation(light.astype(np.float64), within)
    return Grain(covariance, _kernel(together), _pattern(together))


def drawn(grain: Grain, shape: tuple[int, int]) -> Floats:
    """Grain for h×w pixels, float32 h×w×3 levels about 0; the same for the same arguments, every time."""
    if not grain.visible:
        return np.zeros((*shape, 3), np.float32)
    values, axes = np.linalg.eigh(grain.covariance)
    mixing = (axes * np.sqrt(np.maximum(values, 0))) @ axes.T
    white = np.random.default_rng(_SEED).standard_normal((*shape, 3), np.float32)
    filtered = cv2.filter2D(white, cv2.CV_32F, grain.kernel, borderType=cv2.BORDER_REFLECT)
    return np.asarray(filtered @ mixing.astype(np.float32), np.float32)


def _window(rest: Floats, where: Mask) -> tuple[Floats, Mask]:
    """The part of the ring that holds most pixels: enough to know its grain."""
    side = (min(_WINDOW, rest.shape[1]), min(_WINDOW, rest.shape[0]))
    held = cv2.boxFilter(where.astype(np.float32), -1, side, normalize=False, borderType=cv2.BORDER_CONSTANT)
    down, across = np.unravel_index(int(held.argmax()), held.shape)
    x = int(np.clip(across - side[0] // 2, 0, rest.shape[1] - side[0]))
    y = int(np.clip(down - side[1] // 2, 0, rest.shape[0] - side[1]))
    area = slice(y, y + side[1]), slice(x, x + side[0])
    return rest[area], where[area]


def _correlation(values: np.ndarray, within: Mask) -> np.ndarray:
    """Correlation of pixels by their distance, (2·16+1)², 1 in the middle; 0 where too few pairs were seen."""
    size = tuple(length + _FAR for length in values.shape)
    products = np.fft.irfft2(np.abs(np.fft.rfft2(values, size)) ** 2, size)
    pairs = np.fft.irfft2(np.abs(np.fft.rfft2(within.astype(np.float64), size)) ** 2, size)
    mean = np.where(pairs > 200, products / np.maximum(pairs, 1), 0)
    reach = np.arange(-_FAR, _FAR + 1)
    around = mean[np.ix_(reach % size[0], reach % size[1])]
    return np.asarray(around / max(around[_FAR, _FAR], 1e-9))


def _kernel(together: np.ndarray) -> Floats:
    """The filter whose own correlation is the grain's, from the square root of its spectrum (Wiener–Khinchin)."""
    near = np.arange(-_REACH, _REACH + 1)
    fading = np.cos(near / (_REACH + 1) * np.pi / 2) ** 2
    kept = np.zeros((32, 32))
    kept[np.ix_(near, near)] = together[_FAR + near[0] : _FAR + near[-1] + 1, _FAR + near[0] : _FAR + near[-1] + 1]
    kept[np.ix_(near, near)] *= np.outer(fading, fading)
    kernel = np.fft.ifft2(np.sqrt(np.maximum(np.fft.fft2(kept).real, 0))).real[np.ix_(near, near)]
    return (kernel / max(float(np.linalg.norm(kernel)), 1e-9)).astype(np.float32)


def _pattern(together: np.ndarray) -> float:
    far = np.abs(together)
    far[_FAR - _REACH : _FAR + _REACH + 1, _FAR - _REACH : _FAR + _REACH + 1] = 0
    return float(far.max())
