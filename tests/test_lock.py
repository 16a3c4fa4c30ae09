"""The fidelity lock: a model's output laid back onto its original, with only the intended change taken from it."""

import tracemalloc
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage import data

from tests.scenes import MORE, poster
from workbench.errors import InvalidInput
from workbench.imaging import differences
from workbench.imaging.align import Alignment, warping
from workbench.imaging.lock import Locked, LockSettings, lock

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
WIDTH, HEIGHT = 540, 360
#: where the edit of `edited` lies
MIDDLE, RADIUS = (270, 190), 55


def photograph(width: int = WIDTH, height: int = HEIGHT, grain: float = 1.0) -> Bytes:
    picture = cv2.resize(data.coffee(), (width, height), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(5).normal(0, grain, (height, width, 1))
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def edited(picture: Bytes, colour: tuple[int, int, int] = (20, 90, 200)) -> Bytes:
    """The picture with a disc of one colour."""
    unit = picture.shape[1] / WIDTH
    middle = (round(MIDDLE[0] * unit), round(MIDDLE[1] * unit))
    shown = cv2.circle(picture[..., :3].copy(), middle, round(RADIUS * unit), colour, -1, cv2.LINE_AA)
    return np.dstack([shown, picture[..., 3:]])


@dataclass(frozen=True)
class Output:
    """What a model makes of a picture, and where it really lies."""

    picture: Bytes
    place: Alignment


def drifted(
    truth: Bytes,
    size: tuple[int, int] = (450, 300),
    shift: tuple[float, float] = (1.5, -1.0),
    scale: float = 1.004,
    turn: float = 0.1,
    cast: float = 0.03,
) -> Output:
    """In a model's own size, a little off its place, warmer, saved as JPEG."""
    matrix = warping.plain((truth.shape[1], truth.shape[0]), size)
    about = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), turn, scale)
    moved = warping.chained(np.asarray(about, np.float64), matrix)
    moved[:, 2] += shift
    small = cv2.GaussianBlur(truth, (0, 0), max(0.01, 0.4 * truth.shape[1] / size[0]))
    laid = cv2.warpAffine(small, moved, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    gain = np.array([1 + cast, 1.0, 1 - cast, 1.0])[: truth.shape[2]]
    warm = np.clip(np.rint(laid * gain), 0, 255).astype(np.uint8)
    colours = cv2.imdecode(cv2.imencode(".jpg", warm[..., :3], [cv2.IMWRITE_JPEG_QUALITY, 94])[1], cv2.IMREAD_UNCHANGED)
    return Output(np.dstack([colours, warm[..., 3:]]), Alignment(moved, 0.05, "good", "truth"))


def locked_in_place(original: Bytes, output: Output, **options: Any) -> Locked:
    """Locked without registering, where the output is known to lie: registration has its own tests."""
    return lock(original, output.picture, known=output.place, **options)


def box(left: int, top: int, right: int, bottom: int, shape: tuple[int, int] = (HEIGHT, WIDTH)) -> Mask:
    mask = np.zeros(shape, bool)
    mask[top:bottom, left:right] = True
    return mask


def overlap(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / (one | other).sum())


def psnr(one: Bytes, other: Bytes, where: Mask) -> float:
    error = (one[where].astype(float) - other[where]) ** 2
    return float(10 * np.log10(255**2 / max(error.mean(), 1e-9)))


def see_through(picture: Bytes) -> Bytes:
    """Cut out round an oval with a soft edge."""
    height, width = picture.shape[:2]
    alpha = np.zeros((height, width), np.uint8)
    cv2.ellipse(alpha, (width // 2, height // 2), (width * 2 // 5, height * 2 // 5), 0, 0, 360, 255, -1, cv2.LINE_AA)
    return np.dstack([picture, cv2.GaussianBlur(alpha, (0, 0), 1)])


@pytest.mark.parametrize(
    "picture", [photograph(), poster(), see_through(photograph())], ids=["photo", "poster", "rgba"]
)
def test_locking_a_picture_with_itself_is_the_identity(picture: Bytes) -> None:
    locked = lock(picture, picture)
    assert np.array_equal(locked.image, picture)
    assert not locked.changed.any() and not locked.found.any() and not locked.doubts
    assert locked.drift.pixels < 0.05


def test_an_unedited_frame_stays_as_it_was() -> None:
    picture = photograph()
    for output in (drifted(picture), drifted(picture, (1080, 720))):
        assert lock(picture, output.picture).changed.mean() <= 0.002


@pytest.mark.parametrize("size", [(450, 300), (WIDTH, HEIGHT), (810, 540), (300, 200)])
def test_only_the_edit_is_taken_from_an_output_of_any_size(size: tuple[int, int]) -> None:
    picture = photograph()
    truth = edited(picture)
    output = drifted(truth, size)
    locked = locked_in_place(picture, output)
    true = differences.changed(picture, truth)
    assert locked.image.shape == picture.shape and locked.alignment.confidence == "good"
    assert overlap(locked.changed, true) > (0.95 if size[0] >= 450 else 0.9)
    assert (locked.changed & ~true).sum() <= 0.015 * (~true).sum()
    plain = cv2.resize(output.picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    everywhere = np.ones_like(true)
    assert psnr(locked.image, truth, everywhere) > psnr(plain, truth, everywhere) + 6


def test_drift_is_told_in_pixels_of_the_original() -> None:
    picture = photograph()
    locked = locked_in_place(picture, drifted(edited(picture), shift=(2, 0), scale=1, turn=0))
    # 2 px of an output that has 450 px for 540
    assert locked.drift.pixels == pytest.approx(2.4, abs=0.15)
    assert locked.drift.delta_e is not None and 1 < locked.drift.delta_e < 8
    assert locked_in_place(picture, drifted(edited(picture), cast=0)).drift.delta_e < locked.drift.delta_e


@settings(max_examples=8 * MORE, deadline=None, derandomize=MORE == 1)
@given(data=st.data())
def test_a_pixel_differs_only_where_changed_says_so_and_only_where_it_may(data: st.DataObject) -> None:
    picture = photograph(270, 180)
    truth = edited(picture)
    near = st.floats(-3, 3)
    output = drifted(
        truth,
        data.draw(st.sampled_from([(270, 180), (225, 150), (400, 270), (200, 180)])),
        (data.draw(near), data.draw(near)),
        data.draw(st.floats(0.98, 1.02)),
        data.draw(st.floats(-0.5, 0.5)),
        data.draw(st.floats(-0.05, 0.05)),
    )
    # a stray patch that the model left anywhere
    x, y = data.draw(st.integers(0, 170)), data.draw(st.integers(0, 130))
    output.picture[y : y + 14, x : x + 24] = data.draw(st.sampled_from([(255, 0, 0), (0, 0, 0), (90, 200, 90)]))
    spots = [data.draw(st.none() | st.tuples(st.integers(0, 200), st.integers(0, 150))) for _ in range(2)]
    region, protect = (
        None if spot is None else box(spot[0], spot[1], spot[0] + size, spot[1] + size, (180, 270))
        for spot, size in zip(spots, (90, 40), strict=True)
    )
    chosen = LockSettings(
        whole_frame=data.draw(st.booleans()),
        grow=data.draw(st.integers(-8, 30)),
        feather=data.draw(st.none() | st.floats(0, 64)),
        nudge=(data.draw(near), data.draw(near)),
        keep_texture=data.draw(st.booleans()),
        match_colour=data.draw(st.booleans()),
        align=data.draw(st.booleans()),
    )
    locked = locked_in_place(picture, output, region=region, protect=protect, settings=chosen)
    assert np.array_equal(locked.changed, differences.changed(picture, locked.image))
    may = np.ones((180, 270), bool) if region is None else region.copy()
    if protect is not None:
        may &= ~protect
    assert not locked.changed[~may].any()


def test_what_the_model_changed_elsewhere_is_thrown_away_and_counted() -> None:
    picture = photograph()
    truth = edited(picture)
    output = drifted(truth)
    output.picture[220:234, 360:395] = np.clip(output.picture[220:234, 360:395] + [26, -10, -22], 0, 255)
    region = box(190, 110, 350, 270)
    locked = locked_in_place(picture, output, region=region)
    assert not locked.changed[~region].any() and locked.changed[region].any()
    assert 0.6 * 14 * 35 * 1.44 < locked.stray < 2 * 14 * 35 * 1.44
    assert locked.cut == 0
    assert locked_in_place(picture, drifted(truth), region=region).stray == 0
    # without a region nothing is forbidden, so the patch is part of the change
    anywhere = locked_in_place(picture, output)
    assert anywhere.stray == 0 and anywhere.cut is None
    assert anywhere.changed[265:280, 433:473].mean() > 0.8


def test_a_change_that_runs_across_the_regions_border_is_told() -> None:
    picture = photograph()
    output = drifted(edited(picture))
    locked = locked_in_place(picture, output, region=box(190, 110, 272, 270))
    assert locked.cut is not None and 0.1 < locked.cut < 0.4
    assert any("at the right of the region" in doubt for doubt in locked.doubts)
    assert locked.alignment.confidence == "doubtful"


def test_a_region_drawn_exactly_round_the_change_leaves_no_rim_of_the_old_colour() -> None:
    picture = photograph()
    truth = edited(picture)
    region = differences.changed(picture, truth)
    output = drifted(truth)
    locked = locked_in_place(picture, output, region=region)
    inside = region & ~cv2.erode(region.astype(np.uint8), np.ones((7, 7))).astype(bool)
    faded = locked_in_place(picture, output, region=region, settings=LockSettings(feather=2.0))
    assert psnr(locked.image, truth, inside) > psnr(faded.image, truth, inside) + 2
    assert not locked.changed[~region].any()


def test_an_opaque_original_stays_opaque_under_a_transparent_output() -> None:
    picture = photograph()
    truth = edited(picture)
    output = drifted(np.dstack([truth, np.full((HEIGHT, WIDTH), 255, np.uint8)]))
    output.picture[:, :120, 3] = 0
    locked = locked_in_place(picture, output)
    assert locked.image.shape == picture.shape
    assert overlap(locked.changed, differences.changed(picture, truth)) > 0.93
    assert not locked.changed[:, :140].any()


@pytest.mark.parametrize(("ground", "least"), [(255, 0.93), (0, 0.8), (128, 0.93)])
def test_a_transparent_original_keeps_its_alpha_under_an_opaque_output(ground: int, least: float) -> None:
    picture = see_through(photograph())
    truth = edited(picture)
    alpha = truth[..., 3:].astype(float) / 255
    output = drifted(np.rint(truth[..., :3] * alpha + ground * (1 - alpha)).astype(np.uint8))
    locked = locked_in_place(picture, output)
    true = differences.changed(picture, truth) & (picture[..., 3] > 0)
    assert np.array_equal(locked.image[..., 3], picture[..., 3])
    assert overlap(locked.changed, true) > least
    assert not locked.changed[picture[..., 3] == 0].any()


def test_the_ground_of_an_opaque_output_never_shows_on_a_transparent_edge() -> None:
    picture = see_through(photograph())
    picture[..., 3] = cv2.GaussianBlur(picture[..., 3], (0, 0), 6)
    truth = picture.copy()
    truth[..., :3] = picture[..., [2, 1, 0]]
    alpha = truth[..., 3:].astype(float) / 255
    output = drifted(np.rint(truth[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8), cast=0)
    locked = locked_in_place(picture, output, settings=LockSettings(whole_frame=True, match_colour=False))
    edge = (picture[..., 3] > 80) & (picture[..., 3] < 200)
    assert edge.sum() > 2000 and psnr(locked.image, truth, edge) > 26


def test_a_transparent_output_may_change_the_shape_of_a_transparent_original() -> None:
    picture = see_through(photograph())
    truth = picture.copy()
    truth[140:200, 250:330] = 0
    locked = locked_in_place(picture, drifted(truth))
    assert (locked.image[150:190, 260:320, 3] < 8).mean() > 0.95
    assert overlap(locked.changed, differences.changed(picture, truth)) > 0.85


def test_settings_survive_json_without_their_defaults() -> None:
    assert LockSettings().to_json() == {}
    chosen = LockSettings(whole_frame=True, sensitivity=0.05, grow=-3, feather=2.5, nudge=(1, -2), keep_texture=False)
    assert chosen.to_json() == {
        "whole_frame": True, "sensitivity": 0.05, "grow": -3, "feather": 2.5, "nudge": [1.0, -2.0], "keep_texture": False,
    }  # fmt: skip
    assert LockSettings.from_json(chosen.to_json()) == chosen
    assert LockSettings.from_json(None) == LockSettings.from_json({}) == LockSettings()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"groww": 3}, "Did you mean “grow”?"),
        ({"sensitivity": 0.5}, "from 0.02 to 0.08"),
        ({"sensitivity": True}, "must be a number"),
        ({"grow": 1.5}, "whole number"),
        ({"grow": 65}, "from -64 to 64"),
        ({"feather": -1}, "from 0 to 64"),
        ({"feather": float("nan")}, "must be a number"),
        ({"nudge": [1]}, "two numbers"),
        ({"nudge": [1, "2"]}, "must be a number"),
        ({"align": "no"}, "either true or false"),
        ({"whole_frame": 1}, "either true or false"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_with_what_would(values: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        LockSettings.from_json(values)


def test_pictures_and_masks_of_other_shapes_are_refused() -> None:
    picture = photograph()
    with pytest.raises(InvalidInput, match="8-bit RGB or RGBA"):
        lock(picture, picture[..., 0])
    with pytest.raises(InvalidInput, match="picture's size"):
        lock(picture, picture, region=np.ones((10, 10), bool))
    with pytest.raises(InvalidInput, match="picture's size"):
        lock(picture, picture, protect=np.ones((HEIGHT, WIDTH), np.uint8))


def test_a_whole_frame_is_taken_in_its_place_and_in_the_originals_colours() -> None:
    picture = photograph()
    truth = np.clip(picture.astype(float) * 0.8 + [0, 6, 20], 0, 255).astype(np.uint8)
    output = drifted(truth, cast=0)
    locked = locked_in_place(picture, output, settings=LockSettings(whole_frame=True, match_colour=False))
    assert locked.whole_frame and locked.changed.mean() > 0.9
    everywhere = np.ones((HEIGHT, WIDTH), bool)
    assert (
        psnr(locked.image, truth, everywhere) > psnr(cv2.resize(output.picture, (WIDTH, HEIGHT)), truth, everywhere) + 2
    )
    protect = box(0, 0, 200, 200)
    kept = locked_in_place(picture, output, protect=protect, settings=LockSettings(whole_frame=True))
    assert not kept.changed[protect].any() and kept.changed[~protect].mean() > 0.9


def test_an_output_that_shows_something_else_is_never_laid_on_without_a_region() -> None:
    picture = photograph()
    other = np.random.default_rng(1).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    lost = Alignment(warping.plain((WIDTH, HEIGHT), (300, 200)), 9.0, "none", "resize")
    locked = lock(picture, other, known=lost)
    assert locked.alignment.confidence == "none" and locked.doubts
    assert np.array_equal(locked.image, picture) and not locked.changed.any()
    region = box(100, 100, 260, 220)
    filled = lock(picture, other, region=region, known=lost)
    assert filled.alignment.confidence == "none" and len(filled.doubts) == 2
    assert filled.changed[region].mean() > 0.9 and not filled.changed[~region].any()
    middle = filled.image[140:180, 150:210]
    assert middle.std() > 20


def test_an_output_without_any_change_is_told() -> None:
    picture = photograph()
    locked = locked_in_place(picture, drifted(picture))
    assert not locked.changed.any() and locked.doubts[-1].startswith("No change was found")
    assert locked.alignment.confidence == "good"


def test_an_output_that_was_cropped_by_the_model_is_told() -> None:
    picture = photograph()
    part = drifted(edited(picture), scale=1.2, shift=(0, 0), turn=0)
    locked = locked_in_place(picture, part)
    assert any("shows only" in doubt for doubt in locked.doubts) and locked.alignment.confidence == "doubtful"
    slightly = locked_in_place(picture, drifted(edited(picture), scale=1.01))
    assert not any("shows only" in doubt for doubt in slightly.doubts)


@pytest.mark.parametrize("size", [(16, 16), (16, 128), (500, 20)])
def test_strange_outputs_never_raise(size: tuple[int, int]) -> None:
    for picture in (photograph(), see_through(photograph())):
        flat = np.full((*size, 3), 128, np.uint8)
        assert lock(picture, flat).image.shape == picture.shape
        assert lock(picture, cv2.resize(picture, size[::-1])).image.shape == picture.shape
        assert lock(np.full((16, 16, 3), 90, np.uint8), flat, region=np.ones((16, 16), bool)).image.shape == (16, 16, 3)


def cloth(colour: tuple[int, int, int], width: int = 900, height: int = 600) -> Bytes:
    """Threads finer than a model's canvas can hold, on a form in soft light."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    threads = 14 * np.sin(x * 2 * np.pi / 5.3) * np.sin(y * 2 * np.pi / 4.1) + 10 * np.sin((x + y) * 2 * np.pi / 17)
    light = 1 + 0.2 * np.sin(x / 150) * np.cos(y / 120)
    inside = ((x - width / 2) / (0.3 * width)) ** 2 + ((y - height / 2) / (0.33 * height)) ** 2 < 1
    levels = np.where(inside[..., None], np.float32(colour), np.float32((170, 160, 150)))
    return np.clip(np.rint(levels * (light * (1 + threads / 128))[..., None]), 0, 255).astype(np.uint8)


def test_a_recoloured_cloth_keeps_the_originals_threads() -> None:
    picture, truth = cloth((180, 40, 50)), cloth((40, 80, 190))
    output = drifted(truth, (450, 300), cast=0)
    true = differences.changed(picture, truth)
    kept, plain = (locked_in_place(picture, output, settings=LockSettings(keep_texture=keep)) for keep in (True, False))
    assert psnr(kept.image, truth, true) > psnr(plain.image, truth, true) + 3


def test_texture_never_brings_old_letters_back() -> None:
    ground = cloth((180, 40, 50))
    old, new = ground.copy(), ground.copy()
    cv2.putText(old, "SALE 49", (290, 320), cv2.FONT_HERSHEY_DUPLEX, 2.2, (245, 240, 225), 6, cv2.LINE_AA)
    cv2.putText(new, "NEW 75", (290, 320), cv2.FONT_HERSHEY_DUPLEX, 2.2, (245, 240, 225), 6, cv2.LINE_AA)
    letters = differences.changed(ground, old) & ~differences.changed(ground, new)
    kept, plain = (
        locked_in_place(old, drifted(new, (600, 400), cast=0), settings=LockSettings(keep_texture=keep))
        for keep in (True, False)
    )
    far = cv2.erode(letters.astype(np.uint8), np.ones((3, 3))).astype(bool)
    ghost = kept.image[far].astype(float).mean(axis=0) - plain.image[far].astype(float).mean(axis=0)
    assert np.abs(ghost).max() < 4
    assert psnr(kept.image, new, letters) > psnr(plain.image, new, letters) - 1


def test_a_nudge_moves_what_is_taken_and_nothing_else() -> None:
    picture = photograph()
    output = drifted(edited(picture))
    centres = []
    for nudge in ((0.0, 0.0), (8.0, -4.0)):
        locked = locked_in_place(
            picture, output, region=box(180, 90, 380, 290), settings=LockSettings(nudge=nudge, whole_frame=True)
        )
        blue = locked.image[..., 2].astype(int) - locked.image[..., 0] > 100
        centres.append(np.array([axis.mean() for axis in np.nonzero(blue)]))
    assert centres[1] - centres[0] == pytest.approx([-4, 8], abs=0.6)


def test_without_registration_the_output_lies_by_its_size_alone() -> None:
    picture = photograph()
    output = drifted(edited(picture), shift=(6, 0))
    locked = locked_in_place(picture, output, settings=LockSettings(align=False))
    assert locked.alignment.method == "off" and locked.drift.pixels == 0
    assert np.array_equal(locked.alignment.matrix, warping.plain((WIDTH, HEIGHT), (450, 300)))


def test_a_known_registration_gives_the_same_picture_without_registering() -> None:
    picture = photograph()
    output = drifted(edited(picture))
    first = lock(picture, output.picture)
    again = lock(picture, output.picture, known=first.alignment)
    assert np.array_equal(first.image, again.image)
    moved = replace(first.alignment, matrix=first.alignment.matrix + np.array([[0, 0, 40], [0, 0, 0]]))
    assert not np.array_equal(lock(picture, output.picture, known=moved).image, first.image)


def test_grow_and_feather_widen_what_is_taken() -> None:
    picture = photograph()
    output = drifted(edited(picture))
    areas = [
        int(locked_in_place(picture, output, settings=chosen).changed.sum())
        for chosen in (LockSettings(grow=-10), LockSettings(), LockSettings(grow=10), LockSettings(grow=10, feather=30))
    ]
    assert areas == sorted(areas) and len(set(areas)) == 4


def test_colours_are_matched_only_when_asked() -> None:
    picture = photograph()
    truth = edited(picture)
    output = drifted(truth, cast=0.06)
    disc = cv2.erode(differences.changed(picture, truth).astype(np.uint8), np.ones((15, 15))).astype(bool)
    matched, plain = (
        locked_in_place(picture, output, settings=LockSettings(match_colour=match, keep_texture=False))
        .image[disc]
        .mean(axis=0)
        for match in (True, False)
    )
    true = truth[disc].mean(axis=0)
    assert np.abs(matched - true).max() < np.abs(plain - true).max() - 2


def test_no_frame_is_held_as_floats() -> None:
    small = photograph(1500, 1000)
    picture = cv2.resize(small, (4500, 3000), interpolation=cv2.INTER_LINEAR)
    output = drifted(edited(small), (600, 400), shift=(0, 0), scale=1, turn=0)
    output = replace(output, place=replace(output.place, matrix=warping.plain((4500, 3000), (600, 400))))
    tracemalloc.start()
    locked = locked_in_place(picture, output)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert locked.changed.any()
    # the result and where it differs take 1.33 times the picture; one frame of floats would add 4
    assert peak < 2.5 * picture.nbytes


def test_changes_in_places_that_lie_apart_are_told_unless_a_region_says_which_was_meant() -> None:
    original = photograph()
    far = edited(original)
    cv2.rectangle(far, (WIDTH - 90, HEIGHT - 70), (WIDTH - 40, HEIGHT - 30), (240, 240, 40), -1)
    two, one = drifted(far), drifted(edited(original))
    told = locked_in_place(original, two)
    assert any("2 places" in doubt for doubt in told.doubts) and told.alignment.confidence == "doubtful"
    assert not any("places" in doubt for doubt in locked_in_place(original, one).doubts)
    x, y = MIDDLE
    region = box(x - RADIUS - 20, y - RADIUS - 20, x + RADIUS + 20, y + RADIUS + 20)
    assert not any("places" in doubt for doubt in locked_in_place(original, two, region=region).doubts)
