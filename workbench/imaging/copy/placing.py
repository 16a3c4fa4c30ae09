"""Where the new line goes: on the old baseline, from where the old began, or about its middle when it was centred."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.errors import CopyDoesNotFit
from workbench.imaging import typesetting
from workbench.imaging.copy.finding import Room
from workbench.imaging.copy.wording import shown
from workbench.imaging.refining import Fit
from workbench.imaging.typesetting import Setting

Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]

#: copy is never set smaller than this share of the old size
SMALLEST = 0.6
#: how near the middle of a line must be to the middle of what it stands in, as a share of that
_CENTRED = 0.01
#: a line that fills more than this of what it stands in is centred by accident
_FULL = 0.85
#: px that antialiasing may reach beyond the room
_SLACK = 1.0
#: ems by which the space before the next word may change unseen
_GAP = 0.06


class Placed(NamedTuple):
    setting: Setting
    box: Box
    doubts: tuple[str, ...]


def place(
    shape: tuple[int, ...],
    old: str,
    new: str,
    fit: Fit,
    space: Room,
    *,
    region: Mask | None,
    shrink: bool,
    beside: tuple[bool, bool] = (False, False),
) -> Placed:
    """How `new` is set so that it stays inside `space` and the region; `beside`: where words of the same line stand.

    Raises CopyDoesNotFit with the widths.
    """
    left, right = space.box[0], space.box[0] + space.box[2]
    top, bottom = 0, shape[0]
    area = None
    if region is not None:
        columns, rows = np.flatnonzero(region.any(axis=0)), np.flatnonzero(region.any(axis=1))
        area = (float(columns[0]), float(columns[-1] + 1))
        left, right = max(left, int(columns[0])), min(right, int(columns[-1]) + 1)
        top, bottom = int(rows[0]), int(rows[-1]) + 1
    was = typesetting.ink(old, fit.setting)
    centred = not any(beside) and _centred(was, shape[1], area, space)
    setting = _set(new, fit.setting, was, centred)
    doubts: tuple[str, ...] = ()
    scale = _scale(new, setting, was, centred, (left, right))
    if scale < 1:
        if not shrink or scale < SMALLEST:
            _refuse(new, setting, right - left if centred else right - was[0], shrink)
        setting = _set(new, fit.setting._replace(size=fit.setting.size * scale), was, centred)
        doubts = (f"The new copy is set at {scale:.0%} of the old size, so that it fits.",)
    now = typesetting.ink(new, setting)
    if beside[1] and abs(now[2] - was[2]) > _GAP * setting.size:
        doubts += ("The words after it stay where they are, so the space before them changed. Give the whole line.",)
    if now[1] < top - _SLACK or now[3] > bottom + _SLACK:
        raise CopyDoesNotFit(f"{shown(new)} is higher than the space there. Mark a higher region.")
    x, y = max(0, int(np.floor(now[0]))), max(0, int(np.floor(now[1])))
    box = (x, y, min(shape[1], int(np.ceil(now[2]))) - x, min(shape[0], int(np.ceil(now[3]))) - y)
    return Placed(setting, box, doubts)


def _set(new: str, setting: Setting, was: tuple[float, ...], centred: bool) -> Setting:
    if not centred:
        return setting
    now = typesetting.ink(new, setting)
    return setting._replace(x=setting.x + (was[0] + was[2] - now[0] - now[2]) / 2)


def _scale(new: str, setting: Setting, was: tuple[float, ...], centred: bool, room: tuple[float, float]) -> float:
    """1, or the share of the size at which the new line is inside the room."""
    now = typesetting.ink(new, setting)
    # A line that is no wider than the old one has its room, wherever that ends.
    left, right = min(room[0], was[0]) - _SLACK, max(room[1], was[2]) + _SLACK
    if now[0] >= left and now[2] <= right:
        return 1.0
    if centred:
        middle = (was[0] + was[2]) / 2
        return 2 * min(middle - left, right - middle) / (now[2] - now[0])
    return (right - setting.x) / (now[2] - setting.x)


def _refuse(new: str, setting: Setting, there: float, shrink: bool) -> None:
    now = typesetting.ink(new, setting)
    way = (
        f"Even at {SMALLEST:.0%} of the size it is too wide; shorten it."
        if shrink
        else ("Shorten it, or let the template set it smaller.")
    )
    raise CopyDoesNotFit(
        f"{shown(new)} would be {now[2] - now[0]:.0f} px wide in the old size, and there is room for "
        f"{max(0.0, there):.0f} px. {way}"
    )


def _centred(was: tuple[float, ...], width: int, area: tuple[float, float] | None, space: Room) -> bool:
    """Whether the old line stands in the middle of the picture, the region, or between two edges of the ground."""
    spans = [(0.0, float(width))]
    if area is not None:
        spans.append(area)
    if all(space.bounded):
        spans.append((float(space.box[0]), float(space.box[0] + space.box[2])))
    middle, wide = (was[0] + was[2]) / 2, was[2] - was[0]
    return any(abs(middle - (a + b) / 2) <= max(1.0, _CENTRED * (b - a)) and wide <= _FULL * (b - a) for a, b in spans)
