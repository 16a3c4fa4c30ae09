"""A fidelity report: its numbers, its verdict, and the words and rows that people read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple, Self

from workbench.imaging.limits import Limits, Verdict

_WORST: tuple[Verdict, ...] = ("none", "pass", "review", "fail")
#: names that are computed from the others, so they are written but not read back
_DERIVED = ("verdict", "reasons")


class Row(NamedTuple):
    """One line of the report as it is shown."""

    name: str
    #: three significant digits with unit, or "not measured"
    value: str
    #: with unit and sign, "" where there is none
    limit: str
    verdict: Verdict


@dataclass(frozen=True)
class Fidelity:
    """What was measured; None means not measured."""

    #: width, height in pixels
    size: tuple[int, int]
    size_before: tuple[int, int]
    size_kept: bool
    limits: Limits = field(default_factory=Limits)
    #: pixels that differ outside the allowed region, as a number, as a share of what lies outside, and the largest
    #: difference of one channel in levels of 255
    outside_changed: int | None = None
    outside_share: float | None = None
    outside_max: int | None = None
    #: where most of them are, in words
    outside_where: str | None = None
    #: share of all pixels that differ, 0–1
    changed_share: float | None = None
    #: of the unchanged part: structural similarity, 1 = the same, and mean ΔE2000
    ssim: float | None = None
    delta_e_mean: float | None = None
    #: #RRGGBB → ΔE2000 of the flat area that shows it
    palette: Mapping[str, float] = field(default_factory=dict)
    palette_names: Mapping[str, str] = field(default_factory=dict)
    #: #RRGGBB → its own limit, for colours that have one; the others go by `limits.palette`
    palette_limits: Mapping[str, float] = field(default_factory=dict)
    #: share of the expected copy that was read back, 0–1
    copy_similarity: float | None = None
    expected_copy: str | None = None
    #: how sure the registration of a generated result is: good, doubtful or none
    registration: str | None = None

    @property
    def verdict(self) -> Verdict:
        """The worst of what was measured: pass, review or fail."""
        return max((row.verdict for row, _ in self._judged()), key=_WORST.index)

    @property
    def reasons(self) -> tuple[str, ...]:
        """One sentence for each number that did not pass, worst first; none when everything did."""
        judged = [(row.verdict, sentence) for row, sentence in self._judged() if sentence]
        return tuple(sentence for _, sentence in sorted(judged, key=lambda it: -_WORST.index(it[0])))

    @property
    def sentence(self) -> str:
        """The report in one line: the first reason, or that all is well."""
        return self.reasons[0] if self.reasons else "Every number is inside the template’s limits."

    def rows(self) -> list[Row]:
        """Every number beside its limit, in a fixed order."""
        return [row for row, _ in self._judged()]

    def to_json(self) -> dict[str, Any]:
        """As a plain mapping, null for what was not measured."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        plain |= {"limits": self.limits.to_json(), "size": list(self.size), "size_before": list(self.size_before)}
        plain |= {name: dict(getattr(self, name)) for name in ("palette", "palette_names", "palette_limits")}
        return plain | {"verdict": self.verdict, "reasons": list(self.reasons)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The report that `to_json` made; a newer one's unknown numbers are left out."""
        known = {field.name for field in fields(cls)}
        own = {name: value for name, value in values.items() if name in known and name not in _DERIVED}
        sizes = {name: (int(values[name][0]), int(values[name][1])) for name in ("size", "size_before")}
        return cls(**{**own, **sizes, "limits": Limits.from_json(values["limits"])})

    def _judged(self) -> Iterator[tuple[Row, str]]:
        """Each row with its sentence, "" where nothing needs saying."""
        yield self._outside()
        yield from self._palette()
        yield self._structure()
        yield self._colour_drift()
        if self.expected_copy is not None:
            yield self._copy()
        if self.registration is not None:
            yield self._registration()
        yield self._size()

    def _outside(self) -> tuple[Row, str]:
        limit = f"{self.limits.outside_changed:,.0f} px"
        if self.outside_changed is None:
            return Row("Outside the region", "not measured", limit, "none"), ""
        value = f"{self.outside_changed:,} px"
        verdict = self.limits.judge("outside_changed", self.outside_changed)
        where = f", most of them in the {self.outside_where}" if self.outside_where else ""
        row = Row("Outside the region", value, limit, verdict)
        return row, _unless_passed(verdict, f"{value} changed outside the region{where} (limit {limit}).")

    def _palette(self) -> Iterator[tuple[Row, str]]:
        for colour, off in self.palette.items():
            name = self.palette_names.get(colour, colour)
            most = self.palette_limits.get(colour, self.limits.palette)
            verdict = replace(self.limits, palette=most).judge("palette", off)
            value, limit = f"{_beside(off, most)} ΔE", f"≤ {most:.2f} ΔE"
            row = Row(name, value, limit, verdict)
            yield row, _unless_passed(verdict, f"{name} is off by {value} where the picture shows it (limit {limit}).")

    def _structure(self) -> tuple[Row, str]:
        limit = f"≥ {_three(self.limits.ssim)}"
        if self.ssim is None:
            return Row("Structure (SSIM)", "not measured", limit, "none"), ""
        verdict = self.limits.judge("ssim", self.ssim)
        value = _beside(self.ssim, self.limits.ssim)
        words = f"What should have stayed is only {value} alike in structure (SSIM, limit {limit})."
        return Row("Structure (SSIM)", value, limit, verdict), _unless_passed(verdict, words)

    def _colour_drift(self) -> tuple[Row, str]:
        limit = f"≤ {self.limits.delta_e_mean:.2f} ΔE"
        if self.delta_e_mean is None:
            return Row("Colour drift", "not measured", limit, "none"), ""
        verdict = self.limits.judge("delta_e_mean", self.delta_e_mean)
        value = f"{_beside(self.delta_e_mean, self.limits.delta_e_mean)} ΔE"
        words = f"Colours that should have stayed drifted by {value} on average (limit {limit})."
        return Row("Colour drift", value, limit, verdict), _unless_passed(verdict, words)

    def _copy(self) -> tuple[Row, str]:
        limit = f"≥ {_percent(self.limits.copy_similarity)}"
        if self.copy_similarity is None:
            words = f"The copy was not measured (limit {limit}): read “{(self.expected_copy or '')[:60]}” yourself."
            return Row("Copy read back", "not measured", limit, "review"), words
        verdict = self.limits.judge("copy_similarity", self.copy_similarity)
        value = _percent(self.copy_similarity)
        words = f"Only {value} of the new copy could be read back (limit {limit})."
        return Row("Copy read back", value, limit, verdict), _unless_passed(verdict, words)

    def _registration(self) -> tuple[Row, str]:
        verdict: Verdict = "pass" if self.registration == "good" else "review"
        words = "The result could not be laid over the original with certainty: compare edges inside the change."
        return Row("Registration", str(self.registration), "good", verdict), _unless_passed(verdict, words)

    def _size(self) -> tuple[Row, str]:
        value, former = (f"{width} × {height}" for width, height in (self.size, self.size_before))
        limit = "the same" if self.limits.size_kept else ""
        if self.size_kept:
            return Row("Size", value, limit, "pass"), ""
        if self.limits.size_kept:
            return Row("Size", value, limit, "fail"), f"The size is {value} px instead of {former} px."
        if self.ssim is not None:  # compared with the original, cut and scaled the same way
            return Row("Size", value, limit, "pass"), ""
        words = f"The size went from {former} to {value} px, as the template allows, so no pixels could be compared."
        return Row("Size", value, limit, "review"), words


def _unless_passed(verdict: Verdict, sentence: str) -> str:
    return "" if verdict == "pass" else sentence


def _three(value: float) -> str:
    """Three significant digits, at most three decimals: 0.32, 1.84, 12.5, 0.998."""
    if abs(value) >= 10:
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 1 or round(value, 2) == round(value, 3) else f"{value:.3f}"


def _beside(value: float, limit: float) -> str:
    """`value` in three digits, or in as many more as show on which side of `limit` it is."""
    shown = _three(value)
    for digits in (3, 4, 5, 6):
        if (float(shown) > limit) == (value > limit) and (float(shown) < limit) == (value < limit):
            return shown
        shown = f"{value:.{digits}f}"
    return shown


def _percent(share: float) -> str:
    return "100 %" if share >= 1 else f"{100 * share:.1f} %"
