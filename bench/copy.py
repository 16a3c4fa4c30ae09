"""Copy update against the same line drawn anew by the same rasteriser: place, size, font, glyphs, ground, time and memory.

Run `python -m bench.copy` (all), or name parts: tuning, heldout, speed. Times are CPU seconds.
"""

import resource
import sys
import time

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bench import copy_scenes
from bench.copy_scenes import TUNING, TYPES, Scene
from workbench.errors import InvalidInput
from workbench.imaging import copy
from workbench.imaging.colour_space import delta_e_2000, to_lab

POSITION, SIZE, GLYPH = 1.0, 0.25, 5.0


def measured(scene: Scene, draw) -> dict:
    """Numbers of one scene; {"refused": sentence} where it was refused."""
    (before, pen), (truth, _) = draw(scene, scene.old), draw(scene, scene.new)
    fonts = [path.read_bytes() for path in copy_scenes.fonts()]
    started = time.process_time()
    try:
        updated = copy.update_details(before, scene.old, scene.new, fonts=fonts)
    except InvalidInput as error:
        return {"refused": f"{type(error).__name__}: {error}", "seconds": time.process_time() - started}
    seconds = time.process_time() - started
    behind = copy_scenes.ground(scene.ground, *before.shape[:2])
    inked, was = (np.abs(it.astype(int) - behind).max(-1) > 8 for it in (truth, before))
    off = delta_e_2000(to_lab(updated.image), to_lab(truth))
    bare = was & ~cv2.dilate(inked.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    return {
        "x": updated.pen[0] - pen[0], "y": updated.pen[1] - pen[1], "size": updated.size - scene.size,
        "font": updated.font == TYPES[scene.type].name, "name": updated.font, "score": updated.score,
        "glyph": float(off[inked].mean()), "erase": float(off[bare].mean()) if bare.any() else 0.0,
        "outside": int(((updated.image != before).any(-1) & ~updated.mask).sum()),
        "doubts": updated.doubts, "seconds": seconds,
    }  # fmt: skip


def table(title: str, scenes: list[Scene]) -> None:
    scenes = [scene for scene in scenes if TYPES[scene.type].file.exists()]
    print(
        f"\n{title}: {len(scenes)} lines\n{'line':52}{'Δx':>7}{'Δy':>7}{'Δsize':>7}{'font':>6}{'score':>7}{'glyph':>7}{'erase':>7}{'out':>5}{'s':>6}  said"
    )
    rows = []
    with copy_scenes.drawers(scenes) as draw:
        for scene in scenes:
            row = measured(scene, draw[scene.by])
            rows.append(row)
            name = f"{scene.by:10}{scene.type:9}{scene.size:5.1f} {scene.ground:10}{scene.colour:8} {scene.tracking:4}"
            if "refused" in row:
                print(f"{name:52}  refused: {row['refused'][:110]}", flush=True)
                continue
            numbers = f"{row['x']:7.2f}{row['y']:7.2f}{row['size']:7.2f}{'yes' if row['font'] else 'NO':>6}{row['score']:7.3f}"
            numbers += f"{row['glyph']:7.2f}{row['erase']:7.2f}{row['outside']:5}{row['seconds']:6.1f}"
            print(f"{name:52}{numbers}  {'; '.join(it[:40] for it in row['doubts']) or '-'}", flush=True)
    summary(rows)


def summary(rows: list[dict]) -> None:
    done = [row for row in rows if "refused" not in row]
    if not done:
        return
    placed = [abs(row["x"]) <= POSITION and abs(row["y"]) <= POSITION for row in done]
    sized = [abs(row["size"]) <= SIZE for row in done]
    silent = [not ok or row["glyph"] > GLYPH for ok, row in zip(placed, done, strict=True) if not row["doubts"]]
    print(
        f"{len(done)} of {len(rows)} set, {len(rows) - len(done)} refused · position ≤ 1 px {np.mean(placed):.0%} · "
        f"size ≤ .25 px {np.mean(sized):.0%} · both {np.mean(np.logical_and(placed, sized)):.0%} · "
        f"font right {np.mean([row['font'] for row in done]):.0%}\n"
        f"glyph ΔE2000 median {np.median([row['glyph'] for row in done]):.2f}, worst {max(row['glyph'] for row in done):.2f} · "
        f"erase ΔE2000 median {np.median([row['erase'] for row in done]):.2f}, worst {max(row['erase'] for row in done):.2f} · "
        f"outside {sum(row['outside'] for row in done)} px · silent misses {sum(silent)} · "
        f"{np.median([row['seconds'] for row in done]):.1f} s CPU median"
    )


def speed() -> None:
    """12 MP with lines of three sizes; peak memory is that of the whole process."""
    width, height = 4242, 2828
    picture = Image.fromarray(copy_scenes.ground("dusk", height, width))
    drawing = ImageDraw.Draw(picture)
    font = copy_scenes.FONTS / "Inter.woff2"
    for size, y in ((60, 400), (140, 1100), (300, 2000)):
        drawing.text((240, y), f"Summer Sale {size}", font=ImageFont.truetype(font, size), fill="white")
    image = np.asarray(picture)
    print("\n12 MP, two fonts (18 faces): CPU seconds, with reading; the models are loaded before")
    copy.locate(image[:600], "Summer Sale 60")
    for size in (60, 140, 300):
        started, clock = time.process_time(), time.monotonic()
        updated = copy.update_details(
            image, f"Summer Sale {size}", f"Winter Deals {size}", fonts=[font, font.with_name("GeistMono.woff2")]
        )
        print(
            f"type of {size:3} px: {time.process_time() - started:5.1f} s CPU, {time.monotonic() - clock:5.1f} s, size off {updated.size - size:+.2f}, {updated.doubts or '-'}"
        )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    cv2.setNumThreads(1)
    parts = sys.argv[1:] or ["tuning", "heldout", "speed"]
    if "speed" in parts:
        speed()
    if "tuning" in parts:
        table("Looked at while tuning", TUNING)
    if "heldout" in parts:
        table("Held out", list(copy_scenes.held_out()))
