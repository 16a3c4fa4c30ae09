"""Every store keeps the same promises: a folder, and a bucket on a real S3-compatible server."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.buckets import KEYS, Proxy, client, serving_bucket
from workbench import errors, storage
from workbench.settings import settings
from workbench.storage import Bucket, FolderStore, S3Store, Store, examining, moving, s3

BUCKET = "loupe-pictures"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="loupe-s3-"))
    with serving_bucket(folder) as address:
        client(address).create_bucket(Bucket=BUCKET)
        yield address
    shutil.rmtree(folder)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bucket(server: str, keys: None, request: pytest.FixtureRequest) -> S3Store:
    return S3Store(Bucket(BUCKET, f"{abs(hash(request.node.name))}/", server))


@pytest.fixture
def proxy(server: str) -> Iterator[Proxy]:
    made = Proxy(int(server.rsplit(":", 1)[1]))
    yield made
    made.close()


@pytest.fixture
def shaky(bucket: S3Store, proxy: Proxy) -> S3Store:
    """The same bucket, reached through the proxy."""
    return S3Store(Bucket(BUCKET, bucket.bucket.prefix, proxy.address))


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return FolderStore(tmp_path / "store") if request.param == "folder" else request.getfixturevalue("bucket")


@pytest.fixture
def spoil(store: Store, server: str) -> Callable[[str, bytes], None]:
    """Puts other bytes in an object's place, behind the store's back."""

    def write(sha256: str, data: bytes) -> None:
        if isinstance(store, FolderStore):
            store.path(sha256).chmod(0o600)
            store.path(sha256).write_bytes(data)
        elif isinstance(store, S3Store):
            client(server).put_object(**_place(store, sha256), Body=data)

    return write


def _place(store: S3Store, sha256: str) -> dict[str, Any]:
    return {"Bucket": BUCKET, "Key": f"{store.bucket.prefix}sha256/{sha256[:2]}/{sha256}"}


# ---- what every store promises ----


def test_bytes_come_back_as_they_were_put(store: Store) -> None:
    for data in (b"", b"\0", os.urandom(3_000_000)):
        sha256 = store.put(data)
        assert sha256 == hashlib.sha256(data).hexdigest()
        assert (store.get(sha256), store.exists(sha256), store.size(sha256)) == (data, True, len(data))


def test_putting_the_same_bytes_again_changes_nothing(store: Store) -> None:
    assert store.put(b"picture") == store.put(b"picture")
    assert list(store.all()) == [hashlib.sha256(b"picture").hexdigest()]


@pytest.mark.parametrize("name", ["", "abc", "A" * 64, "a" * 64 + "\n", "../" + "a" * 61])
def test_nothing_but_a_sha256_names_an_object(store: Store, name: str) -> None:
    for function in (store.get, store.exists, store.size, store.erase):
        with pytest.raises(errors.InvalidInput, match="SHA-256"):
            function(name)


def test_missing_bytes_are_said_to_be_missing(store: Store) -> None:
    assert store.exists("0" * 64) is False
    for function in (store.get, store.check, store.size):
        with pytest.raises(errors.StoreFault, match="missing") as caught:
            function("0" * 64)
        assert caught.value.retry is False


@pytest.mark.parametrize("damage", ["a bit flipped", "cut off", "emptied", "longer"])
def test_damaged_bytes_are_never_returned_and_healed_by_putting_them_again(
    store: Store, spoil: Callable[[str, bytes], None], damage: str
) -> None:
    data = os.urandom(10_000)
    sha256 = store.put(data)
    flipped = bytes([data[0] ^ 1]) + data[1:]
    spoil(sha256, {"a bit flipped": flipped, "cut off": data[:9_999], "emptied": b"", "longer": data + b"0"}[damage])
    for function in (store.get, store.check):
        with pytest.raises(errors.StoreFault, match="damaged") as caught:
            function(sha256)
        assert caught.value.retry is False
    assert store.put(data) == sha256
    assert store.get(sha256) == data
    store.check(sha256)


def test_erased_bytes_are_gone_and_may_be_erased_twice(store: Store) -> None:
    sha256, other = store.put(b"taken down"), store.put(b"kept")
    for _ in range(2):
        store.erase(sha256)
        assert not store.exists(sha256)
    assert list(store.all()) == [other]


def test_many_threads_may_put_the_same_bytes_at_once(store: Store) -> None:
    pictures = [bytes([number % 5]) * 1000 for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        names = set(threads.map(store.put, pictures))
    assert {store.get(name) for name in names} == set(pictures)
    assert list(store.all()) == sorted(names)


def test_bytes_that_are_put_again_are_young_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[str, bytes], None]
) -> None:
    monkeypatch.setattr(s3, "RENEWED_AFTER", 0.5)
    sha256 = store.put(b"picture")
    time.sleep(3)  # a bucket counts whole seconds
    assert store.age(sha256) > 1.5
    store.put(b"picture")
    assert store.age(sha256) < 1.5
    assert store.get(sha256) == b"picture"


# ---- from one store to another ----


def test_a_store_is_copied_whole_and_a_copy_that_was_stopped_goes_on(tmp_path: Path, bucket: S3Store) -> None:
    folder, back = FolderStore(tmp_path / "one"), FolderStore(tmp_path / "two")
    names = sorted(folder.put(os.urandom(1000)) for _ in range(30))

    def stop(done: int, of: int, words: str) -> None:
        if done == 10:
            raise errors.Interrupted("enough")

    with pytest.raises(errors.Interrupted):
        moving.copy(folder, bucket, stop)
    assert 0 < len(list(bucket.all())) < 30
    told: list[tuple[int, int, str]] = []
    assert moving.copy(folder, bucket, lambda *said: told.append(said)) == 30
    assert told[-1] == (30, 30, "") and list(bucket.all()) == names
    assert moving.copy(bucket, back, lambda *said: None) == 30
    assert {back.get(name) for name in names} == {folder.get(name) for name in names}


def test_rot_is_found_and_an_absent_store_is_not_called_rotten(
    store: Store, spoil: Callable[[str, bytes], None], shaky: S3Store, proxy: Proxy
) -> None:
    names = [store.put(os.urandom(1000)) for _ in range(12)]
    spoil(names[3], b"rotten")
    assert moving.damaged(store, lambda *said: None) == [names[3]]
    shaky.put(b"picture")
    proxy.script = ["ok", *["503"] * 99]
    with pytest.raises(errors.StoreFault) as caught:
        moving.damaged(shaky, lambda *said: None)
    assert caught.value.retry is True


# ---- what only a bucket can meet ----


@pytest.mark.parametrize("script", [["503"] * 4, ["reset", "reset"], ["lost"], ["ok", "lost"]])
def test_a_blip_costs_nothing_but_a_moment(shaky: S3Store, bucket: S3Store, proxy: Proxy, script: list[str]) -> None:
    proxy.script = list(script)
    data = os.urandom(50_000)
    assert bucket.get(shaky.put(data)) == data
    proxy.script = list(script)
    assert shaky.get(hashlib.sha256(data).hexdigest()) == data


def test_a_put_whose_answer_was_lost_is_recognised_as_its_own(shaky: S3Store, bucket: S3Store, proxy: Proxy) -> None:
    proxy.script = ["lost"]
    data = os.urandom(1000)
    sha256 = shaky.put(data)
    # the first put is applied, the second refused because it is there, and a look shows that it is whole
    assert [words.split()[0] for words in proxy.heard] == ["PUT", "PUT", "HEAD"]
    assert bucket.get(sha256) == data


@pytest.mark.parametrize("deed", ["cut", "flip"])
def test_a_body_that_arrives_spoilt_is_read_again(shaky: S3Store, bucket: S3Store, proxy: Proxy, deed: str) -> None:
    data = os.urandom(100_000)
    sha256 = bucket.put(data)
    proxy.script = [deed, deed]
    assert shaky.get(sha256) == data
    assert len(proxy.heard) == 3
    proxy.script = [deed] * 9
    with pytest.raises(errors.StoreFault):
        shaky.get(sha256)
    assert len(proxy.heard) == 6, "a whole get is repeated three times at most"


def test_the_bucket_is_asked_to_encrypt_as_the_settings_say(
    bucket: S3Store, keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"LOUPE_S3_BUCKET": BUCKET, "LOUPE_S3_ENDPOINT": bucket.bucket.endpoint, "LOUPE_S3_ENCRYPTION": "AES256"}
    for name, value in told.items():
        monkeypatch.setenv(name, str(value))
    settings.cache_clear()
    made = storage.bucket()
    settings.cache_clear()
    sha256 = made.put(os.urandom(100))
    assert made.client.head_object(**made.asked(sha256))["ServerSideEncryption"] == "AES256"
    plain = bucket.put(os.urandom(100))
    assert "ServerSideEncryption" not in bucket.client.head_object(**bucket.asked(plain))


def test_an_outage_is_handed_back_soon_and_as_something_that_passes(shaky: S3Store, proxy: Proxy) -> None:
    proxy.script = ["503"] * 99
    begun = time.monotonic()
    with pytest.raises(errors.StoreFault, match="Nothing is lost") as caught:
        shaky.put(b"picture")
    assert caught.value.retry is True
    assert len(proxy.heard) == 5
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "AWS_SECRET_ACCESS_KEY"),
        ({"AWS_ACCESS_KEY_ID": "unknown"}, "AWS_ACCESS_KEY_ID"),
        ({"bucket": "nobody-made-this"}, "LOUPE_S3_BUCKET"),
    ],
)
def test_what_no_repetition_helps_against_is_named(
    server: str, keys: None, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], sentence: str
) -> None:
    for name, value in change.items():
        if name != "bucket":
            monkeypatch.setenv(name, value)
    store = S3Store(Bucket(change.get("bucket", BUCKET), "", server))
    attempts: list[Callable[[], object]] = [lambda: store.get("0" * 64)]
    if "bucket" not in change:  # this server makes a bucket that is missing, AWS doesn't
        attempts.append(lambda: store.put(b"mine"))
    for attempt in attempts:
        with pytest.raises(errors.StoreFault, match=sentence) as caught:
            attempt()
        assert caught.value.retry is False
        assert "wrong" not in str(caught.value)


def test_without_credentials_the_first_use_says_what_to_set(
    server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(errors.StoreFault, match="AWS_ACCESS_KEY_ID"):
        S3Store(Bucket(BUCKET, "", server)).put(b"mine")


def test_a_link_reads_the_object_under_the_name_it_is_given_and_nothing_else(bucket: S3Store) -> None:
    sha256 = bucket.put(b"picture")
    link = bucket.link(sha256, disposition='attachment; filename="tea.png"', media_type="image/png")
    answer = httpx.get(link)
    assert (answer.status_code, answer.content) == (200, b"picture")
    assert answer.headers["content-disposition"] == 'attachment; filename="tea.png"'
    assert httpx.get(link.split("?")[0]).status_code == 403


def test_the_bucket_is_tried_and_nothing_of_the_trial_is_left(bucket: S3Store) -> None:
    assert [(trial.what, trial.works) for trial in examining.examine(bucket)] == [
        ("write and read", True), ("conditional put", True), ("checksum", True), ("range read", True),
        ("presigned read", True),
    ]  # fmt: skip
    assert list(bucket.all()) == []
