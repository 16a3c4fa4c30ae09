"""The store keeps exactly the bytes it was given, or says that it could not."""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.clusters import ROOT, as_user, needs_root
from workbench import errors, storage
from workbench.storage import FolderStore

PUTS = """
import os, pathlib, sys
from workbench.storage import FolderStore
store = FolderStore(pathlib.Path(sys.argv[1]))
while True:
    print(store.put(os.urandom(int.from_bytes(os.urandom(2)) * 20)), flush=True)
"""
SAME_PUTS = """
import pathlib, sys
from workbench.storage import FolderStore
store = FolderStore(pathlib.Path(sys.argv[1]))
for number in range(100):
    store.put(bytes([number]) * 50_000)
"""
BIG_PUT = """
import pathlib, resource, sys
from workbench import errors
from workbench.storage import FolderStore
store = FolderStore(pathlib.Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    store.put(bytes(200_000))
except errors.StoreFault as fault:
    print(fault.retry, fault)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="loupe-", dir="/tmp"))
    made.chmod(0o755)
    yield made / "store"
    shutil.rmtree(made)


@pytest.fixture
def store(folder: Path) -> FolderStore:
    return FolderStore(folder)


def run(code: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, str(folder)]
    return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)


def kept(folder: Path) -> list[Path]:
    return [path for path in (folder / "objects").rglob("*") if path.is_file()]


def unfinished(folder: Path) -> list[Path]:
    return list((folder / "incoming").iterdir())


def test_bytes_come_back_as_they_were_put(store: FolderStore, folder: Path) -> None:
    for data in (b"", b"\0", os.urandom(300_000)):
        sha256 = store.put(data)
        assert sha256 == hashlib.sha256(data).hexdigest()
        assert store.get(sha256) == data
        assert store.exists(sha256)
        assert store.size(sha256) == len(data)
        assert store.url(sha256) == f"/blob/{sha256}"
        assert store.path(sha256) == folder / "objects" / sha256[:2] / sha256[2:4] / sha256
        assert store.path(sha256).stat().st_mode == 0o100400
    assert unfinished(folder) == []


def test_the_same_bytes_are_kept_once_and_not_written_again(store: FolderStore, folder: Path) -> None:
    sha256 = store.put(b"picture")
    before = store.path(sha256).stat()
    assert store.put(b"picture") == sha256
    assert store.path(sha256).stat().st_ino == before.st_ino
    assert len(kept(folder)) == 1


@pytest.mark.parametrize("name", ["", "abc", "A" * 64, "g" * 64, "a" * 64 + "\n", "../" + "a" * 61, "a" * 65])
def test_no_path_is_built_from_anything_but_a_sha256(store: FolderStore, name: str) -> None:
    for function in (store.path, store.get, store.exists, store.size, store.url, store.erase):
        with pytest.raises(errors.InvalidInput, match="SHA-256"):
            function(name)


def test_missing_bytes_are_said_to_be_missing(store: FolderStore) -> None:
    missing = "0" * 64
    assert store.exists(missing) is False
    for function in (store.get, store.size):
        with pytest.raises(errors.StoreFault, match="missing") as caught:
            function(missing)
        assert caught.value.retry is False


@pytest.mark.parametrize("damage", ["a bit flipped", "cut off", "emptied", "longer"])
def test_damaged_bytes_are_never_returned_and_healed_by_putting_them_again(store: FolderStore, damage: str) -> None:
    data = os.urandom(10_000)
    sha256 = store.put(data)
    path = store.path(sha256)
    path.chmod(0o600)
    flipped = bytes([data[0] ^ 1]) + data[1:]
    path.write_bytes({"a bit flipped": flipped, "cut off": data[:9_999], "emptied": b"", "longer": data + b"0"}[damage])
    with pytest.raises(errors.StoreFault, match="damaged") as caught:
        store.get(sha256)
    assert caught.value.retry is False
    assert store.put(data) == sha256
    assert store.get(sha256) == data


def test_erased_bytes_are_gone_and_may_be_erased_twice(store: FolderStore, folder: Path) -> None:
    sha256, other = store.put(b"taken down"), store.put(b"kept")
    for _ in range(2):
        store.erase(sha256)
        assert store.exists(sha256) is False
    assert store.get(other) == b"kept"
    assert [path.name for path in kept(folder)] == [other]


def test_a_kill_in_the_middle_of_many_puts_leaves_no_damaged_object_and_loses_none(folder: Path) -> None:
    for _ in range(5):
        with run(PUTS, folder) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            time.sleep(0.1)
            process.kill()
            told = (first + process.stdout.read()).split()
        store = FolderStore(folder)
        # the last line may have been cut off in the pipe
        assert all(store.get(sha256) for sha256 in told if len(sha256) == 64)
        for path in kept(folder):
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name


def test_two_processes_that_put_the_same_bytes_at_once_keep_them_once(folder: Path) -> None:
    processes = [run(SAME_PUTS, folder) for _ in range(2)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    store = FolderStore(folder)
    assert len(kept(folder)) == 100
    for number in range(100):
        data = bytes([number]) * 50_000
        assert store.get(hashlib.sha256(data).hexdigest()) == data
    assert unfinished(folder) == []


def test_many_threads_may_put_at_once(store: FolderStore, folder: Path) -> None:
    pictures = [bytes([number % 10]) * 1000 for number in range(200)]
    with ThreadPoolExecutor(8) as threads:
        names = set(threads.map(store.put, pictures))
    assert {store.get(name) for name in names} == set(pictures)
    assert len(kept(folder)) == 10


def test_what_a_killed_process_left_is_swept_only_when_it_is_old(folder: Path) -> None:
    FolderStore(folder)
    old, fresh = folder / "incoming" / "old", folder / "incoming" / "fresh"
    for path in (old, fresh):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 4000,) * 2)
    FolderStore(folder)
    assert unfinished(folder) == [fresh]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_a_file_that_the_disk_has_no_room_for_is_refused_and_nothing_is_kept(folder: Path) -> None:
    said, _ = run(BIG_PUT, folder).communicate(timeout=60)
    assert said.startswith("True There is no room left")
    assert kept(folder) == unfinished(folder) == []


@needs_root
def test_a_full_disk_is_named_and_nothing_is_kept(folder: Path) -> None:
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("run where file systems may be mounted to test a disk that is really full")
    try:
        store = FolderStore(folder)
        small = store.put(b"small")
        with pytest.raises(errors.StoreFault, match="no room left") as caught:
            store.put(os.urandom(2_000_000))
        assert isinstance(caught.value.__cause__, OSError)
        assert caught.value.__cause__.errno == errno.ENOSPC
        assert unfinished(folder) == []
        assert len(kept(folder)) == 1
        assert store.get(small) == b"small"
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        with pytest.raises(errors.StoreFault, match="may not read or write"):
            store.put(b"more")
        assert store.get(small) == b"small"
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@needs_root
def test_a_folder_that_may_not_be_written_is_named(folder: Path) -> None:
    store = FolderStore(folder)
    sha256 = store.put(b"roots")
    for attempt in (lambda: store.put(b"mine"), lambda: store.get(sha256), lambda: FolderStore(folder.parent / "new")):
        with pytest.raises(errors.StoreFault, match="may not read or write") as caught:
            as_user("nobody", attempt)
        assert caught.value.retry is False
    assert len(kept(folder)) == 1


def test_something_else_in_the_place_of_the_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(errors.StoreFault, match="could not be read or written"):
        FolderStore(tmp_path / "store")


def test_the_store_of_the_settings_lies_in_the_home(tmp_path: Path) -> None:
    code = "from workbench import storage; print(storage.store().folder); assert storage.store() is storage.store()"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "LOUPE_HOME": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(tmp_path / "store")
    assert storage.SHA256.match("0" * 64)
