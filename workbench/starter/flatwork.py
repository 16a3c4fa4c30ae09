"""Logos, badge, banners and the pattern sheet: everything that is set rather than photographed."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from workbench.starter.blocks import Block, block_shadow
from workbench.starter.lettering import Font, Sheet
from workbench.starter.light import Bytes8, Floats, Light, linear, rgb
from workbench.starter.products import AWAY, BLUE, CLAY, INK, MOSS, OAT, SAGE, put_bottle, put_carton, put_tin, view
from workbench.starter.shadows import cast_shadows, upright_cylinder
from workbench.starter.studio import Frame, Sweep, backdrop, develop

Drawing = Callable[[Sheet], object]
WHITE = "#FFFFFF"


def over(pixels: Bytes8, colour: str, draw: Drawing, *, scale: int = 3) -> Bytes8:
    """Prints one ink over H×W×3 pixels; `draw` draws it in white. Blended like layout programs do, in sRGB codes."""
    height, width = pixels.shape[:2]
    sheet = Sheet(width, height, "#000000", scale=scale)
    draw(sheet)
    cover = Image.fromarray(sheet.done()).getchannel(0)
    whole = Image.fromarray(pixels)
    whole.paste(rgb(colour), (0, 0), cover)
    return np.asarray(whole)


def cut_out(width: int, height: int, inks: list[tuple[str, Drawing]]) -> Bytes8:
    """Inks on nothing, H×W×4, straight alpha, cropped to what is drawn; nothing has the first ink's colour."""
    colour: Floats = np.broadcast_to(np.array(rgb(inks[0][0]), np.float32), (height, width, 3)).copy()
    alpha: Floats = np.zeros((height, width, 1), np.float32)
    for ink, draw in inks:
        sheet = Sheet(width, height, "#000000", scale=3)
        draw(sheet)
        cover = sheet.done()[..., :1].astype(np.float32) / 255
        mixed = alpha + cover * (1 - alpha)
        share = np.divide(cover, mixed, out=np.zeros_like(cover), where=mixed > 0)
        colour += (np.array(rgb(ink), np.float32) - colour) * share
        alpha = mixed
    whole = np.dstack([np.rint(colour), np.rint(alpha * 255)]).astype(np.uint8)
    rows, columns = np.flatnonzero(whole[..., 3].any(1)), np.flatnonzero(whole[..., 3].any(0))
    return np.ascontiguousarray(whole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def logo(font: Font, colour: str = BLUE) -> Bytes8:
    """The mark with its word, H×W×4."""

    def draw(sheet: Sheet) -> None:
        sheet.star(190, 250, 150, "#FFFFFF")
        sheet.words(400, 319, "ASTER", font, 190, "#FFFFFF", weight=640, tracking=0.16, anchor="l")

    return cut_out(1500, 500, [(colour, draw)])


def badge(font: Font, colour: str = CLAY, word: str = "NEW") -> Bytes8:
    """A scalloped seal with a word, H×W×4."""

    def seal(sheet: Sheet) -> None:
        turn = np.linspace(0, 2 * np.pi, 1440, endpoint=False)
        reach = 430 + 14 * np.cos(turn * 24)
        rim = zip((450 + reach * np.sin(turn)).tolist(), (450 - reach * np.cos(turn)).tolist(), strict=True)
        sheet.polygon(list(rim), WHITE)

    def words(sheet: Sheet) -> None:
        sheet.disc(450, 450, 384, WHITE)
        sheet.disc(450, 450, 376, "#000000")
        sheet.words(450, 528, word, font, 222, WHITE, weight=680, tracking=0.06)
        sheet.star(450, 226, 62, WHITE)
        sheet.words(450, 664, "THIS SEASON", font, 52, WHITE, weight=560, tracking=0.16)

    return cut_out(900, 900, [(colour, seal), (OAT, words)])


def autumn_banner(font: Font, button: str = BLUE) -> Bytes8:
    """2000×800: tins on a dark sweep, a headline and a flat button."""
    light = Light(wall=(0.10, 0.11, 0.13), floor=(0.07, 0.08, 0.10), fill_power=0.24, key_power=0.86)
    sweep = Sweep("#2F4254", "#263746", pool=(0.68, 0.42, 0.42), falloff=0.55)
    camera = view(2000, 800, tall=12.4)
    frame = Frame(camera, backdrop(camera, sweep))
    places = ((8.9, AWAY + 7.0, MOSS, "Garden mint"), (15.6, AWAY, CLAY, "Oat & honey"))
    cast_shadows(frame, [upright_cylinder(x, z, 4.0, 10.2) for x, z, _, _ in places], light)
    for x, z, colour, title in places:
        put_tin(frame, font, colour, light, title=title, kind="Loose tea · 120 g", x=x, z=z)
    page = develop(frame.light, seed=21)

    def headline(sheet: Sheet) -> None:
        sheet.words(150, 296, "Autumn,", font, 116, WHITE, weight=640, tracking=-0.022, anchor="l")
        sheet.words(150, 420, "in a cup", font, 116, WHITE, weight=640, tracking=-0.022, anchor="l")

    def sentence(sheet: Sheet) -> None:
        sheet.words(154, 496, "Two new blends from the garden.", font, 35, WHITE, weight=420, anchor="l")

    page = over(over(page, OAT, headline), "#C3CBD2", sentence)
    page = over(page, button, lambda sheet: sheet.rectangle(153, 548, 399, 624, WHITE, 38))
    return over(page, WHITE, lambda sheet: sheet.words(276, 597, "Shop now", font, 31, WHITE, weight=600))


def social_square(font: Font, ground: str = SAGE) -> Bytes8:
    """1080×1080: a headline and a price over one tin on a colour that is exactly flat wherever no shadow falls."""
    red, green, blue = (float(c) for c in linear(ground))
    light = Light(floor=(red, green, blue), wall=(0.45, 0.46, 0.42))
    camera = view(1080, 1080, tall=14.2, foot=0.90)
    frame = Frame(camera, np.broadcast_to(linear(ground), (1080, 1080, 3)).copy())
    factor = cast_shadows(frame, [upright_cylinder(0, AWAY, 4.0, 10.2)], light, strength=0.85)
    put_tin(frame, font, CLAY, light, title="Oat & honey", kind="Loose tea · 120 g")
    page = develop(frame.light, grain=0.6, seed=25)
    page[(factor > 0.985) & (frame.cover == 0)] = rgb(ground)

    def words(sheet: Sheet) -> None:
        sheet.words(540, 172, "Slow mornings", font, 112, WHITE, weight=640, tracking=-0.024)
        sheet.words(540, 248, "Oat & honey is back", font, 40, WHITE, weight=430)
        sheet.words(540, 332, "€ 14.90", font, 52, WHITE, weight=600)

    return over(page, OAT, words)


def story(font: Font, label: str = CLAY, *, ground: str = BLUE) -> Bytes8:
    """1080×1920: serum and carton on one strong colour."""
    light = Light(floor=(0.05, 0.10, 0.42), wall=(0.10, 0.15, 0.50), fill_power=0.30)
    camera = view(1080, 1920, tall=24.0, foot=0.865)
    frame = Frame(camera, backdrop(camera, Sweep(ground, ground, pool=(0.42, 0.45, 0.9), falloff=0.42)))
    carton = Block(-2.9, AWAY + 7.5, 3.4, 2.4, 14.6, -24)
    round_ones = [upright_cylinder(2.2, AWAY, 3.05, 9.6), upright_cylinder(2.2, AWAY, 1.4, 13.2, 9.0)]
    cast_shadows(frame, [block_shadow(carton), *round_ones], light)
    put_carton(frame, font, OAT, light, carton, accent=BLUE)
    put_bottle(frame, font, label, light, title="Warm serum", size="50 ml", x=2.2)
    page = develop(frame.light, seed=22)

    def words(sheet: Sheet) -> None:
        sheet.words(540, 350, "The evening", font, 136, WHITE, weight=640, tracking=-0.026)
        sheet.words(540, 496, "ritual", font, 136, WHITE, weight=640, tracking=-0.026)
        sheet.words(540, 1836, "ASTER", font, 44, WHITE, weight=640, tracking=0.3)

    def sentence(sheet: Sheet) -> None:
        sheet.words(540, 586, "One serum, one quiet minute.", font, 42, WHITE, weight=420)

    return over(over(page, OAT, words), "#C9D2F4", sentence)


def pattern(ground: str = OAT, main: str = BLUE) -> Bytes8:
    """1600×1200: the wrapping-paper repeat of stars, leaves, drops and cups, exact flat colours."""
    sheet = Sheet(1600, 1200, ground, scale=4)
    cell = 200
    motifs: tuple[Callable[[Sheet, float, float, str], None], ...] = (_star, _leaf, _cup, _drop)
    inks = (main, MOSS, CLAY, INK, main, SAGE, CLAY)
    for row in range(7):
        for column in range(9):
            x, y = cell * (column + (0.5 if row % 2 else 0.0)), cell * row
            motifs[(column + 2 * row) % 4](sheet, x, y, inks[(column * 3 + row * 2) % 7])
            sheet.disc(x + cell / 2, y, 8, main)
    return sheet.done()


def _star(sheet: Sheet, x: float, y: float, colour: str) -> None:
    sheet.star(x, y, 66, colour)


def _leaf(sheet: Sheet, x: float, y: float, colour: str) -> None:
    for lean in (-1, 0, 1):
        tilt = np.radians(34 * lean)
        t = np.linspace(0, 1, 60)
        wide = 15.0 * np.sin(np.pi * t) ** 0.8
        length = 116.0 - 18 * abs(lean)
        points = [(w, -length * s) for w, s in zip(wide, t, strict=True)]
        points += [(-w, -length * s) for w, s in zip(wide[::-1], t[::-1], strict=True)]
        c, s = float(np.cos(tilt)), float(np.sin(tilt))
        sheet.polygon([(x + a * c - b * s, y + 54 + a * s + b * c) for a, b in points], colour)


def _cup(sheet: Sheet, x: float, y: float, colour: str) -> None:
    x -= 12
    t = np.linspace(0, np.pi, 90)
    bowl = zip((x + 54 * np.cos(t)).tolist(), (y - 18 + 62 * np.sin(t)).tolist(), strict=True)
    sheet.disc(x + 50, y - 2, 25, colour)
    sheet.disc(x + 50, y - 2, 13, OAT)
    sheet.polygon([(x - 54, y - 32), (x + 54, y - 32), *bowl], colour)
    sheet.rectangle(x - 62, y + 50, x + 62, y + 60, colour, 5)


def _drop(sheet: Sheet, x: float, y: float, colour: str) -> None:
    t = np.linspace(0, 2 * np.pi, 160)
    reach = 40 * np.sin(t) * np.sin(t / 2) ** 1.6
    sheet.polygon([(float(x + r), float(y - 62 * np.cos(a))) for r, a in zip(reach, t, strict=True)], colour)
