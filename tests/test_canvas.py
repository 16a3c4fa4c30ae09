"""The canvas: what is sent holds what matters, nothing is stretched or cropped, and every way there has its way back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import data as photographs

from bench import drifts
from workbench.errors import InvalidInput
from workbench.imaging import lock
from workbench.imaging.canvas import Canvas, Rule, plan

FIXED = [(1024, 1024), (1536, 1024), (1024, 1536)]
FREE = Rule()
PHOTO = photographs.astronaut()


def marked(size, x, y, width, height):
    mask = np.zeros(size[::-1], bool)
    mask[y : y + height, x : x + width] = True
    return mask


@st.composite
def asked(draw):
    """A picture's size, a region's box or None, and what sizes a model takes."""
    size = draw(st.integers(16, 2600)), draw(st.integers(16, 2600))
    corner = [draw(st.integers(0, side - 1)) for side in size]
    sides = [draw(st.integers(1, side - at)) for side, at in zip(size, corner, strict=True)]
    box = draw(st.sampled_from([(*corner, *sides), (*corner, 1, 1), (0, 0, *sides), None]))
    return size, box, draw(st.sampled_from([FIXED, FREE]))


def planned(case):
    size, box, sizes = case
    return plan(size, region=None if box is None else marked(size, *box), sizes=sizes)


def padding(crop, size):
    scale = min(size[0] / crop[2], size[1] / crop[3])
    return 1 - crop[2] * crop[3] * scale**2 / (size[0] * size[1])


@given(asked())
@settings(max_examples=100, deadline=None)
def test_the_crop_holds_the_region_and_what_is_around_it(case):
    size, box, _ = case
    x, y, width, height = planned(case).crop
    assert x >= 0 and y >= 0 and x + width <= size[0] and y + height <= size[1]
    left, top, wide, high = box or (0, 0, *size)
    beside, above = np.ceil(0.2 * wide), np.ceil(0.2 * high)
    assert x <= max(0, left - beside) and x + width >= min(size[0], left + wide + beside)
    assert y <= max(0, top - above) and y + height >= min(size[1], top + high + above)


@given(asked())
@settings(max_examples=100, deadline=None)
def test_nothing_is_stretched_or_cropped_and_the_padding_is_only_on_two_sides(case):
    canvas = planned(case)
    x, y, width, height = canvas.content
    assert x >= 0 and y >= 0 and x + width <= canvas.size[0] and y + height <= canvas.size[1]
    # a side lies within half a canvas pixel of what the other side's scale makes of it
    scale = min(canvas.size[0] / canvas.crop[2], canvas.size[1] / canvas.crop[3])
    assert abs(width - canvas.crop[2] * scale) <= 0.5 and abs(height - max(1, canvas.crop[3] * scale)) <= 0.5
    assert canvas.size[0] - width <= 1 or canvas.size[1] - height <= 1
    assert abs(x - (canvas.size[0] - width) / 2) <= 0.5 and abs(y - (canvas.size[1] - height) / 2) <= 0.5


@given(asked())
@settings(max_examples=40, deadline=None)
def test_no_other_size_would_need_less_padding(case):
    canvas = planned(case)
    others = FIXED if case[2] is FIXED else [tuple(size) for size in FREE.sizes()[::97].tolist()]
    least = min(padding(planned((*case[:2], [size])).crop, size) for size in others)
    assert padding(canvas.crop, canvas.size) <= least + 0.006


@given(asked())
@settings(max_examples=60, deadline=None)
def test_a_point_comes_back_to_where_it_was(case):
    canvas = planned(case)
    x, y, width, height = canvas.crop
    points = np.array([[x, x + width - 1, x + width / 3], [y, y + height - 1, y + height / 7], [1, 1, 1]])
    there = canvas.matrix @ points
    left, top, wide, high = canvas.content
    # the pixel's outer edges lie on those of the content
    corner = canvas.matrix @ (x - 0.5, y - 0.5, 1), canvas.matrix @ (x + width - 0.5, y + height - 0.5, 1)
    assert np.allclose(corner, [(left - 0.5, top - 0.5), (left + wide - 0.5, top + high - 0.5)], atol=1e-9)
    back = np.linalg.solve(canvas.matrix[:, :2], there - canvas.matrix[:, 2:])
    assert np.abs(back - points[:2]).max() <= 1e-6
    # a registration of the crop by a pure resize, seen from the whole picture, is the way there without the padding
    pure = np.array([[wide / width, 0, (wide / width - 1) / 2], [0, high / height, (high / height - 1) / 2]])
    assert np.allclose(canvas.whole(pure) @ points + [[left], [top]], there, atol=1e-6)


def test_a_rule_names_every_size_it_allows_and_no_other():
    sizes = FREE.sizes()
    assert (sizes % 16 == 0).all() and sizes.max() == 3840
    pixels = sizes.prod(axis=1)
    assert pixels.min() >= 655_360 and pixels.max() <= 8_294_400
    assert (sizes.max(axis=1) <= 3 * sizes.min(axis=1)).all()
    assert {(1024, 1024), (3840, 2160), (1280, 3840)} <= {tuple(size) for size in sizes.tolist()}


@pytest.mark.parametrize(
    ("size", "box", "sizes", "canvas"),
    [
        # most of the picture is sent whole; an 8:1 panorama keeps both ends
        ((4000, 3000), None, FIXED, Canvas((4000, 3000), (0, 0, 4000, 3000), (1536, 1024), (85, 0, 1365, 1024))),
        ((8000, 1000), None, FIXED, Canvas((8000, 1000), (0, 0, 8000, 1000), (1536, 1024), (0, 416, 1536, 192))),
        ((1000, 900), (50, 50, 850, 800), FIXED, plan((1000, 900), sizes=FIXED)),
        # one pixel in a corner brings half the canvas with it, not a smear of one pixel
        ((4000, 3000), (3999, 2999, 1, 1), FIXED, Canvas((4000, 3000), (3488, 2488, 512, 512), (1024,) * 2, (0, 0, 1024, 1024))),
        # a model that takes any size gets the region's own pixels
        ((4000, 3000), (100, 100, 700, 700), FREE, Canvas((4000, 3000), (0, 0, 940, 940), (944, 944), (0, 0, 944, 944))),
    ],
)  # fmt: skip
def test_what_is_sent_suits_the_region(size, box, sizes, canvas):
    assert plan(size, region=None if box is None else marked(size, *box), sizes=sizes) == canvas


def test_an_empty_region_counts_as_none():
    assert plan((300, 200), region=np.zeros((200, 300), bool), sizes=FIXED) == plan((300, 200), sizes=FIXED)


SMALL = [(256, 256), (384, 256), (256, 384)]
BOX = (150, 100, 120, 90)


def cut(sizes=SMALL):
    region = marked((512, 512), *BOX)
    return plan((512, 512), region=region, sizes=sizes), region


def test_what_is_sent_shows_the_crop_and_goes_on_beside_it():
    banner = PHOTO[100:164]
    canvas = plan((512, 64), sizes=[(512, 512)])
    sent = canvas.send(banner)
    assert sent.shape == (512, 512, 3)
    top = canvas.content[1]
    assert np.array_equal(sent[top : top + 64], banner)
    assert np.array_equal(sent[top - 1], banner[0]) and np.array_equal(sent[top - 64], banner[63])
    assert np.array_equal(canvas.send(banner, ground="edge")[0], banner[0])
    assert (canvas.send(banner, ground=(9, 8, 7))[0] == (9, 8, 7)).all()


def test_a_transparent_picture_is_sent_on_white():
    hidden = np.dstack([PHOTO, np.zeros((512, 512), np.uint8)])
    assert (plan((512, 512), sizes=[(128, 128)]).send(hidden) == 255).all()


def test_the_mask_covers_the_region_even_where_it_is_one_pixel_of_a_large_picture():
    size = (3000, 2000)
    canvas = plan(size, sizes=[(384, 256)])
    for at in ((0, 0), (2999, 1999), (1234, 777)):
        mask = canvas.mask(marked(size, *at, 1, 1))
        x, y = np.rint(canvas.matrix @ (*at, 1)).astype(int)
        assert mask.shape == (256, 384) and 1 <= mask.sum() <= 4
        assert mask[np.clip(y, 0, 255), np.clip(x, 0, 383)]
    banner = plan((512, 64), sizes=[(512, 512)])
    whole = banner.mask(np.ones((64, 512), bool))
    assert whole.sum() == 64 * 512  # never the padding


@pytest.mark.parametrize("times", [1, 2, 0.5, 0.73])
def test_an_answer_of_another_size_loses_the_same_padding(times):
    canvas = plan((512, 64), sizes=[(512, 256)])
    sent = canvas.send(PHOTO[100:164])
    size = tuple(round(side * times) for side in canvas.size)
    answer = np.asarray(Image.fromarray(sent).resize(size, Image.Resampling.LANCZOS))
    received = canvas.receive(answer)
    assert received.doubts == ()
    assert received.image.shape[:2] == (round(64 * times), round(512 * times))
    truth = np.asarray(Image.fromarray(PHOTO[100:164]).resize(received.image.shape[1::-1], Image.Resampling.LANCZOS))
    assert np.abs(received.image[4:-4].astype(int) - truth[4:-4]).mean() < 2.5


def test_an_answer_of_other_proportions_comes_back_whole_and_says_so():
    canvas, _ = cut()
    received = canvas.receive(PHOTO[:200, :300])
    assert np.array_equal(received.image, PHOTO[:200, :300])
    assert "300 × 200 instead of 256 × 256 px" in received.doubts[0]


@pytest.mark.parametrize("sizes", [SMALL, [(1024, 1024)], [(700, 300)], Rule(least=40_000, most=400_000, longest=800)])
def test_an_unchanged_canvas_locks_to_the_very_same_picture(sizes):
    canvas, region = cut(sizes)
    received = canvas.receive(canvas.send(PHOTO))
    locked = lock.lock(canvas.cut(PHOTO), received.image, region=canvas.cut(region))
    assert np.array_equal(canvas.placed(locked.image, PHOTO), PHOTO)


@pytest.mark.parametrize("sizes", [SMALL, [(700, 300)]])
def test_a_models_answer_changes_nothing_outside_the_region(sizes):
    canvas, region = cut(sizes)
    wanted = PHOTO.copy()
    wanted[120:170, 180:240] = (0, 87, 184)
    answer, _ = drifts.simulate(canvas.send(wanted), drifts.MID, canvas.size, seed=4)
    received = canvas.receive(answer)
    locked = lock.lock(canvas.cut(PHOTO), received.image, region=canvas.cut(region))
    result = canvas.placed(locked.image, PHOTO)
    differs = (result != PHOTO).any(axis=2)
    assert not differs[~region].any()
    assert np.array_equal(canvas.placed(locked.changed, np.zeros_like(region)), differs)
    assert differs[125:165, 185:235].mean() > 0.98
    assert np.abs(result[130:160, 190:230].astype(int) - (0, 87, 184)).mean() < 12


def test_what_does_not_belong_together_is_refused():
    canvas, region = cut()
    for call in (
        lambda: canvas.send(PHOTO[:300]),
        lambda: canvas.mask(region[1:]),
        lambda: canvas.placed(PHOTO[:9, :9], PHOTO),
        lambda: plan((512, 512), region=region[1:], sizes=SMALL),
        lambda: plan((512, 512), sizes=[]),
    ):
        with pytest.raises(InvalidInput):
            call()
