"""A small photo studio: a view camera, a paper sweep, and the picture while it is being taken.

World units are centimetres: x to the right, y up from the table, z away from the camera, which stands at
(0, eye, 0) and keeps verticals parallel like a view camera with a shifted lens. Everything is linear sRGB floats,
1.0 = paper white; only `develop` turns them into 8-bit sRGB.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from workbench.starter.light import Bytes8, Floats, Indices, encode, linear, smooth

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Camera:
    """Where the picture is taken from."""

    width: int
    height: int
    #: focal length in pixels
    focal: float
    #: height of the lens over the table, cm
    eye: float
    #: row of the horizon, pixels from the top (negative: above the frame)
    horizon: float
    #: column of the optical axis
    centre: float
    #: samples per pixel and axis where something changes inside a pixel
    samples: int = 3

    def scaled(self, factor: float) -> "Camera":
        """The same view at another resolution."""
        return replace(
            self,
            width=round(self.width * factor),
            height=round(self.height * factor),
            focal=self.focal * factor,
            horizon=self.horizon * factor,
            centre=self.centre * factor,
        )

    def slopes(self, left: int, top: int, right: int, bottom: int, samples: int) -> tuple[Floats, Floats]:
        """(columns, rows) as x/z and y/z of the rays through every sample of a pixel box."""
        x = (np.arange(left * samples, right * samples) + 0.5) / samples
        y = (np.arange(top * samples, bottom * samples) + 0.5) / samples
        across: Floats = ((x - self.centre) / self.focal).astype(np.float32)
        up: Floats = ((self.horizon - y) / self.focal).astype(np.float32)
        return across, up

    def project(self, x: float, y: float, z: float) -> tuple[float, float]:
        """Column and row of a point."""
        return self.centre + self.focal * x / z, self.horizon - self.focal * (y - self.eye) / z


@dataclass
class Frame:
    """The picture while it is taken: linear RGB H×W×3, and how much of each pixel products cover."""

    camera: Camera
    light: Floats
    cover: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.cover = np.zeros(self.light.shape[:2], np.float32)

    def lay(self, box: Box, pixels: Indices, colours: Floats, cover: Floats) -> None:
        """Puts light over the picture: flat pixel indices in the box, N×3 already weighted by their N coverages."""
        left, top, right, bottom = box
        sheet = np.zeros(((bottom - top) * (right - left), 4), np.float32)
        sheet[pixels, :3] = colours
        sheet[pixels, 3] = cover
        mean = sheet.reshape(bottom - top, right - left, 4)
        part = self.light[top:bottom, left:right]
        part *= 1 - mean[..., 3:]
        part += mean[..., :3]
        covered = self.cover[top:bottom, left:right]
        covered += (1 - covered) * mean[..., 3]


def develop(light: Floats, *, grain: float = 0.8, seed: int = 1) -> Bytes8:
    """Linear H×W×3 → 8-bit sRGB, with film grain (standard deviation in code values) that also prevents banding."""
    code = encode(light)
    noise = np.random.default_rng(seed).standard_normal(light.shape[:2], dtype=np.float32)
    return np.clip(np.rint(code + (noise * np.float32(grain))[..., None]), 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Sweep:
    """A paper background that curves from table to wall."""

    wall: str
    floor: str
    #: distance at which the paper turns up, and the length over which it does, cm
    turn: float = 150.0
    curve: float = 30.0
    #: where the light pool lies on the wall: column and row as shares of the frame, and how far it reaches
    pool: tuple[float, float, float] = (0.36, 0.38, 0.95)
    falloff: float = 0.34


def backdrop(camera: Camera, sweep: Sweep) -> Floats:
    """The empty sweep, linear H×W×3."""
    _, up = camera.slopes(0, 0, camera.width, camera.height, 1)
    down = np.maximum(-up, 1e-4)
    depth = camera.eye / down
    wall_share = smooth(sweep.turn - sweep.curve, sweep.turn + sweep.curve, np.minimum(depth, 1e4))[:, None, None]
    base = linear(sweep.floor) * (1 - wall_share) + linear(sweep.wall) * wall_share
    x = np.arange(camera.width, dtype=np.float32)[None, :] / camera.width - sweep.pool[0]
    y = (np.arange(camera.height, dtype=np.float32)[:, None] / camera.height - sweep.pool[1]) * (
        camera.height / camera.width
    )
    spread = np.exp(-(x**2 + (y * 1.25) ** 2) / (0.5 * sweep.pool[2] ** 2))
    shine: Floats = (1 - sweep.falloff) + sweep.falloff * spread
    # Paper that turns up catches a little less of the ceiling: the soft line every sweep shows.
    cove = 1 - 0.07 * np.exp(-(((np.minimum(depth, 1e4) - sweep.turn * 0.8) / (sweep.curve * 0.8)) ** 2))
    return (base * shine[..., None] * cove[:, None, None]).astype(np.float32)
