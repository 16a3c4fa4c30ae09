"""What the configured bucket can do, found out by trying it."""

import base64
import hashlib
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from botocore import exceptions as faults

from workbench.errors import StoreFault
from workbench.storage.s3 import S3Store


class Trial(NamedTuple):
    """One thing that was tried."""

    what: str
    works: bool
    #: what it means that it doesn't
    otherwise: str


def examine(store: S3Store) -> list[Trial]:
    """Try what the store relies on with an object of its own, which is removed again; raises StoreFault.

    Only the first trial has to succeed: without the others Loupe works, with what `otherwise` says.
    """
    data = f"loupe doctor {uuid.uuid4()}\n".encode()
    sha256 = store.put(data)
    try:
        return [
            Trial("write and read", store.get(sha256) == data, "nothing can be kept in this bucket"),
            Trial(
                "conditional put", _refuses(lambda: _put(store, data, IfNoneMatch="*"), 409, 412),
                "two machines that keep the same picture at once write it twice, which does no harm",
            ),
            Trial(
                "checksum", _refuses(lambda: _put(store, data, ChecksumSHA256=_sum(b"other")), 400),
                "bytes that are damaged on their way in are noticed only when they are read",
            ),
            Trial("range read", _range(store, sha256) == data[6:12], "large files are always read whole"),
            Trial("presigned read", _linked(store, sha256) == data, "downloads go through the web server"),
        ]  # fmt: skip
    finally:
        store.erase(sha256)


def _sum(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def _put(store: S3Store, data: bytes, **more: Any) -> None:
    store.client.put_object(**store.asked(hashlib.sha256(data).hexdigest()), Body=data, **more)


def _refuses(attempt: Callable[[], None], *statuses: int) -> bool:
    try:
        attempt()
    except faults.ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] in statuses
    except faults.BotoCoreError as error:
        raise StoreFault("The bucket stopped answering while it was tried. Run `loupe doctor` again.") from error
    return False


def _range(store: S3Store, sha256: str) -> bytes:
    try:
        return bytes(store.client.get_object(**store.asked(sha256), Range="bytes=6-11")["Body"].read())
    except (faults.ClientError, faults.BotoCoreError):
        return b""


def _linked(store: S3Store, sha256: str) -> bytes:
    try:
        with urllib.request.urlopen(store.link(sha256), timeout=10) as answer:
            return bytes(answer.read())
    except (urllib.error.URLError, OSError):
        return b""
