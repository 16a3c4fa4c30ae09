"""What a person or a template may set about the lock, checked and kept as plain values."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Self

from workbench.errors import InvalidInput

#: (least, most) of each number: OKLab distance, then px of the original
RANGES = {"sensitivity": (0.02, 0.08), "grow": (-64, 64), "feather": (0, 64), "nudge": (-256, 256)}


@dataclass(frozen=True)
class LockSettings:
    """How a model's output is laid back onto the original. Raises InvalidInput for a value out of range."""

    #: take everything that is allowed from the output, whether it changed or not
    whole_frame: bool = False
    #: OKLab distance from which a difference is a change (lower finds more); None goes by the pictures' own noise
    sensitivity: float | None = None
    #: px of the original by which the found change is enlarged, or shrunk where negative
    grow: int = 0
    #: px of the original over which the result goes over into the original; None for the narrowest that hides the seam
    feather: float | None = None
    #: whether the output is registered to the original; False lays it on by its size alone
    align: bool = True
    #: px of the original by which the output is moved right and down after registration
    nudge: tuple[float, float] = (0.0, 0.0)
    #: whether the model's colour drift is taken out of what it changed
    match_colour: bool = True
    #: whether the original's fine detail comes back where the output shows the same structure
    keep_texture: bool = True

    def __post_init__(self) -> None:
        for name in ("whole_frame", "align", "match_colour", "keep_texture"):
            if not isinstance(getattr(self, name), bool):
                raise InvalidInput(f"The lock's “{name}” is either true or false.")
        if self.sensitivity is not None:
            object.__setattr__(self, "sensitivity", _number("sensitivity", self.sensitivity))
        if self.feather is not None:
            object.__setattr__(self, "feather", _number("feather", self.feather))
        grow = _number("grow", self.grow)
        if not grow.is_integer():
            raise InvalidInput(f"The lock's “grow” is a whole number of pixels, not {grow:g}.")
        object.__setattr__(self, "grow", int(grow))
        object.__setattr__(self, "nudge", _pair(self.nudge))

    @classmethod
    def from_json(cls, values: Mapping[str, Any] | None) -> Self:
        """From a plain mapping such as `to_json` gives; what is missing keeps its default.

        Raises InvalidInput for an unknown name or a value out of range.
        """
        known = [field.name for field in fields(cls)]
        for name in values or {}:
            if name not in known:
                near = difflib.get_close_matches(str(name), known, 1, 0)
                raise InvalidInput(f"The lock has no setting “{str(name)[:40]}”. Did you mean “{near[0]}”?")
        return cls(**(values or {}))

    def to_json(self) -> dict[str, Any]:
        """As a plain mapping that leaves out what is at its default."""
        changed = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.default is MISSING or value != field.default:
                changed[field.name] = list(value) if isinstance(value, tuple) else value
        return changed


def _number(name: str, value: object) -> float:
    least, most = RANGES[name]
    unit = "OKLab" if name == "sensitivity" else "px"
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidInput(f"The lock's “{name}” must be a number from {least:g} to {most:g} ({unit}).")
    if not least <= value <= most:
        raise InvalidInput(f"The lock's “{name}” must be from {least:g} to {most:g} ({unit}), not {value:g}.")
    return float(value)


def _pair(value: object) -> tuple[float, float]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise InvalidInput("The lock's “nudge” is two numbers: px to the right and px down, like [1.5, 0].")
    return _number("nudge", value[0]), _number("nudge", value[1])
