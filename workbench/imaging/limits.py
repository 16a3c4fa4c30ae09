"""The limits a fidelity report is judged by."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Literal, Self

from workbench.errors import RejectedFile

Verdict = Literal["pass", "review", "fail", "none"]

#: how far past its limit a number is still a matter for a person; beyond that it fails
REVIEW_BAND = {
    "outside_changed": 0.0, "ssim": 0.04, "delta_e_mean": 1.3, "palette": 1.3, "copy_similarity": 0.15,
    "changed_most": 1.0, "border": 1.0, "face_distance": 0.2,
}  # fmt: skip
_AT_LEAST = frozenset({"ssim", "copy_similarity"})
_SHARES = _AT_LEAST | {"changed_most", "border"}


@dataclass(frozen=True)
class Limits:
    """What passes. A number past its limit by no more than REVIEW_BAND asks for review, further off it fails."""

    #: pixels that may differ outside the allowed region
    outside_changed: float = 0
    #: least structural similarity of the unchanged part, 0–1
    ssim: float = 0.97
    #: largest mean ΔE2000 of the unchanged part; 1 is about what an eye can see
    delta_e_mean: float = 1.0
    #: largest ΔE2000 between a brand colour and the flat area that shows it; with the band 2.3, a just noticeable step
    palette: float = 1.0
    #: least share of the expected copy that can be read back, 0–1
    copy_similarity: float = 0.9
    #: whether width and height must stay; False lets a template that reframes change them
    size_kept: bool = True
    #: largest share of the picture that a locked output may change where no region is marked, 0–1; more asks for review
    changed_most: float = 0.5
    #: largest share of the region's inner border that a change may run across, 0–1; more asks for review
    border: float = 0.02
    #: largest distance of the face before and after; None = faces are not asked for
    face_distance: float | None = None

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> Self:
        """From a plain mapping, such as a template's `[limits]`; what is missing or None keeps its default.

        Raises RejectedFile for an unknown name or a value that is no number in range.
        """
        known = [field.name for field in fields(cls)]
        for name in values:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1, 0)
                raise RejectedFile(f"There is no limit “{name[:40]}”. Did you mean “{near[0]}”?")
        given = {name: _checked(name, value) for name, value in values.items() if value is not None}
        return cls(**given)  # type: ignore[arg-type]

    def to_json(self) -> dict[str, float | None]:
        """As a plain mapping, all names present."""
        return asdict(self)

    def judge(self, name: str, value: float) -> Verdict:
        """The verdict on a number, by the limit of that name."""
        limit, band = float(getattr(self, name)), REVIEW_BAND[name]
        past = limit - value if name in _AT_LEAST else value - limit
        # A millionth is less than any of these numbers is known to.
        return "pass" if past <= 1e-6 else "review" if past <= band + 1e-6 else "fail"


def _checked(name: str, value: object) -> float:
    if name == "size_kept":
        if value in (True, False):
            return bool(value)
        raise RejectedFile("The limit “size_kept” is true or false.")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise RejectedFile(f"The limit “{name}” must be a number of at least 0.")
    if name in _SHARES and value > 1:
        raise RejectedFile(f"The limit “{name}” is a share from 0 to 1, not {value:g}.")
    return value
