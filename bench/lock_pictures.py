"""Contact strips: original, raw output, locked result, change map and ΔE heat side by side."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from bench.drifts import Pixels
from bench.lock_scenes import FONT, Case
from bench.lock_truth import resized
from workbench.imaging import flatten
from workbench.imaging.lock import Locked
from workbench.starter.lettering import face

_WIDE, _GAP, _HEAD = 360, 8, 30
_FULL = 20.0  # ΔE2000 that is shown as the hottest


def strip(
    case: Case, output: Pixels, locked: Locked, file: Path, *, detail: tuple[float, float, float] | None = None
) -> None:
    """Saves a case as one JPEG; `detail`: middle x, middle y and width of a cut-out, as shares of the frame."""
    original = case.scene.original
    heat = cv2.resize(np.clip(locked.heat / _FULL, 0, 1), case.scene.size, interpolation=cv2.INTER_LINEAR)
    hot = cv2.applyColorMap((255 * heat).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    grey = flatten.over(original, flatten.GREY).mean(axis=2, keepdims=True).astype(np.uint8)
    pale = (160 + 0.3 * np.repeat(grey, 3, axis=2)).astype(np.uint8)
    change = np.where(locked.changed[..., None], np.array([39, 71, 184], np.uint8), pale)
    tiles = {
        "original": original, "raw output, resized": resized(output, original), "locked": locked.image,
        "what was changed": change, "how far off the output is": hot,
    }  # fmt: skip
    high = round(_WIDE * original.shape[0] / original.shape[1]) if detail is None else _WIDE
    sheet = Image.new("RGB", (len(tiles) * (_WIDE + _GAP) - _GAP, high + _HEAD), "#FFFFFF")
    pen = ImageDraw.Draw(sheet)
    for number, (words, pixels) in enumerate(tiles.items()):
        shown = _cut(flatten.over(np.ascontiguousarray(pixels), flatten.GREY), detail)
        method = cv2.INTER_AREA if shown.shape[1] > _WIDE else cv2.INTER_CUBIC
        sheet.paste(
            Image.fromarray(cv2.resize(shown, (_WIDE, high), interpolation=method)), (number * (_WIDE + _GAP), _HEAD)
        )
        pen.text((number * (_WIDE + _GAP), 21), words, "#2A2724", face(FONT, 17, 500), anchor="ls")
    file.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(file, "JPEG", quality=84)


def _cut(pixels: Pixels, detail: tuple[float, float, float] | None) -> Pixels:
    if detail is None:
        return pixels
    height, width = pixels.shape[:2]
    half = round(detail[2] * width / 2)
    x, y = round(detail[0] * width), round(detail[1] * height)
    return np.ascontiguousarray(pixels[max(0, y - half) : y + half, max(0, x - half) : x + half])
