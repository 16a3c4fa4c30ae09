"""Edits: one recipe applied to one version's bytes, from the proposal to its candidates."""

from workbench.edits.estimating import Estimate, ModelChoice, estimate, models
from workbench.edits.previewing import LockPreview, Preview, preview
from workbench.edits.proposing import propose, prove, reapply, rerun
from workbench.edits.reading import Row, Shown, beside, calls, find, partials, rows, show, waiting
from workbench.edits.relocking import Place, lock_settings, relock, relock_preview, use_raw
from workbench.edits.running import Fence, Made, beat, fail, finish, start
from workbench.edits.stopping import cancel, cancel_proof, hand_back, sweep
from workbench.edits.wishes import RAW, Origin, Wish, read_mask, wish_of

__all__ = [
    "RAW", "Estimate", "Fence", "LockPreview", "Made", "ModelChoice", "Origin", "Place", "Preview", "Row", "Shown",
    "Wish", "beat", "beside", "calls", "cancel", "cancel_proof", "estimate", "fail", "find", "finish", "hand_back",
    "lock_settings", "models", "partials", "preview", "propose", "prove", "read_mask", "reapply", "relock",
    "relock_preview", "rerun", "rows", "show", "start", "sweep", "use_raw", "waiting", "wish_of",
]  # fmt: skip
