"""The bench of the fidelity lock measures what it says: its simulator is true, its control is worse than the truth."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from bench import drifts, lock_scenes
from bench.drifts import DRIFTS, apart, canvas, simulate
from bench.lock_truth import likeness, measure, resized
from workbench.imaging.lock import lock

SIZE = (480, 320)
#: movement and canvas, without what blurs the dots that are looked for
MOVED = {
    name: replace(drift, ripple=0, smooth=0, resynth=0, grain=0, file=None, padding="black")
    for name, drift in DRIFTS.items()
}


def dots() -> tuple[np.ndarray, np.ndarray]:
    """White discs on black, and their centres as x, y."""
    width, height = SIZE
    picture = np.zeros((height, width, 3), np.uint8)
    centres = np.array([(x, y) for y in range(40, height - 30, 60) for x in range(40, width - 30, 80)])
    for x, y in centres:
        cv2.circle(picture, (int(x), int(y)), 5, (255, 255, 255), -1, cv2.LINE_AA)
    return picture, centres


def centre_near(picture: np.ndarray, x: float, y: float) -> tuple[float, float]:
    """The centre of light within 14 px of a place."""
    left, top = max(0, round(x) - 14), max(0, round(y) - 14)
    patch = picture[top : round(y) + 15, left : round(x) + 15].astype(np.float64).mean(axis=2)
    patch[patch < 40] = 0
    rows, columns = np.mgrid[0 : patch.shape[0], 0 : patch.shape[1]]
    return left + float((columns * patch).sum() / patch.sum()), top + float((rows * patch).sum() / patch.sum())


@pytest.mark.parametrize("name", MOVED)
@pytest.mark.parametrize("size", [(480, 320), (512, 512), (768, 512), (240, 160)])
def test_a_dot_lands_where_the_matrix_says(name: str, size: tuple[int, int]) -> None:
    picture, centres = dots()
    output, matrix = simulate(picture, MOVED[name], size, 3)
    assert output.shape == (size[1], size[0], 3)
    places = [(matrix @ [x, y, 1]) for x, y in centres]
    seen = [(x, y) for x, y in places if 16 < x < size[0] - 16 and 16 < y < size[1] - 16]
    assert len(seen) >= 8
    off = [np.hypot(*np.subtract(centre_near(output, x, y), (x, y))) for x, y in seen]
    assert max(off) < 0.15, f"a dot lies {max(off):.2f} px off"


def test_the_micro_warp_moves_by_what_it_says_and_has_no_affine_part() -> None:
    size = (400, 300)
    field = drifts._ripple(size, 0.4, np.random.default_rng(1))
    assert np.sqrt((field**2).sum(axis=2).mean()) == pytest.approx(0.4, rel=0.1)
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    plane = np.column_stack([x.ravel(), y.ravel(), np.ones(x.size)])
    affine = np.linalg.lstsq(plane, field.reshape(-1, 2), rcond=None)[0]
    assert np.sqrt(((plane @ affine) ** 2).sum(axis=1).mean()) < 0.06


def test_the_same_seed_gives_the_same_output_and_another_seed_another_one() -> None:
    picture = lock_scenes.picture(lock_scenes.photo("coffee", SIZE), [])
    first, again, other = (simulate(picture, DRIFTS["redrawn"], canvas(SIZE, 200_000), seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_transparency_is_kept_or_laid_on_a_ground() -> None:
    picture = np.zeros((120, 160, 4), np.uint8)
    picture[30:90, 40:120] = (200, 40, 30, 255)
    kept, _ = simulate(picture, drifts.NONE, (160, 120), 1)
    assert np.array_equal(kept, picture)
    laid, _ = simulate(picture, replace(drifts.NONE, ground=255), (160, 120), 1)
    assert laid.shape == (120, 160, 3)
    assert laid[0, 0].tolist() == [255, 255, 255]
    assert laid[60, 80].tolist() == [200, 40, 30]


def test_maps_that_are_three_and_four_pixels_off_are_five_apart() -> None:
    true = np.eye(2, 3)
    moved = np.array([[1.0, 0, 3], [0, 1, 4]])
    assert apart(moved, true, (100, 50)) == pytest.approx(5)
    assert apart(true, true, (100, 50)) == 0


@pytest.mark.parametrize("kind", lock_scenes.KINDS)
def test_an_edit_changes_its_region_and_nothing_else(kind: str) -> None:
    made = replace(lock_scenes.SETS[0], size=(360, 240)).edit(kind)
    assert made.changed.any() == (kind != "none")
    assert not (made.changed & ~made.region).any()


@pytest.mark.parametrize("drift", ["small", "mid", "strong", "redrawn", "graded"])
def test_the_raw_output_is_worse_than_the_truth(drift: str) -> None:
    made = replace(lock_scenes.SETS[0], size=SIZE).edit("recolour")
    output, _ = simulate(made.edited, DRIFTS[drift], canvas(SIZE, 300_000), 4)
    raw = resized(output, made.original)
    assert likeness(raw, made.edited) < 0.95
    assert (raw == made.original).all(axis=2)[~made.differs].mean() < 0.2


def test_a_locked_output_keeps_its_promises_and_is_nearer_to_the_truth_than_the_raw_one() -> None:
    made = replace(lock_scenes.SETS[0], size=(720, 480)).edit("recolour")
    case = lock_scenes.Case(made, "mid", canvas(made.size, 600_000), 77)
    output, true = case.output()
    row = measure(case, output, true, lock(made.original, output), 0.0)
    assert row.misses == []
    assert row.ssim > row.raw_ssim + 0.02
    assert row.identical is not None and row.raw_identical is not None and row.identical > row.raw_identical + 0.9


def test_a_result_that_was_not_locked_misses_the_promises() -> None:
    made = replace(lock_scenes.SETS[0], size=SIZE).edit("remove")
    case = lock_scenes.Case(made, "mid", canvas(SIZE, 300_000), 78, marked=True)
    output, true = case.output()
    locked = lock(made.original, output, region=made.region)
    raw = replace(locked, image=resized(output, made.original), changed=np.ones(made.original.shape[:2], bool))
    said = " ".join(measure(case, output, true, raw, 0.0).misses)
    assert "outside" in said and "SSIM" in said
