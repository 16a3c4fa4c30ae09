"""Type and the star: what labels, logos and banners are set with."""

import io
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from workbench.starter.light import Bytes8

Font = bytes | Path


@lru_cache(maxsize=64)
def face(font: Font, size: int, weight: int) -> ImageFont.FreeTypeFont:
    """The variable font at a pixel size and weight (100–900)."""
    found = ImageFont.truetype(io.BytesIO(font) if isinstance(font, bytes) else str(font), size)
    found.set_variation_by_axes([weight])
    return found


def star_points(
    x: float, y: float, radius: float, *, points: int = 8, waist: float = 0.36
) -> list[tuple[float, float]]:
    """Corners of the aster: a star with `points` rays, the first one upright."""
    turn = np.linspace(0, 2 * np.pi, 2 * points, endpoint=False)
    reach = np.where(np.arange(2 * points) % 2 == 0, radius, radius * waist)
    return [(float(x + r * np.sin(t)), float(y - r * np.cos(t))) for r, t in zip(reach, turn, strict=True)]


class Sheet:
    """A flat print, drawn at `scale` times its final size and reduced once, so every edge is smooth."""

    def __init__(self, width: int, height: int, ground: str, *, scale: int = 1) -> None:
        self.scale = scale
        self.image = Image.new("RGB", (width * scale, height * scale), ground)
        self.pen = ImageDraw.Draw(self.image)

    def done(self) -> Bytes8:
        """The sheet as H×W×3, 8-bit sRGB."""
        if self.scale == 1:
            return np.asarray(self.image)
        return np.asarray(self.image.reduce(self.scale))

    def rectangle(self, left: float, top: float, right: float, bottom: float, colour: str, radius: float = 0) -> None:
        """A filled box, half-open, with rounded corners if asked for."""
        s = self.scale
        box = (round(left * s), round(top * s), round(right * s) - 1, round(bottom * s) - 1)
        self.pen.rounded_rectangle(box, radius * s, fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: str) -> None:
        """A filled circle."""
        s = self.scale
        self.pen.ellipse(((x - radius) * s, (y - radius) * s, (x + radius) * s, (y + radius) * s), fill=colour)

    def polygon(self, points: list[tuple[float, float]], colour: str) -> None:
        """A filled polygon."""
        self.pen.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=colour)

    def star(self, x: float, y: float, radius: float, colour: str) -> None:
        """The mark."""
        self.polygon(star_points(x, y, radius), colour)

    def words(
        self,
        x: float,
        y: float,
        text: str,
        font: Font,
        size: float,
        colour: str,
        *,
        weight: int = 500,
        tracking: float = 0.0,
        anchor: str = "m",
    ) -> float:
        """Sets one line; `y` is its baseline, `tracking` in em. Returns the width it took."""
        s = self.scale
        letters = face(font, round(size * s), weight)
        if not tracking:
            wide = letters.getlength(text)
            start = x * s - {"l": 0.0, "m": wide / 2, "r": wide}[anchor]
            self.pen.text((start, y * s), text, colour, letters, anchor="ls")
            return wide / s
        gap = tracking * size * s
        widths = [letters.getlength(c) for c in text]
        wide = sum(widths) + gap * (len(text) - 1)
        start = x * s - {"l": 0.0, "m": wide / 2, "r": wide}[anchor]
        for letter, width in zip(text, widths, strict=True):
            self.pen.text((start, y * s), letter, colour, letters, anchor="ls")
            start += width + gap
        return wide / s
