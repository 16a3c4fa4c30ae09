"""Areas of one colour that people may mean when they mark a region: found, outlined and ready to be clicked."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging.colour_space import Bytes, Floats, rgb_to_hex, to_oklab

Mask = NDArray[np.bool_]
#: corners in shares of width and height, 0–1; a hole is entered and left along the same line (even-odd)
Outline = tuple[tuple[float, float], ...]
_Ring = NDArray[np.int32]

#: pixels on the longer side that are enough to find areas
_SIDE = 720
#: colours that are told apart at most
_COLOURS = 10
#: weights of OKLab's L and of a/L, b/L, which stay what they are in light and shade (all three scale with the cube
#: root of the light): a shaded product stays in one piece, and a grey shadow apart from a muted colour
_LIGHT, _HUE = 0.14, 0.8
#: L below which a/L and b/L would be noise
_DARK = 0.3
#: distance, weighted as above, up to which two colours are one
_ALIKE = 0.05
#: as much and a little more where one fades into the other without an edge: OKLab, from a pixel to the next but one
_RELATED, _SOFT = 0.16, 0.022
#: shares of the picture: areas and holes below are print and specks
_LEAST, _HOLE = 0.002, 0.002
#: of the longer side: what is nowhere this far from its edge is a letter or a line
_THIN = 0.008
#: corners of one outline; a recipe takes 2,000
_CORNERS = 1500


@dataclass(frozen=True)
class Area:
    """A connected area that shows one colour."""

    #: all of it as one path, for a recipe's polygon
    outline: Outline
    #: the same as it looks: its outer edge, then its holes
    rings: tuple[Outline, ...]
    #: its most typical colour, #RRGGBB
    hex: str
    #: of the picture, 0–1
    share: float


def areas(image: Bytes, *, count: int = 24) -> list[Area]:
    """Up to `count` areas of the dominant colours in uint8 H×W×3|4 (sRGB, straight alpha), largest first.

    What is transparent belongs to no area. An outline runs just outside its area, so that soft edges lie in it;
    print and specks inside don't count as holes. The same picture always gives the same areas.
    """
    small = _small(image)
    labels, means = _classes(small)
    found: list[Area] = []
    for label, colour in means.items():
        found += _connected(labels == label, colour)
    return sorted(found, key=lambda area: -area.share)[:count]


def _small(image: Bytes) -> Bytes:
    factor = _SIDE / max(image.shape[:2])
    if factor >= 1:
        return image
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _classes(image: Bytes) -> tuple[NDArray[np.int32], dict[int, Bytes]]:
    """For each pixel the index of its colour, -1 for what is transparent or between colours; and the colours."""
    rgb = np.ascontiguousarray(image[..., :3])
    smooth = np.asarray(cv2.bilateralFilter(rgb, 7, 24, 5), np.uint8)
    seen = to_oklab(smooth)
    lab = _unshaded(seen.copy())
    visible = image[..., 3] >= 128 if image.shape[2] == 4 else np.ones(rgb.shape[:2], bool)
    labels = np.full(rgb.shape[:2], -1, np.int32)
    if not visible.any():
        return labels, {}
    centres = _centres(lab[visible])
    distance = np.linalg.norm(lab[:, :, None, :] - centres, axis=-1)
    nearest = distance.argmin(-1).astype(np.int32)
    labels[visible] = _softly_joined(nearest, seen, centres)[visible]
    names = np.unique(labels[visible])
    return labels, {int(name): np.median(rgb[labels == name], axis=0).astype(np.uint8) for name in names}


def _unshaded(lab: Floats) -> Floats:
    """OKLab with a and b relative to the light, weighted."""
    lab[..., 1:] *= _HUE / np.maximum(lab[..., :1], _DARK)
    lab[..., 0] *= _LIGHT
    return lab


def _centres(pixels: Floats) -> Floats:
    """The colours that are told apart, N×3: k-means on a sample, then what is alike becomes one."""
    sample = np.ascontiguousarray(pixels[:: max(1, len(pixels) // 20_000)], np.float32)
    number = min(_COLOURS, len(np.unique(np.round(sample, 3), axis=0)))
    cv2.setRNGSeed(1)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.001)
    none = np.zeros((len(sample), 1), np.int32)
    _, labels, centres = cv2.kmeans(sample, number, none, stop, 3, cv2.KMEANS_PP_CENTERS)
    sizes = np.bincount(np.asarray(labels, np.int32).ravel(), minlength=number).astype(np.float64)
    while len(centres) > 1:
        apart = np.linalg.norm(centres[:, None] - centres[None], axis=-1) + np.eye(len(centres)) * 9
        one, other = np.unravel_index(int(apart.argmin()), apart.shape)
        if apart[one, other] > _ALIKE:
            break
        both = sizes[one] + sizes[other]
        centres[one] = (centres[one] * sizes[one] + centres[other] * sizes[other]) / both
        sizes[one] = both
        centres, sizes = np.delete(centres, other, 0), np.delete(sizes, other)
    return np.asarray(centres, np.float32)


def _softly_joined(labels: NDArray[np.int32], seen: Floats, centres: Floats) -> NDArray[np.int32]:
    """`labels` with one name for related colours that fade into each other, as light and shade on one surface do."""
    number = len(centres)
    steps, borders = np.zeros((number, number)), np.zeros((number, number))
    for one, other in ((np.s_[:, :-2], np.s_[:, 2:]), (np.s_[:-2], np.s_[2:])):
        first, second = labels[one], labels[other]
        edge = first != second
        pair = (first[edge], second[edge])
        np.add.at(steps, pair, np.linalg.norm(seen[one][edge] - seen[other][edge], axis=-1))
        np.add.at(borders, pair, 1)
    steps, borders = steps + steps.T, borders + borders.T
    apart = np.linalg.norm(centres[:, None] - centres[None], axis=-1)
    soft = (steps < _SOFT * borders) & (borders > 0.02 * max(labels.shape)) & (apart < _RELATED)
    names = np.arange(number, dtype=np.int32)
    for one, other in np.argwhere(soft):
        names[names == names[one]] = names[other]
    return np.asarray(names[labels], np.int32)


def _connected(area: Mask, colour: Bytes) -> Iterator[Area]:
    """The pieces of H×W `area` that are large enough, outlined."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    tidy = cv2.morphologyEx(area.view(np.uint8), cv2.MORPH_OPEN, disc)
    tidy = cv2.morphologyEx(tidy, cv2.MORPH_CLOSE, disc)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(tidy, connectivity=4)
    for index in range(1, count):
        if stats[index, cv2.CC_STAT_AREA] >= _LEAST * area.size:
            piece = (labels == index).astype(np.uint8)
            if cv2.distanceTransform(piece, cv2.DIST_L2, 3).max() < _THIN * max(area.shape):
                continue
            outline, rings = _outline(np.asarray(cv2.dilate(piece, np.ones((3, 3), np.uint8)), np.uint8))
            yield Area(outline, rings, rgb_to_hex(colour), float(stats[index, cv2.CC_STAT_AREA]) / area.size)


def _outline(piece: NDArray[np.uint8]) -> tuple[Outline, tuple[Outline, ...]]:
    """The piece as one path and as its rings, in shares."""
    height, width = piece.shape
    # enlarged with a rim, so that outlines run between pixels and along the picture's own edge
    large = cv2.copyMakeBorder(np.kron(piece, np.ones((2, 2), np.uint8)), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    found, tree = cv2.findContours(large, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    contours = [np.asarray(ring, np.int32) for ring in found]
    least = _HOLE * piece.size * 4
    outer = max((ring for ring, (*_, parent) in zip(contours, tree[0], strict=True) if parent < 0), key=len)
    inner = [ring for ring, (*_, parent) in zip(contours, tree[0], strict=True) if parent >= 0]
    holes = sorted((one for one in inner if cv2.contourArea(one) >= least), key=cv2.contourArea, reverse=True)
    path, rings = _path(outer, holes)
    return _shares(path, width, height), tuple(_shares(ring, width, height) for ring in rings)


def _shares(path: _Ring, width: int, height: int) -> Outline:
    points = np.clip((path - 0.5) / 2 / (width, height), 0, 1)
    return tuple((round(float(x), 5), round(float(y), 5)) for x, y in points)


def _path(outer: _Ring, holes: list[_Ring]) -> tuple[_Ring, list[_Ring]]:
    """Outer ring and holes as one path, and as simple rings: as exact as the number of corners allows.

    Douglas and Peucker 1973. Holes are joined to the path where they are nearest to it.
    """
    path, rings = outer[:, 0], [outer[:, 0]]
    for error in (2.0, 4.0, 8.0, 16.0):  # half pixels
        rings = [np.asarray(cv2.approxPolyDP(ring, error, True), np.int32)[:, 0] for ring in (outer, *holes)]
        rings = [rings[0], *(ring for ring in rings[1:] if len(ring) > 2)]
        path = rings[0]
        for hole in rings[1:]:
            path = _joined(path, hole)
        if len(path) <= _CORNERS:
            break
    return path, rings


def _joined(path: _Ring, hole: _Ring) -> _Ring:
    """The path with a way to the hole, round it and back, from where the two are nearest."""
    apart = np.linalg.norm(path[:, None].astype(np.float32) - hole[None], axis=-1)
    out, into = np.unravel_index(int(apart.argmin()), apart.shape)
    around = np.roll(hole, -int(into), axis=0)
    return np.concatenate([path[: out + 1], around, around[:1], path[out:]])
