"""The store in a folder: durable, content-addressed puts, for one machine or a shared disk."""

import errno
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from workbench import errors
from workbench.storage.naming import checked, is_sha256

#: seconds after which an unfinished file is nobody's any more
ABANDONED_AFTER = 3600

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}


class FolderStore:
    """A folder of immutable objects, `objects/ab/cd/<sha256>`; many processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        """Create the folder where it is missing and sweep what killed processes left in it; raises StoreFault."""
        self.folder = folder
        self._objects = folder / "objects"
        # one place for unfinished files: sweeping it never walks the objects
        self._incoming = folder / "incoming"
        try:
            self._objects.mkdir(parents=True, exist_ok=True)
            self._incoming.mkdir(mode=0o700, exist_ok=True)
            self._sweep()
        except OSError as error:
            raise self._fault(error) from error

    def put(self, data: bytes) -> str:
        """Keep `data` and return its SHA-256; when this returns, the bytes survive a power cut.

        Putting the same bytes again changes nothing, and heals an object that was damaged. Raises StoreFault with
        nothing kept.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path(sha256)
        try:
            self._make_folders(target.parent)
            if _holds(target, data):
                os.utime(target)  # young again: whoever sweeps leaves it to its new owner
            else:
                self._write(target, data)
            # also for bytes that were there already: whoever renamed them may not have come this far
            _sync(target.parent)
        except OSError as error:
            raise self._fault(error) from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes with that SHA-256, verified; raises StoreFault when they are missing, damaged or unreadable."""
        target = self.path(sha256)
        try:
            data = target.read_bytes()
        except OSError as error:
            raise self._fault(error, sha256) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise self._damaged(sha256)
        return data

    def check(self, sha256: str) -> None:
        """Read the bytes through in pieces, however many they are; raises as `get` does."""
        try:
            with self.path(sha256).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise self._fault(error, sha256) from error
        if found != sha256:
            raise self._damaged(sha256)

    def _damaged(self, sha256: str) -> errors.StoreFault:
        return _lasting(
            f"The stored file {sha256[:12]} in {self.folder} is damaged: its bytes are no longer those that were "
            "stored. Nothing was shown or changed. Bring the file back from a backup, or add the picture again."
        )

    def path(self, sha256: str) -> Path:
        """Where the bytes with that SHA-256 lie, or would lie; raises InvalidInput for anything else than a SHA-256."""
        name = checked(sha256)
        return self._objects / name[:2] / name[2:4] / name

    def exists(self, sha256: str) -> bool:
        """Whether bytes with that SHA-256 are kept here."""
        return self.path(sha256).is_file()

    def size(self, sha256: str) -> int:
        """Their length in bytes; raises StoreFault when they are missing."""
        try:
            return self.path(sha256).stat().st_size
        except OSError as error:
            raise self._fault(error, sha256) from error

    def age(self, sha256: str) -> float:
        """Seconds since the bytes were put, or put again; raises StoreFault when they are missing."""
        try:
            return time.time() - self.path(sha256).stat().st_mtime
        except OSError as error:
            raise self._fault(error, sha256) from error

    @property
    def place(self) -> str:
        """Where it keeps its objects, as people read it."""
        return f"folder {self.folder}"

    def url(self, sha256: str) -> str:
        """The address, on the app's own server, that serves them."""
        return f"/blob/{self.path(sha256).name}"

    def all(self) -> Iterator[str]:
        """The SHA-256 of everything kept here, in order."""
        yield from sorted(path.name for path in self._objects.glob("*/*/*") if is_sha256(path.name))

    def erase(self, sha256: str) -> None:
        """Remove the bytes for good (a takedown); erasing what is not there is no error."""
        target = self.path(sha256)
        try:
            with suppress(FileNotFoundError):
                target.unlink()
                _sync(target.parent)
        except OSError as error:
            raise self._fault(error, sha256) from error

    def _make_folders(self, leaf: Path) -> None:
        for folder in (leaf.parent, leaf):
            if not folder.is_dir():
                folder.mkdir(exist_ok=True)
                _sync(folder.parent)

    def _write(self, target: Path, data: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=self._incoming)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            # objects never change: not even their owner writes to one by accident
            os.chmod(name, 0o400)
            os.replace(name, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise

    def _sweep(self) -> None:
        for unfinished in self._incoming.iterdir():
            # another process may be sweeping, or renaming this very file
            with suppress(FileNotFoundError):
                if time.time() - unfinished.stat().st_mtime > ABANDONED_AFTER:
                    unfinished.unlink()

    def _fault(self, error: OSError, sha256: str = "") -> errors.StoreFault:
        if error.errno == errno.ENOENT and sha256:
            return _lasting(
                f"The stored file {sha256[:12]} is missing from {self.folder}. Bring it back from a backup, "
                "or add the picture again."
            )
        if error.errno in _FULL:
            return errors.StoreFault(
                f"There is no room left for this file on the disk that holds {self.folder}. "
                "Nothing was kept of it and everything else is safe. Free some space, then try again."
            )
        if error.errno in _CLOSED:
            return _lasting(
                f"Loupe may not read or write in {self.folder}. Nothing was changed. "
                "Give the account that runs Loupe the right to, or set LOUPE_HOME to another folder."
            )
        return errors.StoreFault(
            f"The folder {self.folder} could not be read or written ({error.strerror}). "
            "Nothing was kept and everything else is safe. Check the disk, then try again."
        )


def _lasting(sentence: str) -> errors.StoreFault:
    fault = errors.StoreFault(sentence)
    fault.retry = False
    return fault


def _holds(target: Path, data: bytes) -> bool:
    try:
        return target.stat().st_size == len(data) and target.read_bytes() == data
    except FileNotFoundError:
        return False


def _sync(folder: Path) -> None:
    if os.name == "nt":  # Windows neither opens a folder nor needs it synced
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
