"""The fidelity lock against the truth, on scenes for tuning and on held-out ones, with the raw output as control.

Run `python -m bench.lock [tuning] [held-out] [beyond] [stray] [--quick] [--markdown] [--pictures FOLDER]`; without a word all but
tuning. Ends with exit code 1 when a number misses its promise and nobody was told (a silent miss), when a
stray patch is overlooked, or when the raw output scores better than the locked one. Times are CPU seconds;
`bench.lock_speed` has more of them.
"""

import platform
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from bench import lock_beyond, lock_heldout, lock_scenes
from bench.lock_markdown import markdown
from bench.lock_pictures import strip
from bench.lock_scenes import Case
from bench.lock_strays import share_found, strays
from bench.lock_truth import Row, measure
from workbench.imaging.lock import lock

#: how each number of a row is shown, and whether more of it is better
_COLUMNS = (
    ("registration", "register px", 11, 3, False), ("iou", "IoU", 7, 3, True), ("recall", "recall", 8, 4, True),
    ("identical", "same %", 8, 2, True), ("far", "far %", 7, 2, False), ("touched", "touched %", 10, 3, False),
    ("outside", "outside px", 11, 0, False), ("ssim", "SSIM", 7, 3, True), ("raw_ssim", "raw SSIM", 9, 3, True),
    ("raw_identical", "raw same %", 11, 2, True), ("seconds", "CPU s", 7, 2, False),
)  # fmt: skip
PARTS = ("tuning", "held-out", "beyond", "stray")
_PERCENT = {"identical", "far", "touched", "raw_identical"}


def run(cases: Iterable[Case], pictures: Path | None) -> list[Row]:
    rows = []
    for case in cases:
        output, true = case.output()
        start = time.process_time()
        locked = lock(case.scene.original, output, region=case.scene.region if case.marked else None)
        row = measure(case, output, true, locked, time.process_time() - start)
        rows.append(row)
        said = "; ".join(row.misses) or "-"
        print(f"  {row.case[:52]:54}{_numbers(row)}  {row.confidence:9}{row.verdict:8}{said}", flush=True)
        if pictures:
            strip(case, output, locked, pictures / f"{len(rows):03} {row.case}.jpg")
    return rows


def _numbers(row: Row) -> str:
    return "".join(_shown(name, getattr(row, name), width, digits) for name, _, width, digits, _ in _COLUMNS)


def _shown(name: str, value: float | None, width: int, digits: int) -> str:
    if value is None:
        return f"{'–':>{width}}"
    return f"{100 * value if name in _PERCENT else value:{width}.{digits}f}"


def table(title: str, rows: list[Row]) -> bool:
    """Prints median and worst of every kind of edit; whether all is well."""
    print(f"\n{title}: {len(rows)} cases, {platform.processor() or platform.machine()}\n")
    head = "".join(f"{label:>{width}}" for _, label, width, _, _ in _COLUMNS)
    print(f"{'edit':12}{'cases':>6}{'':9}{head}   good  told  needlessly")
    well = True
    for group in dict.fromkeys(row.group for row in rows):
        some = [row for row in rows if row.group == group]
        for word in ("median", "worst"):
            numbers = "".join(_summary(some, word, *column) for column in _COLUMNS)
            counts = f"{len(some):6}" if word == "median" else " " * 6
            told = f"{sum(r.confidence == 'good' for r in some):7}{sum(r.flagged for r in some):6}{sum(r.flagged and not r.misses for r in some):12}"
            print(f"{group if word == 'median' else '':12}{counts} {word:8}{numbers}{told if word == 'median' else ''}")
        well &= _beaten(group, some)
    silent = [row for row in rows if row.misses and not row.flagged]
    kept = sum(not row.misses for row in rows)
    print(f"\nall promises kept in {kept} of {len(rows)}, missed and said so in {len(rows) - kept - len(silent)}")
    print(f"silent misses: {len(silent)}")
    for row in silent:
        print(f"  {row.case}: {'; '.join(row.misses)}")
    broken = [row for row in rows if row.outside]
    for row in broken:
        print(f"  broken, whatever was said: {row.outside} px outside the marked region of {row.case}")
    return well and not silent and not broken


def _summary(rows: list[Row], word: str, name: str, label: str, width: int, digits: int, more: bool) -> str:
    values = [getattr(row, name) for row in rows if name != "iou" or row.area]
    values = [value for value in values if value is not None]
    if not values:
        return f"{'–':>{width}}"
    worst = min(values) if more else max(values)
    return _shown(name, median(values) if word == "median" else worst, width, digits)


def _beaten(group: str, rows: list[Row]) -> bool:
    """Whether the raw output scores worse than what was locked, as it must; a lock may refuse what is no local edit."""
    same = [
        (row.raw_identical, row.identical)
        for row in rows
        if row.identical is not None and row.raw_identical is not None
    ]
    worse = not same or median(raw for raw, _ in same) < median(ours for _, ours in same)
    if rows[0].local:
        worse &= median(row.raw_ssim for row in rows) < median(row.ssim for row in rows)
    if not worse:
        print(f"{'':12}the raw output scores no worse for {group}: the bench or the lock is broken")
    return worse


def search(quick: bool) -> bool:
    """Prints how many stray patches were found; whether all were."""
    print("\nstray patches, 100×40 px of ΔE2000 8 in 12 MP: the least share of a patch that was found")
    missed = patches = 0
    for stray in strays(quick=quick):
        case = stray.case
        output, _ = case.output()
        locked = lock(case.scene.original, output, region=case.scene.region if case.marked else None)
        shares = share_found(locked.found, stray)
        if not case.marked:
            # without a region a change that was found has to be in the result, where the report counts it
            shares = [min(pair) for pair in zip(shares, share_found(locked.changed, stray), strict=True)]
        lost = sum(share < 0.5 for share in shares) + (case.marked and locked.stray == 0)
        patches, missed = patches + len(shares), missed + lost
        told = "" if locked.alignment.confidence == "good" and not locked.doubts else " (and said to be doubtful)"
        print(
            f"  {case.name:44}{min(shares):6.2f}  {locked.alignment.confidence:9}{f'{lost} lost{told}' if lost else '-'}",
            flush=True,
        )
    print(f"found {patches - missed} of {patches}")
    return missed == 0


def main(words: list[str]) -> int:
    quick = "--quick" in words
    pictures = Path(words[words.index("--pictures") + 1]) if "--pictures" in words else None
    parts = [word for word in words if word in ("tuning", "held-out", "beyond", "stray")] or [
        "held-out",
        "beyond",
        "stray",
    ]
    sets = {"tuning": lock_scenes.cases, "held-out": lock_heldout.cases, "beyond": lock_beyond.beyond}
    well = True
    for part in parts:
        if part == "stray":
            well &= search(quick)
            continue
        print(f"\n{part}\n  {'':54}{''.join(f'{label:>{width}}' for _, label, width, _, _ in _COLUMNS)}")
        rows = run(sets[part](quick=quick), pictures and pictures / part)
        well &= table(part, rows)
        if "--markdown" in words:
            print(f"\n{markdown(rows)}")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
