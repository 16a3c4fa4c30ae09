"""Light and surfaces of the photo studio: colours, lamps, materials, prints and how a point answers to them.

Colours are linear sRGB floats, 1.0 = paper white. World units are centimetres: x to the right, y up, z away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: float32 wherever there are many; sections of bodies are float64
Floats = NDArray[np.floating[Any]]
Bytes8 = NDArray[np.uint8]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Vector = tuple[float, float, float]


@lru_cache(maxsize=1)
def _decode_table() -> Floats:
    """Linear light of every 8-bit code (IEC 61966-2-1)."""
    code = np.arange(256) / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4).astype(np.float32)


@lru_cache(maxsize=1)
def _encode_table() -> Floats:
    """sRGB code values, unrounded, of 65,536 steps of linear light."""
    step = np.linspace(0, 1, 65536)
    return (255 * np.where(step <= 0.0031308, 12.92 * step, 1.055 * step ** (1 / 2.4) - 0.055)).astype(np.float32)


def rgb(colour: str) -> tuple[int, int, int]:
    """#RRGGBB → three bytes."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def linear(colour: str) -> Floats:
    """#RRGGBB → three linear-light floats 0–1."""
    return _decode_table()[list(rgb(colour))]


def decode(pixels: Bytes8) -> Floats:
    """8-bit sRGB of any shape → linear floats of the same shape."""
    return _decode_table()[pixels]


def encode(light: Floats) -> Floats:
    """Linear floats → sRGB code values as floats 0–255, not rounded (to 1/65,536 of the range); above 1 clipped."""
    return _encode_table()[(np.clip(light, 0, 1) * np.float32(65535) + np.float32(0.5)).astype(np.uint16)]


def smooth(low: float, high: float, x: Floats) -> Floats:
    """Hermite step from 0 at `low` to 1 at `high`."""
    t: Floats = np.clip((x - low) / (high - low), 0, 1)
    step: Floats = t * t * (3 - 2 * t)
    return step


def compress(light: Floats) -> Floats:
    """A film shoulder: exact below 0.72, above it runs smoothly into 1 (keeps highlights from clipping)."""
    knee = np.float32(0.72)
    over = np.maximum(light - knee, 0)
    bent: Floats = np.minimum(light, knee) + (1 - knee) * (1 - np.exp(-over / (1 - knee)))
    return bent


@dataclass(frozen=True)
class Light:
    """The room: key softbox front left, strip light behind on the right, and a bright ceiling."""

    key: Vector = (-0.60, 0.82, -0.50)
    key_power: float = 0.80
    fill_power: float = 0.36
    rim_power: float = 0.16
    #: what is seen mirrored besides the lights, linear RGB
    wall: Vector = (0.62, 0.60, 0.57)
    floor: Vector = (0.50, 0.47, 0.43)
    dark: float = 0.10
    box_power: float = 1.5
    strip_power: float = 1.1


def unit(v: Vector) -> Vector:
    """The vector at length 1."""
    length = float(np.sqrt(v[0] ** 2 + v[1] ** 2 + v[2] ** 2))
    return (float(v[0]) / length, float(v[1]) / length, float(v[2]) / length)


def irradiance(normal: tuple[Floats, Floats, Floats], light: Light) -> Floats:
    """Diffuse light on a surface, N×3, about 1 on a wall that faces the camera."""
    nx, ny, nz = normal
    lx, ly, lz = unit(light.key)
    wrap = np.float32(0.30)
    key = np.clip((nx * lx + ny * ly + nz * lz + wrap) / (1 + wrap), 0, None)
    rim = np.clip(nx * 0.86 + nz * 0.42 + 0.1 * ny, 0, None) ** 2
    sky = 0.5 + 0.5 * ny
    front = 0.72 - 0.28 * nz
    bounce = (1 - sky)[:, None] * np.array(light.floor, np.float32) * 0.9
    fill = light.fill_power * ((sky * 1.25 * front)[:, None] + bounce)
    total: Floats = fill + (light.key_power * 1.28 * key + light.rim_power * rim)[:, None]
    return total.astype(np.float32)


def mirrored(direction: tuple[Floats, Floats, Floats], light: Light, blur: float) -> Floats:
    """What the room looks like in a direction (unit vectors), N×3; blur widens every edge, in degrees."""
    rx, ry, rz = direction
    azimuth = np.degrees(np.arctan2(rx, -rz)).astype(np.float32)
    rise = np.degrees(np.arcsin(np.clip(ry, -1, 1))).astype(np.float32)
    edge = 4 + blur

    def window(x: Floats, low: float, high: float) -> Floats:
        opened: Floats = smooth(low - edge, low + edge, x) * (1 - smooth(high - edge, high + edge, x))
        return opened

    box = window(azimuth, -94, -50) * window(rise, -34, 62) * light.box_power
    strip = window(azimuth, 112, 130) * window(rise, -40, 70) * light.strip_power
    # The dark camera side of a studio gives reflections their contrast.
    away = smooth(20, 120 + blur, np.abs(azimuth))
    room = light.dark + (1 - light.dark) * away
    floor = (1 - smooth(-14 - edge, 6 + edge, rise))[:, None]
    base = np.array(light.wall, np.float32) * (1 - floor) + np.array(light.floor, np.float32) * floor
    ceiling = smooth(48, 80, rise) * 0.7
    seen: Floats = base * room[:, None] * 0.62 + (box + strip + ceiling)[:, None]
    return seen.astype(np.float32)


@dataclass(frozen=True)
class Material:
    """How a surface answers to light."""

    colour: str
    #: reflectance at normal incidence: 0.04 for lacquer and plastic, 0.6 and up for metal
    gloss: float = 0.04
    #: spread of the mirror image, degrees
    blur: float = 8.0
    #: metals colour their reflections and have no diffuse part
    metal: bool = False


@dataclass(frozen=True)
class Art:
    """A print: 8-bit sRGB pixels on a surface between two heights, its middle turned to the camera."""

    pixels: Bytes8
    bottom: float
    top: float
    #: width of the print on the surface, cm
    width: float
    #: radius it is wrapped round; 0 for a flat side
    radius: float

    def cells(self, surface: "Surface", rows: int, columns: int) -> tuple[Floats, Floats]:
        """Fractional row and column of every point on a grid laid over the print."""
        across = surface.u * np.float32(self.radius or 1)
        row = (self.top - surface.v) * np.float32(rows / (self.top - self.bottom))
        return row, (across / np.float32(self.width) + np.float32(0.5)) * np.float32(columns)

    @cached_property
    def edges(self) -> Flags:
        """Cells of 8 × 8 print pixels in or beside which the colour changes, with a border of two cells."""
        rows, columns = (n // 8 for n in self.pixels.shape[:2])
        cells = self.pixels[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8, 3)
        mixed = np.pad((cells != cells[:, :1, :, :1]).any((1, 3, 4)), 2, constant_values=True)
        mixed[:2, 3:-3] = mixed[-2:, 3:-3] = True
        wide = mixed.copy()
        for axis in (0, 1):
            wide |= np.roll(wide, 1, axis) | np.roll(wide, -1, axis)
        # Neighbouring cells may each be even and still differ from one another.
        even = self.pixels[: rows * 8 : 8, : columns * 8 : 8].astype(np.int16)
        wide[2:-3, 2:-2] |= (even[1:] != even[:-1]).any(2)
        wide[2:-2, 2:-3] |= (even[:, 1:] != even[:, :-1]).any(2)
        return wide

    def near_edge(self, surface: "Surface") -> Flags:
        """Which points see more than one colour of the print."""
        rows, columns = (n - 4 for n in self.edges.shape)
        row, column = self.cells(surface, rows, columns)
        i = np.floor(row).astype(np.int32) + 2
        j = np.floor(column).astype(np.int32) + 2
        inside = (i >= 0) & (i < rows + 4) & (j >= 0) & (j < columns + 4)
        found: Flags = inside & self.edges[np.clip(i, 0, rows + 3), np.clip(j, 0, columns + 3)]
        return found


@dataclass(frozen=True)
class Surface:
    """Visible points as flat arrays: positions relative to the lens, unit normals, surface coordinates."""

    x: Floats
    y: Floats
    z: Floats
    nx: Floats
    ny: Floats
    nz: Floats
    #: across a print: cm, on turned bodies the angle in radians
    u: Floats
    #: up a print, cm
    v: Floats
    #: 0 the body, 1 what it is filled with
    zone: NDArray[np.uint8]
    #: how brightly this spot is worked on top of its lighting (worn edges), about 1
    wear: Floats | None = None


@dataclass(frozen=True)
class Look:
    """What a body is made of and printed with."""

    material: Material
    arts: Sequence[Art] = ()
    #: how far up the table darkens it, cm
    contact: float = 0.0
    filling: str = "#5A2A12"
    #: height (cm) of something that overhangs and keeps light from what is just below it; 0 = nothing
    eaves: float = 0.0


def shade(surface: Surface, look: Look, light: Light) -> Floats:
    """Light leaving every point towards the lens, N×3: diffuse by irradiance, gloss by Schlick's Fresnel term."""
    normal = (surface.nx, surface.ny, surface.nz)
    material = look.material
    albedo = _albedo(surface, look)
    distance = np.sqrt(surface.x**2 + surface.y**2 + surface.z**2)
    vx, vy, vz = surface.x / distance, surface.y / distance, surface.z / distance
    dot = vx * surface.nx + vy * surface.ny + vz * surface.nz
    away = (vx - 2 * dot * surface.nx, vy - 2 * dot * surface.ny, vz - 2 * dot * surface.nz)
    # Rough surfaces gain less at grazing angles than Schlick's mirror: hence the 0.55.
    fresnel = material.gloss + (1 - material.gloss) ** 2 * 0.55 * np.clip(1 + dot, 0, 1) ** 5
    # A drink mirrors the inside of its cup rather than the room.
    fresnel = np.where(surface.zone == 1, 0.3 * fresnel, fresnel)
    seen = mirrored(away, light, material.blur)
    diffuse = albedo * irradiance(normal, light)
    if material.metal:
        return seen * albedo * (0.9 + 0.1 * fresnel)[:, None] + diffuse * np.float32(0.12)
    if look.contact:
        diffuse *= (1 - 0.42 * np.exp(-np.maximum(surface.v, 0) / look.contact))[:, None]
    if look.eaves:
        diffuse *= (1 - 0.45 * np.exp(-np.maximum(look.eaves - surface.v, 0) / 0.28))[:, None]
    if surface.wear is not None:
        diffuse *= surface.wear[:, None]
    return diffuse + seen * fresnel[:, None]


def _albedo(surface: Surface, look: Look) -> Floats:
    """Linear body colour of every point, N×3."""
    albedo = np.empty((surface.x.shape[0], 3), np.float32)
    albedo[:] = linear(look.material.colour)
    for art in look.arts:
        rows, columns = art.pixels.shape[:2]
        row, column = art.cells(surface, rows, columns)
        inside = np.flatnonzero((row >= 0) & (row < rows) & (column >= 0) & (column < columns))
        albedo[inside] = decode(art.pixels[row[inside].astype(np.int32), column[inside].astype(np.int32)])
    albedo[np.flatnonzero(surface.zone)] = linear(look.filling)
    return albedo
