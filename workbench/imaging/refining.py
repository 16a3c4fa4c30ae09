"""A line's setting refined against the picture's own pixels, to hundredths of a pixel.

The share of ink of a pixel p on ground g with ink t is (p − g)·(t − g) / |t − g|², blended on sRGB levels as browsers
and design tools do. Gauss-Newton with damping (Levenberg 1944; Lucas & Kanade 1981) brings the synthesised share to it.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging.typesetting import Setting, coverage

Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]

#: the least share of ink that counts as ink
_INK = 0.02
_LEAST_CONTRAST = 12.0
#: how far an ideal edge and a rasteriser's lie apart, as a share of the contrast
_ROUGH = 0.03


@dataclass(frozen=True)
class Fit:
    """How a line was set, and how well that explains the picture."""

    setting: Setting
    #: the ink's colour, unrounded sRGB levels
    colour: NDArray[np.float64]
    #: how much stronger the rasteriser draws half-inked pixels: share + gain · share · (1 − share)
    gain: float
    #: the part of the ink's variance that is not explained, 0 = all of it is
    unexplained: float
    #: difference of ink and ground in levels of 255
    contrast: float

    def inked(self, share: Floats) -> Floats:
        """The share as this line's rasteriser draws it."""
        return np.asarray(np.clip(share + self.gain * share * (1 - share), 0, 1), np.float32)


class View(NamedTuple):
    """A part of the picture, averaged down by a whole number."""

    pixels: Floats
    #: its corner in the picture, and how many pixels of the picture make one of its own
    left: int
    top: int
    by: int

    @property
    def box(self) -> Box:
        return 0, 0, self.pixels.shape[1], self.pixels.shape[0]

    def to(self, setting: Setting) -> Setting:
        """A setting in the picture's pixels, in those of the view."""
        x, y = (setting.x - self.left) / self.by, (setting.y - self.top) / self.by
        return setting._replace(size=setting.size / self.by, x=x, y=y)

    def back(self, setting: Setting) -> Setting:
        """The reverse of `to`."""
        x, y = setting.x * self.by + self.left, setting.y * self.by + self.top
        return setting._replace(size=setting.size * self.by, x=x, y=y)


def view(image: NDArray[np.uint8], area: Box, by: int) -> View:
    """`area` of `image` (uint8 H×W×3|4) averaged down `by` a whole number, as smaller type would look."""
    left, top, width, height = area
    crop: Any = image[top : top + height // by * by, left : left + width // by * by, :3]
    if by > 1:
        crop = cv2.resize(crop, (crop.shape[1] // by, crop.shape[0] // by), interpolation=cv2.INTER_AREA)
    return View(crop.astype(np.float32), left, top, by)


def refine(
    seen: View, text: str, setting: Setting, *, free: tuple[str, ...], rounds: int, enough: float = 0.003
) -> Fit | None:
    """`setting` (in the picture's pixels) with its `free` fields moved to where they explain `seen` best.

    Stops when a round brings less than `enough` of what is unexplained; None when the words can't be told from the
    ground or drift away.
    """
    start = setting = seen.to(setting)
    scene = compared(seen, text, setting)
    if scene is None:
        return None
    damping = 1e-6
    for _ in range(rounds):
        step = _step(scene, text, setting, free, damping, seen.box)
        moved = setting._replace(**{n: getattr(setting, n) + d for n, d in zip(free, step, strict=True)})
        if not (0.6 < moved.size / start.size < 1.7 and 0.85 < moved.tall < 1.18):
            break
        fresh = compared(seen, text, moved)
        if fresh is None or fresh.unexplained > scene.unexplained:
            damping *= 100
            if damping > 0.1:
                break
            continue
        gained = 1 - fresh.unexplained / max(scene.unexplained, 1e-9)
        setting, scene, damping = moved, fresh, max(damping / 10, 1e-7)
        if gained < enough:
            break
    return Fit(seen.back(setting), scene.colour, scene.gain, scene.unexplained, scene.contrast)


@dataclass(frozen=True)
class Scene:
    """What a setting says about a view: shares of ink synthesised and seen, and how much each pixel counts."""

    share: Floats
    seen: Floats
    weight: Floats
    #: squared distance from what was synthesised, as a share of the contrast
    off: Floats
    colour: NDArray[np.float64]
    gain: float
    unexplained: float
    contrast: float

    @property
    def inked(self) -> Floats:
        return np.asarray(self.share + self.gain * self.share * (1 - self.share), np.float32)


def compared(seen: View, text: str, setting: Setting) -> Scene | None:
    """`setting` (in the view's pixels) laid over the view; None when there is no contrast."""
    share = coverage(text, setting, seen.box)
    if share.max() < 0.2:
        return None
    near, clear, ground = _ground(seen.pixels, share, setting.size)
    gain = 0.0
    off_ground = (
        float(np.median(np.abs(seen.pixels[near & clear] - ground[near & clear]))) * 1.5
        if (near & clear).any()
        else 0.0
    )
    above = seen.pixels - ground
    for _ in range(2):
        colour = _colour(above, ground, share + gain * share * (1 - share), near)
        towards = colour.astype(np.float32) - ground
        squared = np.maximum(_dot(towards, towards), 1.0)
        amount = _dot(above, towards) / squared
        # Full ink hides a restless ground, so it can be trusted more than what lies beside it.
        doubt = ((1 - share) * off_ground) ** 2 * 3 + (_ROUGH**2) * squared + 1
        weight = np.where(near, squared / doubt, 0)
        weight /= max(float(weight.max()), 1e-9)
        bow = share * (1 - share)
        gain = float((weight * bow * (amount - share)).sum() / ((weight * bow * bow).sum() + 0.0004 * weight.sum()))
        gain = min(max(gain, -0.5), 0.8)
    inked = share + gain * bow
    missed = above - inked[..., None] * towards
    off = _dot(missed, missed) / squared
    explained = float((weight * inked * inked).sum())
    contrast = float(np.sqrt((weight * inked * squared).sum() / max(float((weight * inked).sum()), 1e-9)))
    if contrast < _LEAST_CONTRAST or explained <= 0:
        return None
    unexplained = float((weight * off).sum()) / explained
    return Scene(
        share, np.asarray(amount, np.float32), weight, np.asarray(off, np.float32), colour, gain, unexplained, contrast
    )


def _ground(pixels: Floats, share: Floats, size: float) -> tuple[Any, Any, Floats]:
    """(where to compare: on and around the ink, where there is no ink, the ground guessed from there)."""
    # Ink beside where it is expected would pass for ground and pull the fit back: a wide berth.
    berth = 2 * max(1, round(0.05 * size)) + 1
    inked = cv2.dilate((share > _INK).astype(np.uint8), np.ones((berth, berth), np.uint8))
    reach = 2 * max(3, round(0.12 * size)) + 1
    near = cv2.dilate(inked, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))) > 0
    clear = (1 - inked).astype(np.float32)
    known = np.dstack([pixels * clear[..., None], clear])
    sigma = max(1.5, 0.12 * size)
    close, far = _spread(known, sigma), _spread(known, 5 * sigma)
    total = close + 0.05 * far / (far[..., 3:] + 1e-6)
    return near, inked == 0, np.ascontiguousarray(total[..., :3] / total[..., 3:])


def _spread(values: Floats, sigma: float) -> Floats:
    """A Gaussian blur, at a fraction of the size where that shows no difference."""
    by = max(1, int(sigma / 1.5))
    height, width = values.shape[:2]
    small = (max(1, -(-width // by)), max(1, -(-height // by)))
    less = cv2.resize(values, small, interpolation=cv2.INTER_AREA) if by > 1 else values
    blurred = cv2.GaussianBlur(less, (0, 0), sigma * small[0] / width, sigmaY=sigma * small[1] / height)
    return np.asarray(cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR) if by > 1 else blurred)


def _colour(above: Floats, ground: Floats, inked: Floats, near: Any) -> NDArray[np.float64]:
    """The ink's colour by least squares over all pixels, so that hairlines without a full pixel have one too."""
    weight = np.where(near, inked, 0).ravel()
    total = weight @ above.reshape(-1, 3) + (weight * weight) @ ground.reshape(-1, 3)
    return np.asarray(total / max(float(weight @ weight), 1e-9), np.float64)


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.einsum("ijk,ijk->ij", a, b), np.float32)


def _step(
    scene: Scene, text: str, setting: Setting, names: tuple[str, ...], damping: float, box: Box
) -> NDArray[np.float64]:
    small = {"size": 0.001 * setting.size, "x": 0.02, "y": 0.02, "tall": 0.001, "tracking": 0.0005}
    slope = 1 + scene.gain * (1 - 2 * scene.share)
    root = np.sqrt(scene.weight)
    columns = []
    for name in names:
        more = coverage(text, setting._replace(**{name: getattr(setting, name) + small[name]}), box)
        columns.append(_soft(root * slope * (more - scene.share)))
    jacobian = np.stack(columns, axis=1)
    off = _soft(root * (scene.seen - scene.inked))
    normal = jacobian.T @ jacobian
    solved = np.linalg.solve(normal + damping * np.diag(np.diag(normal)) + 1e-9 * np.eye(len(names)), jacobian.T @ off)
    return np.asarray(solved * np.array([small[name] for name in names]), np.float64)


def _soft(values: Floats) -> NDArray[np.float64]:
    """Blurred and flat: an edge that moves on into the next pixel still pulls in the right direction."""
    return np.asarray(cv2.GaussianBlur(values, (0, 0), 1.0), np.float64).ravel()
