"""Whether the way a line was set is known surely enough to set it anew."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.errors import CopyDoubtful, InvalidInput
from workbench.imaging import typesetting
from workbench.imaging.copy.finding import Found
from workbench.imaging.copy.wording import shown
from workbench.imaging.fitting import around
from workbench.imaging.refining import Fit, compared, view
from workbench.imaging.typesetting import Face

Bytes = NDArray[np.uint8]
Box = tuple[int, int, int, int]

#: share of the ink's variance that may stay unexplained: above the first say so, above the second refuse
SAID, REFUSED = 0.06, 0.12
#: the same for one character, which is wrong when it is also this many times worse than its neighbours
_CHARACTER, _WORSE = 0.35, 3.5
#: another font that explains nearly as much
_RIVAL = 1.25
#: px per em below which type has too few pixels to be sure
_SMALL = 9.0


def settable(text: str, faces: Sequence[Face]) -> None:
    """Raises InvalidInput when there is no font, or none that has all of the old copy's characters."""
    if not faces:
        raise InvalidInput("The guideline has no font; add the one that this copy is set in.")
    missing = [face.missing(text) for face in faces]
    if all(missing):
        fewest = min(missing, key=len)
        raise InvalidInput(
            f"No font of the guideline has {_listed(fewest)} of {shown(text)}. Add the font it is set in."
        )


def complete(text: str, face: Face) -> None:
    """Raises InvalidInput that names the characters of the new copy that `face` lacks."""
    missing = face.missing(text)
    if missing:
        raise InvalidInput(f"The font {face.name} has no {_listed(missing)}. Write the new copy without.")


def _listed(characters: Sequence[str]) -> str:
    return ", ".join(f"“{character}”" for character in characters[:8])


def tight(text: str, fit: Fit) -> Box:
    """The whole pixels that the line inks."""
    left, top, right, bottom = typesetting.ink(text, fit.setting)
    x, y = int(np.floor(left)), int(np.floor(top))
    return max(x, 0), max(y, 0), int(np.ceil(right)) - max(x, 0), int(np.ceil(bottom)) - max(y, 0)


def judged(image: Bytes, old: str, found: Found, fits: Sequence[Fit]) -> tuple[Fit, tuple[str, ...]]:
    """The best fit and the doubts about it. Raises CopyDoubtful when it must not be used."""
    if not fits:
        raise CopyDoubtful(
            f"{shown(old)} was read, but its letters hardly stand out from the ground, so that they can't be set anew "
            "exactly. Use a generative template."
        )
    best = fits[0]
    _opaque(image, tight(old, best))
    if best.unexplained > REFUSED or np.isnan(best.unexplained):
        raise CopyDoubtful(
            f"No font of the guideline looks like {shown(old)}: the nearest, {best.setting.face.name} at "
            f"{best.setting.size:.1f} px, explains {max(0.0, 1 - best.unexplained):.0%} of it. Add the font it is set "
            "in; turned, outlined or shadowed copy needs a generative template."
        )
    wrong = _wrong(image, old, best)
    if wrong:
        raise CopyDoubtful(
            f"The picture shows something else than {shown(old)} at {_listed(wrong)}. Write the old copy exactly as it "
            "stands there, with its signs and capitals."
        )
    return best, tuple(_doubts(old, found, fits))


def _doubts(old: str, found: Found, fits: Sequence[Fit]) -> list[str]:
    best, said = fits[0], []
    if best.unexplained > SAID:
        said.append(
            f"{best.setting.face.name} explains only {1 - best.unexplained:.0%} of the old copy: compare closely."
        )
    rivals = [it for it in fits[1:] if it.unexplained < _RIVAL * best.unexplained + 0.002]
    names = [it.setting.face.name for it in rivals if it.setting.face != best.setting.face]
    if names:
        said.append(f"The old copy could as well be {names[0]} as {best.setting.face.name}: compare the new letters.")
    if best.setting.size < _SMALL:
        said.append(f"The old copy is only {best.setting.size:.1f} px high, too small to tell its font surely.")
    if found.twins:
        said.append(
            f"{shown(old)} stands in the picture {found.twins + 1} times; one was changed. Mark a region to choose."
        )
    return said


def _wrong(image: Bytes, text: str, fit: Fit) -> list[str]:
    """Characters that the picture doesn't show where they should be."""
    box = tight(text, fit)
    seen = view(image, around(box, image.shape), max(1, box[3] // 80))
    setting = seen.to(fit.setting)
    scene = compared(seen, text, setting)
    if scene is None:
        return list(text)
    rates = []
    for character, (start, end) in zip(text, typesetting.cells(text, setting), strict=True):
        part = np.s_[:, max(0, round(start)) : max(0, round(end))]
        inked = float((scene.weight[part] * scene.inked[part] ** 2).sum())
        if not character.isspace() and inked > 0:
            rates.append((float((scene.weight[part] * scene.off[part]).sum()) / inked, character))
    usual = float(np.median([rate for rate, _ in rates])) if rates else 0.0
    return [character for rate, character in rates if rate > max(_CHARACTER, _WORSE * usual)]


def _opaque(image: Bytes, box: Box) -> None:
    x, y, w, h = box
    if image.shape[2] == 4 and (image[max(0, y - 2) : y + h + 2, max(0, x - 2) : x + w + 2, 3] != 255).any():
        raise CopyDoubtful(
            "The copy stands on a transparent ground, where its letters can't be told from what shows through. "
            "Use a picture with a filled ground."
        )
