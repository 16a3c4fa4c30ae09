"""The store by the command line: rot is named by its versions, what belongs to nobody goes, bytes move to a bucket."""

import os
import time
from pathlib import Path

import pytest

from tests.buckets import KEYS, client, serving_bucket
from tests.scenes import poster_png
from tests.test_cli import Loupe
from workbench import storage
from workbench.permissions import Actor
from workbench.settings import settings


@pytest.fixture
def loupe(me: Actor, capsys: pytest.CaptureFixture[str]) -> Loupe:
    return Loupe(capsys)


@pytest.fixture
def poster(loupe: Loupe, tmp_path: Path) -> str:
    """The sha256 of a picture in the library."""
    path = tmp_path / "poster.png"
    path.write_bytes(poster_png())
    return str(loupe("sources", "add", path, "--name", "Poster")["sha256"])


def test_rot_is_named_by_the_versions_that_it_hurts(
    loupe: Loupe, poster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert loupe("store", "scrub") == {"ok": True, "damaged": []}
    path = storage.folder().path(poster)
    path.chmod(0o600)
    path.write_bytes(b"rotten")
    with pytest.raises(AssertionError) as ended:  # it ends with 1 and still prints its document
        loupe("store", "scrub")
    assert poster in str(ended.value) and "version 1 of “Poster”" in str(ended.value)


def test_only_what_nothing_refers_to_goes_and_only_when_it_is_old(loupe: Loupe, poster: str) -> None:
    store = storage.folder()
    old, young = store.put(b"old"), store.put(b"young")
    for name in (old, poster):
        os.utime(store.path(name), (time.time() - 9 * 86400,) * 2)
    before = set(store.all())
    assert loupe("store", "sweep", "--dry-run") == {"removed": 1, "bytes": 3, "dry_run": True}
    assert set(store.all()) == before
    assert loupe("store", "sweep")["removed"] == 1
    assert set(store.all()) == before - {old} and young in before
    assert "1 hour" in loupe("store", "sweep", "--older-than", "0.5", code=1)["message"]


def test_the_files_move_to_a_bucket_and_back(
    loupe: Loupe, poster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "LOUPE_S3_BUCKET" in loupe("store", "migrate", code=1)["message"]
    (tmp_path / "server").mkdir()
    with serving_bucket(tmp_path / "server") as address:
        client(address).create_bucket(Bucket="loupe-pictures")
        for name, value in {"LOUPE_S3_BUCKET": "loupe-pictures", "LOUPE_S3_ENDPOINT": address, **KEYS}.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        storage.store.cache_clear()
        folder = storage.folder()
        names = list(folder.all())
        assert loupe("store", "migrate")["objects"] == len(names)
        assert isinstance(storage.store(), storage.S3Store) and list(storage.store().all()) == names
        folder.erase(poster)
        assert loupe("store", "scrub")["ok"], "the house lives on the bucket now"
        loupe("store", "migrate", "--back")
        assert list(folder.all()) == names
