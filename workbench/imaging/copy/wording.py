"""What copy may be asked for: one line, of letters that are set from left to right."""

import unicodedata

from workbench.errors import InvalidInput

#: characters in one line of copy
LONGEST = 200
_JOINERS = {"\u200d", "\ufe0f", "\ufe0e", "\u20e3"}


def checked(text: str, what: str) -> str:
    """`text` in composed form without blanks around it; `what` it is called in a refusal. Raises InvalidInput."""
    text = unicodedata.normalize("NFC", text).strip()
    if not text:
        raise InvalidInput(f"The {what} copy is empty; write the words.")
    if len(text) > LONGEST:
        raise InvalidInput(
            f"The {what} copy has {len(text):,} characters; one line may have {LONGEST}. Change one line at a time."
        )
    if any(unicodedata.category(c) in ("Zl", "Zp") or c in "\n\r\v\f\x85" for c in text):
        raise InvalidInput(f"The {what} copy has a line break; change one line at a time.")
    if any(_is_emoji(c) for c in text):
        raise InvalidInput(f"The {what} copy has an emoji, which brand fonts can't set; place it as a badge instead.")
    if any(unicodedata.bidirectional(c) in ("R", "AL", "RLE", "RLO", "RLI", "AN") for c in text):
        raise InvalidInput(
            f"The {what} copy reads from right to left, which can't be set exactly; use a generative template."
        )
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn") for c in text):
        raise InvalidInput(f"The {what} copy has a character that can't be seen; type it anew.")
    return text


def _is_emoji(character: str) -> bool:
    return character in _JOINERS or 0x1F000 <= ord(character) <= 0x1FAFF or 0x2600 <= ord(character) <= 0x27BF


def shown(text: str, longest: int = 60) -> str:
    """`text` in quotation marks, shortened."""
    return f"“{text if len(text) <= longest else text[: longest - 1] + '…'}”"
