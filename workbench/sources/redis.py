"""Pictures that lie under keys of the one Redis server that the settings name."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from workbench.errors import InvalidInput, RejectedImage, Unavailable
from workbench.settings import settings
from workbench.sources.fetching import Fetched, is_picture, passing

#: seconds until a connection stands, and for the next bytes of an answer
CONNECT_SECONDS, READ_SECONDS = 3, 10
#: tries of one command that found the connection broken
TRIES = 3


def key(address: str) -> str:
    """The key that redis://KEY means; raises InvalidInput for anything else, as an address with a server in it."""
    scheme, _, name = address.partition("://")
    if scheme.lower() != "redis":
        raise InvalidInput("Write redis:// and the key. Which server is asked, Loupe's settings say.")
    if not 1 <= len(name) <= 1024 or not name.isprintable():
        raise InvalidInput("Write redis:// and a key of 1 to 1,024 characters.")
    if settings().redis_url is None:
        raise InvalidInput("No Redis server is set. Whoever runs Loupe can name one in REDIS_URL.")
    return name


def fetch(address: str, *, limit: int) -> Fetched:
    """The picture that is the value of redis://KEY, its length looked at before its bytes; raises as `remote.fetch`."""
    name = key(address)
    with _translated(f"give “{name}”", f"read “{name}”"):
        data = _value(_client(_url()), name, limit)
    last = name.replace("/", ":").rsplit(":", 1)[-1]
    return Fetched(data, f"redis://{name}", last.rsplit(".", 1)[0][:200].strip() or "Picture")


def look() -> None:
    """Ask the server of the settings whether it is there; raises Unavailable."""
    with _translated("answer", "ask it anything"):
        _client(_url()).ping()


@contextmanager
def _translated(deed: str, right: str) -> Iterator[None]:
    import redis

    try:
        yield
    except redis.exceptions.AuthenticationError as error:
        raise Unavailable(
            "The Redis server refuses Loupe's password. Whoever runs Loupe has to correct REDIS_URL."
        ) from error
    except redis.exceptions.NoPermissionError as error:
        raise Unavailable(
            f"The Redis server doesn't let Loupe {right}. Whoever runs Loupe can give its user the right to."
        ) from error
    except (
        redis.exceptions.ConnectionError,
        redis.exceptions.TimeoutError,
        redis.exceptions.BusyLoadingError,
    ) as error:
        raise passing("The Redis server can't be reached at the moment. Try again.") from error
    except redis.exceptions.RedisError as error:
        raise passing(f"The Redis server could not {deed}. Try again, or add the file.") from error


def _value(client: Any, name: str, limit: int) -> bytes:
    kind = client.type(name)
    if kind == b"none":
        raise Unavailable(
            f"There is no key “{name}” in Loupe's Redis server, or it has expired. Write redis:// and the key alone."
        )
    if kind != b"string":
        raise InvalidInput(f"“{name}” is a {kind.decode()} in Redis. Loupe takes pictures that are kept as strings.")
    size = client.strlen(name)
    if size <= limit:
        data = bytes(client.getrange(name, 0, limit))  # inclusive: one byte too many tells that it has grown
        size = len(data)
    if size > limit:
        raise RejectedImage(f"“{name}” has {size / 1e6:.1f} MB; Loupe takes up to {limit / 1e6:g} MB.")
    if size == 0:  # an empty string and no key are the same to GETRANGE
        raise Unavailable(f"The key “{name}” is empty, or has just expired. Check the key.")
    is_picture(data[:12])
    return data


def _url() -> str:
    url = settings().redis_url
    return url.get_secret_value() if url else ""


@cache
def _client(url: str) -> Any:
    import redis
    from redis.backoff import ExponentialWithJitterBackoff
    from redis.retry import Retry

    try:
        return redis.Redis.from_url(
            url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=READ_SECONDS, decode_responses=False,
            retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=1), TRIES),
        )  # fmt: skip
    except ValueError as error:
        raise Unavailable(
            "REDIS_URL must look like redis://user:password@host:6379/0. Whoever runs Loupe has to correct it."
        ) from error
