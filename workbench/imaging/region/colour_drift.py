"""The colour that a model gave everything it was not asked to touch: casts, tone curves and uneven gains, estimated."""

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.imaging.colour_space import Floats

#: pixels of the working picture that one pixel of the estimate averages, each way
STEP = 8
#: the most that a channel is moved, in shares of full scale: more is an edit, not a drift
_MOST = 0.14
#: and the most that a channel is multiplied
_MOST_GAIN = 0.12
#: differences (shares of full scale) that still count as drift, from the first round to the last
_WIDTHS = (0.12, 0.08, 0.05, 0.04, 0.03, 0.03)
#: how far the gain is smoothed in these rounds, in the reach that was asked for
_REACHES = (2.0, 1.5, 1.2, 1.0, 1.0, 1.0)
#: how far the estimate trusts colours to tell more than an even cast: the expected size of each term
_EXPECTED = np.array([0.03, 0.03, 0.03, 0.03, 0.05])
#: how many independent places a picture is worth, and their spread: keeps a colour seen in one object from ruling
_PLACES, _SPREAD = 30.0, 0.02


@dataclass(frozen=True)
class ColourDrift:
    """What a model added to each channel: a function of the colour, and a gain that varies slowly."""

    #: 3×5, for each channel: even cast, share of red, green, blue and of the channel's own square
    terms: np.ndarray
    #: float32 coarse h×w×3, gain beyond 1 of each channel
    gain: Floats

    def of(self, colours: Floats) -> Floats:
        """The drift in `colours` (float32 h×w×3, 0–1 sRGB, as the model returned them), same shape, clamped."""
        height, width = colours.shape[:2]
        size = (width, height)
        linear = np.ascontiguousarray(self.terms[:, [1, 2, 3, 0]].astype(np.float32))
        drift = cv2.transform(colours, linear)
        gain = self.gain if self.gain.shape[:2] == (height, width) else cv2.resize(self.gain, size, None, 0, 0, 2)
        drift += colours * (gain + colours * self.terms[:, 4].astype(np.float32))
        return np.asarray(np.clip(drift, -_MOST, _MOST, out=drift), np.float32)


def none(shape: tuple[int, int]) -> ColourDrift:
    """No drift at all, for a picture of h×w."""
    return ColourDrift(np.zeros((3, 5)), np.zeros((max(1, shape[0] // STEP), max(1, shape[1] // STEP), 3), np.float32))


def estimate(before: Floats, after: Floats, weight: Floats, *, reach: float) -> ColourDrift:
    """The drift between two coarse pictures, float32 h×w×3, 0–1 sRGB, registered.

    weight: float32 h×w, 0–1, how surely each pixel should have stayed. reach: pixels over which the gain may vary.
    An M-estimate with Geman and McClure's weights (1987), so that real changes don't take part; the gain field is a
    normalised convolution (Knutsson and Westin 1993).
    """
    apart = after - before
    drift = ColourDrift(np.zeros((3, 5)), np.zeros_like(after))
    for turn, (width, far) in enumerate(zip(_WIDTHS, _REACHES, strict=True)):
        left = apart - drift.of(after)
        away = (left * left).sum(axis=2) / np.float32(width * width)
        trust = weight / (1 + away) ** 2
        if float(trust.sum()) < 4:
            return none((after.shape[0] * STEP, after.shape[1] * STEP))
        drift = ColourDrift(_terms(apart - drift.gain * after, after, trust, even=turn < 2), drift.gain)
        # Added to what was found before: one smoothing alone would flatten the gain's own hills.
        gain = _gain(apart - drift.of(after), after, trust, max(1.0, reach * far))
        drift = ColourDrift(drift.terms, np.clip(drift.gain + gain, -_MOST_GAIN, _MOST_GAIN))
    return drift


def _terms(apart: Floats, after: Floats, trust: Floats, *, even: bool) -> np.ndarray:
    colours = after.reshape(-1, 3).astype(np.float64)
    share = trust.reshape(-1, 1) * (_PLACES / (float(trust.sum()) * _SPREAD**2))
    # An even cast first: the colours' own terms would explain a recoloured object while everything still counts.
    prior = np.diag(1 / (_EXPECTED * ([1, 0.05, 0.05, 0.05, 0.05] if even else 1)) ** 2)
    found = np.zeros((3, 5))
    for channel in range(3):
        known = np.column_stack([np.ones(len(colours)), colours, colours[:, channel] ** 2])
        weighted = known * share
        found[channel] = np.linalg.solve(weighted.T @ known + prior, weighted.T @ apart.reshape(-1, 3)[:, channel])
    return found


def _gain(apart: Floats, after: Floats, trust: Floats, reach: float) -> Floats:
    known = trust[..., None] * after
    above = cv2.GaussianBlur(known * apart, (0, 0), reach, borderType=cv2.BORDER_REFLECT)
    below = cv2.GaussianBlur(known * after, (0, 0), reach, borderType=cv2.BORDER_REFLECT)
    return np.asarray(above / (below + np.float32(0.01) * float(known.mean()) + np.float32(1e-5)), np.float32)
