"""What names a stored object: the SHA-256 of its content."""

import re

from workbench.errors import InvalidInput

#: 64 lower-case hexadecimal digits
SHA256 = re.compile(r"[0-9a-f]{64}\Z")


def is_sha256(name: str) -> bool:
    """Whether `name` can be the name of an object."""
    return SHA256.match(name) is not None


def checked(name: str) -> str:
    """The same name; raises InvalidInput for anything else than a SHA-256, before a path or key is built from it."""
    if not is_sha256(name):
        raise InvalidInput("A stored file is named by its SHA-256: 64 digits out of 0–9 and a–f.")
    return name
