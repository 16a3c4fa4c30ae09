"""Bodies turned on a lathe (bottles, tins, cups), rendered exactly under the view camera.

The camera keeps verticals parallel, so a column of pixels looks along one upright plane; in it the body is a curve, and
the row of every point of that curve is known. One interpolation per column finds what each sample sees.
"""

import numpy as np

from workbench.starter.light import Flags, Floats, Indices, Light, Look, Surface, compress, shade
from workbench.starter.outlines import Outline
from workbench.starter.studio import Box, Camera, Frame


def put_turned(frame: Frame, shape: Outline, look: Look, light: Light, *, x: float = 0.0, z: float) -> None:
    """Renders a turned body that stands at (x, z).

    Pixels in which nothing changes are shaded once; where an edge, a bend or a print's contour passes, each of the
    camera's samples is.
    """
    camera, n = frame.camera, frame.camera.samples
    box = _extent(camera, shape, x, z)
    wide = box[2] - box[0]
    across, up = camera.slopes(*box, n)
    place = _where(across, up, shape, x, z, camera.eye)
    last = _per_pixel(np.maximum, place, n).ravel()
    pixels = np.flatnonzero(last >= 0)
    first = _per_pixel(np.minimum, np.where(place < 0, np.float32(1e9), place), n).ravel()[pixels]
    cover = _per_pixel(np.add, (place >= 0).astype(np.float32), n).ravel()[pixels] / np.float32(n * n)
    centre = place[n // 2 :: n, n // 2 :: n].ravel()[pixels]
    last = last[pixels]
    one_across, one_up = camera.slopes(*box, 1)
    row, column = np.divmod(pixels, wide)
    surface = _surface(shape, np.where(centre < 0, last, centre), one_across[column], one_up[row], x, z)
    busy = shape.bend[last.astype(np.intp)] - shape.bend[first.astype(np.intp)] > 0.12
    for art in look.arts:
        busy |= art.near_edge(surface)
    colours = np.empty((pixels.size, 3), np.float32)
    calm = np.flatnonzero(~busy)
    colours[calm] = compress(shade(_picked(surface, calm), look, light)) * cover[calm, None]
    # The samples of the busy pixels, n × n each.
    rest = np.flatnonzero(busy)
    grid = np.arange(n)
    rows = (row[rest, None] * n + grid)[:, :, None]
    columns = (column[rest, None] * n + grid)[:, None, :]
    fine = place[rows, columns].ravel()
    seen = np.flatnonzero(fine >= 0)
    shape_3d = (rest.size, n, n)
    slopes = np.broadcast_to(across[columns], shape_3d).ravel()[seen]
    rises = np.broadcast_to(up[rows], shape_3d).ravel()[seen]
    sheet = np.zeros((fine.size, 3), np.float32)
    sheet[seen] = compress(shade(_surface(shape, fine[seen], slopes, rises, x, z), look, light))
    colours[rest] = sheet.reshape(rest.size, n * n, 3).mean(1)
    frame.lay(box, pixels, colours, cover)


def _per_pixel(combine: np.ufunc, values: Floats, n: int) -> Floats:
    """Combines the n × n samples of every pixel, rows first: far quicker than one reduction over four axes."""
    rows, whole = values[::n], values
    for i in range(1, n):
        rows = combine(rows, whole[i::n])
    pixels: Floats = rows[:, ::n]
    for i in range(1, n):
        pixels = combine(pixels, rows[:, i::n])
    return pixels


def _picked(surface: Surface, which: Indices) -> Surface:
    names = ("x", "y", "z", "nx", "ny", "nz", "u", "v", "zone")
    return Surface(*(getattr(surface, name)[which] for name in names))


def _surface(shape: Outline, place: Floats, across: Floats, up: Floats, x: float, z: float) -> Surface:
    """Points seen at fractional outline indices along rays of the given slopes."""
    low = place.astype(np.int32)
    part = place - low
    high = np.minimum(low + 1, len(shape.height) - 1)

    def at(values: Floats) -> Floats:
        start = values[low]
        return start + (values[high] - start) * part

    out, rise = at(shape.out), at(shape.rise)
    depth = _depth(across, at(shape.radius), shape.side[low], x, z)
    px, pz = across * depth - x, depth - z
    scale = 1 / np.maximum(np.hypot(px, pz), 1e-4)
    norm = 1 / np.maximum(np.hypot(out, rise), 1e-4)
    return Surface(
        x=across * depth,
        y=up * depth,
        z=depth,
        nx=out * norm * px * scale,
        ny=rise * norm,
        nz=out * norm * pz * scale,
        # Prints turn their middle to the lens, wherever the body stands.
        u=np.arctan2(px * z - pz * x, -px * x - pz * z),
        v=at(shape.height),
        zone=shape.zone[np.rint(place).astype(np.int32)],
    )


def _extent(camera: Camera, shape: Outline, x: float, z: float) -> Box:
    widest = float(shape.radius.max())
    near = z - widest
    columns = [camera.project(x + s * widest * 1.02, 0, near)[0] for s in (-1, 1)]
    columns += [camera.project(x + s * widest * 1.02, 0, z + widest)[0] for s in (-1, 1)]
    top_height, foot = float(shape.height.max()), float(shape.height.min())
    rows = [camera.project(0, h, d)[1] for h in (top_height, foot) for d in (near, z + widest)]
    return (
        max(0, int(min(columns)) - 2),
        max(0, int(min(rows)) - 2),
        min(camera.width, int(max(columns)) + 3),
        min(camera.height, int(max(rows)) + 3),
    )


def _depth(slope: Floats, radius: Floats, side: Floats, x: float, z: float) -> Floats:
    """Distance along z at which rays of that slope meet a circle round (x, z)."""
    a = slope * slope + 1
    b = slope * x + z
    c = x * x + z * z - radius * radius
    return (b + side * np.sqrt(np.maximum(b * b - a * c, 0))) / a


def _where(across: Floats, up: Floats, shape: Outline, x: float, z: float, eye: float) -> Floats:
    """For every sample the fractional index into the outline that is seen there, or −1."""
    slope = across[:, None]
    depth = _depth(slope, shape.radius[None], shape.side[None], x, z)
    reach = np.abs(x - slope * z) / np.sqrt(slope * slope + 1)
    real = shape.radius[None] >= reach
    rise = np.where(real, (shape.height[None] - eye) / depth, -np.inf)
    _close_silhouette(rise, real, shape, reach, depth, eye)
    # The underside is hidden by what hangs lower in front of it.
    lowest = np.where(rise > -np.inf, rise, np.inf).argmin(1)
    rise[np.arange(rise.shape[1])[None, :] < lowest[:, None]] = -np.inf
    # Going round the section, only what lies above everything before it is not hidden.
    rise = np.maximum.accumulate(rise, axis=1)
    order = np.arange(len(shape.height), dtype=np.float64)
    heights = up[::-1].astype(np.float64)
    place = np.full((across.size, up.size), -1, np.float32)
    start = (rise > -np.inf).argmax(1)
    lines = rise.astype(np.float64)
    for column in np.flatnonzero(real.any(1)):
        first = start[column]
        place[column] = np.interp(heights, lines[column, first:], order[first:], left=-1, right=-1)
    return np.ascontiguousarray(place[:, ::-1].T)


def _close_silhouette(rise: Floats, real: Flags, shape: Outline, reach: Floats, depth: Floats, eye: float) -> None:
    """Ends every column exactly where its ray grazes the body, not at the nearest sample of the outline."""
    for step in (1, -1):
        beside = np.roll(real, step, axis=1) & ~real
        beside[:, 0 if step == 1 else -1] = False
        column, sample = np.nonzero(beside)
        before = sample - step
        r0, r1 = shape.radius[before], shape.radius[sample]
        part = (r0 - reach[column, 0]) / np.maximum(r0 - r1, 1e-6)
        height = shape.height[before] + part * (shape.height[sample] - shape.height[before])
        rise[column, sample] = (height - eye) / depth[column, sample]
