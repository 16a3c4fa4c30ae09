"""The words of a fidelity report: every number as a row beside its limit, and a sentence where it isn't green."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal, NamedTuple

from workbench.imaging.limits import Verdict
from workbench.imaging.measurements import Measurements


class Row(NamedTuple):
    """One line of the report as it is shown."""

    name: str
    #: three significant digits with unit, or "not measured"
    value: str
    #: with unit and sign, "" where there is none
    limit: str
    #: "fact" = a number that nothing is asked of
    verdict: Verdict | Literal["fact"]


#: a row and its sentence, "" where nothing needs saying
Judged = tuple[Row, str]
_Rows = Iterator[Judged]

_REGISTRATION = {
    "doubtful": (
        "The output could be laid over the original with some doubt only: compare edges inside the change, or mark the "
        "region that may change and lock again."
    ),
    "none": (
        "The output could not be laid over the original: mark a region, protect what must stay, use a template for the "
        "whole frame, or run it again."
    ),
    "off": "Registration was switched off, so the change lies where the output had it: compare its edges.",
}
_WHOLE = (
    "The whole frame was taken from the output: only its size, place and colour were repaired. Compare every detail "
    "that must stay."
)
_RAW = "The raw output was used as it came: nothing was repaired, and nothing proves what should have stayed."
_FACE = "The face was not measured (limit {limit}): nothing installed here can. Compare the face yourself at full size."


def judged(found: Measurements) -> Iterator[tuple[str, list[Judged]]]:
    """(title, rows with their sentences) of each group of the report, what a brand lead asks first on top."""
    for title, parts in _GROUPS:
        if rows := [row for part in parts for row in part(found)]:
            yield title, rows


def _palette(found: Measurements) -> _Rows:
    for colour, off in found.palette.items():
        name = found.palette_names.get(colour, colour)
        most = found.palette_limits.get(colour, found.limits.palette)
        verdict = replace(found.limits, palette=most).judge("palette", off)
        value, limit = f"{_beside(off, most)} ΔE", f"≤ {most:.2f} ΔE"
        row = Row(name, value, limit, verdict)
        yield row, _unless_passed(verdict, f"{name} is off by {value} where the picture shows it (limit {limit}).")


def _copy(found: Measurements) -> _Rows:
    if found.expected_copy is None:
        return
    limit = f"≥ {_percent(found.limits.copy_similarity)}"
    if found.copy_similarity is None:
        words = f"The copy was not measured (limit {limit}): read “{found.expected_copy[:60]}” yourself."
        yield Row("Copy read back", "not measured", limit, "review"), words
        return
    verdict = found.limits.judge("copy_similarity", found.copy_similarity)
    value = _percent(found.copy_similarity, found.limits.copy_similarity)
    words = f"Only {value} of the new copy could be read back (limit {limit})."
    yield Row("Copy read back", value, limit, verdict), _unless_passed(verdict, words)


def _changed(found: Measurements) -> _Rows:
    if found.changed_share is None:
        return
    # A marked region says itself how much may change, and an exact operation how much has to.
    if found.lock != "local" or found.region_changed is not None:
        yield Row("Share of the picture", _percent(found.changed_share), "", "fact"), ""
        return
    limit, value = f"≤ {_percent(found.limits.changed_most)}", _percent(found.changed_share, found.limits.changed_most)
    verdict = found.limits.judge("changed_most", found.changed_share)
    words = (
        f"{value} of the picture changed (limit {limit}): protect the product or logo, or mark what may change, so "
        "that it is certain what stays."
    )
    yield Row("Share of the picture", value, limit, verdict), _unless_passed(verdict, words)


def _region(found: Measurements) -> _Rows:
    if found.region_changed is not None:
        yield Row("Share of the region", _percent(found.region_changed), "", "fact"), ""


def _border(found: Measurements) -> _Rows:
    if found.border_share is None:
        return
    value, limit = _percent(found.border_share, found.limits.border), f"≤ {_percent(found.limits.border)}"
    verdict = found.limits.judge("border", found.border_share)
    words = (
        f"The change runs into the region’s border {found.border_where or 'in places'} ({value} of it, limit {limit}): "
        "enlarge the region, or check that nothing is cut off."
    )
    yield Row("Across the region’s border", value, limit, verdict), _unless_passed(verdict, words)


def _outside(found: Measurements) -> _Rows:
    limit = f"{found.limits.outside_changed:,.0f} px"
    if found.outside_changed is None:
        yield Row("Outside the region", "not measured", limit, "none"), ""
        return
    value = f"{found.outside_changed:,} px"
    verdict = found.limits.judge("outside_changed", found.outside_changed)
    where = f", most of them in the {found.outside_where}" if found.outside_where else ""
    row = Row("Outside the region", value, limit, verdict)
    yield row, _unless_passed(verdict, f"{value} changed outside the region{where} (limit {limit}).")


def _structure(found: Measurements) -> _Rows:
    # Of a whole frame nothing was promised to stay: its numbers are told, not judged.
    limit = f"≥ {_three(found.limits.ssim)}"
    if found.ssim is None:
        yield Row("Structure (SSIM)", "not measured", limit, "none"), ""
        return
    if found.lock == "whole frame":
        yield Row("Structure (SSIM)", _three(found.ssim), "", "fact"), ""
        return
    verdict = found.limits.judge("ssim", found.ssim)
    value = _beside(found.ssim, found.limits.ssim)
    words = f"What should have stayed is only {value} alike in structure (SSIM, limit {limit})."
    yield Row("Structure (SSIM)", value, limit, verdict), _unless_passed(verdict, words)


def _colour_drift(found: Measurements) -> _Rows:
    limit = f"≤ {found.limits.delta_e_mean:.2f} ΔE"
    if found.delta_e_mean is None:
        yield Row("Colour drift", "not measured", limit, "none"), ""
        return
    if found.lock == "whole frame":
        yield Row("Colour drift", f"{_three(found.delta_e_mean)} ΔE", "", "fact"), ""
        return
    verdict = found.limits.judge("delta_e_mean", found.delta_e_mean)
    value = f"{_beside(found.delta_e_mean, found.limits.delta_e_mean)} ΔE"
    words = f"Colours that should have stayed drifted by {value} on average (limit {limit})."
    yield Row("Colour drift", value, limit, verdict), _unless_passed(verdict, words)


def _face(found: Measurements) -> _Rows:
    if found.limits.face_distance is None:
        return
    limit = f"≤ {found.limits.face_distance:.2f}"
    if found.face_distance is None:
        yield Row("Face", "not measured", limit, "review"), _FACE.format(limit=limit)
        return
    verdict = found.limits.judge("face_distance", found.face_distance)
    value = _beside(found.face_distance, found.limits.face_distance)
    words = f"The face is {value} apart from the one before (limit {limit}): compare it at full size."
    yield Row("Face", value, limit, verdict), _unless_passed(verdict, words)


def _size(found: Measurements) -> _Rows:
    value, former = (f"{width} × {height}" for width, height in (found.size, found.size_before))
    limit = "the same" if found.limits.size_kept else ""
    if found.size_kept:
        yield Row("Size", value, limit, "pass"), ""
    elif found.limits.size_kept:
        yield Row("Size", value, limit, "fail"), f"The size is {value} px instead of {former} px."
    elif found.ssim is not None:  # compared with the original, cut and scaled the same way
        yield Row("Size", value, limit, "pass"), ""
    else:
        words = f"The size went from {former} to {value} px, as the template allows, so no pixels could be compared."
        yield Row("Size", value, limit, "review"), words


def _profile(found: Measurements) -> _Rows:
    if found.profile_kept is not None:
        words = "The colour profile is another than the original’s: colours may look different elsewhere."
        verdict: Verdict = "pass" if found.profile_kept else "fail"
        value = "kept" if found.profile_kept else "another"
        yield Row("Colour profile", value, "the same", verdict), _unless_passed(verdict, words)


def _format(found: Measurements) -> _Rows:
    if found.format_kept is not None:
        yield Row("File format", found.format_kept, "", "fact"), ""


def _lock(found: Measurements) -> _Rows:
    if found.lock == "raw":
        yield Row("Fidelity lock", "not used", "", "fail"), _RAW
    elif found.lock == "whole frame":
        yield Row("Fidelity lock", "whole frame", "", "review"), _WHOLE
    elif found.lock is not None:
        # What it was not sure of are sentences of their own, see Fidelity.reasons.
        yield Row("Fidelity lock", "only the change", "", "review" if found.lock_doubts else "pass"), ""


def _registration(found: Measurements) -> _Rows:
    if found.registration is None:
        return
    alignment = found.alignment or {}
    method, score = alignment.get("method"), alignment.get("score")
    verdict: Verdict = "pass" if found.registration == "good" else "review"
    told = f", {_three(score)} px" if score is not None and found.registration != "none" and method != "off" else ""
    words = _REGISTRATION.get("off" if method == "off" else found.registration, "")
    # The lock's own doubts say why, and what to do.
    said = "" if verdict == "pass" or (found.lock_doubts and method != "off") else words
    value = "switched off" if method == "off" else f"{found.registration}{told}"
    yield Row("Registration", value, "good", verdict), said


def _drift(found: Measurements) -> _Rows:
    if found.drift_px is None or found.registration == "none":
        return
    colour = "" if found.drift_delta_e is None else f", {_three(found.drift_delta_e)} ΔE"
    yield Row("Drift taken away", f"{_three(found.drift_px)} px{colour}", "", "fact"), ""


def _stray(found: Measurements) -> _Rows:
    if found.stray_changed is not None:
        yield Row("Thrown away outside", f"{found.stray_changed:,} px", "", "fact"), ""


_GROUPS: tuple[tuple[str, tuple[Callable[[Measurements], _Rows], ...]], ...] = (
    ("What stayed", (_outside, _structure, _colour_drift, _face)),
    ("What changed", (_palette, _copy, _changed, _region, _border)),
    ("How it was made", (_lock, _registration, _drift, _stray, _size, _profile, _format)),
)


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


def _percent(share: float, limit: float | None = None) -> str:
    """To a tenth, or to as many more digits as show on which side of `limit` it is."""
    if share >= 1:
        return "100 %"
    shown = f"{100 * share:.1f}"
    for digits in (2, 3, 4):
        if limit is None or (float(shown) > 100 * limit) == (share > limit):
            break
        shown = f"{100 * share:.{digits}f}"
    return f"{shown} %"
