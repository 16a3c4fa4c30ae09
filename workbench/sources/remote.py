"""Places outside that a picture can come from: an https address, a bucket that is open, a key of the Redis server."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

from workbench.errors import InvalidInput, LoupeError
from workbench.settings import settings
from workbench.sources import fetching, redis, s3
from workbench.sources.fetching import Fetched

SCHEMES = ("https://", "http://", "s3://", "redis://", "rediss://")


def is_remote(words: str) -> bool:
    """Whether `words` names a place outside, rather than a file of this machine."""
    return words.strip().lower().startswith(SCHEMES)


def is_folder(address: str) -> bool:
    """Whether the address is a whole bucket, or a folder in one."""
    return address.lower().startswith("s3://") and (address.endswith("/") or "/" not in address[5:])


def fetch(address: str, *, network: fetching.Network = fetching.INTERNET, limit: int | None = None) -> Fetched:
    """The picture at `address`, at most LOUPE_MAX_MB of it, or `limit` bytes.

    Raises InvalidInput for an address that may not be read, RejectedImage for what is no picture, Unavailable where
    it can't be had; `retry` says whether another time it may.
    """
    limit = limit or settings().max_mb * 1_000_000
    address = address.strip()
    scheme = address.partition("://")[0].lower()
    if scheme == "s3":
        return s3.fetch(address, limit=limit)
    if scheme in ("redis", "rediss"):
        return redis.fetch(address, limit=limit)
    return fetching.fetch(address, limit=limit, network=network)


def places() -> list[tuple[str, str]]:
    """Every place that the settings open, and what is wrong with it; "" where it answers."""
    asked: list[tuple[str, Callable[[], None]]] = [(root, partial(s3.look, root)) for root in s3.roots()]
    if settings().redis_url:
        asked.append(("the Redis server", redis.look))
    return [(name, _trouble(look)) for name, look in asked]


def _trouble(look: Callable[[], None]) -> str:
    try:
        look()
    except LoupeError as error:
        return str(error)
    return ""


def checked(address: str) -> str:
    """The same address without spaces around, when it may be asked as far as can be told without asking."""
    address = address.strip()
    if len(address) > 4000:
        raise InvalidInput("An address has at most 4,000 characters.")
    scheme = address.partition("://")[0].lower()
    if scheme == "s3":
        s3.located(address)
    elif scheme in ("redis", "rediss"):
        redis.key(address)
    else:
        fetching.checked(address)
    return address


def shown(address: str) -> str:
    """The address as it may be kept and shown: a query may hold a key."""
    return address if urlsplit(address).scheme.lower() != "https" else address.split("?")[0].split("#")[0]
