"""The demo brand's pictures: a small catalogue, drawn by code and therefore the same on every start.

`all` yields them one by one, `marks` gives the guideline's logos and badge, `flawed` an edit made elsewhere that
changed more than it should have, `drifted` one that came back smaller, shifted and warmer. Nothing is read but the font
and the photographs beside this file.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from PIL import Image

from workbench.starter import cloth, flatwork, products
from workbench.starter.lettering import Font
from workbench.starter.light import Bytes8, compress, encode
from workbench.starter.products import BLUE, CLAY, MOSS, SAGE
from workbench.starter.profiles import display_p3, to_display_p3
from workbench.starter.redrawn import redrawn
from workbench.starter.studio import Frame, develop

_PHOTOS = Path(__file__).parent / "photos"

#: what a colour swap changes in each picture: the label's (or button's, ground's, print's) own colour
COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "calm-serum.png": SAGE,
        "warm-balm.jpg": CLAY,
        "oat-and-honey.jpg": CLAY,
        "garden-mint.webp": MOSS,
        "night-oil.png": BLUE,
        "gift-carton.png": BLUE,
        "paper-cup.png": BLUE,
        "tote.png": BLUE,
        "hand-cream-cutout.png": MOSS,
        "tea-range-12mp.jpg": BLUE,
        "autumn-banner.png": BLUE,
        "slow-mornings-square.png": SAGE,
        "evening-ritual-story.webp": CLAY,
        "pattern-sheet.png": BLUE,
        "logo-blue.png": BLUE,
        "badge-new.png": CLAY,
    }
)


@dataclass(frozen=True)
class Drawn:
    """One picture as a file, with what the library shows beside it."""

    file_name: str
    #: the title people see
    name: str
    collection: str
    tags: tuple[str, ...]
    data: bytes


def all(font: Font) -> Iterator[Drawn]:
    """Draws the catalogue lazily; the font is Inter's variable file, as bytes or a path."""
    for file_name, (name, collection, tags, draw) in _CATALOGUE.items():
        yield Drawn(file_name, name, collection, tags, draw(font))


def one(font: Font, file_name: str) -> Drawn:
    """A single picture of the catalogue; KeyError for a name that is not in it."""
    name, collection, tags, draw = _CATALOGUE[file_name]
    return Drawn(file_name, name, collection, tags, draw(font))


def marks(font: Font) -> dict[str, bytes]:
    """The guideline's marks as tightly cropped RGBA PNG files by file name."""
    return {
        "logo-blue.png": _png(flatwork.logo(font, BLUE)),
        "logo-white.png": _png(flatwork.logo(font, "#FFFFFF")),
        "badge-new.png": _png(flatwork.badge(font)),
    }


def flawed(font: Font) -> tuple[bytes, bytes]:
    """An edit from another tool: (before, after) as PNG files of the same size.

    Before is `calm-serum.png`. After, the label is Aster blue as asked, but the shadow on the table was
    painted anew as well: weaker on a soft-edged patch, easily overlooked, far outside any compression noise.
    """
    after = develop(products.bottle(font, BLUE).light, seed=_SERUM_SEED)
    left, top, width, height = STRAY
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across, down = (x + 0.5) / width * 2 - 1, (y + 0.5) / height * 2 - 1
    weight = np.clip(1.25 * (1 - across**2) * (1 - down**2), 0, 1)[..., None]
    patch = after[top : top + height, left : left + width]
    redrawn = patch + weight * np.array([15.0, 14.0, 12.0], np.float32)
    after[top : top + height, left : left + width] = np.clip(np.rint(redrawn), 0, 255).astype(np.uint8)
    return one(font, "calm-serum.png").data, _png(after)


def drifted(font: Font) -> bytes:
    """The paper cup with a clay band as an image model gives it back: a smaller JPEG, shifted, enlarged and warmer."""
    return redrawn(develop(products.cup(font, CLAY).light, seed=29))


#: where `flawed` changed what it should not have: x, y, width, height in pixels
STRAY = (1060, 880, 380, 170)
#: a box round the serum's label, x, y, width, height: the region an edit of it is allowed to touch
LABEL = (588, 548, 424, 376)
#: a box round the paper cup's band
BAND = (496, 470, 610, 470)
#: a box round the square's price, with room for another one
PRICE = (420, 275, 240, 80)
_SERUM_SEED = 11


def _png(pixels: Bytes8, icc: bytes | None = None) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1, icc_profile=icc)
    return out.getvalue()


def _sheet(mark: Bytes8) -> bytes:
    """A mark as it is handed out: with clear space around it, half its shorter side."""
    space = min(mark.shape[:2]) // 2
    return _png(np.pad(mark, ((space, space), (space, space), (0, 0))))


def _jpeg(pixels: Bytes8, subsampling: str) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=92, subsampling=subsampling)
    return out.getvalue()


def _webp(pixels: Bytes8) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "WEBP", lossless=True, quality=0, method=0)
    return out.getvalue()


def _shot(draw: Callable[[Font], Frame], seed: int) -> Callable[[Font], Bytes8]:
    return lambda font: develop(draw(font).light, seed=seed)


def _serum(font: Font) -> bytes:
    return _png(_shot(products.bottle, _SERUM_SEED)(font))


def _badged(font: Font) -> bytes:
    page = develop(products.bottle(font, CLAY, title="Warm serum").light, seed=19)
    seal = Image.fromarray(flatwork.badge(font)).resize((250, 250), Image.Resampling.LANCZOS)
    whole = Image.fromarray(page)
    whole.paste(seal, (1060, 240), seal)
    return _png(np.asarray(whole))


def _cutout(font: Font) -> bytes:
    frame = products.hand_cream(font)
    cover = frame.cover[..., None]
    light = np.divide(frame.light, cover, out=np.zeros_like(frame.light), where=cover > 1e-4)
    code = np.dstack([develop(light, grain=0.6, seed=17), np.rint(cover * 255).astype(np.uint8)])
    code[code[..., 3] == 0] = 0
    left, top, right, bottom = Image.fromarray(code).getbbox() or (0, 0, 1, 1)
    return _png(np.pad(code[top:bottom, left:right], ((80, 80), (80, 80), (0, 0))))


def _large(font: Font) -> bytes:
    """12 MP from a render of 3 MP: enlarged, then given grain at full size, as film has."""
    code = np.rint(encode(products.tea_range(font).light)).astype(np.uint8)
    whole = np.asarray(Image.fromarray(code).resize((4000, 3000), Image.Resampling.BICUBIC))
    noise = np.random.default_rng(23).standard_normal((3000, 4000), dtype=np.float32) * np.float32(1.6)
    grainy = whole.astype(np.int16) + np.rint(noise).astype(np.int16)[..., None]
    return _jpeg(np.clip(grainy, 0, 255).astype(np.uint8), "4:2:0")


def _tote(font: Font) -> bytes:
    wide = to_display_p3(compress(cloth.tote(font, BLUE)))
    return _png(develop(wide, seed=18), display_p3())


def _photo(font: Font) -> bytes:
    del font
    return (_PHOTOS / "espresso.jpg").read_bytes()


_Entry = tuple[str, str, tuple[str, ...], Callable[[Font], bytes]]
_CATALOGUE: Mapping[str, _Entry] = MappingProxyType(
    {
        "calm-serum.png": ("Calm serum 50 ml", "Skincare", ("packshot", "sage"), _serum),
        "warm-balm.jpg": (
            "Warm balm jar",
            "Skincare",
            ("packshot", "clay"),
            lambda font: _jpeg(_shot(products.jar, 12)(font), "4:4:4"),
        ),
        "night-oil.png": (
            "Night oil 50 ml",
            "Skincare",
            ("packshot", "dark", "aster blue"),
            lambda font: _png(_shot(products.night, 13)(font)),
        ),
        "warm-serum-badge.png": ("Warm serum with badge", "Skincare", ("packshot", "badge", "clay"), _badged),
        "hand-cream-cutout.png": ("Hand cream, cut-out", "Skincare", ("cut-out", "moss"), _cutout),
        "oat-and-honey.jpg": (
            "Oat & honey tin",
            "Tea",
            ("packshot", "clay"),
            lambda font: _jpeg(_shot(products.tin, 14)(font), "4:2:0"),
        ),
        "garden-mint.webp": (
            "Garden mint tin",
            "Tea",
            ("packshot", "moss"),
            lambda font: _webp(_shot(lambda f: products.tin(f, MOSS, title="Garden mint"), 15)(font)),
        ),
        "tea-range-12mp.jpg": ("Tea range, large", "Tea", ("group", "12 MP"), _large),
        "paper-cup.png": (
            "Paper cup",
            "Tea",
            ("packshot", "aster blue"),
            lambda font: _png(_shot(products.cup, 16)(font)),
        ),
        "gift-carton.png": (
            "Gift carton",
            "Skincare",
            ("packaging", "aster blue"),
            lambda font: _png(_shot(products.carton, 24)(font)),
        ),
        "tote.png": ("Canvas tote", "Merchandise", ("textile", "wide gamut", "aster blue"), _tote),
        "autumn-banner.png": (
            "Autumn banner",
            "Campaign",
            ("banner", "2.5:1"),
            lambda font: _png(flatwork.autumn_banner(font)),
        ),
        "slow-mornings-square.png": (
            "Slow mornings, square",
            "Campaign",
            ("social", "1:1", "price"),
            lambda font: _png(flatwork.social_square(font)),
        ),
        "evening-ritual-story.webp": (
            "Evening ritual, story",
            "Campaign",
            ("social", "9:16"),
            lambda font: _webp(flatwork.story(font)),
        ),
        "pattern-sheet.png": (
            "Wrapping paper pattern",
            "Campaign",
            ("pattern", "flat"),
            lambda font: _png(flatwork.pattern()),
        ),
        "morning-espresso.jpg": ("Morning espresso", "Photographs", ("photograph", "clay"), _photo),
        "logo-blue.png": ("Aster logo, blue", "Marks", ("logo",), lambda font: _sheet(flatwork.logo(font, BLUE))),
        "logo-white.png": (
            "Aster logo, white",
            "Marks",
            ("logo",),
            lambda font: _sheet(flatwork.logo(font, "#FFFFFF")),
        ),
        "badge-new.png": ("Badge, new", "Marks", ("badge",), lambda font: _sheet(flatwork.badge(font))),
    }
)
#: the file names of the catalogue, in its order
NAMES = tuple(_CATALOGUE)

__all__ = ["BAND", "COLOURS", "LABEL", "NAMES", "PRICE", "STRAY", "Drawn", "all", "drifted", "flawed", "marks", "one"]
