"""The numbers of a fidelity report, as they were measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.imaging.limits import Limits


@dataclass(frozen=True)
class Measurements:
    """What was measured; None means not measured."""

    #: width, height in pixels
    size: tuple[int, int]
    size_before: tuple[int, int]
    size_kept: bool
    limits: Limits = field(default_factory=Limits)
    #: pixels that differ outside the allowed region, as a number, as a share of what lies outside, and the largest
    #: difference of one channel in levels of 255
    outside_changed: int | None = None
    outside_share: float | None = None
    outside_max: int | None = None
    #: where most of them are, in words
    outside_where: str | None = None
    #: share of all pixels that differ, and of the pixels in the allowed region, 0–1
    changed_share: float | None = None
    region_changed: float | None = None
    #: share of the region's inner border that the change runs across, 0–1, and on which sides, in words
    border_share: float | None = None
    border_where: str | None = None
    #: of the unchanged part: structural similarity, 1 = the same, and mean ΔE2000
    ssim: float | None = None
    delta_e_mean: float | None = None
    #: #RRGGBB → ΔE2000 of the flat area that shows it
    palette: Mapping[str, float] = field(default_factory=dict)
    palette_names: Mapping[str, str] = field(default_factory=dict)
    #: #RRGGBB → its own limit, for colours that have one; the others go by `limits.palette`
    palette_limits: Mapping[str, float] = field(default_factory=dict)
    #: share of the expected copy that was read back, 0–1
    copy_similarity: float | None = None
    expected_copy: str | None = None
    #: how far apart the faces before and after are for a recogniser: 0 the same picture, about 0.6 another person
    face_distance: float | None = None
    #: how an output was brought back: "local" (only what changed), "whole frame", "raw" (as it came); None = no output
    lock: str | None = None
    #: how sure its registration is: good, doubtful or none
    registration: str | None = None
    #: the registration as {"matrix": 2×3 original → output, "score": px of the output, "method": …}
    alignment: Mapping[str, Any] | None = None
    #: by how much the model moved (px of the original) and recoloured (ΔE2000) what should have stayed; taken away
    drift_px: float | None = None
    drift_delta_e: float | None = None
    #: pixels that the model changed outside the region and that were thrown away
    stray_changed: int | None = None
    #: what the lock was not sure of, in sentences
    lock_doubts: tuple[str, ...] = ()
    profile_kept: bool | None = None
    #: the result's format, with the original's where it is another: "PNG", "PNG from JPEG"
    format_kept: str | None = None
