"""Lines of text drawn by rasterisers that are not Pillow: resvg and Chromium, on even, shaded and photographed grounds."""

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import resvg_py
from PIL import Image
from skimage import data

from tests.browser import launched

FONTS = Path(__file__).parent.parent / "workbench" / "ui" / "static"
#: Debian's fonts-dejavu-core and fonts-liberation; the lines that need them are left out where they are missing
SYSTEM = Path("/usr/share/fonts/truetype")


class Type(NamedTuple):
    """A font, as each rasteriser needs to be told."""

    file: Path
    family: str
    weight: int = 400
    #: the name that Loupe gives it
    name: str = ""


TYPES = {
    "sans": Type(SYSTEM / "liberation/LiberationSans-Regular.ttf", "Liberation Sans", 400, "Liberation Sans Regular"),
    "serif": Type(
        SYSTEM / "liberation/LiberationSerif-Regular.ttf", "Liberation Serif", 400, "Liberation Serif Regular"
    ),
    "bold": Type(SYSTEM / "dejavu/DejaVuSans-Bold.ttf", "DejaVu Sans", 700, "DejaVu Sans Bold"),
    "slab": Type(SYSTEM / "dejavu/DejaVuSerif.ttf", "DejaVu Serif", 400, "DejaVu Serif Book"),
    "inter": Type(FONTS / "Inter.woff2", "Inter", 400, "Inter 400"),
    "inter600": Type(FONTS / "Inter.woff2", "Inter", 600, "Inter 600"),
    "mono": Type(FONTS / "GeistMono.woff2", "Geist Mono", 500, "Geist Mono 500"),
}


@dataclass(frozen=True)
class Scene:
    """A line of text on a ground."""

    by: str  #: resvg, chromium (one pixel a point) or chromium2 (two)
    type: str
    size: float  #: px per em in the picture
    ground: str
    colour: str
    tracking: float = 0.0  #: ems
    old: str = "Summer Sale 2026"
    new: str = "Winter Deals $49"
    phase: tuple[float, float] = (0.37, 0.21)

    @property
    def shape(self) -> tuple[int, int]:
        return round(self.size * 4.2) + 40, round(self.size * 13 * (1 + 1.6 * self.tracking)) + 60

    @property
    def pen(self) -> tuple[float, float]:
        return round(self.size * 0.8) + 12 + self.phase[0], round(self.size * 2.4) + 10 + self.phase[1]


def fonts() -> list[Path]:
    return list(dict.fromkeys(kind.file for kind in TYPES.values() if kind.file.exists()))


def ground(name: str, height: int, width: int) -> np.ndarray:
    if name.startswith("#"):
        return np.full((height, width, 3), [int(name[i : i + 2], 16) for i in (1, 3, 5)], np.uint8)
    y, x = np.linspace(0, 1, height)[:, None, None], np.linspace(0, 1, width)[None, :, None]
    if name == "gradient":
        shade = np.array([30, 60, 120]) * (1 - x) + np.array([200, 90, 140]) * x * (0.7 + 0.3 * y)
    elif name == "dusk":
        shade = np.array([250, 170, 90]) * (1 - y) + np.array([60, 30, 110]) * y + 20 * np.sin(3 * x)
    elif name == "studio":
        shade = np.array([217.0, 211, 200]) * (1.02 - 0.2 * np.hypot(2 * x - 0.7, y - 0.4))
        shade = shade + np.random.default_rng(3).normal(0, 2.0, (height, width, 1))
    else:
        photo = Image.fromarray(getattr(data, name)()).convert("RGB")
        return np.asarray(photo.resize((width, height), Image.Resampling.LANCZOS))
    return np.rint(np.clip(shade, 0, 255)).astype(np.uint8)


def encoded(pixels: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def decoded(file: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))


def by_resvg(scene: Scene, text: str) -> tuple[np.ndarray, tuple[float, float]]:
    """(picture, pen) of the scene with `text`."""
    (height, width), kind = scene.shape, TYPES[scene.type]
    behind = ground(scene.ground, height, width)
    x, y = scene.pen
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}"><image width="{width}" height="{height}" image-rendering="optimizeSpeed" '
        f'xlink:href="{encoded(behind)}"/><text x="{x}" y="{y}" font-size="{scene.size}" font-family="{kind.family}" '
        f'font-weight="{kind.weight}" letter-spacing="{scene.tracking * scene.size}" fill="{scene.colour}">'
        f"{escape(text)}</text></svg>"
    )
    return decoded(bytes(resvg_py.svg_to_bytes(picture, font_files=[str(kind.file)], skip_system_fonts=True))), (x, y)


class Browser:
    """Chromium, which draws a scene's line as HTML over its ground."""

    def __init__(self, browser: Any) -> None:
        self.pages = {zoom: browser.new_page(device_scale_factor=zoom) for zoom in (1, 2)}

    def draw(self, scene: Scene, text: str) -> tuple[np.ndarray, tuple[float, float]]:
        """(picture, pen) of the scene; the baseline is read off a drawn H, because Chromium rounds its own."""
        stem = 1 - self._shot(replace(scene, ground="#FFFFFF", colour="#000000"), "H")[..., 1].astype(float) / 255
        column = stem[:, stem.sum(axis=0).argmax()]
        last = np.flatnonzero(column > 0.97)[-1]
        return self._shot(scene, text), (scene.pen[0], last + 1 + float(column[last + 1]))

    def _shot(self, scene: Scene, text: str) -> np.ndarray:
        zoom = 2 if scene.by == "chromium2" else 1
        page, kind = self.pages[zoom], TYPES[scene.type]
        height, width = (side // zoom * zoom for side in scene.shape)
        font = base64.b64encode(kind.file.read_bytes()).decode()
        x, y = (place / zoom for place in scene.pen)
        page.set_viewport_size({"width": width // zoom, "height": height // zoom})
        page.set_content(
            f"<style>@font-face{{font-family:F;src:url(data:font/any;base64,{font});font-weight:100 900}}"
            f"body{{margin:0;background:url({encoded(ground(scene.ground, height, width))}) 0 0/100% 100%;"
            f"image-rendering:pixelated}}div{{position:absolute;left:{x}px;top:{y - scene.size / zoom}px;"
            f"font:{kind.weight} {scene.size / zoom}px/1 F;letter-spacing:{scene.tracking}em;color:{scene.colour};"
            f"white-space:pre}}</style><div>{escape(text)}</div>"
        )
        page.evaluate("document.fonts.ready.then(() => 1)")
        return decoded(page.screenshot())


@contextmanager
def drawers(scenes: list[Scene]) -> Iterator[dict[str, Any]]:
    """{rasteriser: draw(scene, text)}; the browser is only started when a scene wants it."""
    if all(scene.by == "resvg" for scene in scenes):
        yield {"resvg": by_resvg}
        return
    with launched() as browser:
        draw = Browser(browser).draw
        yield {"resvg": by_resvg, "chromium": draw, "chromium2": draw}


#: looked at while the method was made
TUNING = [
    Scene("resvg", "sans", size, behind, colour, tracking)
    for size in (15.3, 28, 60.4)
    for behind, colour, tracking in (
        ("#FFFFFF", "#222222", 0), ("gradient", "#FFFFFF", 0.06), ("studio", "#0057B8", 0), ("coffee", "#FFFFFF", 0.06),
    )
]  # fmt: skip
_HELD_OUT_GROUNDS = (
    ("#F4EDE4", "#C8102E"), ("#0B1F3A", "#F2A900"), ("dusk", "#FFFFFF"), ("astronaut", "#FFFFFF"), ("rocket", "#F2A900"),
)  # fmt: skip
_COPY = (
    ("Free delivery today", "Free returns always"),
    ("From $49 a month", "From $39 a month"),
    ("NEW COLLECTION", "LAST CHANCE"),
)


def held_out() -> Iterator[Scene]:
    """Fonts, sizes, grounds, colours and words that nothing was tuned on."""
    kinds = {
        "resvg": ("serif", "bold", "slab"),
        "chromium2": ("inter600", "mono"),
        "chromium": ("inter", "bold"),
    }
    number = 0
    for by, names in kinds.items():
        for name in names:
            for behind, colour in _HELD_OUT_GROUNDS:
                for size in (21.5, 44.0) if by != "chromium" else (24.0,):
                    old, new = _COPY[number % 3]
                    spaced = 0.08 if number % 5 == 4 else 0.0
                    phase = (0.11 + 0.19 * (number % 5), 0.83 - 0.17 * (number % 4))
                    yield replace(Scene(by, name, size, behind, colour, spaced, old, new), phase=phase)
                    number += 1
