"""SVG drawings: checked to be complete in themselves and harmless, then drawn as a PNG."""

import io
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

import resvg_py
from PIL import Image

from workbench.errors import RejectedFile

#: bytes of the file; a logo has some ten thousand
LARGEST = 1_000_000
#: px of the picture's longer side
LONG_SIDE = 2048
#: px of its shorter side; intake takes no picture that is narrower
SHORT_SIDE = 16
#: elements, and groups that are drawn on a sheet of their own, with everything they repeat counted each time
MOST_ELEMENTS, MOST_SHEETS = 20_000, 300
_DEEPEST = 100
#: CPU seconds for one size, seen from the one before, which has a quarter of its pixels
_PATIENCE = 3.0
_SIZES = (256, 512, 1024, LONG_SIDE)

_SVG = "http://www.w3.org/2000/svg"
_TEXT = (
    "This SVG has type in it that is still text, and no font is loaded to draw it. Convert type to outlines and "
    "export it again."
)
_PICTURE = "This SVG holds a picture made of pixels. Give the mark as PNG or WebP, or draw it as shapes."
_REFUSED = {
    **dict.fromkeys(("text", "tspan", "textPath", "tref", "altGlyph"), _TEXT),
    **dict.fromkeys(("image", "feImage"), _PICTURE),
    "script": "This SVG holds a script. Export it again without scripts.",
    "foreignObject": "This SVG holds a piece of a web page. Export it again as shapes only.",
    "filter": "This SVG has filter effects, such as blurs or shadows. Flatten them, or give the mark as PNG.",
    "marker": "This SVG has markers, such as arrow heads. Convert strokes to outlines and export it again.",
}
_OUTSIDE = "This SVG refers to something outside the file. Export it again with everything in it."
_ENTITIES = "This SVG declares entities of its own. Export it again as plain SVG, without editing data."
_LOOP = "This SVG refers to itself in a circle. Export it again."
_MANY = "This SVG has too many shapes to be a mark, or repeats them too often. Simplify it, or give it as PNG."
_NO_PAGE = "This SVG can't be drawn: give it a width and height, and export it again."
_SLOW = "This SVG takes too long to draw. Simplify it, or give it as PNG."

_URL = re.compile(r"url\(\s*['\"]?\s*([^)'\"]*)", re.I)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_LENGTH = re.compile(rf"({_NUMBER.pattern})(px|mm|cm|in|pt|pc|Q|)")
#: unit → px
_UNITS = {"": 1, "px": 1, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4, "Q": 96 / 101.6, "pt": 96 / 72, "pc": 16}
_TAG = re.compile(rb"""(<[^\s/>]+)((?:\s+[^\s=>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>)""")
_EXTENT = re.compile(rb"""\s(?:width|height)\s*=\s*(?:"[^"]*"|'[^']*')""")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SHEET = re.compile(r"(?<![\w-])(?:opacity|mask|clip-path|mix-blend-mode|isolation)\s*[:=]", re.I)


@dataclass
class _Node:
    #: its own attributes and declarations, as text
    look: str
    #: words of its class attribute
    classes: list[str]
    #: ids that its attributes refer to
    refers: list[str]
    children: list["_Node"] = field(default_factory=list)
    #: (elements, sheets) with all that is repeated; None until counted
    cost: tuple[int, int] | None = None


def draw(data: bytes) -> bytes:
    """The SVG `data` as the bytes of an RGBA PNG in sRGB, its longer side 2048 px, on a transparent ground.

    Nothing outside the file is read: no fonts, pictures, style sheets or entities. Raises RejectedFile for text that
    isn't outlined, scripts, pixel pictures, filters, references to the outside, and for anything that would take too
    much memory or time (elements are counted as often as they are repeated; small sizes are drawn first).
    """
    text = _text(data)
    reader = _Reader()
    reader.read(text)
    made = b""
    for side in _SIZES:
        begun = time.thread_time()
        made = _rendered(_sized(text, reader, side))
        if side < LONG_SIDE and 4 * (time.thread_time() - begun) > _PATIENCE:
            raise RejectedFile(_SLOW)
    with Image.open(io.BytesIO(made)) as picture:
        if picture.getchannel("A").getbbox() is None:
            raise RejectedFile("This SVG shows nothing on its page. Export it again with the drawing on the page.")
    return made


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        raise RejectedFile(f"This SVG has {len(data):,} bytes. Loupe accepts up to {LARGEST // 1_000_000} MB.")
    if data.startswith(b"\x1f\x8b"):
        raise RejectedFile("This is a compressed SVG (SVGZ). Save it as a plain SVG.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RejectedFile("This SVG isn't text in UTF-8. Export it again as a plain SVG in UTF-8.") from error


def _sized(text: str, reader: "_Reader", side: int) -> str:
    """The same drawing on a page of whole pixels: one of 15.1 × 7.6 px would be cut to whole ones before it grows."""
    width, height = _page(reader.attributes)
    scale = side / max(width, height)
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    data = text.encode("utf-8")
    found = _TAG.match(data, reader.begins)
    assert found is not None  # expat read it as a tag
    view = b"" if "viewBox" in reader.attributes else f' viewBox="0 0 {width:g} {height:g}"'.encode()
    page = f' width="{across}" height="{down}"'.encode() + view
    tag = found[1] + page + _EXTENT.sub(b"", found[2])
    return (data[: found.start()] + tag + data[found.end() :]).decode("utf-8")


def _page(attributes: Mapping[str, str]) -> tuple[float, float]:
    """Width and height of the page in px (SVG 2, 8.2: what isn't an absolute length follows from the view box)."""
    width, height = (_length(attributes.get(name, "")) for name in ("width", "height"))
    box = [float(number) for number in _NUMBER.findall(attributes.get("viewBox", ""))]
    across, down = (box[2], box[3]) if len(box) == 4 else (0.0, 0.0)
    if not width and not height:
        width, height = across, down
    elif across > 0 and down > 0:
        width, height = width or height * across / down, height or width * down / across
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise RejectedFile(_NO_PAGE)
    if min(width, height) * LONG_SIDE < SHORT_SIDE * max(width, height):
        raise RejectedFile("This SVG is too narrow to be a mark: give it a page that fits around the drawing.")
    return width, height


def _length(words: str) -> float:
    found = _LENGTH.fullmatch(words.strip())
    return float(found[1]) * _UNITS[found[2]] if found else 0.0


def _rendered(text: str) -> bytes:
    try:
        # 96 px an inch is CSS's own measure; without it millimetres would count as nothing
        return resvg_py.svg_to_bytes(svg_string=text, dpi=96, skip_system_fonts=True)
    except ValueError as error:
        raise RejectedFile(_NO_PAGE) from error


class _Reader:
    """Reads the file once for what is refused, and counts what drawing it takes."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8", " ")
        self.open: list[_Node] = []
        self.root: _Node | None = None
        #: of the outermost element: its attributes, and where it begins in the UTF-8 bytes
        self.attributes: Mapping[str, str] = {}
        self.begins = 0
        self.named: dict[str, _Node] = {}
        self.style: list[str] | None = None
        #: class → declarations; "" for rules that may hold for every element
        self.rules: dict[str, str] = {}

    def read(self, text: str) -> None:
        parser = self.parser
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._words
        parser.EntityDeclHandler = self._entity
        parser.ProcessingInstructionHandler = self._instruction
        try:
            parser.Parse(text.encode("utf-8"), True)
        except expat.ExpatError as error:
            raise RejectedFile(f"This is not a whole SVG file: it breaks off at line {error.lineno}.") from error
        assert self.root is not None  # a well-formed document has one
        elements, sheets = self._cost(self.root, ())
        if elements > MOST_ELEMENTS or sheets > MOST_SHEETS:
            raise RejectedFile(_MANY)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        space, _, tag = name.rpartition(" ")
        if not self.open and (space, tag) != (_SVG, "svg"):
            raise RejectedFile("This is not an SVG drawing.")
        if len(self.open) >= _DEEPEST:
            raise RejectedFile(_MANY)
        if space == _SVG and tag in _REFUSED:
            raise RejectedFile(_REFUSED[tag])
        # what other programs keep beside the drawing is neither drawn nor looked at
        node = self._node(attributes) if space == _SVG else _Node("", [], [])
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root, self.attributes, self.begins = node, attributes, self.parser.CurrentByteIndex
        self.open.append(node)
        if space == _SVG and "id" in attributes:
            self.named.setdefault(attributes["id"], node)
        self.style = [] if (space, tag) == (_SVG, "style") else None

    def _node(self, attributes: Mapping[str, str]) -> _Node:
        refers: list[str] = []
        for name, value in attributes.items():
            plain = name.rpartition(" ")[2]
            if plain.lower().startswith("on"):
                raise RejectedFile(_REFUSED["script"])
            if plain == "href":
                refers.append(_inside(value))
            refers += _references(value)
        look = " ".join(f"{name}={value}" for name, value in attributes.items() if " " not in name)
        return _Node(f"{look} {attributes.get('style', '')}", attributes.get("class", "").split(), refers)

    def _end(self, name: str) -> None:
        self.open.pop()
        if self.style is not None:
            self._rules("".join(self.style))
        self.style = None

    def _words(self, text: str) -> None:
        if self.style is not None:
            self.style.append(text)

    def _rules(self, sheet: str) -> None:
        if "@import" in sheet.lower():
            raise RejectedFile(_OUTSIDE)
        _references(sheet)
        for selector, declarations in _RULE.findall(re.sub(r"/\*.*?\*/", "", sheet, flags=re.S)):
            for name in re.findall(r"\.([\w-]+)", selector) or [""]:
                self.rules[name] = f"{self.rules.get(name, '')};{declarations}"

    def _entity(self, *_: object) -> None:
        raise RejectedFile(_ENTITIES)

    def _instruction(self, target: str, _: str) -> None:
        if target == "xml-stylesheet":
            raise RejectedFile(_OUTSIDE)

    def _cost(self, node: _Node, above: tuple[int, ...]) -> tuple[int, int]:
        """(elements, sheets) of `node`, what it refers to counted each time; both stop counting where it's too many."""
        if node.cost is not None:
            return node.cost
        if id(node) in above:
            raise RejectedFile(_LOOP)
        if len(above) > 3 * _DEEPEST:
            raise RejectedFile(_MANY)
        sheet = [self.rules.get(name, "") for name in ("", *node.classes)]
        look = " ".join((node.look, *sheet))
        referred = [*node.refers, *(one for rules in sheet for one in _references(rules))]
        inner = [*node.children, *(self.named[one] for one in referred if one in self.named)]
        costs = [self._cost(one, (*above, id(node))) for one in inner]
        elements = 1 + sum(cost[0] for cost in costs)
        sheets = bool(_SHEET.search(look)) + sum(cost[1] for cost in costs)
        node.cost = min(elements, MOST_ELEMENTS + 1), min(sheets, MOST_SHEETS + 1)
        return node.cost


def _references(value: str) -> list[str]:
    """The ids in all url(#…) of an attribute or style; RejectedFile for an address."""
    return [_inside(found) for found in _URL.findall(value)]


def _inside(address: str) -> str:
    """The id in “#id”."""
    if not address.strip().startswith("#"):
        raise RejectedFile(_OUTSIDE)
    return address.strip()[1:].strip()
