"""The guideline file: the brand's palette, fonts and marks under the names people use for them."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from workbench import errors
from workbench.recipes import files
from workbench.recipes.canonical import LARGEST_INTEGER

HEX = re.compile(r"#?([0-9A-Fa-f]{6})")


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip() or set(text) & set("{}<>"):
        raise ValueError("use plain characters: no line breaks, braces, angle brackets or spaces at the ends")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("use one line of plain characters, without spaces at the ends")
    return text


def matching(pattern: str, wanted: str) -> AfterValidator:
    """A check that the whole text matches `pattern`; the message says what is `wanted`."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"“{text[:40]}” isn't accepted; use {wanted}")
        return text

    return AfterValidator(check)


def _hex(text: str) -> str:
    value = hex_value(text)
    if value is None:
        raise ValueError(f"“{text[:40]}” isn't a colour; write it as #RRGGBB, for example #2747B8")
    return value


def _file_ending(*endings: str) -> Callable[[str], str]:
    def check(name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}", name) or not name.lower().endswith(endings):
            raise ValueError(f"“{name[:40]}” must be a plain file name that ends in {' or '.join(endings)}")
        return name

    return check


Slug = Annotated[
    str,
    Field(max_length=60),
    matching(r"[a-z0-9]+(-[a-z0-9]+)*", "small letters, digits and hyphens, like colour-swap"),
]
Unit = Annotated[str, StringConstraints(max_length=12), AfterValidator(_one_line)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(_one_line)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=120), AfterValidator(_printable)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_printable)]
Hex = Annotated[str, AfterValidator(_hex)]
Sha256 = Annotated[str, matching(r"[0-9a-f]{64}", "64 hexadecimal digits in small letters")]
Finite = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)]
Whole = Annotated[int, Field(strict=True)]
MarkKind = Literal["logo", "badge", "background"]


class GuidelineHead(files.Frozen):
    """`[guideline]`."""

    name: Slug
    title: Title


class PaletteColour(files.Frozen):
    """`[[colour]]`: a named brand colour."""

    name: Words
    hex: Hex
    #: the ΔE2000 up to which a picture's colour still counts as this one
    tolerance: Annotated[Finite, Field(ge=0, le=20)] = 2.0


class Font(files.Frozen):
    """`[[font]]`: a brand font."""

    name: Words
    file: Annotated[str, AfterValidator(_file_ending(".ttf", ".otf", ".woff2"))]
    #: what the brand may do with it, and where that is written
    licence: Note | None = None
    #: of the file's bytes, once it is stored
    sha256: Sha256 | None = None


class Mark(files.Frozen):
    """`[[mark]]`: a logo or badge, or a background for cut-out products."""

    name: Words
    file: Annotated[str, AfterValidator(_file_ending(".png", ".webp", ".svg"))]
    kind: MarkKind
    #: empty space to keep on every side, as a share of the placed mark's height
    clear_space: Annotated[Finite, Field(ge=0, le=2)] = 0.25
    #: the smallest width it may be placed at, in pixels
    min_width: Annotated[Whole, Field(ge=1, le=16_384)] = 32
    #: of the picture's bytes, once it is stored; of an SVG, those of the PNG that is drawn from it
    sha256: Sha256 | None = None
    #: of the SVG's bytes
    source_sha256: Sha256 | None = None

    @model_validator(mode="before")
    @classmethod
    def _a_background_keeps_no_distance(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("kind") == "background":
            return {"clear_space": 0, "min_width": 1} | data
        return data


class Guideline(files.Frozen):
    """One revision of the brand's rules."""

    head: GuidelineHead = Field(alias="guideline")
    colours: tuple[PaletteColour, ...] = Field(default=(), alias="colour", max_length=200)
    fonts: tuple[Font, ...] = Field(default=(), alias="font", max_length=100)
    marks: tuple[Mark, ...] = Field(default=(), alias="mark", max_length=100)

    @property
    def name(self) -> str:
        """The guideline's short name."""
        return self.head.name

    @property
    def title(self) -> str:
        """The name that people see."""
        return self.head.title

    @classmethod
    def from_json(cls, data: object) -> Self:
        """The opposite of `to_json`; errors.RejectedFile as for a file."""
        return files.model(cls, data, PLACES)

    def colour(self, words: str) -> PaletteColour | None:
        """The palette colour called `words` (case and spaces don't matter) or with that hex value."""
        named = next((one for one in self.colours if same(one.name, words)), None)
        value = hex_value(words)
        return named or next((one for one in self.colours if one.hex == value), None)

    def mark(self, words: str) -> Mark | None:
        """The mark called `words` (case and spaces don't matter) or with that file's sha256."""
        return next((one for one in self.marks if same(one.name, words) or one.sha256 == words), None)

    def files(self) -> tuple[str, ...]:
        """The names of all files it refers to, each once."""
        return tuple(dict.fromkeys([font.file for font in self.fonts] + [mark.file for mark in self.marks]))

    def with_files(self, stored: Mapping[str, str | tuple[str, str]]) -> Self:
        """The same guideline with the sha256 of each stored file; errors.InvalidInput names the files not given.

        A mark that was drawn from an SVG has two: (sha256 of the PNG, sha256 of the SVG).
        """
        lacking = [name for name in self.files() if name not in stored]
        if lacking:
            raise errors.InvalidInput(f"The guideline refers to {', '.join(lacking)}; add the file beside it.")
        data = self.to_json()
        for row in (*data["font"], *data["mark"]):
            row.pop("source_sha256", None)
            kept = stored[row["file"]]
            row |= {"sha256": kept} if isinstance(kept, str) else {"sha256": kept[0], "source_sha256": kept[1]}
        return self.from_json(data)

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for kind, rows in (("colour", self.colours), ("font", self.fonts), ("mark", self.marks)):
            seen: dict[str, str] = {}
            for row in rows:
                if folded(row.name) in seen:
                    raise ValueError(f"[[{kind}]]: “{seen[folded(row.name)]}” and “{row.name}” are the same name")
                seen[folded(row.name)] = row.name
        shades: dict[str, str] = {}
        for colour in self.colours:
            if colour.hex in shades:
                raise ValueError(f"[[colour]]: “{shades[colour.hex]}” and “{colour.name}” are both {colour.hex}")
            shades[colour.hex] = colour.name
        return self


PLACES: files.Places = {
    (): Guideline,
    ("guideline",): GuidelineHead,
    ("colour",): PaletteColour,
    ("font",): Font,
    ("mark",): Mark,
}


def parse_guideline(text: str | bytes) -> Guideline:
    """The guideline in TOML `text`; errors.RejectedFile tells the first problem and where it is."""
    return Guideline.from_json(files.toml(text))


def folded(words: str) -> str:
    """`words` as names are compared: without case, white space, hyphens and underscores."""
    return re.sub(r"[\s_-]+", "", unicodedata.normalize("NFC", words)).casefold()


def same(one: str, other: str) -> bool:
    """Whether two names are the same to a person."""
    return folded(one) == folded(other)


def hex_value(words: str) -> str | None:
    """`words` as #RRGGBB in capitals (the # may be left out), or None."""
    found = HEX.fullmatch(words.strip())
    return f"#{found[1].upper()}" if found else None
