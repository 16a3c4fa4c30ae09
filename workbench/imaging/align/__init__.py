"""Registration: where each pixel of a picture lies in a model's redrawn output, and how surely."""

from workbench.imaging.align.registering import Alignment, align, plain, scaled, warped

__all__ = ["Alignment", "align", "plain", "scaled", "warped"]
