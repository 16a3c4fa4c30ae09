"""Reading the lines of text in a picture, by the OCR models that come with rapidocr.

    detection on a bounded size ─► each line cut from the full resolution ─► recognition ─► Line(box, text, score)

The models lie in their installed package: nothing is fetched, and there is one instance, made when first needed.
"""

import difflib
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.imaging import flatten

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]

#: pixels on which text is looked for; a larger picture is averaged down, what is found is read at full resolution
DETECTED = 1_000_000
#: a picture whose shorter side is below this is enlarged, because the detector misses what nearly fills the frame
_SHORT = 320
_PADDING = 16
#: height of a line as the recogniser takes it; a higher one is averaged down beforehand
_READ_HEIGHT = 96
_LEAST_SCORE = 0.5
#: more threads than this, or than half the cores, only wait for one another on pictures of this size
_THREADS = 4

_turn = threading.Lock()


@dataclass(frozen=True)
class Line:
    """A line of text as it was read."""

    #: x, y, width, height in whole pixels of the picture; of a tilted line the upright box around it
    box: Box
    text: str
    #: how sure the reading is, 0–1; a high value is no proof
    score: float


def lines(image: Bytes, *, region: Mask | None = None, detail: float = 1.0) -> list[Line]:
    """The lines of text in `image` (uint8 sRGB, H×W×3|4; transparency is read on middle grey), top to bottom.

    `region` (bool H×W): only lines whose middle lies in it. `detail`: how many times the usual pixels to look at, for
    small print; text under about 9 px after averaging down to 1 MP × detail stays unseen.
    """
    left, top, width, height = _bounds(region, image.shape)
    if not width:
        return []
    crop = flatten.over(image[top : top + height, left : left + width], flatten.GREY)
    crop = np.ascontiguousarray(crop[..., ::-1])
    with _turn:
        quads = [quad + np.array((left, top), np.float32) for quad in _detected(crop, detail)]
        cuts = [_cut(crop, quad - (left, top)) for quad in quads]
        texts = _recognised(cuts)
    found = [Line(_box(quad, image.shape), text, score) for quad, (text, score) in zip(quads, texts, strict=True)]
    kept = [line for line in found if line.text and line.score >= _LEAST_SCORE and _inside(line.box, region)]
    return sorted(kept, key=lambda line: (line.box[1], line.box[0]))


def read(image: Bytes) -> tuple[str, float]:
    """(text, score 0–1) of a picture that holds one line and little else: uint8 sRGB, h×w×3|4."""
    crop = np.ascontiguousarray(flatten.over(image, flatten.GREY)[..., ::-1])
    with _turn:
        return _recognised([_lowered(crop)])[0]


def alike(found: str, wanted: str) -> float:
    """How much of `wanted` was read, 0–1: letters and digits only, without case and accents (Ratcliff & Obershelp).

    Never ask for 1: perfect print is misread now and then.
    """
    a, b = plain(found), plain(wanted)
    if not a or not b:
        return float(found.strip() == wanted.strip())
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()


def plain(text: str) -> str:
    """Letters and digits only, casefolded, without accents."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in spread if character.isalnum())


@cache
def _engine() -> Any:
    # rapidocr takes most of a second to import and needs 150 MB: only who reads pays.
    from rapidocr import RapidOCR

    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            # The size is chosen here, so the detector's own resizing must never act.
            "Det.limit_type": "max",
            "Det.limit_side_len": 100_000,
            "EngineConfig.onnxruntime.intra_op_num_threads": max(1, min(_THREADS, cv2.getNumberOfCPUs() // 2)),
        }
    )
    ready: Any = engine
    return ready._load_det_model(), ready._load_rec_model()


def _detected(crop: Bytes, detail: float) -> list[NDArray[np.float32]]:
    """Quads 4×2 in pixels of `crop` (BGR)."""
    height, width = crop.shape[:2]
    scale = min(1.0, (DETECTED * detail / (width * height)) ** 0.5)
    if min(width, height) * scale < _SHORT:
        scale = min(2.0, _SHORT / min(width, height), max(scale, (DETECTED / (width * height)) ** 0.5))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    seen = cv2.resize(crop, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    seen = cv2.copyMakeBorder(seen, *(_PADDING,) * 4, borderType=cv2.BORDER_REPLICATE)
    found = _engine()[0](seen).boxes
    return [] if found is None else [(np.asarray(quad, np.float32) - _PADDING) / scale for quad in found]


def _cut(crop: Bytes, quad: NDArray[np.float32]) -> Any:
    """The line upright, at full resolution up to what the recogniser can use."""
    sides = np.linalg.norm(quad - np.roll(quad, 1, axis=0), axis=1)
    across, down = float(max(sides[1], sides[3])), float(max(sides[0], sides[2]))
    scale = min(1.0, _READ_HEIGHT / max(down, 1))
    left, top = np.floor(np.maximum(quad.min(axis=0), 0)).astype(int)
    right, bottom = np.ceil(quad.max(axis=0)).astype(int) + 1
    near: Any = crop[top:bottom, left:right]
    quad = quad - np.array((left, top), np.float32)
    if not near.size:
        return np.zeros((2, 2, 3), np.uint8)
    if scale < 1:
        small = (max(2, round(near.shape[1] * scale)), max(2, round(near.shape[0] * scale)))
        quad = quad * (np.array(small, np.float32) / (near.shape[1], near.shape[0]))
        near = cv2.resize(near, small, interpolation=cv2.INTER_AREA)
    w, h = max(2, round(across * scale)), max(2, round(down * scale))
    onto = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    upright = cv2.getPerspectiveTransform(quad.astype(np.float32), onto)
    cut: Any = cv2.warpPerspective(near, upright, (w, h), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(np.rot90(cut)) if h > 1.5 * w else cut


def _lowered(crop: Bytes) -> Any:
    scale = _READ_HEIGHT / crop.shape[0]
    if scale >= 1:
        return crop
    return cv2.resize(crop, (max(2, round(crop.shape[1] * scale)), _READ_HEIGHT), interpolation=cv2.INTER_AREA)


def _recognised(cuts: list[Bytes]) -> list[tuple[str, float]]:
    from rapidocr.ch_ppocr_rec.typings import TextRecInput

    if not cuts:
        return []
    result = _engine()[1](TextRecInput(img=cuts))
    return [(text.strip(), float(score)) for text, score in zip(result.txts, result.scores, strict=True)]


def _bounds(region: Mask | None, shape: tuple[int, ...]) -> Box:
    if region is None:
        return 0, 0, shape[1], shape[0]
    columns, rows = np.flatnonzero(region.any(axis=0)), np.flatnonzero(region.any(axis=1))
    if not len(rows):
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)


def _box(quad: NDArray[np.float32], shape: tuple[int, ...]) -> Box:
    left, top = np.maximum(np.floor(quad.min(axis=0)), 0).astype(int)
    right, bottom = np.minimum(np.ceil(quad.max(axis=0)), (shape[1], shape[0])).astype(int)
    return int(left), int(top), max(1, int(right - left)), max(1, int(bottom - top))


def _inside(box: Box, region: Mask | None) -> bool:
    x, y, w, h = box
    return region is None or bool(region[min(y + h // 2, region.shape[0] - 1), min(x + w // 2, region.shape[1] - 1)])
