"""What a swap left behind: pixels that still show the old colour next to, or like, those that were changed.

The guard against silent misses: it judges the result by hue alone and knows nothing of how the swap found its pixels.
"""

import cv2
import numpy as np

from workbench.imaging.colour_space import Bytes, Floats, rgb_to_hex, to_oklab
from workbench.imaging.growing import akin, grown
from workbench.imaging.matting import Mask

#: share of the colour that may stay before it is said
_TOLERATED = 0.01
#: OKLab distance within which a colour is the old one, wherever it lies
_SAME = 0.04
#: pixels that are enough to judge by
_GLANCE = 1_000_000


def share(image: Bytes, alpha: Floats, source: Bytes, allowed: Mask | None) -> float:
    """Share of the source colour in H×W×3, before the swap, that the swap with this H×W alpha did not reach, 0–1.

    Counted are pixels of nearly the source colour anywhere, and those of its hue where a changed area fades into them.
    """
    step = max(1, round((alpha.size / _GLANCE) ** 0.5))
    part, reached = np.ascontiguousarray(image[::step, ::step]), np.ascontiguousarray(alpha[::step, ::step]) > 0.3
    hue = akin(part, source)
    same = np.sqrt(((to_oklab(part) - to_oklab(source[None])) ** 2).sum(-1)) < _SAME
    free = ~reached if allowed is None else ~reached & allowed[::step, ::step]
    faded = grown(part, reached, hue & free, largest=10.0) & free
    # Single rows of pixels are edges, where the old colour is a share and not a surface.
    solid = cv2.morphologyEx(((faded | same) & free).view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    left = int(np.count_nonzero(solid))
    return left / max(left + int(np.count_nonzero(reached)), 1)


def doubt(source: Bytes, left: float, *, marked: bool) -> str | None:
    """The sentence for a designer, or None where too little is left to say anything."""
    if left <= _TOLERATED:
        return None
    advice = "Look at it" if marked else "Look at it, and mark the region to change more or to confine the change"
    return f"About {100 * left:.0f} % of what looks like {rgb_to_hex(source)} kept the old colour. {advice}."
