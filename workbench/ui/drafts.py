"""Text that somebody is still writing, kept where a reload finds it again: in the store, its SHA-256 in the address."""

from workbench import storage
from workbench.errors import StoreFault
from workbench.storage import SHA256
from workbench.ui import address

#: characters; a template or guideline file may have no more
LONGEST = 100_000
#: bytes before each draft, so that an address can't show anything else of the store as text
_MARK = b"loupe draft 1\n"


def keep(text: str) -> str | None:
    """Keep `text` and return its name in the store; None when it is too long to be kept. Raises StoreFault."""
    if len(text) > LONGEST:
        return None
    # a surrogate alone, which a browser may send, has no UTF-8
    return storage.store().put(_MARK + text.encode("utf-8", "replace"))


def read(name: str) -> str | None:
    """The draft of that name, or None where there is none."""
    store = storage.store()
    if not SHA256.match(name) or not store.exists(name) or store.size(name) > len(_MARK) + 4 * LONGEST:
        return None
    try:
        data = store.get(name)
    except StoreFault:
        return None
    return data.removeprefix(_MARK).decode("utf-8", "replace") if data.startswith(_MARK) else None


def remember(text: str, begun: str) -> None:
    """Put the draft `text` into the address as `draft=`, or take it out where it is what it `begun` with."""
    changed = text.strip() and text != begun
    address.put(draft=keep(text) if changed else None)


def remembered() -> str | None:
    """The draft that the address names."""
    return read(address.said("draft"))
