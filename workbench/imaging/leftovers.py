"""What a swap left behind: pixels that still show the old colour next to, or like, those that were changed.

The guard against silent misses: it judges the result by hue alone and knows nothing of how the swap found its pixels.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.change import grow
from workbench.imaging.colour_space import Bytes, rgb_to_hex, to_oklab
from workbench.imaging.growing import akin, grown
from workbench.imaging.matting import Mask

#: share of the colour that may stay in areas, and of the picture that may show it in strokes, before it is said
_TOLERATED, _TRACES = 0.01, 0.0003
#: OKLab distance within which a colour is the old one, in areas and in strokes, wherever it lies
_SAME, _ALIKE = 0.04, 0.07
#: pixels that are enough to judge by
_GLANCE = 500_000


@dataclass(frozen=True)
class Kept:
    """What kept the old colour, counted at a glance."""

    areas: int  #: pixels in areas that show it
    traces: int  #: pixels in thin strokes that do
    reached: int  #: pixels that were changed
    allowed: int  #: pixels that could have been

    @property
    def share(self) -> float:
        """Share of the colour's areas that the swap did not reach, 0–1."""
        return self.areas / max(self.areas + self.reached, 1)

    @property
    def shown(self) -> float:
        """Share of the allowed pixels that still show the colour, 0–1."""
        return (self.areas + self.traces) / max(self.allowed, 1)


def kept(image: Bytes, changed: Mask, source: Bytes, allowed: Mask | None) -> Kept:
    """What of the source colour in H×W×3, before the swap, was not `changed`, H×W.

    Counted are pixels of nearly the source colour anywhere, and those of its hue where a changed area fades into them.
    """
    step = max(1, round((changed.size / _GLANCE) ** 0.5))
    part, reached = np.ascontiguousarray(image[::step, ::step]), np.ascontiguousarray(changed[::step, ::step])
    hue = akin(part, source)
    off = np.sqrt(((to_oklab(part) - to_oklab(source[None])) ** 2).sum(-1))
    may = np.ones_like(reached) if allowed is None else np.ascontiguousarray(allowed[::step, ::step])
    free = ~reached & may
    faded = grown(part, reached, hue & free, largest=10.0) & free
    # Single rows of pixels are edges, where the old colour is a share and not a surface.
    solid = cv2.morphologyEx(((faded | (off < _SAME)) & free).view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    fine = (off < _ALIKE) & free & ~grow(reached | solid.view(np.bool_), 2 if step == 1 else 1)
    return Kept(*(int(np.count_nonzero(mask)) for mask in (solid, fine, reached, may)))


def doubts(source: Bytes, found: Kept, *, marked: bool) -> list[str]:
    """Sentences for a designer; none where too little is left to say anything."""
    name, said = rgb_to_hex(source), []
    if found.share > _TOLERATED:
        advice = "Look at it" if marked else "Look at it, and mark the region to change more or to confine the change"
        said.append(f"About {100 * found.share:.0f} % of what looks like {name} kept the old colour. {advice}.")
    if found.traces > max(_TRACES * found.allowed, 8):
        advice = "Look at it at full size" if marked else "Look at it at full size, and mark the region round it"
        said.append(f"Small print or hairlines may keep traces of {name}. {advice}.")
    return said
