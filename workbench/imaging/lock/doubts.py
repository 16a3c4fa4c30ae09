"""Why a lock may not be right, in a designer's words, and what would help."""

import cv2
import numpy as np

from workbench.imaging.align.warping import Mask
from workbench.imaging.lock import borders, seams
from workbench.imaging.lock.comparing import Compared
from workbench.imaging.lock.taking import FEATHER, RIM, Taking
from workbench.imaging.region import Found

#: share of the frame beyond which registration and colour stand on too little that stayed
_MOST = 0.5
#: share of the frame that an output shows at least if the model hasn't cropped it
_SHOWN = 0.985

#: share of the longer side by which each place is widened before places are counted
_APART = 0.015
#: working px in one px of the coarse frame on which that is done
_COARSE = 4

_NONE = (
    "The output could not be laid over the original. Mark the region that may change, or run the edit again with an "
    "output that shows the same picture."
)
_PLAIN = "It was laid on by its size alone, so what it shows may sit off its place: look at it closely."
_MUCH = (
    "More than half of the picture changed, so little is left to go by. Protect the product or logo, or use a template "
    "that may change the whole frame."
)
_CROPPED = (
    "The output shows only {share:.0f} % of the picture; what lies beyond stays as it was. Run the edit again with an "
    "output that shows all of it."
)
NOTHING = (
    "No change was found. If something should have changed, mark the region, choose a finer sensitivity, or run the "
    "edit again."
)
_SCATTERED = (
    "Changes were found in {number} places that lie apart. Where one of them is not part of the edit, mark the region "
    "that may change and lock it again."
)
_EDGE = (
    "An edge may be visible {where} what changed. Look at it at full size; a larger value for grow or "
    "feather softens it."
)
_CUT = (
    "An edge may be visible {where} the region, where the change runs across its border. Enlarge the "
    "region, or soften the border with feather."
)


def doubts(
    both: Compared, found: Found, change: Taking, small: Mask | None, *, whole_frame: bool, lost: bool
) -> tuple[str, ...]:
    """Doubts about what was locked; `small`: bool h×w, what is allowed; `lost`: the output couldn't be registered."""
    if lost:
        return (_NONE, _PLAIN) if change.taken.any() else (_NONE,)
    said = [] if whole_frame else list(found.doubts)
    shown = float(borders.continued(np.ones_like(both.valid), both.valid).mean())
    if shown < _SHOWN:
        said.append(_CROPPED.format(share=100 * shown))
    if found.mask.mean() > _MOST and not whole_frame:
        said.append(_MUCH)
    if small is None and not whole_frame and (number := _places(found.mask)) > 1:
        said.append(_SCATTERED.format(number=number))
    said += _visible(both, change, small)
    return tuple(dict.fromkeys(said))


def _places(mask: Mask) -> int:
    """How many places lie farther apart than twice _APART of the longer side."""
    size = max(1, mask.shape[1] // _COARSE), max(1, mask.shape[0] // _COARSE)
    coarse = cv2.resize(mask.view(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_AREA)
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(_APART * max(size)) + 1,) * 2)
    return int(cv2.connectedComponents(cv2.dilate((np.asarray(coarse) > 0).view(np.uint8), near))[0]) - 1


def _visible(both: Compared, change: Taking, small: Mask | None) -> list[str]:
    """Where a step shows between what was taken and what stayed."""
    if not change.taken.any():
        return []
    levels = np.rint(change.matched).astype(np.uint8)
    rim = seams.ring(change.taken, RIM + FEATHER, RIM + FEATHER + 2.5) & both.valid
    inside = change.taken if small is None else small
    said = []
    for seam, around, sentence in ((rim, change.taken, _EDGE), (change.cut, inside, _CUT)):
        where = seams.visible(both.original[change.box], levels, seam[change.box], around[change.box])
        if where:
            said.append(sentence.format(where=where))
    return said
