"""The faults by name: `script("rate_limit retry_after=2")` or `script(fault("rate_limit", retry_after=2))`."""

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.emulator import broken_answers, broken_streams, turned_away
from tests.emulator.replies import Reply, Work

Make = Callable[..., Reply]
#: by name; what a fault takes are its function's keyword arguments, what it does is its docstring
TURNED_AWAY: dict[str, Make] = {make.__name__: make for make in turned_away.FAULTS}
BROKEN: dict[str, Make] = {make.__name__: make for make in (*broken_answers.FAULTS, *broken_streams.FAULTS)}
TABLE = TURNED_AWAY | BROKEN


@dataclass(frozen=True)
class Fault:
    """One of TABLE with its options."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def early(self) -> bool:
        """Whether it turns a request away at the door: it then counts against no limit, and nothing is drawn."""
        return self.name in TURNED_AWAY

    def reply(self, work: Work) -> Reply:
        return TABLE[self.name](work, **self.options)

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{name}={value}" for name, value in self.options.items())])


def fault(name: str, **options: Any) -> Fault:
    """Raises KeyError for a name or option that doesn't exist, so that no test scripts nothing by mistake."""
    unknown = set(options) - set(inspect.signature(TABLE[name]).parameters)
    if unknown:
        raise KeyError(f"{name} takes no {', '.join(sorted(unknown))}")
    return Fault(name, options)


def read(words: "str | Fault | None") -> Fault | None:
    """A fault from its words, `name option=value …`; "ok" and None are no fault."""
    if words is None or isinstance(words, Fault) or words == "ok":
        return None if words == "ok" else words  # type: ignore[return-value]
    name, *pairs = words.split()
    return fault(name, **{key: _value(value) for key, _, value in (pair.partition("=") for pair in pairs)})


def listed() -> list[str]:
    """Every fault with its options and what it does."""
    lines = []
    for name, make in TABLE.items():
        options = [str(it).replace(" ", "") for it in list(inspect.signature(make).parameters.values())[1:]]
        plain = [option.partition(":")[0] + "=" + option.partition("=")[2] for option in options]
        lines.append(f"{' '.join([name, *plain])}\n    {(make.__doc__ or '').strip()}")
    return lines


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
