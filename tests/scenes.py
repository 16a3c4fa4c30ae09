"""Small pictures, drawn by code, that tests edit and measure."""

import io
import os

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

#: `make soak` looks for counterexamples this many times as long
MORE = 50 if os.environ.get("LOUPE_SOAK") else 1


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def poster(main: str = "#B5532F", *, width: int = 320, height: int = 240, seed: int = 1) -> NDArray[np.uint8]:
    """A flat disc and bar of `main` on an off-white ground with other shapes around; `seed` moves a small detail."""
    scale = 3
    image = Image.new("RGB", (width * scale, height * scale), "#F6F0E4")
    draw = ImageDraw.Draw(image)
    unit = min(width, height) * scale
    draw.ellipse([unit * 0.1, unit * 0.1, unit * 0.6, unit * 0.6], fill=main)
    draw.rectangle([unit * 0.1, unit * 0.72, unit * 0.9, unit * 0.85], fill=main)
    draw.rectangle([unit * 0.7, unit * 0.1, unit * 0.95, unit * 0.4], fill="#2A2724")
    draw.ellipse(
        [unit * 0.02 * (seed % 9), unit * 0.93, unit * 0.02 * (seed % 9) + unit * 0.05, unit * 0.98], fill="#4F7A63"
    )
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS))


def encoded(pixels: NDArray[np.uint8], format: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format, **options)
    return file.getvalue()


def poster_png(main: str = "#B5532F", *, width: int = 320, height: int = 240, seed: int = 1) -> bytes:
    """`poster` as a PNG file."""
    return encoded(poster(main, width=width, height=height, seed=seed))


def lettered(words: str) -> bytes:
    """A PNG with one large line of text."""
    image = Image.new("RGB", (480, 240), "#F6F0E4")
    ImageDraw.Draw(image).text((40, 90), words, "#2A2724", ImageFont.load_default(48))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def mark_png(colour: str) -> bytes:
    """A small mark with transparency around it."""
    image = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse([2, 2, 197, 97], fill=(*rgb(colour), 255))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
