"""Drawn regions become the masks that people meant: in place, in order, at every size."""

import numpy as np
import pytest

from workbench.errors import InvalidInput
from workbench.imaging import painting

SIZE = (400, 300)


def painted(*shapes, size=SIZE, **more):
    return painting.mask({"shapes": list(shapes), **more}, size)


def disc(centre, radius, size=SIZE):
    """The truth by definition: pixels whose centre is at most `radius` away."""
    rows, columns = np.mgrid[: size[1], : size[0]] + 0.5
    return np.hypot(columns - centre[0], rows - centre[1]) <= radius


def test_a_box_has_exactly_its_pixels_at_every_size():
    for width, height, x, y, w, h in (
        (400, 300, 17, 23, 101, 7),
        (8000, 6000, 7991, 3, 9, 5990),
        (333, 777, 0, 0, 1, 1),
    ):
        box = [round(x / width, 5), round(y / height, 5), round(w / width, 5), round(h / height, 5)]
        truth = np.zeros((height, width), bool)
        truth[y : y + h, x : x + w] = True
        assert np.array_equal(painted({"box": box}, size=(width, height)), truth)


def test_a_stroke_is_every_pixel_within_its_radius():
    area = painted({"stroke": [[0.25, 0.5]], "radius": 0.1})
    wrong = area ^ disc((100, 150), 40)
    assert wrong.sum() <= 0.02 * disc((100, 150), 40).sum()
    assert not (wrong & (disc((100, 150), 38.8) | ~disc((100, 150), 41.2))).any(), "never off by more than a pixel"
    line = painted({"stroke": [[0.25, 0.5], [0.75, 0.5]], "radius": 0.05})
    bar = disc((100, 150), 20) | disc((300, 150), 20)
    bar[130:170, 100:300] = True
    assert (line ^ bar).sum() <= 0.03 * bar.sum()
    assert line[:, 200].sum() in (40, 41)


def test_a_polygon_covers_what_it_encloses_and_a_hole_stays_open():
    square = [[0.25, 0.2], [0.75, 0.2], [0.75, 0.8], [0.25, 0.8]]
    area = painted({"polygon": square})
    assert area[100, 200] and not area[100, 90] and not area[30, 200]
    assert abs(int(area.sum()) - 200 * 180) <= 2 * (200 + 180)
    # the outline goes in to the hole and back along the same way
    hole = [[0.4, 0.4], [0.4, 0.6], [0.6, 0.6], [0.6, 0.4], [0.4, 0.4]]
    ring = painted({"polygon": [*square, square[0], *hole, square[0]]})
    assert not ring[150, 200] and ring[80, 200] and ring[150, 130]


def test_shapes_are_painted_in_order_and_erasing_takes_away_what_lies_under_it():
    box, stroke = {"box": [0.1, 0.1, 0.8, 0.8]}, {"stroke": [[0.5, 0.5]], "radius": 0.1, "erase": True}
    assert not painted(box, stroke)[150, 200]
    assert painted(stroke, box)[150, 200], "what is drawn later is not erased"
    assert painted(box, stroke)[40, 60]


def test_growing_and_shrinking_move_the_edge_by_a_share_of_the_longer_side():
    box = {"box": [0.25, 0.25, 0.5, 0.5]}
    grown, shrunk = painted(box, grow=0.05), painted(box, grow=-0.05)
    assert np.flatnonzero(grown[150])[[0, -1]].tolist() == [80, 319]
    assert np.flatnonzero(shrunk[150])[[0, -1]].tolist() == [120, 279]
    assert not grown[75 - 18, 100 - 18], "a corner grows round"
    at_the_rim = painted({"box": [0, 0, 0.5, 1]}, grow=-0.05)
    assert at_the_rim[0, 0] and not at_the_rim[0, 185], "the picture's rim is no edge of the area"
    everything = painted({"box": [0, 0, 1, 1]}, grow=-0.1)
    assert everything.all()


def test_the_same_drawing_lies_at_the_same_place_in_the_preview_and_in_the_picture():
    shapes = [
        {"box": [0.1, 0.2, 0.3, 0.4]},
        {"stroke": [[0.5, 0.5], [0.8, 0.7]], "radius": 0.04},
        {"polygon": [[0.6, 0.1], [0.9, 0.1], [0.75, 0.4]]},
    ]
    large = painted(*shapes, size=(1600, 1200), grow=0.01)
    small = painted(*shapes, grow=0.01)
    averaged = large.reshape(300, 4, 400, 4).mean(axis=(1, 3)) >= 0.5
    assert (averaged ^ small).mean() < 0.01


def test_feather_softens_inwards_only():
    area = painted({"box": [0.25, 0.25, 0.5, 0.5]})
    share = painting.soft(area, 20)
    assert not share[~area].any()
    row = share[150, 100:200]
    assert 0 < row[0] < 0.1 and (np.diff(row) >= 0).all() and row[21] == 1
    assert np.array_equal(painting.soft(area, 0), area.astype(np.float32))
    assert painting.soft(np.ones((5, 5), bool), 3).min() == 1


def test_an_empty_drawing_is_an_empty_mask_and_what_lies_outside_is_cut():
    assert not painted().any()
    assert not painted({"stroke": [[0.5, 0.5]], "radius": 0.1, "erase": True}, grow=0.1).any()
    assert painted({"stroke": [[1e9, -1e9], [0.5, 0.5]], "radius": 0.01})[150, 200]
    assert painted({"box": [-5, -5, 50, 50]}).all()


@pytest.mark.parametrize(
    "region",
    [
        {},
        {"shapes": "box"},
        {"shapes": [None]},
        {"shapes": [{"circle": [0, 0, 1]}]},
        {"shapes": [{"box": [0, 0, 1]}]},
        {"shapes": [{"box": [0, 0, float("nan"), 1]}]},
        {"shapes": [{"box": [0, 0, True, 1]}]},
        {"shapes": [{"polygon": [[0, 0], [1, 1]]}]},
        {"shapes": [{"polygon": [[0, 0], [1, 1], [1]]}]},
        {"shapes": [{"polygon": [[0, 0], [1, 1], 7]}]},
        {"shapes": [{"stroke": [], "radius": 0.1}]},
        {"shapes": [{"stroke": [[0, 0]]}]},
        {"shapes": [{"stroke": [[0, 0]], "radius": "wide"}]},
        {"shapes": [{"stroke": [[0, "0"]], "radius": 0.1}]},
        {"shapes": [], "grow": "much"},
    ],
)
def test_what_is_no_drawing_is_refused_with_a_sentence(region):
    with pytest.raises(InvalidInput, match=r"\.$"):
        painting.mask(region, SIZE)
