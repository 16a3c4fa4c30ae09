"""The Aster range in front of the camera: every picture is a function of its label colour."""

import numpy as np

from workbench.starter.blocks import Block, block_shadow, put_block
from workbench.starter.lettering import Font, Sheet
from workbench.starter.light import Art, Bytes8, Light, Look, Material
from workbench.starter.outlines import cup_outline, outline
from workbench.starter.shadows import Occluder, cast_shadows, upright_cylinder
from workbench.starter.studio import Camera, Frame, Sweep, backdrop
from workbench.starter.turned import put_turned

BLUE, CLAY, SAGE, MOSS, INK, OAT = "#2747B8", "#B5532F", "#7A8F6A", "#4F7A63", "#2A2724", "#F6F0E4"
CERAMIC = Material("#E4DED2", gloss=0.06, blur=5)
ALUMINIUM = Material("#E9E6E1", gloss=0.8, blur=11, metal=True)
TEA = "#6E2B06"
JAR_LID = Material("#35312D", gloss=0.045, blur=12)
BLACK_CAP = Material("#2A2724", gloss=0.045, blur=9)

#: prints are drawn with this many pixels per centimetre
DPC = 170


def band(font: Font, colour: str, title: str, size: str, *, radius: float, height: float) -> Bytes8:
    """The bottle's wrap-round label: star, name, product and size in Oat on one colour."""
    wide, high = round(np.pi * radius * DPC), round(height * DPC)
    sheet = Sheet(wide, high, colour)
    x = wide / 2
    sheet.star(x, high * 0.22, high * 0.105, OAT)
    sheet.words(x, high * 0.555, "ASTER", font, high * 0.155, OAT, weight=640, tracking=0.22)
    sheet.words(x, high * 0.715, title, font, high * 0.094, OAT, weight=430)
    sheet.words(x, high * 0.875, size, font, high * 0.062, OAT, weight=450, tracking=0.04)
    return sheet.done()


#: distance from the lens to the products, cm
AWAY = 120.0


def view(width: int = 1600, height: int = 1200, *, tall: float = 13.0, foot: float = 0.845, samples: int = 3) -> Camera:
    """The house angle, 12° from above with a long lens; `tall` cm fill two thirds, products stand at `foot`."""
    focal = AWAY * height * 0.66 / tall
    eye = 25.0
    return Camera(width, height, focal, eye, foot * height - focal * eye / AWAY, width / 2, samples)


def bottle(
    font: Font,
    colour: str = SAGE,
    *,
    title: str = "Calm serum",
    size: str = "50 ml",
    sweep: Sweep | None = None,
    body: Material = CERAMIC,
    cap: Material = BLACK_CAP,
    light: Light | None = None,
    camera: Camera | None = None,
) -> Frame:
    """A round bottle with a turned cap."""
    light, camera = light or Light(), camera or view()
    frame = Frame(camera, backdrop(camera, sweep or Sweep("#E2DCD1", "#D3CCBF")))
    shadows = [
        upright_cylinder(0, AWAY, 3.05, 9.6),
        upright_cylinder(0, AWAY, 3.3, 9.6, 0.4),
        upright_cylinder(0, AWAY, 1.4, 13.2, 9.0),
    ]
    cast_shadows(frame, shadows, light)
    put_bottle(frame, font, colour, light, title=title, size=size, body=body, cap=cap)
    return frame


def put_bottle(
    frame: Frame,
    font: Font,
    colour: str,
    light: Light,
    *,
    title: str,
    size: str,
    body: Material = CERAMIC,
    cap: Material = BLACK_CAP,
    x: float = 0.0,
    z: float = AWAY,
) -> None:
    """The bottle itself, its collar and cap."""
    shape = outline([(2.9, 0.0, 0), (3.3, 0.0, 0.35), (3.3, 10.0, 1.5), (1.5, 10.55, 0.3), (1.45, 10.6, 0)])
    art = Art(band(font, colour, title, size, radius=3.3, height=5.2), 2.3, 7.5, np.pi * 3.3, 3.3)
    put_turned(frame, shape, Look(body, [art], 0.5, eaves=10.5), light, x=x, z=z)
    neck = outline([(1.52, 10.45, 0), (1.52, 10.95, 0.1), (1.4, 10.95, 0)])
    put_turned(frame, neck, Look(ALUMINIUM), light, x=x, z=z)
    top = outline([(1.36, 10.85, 0), (1.36, 13.3, 0.22), (1.0, 13.3, 0)])
    put_turned(frame, top, Look(cap), light, x=x, z=z)


def tin_label(font: Font, colour: str, title: str, kind: str, *, radius: float, height: float) -> Bytes8:
    """The tin's wrap: one colour with an Oat roundel."""
    wide, high = round(np.pi * radius * DPC), round(height * DPC)
    sheet = Sheet(wide, high, colour)
    x, y, r = wide / 2, high * 0.47, high * 0.285
    sheet.disc(x, y, r, OAT)
    sheet.star(x, y - r * 0.50, r * 0.23, colour)
    sheet.words(x, y + r * 0.12, "ASTER", font, r * 0.25, INK, weight=640, tracking=0.22)
    sheet.words(x, y + r * 0.43, title, font, r * 0.205, INK, weight=480)
    sheet.words(x, y + r * 0.66, kind, font, r * 0.115, "#6A6158", weight=450)
    return sheet.done()


def put_tin(
    frame: Frame, font: Font, colour: str, light: Light, *, title: str, kind: str, x: float = 0.0, z: float = AWAY
) -> None:
    """One tea tin with an aluminium lid."""
    radius, high = 4.0, 9.4
    shape = outline([(radius - 0.1, 0, 0), (radius, 0, 0.1), (radius, high, 0.1), (radius - 0.2, high, 0)])
    art = Art(tin_label(font, colour, title, kind, radius=radius, height=high), 0, high, np.pi * radius, radius)
    put_turned(
        frame, shape, Look(Material(colour, gloss=0.04, blur=12), [art], 0.45, eaves=high - 0.55), light, x=x, z=z
    )
    lid = outline([(radius + 0.1, high - 0.55, 0), (radius + 0.12, high + 0.85, 0.2), (radius - 0.3, high + 0.85, 0)])
    put_turned(frame, lid, Look(ALUMINIUM), light, x=x, z=z)


def tin(font: Font, colour: str = CLAY, *, title: str = "Oat & honey", kind: str = "Loose tea · 120 g") -> Frame:
    """A tea tin."""
    light, camera = Light(), view(tall=11.6)
    frame = Frame(camera, backdrop(camera, Sweep("#E8E2D7", "#DCD4C6")))
    cast_shadows(frame, [upright_cylinder(0, AWAY, 4.0, 10.2)], light)
    put_tin(frame, font, colour, light, title=title, kind=kind)
    return frame


def jar_label(font: Font, colour: str, title: str, size: str, *, radius: float, height: float) -> Bytes8:
    """The jar's low, wide band."""
    wide, high = round(np.pi * radius * DPC), round(height * DPC)
    sheet = Sheet(wide, high, colour)
    x = wide / 2
    sheet.words(x, high * 0.45, "ASTER", font, high * 0.25, OAT, weight=640, tracking=0.24)
    sheet.words(x, high * 0.70, title, font, high * 0.145, OAT, weight=430)
    sheet.words(x, high * 0.87, size, font, high * 0.095, OAT, weight=450, tracking=0.04)
    return sheet.done()


def jar(font: Font, colour: str = CLAY, *, title: str = "Warm balm", size: str = "100 ml") -> Frame:
    """A low jar with a wide lid."""
    light, camera = Light(), view(tall=9.0)
    frame = Frame(camera, backdrop(camera, Sweep("#D9CFC4", "#CBBFB1")))
    cast_shadows(frame, jar_shadow(), light)
    put_jar(frame, font, colour, light, title=title, size=size)
    return frame


def jar_shadow() -> list[Occluder]:
    """What the jar blocks: it is drawn in at the foot."""
    return [upright_cylinder(0, AWAY, 3.65, 7.0), upright_cylinder(0, AWAY, 4.1, 7.0, 0.5)]


def put_jar(
    frame: Frame, font: Font, colour: str, light: Light, *, title: str, size: str, lid: Material = JAR_LID
) -> None:
    """The jar and its lid."""
    shape = outline([(3.5, 0, 0), (4.1, 0, 0.55), (4.1, 5.1, 0.5), (3.7, 5.1, 0)])
    art = Art(jar_label(font, colour, title, size, radius=4.1, height=3.5), 0.8, 4.3, np.pi * 4.1, 4.1)
    put_turned(frame, shape, Look(CERAMIC, [art], 0.5, eaves=4.95), light, z=AWAY)
    top = outline([(4.06, 4.95, 0), (4.15, 5.0, 0.08), (4.15, 7.0, 0.28), (3.5, 7.0, 0)])
    put_turned(frame, top, Look(lid), light, z=AWAY)


def cup_label(font: Font, colour: str, *, radius: float, height: float) -> Bytes8:
    """The paper cup's wrap: a band of colour on Oat."""
    wide, high = round(np.pi * radius * DPC), round(height * DPC)
    sheet = Sheet(wide, high, OAT)
    sheet.rectangle(0, high * 0.27, wide, high * 0.80, colour)
    sheet.star(wide / 2, high * 0.455, high * 0.09, OAT)
    sheet.words(wide / 2, high * 0.70, "ASTER", font, high * 0.085, OAT, weight=640, tracking=0.22)
    return sheet.done()


def cup(font: Font, colour: str = BLUE) -> Frame:
    """A paper cup of tea."""
    light, camera = Light(key_power=0.74), view(tall=10.6)
    frame = Frame(camera, backdrop(camera, Sweep("#DDE0E4", "#CDD0D4")))
    cast_shadows(frame, [upright_cylinder(0, AWAY, 2.92, 5), upright_cylinder(0, AWAY, 3.65, 9.6, 4.4)], light)
    shape = cup_outline([(2.8, 0, 0), (2.9, 0.0, 0.06), (4.0, 9.6, 0)], wall=0.12, filled_to=9.0)
    art = Art(cup_label(font, colour, radius=3.5, height=9.58), 0, 9.58, np.pi * 3.5, 3.5)
    put_turned(frame, shape, Look(Material(OAT, gloss=0.02, blur=16), [art], 0.45, TEA), light, z=AWAY)
    return frame


def put_carton(frame: Frame, font: Font, colour: str, light: Light, block: Block, *, accent: str) -> None:
    """A folding carton printed on every side."""
    wide, deep, high = block.half_width * 2, block.half_depth * 2, block.height
    w, v, h = wide * DPC, deep * DPC, high * DPC
    front = Sheet(round(w), round(h), colour)
    front.star(w / 2, h * 0.34, w * 0.22, accent)
    front.words(w / 2, h * 0.62, "ASTER", font, w * 0.15, accent, weight=640, tracking=0.22)
    front.words(w / 2, h * 0.70, "The evening ritual", font, w * 0.066, accent, weight=430)
    front.words(w / 2, h * 0.92, "Gift set · 3 pieces", font, w * 0.042, accent, weight=450)
    side = Sheet(round(v), round(h), colour)
    for row in range(-1, 11):
        for column in range(-1, 5):
            side.star(v * (column + (0.5 if row % 2 else 0.0)) / 4, h * (row + 0.5) / 10, v * 0.056, accent)
    lid = Sheet(round(w), round(v), colour)
    lid.star(w / 2, v / 2, v * 0.2, accent)
    flank = [Art(side.done(), 0, high, deep, 0)]
    arts = {
        "front": [Art(front.done(), 0, high, wide, 0)],
        "right": flank,
        "left": flank,
        "top": [Art(lid.done(), 0, deep, wide, 0)],
    }
    put_block(frame, block, Material(colour, gloss=0.012, blur=20), light, arts=arts, contact=0.35)


def carton(font: Font, colour: str = BLUE, *, accent: str = OAT) -> Frame:
    """A folding carton, turned so that two sides show."""
    light, camera = Light(key_power=0.52, fill_power=0.32), view(tall=13.4)
    frame = Frame(camera, backdrop(camera, Sweep("#DCE0E6", "#CDD2D9")))
    block = Block(0.2, AWAY, 4.0, 2.6, 12.4, -30)
    cast_shadows(frame, [block_shadow(block)], light)
    put_carton(frame, font, colour, light, block, accent=accent)
    return frame


def night(font: Font, colour: str = BLUE) -> Frame:
    """The bottle in dark glaze with a copper cap, on a dark sweep."""
    light = Light(wall=(0.10, 0.10, 0.11), floor=(0.05, 0.05, 0.055), fill_power=0.26, key_power=0.86, rim_power=0.5)
    return bottle(
        font,
        colour,
        title="Night oil",
        sweep=Sweep("#4A4D54", "#34363C", pool=(0.46, 0.40, 0.5), falloff=0.55),
        body=Material("#23252D", gloss=0.07, blur=4),
        cap=Material("#D08E62", gloss=0.8, blur=12, metal=True),
        light=light,
    )


def tea_range(font: Font, colours: tuple[str, str, str] = (CLAY, MOSS, BLUE)) -> Frame:
    """Three tins together, taken at 2000×1500."""
    light, camera = Light(), view(2000, 1500, tall=14.6, samples=2)
    frame = Frame(camera, backdrop(camera, Sweep("#E6DFD3", "#DAD1C3")))
    stand = ((-8.2, AWAY + 5.0), (8.2, AWAY + 5.0), (0.0, AWAY - 1.0))
    titles = ("Oat & honey", "Garden mint", "Earl blue")
    cast_shadows(frame, [upright_cylinder(x, z, 4.0, 10.2) for x, z in stand], light)
    for (x, z), colour, title in zip(stand, colours, titles, strict=True):
        put_tin(frame, font, colour, light, title=title, kind="Loose tea · 120 g", x=x, z=z)
    return frame


def hand_cream(font: Font, colour: str = MOSS) -> Frame:
    """The jar as a cut-out: nothing behind it, for its alpha see `Frame.cover`."""
    light, camera = Light(), view(1200, 1200, tall=10.4)
    frame = Frame(camera, np.zeros((1200, 1200, 3), np.float32))
    put_jar(frame, font, colour, light, title="Hand cream", size="100 ml", lid=ALUMINIUM)
    return frame
