"""How a line of text was set, found by synthesis: set the known words in every face and compare with the picture.

coarse: every face, size and tracking on a small, high-passed copy, by normalised cross-correlation
fine:   the best of them, and their neighbours in weight, refined
last:   nearer to the picture's own pixels; of the settings that explain it equally well, the plainest
"""

import itertools
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging.refining import Fit, View, refine, view
from workbench.imaging.typesetting import Face, Setting, coverage, ink

Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]

#: px that a line's box is averaged down to for the coarse search, for comparing faces, and for the last look
_COARSE, _FINE, _LAST = 20, 44, 110
#: px per em at which faces are measured for the coarse search
_PROBED = 30.0
#: tracking that is tried, in ems; what lies between is found by refining
_TRACKINGS = (None, -0.02, 0.04, 0.08, 0.14, 0.22)
#: how many coarse finds are refined
_REFINED = 6
_PLACE = ("size", "x", "y")
#: a setting with more freedom must explain this much more: type is mostly set plainly
_PLAINER, _NEGLIGIBLE = 1.08, 0.0006
#: a face that leaves this many times more unexplained is not looked at again
_HOPELESS = 2.5


def fit(image: NDArray[np.uint8], text: str, box: Box, faces: Sequence[Face], *, loose: bool = False) -> list[Fit]:
    """The likeliest settings of `text` near `box` of `image` (uint8 sRGB H×W×3|4), best first; [] when none is near.

    `loose`: the words are only a part of what lies in `box`, so their width isn't known.
    """
    area = around(box, image.shape)
    height = box[3]
    coarse = sorted(_coarse(view(image, area, max(1, round(height / _COARSE))), text, box, faces, loose), key=_second)
    fine = view(image, area, max(1, height // _FINE))
    found = [it for setting in _apart(coarse) if (it := _refined(fine, text, setting)) is not None]
    found = _retraced(fine, text, sorted(found, key=_unexplained), faces)
    last = view(image, area, max(1, height // _LAST))
    return sorted((_plainest(last, text, it) for it in _of_each_face(found)), key=_unexplained)


def around(box: Box, shape: tuple[int, ...]) -> Box:
    """`box` with about half its height around it, inside a picture of `shape`."""
    x, y, w, h = box
    pad = round(0.45 * h) + 4
    left, top = max(0, x - pad), max(0, y - pad)
    return left, top, min(shape[1], x + w + pad) - left, min(shape[0], y + h + pad) - top


def _second(find: tuple[float, Setting]) -> float:
    return -find[0]


def _unexplained(found: Fit) -> float:
    return found.unexplained


def _of_each_face(found: Sequence[Fit]) -> list[Fit]:
    """The best fit of each of the three best faces, as far as they can still be rivals."""
    best: dict[Face, Fit] = {}
    for it in found:
        if it.unexplained <= _HOPELESS * found[0].unexplained + 0.01:
            best.setdefault(it.setting.face, it)
    return list(best.values())[:3]


def _refined(seen: View, text: str, setting: Setting) -> Fit | None:
    free = (*_PLACE, "tall") if setting.tracking is None else (*_PLACE, "tall", "tracking")
    return refine(seen, text, setting, free=free, rounds=8, enough=0.02)


def _plainest(seen: View, text: str, found: Fit) -> Fit:
    """Of the settings with more and more freedom the first that explains the picture about as well as the best."""
    setting = found.setting
    tracked = setting._replace(tracking=setting.tracking or 0.0)
    plain = setting._replace(tracking=None)
    freest = refine(seen, text, tracked, free=(*_PLACE, "tall", "tracking"), rounds=10) or found
    enough = _PLAINER * freest.unexplained + _NEGLIGIBLE
    for start, more in (
        (plain._replace(tall=1.0), ()),
        (plain, ("tall",)),
        (tracked._replace(tall=1.0), ("tracking",)),
    ):
        plainer = refine(seen, text, start, free=(*_PLACE, *more), rounds=10)
        if plainer is not None and plainer.unexplained <= enough:
            return plainer
    return freest


def _coarse(seen: View, text: str, box: Box, faces: Sequence[Face], loose: bool) -> Iterator[tuple[float, Setting]]:
    """(correlation 0–1, setting in the picture's pixels) for every face and tracking at its best size."""
    line_width, line_height = box[2] / seen.by, box[3] / seen.by
    planes = _planes(seen.pixels, line_height)
    narrowest, widest = (2.0, line_width) if loose else (line_width - 0.8 * line_height, line_width + 0.3 * line_height)
    for face, tracking in itertools.product(_few(faces), _TRACKINGS):
        one = Setting(face, _PROBED, 0.0, 0.0, tracking)
        left, top, right, bottom = ink(text, one, rough=True)
        if right <= left or (tracking is not None and len(text) < 2):
            continue
        least = max(narrowest / (right - left), 0.35 * line_height / (bottom - top)) * _PROBED
        most = min(widest / (right - left), 1.15 * line_height / (bottom - top)) * _PROBED
        step = _PROBED * 2.4 / max(right - left, 3 * (bottom - top))
        best = max((_match(planes, text, one, size) for size in np.arange(least, most + step, step)), default=None)
        if best is not None:
            best = max(best, *(_match(planes, text, one, best[1] + part * step) for part in (-0.33, 0.33)))
            yield best[0], seen.back(one._replace(size=best[1], x=best[2], y=best[3]))


def _few(faces: Sequence[Face]) -> list[Face]:
    """Of a family of many weights every other one; the rest is tried once the family is known."""
    return [face for index, face in enumerate(faces) if not face.axes or index % 2 == 1 or len(faces) < 4]


def _planes(pixels: Floats, height: float) -> list[Floats]:
    """Lightness and, where colour says something else, the direction in which colours differ most; high-passed."""
    high = pixels - cv2.GaussianBlur(pixels, (0, 0), 0.6 * height)
    flat = high.reshape(-1, 3)
    _, vectors = np.linalg.eigh(flat.T @ flat)
    main = vectors[:, -1]
    grey = np.array([0.3, 0.59, 0.11], np.float32)
    directions = [main] if abs(main @ grey) > 0.9 * np.linalg.norm(grey) else [main, grey]
    return [np.ascontiguousarray(high @ direction.astype(np.float32)) for direction in directions]


def _match(planes: list[Floats], text: str, one: Setting, size: float) -> tuple[float, float, float, float]:
    """(correlation, size, pen x, pen y) where the words fit best; 0 when they are larger than the seen."""
    setting = one._replace(size=float(size))
    left, top, right, bottom = ink(text, setting, rough=True)
    width, height = int(np.ceil(right - left)) + 2, int(np.ceil(bottom - top)) + 2
    if height > planes[0].shape[0] or width > planes[0].shape[1]:
        return 0.0, float(size), 0.0, 0.0
    x, y = 1 - left, 1 - top
    share = coverage(text, setting._replace(x=x, y=y), (0, 0, width, height), rough=True)
    best = (0.0, float(size), 0.0, 0.0)
    for plane in planes:
        # Either polarity: light ink on dark ground correlates negatively with dark ink on light ground.
        map_ = np.abs(cv2.matchTemplate(plane, share, cv2.TM_CCOEFF_NORMED))
        _, value, _, place = cv2.minMaxLoc(np.where(np.isfinite(map_) & (map_ <= 1.0001), map_, 0))
        best = max(best, (float(value), float(size), place[0] + x, place[1] + y))
    return best


def _apart(coarse: Sequence[tuple[float, Setting]]) -> list[Setting]:
    """The best finds; of each font file at most three, so that one family doesn't crowd out the others."""
    taken: list[Setting] = []
    for _, setting in coarse:
        same = sum(setting.face.font == other.face.font for other in taken)
        if same < 3 and len(taken) < _REFINED:
            taken.append(setting)
    return taken


def _retraced(seen: View, text: str, found: list[Fit], faces: Sequence[Face]) -> list[Fit]:
    """The neighbours in weight and optical size of the best find, and the best find without tracking, tried as well."""
    for _ in range(3):
        if not found:
            return found
        best = found[0]
        known = {(it.setting.face, it.setting.tracking is None) for it in found}
        for face in _neighbours(best.setting, faces):
            for tracking in {best.setting.tracking, None}:
                if (face, tracking is None) not in known:
                    again = _refined(seen, text, best.setting._replace(face=face, tracking=tracking))
                    found += [again] if again is not None else []
        found.sort(key=_unexplained)
        if found[0] is best:
            break
    return found


def _neighbours(setting: Setting, faces: Sequence[Face]) -> list[Face]:
    family = [face for face in faces if face.font == setting.face.font]
    plain = [face for face in family if face.axes == setting.face.axes]
    index = family.index(plain[0]) if plain else 0
    near = [*family[max(0, index - 1) : index + 2], setting.face]
    return [*near, *(face.for_size(setting.size) for face in near if face.optical)]
