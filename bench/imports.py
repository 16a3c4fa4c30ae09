"""What importing costs above bare decoding, and how much memory the biggest pictures take on their way in.

    python -m bench.imports [--count 100] [--folder /tmp]

A folder of 12 MP JPEGs is added to a fresh Loupe with a durable database and store, in parts; each part is also only
decoded and previewed, one after the other, before or after it in turns. Then one 48 MP picture of each kind is taken in
by a process of its own. Exits with 1 when a ratio or a peak is above what is demanded.
"""

import argparse
import io
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from bench.ingest import photograph
from workbench import db, operators, postgres, sources
from workbench.imaging import intake, previews
from workbench.permissions import Actor
from workbench.starter.profiles import display_p3

#: demanded, as multiples of bare decoding and previews
MOST_CPU, MOST_WALL = 1.35, 1.5
#: demanded, in megabytes
MOST_PEAK = 1500
PART = 10


def pictures(folder: Path, count: int) -> list[Path]:
    """Photographs of the same kind that differ from each other as photographs do."""
    pixels = np.asarray(Image.open(io.BytesIO(photograph())))
    paths = []
    for number in range(count):
        other = np.roll(pixels, (number * 397 % 3000, number * 911 % 4000), (0, 1))
        paths.append(folder / f"{number:03}.jpg")
        Image.fromarray(np.ascontiguousarray(other)).save(paths[-1], "JPEG", quality=92)
    return paths


def took(deed: Callable[[], object]) -> tuple[float, float]:
    """Seconds of CPU, of all threads of this process, and on the wall."""
    cpu, wall = time.process_time(), time.perf_counter()
    deed()
    return time.process_time() - cpu, time.perf_counter() - wall


def bare(paths: list[Path]) -> None:
    for path in paths:
        previews.make(intake.read(path.read_bytes()))


def ours(actor: Actor, paths: list[Path]) -> None:
    added, refused = sources.add_files(actor, [sources.LocalFile(path) for path in paths])
    if refused or any(one.duplicate for one in added):
        raise SystemExit(f"Not every picture came in as a new one: {refused[:1]}")


def importing(place: Path, count: int) -> tuple[float, float]:
    """Medians of the ratios of CPU and wall, ours to bare, over parts of PART pictures."""
    paths = pictures(place, count)
    actor = operators.local_actor("cli")
    ours(actor, paths[:1])  # everything is loaded, the store and the connections are there
    ratios, spent = [], []
    for number, start in enumerate(range(1, count, PART)):
        part = paths[start : start + PART]
        ways = {"ours": lambda part=part: ours(actor, part), "bare": lambda part=part: bare(part)}
        found = {name: took(ways[name]) for name in (list(ways) if number % 2 else list(reversed(ways)))}
        ratios.append([a / b for a, b in zip(found["ours"], found["bare"], strict=True)])
        spent.append([1000 * value / len(part) for way in ("ours", "bare") for value in found[way]])
    cpu, wall, bare_cpu, bare_wall = (statistics.median(column) for column in zip(*spent, strict=True))
    print(
        f"each of {count} pictures of 12 MP: import {cpu:.0f} ms CPU, {wall:.0f} ms; bare {bare_cpu:.0f} ms CPU, {bare_wall:.0f} ms"
    )
    return statistics.median(one[0] for one in ratios), statistics.median(one[1] for one in ratios)


def big(kind: str) -> bytes:
    """A picture of 48 MP with soft detail and a little grain."""
    rng = np.random.default_rng(1)
    pixels = cv2.resize(rng.integers(0, 255, (750, 1000, 3), np.uint8), (8000, 6000), interpolation=cv2.INTER_CUBIC)
    pixels = np.clip(pixels.astype(np.int16) + rng.integers(0, 2, (6000, 8000, 1), np.int16), 0, 255).astype(np.uint8)
    image, file = Image.fromarray(pixels), io.BytesIO()
    match kind:
        case "PNG":
            image.save(file, "PNG", compress_level=1)
        case "JPEG":
            image.save(file, "JPEG", quality=92)
        case "JPEG, progressive":
            image.save(file, "JPEG", quality=92, progressive=True)
        case "JPEG, Display P3":
            image.save(file, "JPEG", quality=92, icc_profile=display_p3())
        case "WebP":
            image.save(file, "WEBP", quality=50, method=0)
    return file.getvalue()


_PEAK = """
import sys
from bench.ingest import small
from workbench import versions
from workbench.imaging import intake
data, first = sys.stdin.buffer.read(), small()
versions.derive(first, intake.read(first))
versions.derive(data, intake.read(data))
print(int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]) / 1000)
"""


def peak(kind: str) -> float:
    """Megabytes of a whole process that takes in one big picture, at its peak."""
    done = subprocess.run([sys.executable, "-c", _PEAK], input=big(kind), capture_output=True, timeout=300, check=True)
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--folder", type=Path, default=Path("/tmp"), help="where the pictures and the database may lie")
    wanted = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="loupe-imports-", dir=wanted.folder))
    place.chmod(0o755)  # root starts the database as another account
    os.environ["LOUPE_HOME"] = str(place / "home")
    os.environ.pop("DATABASE_URL", None)
    try:
        db.migrate()
        (place / "pictures").mkdir()
        cpu, wall = importing(place / "pictures", wanted.count)
        print(f"import to bare: CPU {cpu:.2f} (at most {MOST_CPU}), wall {wall:.2f} (at most {MOST_WALL})")
    finally:
        db.forget()
        postgres.stop(place / "home")
        shutil.rmtree(place)
    highest = 0.0
    if platform.system() == "Linux":
        for kind in ("PNG", "JPEG", "JPEG, progressive", "JPEG, Display P3", "WebP"):
            found = peak(kind)
            highest = max(highest, found)
            print(f"48 MP {kind}: peak {found:.0f} MB (at most {MOST_PEAK})")
    print(f"on {platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    sys.exit(cpu > MOST_CPU or wall > MOST_WALL or highest > MOST_PEAK)


if __name__ == "__main__":
    main()
