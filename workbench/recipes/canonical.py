"""Canonical JSON (RFC 8785): one text, and so one hash, for equal data."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from workbench import errors

#: RFC 8785 numbers are IEEE doubles: beyond this whole numbers lose digits, and databases write fractions as whole
LARGEST_INTEGER = 2**53 - 1


def canonical(data: Any) -> str:
    """`data` as canonical JSON.

    Keys are sorted by their UTF-16 code units, there is no white space, text is written as UTF-8 characters and not
    as escapes, numbers are written as ECMAScript does it, so that 1.0 and 1 are the same. Raises errors.InvalidInput
    for what JSON cannot hold safely: NaN, numbers beyond ±(2⁵³ - 1), lone surrogates, keys that are not text. Source:
    RFC 8785, sections 3.2.2 and 3.2.3.
    """
    if data is None or isinstance(data, bool):
        return {None: "null", True: "true", False: "false"}[data]
    if isinstance(data, int | float):
        return _number(data)
    if isinstance(data, str):
        return _text(data)
    if isinstance(data, Mapping):
        if not all(isinstance(key, str) for key in data):
            raise errors.InvalidInput("A recipe's keys must be text.")
        members = (f"{_text(key)}:{canonical(data[key])}" for key in sorted(data, key=_utf_16))
        return "{" + ",".join(members) + "}"
    if isinstance(data, Sequence) and not isinstance(data, bytes | bytearray):
        return "[" + ",".join(map(canonical, data)) + "]"
    raise errors.InvalidInput(f"A recipe can hold text, numbers, lists and tables, not {type(data).__name__}.")


def sha256(data: Any) -> str:
    """The SHA-256 of `data` as canonical JSON in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def _utf_16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _text(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise errors.InvalidInput("The text holds half a character (a lone surrogate). Type it again.")
    return json.dumps(text, ensure_ascii=False)


def _number(number: int | float) -> str:
    if not -LARGEST_INTEGER <= number <= LARGEST_INTEGER:  # NaN fails this too
        raise errors.InvalidInput(f"A number must lie between -{LARGEST_INTEGER} and {LARGEST_INTEGER}.")
    return str(int(number)) if int(number) == number else _ecmascript(float(number))


def _ecmascript(number: float) -> str:
    """A fraction as Number::toString of ECMA-262 writes it: Python's shortest digits in JavaScript's layout."""
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + int(exponent)
    minus = "-" if sign else ""
    if point > 0:
        return f"{minus}{text[:point]}.{text[point:]}"
    if point > -6:
        return f"{minus}0.{'0' * -point}{text}"
    mantissa = text if len(text) == 1 else f"{text[0]}.{text[1:]}"
    return f"{minus}{mantissa}e{point - 1}"
