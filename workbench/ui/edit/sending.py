"""What an image model would see: the part of the picture that is sent, framed on the picture itself."""

import cv2
import numpy as np
from numpy.typing import NDArray

from workbench.ui import words

#: px on the longer side of the frame's picture
SIDE = 1200
#: px of the frame's line there
LINE = 4
#: share of a canvas's side from which on what lies around the picture is worth a word
AROUND = 0.01

Size = tuple[int, int]
#: x, y, width, height
Box = tuple[int, int, int, int]


def frame(picture: Size, crop: Box) -> NDArray[np.bool_]:
    """bool h×w, True on the line around `crop` (pixels of `picture`, width and height), at most SIDE px long."""
    width, height = picture
    scale = min(1.0, SIDE / max(width, height))
    drawn = np.zeros((max(1, round(height * scale)), max(1, round(width * scale))), np.uint8)
    x, y, wide, high = crop
    left, top = round(x * scale), round(y * scale)
    right, foot = max(left + 1, round((x + wide) * scale)), max(top + 1, round((y + high) * scale))
    inset = LINE // 2
    cv2.rectangle(drawn, (left + inset, top + inset), (right - 1 - inset, foot - 1 - inset), 255, LINE)
    return np.asarray(drawn > 0, bool)


def said(picture: Size, crop: Box, canvas: Size, guide: str) -> str:
    """What is framed, how large it arrives, and what lies around it, as sentences."""
    whole = crop == (0, 0, *picture)
    part = "the whole picture" if whole else f"the framed part, {words.size(*crop[2:])} px, and nothing of the rest"
    across, down = canvas[0] / crop[2], canvas[1] / crop[3]
    scale = min(across, down)
    arrives = "in its own size" if abs(scale - 1) < 0.005 else f"at {100 * scale:.0f} % of its size"
    sentences = [f"The model sees {part}, {arrives}, on a canvas of {words.size(*canvas)} px."]
    if scale / max(across, down) < 1 - AROUND:
        sentences.append("The rest of the canvas continues the picture, and is cut off again.")
    if guide == "mask":
        sentences.append("A mask shows it what you marked.")
    elif guide == "markup":
        sentences.append("An outline drawn on a copy shows it what you marked.")
    return " ".join(sentences)
