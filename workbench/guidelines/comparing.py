"""Two revisions of the guideline beside each other: colours, fonts and marks in pairs, with what changed in words."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from workbench.imaging.colour_space import delta_e_2000, hex_to_rgb, to_lab
from workbench.recipes import Font, Guideline, Mark, PaletteColour
from workbench.recipes.guidelines import folded

Row = TypeVar("Row", PaletteColour, Font, Mark)
State = Literal["added", "removed", "changed", "same"]
Said = tuple[str, str | None, str | None]
#: what is said of a row beside its picture: field → (its name, how its value reads)
_RULES = {
    "tolerance": ("tolerance", "{:g} ΔE2000"),
    "kind": ("kind", "{}"),
    "clear_space": ("clear space", "{:g} × its height"),
    "min_width": ("least width", "{:,} px"),
    "file": ("file", "{}"),
    "licence": ("licence note", "{}"),
}


@dataclass(frozen=True)
class Pair(Generic[Row]):
    """One row of the guideline, before and after."""

    old: Row | None
    new: Row | None

    @property
    def row(self) -> Row:
        """The newer of the two."""
        row = self.new or self.old
        assert row is not None  # a pair is made of at least one
        return row

    @property
    def state(self) -> State:
        """What happened to it."""
        if self.old is None or self.new is None:
            return "added" if self.old is None else "removed"
        return "same" if self.old == self.new else "changed"

    @property
    def renamed(self) -> str | None:
        """Its former name, if it has another one now."""
        return self.old.name if self.old and self.new and self.old.name != self.new.name else None


@dataclass(frozen=True)
class Comparison:
    """Everything of two revisions, the newer one's order first, then what was removed."""

    colours: Sequence[Pair[PaletteColour]]
    fonts: Sequence[Pair[Font]]
    marks: Sequence[Pair[Mark]]
    #: (where, before, after) in words, of what stays and has other rules now; None = it has none
    rules: Sequence[Said]

    @property
    def changes(self) -> int:
        """How many colours, fonts and marks were added, removed or changed."""
        states = [pair.state for pair in self.colours]
        states += [pair.state for pair in self.fonts] + [pair.state for pair in self.marks]
        return len(states) - states.count("same")


def compare(old: Guideline, new: Guideline) -> Comparison:
    """`old` and `new` in pairs: rows of one name, else of one content (a colour's value, a file's bytes)."""
    colours = _pairs(old.colours, new.colours, lambda colour: colour.hex)
    fonts = _pairs(old.fonts, new.fonts, lambda font: font.sha256)
    marks = _pairs(old.marks, new.marks, lambda mark: mark.sha256)
    heads = (("Title", old.title, new.title), ("Name", old.name, new.name))
    rules: list[Said] = [row for row in heads if row[1] != row[2]]
    rules += [row for colour in colours for row in _rules(colour)]
    rules += [row for font in fonts for row in _rules(font)]
    rules += [row for mark in marks for row in _rules(mark)]
    return Comparison(colours, fonts, marks, rules)


def distance(one: str, other: str) -> float:
    """ΔE2000 between two colours #RRGGBB, D65 white (CIE 142-2001)."""
    first, second = (to_lab(hex_to_rgb(hexa).reshape(1, 1, 3)) for hexa in (one, other))
    return float(delta_e_2000(first, second).item())


def _rules(pair: Pair[PaletteColour] | Pair[Font] | Pair[Mark]) -> Iterator[Said]:
    if pair.old is None or pair.new is None:
        return
    if pair.renamed:
        yield f"{pair.row.name}, name", pair.renamed, pair.row.name
    for field, (called, reads) in _RULES.items():
        before, after = (getattr(row, field, None) for row in (pair.old, pair.new))
        if before != after:
            one, other = (None if value is None else reads.format(value) for value in (before, after))
            yield f"{pair.row.name}, {called}", one, other


def _pairs(old: Iterable[Row], new: Sequence[Row], content: Callable[[Row], str | None]) -> list[Pair[Row]]:
    left = {folded(row.name): row for row in old}
    found = {place: left.pop(folded(row.name)) for place, row in enumerate(new) if folded(row.name) in left}
    for place, row in enumerate(new):
        same = content(row)
        near = next((name for name, one in left.items() if same is not None and content(one) == same), None)
        if place not in found and near is not None:
            found[place] = left.pop(near)
    return [Pair(found.get(place), row) for place, row in enumerate(new)] + [Pair(row, None) for row in left.values()]
