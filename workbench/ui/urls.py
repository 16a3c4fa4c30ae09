"""Which picture addresses may reach a component: our own /blob/ route, https, or a PNG in the address itself."""

import re

from workbench.errors import InvalidInput

# No quotes, brackets, spaces or backslashes: an address may end up inside a CSS url("…").
_ALLOWED = re.compile(r"(?:/blob/|https://[A-Za-z0-9.-]+(?::\d+)?/)[A-Za-z0-9._~/?&=%+,;:@!$*-]*")
# A preview that nobody keeps. A PNG is pixels only; an SVG could hold more.
_INSIDE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/]+={0,2}")


def checked(url: str) -> str:
    """Return the address unchanged; InvalidInput for anything but /blob/…, https://host/… and a PNG's own bytes."""
    if _INSIDE.fullmatch(url):
        return url
    if not _ALLOWED.fullmatch(url) or ".." in url:
        raise InvalidInput("This picture has an address that can't be shown; pictures come from Loupe itself or https.")
    return url
