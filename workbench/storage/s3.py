"""The store in an S3 bucket: conditional puts, every read verified, blips ridden out, everything longer handed back."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import tenacity
from botocore import exceptions as faults
from botocore.config import Config

from workbench.errors import StoreFault
from workbench.storage.naming import checked, is_sha256

#: botocore rides out blips: this many attempts for one request
ATTEMPTS = 5
#: seconds; with ATTEMPTS it bounds one request that nobody answers to less than a minute
CONNECT_TIMEOUT, READ_TIMEOUT = 3, 10
#: a body that is cut off is not repeated by botocore: the whole get is, this often at most and this many seconds
GETS, GET_SECONDS = 3, 30

#: seconds after which an object that is put again is made young again
RENEWED_AFTER = 3600
CACHED = "private, max-age=31536000, immutable"

#: codes that a repetition can't help against, and what to do
_LASTING = {
    "NoSuchBucket": "There is no bucket “{bucket}”. Create it, or correct LOUPE_S3_BUCKET.",
    "AccessDenied": "The bucket “{bucket}” refuses access. Give these credentials the right to read and write in it.",
    "InvalidAccessKeyId": "The bucket “{bucket}” doesn't know the access key. Correct AWS_ACCESS_KEY_ID.",
    "SignatureDoesNotMatch": "The bucket “{bucket}” refuses the secret key. Correct AWS_SECRET_ACCESS_KEY.",
    "RequestTimeTooSkewed": "This machine's clock is wrong by more than a quarter of an hour, so the bucket "
    "“{bucket}” refuses it. Set the clock.",
}
_CUT = (
    faults.ResponseStreamingError,
    faults.IncompleteReadError,
    faults.ReadTimeoutError,
    faults.FlexibleChecksumError,
)
_PATIENT = tenacity.retry(
    retry=tenacity.retry_if_exception_type(_CUT),
    stop=tenacity.stop_after_attempt(GETS) | tenacity.stop_after_delay(GET_SECONDS),
    wait=tenacity.wait_random_exponential(0.05, 1),
    reraise=True,
)
#: bytes that are read at once where nobody needs all of them
PIECE = 1 << 20


@dataclass(frozen=True)
class Bucket:
    """Where in S3 the objects lie; credentials and region come from the environment, the AWS way."""

    name: str
    #: before every key, "" or ending in “/”
    prefix: str = ""
    #: of an S3-compatible server, None = AWS
    endpoint: str | None = None
    #: what the bucket is asked to encrypt each object with: "AES256", "aws:kms", or "" for its own default
    encryption: str = ""
    #: of "aws:kms", "" = the account's own
    kms_key: str = ""

    @property
    def encrypted(self) -> dict[str, str]:
        """The same as S3's calls want it."""
        told = {"ServerSideEncryption": self.encryption, "SSEKMSKeyId": self.kms_key}
        return {name: value for name, value in told.items() if value}


class S3Store:
    """A bucket of immutable objects, `<prefix>sha256/ab/<sha256>`; any number of machines may use it at once."""

    def __init__(self, bucket: Bucket) -> None:
        """Nothing is asked of the bucket yet; raises StoreFault when there are no credentials at all."""
        self.bucket = bucket
        with self._translated():
            self.client: Any = boto3.Session().client("s3", endpoint_url=bucket.endpoint, config=_config(bucket))

    @property
    def place(self) -> str:
        """Where it keeps its objects, as people read it."""
        return f"s3://{self.bucket.name}/{self.bucket.prefix}"

    def put(self, data: bytes) -> str:
        """Keep `data` and return its SHA-256; the bucket checks the bytes it received against it.

        Putting the same bytes again changes nothing, and heals an object that was damaged. Raises StoreFault.
        """
        digest = hashlib.sha256(data)
        checksum = base64.b64encode(digest.digest()).decode()
        asked = self.asked(digest.hexdigest()) | {
            "Body": data, "ChecksumSHA256": checksum, "CacheControl": CACHED, **self.bucket.encrypted,
        }  # fmt: skip
        with self._translated():
            try:
                self.client.put_object(**asked, IfNoneMatch="*")
            except faults.ClientError as error:
                # 412: it is there, perhaps by this very put, whose answer was lost; 409: somebody is putting it
                if _status(error) not in (409, 412):
                    raise
                found = self._held(digest.hexdigest(), len(data), checksum)
                if found is None:
                    self.client.put_object(**asked)
                elif _age(found) > RENEWED_AFTER:
                    self._renew(digest.hexdigest())
        return digest.hexdigest()

    def get(self, sha256: str) -> bytes:
        """The bytes with that SHA-256, verified; raises StoreFault when they are missing, damaged or unreachable."""
        asked = self.asked(sha256)
        with self._translated(sha256):
            data = self._whole(asked)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise self._damaged(sha256)
        return data

    def check(self, sha256: str) -> None:
        """Read the bytes through in pieces, however many they are; raises as `get` does."""
        asked = self.asked(sha256)
        with self._translated(sha256):
            found = self._through(asked)
        if found != sha256:
            raise self._damaged(sha256)

    def exists(self, sha256: str) -> bool:
        """Whether bytes with that SHA-256 are kept here."""
        return self._head(sha256) is not None

    def size(self, sha256: str) -> int:
        """Their length in bytes; raises StoreFault when they are missing."""
        found = self._head(sha256)
        if found is None:
            raise self._missing(sha256)
        return int(found["ContentLength"])

    def age(self, sha256: str) -> float:
        """Seconds since the bytes were put, or put again, to within RENEWED_AFTER; raises StoreFault when missing."""
        found = self._head(sha256)
        if found is None:
            raise self._missing(sha256)
        return _age(found)

    def link(self, sha256: str, *, seconds: int = 300, disposition: str = "", media_type: str = "") -> str:
        """An address that reads the object from the bucket itself, without credentials, for so many seconds."""
        told = {"ResponseContentDisposition": disposition, "ResponseContentType": media_type}
        asked = self.asked(sha256) | {name: value for name, value in told.items() if value}
        with self._translated():
            return str(self.client.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds))

    def all(self) -> Iterator[str]:
        """The SHA-256 of everything kept here, in order."""
        with self._translated():
            pages = self.client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket.name, Prefix=f"{self.bucket.prefix}sha256/"):
                names = (found["Key"].rsplit("/", 1)[-1] for found in page.get("Contents", ()))
                yield from (name for name in names if is_sha256(name))

    def erase(self, sha256: str) -> None:
        """Remove the bytes for good (a takedown); erasing what is not there is no error."""
        asked = self.asked(sha256)
        with self._translated():
            self.client.delete_object(**asked)

    def asked(self, sha256: str) -> dict[str, Any]:
        """Where the object lies, as S3's calls want it."""
        name = checked(sha256)
        return {"Bucket": self.bucket.name, "Key": f"{self.bucket.prefix}sha256/{name[:2]}/{name}"}

    @_PATIENT
    def _whole(self, asked: dict[str, Any]) -> bytes:
        with closing(self.client.get_object(**asked)["Body"]) as body:
            return bytes(body.read())

    @_PATIENT
    def _through(self, asked: dict[str, Any]) -> str:
        digest = hashlib.sha256()
        with closing(self.client.get_object(**asked)["Body"]) as body:
            for part in body.iter_chunks(PIECE):
                digest.update(part)
        return digest.hexdigest()

    def _head(self, sha256: str, **more: str) -> dict[str, Any] | None:
        asked = self.asked(sha256)
        with self._translated():
            try:
                return dict(self.client.head_object(**asked, **more))
            except faults.ClientError as error:
                if _status(error) == 404:
                    return None
                raise

    def _renew(self, sha256: str) -> None:
        """Make an object young again, so that whoever sweeps leaves it to its new owner."""
        asked = self.asked(sha256)
        source = {"Bucket": asked["Bucket"], "Key": asked["Key"]}
        self.client.copy_object(
            **asked, CopySource=source, MetadataDirective="REPLACE", CacheControl=CACHED, ChecksumAlgorithm="SHA256",
            **self.bucket.encrypted,
        )  # fmt: skip

    def _held(self, sha256: str, size: int, checksum: str) -> dict[str, Any] | None:
        """The object's facts if it is there whole; where the bucket keeps no SHA-256 of it, its bytes are read."""
        found = self._head(sha256, ChecksumMode="ENABLED")
        if found is None or found["ContentLength"] != size:
            return None
        if "ChecksumSHA256" in found:
            return found if found["ChecksumSHA256"] == checksum else None
        return found if hashlib.sha256(self._whole(self.asked(sha256))).hexdigest() == sha256 else None

    @contextmanager
    def _translated(self, sha256: str = "") -> Iterator[None]:
        try:
            yield
        except faults.ClientError as error:
            raise self._refused(error, sha256) from error
        except (faults.NoCredentialsError, faults.PartialCredentialsError, faults.NoRegionError) as error:
            raise _lasting(
                f"There are no credentials for {self.place}. "
                "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION."
            ) from error
        except (faults.BotoCoreError, faults.HTTPClientError) as error:
            raise StoreFault(
                f"The bucket “{self.bucket.name}” can't be reached at the moment. Nothing is lost: what waits for it "
                "goes on by itself once it answers."
            ) from error

    def _refused(self, error: faults.ClientError, sha256: str) -> StoreFault:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code == "NoSuchKey" and sha256:
            return self._missing(sha256)
        code = {"403": "AccessDenied", "ExpiredToken": "InvalidAccessKeyId"}.get(code, code)
        if code in _LASTING:
            return _lasting(_LASTING[code].format(bucket=self.bucket.name))
        return StoreFault(
            f"The bucket “{self.bucket.name}” could not do what was asked ({code or 'no reason given'}). "
            "Nothing is lost: try again in a moment."
        )

    def _damaged(self, sha256: str) -> StoreFault:
        return _lasting(
            f"The stored file {sha256[:12]} in {self.place} is damaged: its bytes are no longer those that were "
            "stored. Nothing was shown or changed. Bring the file back from a backup, or add the picture again."
        )

    def _missing(self, sha256: str) -> StoreFault:
        return _lasting(
            f"The stored file {sha256[:12]} is missing from {self.place}. Bring it back from a backup, "
            "or add the picture again."
        )


def _config(bucket: Bucket) -> Config:
    return Config(
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        signature_version="s3v4",
        s3={"addressing_style": "path" if bucket.endpoint else "auto"},
    )


def _age(found: Mapping[str, Any]) -> float:
    return float((datetime.now(UTC) - found["LastModified"]).total_seconds())


def _status(error: faults.ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _lasting(sentence: str) -> StoreFault:
    fault = StoreFault(sentence)
    fault.retry = False
    return fault
