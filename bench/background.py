"""Cut-outs and new grounds against the truth, against the naive way, and what they cost at 12 MP.

Run by `python -m bench.background [tuning|held-out|mixing|cost]…`; without a word all of it.
"""

import resource
import sys
import time
from collections.abc import Iterable
from statistics import mean, median

import cv2
import numpy as np

from bench import background_scenes
from bench.background_scenes import Scene
from bench.colour_truth import difference
from workbench.errors import LoupeError
from workbench.imaging import background
from workbench.imaging.colour_space import hex_to_rgb, to_lab

GROUNDS = ("#2747B8", "#FFFFFF", "#2A2724")


def naive(scene: Scene) -> np.ndarray:
    """GrabCut on the whole picture from the mark's box: the product, to be pasted with a hard edge."""
    trimap = np.where(scene.subject, cv2.GC_PR_FGD, cv2.GC_BGD).astype(np.uint8)
    cv2.setRNGSeed(1)
    picture = np.ascontiguousarray(scene.image[..., :3])
    cv2.grabCut(picture, trimap, None, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_MASK)
    return (trimap & 1).astype(bool)


def grown(mask: np.ndarray, pixels: int) -> np.ndarray:
    return cv2.dilate(mask.view(np.uint8), np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)).view(bool)


def iou(one: np.ndarray, two: np.ndarray) -> float:
    return float((one & two).sum() / max((one | two).sum(), 1))


def compare(scenes: Iterable[Scene]) -> None:
    head = f"{'scene':44}{'IoU':>7}{'α MAE':>7}{'edge ΔE mean':>14}{'p95':>7}{'halo':>7}{'kept %':>8}{'shadow':>8}   naive IoU, ΔE   doubts"
    print(head)
    good: list[tuple[float, float, float]] = []
    for scene in scenes:
        solid, edge = scene.alpha >= 0.5, grown((scene.alpha > 0) & (scene.alpha < 1), 1)
        try:
            new = {ground: background.replace(scene.image, scene.subject, ground=ground) for ground in GROUNDS}
        except LoupeError as refusal:
            print(f"{scene.name:44} refused: {refusal}")
            continue
        one, grabbed = new[GROUNDS[0]], naive(scene)
        off, halo, shade, plain = [], [], [], []
        for ground in GROUNDS:
            levels = hex_to_rgb(ground)
            truth = scene.on(levels)
            far = difference(new[ground].image[..., :3], truth)
            off.append(far[edge])
            pasted = np.where(grabbed[..., None], scene.image[..., :3], levels).astype(np.uint8)
            plain.append(difference(pasted, truth)[edge].mean())
            just_out = grown(solid, 3) & ~grown(solid, 1)
            signed = to_lab(new[ground].image[..., :3])[..., 0] - to_lab(truth)[..., 0]
            halo.append(float(signed[just_out].mean()))
            shaded = (scene.shadow < 0.97) & (scene.alpha == 0) & ~edge
            shade.append(float(far[shaded].mean()) if shaded.any() else 0.0)
        interior = one.alpha == 1
        kept = 100 * float((one.image[interior] == scene.image[interior]).all(-1).mean()) if interior.any() else 0.0
        overlap, edges = iou(one.alpha >= 0.5, solid), float(np.concatenate(off).mean())
        naive_overlap = iou(grabbed, solid)
        print(
            f"{scene.name:44}{overlap:7.4f}{np.abs(one.alpha - scene.alpha)[edge].mean():7.3f}{edges:14.2f}"
            f"{np.percentile(np.concatenate(off), 95):7.2f}{mean(halo):+7.2f}{kept:8.2f}{mean(shade):8.2f}"
            f"{naive_overlap:12.4f}{mean(plain):7.2f}   {'; '.join(d.split(',')[0][:44] for d in one.doubts) or '-'}",
            flush=True,
        )
        if scene.kind == "even":
            good.append((overlap, edges, mean(plain)))
            if not one.doubts and (overlap < 0.99 or edges > 2):
                print(f"{'':44} ^ a silent miss")
    ours = [row[1] for row in good]
    print(
        f"even grounds: IoU median {median(row[0] for row in good):.4f}, worst {min(row[0] for row in good):.4f}; edge ΔE "
        f"median {median(ours):.2f}, mean {mean(ours):.2f}; naive / ours {mean(row[2] for row in good) / mean(ours):.1f} times\n"
    )


def mixing() -> None:
    """Which way of mixing the new ground comes nearer to the truth, for pictures that were mixed either way."""
    print("Edge ΔE when the new ground is mixed as light or as levels (true alpha and colours)")
    for scene in (s for s in background_scenes.held_out() if s.kind == "even"):
        edge = (scene.alpha > 0) & (scene.alpha < 1)
        levels = hex_to_rgb(GROUNDS[0])
        truth = scene.on(levels, shadow=False)
        if scene.light:
            other = scene.on(levels, light=False, shadow=False)
            print(f"{scene.name:44} a photograph: as light 0, as levels {difference(other, truth)[edge].mean():.2f}")
        found = background.cut_out(scene.image, scene.subject)
        print(
            f"{scene.name:44} mixed as {'light' if scene.light else 'levels'}, taken as {'light' if found.light else 'levels'}"
        )


def cost() -> None:
    """12 MP and its fraction of 3 MP, CPU seconds and peak memory."""
    cv2.setNumThreads(1)
    for factor in (0.5, 1.25, 2.5):
        scene = background_scenes.studio("jar", factor)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        times = []
        for _ in range(3):
            start = time.process_time()
            background.replace(scene.image, scene.subject, ground=background.Gradient("#2747B8", "#F6F0E4", 90))
            times.append(time.process_time() - start)
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(
            f"{scene.alpha.size / 1e6:5.1f} MP: {median(times):5.2f} s CPU (median of 3), the process grew by "
            f"{(after - before) / 1024:.0f} MB to a peak of {after / 1024:.0f} MB"
        )


if __name__ == "__main__":
    words = sys.argv[1:] or ["cost", "tuning", "held-out", "mixing"]
    if "cost" in words:
        cost()
    if "tuning" in words:
        compare(background_scenes.tuning())
    if "held-out" in words:
        compare(background_scenes.held_out())
    if "mixing" in words:
        mixing()
