"""The bytes of every picture, kept under the SHA-256 of their content: in a folder, or in an S3 bucket."""

from collections.abc import Iterator
from functools import cache
from typing import Protocol

from workbench.errors import InvalidInput, StoreFault
from workbench.settings import settings
from workbench.storage.folder import FolderStore
from workbench.storage.naming import SHA256
from workbench.storage.s3 import Bucket, S3Store

__all__ = ["SHA256", "Bucket", "FolderStore", "S3Store", "Store", "bucket", "folder", "store"]


class Store(Protocol):
    """What every store can do; objects are immutable, and putting the same bytes again changes nothing."""

    def put(self, data: bytes) -> str: ...

    def get(self, sha256: str) -> bytes: ...

    def check(self, sha256: str) -> None: ...

    def exists(self, sha256: str) -> bool: ...

    def size(self, sha256: str) -> int: ...

    def age(self, sha256: str) -> float: ...

    def all(self) -> Iterator[str]: ...

    def erase(self, sha256: str) -> None: ...

    @property
    def place(self) -> str:
        """Where it keeps its objects, as people read it."""


@cache
def store() -> Store:
    """The store of this process, as the settings name it; raises StoreFault where there can't be one."""
    chosen = settings()
    if chosen.s3_bucket:
        return bucket()
    if chosen.dyno is not None:
        fault = StoreFault(
            "The disk of a dyno is emptied at every restart, so no picture is kept on it. "
            "Set LOUPE_S3_BUCKET to a bucket, and AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION to reach it."
        )
        fault.retry = False
        raise fault
    return folder()


def folder() -> FolderStore:
    """The folder under the home, whatever the settings choose."""
    return FolderStore(settings().root / "store")


def bucket() -> S3Store:
    """The bucket of the settings; raises InvalidInput where none is named."""
    chosen = settings()
    if not chosen.s3_bucket:
        raise InvalidInput("No bucket is set. Set LOUPE_S3_BUCKET to its name.")
    return S3Store(
        Bucket(
            chosen.s3_bucket, chosen.s3_prefix, chosen.s3_endpoint, chosen.s3_encryption or "", chosen.s3_kms_key or ""
        )
    )  # fmt: skip
