"""Cartons: boxes on the table, turned round their vertical axis, printed on every side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.starter.light import Art, Floats, Light, Look, Material, Surface, Vector, compress, shade
from workbench.starter.shadows import Occluder
from workbench.starter.studio import Box, Camera, Frame


@dataclass(frozen=True)
class Block:
    """A box on the table, turned round its vertical axis: centre, half sizes across and deep, height, angle."""

    x: float
    z: float
    half_width: float
    half_depth: float
    height: float
    angle: float

    def axes(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Unit vectors (x, z) along its width and its depth."""
        c, s = float(np.cos(np.radians(self.angle))), float(np.sin(np.radians(self.angle)))
        return (c, s), (-s, c)


@dataclass(frozen=True)
class Face:
    """One side of a block: its middle, the directions of u and v, its normal and half sizes, cm."""

    middle: Vector
    across: Vector
    up: Vector
    normal: Vector
    half: tuple[float, float]


def faces(block: Block) -> dict[str, Face]:
    """front, right, left and top."""
    (wx, wz), (dx, dz) = block.axes()
    y = block.height / 2
    a, b = block.half_width, block.half_depth
    return {
        "front": Face((block.x - dx * b, y, block.z - dz * b), (wx, 0, wz), (0, 1, 0), (-dx, 0, -dz), (a, y)),
        "right": Face((block.x + wx * a, y, block.z + wz * a), (dx, 0, dz), (0, 1, 0), (wx, 0, wz), (b, y)),
        "left": Face((block.x - wx * a, y, block.z - wz * a), (-dx, 0, -dz), (0, 1, 0), (-wx, 0, -wz), (b, y)),
        "top": Face((block.x, block.height, block.z), (wx, 0, wz), (dx, 0, dz), (0, 1, 0), (a, b)),
    }


def put_block(
    frame: Frame, block: Block, material: Material, light: Light, *, arts: Mapping[str, Sequence[Art]], contact: float
) -> None:
    """Renders the visible sides of a block; prints are placed from a side's middle across and from its foot up.

    Pixels whose corners all see one side, away from its print's contours, are shaded once, the others per sample.
    """
    camera, n = frame.camera, frame.camera.samples
    box = _extent(camera, block)
    high, wide = box[3] - box[1], box[2] - box[0]
    sides = list(faces(block).items())
    looks = [Look(material, tuple(arts.get(name, ())), contact if name != "top" else 0.0) for name, _ in sides]
    across, up = camera.slopes(*box, 1)
    step = np.float32(0.5 / camera.focal)
    corners = _seen(
        [face for _, face in sides],
        np.append(across - step, across[-1] + step),
        np.append(up + step, up[-1] - step),
        camera.eye,
    )
    stack = np.stack([corners[:-1, :-1], corners[1:, :-1], corners[:-1, 1:], corners[1:, 1:]])
    low, top = stack.min(0).ravel(), stack.max(0).ravel()
    pixels = np.flatnonzero(top >= 0)
    row, column = np.divmod(pixels, wide)
    busy = low[pixels] != top[pixels]
    colours, cover = np.zeros((pixels.size, 3), np.float32), np.ones(pixels.size, np.float32)
    for number, (_, face) in enumerate(sides):
        calm = np.flatnonzero(~busy & (low[pixels] == number))
        surface = _surface(face, across[column[calm]], up[row[calm]], camera.eye)
        for art in looks[number].arts:
            busy[calm] |= art.near_edge(surface)
        colours[calm] = compress(shade(surface, looks[number], light))
    rest = np.flatnonzero(busy)
    grid = ((np.arange(n) + 0.5) / n - 0.5) / camera.focal
    slopes = (
        np.broadcast_to((across[column[rest], None] + grid)[:, None, :], (rest.size, n, n)).ravel().astype(np.float32)
    )
    rises = np.broadcast_to((up[row[rest], None] - grid)[:, :, None], (rest.size, n, n)).ravel().astype(np.float32)
    which = _side([face for _, face in sides], slopes, rises, camera.eye)
    sheet = np.zeros((slopes.size, 3), np.float32)
    for number, (_, face) in enumerate(sides):
        on = np.flatnonzero(which == number)
        sheet[on] = compress(shade(_surface(face, slopes[on], rises[on], camera.eye), looks[number], light))
    colours[rest] = sheet.reshape(rest.size, n * n, 3).mean(1)
    cover[rest] = (which >= 0).reshape(rest.size, n * n).mean(1)
    del high
    frame.lay(box, pixels, colours, cover)


def _extent(camera: Camera, block: Block) -> Box:
    (wx, wz), (dx, dz) = block.axes()
    a, b = block.half_width, block.half_depth
    corners = [
        camera.project(block.x + i * a * wx + j * b * dx, y, block.z + i * a * wz + j * b * dz)
        for i in (-1, 1)
        for j in (-1, 1)
        for y in (0.0, block.height)
    ]
    columns, rows = [c for c, _ in corners], [r for _, r in corners]
    return (
        max(0, int(min(columns)) - 2),
        max(0, int(min(rows)) - 2),
        min(camera.width, int(max(columns)) + 3),
        min(camera.height, int(max(rows)) + 3),
    )


def _seen(sides: list[Face], across: Floats, up: Floats, eye: float) -> NDArray[np.int8]:
    """Which side is seen at every crossing of the given columns and rows; −1 = none."""
    shape = (up.size, across.size)
    x, y = np.broadcast_to(across[None, :], shape), np.broadcast_to(up[:, None], shape)
    return _side(sides, x.ravel(), y.ravel(), eye).reshape(shape)


def _side(sides: list[Face], across: Floats, up: Floats, eye: float) -> NDArray[np.int8]:
    found = np.full(across.shape, -1, np.int8)
    for number, face in enumerate(sides):
        mx, my, mz = face.middle[0], face.middle[1] - eye, face.middle[2]
        if face.normal[0] * mx + face.normal[1] * my + face.normal[2] * mz >= 0:
            continue
        _, _, _, u, v = _hit(face, across, up, eye)
        found[(np.abs(u) <= face.half[0]) & (np.abs(v) <= face.half[1])] = number
    return found


def _hit(face: Face, across: Floats, up: Floats, eye: float) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Where rays meet a side's plane: x, y, z relative to the lens and u, v from the side's middle."""
    nx, ny, nz = face.normal
    mx, my, mz = face.middle[0], face.middle[1] - eye, face.middle[2]
    depth = np.float32(nx * mx + ny * my + nz * mz) / (np.float32(nx) * across + np.float32(ny) * up + np.float32(nz))
    x, y = across * depth, up * depth
    u = (x - mx) * face.across[0] + (y - my) * face.across[1] + (depth - mz) * face.across[2]
    v = (x - mx) * face.up[0] + (y - my) * face.up[1] + (depth - mz) * face.up[2]
    return x, y, depth, np.asarray(u, np.float32), np.asarray(v, np.float32)


def _surface(face: Face, across: Floats, up: Floats, eye: float) -> Surface:
    x, y, z, u, v = _hit(face, across, up, eye)
    one = np.ones(across.shape, np.float32)
    # Board edges are rounded and catch light: the last half millimetre is a little brighter.
    edge = np.minimum(face.half[0] - np.abs(u), face.half[1] - np.abs(v))
    return Surface(
        x=x,
        y=y,
        z=z,
        nx=one * np.float32(face.normal[0]),
        ny=one * np.float32(face.normal[1]),
        nz=one * np.float32(face.normal[2]),
        u=u,
        v=v + np.float32(face.half[1]),
        zone=np.zeros(across.shape, np.uint8),
        wear=1 + np.float32(0.22) * np.exp(-((edge / np.float32(0.035)) ** 2)),
    )


def block_shadow(block: Block) -> Occluder:
    """Stands in for a block when shadows are cast."""
    (wx, wz), (ex, ez) = block.axes()

    def blocks(points: Floats, direction: Vector, softness: float) -> Floats:
        dx, dy, dz = direction
        px, pz = points[:, 0] - block.x, points[:, 2] - block.z
        enter = np.full(px.shape, -1e6, np.float32)
        leave = np.full(px.shape, 1e6, np.float32)
        for (ax, az), half in (((wx, wz), block.half_width), ((ex, ez), block.half_depth)):
            place, speed = px * ax + pz * az, dx * ax + dz * az
            speed = speed if abs(speed) > 1e-4 else 1e-4
            a, b = (-half - place) / speed, (half - place) / speed
            enter, leave = np.maximum(enter, np.minimum(a, b)), np.minimum(leave, np.maximum(a, b))
        soft = softness * (0.15 + 0.05 * np.abs(np.maximum(enter, 0)))
        hit = np.clip((leave - np.maximum(enter, 0)) / soft, 0, 1)
        blocked: Floats = hit * np.clip((block.height - np.maximum(enter, 0) * dy) / soft + 0.5, 0, 1)
        return blocked

    return blocks
