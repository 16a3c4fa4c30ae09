"""What an image model does to a picture it was asked to edit: moved, redrawn, recoloured, resized, compressed.

    truth ─► the canvas (stretched, padded or cropped) ─► moved ─► micro-warp ─► redrawn detail
          ─► colours ─► sharpened ─► grain ─► a file

Every step is data (`Drift`), the same on every run (`seed`), and the map from the original to the output is known.
"""

import io
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Matrix = NDArray[np.float64]
Size = tuple[int, int]  #: width, height


@dataclass(frozen=True)
class Drift:
    """One way of not giving back what was sent; the default gives back the truth, resized."""

    shift: tuple[float, float] = (0.0, 0.0)  #: output px, right and down
    scale: float = 1.0  #: about the output's middle
    turn: float = 0.0  #: degrees, about the output's middle
    ripple: float = 0.0  #: smooth micro-warp, output px (root mean square), without any affine part
    smooth: float = 0.0  #: 0–1, how much of the fine detail a bilateral filter takes, which noise then replaces
    resynth: float = 0.0  #: 0–1, how much of the texture is drawn anew: same strength, other threads
    gain: float = 0.0  #: standard deviation of a smooth field of gains, per channel
    offset: float = 0.0  #: levels, the most that a channel is raised or lowered
    palette: float = 0.0  #: how far channels mix into each other; greys stay grey
    tone: float = 0.0  #: strength of an S-shaped tone curve; negative flattens
    sharpen: float = 0.0  #: amount of an unsharp mask of 1 px
    grain: float = 0.0  #: levels, standard deviation of film grain
    file: tuple[str, int] | None = None  #: ("JPEG" | "WEBP", quality)
    fit: str = "stretch"  #: "stretch" to the canvas, "pad" into it or "crop" to it where the aspects differ
    padding: str = "black"  #: "black", "white" or "blurred", for "pad"
    zoom: float = 1.0  #: the model shows only 1 / zoom of each side, stretched or fitted to its canvas
    look: tuple[float, float] = (0.0, 0.0)  #: where a zoomed or cropped view lies, −1…1 of what it may move
    ground: int | None = None  #: level on which transparency is lost; None keeps alpha


#: what models do, from nothing to as much as still makes sense; micro-warp and detail grow with the movement
NONE = Drift()
SMALL = Drift((0.7, -0.4), 1.0, 0.0, 0.2, smooth=0.5, gain=0.015, offset=2, grain=0.8, file=("JPEG", 92))
MID = Drift((1.5, -1.1), 1.004, 0.1, 0.35, smooth=0.8, gain=0.03, offset=4, grain=1.2, file=("JPEG", 90))
STRONG = Drift((4.0, 3.0), 1.01, 0.4, 0.5, smooth=1.0, gain=0.03, offset=4, palette=0.04, grain=2.0, file=("JPEG", 82))
REDRAWN = replace(MID, resynth=0.6)
GRADED = replace(MID, palette=0.08, tone=0.12, offset=6)
FILM = replace(SMALL, grain=4.0, file=("WEBP", 80))
CRISP = replace(MID, sharpen=0.7, file=("JPEG", 72))
STRETCHED = replace(MID, fit="stretch")
LETTERBOX = replace(MID, fit="pad")
CROPPED = replace(MID, fit="crop")
ZOOMED = replace(MID, zoom=1.12, look=(0.3, -0.4))

DRIFTS = {
    "none": NONE, "small": SMALL, "mid": MID, "strong": STRONG, "redrawn": REDRAWN, "graded": GRADED, "film": FILM,
    "crisp": CRISP, "stretched": STRETCHED, "letterbox": LETTERBOX, "white bars": replace(LETTERBOX, padding="white"),
    "blurred bars": replace(LETTERBOX, padding="blurred"), "cropped": CROPPED, "zoomed": ZOOMED,
}  # fmt: skip


def simulate(truth: Pixels, drift: Drift, size: Size, seed: int) -> tuple[Pixels, Matrix]:
    """(output, matrix): the true edit as a model would return it, and where everything went.

    truth: uint8 H×W×3|4 sRGB, straight alpha. size: the output's (width, height). output: uint8 of that size with
    the same channels, or 3 where `drift.ground` is given. matrix: float64 2×3, the original's pixel centres → the
    output's pixel centres; the micro-warp has no affine part, so this is the best map of its kind.
    """
    random = np.random.default_rng(seed)
    height, width = truth.shape[:2]
    matrix = _moved(_fitted((width, height), drift, size), drift, size)
    planes = _premultiplied(truth)
    output, inside = _drawn(planes, matrix, size, _ripple(size, drift.ripple, random))
    colour, alpha = _straight(output, drift.ground)
    if drift.fit == "pad":
        colour = _padded(colour, inside, drift.padding)
    colour = _redrawn(colour, drift, random)
    colour = _coloured(colour, drift, random)
    if drift.sharpen:
        colour += drift.sharpen * (colour - cv2.GaussianBlur(colour, (0, 0), 1))
    if drift.grain:
        noise = cv2.GaussianBlur(random.standard_normal(colour.shape, np.float32), (0, 0), 0.6)
        noise = 0.4 * noise + 0.6 * noise.mean(axis=2, keepdims=True)
        colour += noise * np.float32(drift.grain / noise.std())
    pixels = np.clip(np.rint(colour), 0, 255).astype(np.uint8)
    if drift.file:
        pixels = _saved(pixels, *drift.file)
    if alpha is not None:
        pixels = np.dstack([pixels, np.clip(np.rint(alpha), 0, 255).astype(np.uint8)])
    return np.ascontiguousarray(pixels), matrix


def canvas(size: Size, pixels: float = 1_572_864) -> Size:
    """The output's size in the original's own aspect with about `pixels` pixels, sides in steps of 16."""
    factor = (pixels / (size[0] * size[1])) ** 0.5
    return max(16, round(size[0] * factor / 16) * 16), max(16, round(size[1] * factor / 16) * 16)


def apart(found: Matrix, true: Matrix, original: Size) -> float:
    """How far two maps of the original's frame lie apart, output px, mean over the frame."""
    width, height = original
    x, y = np.meshgrid(np.linspace(0, width - 1, 33), np.linspace(0, height - 1, 33))
    points = np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    return float(np.hypot(*((np.asarray(found) - true) @ points)).mean())


def _fitted(old: Size, drift: Drift, new: Size) -> Matrix:
    across, down = new[0] / old[0], new[1] / old[1]
    if drift.fit != "stretch":
        across = down = (min if drift.fit == "pad" else max)(across, down)
    across, down = across * drift.zoom, down * drift.zoom
    hidden = (across * old[0] - new[0], down * old[1] - new[1])
    left, top = (-spare * (1 + look) / 2 for spare, look in zip(hidden, drift.look, strict=True))
    return np.array([[across, 0, (across - 1) / 2 + left], [0, down, (down - 1) / 2 + top]])


def _moved(matrix: Matrix, drift: Drift, size: Size) -> Matrix:
    middle = np.array([(size[0] - 1) / 2, (size[1] - 1) / 2])
    angle = np.radians(drift.turn)
    turn = drift.scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = turn @ matrix
    moved[:, 2] += middle - turn @ middle + np.array(drift.shift)
    return moved


def _ripple(size: Size, strength: float, random: np.random.Generator) -> NDArray[np.float32]:
    """A smooth displacement, h×w×2 output px, with its best affine map taken out."""
    width, height = size
    if not strength:
        return np.zeros((height, width, 2), np.float32)
    step = max(1, round(max(size) / 128))
    rows, columns = -(-height // step), -(-width // step)
    field = cv2.GaussianBlur(random.standard_normal((rows, columns, 2)), (0, 0), 8, borderType=cv2.BORDER_REFLECT)
    y, x = np.mgrid[0:rows, 0:columns]
    plane = np.column_stack([x.ravel(), y.ravel(), np.ones(x.size)])
    flat = field.reshape(-1, 2)
    flat = flat - plane @ np.linalg.lstsq(plane, flat, rcond=None)[0]
    flat *= strength / np.sqrt((flat**2).sum(axis=1).mean())
    large = cv2.resize(flat.reshape(rows, columns, 2), (columns * step, rows * step), interpolation=cv2.INTER_CUBIC)
    return large[:height, :width].astype(np.float32)


def _premultiplied(truth: Pixels) -> NDArray[np.float32]:
    planes = truth.astype(np.float32)
    if truth.shape[2] == 4:
        planes[..., :3] *= planes[..., 3:] / 255
    return planes


def _drawn(
    planes: NDArray[np.float32], matrix: Matrix, size: Size, ripple: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The picture on its canvas (areas averaged where it shrinks, mirrored beyond its edges), and where it really is."""
    height, width = planes.shape[:2]
    across, down = np.hypot(matrix[0, 0], matrix[1, 0]), np.hypot(matrix[0, 1], matrix[1, 1])
    small = (max(1, round(width * min(1, across))), max(1, round(height * min(1, down))))
    if small != (width, height):
        planes = cv2.resize(planes, small, interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float64)
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    at_x, at_y = x - ripple[..., 0], y - ripple[..., 1]
    old_x = back[0, 0] * at_x + back[0, 1] * at_y + back[0, 2]
    old_y = back[1, 0] * at_x + back[1, 1] * at_y + back[1, 2]
    inside = (old_x > -0.5) & (old_x < width - 0.5) & (old_y > -0.5) & (old_y < height - 0.5)
    old_x = ((old_x + 0.5) * small[0] / width - 0.5).astype(np.float32)
    old_y = ((old_y + 0.5) * small[1] / height - 0.5).astype(np.float32)
    return cv2.remap(planes, old_x, old_y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REFLECT), inside


def _straight(
    planes: NDArray[np.float32], ground: int | None
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    if planes.shape[2] == 3:
        return planes, None
    colour, alpha = planes[..., :3], np.clip(planes[..., 3], 0, 255)
    if ground is not None:
        return colour + ground * (1 - alpha[..., None] / 255), None
    return np.clip(colour * (255 / np.maximum(alpha, 1)[..., None]), 0, 255), alpha


def _padded(colour: NDArray[np.float32], inside: NDArray[np.bool_], padding: str) -> NDArray[np.float32]:
    if padding == "blurred":
        # the mirrored picture that lies beyond the edges, out of focus and darkened, as players and feeds do
        bars = 0.7 * cv2.GaussianBlur(colour, (0, 0), max(colour.shape) / 60)
    else:
        bars = np.full_like(colour, 0 if padding == "black" else 255)
    return np.where(inside[..., None], colour, bars)


def _redrawn(colour: NDArray[np.float32], drift: Drift, random: np.random.Generator) -> NDArray[np.float32]:
    if drift.smooth:
        soft = cv2.bilateralFilter(colour, 5, 14, 2)
        lost = colour - soft
        noise = random.standard_normal(colour.shape[:2], np.float32)[..., None]
        colour = colour - drift.smooth * lost + drift.smooth * 0.5 * lost.std() * noise
    if drift.resynth:
        colour = _other_threads(colour, drift.resynth, random)
    return colour


def _other_threads(colour: NDArray[np.float32], share: float, random: np.random.Generator) -> NDArray[np.float32]:
    """Fine texture with its phases drawn anew, as strong as before at each place; the edges of big shapes stay."""
    low = cv2.GaussianBlur(colour, (0, 0), 2)
    detail = colour - low
    spectrum = np.abs(np.fft.rfft2(detail.mean(axis=2)))
    white = np.fft.rfft2(random.standard_normal(colour.shape[:2]))
    threads = np.fft.irfft2(spectrum * white / np.maximum(np.abs(white), 1e-6), colour.shape[:2]).astype(np.float32)
    threads /= np.sqrt(cv2.GaussianBlur(threads**2, (0, 0), 6)) + 1e-3
    strength = np.sqrt(cv2.GaussianBlur(detail**2, (0, 0), 6))
    grey = low.mean(axis=2)
    slope = cv2.magnitude(
        cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=1 / 8)
    )
    texture = share / (1 + (cv2.dilate(slope, np.ones((5, 5), np.uint8)) / 8) ** 4)
    mixed = (1 - texture[..., None]) * detail + np.sqrt(1 - (1 - texture[..., None]) ** 2) * strength * threads[
        ..., None
    ]
    return low + mixed


def _coloured(colour: NDArray[np.float32], drift: Drift, random: np.random.Generator) -> NDArray[np.float32]:
    height, width = colour.shape[:2]
    if drift.gain:
        coarse = cv2.GaussianBlur(random.standard_normal((24, 24, 3)), (0, 0), 5, borderType=cv2.BORDER_REFLECT)
        coarse *= drift.gain / coarse.std()
        colour = colour * (1 + cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC))
    if drift.palette:
        mix = random.uniform(-1, 1, (3, 3))
        mix -= mix.mean(axis=1, keepdims=True)
        colour = colour @ (np.eye(3) + drift.palette * mix).T.astype(np.float32)
    if drift.tone:
        share = np.clip(colour / 255, 0, 1)
        colour = colour + 255 * drift.tone * share * (1 - share) * (2 * share - 1) * 2
    if drift.offset:
        colour = colour + random.uniform(-drift.offset, drift.offset, 3).astype(np.float32)
    return colour.astype(np.float32)


def _saved(pixels: Pixels, format: str, quality: int) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format, quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))
