"""The files of a guideline: fonts and marks are checked, all of them, before one is kept."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.errors import InvalidInput, RejectedFile
from workbench.imaging import drawings, fonts, intake
from workbench.imaging.headers import MEDIA_TYPES
from workbench.recipes import Guideline
from workbench.settings import settings
from workbench.versions import ENDINGS

#: megabytes and megapixels of a logo or badge; a background may be as large as any picture
MARK_MB, MARK_MP = 10, 8
#: bytes of all files of one guideline together
LARGEST = 100_000_000
FONT_ENDINGS = ("ttf", "otf", "woff2")
SVG = "image/svg+xml"


@dataclass(frozen=True)
class Checked:
    """A file that may be kept."""

    #: (bytes, media type); for an SVG the PNG that was drawn from it, then the SVG itself
    contents: tuple[tuple[bytes, str], ...]
    #: what it is, in a few words
    facts: str

    @property
    def sha256(self) -> str | tuple[str, str]:
        """Under what the guideline knows it: one SHA-256, or those of the PNG and of its SVG."""
        first, *source = (hashlib.sha256(data).hexdigest() for data, _ in self.contents)
        return (first, source[0]) if source else first


def check(guideline: Guideline, given: Mapping[str, bytes]) -> dict[str, Checked]:
    """Each file that `guideline` refers to and that was given, by name. Keeps nothing.

    Raises RejectedFile with a sentence for every file that can't be used.
    """
    named = {name: given[name] for name in guideline.files() if name in given}
    if sum(map(len, named.values())) > LARGEST:
        raise RejectedFile(
            f"Together the fonts and marks have more than {LARGEST // 1_000_000} MB. Bring smaller ones."
        )
    checked: dict[str, Checked] = {}
    problems: list[str] = []
    for name, data in named.items():
        large = all(mark.kind == "background" for mark in guideline.marks if mark.file == name)
        try:
            checked[name] = _check_one(name, data, large)
        except InvalidInput as error:
            problems.append(f"“{name}”: {error}")
    if problems:
        raise RejectedFile(" ".join(problems))
    return checked


def _check_one(name: str, data: bytes, background: bool) -> Checked:
    """One file, by its name's ending and what is really in it. Raises InvalidInput."""
    ending = name.rpartition(".")[2].lower()
    if ending in FONT_ENDINGS:
        return _font(ending, data)
    if ending == "svg":
        drawn = drawings.draw(data)
        return Checked(((drawn, MEDIA_TYPES["PNG"]), (data, SVG)), f"{_size(intake.read(drawn))} · drawn from SVG")
    return _picture(ending, data, background)


def _font(ending: str, data: bytes) -> Checked:
    found = fonts.check(data)
    # .otf with TrueType outlines and .ttf with others are both in use; a compressed font under another name is not
    if (found.format == "woff2") != (ending == "woff2"):
        raise RejectedFile(f"This is really a {found.format.upper()} font. Let its name end in .{found.format}.")
    weight = found.weight
    range_ = f" · weights {weight.least:g}–{weight.most:g}" if weight else ""
    facts = f"{found.family} {found.style}".strip() + f" · {found.glyphs:,} glyphs{range_}"
    return Checked(((data, fonts.MEDIA_TYPES[found.format]),), facts)


def _picture(ending: str, data: bytes, background: bool) -> Checked:
    caps = settings()
    megabytes, megapixels = (caps.max_mb, caps.max_mp) if background else (MARK_MB, MARK_MP)
    picture = intake.read(data, max_mb=megabytes, max_mp=megapixels)
    if ENDINGS[picture.format] != ending:
        words = picture.format.replace("WEBP", "WebP")
        way = "Save it as PNG or WebP" if picture.format == "JPEG" else "Let its name end so, here and in the guideline"
        raise RejectedFile(f"This is really a {words} picture. {way}.")
    if picture.array.shape[2] == 4 and not picture.array[..., 3].any():
        raise RejectedFile("This picture is wholly transparent: nothing of it would be seen.")
    return Checked(((data, MEDIA_TYPES[picture.format]),), _size(picture))


def _size(picture: intake.Picture) -> str:
    return "{} × {} px".format(*picture.size)
