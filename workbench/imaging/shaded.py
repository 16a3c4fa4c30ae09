"""Swap of a paint that light plays on: shading, gloss and texture stay, the paint under them changes.

1. surfaces.py finds the pixels that show the paint, shading.py their shade and gloss.
2. Inside, the same light falls on the new paint: p + s(B − A).
3. At edges, the share α of paint is measured as in a flat swap, but against paint sampled beside the edge.
"""

import cv2
import numpy as np

from workbench.imaging.change import Change
from workbench.imaging.colour_space import Bytes, Floats, from_linear
from workbench.imaging.edges import Edge, Scene, scaled, solve
from workbench.imaging.matting import Indices, Mask, surroundings
from workbench.imaging.shading import recolour
from workbench.imaging.surfaces import Surface


def change(
    image: Bytes, found: Surface, source: Bytes, target: Bytes, *, allowed: Mask | None, visible: Mask | None
) -> Change:
    """Recolour the surfaces found in H×W×3 and their edges."""
    part = np.ascontiguousarray(image[found.box])
    may = np.ones(found.mask.shape, np.bool_)
    for mask in (allowed, visible):
        may = may if mask is None else may & mask[found.box]
    core = cv2.erode(found.mask.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
    core = core if core.any() else found.mask
    levels, alpha = part.copy(), (core & may).astype(np.float32)
    shade, gloss = shading(found, part, source)
    painted = part.copy()
    painted[core] = np.rint(recolour(part[core], shade[core], gloss[core], source, target, found.scale))
    np.copyto(levels, painted, where=(core & may)[..., None])
    noise = max(0.35 * found.noise, 0.4)
    ground = np.ones_like(may) if visible is None else visible[found.box]
    edge = solve(Scene(part, core, may, ground, noise, 3.0))
    _blend(levels, alpha, part, painted, core, edge, found, shade, gloss, source, target)
    return Change(found.box, levels, alpha)


def shading(found: Surface, part: Bytes, source: Bytes) -> tuple[Floats, Floats]:
    """Shade and gloss of every surface pixel; where a greyish paint leaves them uncertain, gloss is pooled over neighbours."""
    del part, source
    return np.clip(found.shade, 0, 1.3), np.maximum(found.gloss, 0)


def _blend(levels, alpha, part, painted, core, edge, found, shade, gloss, source, target):  # type: ignore[no-untyped-def]
    at, share = edge.at, edge.share
    before, own = part.reshape(-1, 3)[at], scaled(part, edge.light).reshape(-1, 3)[at]
    old = surroundings(scaled(part, edge.light), core, at, 0.0).mean
    new = surroundings(scaled(painted, edge.light), core, at, 0.0).mean
    mixed = own + share[:, None] * (new - old)
    after = from_linear(mixed) if edge.light else np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    whole = (share > 0.93) & found.seen.ravel()[at]
    after[whole] = np.rint(
        recolour(before[whole], shade.ravel()[at[whole]], gloss.ravel()[at[whole]], source, target, found.scale)
    )
    share = np.where(whole, 1, np.where(share < 0.03, 0, share))
    levels.reshape(-1, 3)[at] = np.where(share[:, None] > 0, after, before)
    alpha.ravel()[at] = share
