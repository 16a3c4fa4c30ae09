"""The kinds of characters that copy is made of, and those that the exact engine can't set."""

import unicodedata
from collections.abc import Mapping
from typing import Literal

CharacterSet = Literal["letters", "digits", "spaces", "punctuation", "currency", "symbols", "emoji"]

#: character set → the Unicode general categories in it (their first letter, or both); emoji go before all of them
CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "letters": ("L", "M"),
    "digits": ("N",),
    "spaces": ("Zs",),
    "punctuation": ("P",),
    "currency": ("Sc",),
    "symbols": ("Sm", "Sk", "So"),
}
#: character set → one of it in a sentence
ONE: Mapping[str, str] = {
    "letters": "a letter",
    "digits": "a digit",
    "spaces": "a space",
    "punctuation": "a punctuation mark",
    "currency": "a currency sign",
    "symbols": "a symbol",
    "emoji": "an emoji",
}
#: what makes an emoji of the sign before it: the joiner, the keycap, the picture form
_JOINING = frozenset("\u200d\u20e3\ufe0f")
#: Unicode's blocks of pictographs, flags and skin tones; ★, ☎ and ✓ come before them and are symbols of many fonts
_FIRST_EMOJI, _LAST_EMOJI = 0x1F000, 0x1FAFF
#: Unicode's bidirectional classes of Hebrew and Arabic letters and of Arabic digits
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def set_of(character: str) -> str | None:
    """The set that one character belongs to; None for line breaks and what else can't be seen."""
    if character in _JOINING or _FIRST_EMOJI <= ord(character) <= _LAST_EMOJI:
        return "emoji"
    category = unicodedata.category(character)
    return next((name for name, kinds in CATEGORIES.items() if category.startswith(kinds)), None)


def right_to_left(text: str) -> str | None:
    """The first character of `text` that is written from right to left, or None."""
    return next((one for one in text if unicodedata.bidirectional(one) in _RIGHT_TO_LEFT), None)


def unsettable(text: str) -> str | None:
    """What keeps the exact engine from setting `text` as one line of print, or None. What no font draws shows later."""
    if strange := next((one for one in text if set_of(one) is None), None):
        return f"holds {named(strange)}; the exact engine sets one line of print"
    if emoji := next((one for one in text if set_of(one) == "emoji"), None):
        return f"holds {named(emoji)}, which brand fonts don't draw; use letters, digits and symbols"
    if letter := right_to_left(text):
        return f"holds “{letter}”, which is written from right to left; the exact engine sets left to right only"
    return None


def named(character: str) -> str:
    """“$”, a currency sign – or what an invisible character is called."""
    kind = set_of(character)
    if kind is None or not (character.isprintable() or kind == "emoji"):
        return "a line break or another invisible character"
    return f"“{character}”, {ONE[kind]}"
