"""What an edit by an image model costs: an estimate before, the bill after, both in millionths of a US dollar."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.engines.table import Price, Rules, Size, data

_SQUARE = 1024 * 1024
#: px of the short side and of a tile, by which the API counts the tokens of a picture it is sent
_SHORT = 512
#: characters of a prompt that make a token, in English; other languages need more tokens
_CHARACTERS = 3


def estimate(
    rules: Rules, *, size: Size, quality: str | None, pictures: int, inputs: Sequence[Size],
    fidelity: str | None = None, partials: int = 0, own_price: float | None = None, characters: int = 2000,
) -> int | None:  # fmt: skip
    """What a request is likely to cost at most, None where nobody knows.

    `inputs` are the sizes (width, height) of the pictures sent, `characters` the length of the prompt, `own_price` US
    dollars for one picture of a model that has no price in the table. Tokens as OpenAI's community measured them for
    GPT Image 1 and 1.5; later models are taken to need as many for as many pixels.
    """
    if rules.price is None:
        return None if own_price is None else math.ceil(own_price * pictures * 1_000_000)
    price, tokens = rules.price, data()["tokens"]
    words = math.ceil(characters / _CHARACTERS) * price.text_in
    most = _faithful(rules, fidelity)
    seen = sum(looked_at(each, place < most) for place, each in enumerate(inputs))
    on_the_way = pictures * partials * int(tokens["partial"]) * price.image_out
    return math.ceil(words + seen * price.image_in + on_the_way + pictures * _drawn(price, size, quality or "auto"))


def cost(rules: Rules, usage: Mapping[str, Any] | None, *, pictures: int, own_price: float | None = None) -> int | None:
    """What a request cost by the provider's own count of tokens, None where nobody knows.

    Without a usable count the price table says nothing about a finished request; then `own_price` counts, US dollars
    for one picture.
    """
    counted = _counted(usage) if rules.price is not None else None
    if rules.price is None or counted is None:
        return None if own_price is None else math.ceil(own_price * pictures * 1_000_000)
    text, images, out = counted
    return math.ceil(text * rules.price.text_in + images * rules.price.image_in + out * rules.price.image_out)


def output_tokens(size: Size, quality: str) -> int:
    """Tokens of a picture that is drawn; an unknown quality counts as the highest that "auto" may choose."""
    tokens = data()["tokens"]
    each: int = tokens.get(quality, tokens["auto"])
    return math.ceil(each * size[0] * size[1] / _SQUARE)


def looked_at(size: Size, faithful: bool) -> int:
    """Tokens of a picture that is sent: by tiles of 512 px once its short side is 512, and in high fidelity some more.

    Source: OpenAI's guide to vision (GPT Image 1), and its forum, thread 1317649.
    """
    tokens, (short, long) = data()["tokens"], sorted(size)
    tiles = math.ceil(long * _SHORT / short / _SHORT)
    found: int = tokens["picture"] + tokens["tile"] * tiles
    return found + (tokens["faithful"]["square" if short == long else "other"] if faithful else 0)


def _faithful(rules: Rules, fidelity: str | None) -> int:
    """How many of the pictures sent are looked at in high fidelity."""
    if rules.always_faithful:
        return rules.most_images
    return int(data()["tokens"]["faithful_most"]) if fidelity == "high" else 0


def _drawn(price: Price, size: Size, quality: str) -> float:
    """Millionths for one picture; a published price for a whole picture beats counting tokens."""
    published = price.per_image.get("high" if quality == "auto" else quality)
    if published is not None:
        return published["square" if size[0] == size[1] else "other"] * 1_000_000
    return output_tokens(size, quality) * price.image_out


def _counted(usage: Mapping[str, Any] | None) -> tuple[int, int, int] | None:
    """Tokens of text and of pictures sent, and of what came; None where the count can't be used."""
    if not isinstance(usage, Mapping):
        return None
    details = usage.get("input_tokens_details")
    sent, came = _count(usage.get("input_tokens")), _count(usage.get("output_tokens"))
    text = _count(details.get("text_tokens", 0)) if isinstance(details, Mapping) else 0
    if sent is None or not came or text is None or text > sent:
        return None
    # what isn't said to be text counts as pictures, which are dearer
    return text, sent - text, came


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None
