"""How servers that take the requests of OpenAI's Images Edit API differ from OpenAI; the data is in models.toml."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from workbench.engines import table
from workbench.engines.rules import Rules, Sizes, rules
from workbench.errors import InvalidInput

#: what a mask says: transparent is where to edit; white is; it is taken and not used; it is refused
Masks = Literal["alpha", "white", "ignored", "none"]


@dataclass(frozen=True)
class Profile:
    """One kind of server."""

    name: str
    title: str
    #: optional fields it takes; the others are left out
    fields: frozenset[str]
    mask: Masks
    stream: bool
    #: whether it looks at more pictures than the first
    references: bool
    #: the sizes of models that the table doesn't know
    sizes: Sizes
    path: str = "/images/edits"
    #: a request without a mask is refused, so that one that allows everything is sent
    needs_mask: bool = False
    #: an optional field that the server refuses by name is left out from then on
    drops: bool = False
    #: what a prompt must not hold, as this server takes it for commands
    commands: tuple[str, ...] = ()
    #: the model that is used where none is set
    default: str | None = None
    #: hosts that mean this profile; one that begins with a dot, every host under it
    hosts: tuple[str, ...] = ()

    def rules(self, model: str) -> Rules:
        """The rules of `model` as far as they hold on this server."""
        found, takes = rules(model), self.fields
        return replace(
            found,
            sizes=found.sizes if found.known else self.sizes,
            fidelity=found.fidelity if "input_fidelity" in takes else (),
            quality=found.quality if "quality" in takes else (),
            complexity=found.complexity if "complexity" in takes else (),
            mask=found.mask and self.mask in ("alpha", "white"),
            markup=found.markup and "markup" in takes,
            stream=found.stream and self.stream,
            most_images=found.most_images if self.references else 1,
        )


def profile(name: str) -> Profile:
    """The profile of that name. Raises InvalidInput with the names there are."""
    found = _profiles().get(name.strip().lower())
    if found is None:
        names = ", ".join(_profiles())
        raise InvalidInput(f"LOUPE_IMAGE_PROFILE is “{name[:40]}”. It is one of {names}.")
    return found


def profile_of(host: str) -> Profile:
    """The profile of the server at `host`, "generic" for one that nobody knows."""
    for found in _profiles().values():
        if any(host.endswith(known) if known.startswith(".") else host == known for known in found.hosts):
            return found
    return _profiles()["generic"]


@cache
def _profiles() -> dict[str, Profile]:
    found = {}
    for row in table.data()["profile"]:
        lists = {name: tuple(value) for name, value in row.items() if isinstance(value, list)}
        made = {"fields": frozenset(row["fields"]), "sizes": table.sizes_named(row["sizes"])}
        values: dict[str, Any] = {**row, **lists, **made}
        found[row["name"]] = Profile(**values)
    return found
