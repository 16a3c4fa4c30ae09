"""A fidelity report: its numbers, its verdict, and the words and rows that people read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from workbench.imaging import rows
from workbench.imaging.limits import Limits, Verdict
from workbench.imaging.measurements import Measurements
from workbench.imaging.rows import Judged, Row

__all__ = ["Fidelity", "Row"]

_WORST: tuple[str, ...] = ("fact", "none", "pass", "review", "fail")
#: names that are computed from the others, so they are written but not read back
_DERIVED = ("verdict", "reasons")


@dataclass(frozen=True)
class Fidelity(Measurements):
    """What was measured, and what it means by the template's limits."""

    @property
    def verdict(self) -> Verdict:
        """The worst of what was measured: pass, review or fail."""
        worst: Any = max((verdict for verdict, _ in self._verdicts()), key=_WORST.index)
        return worst  # type: ignore[no-any-return]  # the size is always judged

    @property
    def reasons(self) -> tuple[str, ...]:
        """One sentence for each number that did not pass and each doubt, worst first; none when everything did."""
        said = sorted(self._verdicts(), key=lambda it: -_WORST.index(it[0]))
        return tuple(dict.fromkeys(sentence for _, sentence in said if sentence))

    @property
    def sentence(self) -> str:
        """The report in one line: the first reason, or that all is well."""
        return self.reasons[0] if self.reasons else "Every number is inside the template’s limits."

    def rows(self) -> list[Row]:
        """Every number beside its limit, in the order in which it is read."""
        return [row for row, _ in self._judged()]

    def groups(self) -> list[tuple[str, list[Row]]]:
        """The same rows under their titles."""
        return [(title, [row for row, _ in judged]) for title, judged in rows.judged(self)]

    def to_json(self) -> dict[str, Any]:
        """As a plain mapping, null for what was not measured."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        plain |= {"limits": self.limits.to_json(), "size": list(self.size), "size_before": list(self.size_before)}
        plain |= {name: dict(getattr(self, name)) for name in ("palette", "palette_names", "palette_limits")}
        plain["lock_doubts"] = list(self.lock_doubts)
        return plain | {"verdict": self.verdict, "reasons": list(self.reasons)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The report that `to_json` made; an older one's missing numbers are not measured, a newer one's left out."""
        known = {field.name for field in fields(cls)}
        own = {name: value for name, value in values.items() if name in known and name not in _DERIVED}
        sizes = {name: (int(values[name][0]), int(values[name][1])) for name in ("size", "size_before")}
        doubts = tuple(values.get("lock_doubts") or ())
        return cls(**{**own, **sizes, "lock_doubts": doubts, "limits": Limits.from_json(values["limits"])})

    def _judged(self) -> Iterator[Judged]:
        for _, judged in rows.judged(self):
            yield from judged

    def _verdicts(self) -> Iterator[tuple[str, str]]:
        """Each verdict with its sentence, "" where nothing needs saying."""
        yield from ((row.verdict, sentence) for row, sentence in self._judged())
        yield from (("review", doubt) for doubt in self.lock_doubts)
