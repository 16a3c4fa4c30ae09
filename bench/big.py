"""How much memory a whole edit of a 48 MP picture takes, from the stored file to the measured, stored result.

    python -m bench.big

A process of its own for each case runs the worker's code on a scratch home; its peak is what the kernel counted.
Demanded: at most 1.5 GB for PNG and JPEG.
"""

import io
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (8000, 6000)
MOST = 1.5e9


def picture(kind: str) -> bytes:
    """A product-like picture: a gradient ground, grain, and a flat coloured field to be recoloured."""
    width, height = SIZE
    ground = np.linspace(200, 235, width, dtype=np.float32)[None, :].repeat(height, axis=0)
    noise = np.random.default_rng(1).integers(-3, 4, (height, width), dtype=np.int16)
    grey = np.clip(ground + noise, 0, 255).astype(np.uint8)
    pixels = np.dstack([grey, grey, grey])
    pixels[1500:4500, 2000:6000] = (181, 83, 47)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **({"quality": 92} if kind == "JPEG" else {"compress_level": 1}))
    return file.getvalue()


def run(words: str) -> None:
    """The edit, in a process that does nothing else."""
    from workbench import db, edits
    from workbench.edits import pipeline

    with db.transaction() as tx:
        edit = edits.find(tx, words)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pipeline.run_now(edit.id)
    with db.transaction() as tx:
        edit = edits.find(tx, words)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"state": edit.state, "failure": edit.failure, "before": before * 1024, "peak": peak * 1024}))


def prepare(kind: str) -> None:
    """Add the picture, queue the edit and print its id."""
    from workbench import edits, operators, sources

    me = operators.local_actor("cli")
    asset = sources.add(me, picture(kind), name=f"Big {kind}", origin="bench").asset
    wish = edits.Wish("colour-swap", {"source": "#B5532F", "target": "Moss"})
    print(edits.propose(me, str(asset.id), wish).id)


def said(deed: str, about: str, environment: dict[str, str]) -> str:
    """The last line that this file, run for one deed, prints."""
    command = [sys.executable, "-m", "bench.big", deed, about]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()[-1]


def main() -> None:
    if len(sys.argv) > 1:
        {"run": run, "prepare": prepare}[sys.argv[1]](sys.argv[2])
        return
    home = Path(tempfile.mkdtemp(prefix="loupe-bench-"))
    home.chmod(0o755)
    environment = {**os.environ, "LOUPE_HOME": str(home / "home"), "OPENBLAS_NUM_THREADS": "1"}
    failed = False
    try:
        subprocess.run([sys.executable, "-m", "workbench", "demo"], env=environment, check=True, capture_output=True)
        for kind in ("PNG", "JPEG"):
            told = json.loads(said("run", said("prepare", kind, environment), environment))
            failed |= told["state"] != "ready" or told["peak"] > MOST
            print(
                f"48 MP {kind}, flat colour swap: {told['state']} {told['failure'] or ''}, peak "
                f"{told['peak'] / 1e6:.0f} MB (at most {MOST / 1e6:.0f}), {told['before'] / 1e6:.0f} MB before"
            )
        print(f"on {platform.platform()}, {os.cpu_count()} cores")
    finally:
        subprocess.run([sys.executable, "-m", "workbench", "down"], env=environment, capture_output=True)
        shutil.rmtree(home)
    if failed:
        raise SystemExit("An edit of 48 MP failed or took more memory than it may.")


if __name__ == "__main__":
    main()
