"""Edits: one recipe applied to one version's bytes, from the proposal to its candidates."""

from workbench.edits.proposing import Origin, Wish, propose, read_mask, reapply, rerun, wish_of
from workbench.edits.reading import Row, Shown, find, rows, show, waiting
from workbench.edits.running import Fence, Made, beat, cancel, fail, finish, hand_back, start, sweep

__all__ = [
    "Fence", "Made", "Origin", "Row", "Shown", "Wish", "beat", "cancel", "fail", "find", "finish", "hand_back",
    "propose", "read_mask", "reapply", "rerun", "rows", "show", "start", "sweep", "waiting", "wish_of",
]  # fmt: skip
