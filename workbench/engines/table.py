"""The table of image models and of the servers that run them, as models.toml holds it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal

from workbench.imaging import canvas_sizes

Size = tuple[int, int]
#: the sizes a model draws: these, or any within bounds
Sizes = tuple[Size, ...] | canvas_sizes.Rule
State = Literal["current", "deprecated", "retired", "moving"]


@dataclass(frozen=True)
class Price:
    """US dollars."""

    #: for a million tokens
    text_in: float
    image_in: float
    image_out: float
    as_of: date
    source: str
    #: for one picture, by quality, then "square" or "other"; empty = by tokens
    per_image: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rules:
    """What one model takes; empty means that the field is left out."""

    name: str
    title: str
    #: "moving" = a name behind which the model changes without notice
    state: State
    successor: str | None
    #: the newest dated name behind this one, which stays the same model
    snapshot: str | None
    fidelity: tuple[str, ...]
    quality: tuple[str, ...]
    sizes: Sizes
    markup: bool
    mask: bool
    stream: bool
    formats: tuple[str, ...]
    backgrounds: tuple[str, ...]
    complexity: tuple[str, ...]
    price: Price | None
    source: str
    as_of: date
    #: False: not in the table, these are the rules any server is likely to keep
    known: bool
    #: the day it was shut down
    ended: date | None = None
    #: whether it looks at every picture in high fidelity without being asked, which costs tokens
    always_faithful: bool = False
    #: pictures sent, and asked for
    most_images: int = 16
    most_pictures: int = 10
    #: characters
    most_prompt: int = 32_000
    most_image_bytes: int = 50_000_000
    most_mask_bytes: int = 4_000_000
    most_partials: int = 3


@cache
def data() -> dict[str, Any]:
    """The whole file."""
    return tomllib.loads(resources.files(__package__).joinpath("models.toml").read_text("utf-8"))


@cache
def models() -> dict[str, Rules]:
    """By name, dated names after their own."""
    found = {}
    for row in data()["model"]:
        snapshots = [f"{row['name']}-{day}" for day in row.get("snapshots", ())]
        found[row["name"]] = parsed({**row, "snapshot": snapshots[-1] if snapshots else None})
        for name in snapshots:
            found[name] = parsed({**row, "name": name, "title": f"{row['title']} ({name[-10:]})"})
    return found


def parsed(row: Mapping[str, Any], known: bool = True) -> Rules:
    """One row with what every model has where it says nothing else."""
    values: dict[str, Any] = {"successor": None, "snapshot": None, "price": None, **data()["defaults"], **row}
    values.pop("snapshots", None)
    values["sizes"] = sizes_named(values["sizes"])
    values["price"] = Price(**values["price"]) if values["price"] else None
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return Rules(**{**values, **lists}, known=known)


def sizes_named(name: str) -> Sizes:
    """The sizes that models.toml has under a name."""
    found = data()["sizes"][name]
    return canvas_sizes.Rule(**found) if isinstance(found, dict) else tuple((w, h) for w, h in found)
