"""How often a colour swap over its limit said nothing, on scenes that nobody tuned on.

Run by `python -m bench.colours heldout` (`open` for the scenes that the code has been mended on). Every scene is drawn
twice, in the source and in the target colour, so that each pixel's right answer is known.
"""

import cv2
import numpy as np

from bench.colour_scenes import Case, Set, cases
from bench.colour_truth import difference, limit
from workbench.imaging import colours
from workbench.imaging.colour_space import LINEAR, from_linear, hex_to_rgb


def rounding(case: Case) -> float:
    """Mean ΔE2000 at edges when every share is known exactly and only the picture's bytes are not."""
    share, (a, b) = case.share[..., None], (hex_to_rgb(colour) for colour in (case.source, case.target))
    if case.linear:
        best = from_linear(LINEAR[case.picture] + share * (LINEAR[b] - LINEAR[a]))
    else:
        best = np.clip(np.rint(case.picture + share * (b.astype(float) - a)), 0, 255).astype(np.uint8)
    return float(difference(best, case.truth)[(case.share > 0) & (case.share < 1)].mean())


def misses(case: Case, result: np.ndarray) -> list[str]:
    """Each promise that a result breaks, as a few words."""
    off = difference(result, case.truth)
    share, said = case.share, []
    far = cv2.dilate((share > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    far = far if case.region is None else far & case.region
    stray = float((result != case.picture).any(-1)[far].mean()) if far.any() else 0.0
    kept = (share > 0.3) & (off > 12) & (difference(result, case.picture) < 6)
    if stray > {"flat": 0.002, "thin, drawn": 0.005}.get(case.family, 0.02):
        said.append(f"{100 * stray:.1f} % strayed")
    if case.family != "flat" and kept.mean() > 0.0005:
        said.append(f"{100 * kept.mean():.2f} % kept")
    if case.family == "flat":
        core, edge = off[share == 1], float(off[(share > 0) & (share < 1)].mean())
        worst = float(np.percentile(core, 95)) if case.lossy else float(core.max())
        if worst > (1.7 if case.lossy else 0):
            said.append(f"core {worst:.2f}")
        # Rounding to bytes alone moves edges by up to .6 where colours are far apart; nobody can do better than that.
        if edge > max(0.2 if case.even else 1.5, (rounding(case) + 0.05) if not case.lossy else 0):
            said.append(f"edge {edge:.2f}")
    elif case.family in ("shaded", "grey on grey"):
        error = float(off[share > 0].mean())
        if error > limit(case.source, case.lossy):
            said.append(f"ΔE {error:.2f}")
    else:
        error, most = float(off[share > 0.1].mean()), 1.5 if case.even else 3.0
        if error > most:
            said.append(f"ΔE {error:.2f}")
    return said


def heldout(chosen: Set, title: str, verbose: bool = False) -> None:
    table: dict[str, np.ndarray] = {}
    for case in cases(chosen):
        swapped = colours.swap_details(case.picture, [(case.source, case.target)], mode=case.mode, region=case.region)
        wrong = misses(case, swapped.image)
        row = table.setdefault(case.family, np.zeros((2, 2), int))
        row[int(bool(wrong)), int(bool(swapped.doubts or swapped.missing))] += 1
        if verbose or (wrong and not swapped.doubts and not swapped.missing):
            told = " | ".join(doubt[:40] for doubt in swapped.doubts) or "silent" * bool(wrong) or "-"
            print(f"{case.family:13}{case.name:52}{', '.join(wrong):34}{told}", flush=True)
    print(
        f"\n{title}, number of pictures\n{'':14}{'silent misses':>14}{'said misses':>13}{'doubted, good':>15}{'good':>7}"
    )
    for family, row in table.items():
        print(f"{family:14}{row[1, 0]:>14}{row[1, 1]:>13}{row[0, 1]:>15}{row[0, 0]:>7}", flush=True)
