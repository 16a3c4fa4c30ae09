"""Edits: one recipe applied to one version's bytes, from the proposal to its candidates."""

from workbench.edits.previewing import LockPreview, Preview, preview
from workbench.edits.proposing import propose, prove, reapply, rerun
from workbench.edits.reading import Row, Shown, find, rows, show, waiting
from workbench.edits.relocking import Place, lock_settings, relock, relock_preview, use_raw
from workbench.edits.running import Fence, Made, beat, cancel, cancel_proof, fail, finish, hand_back, start, sweep
from workbench.edits.wishes import RAW, Origin, Wish, read_mask, wish_of

__all__ = [
    "RAW", "Fence", "LockPreview", "Made", "Origin", "Place", "Preview", "Row", "Shown", "Wish", "beat", "cancel",
    "cancel_proof", "fail", "find", "finish", "hand_back", "lock_settings", "preview", "propose", "prove",
    "read_mask", "reapply", "relock", "relock_preview", "rerun", "rows", "show", "start", "sweep", "use_raw",
    "waiting", "wish_of",
]  # fmt: skip
