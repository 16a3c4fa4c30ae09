"""From one store to another, and through a whole store: every object verified on the way."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from workbench.errors import StoreFault

Made = TypeVar("Made")
#: objects on their way at the same time: a bucket answers slowly, but to many at once
AT_ONCE = 8
#: tell(done, of how many, words)
Tell = Callable[[int, int, str], None]


class Readable(Protocol):
    """What can be read through."""

    def get(self, sha256: str) -> bytes: ...

    def check(self, sha256: str) -> None: ...

    def exists(self, sha256: str) -> bool: ...

    def all(self) -> Iterator[str]: ...


class Writable(Protocol):
    """What can be written to."""

    def put(self, data: bytes) -> str: ...

    def exists(self, sha256: str) -> bool: ...


def copy(source: Readable, target: Writable, tell: Tell) -> int:
    """Copy every object that `target` lacks and say how many there are; done again it goes on where it stopped."""

    def move(sha256: str) -> None:
        if not target.exists(sha256):
            target.put(source.get(sha256))

    return sum(1 for _ in _each(move, list(source.all()), tell))


def damaged(store: Readable, tell: Tell) -> list[str]:
    """The SHA-256 of every object whose bytes are no longer those that were stored, in order."""

    def rotten(sha256: str) -> str | None:
        try:
            store.check(sha256)
        except StoreFault as fault:
            if fault.retry:  # the store is away, not the bytes damaged
                raise
            return sha256
        return None

    return [sha256 for sha256 in _each(rotten, list(store.all()), tell) if sha256]


def _each(deed: Callable[[str], Made], names: list[str], tell: Tell) -> Iterator[Made]:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        try:
            for number, made in enumerate(threads.map(deed, names)):
                tell(number, len(names), "")
                yield made
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise
    tell(len(names), len(names), "")
