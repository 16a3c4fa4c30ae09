"""A canvas tote laid flat, photographed from above: folds, slubby threads, seams, soft shadows and a screen print."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from workbench.starter.lettering import Font, Sheet
from workbench.starter.light import Floats, linear

WIDTH, HEIGHT = 1600, 1200
#: which way the light comes from on the table (x, y), and how strongly slopes answer to it
_LAMP = (0.56, 0.46)

Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Piece:
    """One layer of cloth: coverage, height over the table in pixels, and how far it stands off what lies below."""

    mask: Image.Image
    height: Floats
    lift: float


def tote(font: Font, colour: str, *, canvas: str = "#EBE2D0", ground: str = "#B9B4AB") -> Floats:
    """The tote, linear H×W×3; `colour` is the screen print's."""
    threads = _threads()
    cloth = linear(canvas) * (1 + 0.045 * threads)[..., None]
    far, bag, near = _strap(150, 312, 14, 430), _bag(), _strap(160, 268, -18, 470)
    inked = _printed(cloth, bag, font, colour, threads)
    stitches = _dashes([((508, 470), (1092, 470)), ((508, 479), (1092, 479))])
    stitches = np.maximum(stitches, _dashes(_feet(near)))
    light = _laid(linear(ground) * _table()[..., None], far, cloth)
    light = _laid(light, bag, inked)
    light = _laid(light, near, cloth)
    return light * (1 - 0.30 * stitches)[..., None]


def _noise(cells_x: int, cells_y: int, seed: int) -> Floats:
    """Smooth noise over the frame, deviation about 1 at the grid points."""
    grid = np.random.default_rng(seed).standard_normal((cells_y, cells_x), dtype=np.float32)
    return np.asarray(Image.fromarray(grid).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), np.float32)


def _threads() -> Floats:
    """Plain weave as the lens sees it: uneven threads both ways."""
    across = _noise(WIDTH // 26, HEIGHT // 3, 3)
    down = _noise(WIDTH // 3, HEIGHT // 26, 4)
    return (across + down) * np.float32(0.6)


def _filled(points: Points) -> Image.Image:
    sheet = Image.new("L", (WIDTH * 3, HEIGHT * 3))
    ImageDraw.Draw(sheet).polygon([(x * 3, y * 3) for x, y in points], fill=255)
    return sheet.reduce(3)


def _soft(mask: Image.Image, reach: float) -> Floats:
    return np.asarray(mask.filter(ImageFilter.GaussianBlur(reach)), np.float32) / 255


def _bag() -> Piece:
    """The body: edges a little wavy as cloth lies, long folds from the straps, shallow dents."""
    left, right, top, bottom = 494.0, 1106.0, 430.0, 1118.0
    t = np.linspace(0, 1, 80)
    wave, other = 4 * np.sin(t * 7) + 2.5 * np.sin(t * 16 + 1), 3.5 * np.sin(t * 6 + 2) + 2 * np.sin(t * 13)
    edge = [(left + (right - left) * a, top + 2.5 * np.sin(a * 5)) for a in t]
    edge += [(right + 6 * a + w, top + (bottom - top) * a) for a, w in zip(t, wave, strict=True)]
    edge += [(right + 6 - (right - left + 12) * a, bottom + 3 * np.sin(a * 6 + 2)) for a in t]
    edge += [(left - 6 * (1 - a) + w, bottom - (bottom - top) * a) for a, w in zip(t, other, strict=True)]
    mask = _filled([(float(x), float(y)) for x, y in edge])
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    height = _soft(mask, 7) * 9 + 6.0 * _noise(8, 6, 11) + 1.5 * _noise(20, 15, 12) + 0.35 * _noise(60, 45, 13)
    folds = (
        (650, 0.10, 22, 4.2, 300),
        (948, -0.12, 26, 4.6, 330),
        (700, -0.34, 40, 4.0, 420),
        (1010, 0.20, 24, 2.6, 240),
        (560, 0.30, 34, 3.2, 460),
    )
    for start, slant, width, depth, reach in folds:
        axis = (x - start - slant * (y - 430)) / (width * (0.7 + (y - 430) / 900))
        height += depth * np.exp(-axis * axis - ((y - 430) / reach) ** 2)
    return Piece(mask, np.asarray(height, np.float32), 15)


def _strap(spread: float, rise: float, lean: float, foot: float) -> Piece:
    """A band 46 px wide that runs up from the hem, round, and down again."""
    t = np.linspace(0, np.pi, 240)
    x = 800 - spread * np.sign(np.cos(t)) * np.abs(np.cos(t)) ** 0.7 + lean * np.sin(t)
    y = foot - rise * np.sin(t) ** 0.85
    run = np.hypot(np.gradient(x), np.gradient(y))
    nx, ny = -np.gradient(y) / run * 23, np.gradient(x) / run * 23
    outer = list(zip((x - nx).tolist(), (y - ny).tolist(), strict=True))
    inner = list(zip((x + nx).tolist(), (y + ny).tolist(), strict=True))
    mask = _filled(outer + inner[::-1])
    return Piece(mask, _soft(mask, 5) * 8 + np.float32(1.2) * _noise(24, 18, 14), 8)


def _feet(strap: Piece) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The sewn squares at both ends of a strap."""
    covered = np.flatnonzero(np.asarray(strap.mask)[452] > 127)
    gap = int(np.argmax(np.diff(covered))) + 1
    lines = []
    for part in (covered[:gap], covered[gap:]):
        left, right = float(part[0]) + 6, float(part[-1]) - 6
        lines += [((left, 438.0), (right, 438.0)), ((left, 462.0), (right, 462.0))]
        lines += [((left, 438.0), (right, 462.0)), ((left, 462.0), (right, 438.0))]
    return lines


def _dashes(lines: list[tuple[tuple[float, float], tuple[float, float]]]) -> Floats:
    """Stitches along lines: coverage, H×W."""
    sheet = Image.new("L", (WIDTH * 3, HEIGHT * 3))
    pen = ImageDraw.Draw(sheet)
    for (x0, y0), (x1, y1) in lines:
        length = float(np.hypot(x1 - x0, y1 - y0))
        for start in np.arange(0, length - 4, 9.0):
            a, b = start / length, min(start + 5.5, length) / length
            ends = [(x0 + (x1 - x0) * s, y0 + (y1 - y0) * s) for s in (a, b)]
            pen.line([(x * 3, y * 3) for x, y in ends], fill=255, width=5)
    return np.asarray(sheet.reduce(3), np.float32) / 255


def _printed(cloth: Floats, bag: Piece, font: Font, colour: str, threads: Floats) -> Floats:
    """Cloth with the screen print, which follows the folds; ink lies a little thinner in the hollows of the weave."""
    sheet = Sheet(WIDTH, HEIGHT, "#000000", scale=2)
    sheet.star(800, 668, 118, "#FFFFFF")
    sheet.words(800, 890, "ASTER", font, 74, "#FFFFFF", weight=640, tracking=0.22)
    sheet.words(800, 948, "Slow things, well made", font, 32, "#FFFFFF", weight=500, tracking=0.01)
    coverage = np.asarray(Image.fromarray(sheet.done()).convert("L").filter(ImageFilter.GaussianBlur(0.5)), np.float32)
    ink = coverage / 255 * np.clip(0.985 + 0.02 * threads, 0, 1)
    printed: Floats = cloth * (1 - ink)[..., None] + linear(colour) * (1 + 0.03 * threads)[..., None] * ink[..., None]
    return printed


def _table() -> Floats:
    """Light on the painted table, H×W: brighter towards the lamp, very fine grit."""
    x = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None]
    pool = np.exp(-((x + 0.35) ** 2 + (y * 0.75 + 0.3) ** 2) / 1.6)
    return np.asarray((0.80 + 0.32 * pool) * (1 + 0.010 * _noise(WIDTH // 2, HEIGHT // 2, 5)), np.float32)


def _laid(under: Floats, piece: Piece, cloth: Floats) -> Floats:
    """Lays a piece over what is there: contact shadow and cast shadow first, then the lit cloth."""
    shadow = np.zeros((HEIGHT, WIDTH), np.float32)
    for reach, weight, offset in ((0.25, 0.42, 0.25), (0.8, 0.34, 0.8), (2.2, 0.22, 1.5)):
        moved = np.roll(_soft(piece.mask, piece.lift * reach), round(piece.lift * offset * 0.8), 0)
        shadow = 1 - (1 - shadow) * (1 - weight * np.roll(moved, round(piece.lift * offset), 1))
    down, right = np.gradient(piece.height)
    slope = np.asarray(_LAMP[0] * right + _LAMP[1] * down, np.float32)
    lit = np.clip(0.94 + slope / np.sqrt(1 + right**2 + down**2), 0.25, 1.22)
    cover = np.asarray(piece.mask, np.float32)[..., None] / 255
    laid: Floats = under * (1 - shadow[..., None]) * (1 - cover) + cloth * lit[..., None] * cover
    return laid
