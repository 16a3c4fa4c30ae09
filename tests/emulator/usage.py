"""Tokens of a request, by the published rules of the gpt-image family; what isn't published is marked.

Output tokens: OpenAI's table for 1024×1024, 1024×1536 and 1536×1024. Input pictures: 65 plus 129 for each 512 px tile
once the short side is 512, and 4096 (square) or 6144 more at high fidelity (community.openai.com/t/1317649).
"""

import math
from typing import Any

#: for square, portrait and landscape
OUTPUT = {"low": (272, 408, 400), "medium": (1056, 1584, 1568), "high": (4160, 6240, 6208)}
#: not published: as multiples of high
BEYOND = {"xhigh": 1.5, "max": 2.0}
PARTIAL = 100


def usage(
    prompt: str, inputs: list[tuple[int, int]], size: tuple[int, int], *, quality: str, fidelity: str, pictures: int,
    partials: int,
) -> dict[str, Any]:  # fmt: skip
    """The `usage` member of an answer with `pictures`, `partials` previews in all; sizes in px."""
    text = math.ceil(len(prompt) / 4)
    image = sum(_input(one, fidelity) for one in inputs)
    output = pictures * output_tokens(size, quality) + PARTIAL * partials
    return {
        "input_tokens": text + image, "input_tokens_details": {"text_tokens": text, "image_tokens": image},
        "output_tokens": output, "total_tokens": text + image + output,
    }  # fmt: skip


def output_tokens(size: tuple[int, int], quality: str) -> int:
    """Of one picture; a custom size by its share of the pixels of the standard size nearest in shape (our guess)."""
    width, height = size
    place = 0 if width == height else 1 if height > width else 2
    known = 1024 * 1024 if place == 0 else 1024 * 1536
    least = OUTPUT.get("medium" if quality == "auto" else quality, OUTPUT["high"])[place]
    return math.ceil(least * BEYOND.get(quality, 1.0) * width * height / known)


def _input(size: tuple[int, int], fidelity: str) -> int:
    scale = 512 / min(size)
    tiles = math.prod(math.ceil(round(side * scale) / 512) for side in size)
    more = (4096 if size[0] == size[1] else 6144) if fidelity == "high" else 0
    return 65 + 129 * tiles + more
