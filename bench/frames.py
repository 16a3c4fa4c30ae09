"""Resize, reframe and removal: quality on scenes for tuning and on held-out ones, CPU against plain ways, peak memory.

Run `python -m bench.frames` (all), or name parts: removal, photographs, speed, memory. Times are CPU seconds, medians
of interleaved runs on the machine that is named.
"""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2
import numpy as np
from skimage import data

from workbench.errors import InvalidInput
from workbench.imaging.colour_space import delta_e_2000, to_lab
from workbench.imaging.reframe import reframe
from workbench.imaging.removal import remove
from workbench.imaging.resize import resize


def lit(kind: str, width: int, height: int, seed: int, grain: float, soft: float) -> np.ndarray:
    """A studio ground, unrounded levels; grain: standard deviation; soft: how far neighbouring grain goes together."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / width
    light = {
        "even": lambda: np.ones_like(x),
        "ramp": lambda: 1 + random.uniform(-0.25, 0.25) * (x - 0.5) + random.uniform(-0.25, 0.25) * (y - 0.4),
        "pool": lambda: 0.72 + 0.3 * np.exp(-((x - random.uniform(0.2, 0.8)) ** 2 + (y - 0.3) ** 2) / 0.3),
        "sweep": lambda: 1 - 0.25 / (1 + np.exp(-(y - random.uniform(0.35, 0.55)) / 0.08)),
    }[kind]()
    noise = random.normal(size=(height, width, 3))
    noise = cv2.GaussianBlur(noise, (0, 0), soft) if soft else noise
    noise = 0.5 * noise + 0.8 * noise.mean(axis=2, keepdims=True)
    return random.uniform(100, 215, 3) * light[..., None] + grain * noise / noise.std()


def with_object(ground: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A disc with a soft shadow, and an oval round both."""
    random, (height, width) = np.random.default_rng(seed), ground.shape[:2]
    x, y, size = random.uniform(0.3, 0.6) * width, random.uniform(0.3, 0.5) * height, random.uniform(0.06, 0.14) * width
    down, across = np.mgrid[0:height, 0:width]
    solid = np.clip(size - np.hypot(across - x, down - y) + 0.5, 0, 1)[..., None]
    shadow = 0.4 * np.exp(-(((across - x - size / 3) / size) ** 2 + ((down - y - size) / (size / 3)) ** 2))
    picture = ground * (1 - shadow[..., None]) * (1 - solid) + solid * random.uniform(0, 255, 3)
    return picture, ((across - x - size / 3) / (size * 2.6)) ** 2 + ((down - y - size / 2) / (size * 2.1)) ** 2 < 1


def developed(levels: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


def off(one: np.ndarray, other: np.ndarray, where: np.ndarray, sigma: float) -> np.ndarray:
    """ΔE2000 without the grain, in `where`."""
    calm = [developed(cv2.GaussianBlur(a.astype(np.float32), (0, 0), sigma))[where] for a in (one, other)]
    return delta_e_2000(to_lab(calm[0]), to_lab(calm[1]))


def removal(title: str, seeds: range, telea: bool = True) -> None:
    print(
        f"\n{title}\n{'ground':8}{'grain':>6}{'soft':>6}{'PSNR':>8}{'ΔE mean':>9}{'p99':>7}{'worst':>7}{'Telea':>8}  said"
    )
    for kind in ("even", "ramp", "pool", "sweep"):
        for grain, soft in ((0, 0), (1, 0), (2, 0), (2, 0.8), (4, 1)):
            table, plain, said = [], [], Counter()
            for seed in seeds:
                ground = lit(kind, 600, 480, seed, grain, soft)
                picture, region = with_object(ground, seed)
                picture, truth = developed(picture), developed(ground)
                try:
                    removed = remove(picture, region)
                except InvalidInput as refusal:
                    said[type(refusal).__name__] += 1
                    continue
                said["doubtful" if removed.doubts else "-"] += 1
                error = off(removed.image, truth, region, 4)
                table.append((psnr(removed.image[region], truth[region]), error.mean(), np.percentile(error, 99)))
                if telea:
                    inpainted = cv2.inpaint(picture, region.astype(np.uint8), 3, cv2.INPAINT_TELEA)
                    plain.append(psnr(inpainted[region], truth[region]))
            if table:
                middle, worst = np.median(table, axis=0), max(row[2] for row in table)
                numbers = f"{middle[0]:8.1f}{middle[1]:9.2f}{middle[2]:7.2f}{worst:7.2f}{np.median(plain):8.1f}"
                print(f"{kind:8}{grain:6}{soft:6}{numbers}  {dict(said)}", flush=True)


def neighbours(seeds: range) -> None:
    """Another disc beside the marked one, by the gap between it and the marking, px."""
    print(f"\nRemoval beside another object\n{'gap':8}{'p99':>7}{'worst':>7}  said")
    down, across = np.mgrid[0:480, 0:600]
    for gap in (3, 7, 10, 20, 40):
        errors, said = [], Counter()
        for number in seeds:
            kind, grain = ("even", "ramp", "pool", "sweep")[number % 4], (0, 1.0, 2.0)[number % 3]
            random, turn = np.random.default_rng(number), number * 2.4
            ground, size = lit(kind, 600, 480, number, grain, 0), random.uniform(10, 110)
            x, y = 300 + np.cos(turn) * (60 + gap + size), 240 + np.sin(turn) * (60 + gap + size)
            ground[np.hypot(across - x, down - y) < size] = random.uniform(0, 255, 3)
            picture, truth = developed(ground), developed(ground)
            picture[np.hypot(across - 300, down - 240) < 48] = (180, 40, 60)
            region = np.hypot(across - 300, down - 240) < 60
            try:
                removed = remove(picture, region)
            except InvalidInput as refusal:
                said[type(refusal).__name__] += 1
                continue
            said["doubtful" if removed.doubts else "-"] += 1
            errors.append(float(np.percentile(off(removed.image, truth, region, 4), 99)))
        numbers = f"{np.median(errors):7.2f}{max(errors):7.2f}" if errors else f"{'-':>7}{'-':>7}"
        print(f"{gap:<8}{numbers}  {dict(said)}", flush=True)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    error = ((one.astype(float) - other) ** 2).mean()
    return 99.0 if error == 0 else float(10 * np.log10(255**2 / error))


def photographs(count: int = 120) -> None:
    """Areas without an object: the picture itself is the truth, so that a bad fill without a doubt is counted."""
    print(
        f"\n{count} ovals on each photograph\n{'photograph':14}{'refused':>8}{'doubtful':>9}{'silent':>7}{'silent, p99 ΔE > 3':>20}{'worst':>7}"
    )
    for name in ("astronaut", "coffee", "chelsea", "rocket", "brick", "gravel", "camera", "moon", "coins", "retina"):
        pixels = getattr(data, name)()
        picture = np.ascontiguousarray(np.dstack([pixels] * 3) if pixels.ndim == 2 else pixels[..., :3])
        random, said, bad, worst = np.random.default_rng(sum(map(ord, name)) + 1), Counter(), 0, 0.0
        down, across = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]]
        for _ in range(count):
            x, y, a, b = random.uniform((0, 0, 8, 8), (picture.shape[1], picture.shape[0], 60, 60))
            region = ((across - x) / a) ** 2 + ((down - y) / b) ** 2 < 1
            try:
                removed = remove(picture, region)
            except InvalidInput:
                said["refused"] += 1
                continue
            said["doubtful" if removed.doubts else "silent"] += 1
            if not removed.doubts:
                error = float(np.percentile(off(removed.image, picture, region, 2.5), 99))
                bad, worst = bad + (error > 3), max(worst, error)
        print(f"{name:14}{said['refused']:8}{said['doubtful']:9}{said['silent']:7}{bad:20}{worst:7.1f}", flush=True)


def naive_resize(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """The area mean in linear light, every step over the whole frame in float64."""
    x = image.astype(np.float64) / 255
    light = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    small = np.clip(cv2.resize(light, (width, height), interpolation=cv2.INTER_AREA), 0, 1)
    return developed(255 * np.where(small <= 0.0031308, 12.92 * small, 1.055 * small ** (1 / 2.4) - 0.055))


def spent(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def large(width: int = 4243, height: int = 2828) -> np.ndarray:
    return cv2.resize(data.coffee(), (width, height), interpolation=cv2.INTER_CUBIC)


def speed(runs: int = 3) -> None:
    # idle threads that wait for a busy core would count as work
    cv2.setNumThreads(1)
    picture = large()
    ground = lit("pool", 4243, 2828, 9, 1.5, 0)
    scene, region = with_object(ground, 9)
    scene = developed(scene)
    print(
        f"\nCPU seconds at 12 MP, {platform.processor() or platform.machine()}\n{'':34}{'ours':>8}{'naive':>8}{'ratio':>8}"
    )
    for name, ours, naive in (
        ("resize to 1080 × 720", lambda: resize(picture, 1080, 720), lambda: naive_resize(picture, 1080, 720)),
        ("the same, not sharpened", lambda: resize(picture, 1080, 720, sharpen=0), lambda: naive_resize(picture, 1080, 720)),
        ("resize to 3000 × 2000", lambda: resize(picture, 3000, 2000), lambda: naive_resize(picture, 3000, 2000)),
        ("reframe, fill 1080 × 1350", lambda: reframe(picture, 1080, 1350, how="fill"), lambda: naive_resize(picture[:, :2262], 1080, 1350)),
        ("reframe, pad 1080 × 1920", lambda: reframe(picture, 1080, 1920, how="pad"), lambda: naive_resize(picture, 1080, 720)),
        ("resize to 6000 × 4000", lambda: resize(picture, 6000, 4000), lambda: naive_resize(picture, 6000, 4000)),
        (f"removal of {region.sum() / 1e6:.1f} MP (naive: Telea)", lambda: remove(scene, region), lambda: cv2.inpaint(scene, region.astype(np.uint8), 3, cv2.INPAINT_TELEA)),
    ):  # fmt: skip
        times = [(spent(ours), spent(naive)) for _ in range(runs)]
        mine, other = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{name:34}{mine:8.2f}{other:8.2f}{other / mine:8.1f}", flush=True)


MEASURE = """
import resource, sys
import numpy as np
from bench.frames import naive_resize
from workbench.imaging.resize import resize
picture = np.random.default_rng(1).integers(0, 256, (6000, 8000, 3), np.uint8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
{}(picture, *map(int, sys.argv[1:]))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def memory() -> None:
    print(f"\nPeak memory beyond the 48 MP picture, MB\n{'':34}{'ours':>8}{'naive':>8}{'new picture':>13}")
    for width, height in ((1080, 810), (6000, 4500)):
        peaks = [
            subprocess.run([sys.executable, "-c", MEASURE.format(way), str(width), str(height)], capture_output=True, text=True, check=True).stdout.strip()
            for way in ("resize", "naive_resize")
        ]  # fmt: skip
        print(
            f"{f'resize to {width} × {height}':34}{peaks[0]:>8}{peaks[1]:>8}{width * height * 3 // 1_000_000:13}",
            flush=True,
        )


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["removal", "photographs", "speed", "memory"]
    if "removal" in wanted:
        removal("Removal on grounds used for tuning", range(3))
        removal("Held-out grounds", range(500, 508))
        neighbours(range(700, 724))
    if "photographs" in wanted:
        photographs()
    if "speed" in wanted:
        speed()
    if "memory" in wanted:
        memory()
