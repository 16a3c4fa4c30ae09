"""Edits: one recipe applied to one version's bytes, from the proposal to its candidates."""

from workbench.edits.previewing import Preview, preview
from workbench.edits.proposing import propose, prove, reapply, rerun
from workbench.edits.reading import Row, Shown, find, rows, show, waiting
from workbench.edits.running import Fence, Made, beat, cancel, cancel_proof, fail, finish, hand_back, start, sweep
from workbench.edits.wishes import Origin, Wish, read_mask, wish_of

__all__ = [
    "Fence", "Made", "Origin", "Preview", "Row", "Shown", "Wish", "beat", "cancel", "cancel_proof", "fail", "find",
    "finish", "hand_back", "preview", "propose", "prove", "read_mask", "reapply", "rerun", "rows", "show", "start",
    "sweep", "waiting", "wish_of",
]  # fmt: skip
