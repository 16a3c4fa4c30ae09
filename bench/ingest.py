"""What ingesting one 12 MP JPEG costs, ours against the naive way, in CPU time of this process.

    python -m bench.ingest [--rounds 7]

Both get the same bytes and return the same facts: checked pixels, file and pixel hash, two previews, perceptual hash.
Rounds alternate; the medians and their ratio are printed, then how true the previews are and how much memory one
ingest adds. Exits with 1 below the demanded ratio.
"""

import argparse
import hashlib
import io
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from workbench.imaging import intake, previews
from workbench.imaging.similarity import ssim_map

WIDTH, HEIGHT = 4000, 3000
DEMANDED = 2.2
LANCZOS = Image.Resampling.LANCZOS


def photograph() -> bytes:
    """A 12 MP JPEG with detail at every scale, falling off as a photograph's spectrum does; fine grain is grey."""
    rng = np.random.default_rng(12)
    light = np.full((HEIGHT, WIDTH, 3), 120, np.float32)
    for scale, strength in ((256, 60), (64, 30), (16, 18), (4, 10), (2, 6), (1, 3)):
        channels = 3 if scale >= 16 else 1
        noise = rng.normal(0, strength, (HEIGHT // scale + 1, WIDTH // scale + 1, channels)).astype(np.float32)
        light += np.asarray(cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)).reshape(
            HEIGHT, WIDTH, channels
        )
    file = io.BytesIO()
    Image.fromarray(np.clip(light, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=92)
    return file.getvalue()


def ours(data: bytes) -> previews.Previews:
    hashlib.sha256(data).hexdigest()
    return previews.make(intake.read(data))


def naive(data: bytes) -> tuple[bytes, bytes, str, int]:
    """What one writes first: decode to check, decode to work, hash a copy, PNG previews, hash from the full picture."""
    hashlib.sha256(data).hexdigest()
    Image.open(io.BytesIO(data)).load()
    image = Image.open(io.BytesIO(data)).convert("RGB")
    pixels = hashlib.sha256(image.tobytes()).hexdigest()
    files = []
    for side in (1600, 512):
        file = io.BytesIO()
        image.resize((side, side * HEIGHT // WIDTH)).save(file, "PNG")
        files.append(file.getvalue())
    low = np.asarray(cv2.dct(np.asarray(image.convert("L").resize((32, 32), LANCZOS), np.float32)))[:8, :8]
    bits = int.from_bytes(np.packbits(low > np.median(low)).tobytes(), "big")
    return files[0], files[1], pixels, bits


def medians(ways: dict[str, Callable[[bytes], object]], data: bytes, rounds: int) -> dict[str, float]:
    """Median CPU milliseconds of each way, taken in turns."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.process_time()
            way(data)
            spent[name].append(1000 * (time.process_time() - began))
    return {name: statistics.median(times) for name, times in spent.items()}


def truth(data: bytes) -> dict[str, float]:
    """Mean SSIM of the previews' pixels, before and after encoding, to a full decode and one Lanczos resize."""
    image = Image.fromarray(intake.read(data).array)
    large = previews.fit(image, previews.LARGE, reducing_gap=1.0)
    made = previews.make(intake.read(data))
    found = {}
    for side, pixels, encoded in (
        (previews.LARGE, large, made.large),
        (previews.SMALL, previews.fit(large, previews.SMALL), made.small),
    ):
        ideal = np.asarray(image.resize(pixels.size, LANCZOS))
        found[f"{side} px"] = float(ssim_map(ideal, np.asarray(pixels)).mean())
        decoded = np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"))
        found[f"{side} px, encoded"] = float(ssim_map(ideal, decoded).mean())
    return found


#: in a process of its own: the peak of this one is already that of drawing the picture
_PEAK = """
import sys
from pathlib import Path
from bench import ingest
data = sys.stdin.buffer.read()
def peak():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]) / 1000
getattr(ingest, sys.argv[1])(ingest.small())
Path("/proc/self/clear_refs").write_text("5")
before = peak()
getattr(ingest, sys.argv[1])(data)
print(peak() - before)
"""


def small() -> bytes:
    """A small JPEG, to have everything loaded before memory is measured."""
    file = io.BytesIO()
    Image.effect_noise((WIDTH // 50, HEIGHT // 50), 80).convert("RGB").save(file, "JPEG")
    return file.getvalue()


def peak(way: str, data: bytes) -> float | None:
    """Megabytes that one ingest adds to a process at its peak; None where /proc does not tell."""
    if platform.system() != "Linux":
        return None
    done = subprocess.run([sys.executable, "-c", _PEAK, way], input=data, capture_output=True, timeout=120, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="how often each way runs")
    wanted = parser.parse_args()
    data = photograph()
    print(f"{WIDTH} × {HEIGHT} px JPEG, {len(data) / 1e6:.1f} MB · {platform.machine()} · {wanted.rounds} rounds")
    cost = medians({"naive": naive, "ours": ours}, data, wanted.rounds)
    made, plain = ours(data), naive(data)
    sizes = {"naive": len(plain[0]) + len(plain[1]), "ours": len(made.large) + len(made.small)}
    for name in ("naive", "ours"):
        memory = peak(name, data)
        added = "not measured" if memory is None else f"{memory:.0f} MB"
        print(f"{name:>6}  {cost[name]:6.0f} ms CPU   previews {sizes[name] / 1e3:6.0f} kB   peak + {added}")
    for name, value in truth(data).items():
        print(f"SSIM to full decode + Lanczos, {name:<18} {value:.4f}")
    ratio = cost["naive"] / cost["ours"]
    print(f"ratio {ratio:.2f} (demanded {DEMANDED})")
    sys.exit(ratio < DEMANDED)


if __name__ == "__main__":
    main()
