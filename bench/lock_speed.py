"""The lock's speed and memory: a local edit at 1 to 48 MP, each step apart, against doing all of it at full size.

Run `python -m bench.lock_speed`, or name parts: memory, steps, naive. Times are CPU seconds, medians of runs;
memory is the peak of a process of its own that does nothing but this lock.
"""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from skimage import data

from workbench.imaging import align, lock, region
from workbench.imaging.align import warping
from workbench.imaging.colour_space import oklab_to_levels, to_oklab
from workbench.imaging.lock import comparing

SIZES = {"1 MP": (1225, 816), "12 MP": (4242, 2828), "24 MP": (6000, 4000), "48 MP": (8485, 5657)}
AIMS = {"12 MP": 4, "24 MP": 5, "48 MP": 9}
#: size of the model's canvas
CANVAS = (1536, 1024)


def scene(width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """A photograph with grain, and what a model makes of it: a recoloured disc on a smaller, drifted, JPEG frame."""
    random = np.random.default_rng(7)
    picture = cv2.resize(data.coffee(), (width, height), interpolation=cv2.INTER_CUBIC)
    for top in range(0, height, 512):
        band = picture[top : top + 512]
        noise = random.normal(0, 4, (*band.shape[:2], 1)).astype(np.float32)
        band[:] = np.clip(band + noise, 0, 255).astype(np.uint8)
    edited = picture.copy()
    cv2.circle(edited, (int(0.52 * width), int(0.55 * height)), int(0.16 * height), (30, 90, 190), -1, cv2.LINE_AA)
    small = cv2.resize(edited, CANVAS, interpolation=cv2.INTER_AREA)
    drift = np.array([[1.004, 0.0017, 1.5], [-0.0017, 1.004, -1.1]])
    moved = cv2.warpAffine(small, drift, CANVAS, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    cast = np.clip(moved * np.array([1.03, 0.98, 1.01]) + 3, 0, 255).astype(np.uint8)
    return picture, cv2.imdecode(cv2.imencode(".jpg", cast, [cv2.IMWRITE_JPEG_QUALITY, 92])[1], cv2.IMREAD_UNCHANGED)


def timed(work: Callable[[], Any], runs: int = 3) -> tuple[float, Any]:
    taken, found = [], None
    for _ in range(runs):
        start = time.process_time()
        found = work()
        taken.append(time.process_time() - start)
    return statistics.median(taken), found


def steps() -> None:
    print(f"CPU seconds, medians of 3; {cv2.getNumberOfCPUs()} cores\n")
    print(f"{'':8}{'align':>8}{'find':>8}{'composite':>11}{'whole':>8}{'aim':>6}")
    for name, size in SIZES.items():
        picture, output = scene(*size)
        registered, alignment = timed(lambda p=picture, o=output: align.align(p, o))
        both = comparing.compared(picture, output, alignment.matrix)
        found, _ = timed(lambda b=both: region.find(b.original, b.output, b.valid))
        rest, _ = timed(lambda p=picture, o=output, a=alignment: lock.lock(p, o, known=a))
        whole, _ = timed(lambda p=picture, o=output: lock.lock(p, o))
        numbers = f"{registered:8.2f}{found:8.2f}{rest - found:11.2f}{whole:8.2f}{AIMS.get(name, ''):>6}"
        print(f"{name:8}{numbers}", flush=True)


def at_full_size(picture: np.ndarray, output: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The same without a working size: found and blended at full resolution, in frames of floats."""
    laid, valid = warping.warped(output, matrix, (picture.shape[1], picture.shape[0]))
    found = region.find(picture, laid, valid)
    share = cv2.GaussianBlur(cv2.dilate(found.mask.astype(np.float32), np.ones((5, 5), np.uint8)), (0, 0), 2)[..., None]
    matched = oklab_to_levels(to_oklab(laid) - found.bias)
    return np.rint(picture + share * (matched - picture)).astype(np.uint8)


def naive() -> None:
    picture, output = scene(*SIZES["12 MP"])
    alignment = align.align(picture, output)
    plain, _ = timed(lambda: at_full_size(picture, output, alignment.matrix), 1)
    ours, _ = timed(lambda: lock.lock(picture, output, known=alignment))
    print(f"\n12 MP after registration: full frames {plain:.2f} s, lock {ours:.2f} s: {plain / ours:.1f} times as fast")


def memory() -> None:
    print("\npeak memory, the two pictures and the result included (aim at 48 MP: 1.5 GB)")
    for name, way in (*((name, "lock") for name in SIZES), ("12 MP", "full frames")):
        words = [sys.executable, "-m", __spec__.name, "one", name, way]
        peak = subprocess.run(words, check=True, capture_output=True)
        print(f"{name:8}{way:12}{peak.stdout.decode().strip():>10}", flush=True)


def one(name: str, way: str) -> None:
    picture, output = scene(*SIZES[name])
    if way == "lock":
        lock.lock(picture, output)
    else:
        at_full_size(picture, output, align.align(picture, output).matrix)
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        one(*sys.argv[2:])
    else:
        # memory first: on Linux a process starts with the peak of the one that started it
        for part in sys.argv[1:] or ("memory", "steps", "naive"):
            {"steps": steps, "naive": naive, "memory": memory}[part]()
