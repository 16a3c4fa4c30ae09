"""Pictures in S3 buckets that the settings open: found by folder, looked at, and read, never written."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import tenacity
from botocore import exceptions as faults

from workbench import storage
from workbench.errors import InvalidInput, RejectedImage, StoreFault, Unavailable
from workbench.permissions import Actor, require
from workbench.settings import settings
from workbench.sources.fetching import Fetched, is_picture, passing

#: entries on one page of a listing, which is also the most that S3 is asked for at a time
PAGE = 100
#: a body that is cut off is not repeated by botocore: the whole get is, this often at most and this many seconds
GETS, GET_SECONDS = 3, 60
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
_PART = 1 << 20
_CUT = (
    faults.ResponseStreamingError, faults.IncompleteReadError, faults.ReadTimeoutError, faults.FlexibleChecksumError,
)  # fmt: skip
_NOTHING = "There is nothing at {address}. Check it: upper and lower case differ, and a folder ends in “/”."
_RIGHTS = "Whoever runs Loupe can give its credentials the right to list and read there."
_REGION = "The bucket “{bucket}” is in another region than is set. Whoever runs Loupe has to correct AWS_REGION."
#: codes that another try can't help against, by what S3 calls them or, where it only gives a status, by that
_LASTING = {
    "NoSuchBucket": "There is no bucket “{bucket}”. Correct the address, or LOUPE_S3_SOURCES.",
    "NoSuchKey": _NOTHING,
    "400": "The bucket “{bucket}” can't make sense of {address}. Check the address.",
    "404": _NOTHING,
    "AccessDenied": "The bucket “{bucket}” doesn't let Loupe read {address}. " + _RIGHTS,
    "403": "The bucket “{bucket}” doesn't let Loupe read {address}, or there is nothing. " + _RIGHTS,
    "AllAccessDisabled": "Nothing may be read from the bucket “{bucket}” any more. Choose another one.",
    "InvalidAccessKeyId": "The bucket “{bucket}” doesn't know Loupe's access key. Whoever runs Loupe has to correct "
    "AWS_ACCESS_KEY_ID.",
    "ExpiredToken": "Loupe's credentials for “{bucket}” have expired. Whoever runs Loupe has to renew them.",
    "SignatureDoesNotMatch": "The bucket “{bucket}” refuses Loupe's secret key. Whoever runs Loupe has to correct "
    "AWS_SECRET_ACCESS_KEY.",
    "PermanentRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "301": _REGION,
    "InvalidObjectState": "{address} lies in an archive class of S3. Restore it there first, then add it.",
    "RequestTimeTooSkewed": "The clock of Loupe's machine is wrong by more than a quarter of an hour, so S3 refuses "
    "it. Whoever runs Loupe has to set the clock.",
}


@dataclass(frozen=True)
class Place:
    """A key, or a folder ending in “/” (or the whole bucket, ""), in a bucket that is open."""

    bucket: str
    key: str

    @property
    def address(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True)
class File:
    """An object that may be a picture."""

    address: str
    name: str
    size: int
    changed_at: datetime
    #: what changes when the bytes do
    etag: str


@dataclass(frozen=True)
class Listing:
    """One page of a folder: the folders in it, its files that are called like pictures, and where it goes on."""

    address: str
    #: the folder above, None where nothing above is open
    above: str | None
    folders: list[str]
    files: list[File]
    #: objects on this page that are not called like pictures
    others: int
    next: str | None


def roots() -> list[str]:
    """The addresses of the buckets and folders that are open."""
    words = (word.strip().removeprefix("s3://").strip("/") for word in settings().s3_sources.split(","))
    return [f"s3://{word}/" for word in words if word]


def located(address: str) -> Place:
    """Where the address is; raises InvalidInput unless it lies in a bucket or folder that is open."""
    bucket, _, key = address.partition("://")[2].partition("/")
    place = Place(bucket, key)
    # no step upwards: a server that keeps its objects as files might follow it out of the folder that is open
    strange = any(not character.isprintable() for character in key) or {".", ".."} & set(key.split("/"))
    if not bucket or strange or len(key.encode()) > 1024:
        raise InvalidInput("This is no address in a bucket. It looks like s3://bucket/folder/picture.png.")
    opened = roots()
    if not opened:
        raise InvalidInput("No bucket is open for pictures. Whoever runs Loupe can name some in LOUPE_S3_SOURCES.")
    if not any(place.address.startswith(root) for root in opened):
        raise InvalidInput(f"Pictures may be added from {', '.join(opened)}, not from s3://{bucket}/… there.")
    return place


def fetch(address: str, *, limit: int) -> Fetched:
    """The picture at s3://bucket/key, its size looked at before its bytes; raises as `remote.fetch`."""
    place = located(address)
    with _translated(place):
        size = int(_client(place.bucket).head_object(Bucket=place.bucket, Key=place.key)["ContentLength"])
        _check(size, limit)
        data = _whole(place, limit)
    name = place.key.rsplit("/", 1)[-1]
    return Fetched(data, place.address, name.rsplit(".", 1)[0][:200].strip() or "Picture")


def look(address: str) -> None:
    """Ask for one name in an open folder, to see whether it answers; raises as `fetch`."""
    place = located(_folder(address))
    with _translated(place):
        _client(place.bucket).list_objects_v2(Bucket=place.bucket, Prefix=place.key, MaxKeys=1)


def listing(actor: Actor, address: str, after: str | None = None) -> Listing:
    """One page of the folder at `address`, in S3's order; `after` is the `next` of the page before."""
    require(actor, "asset:add")
    place = located(_folder(address))
    asked = {"ContinuationToken": after} if after else {}
    with _translated(place):
        page = _client(place.bucket).list_objects_v2(
            Bucket=place.bucket, Prefix=place.key, Delimiter="/", MaxKeys=PAGE, **asked
        )
    files, found = [], [one for one in page.get("Contents", ()) if one["Key"] != place.key]
    for one in found:
        if one["Key"].lower().endswith(PICTURE_ENDINGS):
            at = f"s3://{place.bucket}/{one['Key']}"
            files.append(File(at, at.rsplit("/", 1)[-1], int(one["Size"]), one["LastModified"], one["ETag"].strip('"')))
    folders = [f"s3://{place.bucket}/{one['Prefix']}" for one in page.get("CommonPrefixes", ())]
    return Listing(place.address, _above(place), folders, files, len(found) - len(files),
                   page.get("NextContinuationToken"))  # fmt: skip


def pictures_below(address: str, most: int) -> list[str]:
    """The addresses of everything in the folder, and in all folders in it, that is called like a picture.

    Raises InvalidInput when they are none, or more than `most`.
    """
    place, found = located(_folder(address)), []
    with _translated(place):
        pages = _client(place.bucket).get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=place.bucket, Prefix=place.key):
            keys = (str(one["Key"]) for one in page.get("Contents", ()))
            found += [f"s3://{place.bucket}/{key}" for key in keys if key.lower().endswith(PICTURE_ENDINGS)]
            if len(found) > most:
                raise InvalidInput(f"{place.address} has more than {most:,} pictures. Import it folder by folder.")
    if not found:
        raise InvalidInput(f"In {place.address} nothing is called like a PNG, JPEG or WebP.")
    return found


def _folder(address: str) -> str:
    return address if address.endswith("/") else f"{address}/"


def _above(place: Place) -> str | None:
    above = place.address.rstrip("/").rsplit("/", 1)[0] + "/"
    return above if any(above.startswith(root) for root in roots()) else None


@tenacity.retry(
    retry=tenacity.retry_if_exception_type(_CUT),
    stop=tenacity.stop_after_attempt(GETS) | tenacity.stop_after_delay(GET_SECONDS),
    wait=tenacity.wait_random_exponential(0.05, 1),
    reraise=True,
)
def _whole(place: Place, limit: int) -> bytes:
    until, data = time.monotonic() + GET_SECONDS, bytearray()
    with closing(_client(place.bucket).get_object(Bucket=place.bucket, Key=place.key)["Body"]) as body:
        while part := body.read(_PART):
            data += part
            _check(len(data), limit)  # it may have grown since it was looked at
            if time.monotonic() > until:
                raise passing(f"{place.address} came too slowly. Try again.")
    is_picture(bytes(data[:12]))  # not before its checksum was seen to be right
    return bytes(data)


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise RejectedImage(f"This picture has {size / 1e6:.1f} MB; Loupe takes up to {limit / 1e6:g} MB.")


@cache
def _client(bucket: str) -> Any:
    return storage.S3Store(storage.Bucket(bucket, endpoint=settings().s3_endpoint)).client


@contextmanager
def _translated(place: Place) -> Iterator[None]:
    bucket = place.bucket
    try:
        yield
    except faults.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        sentence = _LASTING.get(code)
        if sentence is None:
            why = code or "no reason given"
            raise passing(f"The bucket “{bucket}” doesn't give {place.address} ({why}). Try again.") from error
        raise Unavailable(sentence.format(bucket=bucket, address=place.address)) from error
    except (faults.NoCredentialsError, faults.PartialCredentialsError, faults.NoRegionError, StoreFault) as error:
        raise Unavailable(
            f"Loupe has no credentials for the bucket “{bucket}”. Whoever runs it has to set AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY and AWS_REGION."
        ) from error
    except faults.ParamValidationError as error:
        raise InvalidInput(f"“{bucket}” can't be the name of a bucket. Check the address.") from error
    except (faults.BotoCoreError, faults.HTTPClientError) as error:
        raise passing(f"The bucket “{bucket}” can't be reached at the moment. Try again.") from error
