"""The table of docs/fidelity.md: median and worst of every kind of edit, the raw output beside it."""

from collections.abc import Callable, Iterable
from statistics import median

from bench.lock_truth import Row

_NAMES = {
    "recolour": "recolour", "subtle": "subtle recolour (ΔE 6–9)", "faint": "faint recolour (ΔE 3–4)", "remove": "remove",
    "add": "add", "copy": "copy", "small": "tiny addition", "swap": "new background", "none": "not edited",
}  # fmt: skip
_HEAD = (
    "edit", "cases", "registration, px", "IoU (areas)", "found, %", "bit-identical, %", "SSIM locked", "SSIM raw",
    "kept all", "missed, said so", "missed, said nothing",
)  # fmt: skip


def markdown(rows: list[Row]) -> str:
    lines = ["| " + " | ".join(_HEAD) + " |", "|" + "---|" * len(_HEAD)]
    groups = [(_NAMES.get(group, group), group) for group in dict.fromkeys([*_NAMES, *(row.group for row in rows)])]
    for name, group in groups:
        lines += [_line(name, some)] if (some := [row for row in rows if row.group == group]) else []
    return "\n".join([*lines, _line("all", rows)])


def _line(name: str, rows: list[Row]) -> str:
    unlike = [row.identical if row.touched is None else 1 - row.touched for row in rows]
    cells = (
        _pair((row.registration for row in rows), max, "{:.2f}"),
        _pair((row.iou for row in rows if row.area), min, "{:.3f}"),
        _pair((row.recall for row in rows), min, "{:.1%}"),
        _pair(unlike, min, "{:.2%}"),
        _pair((row.ssim for row in rows), min, "{:.3f}"),
        _pair((row.raw_ssim for row in rows), min, "{:.3f}"),
        sum(not row.misses for row in rows),
        sum(bool(row.misses) and row.flagged for row in rows),
        sum(bool(row.misses) and not row.flagged for row in rows),
    )
    return f"| {name} | {len(rows)} | " + " | ".join(str(cell).replace("%", "") for cell in cells) + " |"


def _pair(values: Iterable[float | None], worst: Callable[[list[float]], float], shape: str) -> str:
    known = [value for value in values if value is not None]
    return f"{shape.format(median(known))} / {shape.format(worst(known))}" if known else "–"
