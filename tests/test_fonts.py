"""Font files: a real one says what it is, anything else gets a sentence before it is decoded."""

import struct

import numpy as np
import pytest

from tests.fontfiles import INTER, aileron, only, place, without, woff2_bomb
from workbench.errors import RejectedFile
from workbench.imaging import fonts

AILERON = aileron()


def changed(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def test_a_font_says_what_it_is() -> None:
    facts = fonts.check(AILERON)
    assert (facts.format, facts.family, facts.style, facts.glyphs, facts.axes) == ("ttf", "Aileron", "Regular", 116, ())
    assert facts.weight is None


def test_a_variable_font_tells_its_weights() -> None:
    facts = fonts.check(INTER)
    assert (facts.format, facts.family) == ("woff2", "Inter")
    assert facts.weight == fonts.Axis("Weight", 100, 400, 900)


def test_characters_without_a_glyph_are_named_once_and_in_order() -> None:
    assert fonts.missing(INTER, "Straße für 5 € – à la carte") == ""
    assert fonts.missing(INTER, "a😀b א😀") == "😀א"
    assert fonts.missing(AILERON, "AB中C\n\u00a0\u200b") == "中"


def test_a_composed_letter_is_asked_for_as_one() -> None:
    assert fonts.missing(INTER, "e\u0301") == ""


def test_a_font_of_a_few_letters_lacks_the_others() -> None:
    few = only(AILERON, ord("A"), ord("D"))
    assert fonts.check(few).family == "Aileron"
    assert fonts.missing(few, "DECADE") == "E"


LIES = [
    (b"", "not a font"),
    (b"hello, I am a font.ttf", "not a font"),
    (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a font"),
    (b"\x00\x01\x00\x00", "cut off or damaged"),
    (b"\x00\x01\x00\x00" + bytes(200), "cut off or damaged"),
    (b"ttcf" + bytes(200), "collection of several fonts"),
    (b"wOFF" + bytes(200), "WOFF font"),
    (b"\x80\x01" + bytes(200), "Type 1"),
    (AILERON[: len(AILERON) // 2], "cut off or damaged"),
    (AILERON[:-2000], "cut off or damaged"),
    (INTER[:-1], "cut off or damaged"),
    (INTER + b"more", "cut off or damaged"),
    (INTER[:40], "cut off or damaged"),
    (changed(INTER, 4, b"ttcf"), "collection of several fonts"),
    (without(AILERON, b"cmap"), "no outlines"),
    (without(AILERON, b"glyf"), "no outlines"),
    (only(AILERON, 0x5D0, 0x5EA), "no Latin letters"),
    (changed(AILERON, 4, b"\xff\xff"), "cut off or damaged"),
    (AILERON + bytes(fonts.LARGEST), "accepts up to 20 MB"),
    (woff2_bomb(total=900_000_000), "unpack to more than 30 MB"),
    (woff2_bomb(total=100, stated=900_000_000), "unpack to more than 30 MB"),
    (woff2_bomb(total=2**35 - 1)[:-2], "cut off or damaged"),
    (woff2_bomb(total=100), "cut off or damaged"),
]


@pytest.mark.parametrize(("data", "sentence"), LIES, ids=range(len(LIES)))
def test_what_is_not_a_usable_font_gets_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(RejectedFile, match=sentence):
        fonts.check(data)


def test_a_font_whose_letters_reach_for_the_stars_is_damaged() -> None:
    """A head table with 16 units per em makes each letter sixty times as large as asked for."""
    at = struct.unpack_from(">I", AILERON, place(AILERON, b"head") + 8)[0] + 18
    with pytest.raises(RejectedFile, match="damaged"):
        fonts.check(changed(AILERON, at, (16).to_bytes(2, "big")))


@pytest.mark.parametrize("whole", [AILERON, INTER], ids=["ttf", "woff2"])
def test_damage_anywhere_ends_in_a_font_or_in_a_sentence(whole: bytes) -> None:
    random = np.random.default_rng(7)
    outcomes = set()
    for _ in range(150):
        data = bytearray(whole)
        for at in random.integers(0, len(data) if random.random() < 0.5 else 400, 4):
            data[at] = random.integers(0, 256)
        try:
            outcomes.add(type(fonts.check(bytes(data))))
        except RejectedFile:
            outcomes.add(RejectedFile)
    assert RejectedFile in outcomes
