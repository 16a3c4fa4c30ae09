"""Pictures from buckets that are open: on a real S3-compatible server, with a proxy in front that misbehaves."""

import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import numpy as np
import pytest
from PIL import Image

from tests.buckets import KEYS, Proxy, client, serving_bucket
from tests.scenes import encoded, poster_png
from workbench import db, operators, sources
from workbench.errors import InvalidInput, LoupeError, NotAllowed, RejectedImage, Unavailable
from workbench.permissions import Actor
from workbench.settings import settings
from workbench.sources import remote, s3

PICTURE = poster_png()
BIG = encoded(np.random.default_rng(3).integers(0, 255, (600, 800, 3), np.uint8), compress_level=0)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="loupe-s3-"))
    with serving_bucket(folder) as address:
        put = client(address)
        for bucket in ("brand", "agency", "private"):
            put.create_bucket(Bucket=bucket)
        for key in ("hero.png", "autumn/Oat tin.png", "autumn/deep/er.WEBP", "autumn/notes.txt", "autumn/Zebra.jpeg"):
            put.put_object(Bucket="brand", Key=key, Body=PICTURE)
        put.put_object(Bucket="brand", Key="autumn/", Body=b"")
        put.put_object(Bucket="brand", Key="words.png", Body=b"only words, and many of them")
        put.put_object(Bucket="brand", Key="empty.png", Body=b"")
        put.put_object(Bucket="brand", Key="big.png", Body=BIG)
        for number in range(130):
            put.put_object(Bucket="agency", Key=f"open/many/{number:03}.png", Body=PICTURE)
        put.put_object(Bucket="agency", Key="openness/secret.png", Body=PICTURE)
        put.put_object(Bucket="private", Key="secret.png", Body=PICTURE)
        yield address
    shutil.rmtree(folder)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """at(address) makes that server the one that is asked, and opens a bucket and a folder."""

    def settle(address: str, **more: str) -> None:
        values = {**KEYS, "LOUPE_S3_ENDPOINT": address, "LOUPE_S3_SOURCES": "brand, s3://agency/open/", **more}
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        s3._client.cache_clear()

    yield settle
    monkeypatch.undo()
    settings.cache_clear()
    s3._client.cache_clear()


@pytest.fixture
def opened(server: str, at: Callable[..., None]) -> None:
    at(server)


@pytest.fixture
def proxy(server: str, at: Callable[..., None]) -> Iterator[Proxy]:
    made = Proxy(int(server.rsplit(":", 1)[1]))
    at(made.address)
    yield made
    made.close()


def test_a_picture_comes_from_an_open_bucket(me: Actor, opened: None) -> None:
    one = sources.add_address(me, "s3://brand/autumn/Oat tin.png", collection="Autumn")
    assert (one.asset.name, one.version.provenance["origin"]) == ("Oat tin", "s3://brand/autumn/Oat tin.png")


@pytest.mark.parametrize(
    "address",
    ["s3://private/secret.png", "s3://agency/openness/secret.png", "s3://agency/", "s3://agency/open", "s3://brandy/x.png",
     "s3://agency/open/../openness/secret.png", "S3://private/secret.png"],
)  # fmt: skip
def test_nothing_is_read_outside_of_what_is_open(server: str, proxy: Proxy, address: str) -> None:
    assert client(server).get_object(Bucket="private", Key="secret.png")["Body"].read() == PICTURE  # a naive client
    with pytest.raises(InvalidInput, match=r"may be added from s3://brand/, s3://agency/open/|no address in a bucket"):
        remote.fetch(address)
    assert proxy.heard == []


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("s3://brand/Hero.png", "nothing at s3://brand/Hero.png"),
        ("s3://brand/autumn", "a folder ends in “/”"),
        ("s3://brand/words.png", "not a PNG, JPEG or WebP"),
        ("s3://brand/empty.png", "not a PNG, JPEG or WebP"),
        ("s3://brand/big.png", "1.4 MB; Loupe takes up to 1 MB"),
        ("s3:///key", "looks like s3://"),
        ("s3://brand/" + "k" * 1025, "looks like s3://"),
    ],
)
def test_what_can_t_be_read_gets_a_sentence(opened: None, address: str, words: str) -> None:
    with pytest.raises((InvalidInput, Unavailable), match=words) as caught:
        s3.fetch(address, limit=1_000_000)
    assert caught.value.retry is False


def test_the_size_is_known_before_a_byte_of_a_big_one_is_read(proxy: Proxy) -> None:
    with pytest.raises(RejectedImage):
        s3.fetch("s3://brand/big.png", limit=1_000_000)
    assert [line.split()[0] for line in proxy.heard] == ["HEAD"]


def test_a_cut_or_flipped_body_is_read_again_three_times_at_most(proxy: Proxy) -> None:
    proxy.script[:] = ["ok", "cut", "flip", "ok"]
    assert s3.fetch("s3://brand/big.png", limit=10**7).data == BIG
    assert [line.split()[0] for line in proxy.heard] == ["HEAD", "GET", "GET", "GET"]
    proxy.heard.clear()
    proxy.script[:] = ["ok", "cut", "cut", "cut", "ok"]
    with pytest.raises(Unavailable, match="can't be reached") as caught:
        s3.fetch("s3://brand/big.png", limit=10**7)
    assert caught.value.retry is True and len(proxy.heard) == 4


def test_a_server_that_is_away_may_be_back_and_wrong_credentials_are_named(
    proxy: Proxy, at: Callable[..., None]
) -> None:
    proxy.away = True
    with pytest.raises(Unavailable, match="can't be reached at the moment") as caught:
        remote.fetch("s3://brand/hero.png")
    assert caught.value.retry is True
    proxy.away = False
    at(proxy.address, AWS_ACCESS_KEY_ID="stranger")
    for ask in (lambda: remote.fetch("s3://brand/hero.png"), lambda: s3.pictures_below("s3://brand/", 10)):
        with pytest.raises(Unavailable, match="Whoever runs Loupe") as caught:
            ask()
        assert caught.value.retry is False
    at(proxy.address, LOUPE_S3_SOURCES="nowhere")
    with pytest.raises(Unavailable, match=r"no bucket “nowhere”|nothing at"):
        s3.pictures_below("s3://nowhere/", 10)


def test_without_credentials_or_buckets_the_sentence_says_what_to_set(
    opened: None, at: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in KEYS:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    s3._client.cache_clear()
    boto3.setup_default_session()
    with pytest.raises(LoupeError, match="AWS_ACCESS_KEY_ID"):
        remote.fetch("s3://brand/hero.png")
    at("http://127.0.0.1:1", LOUPE_S3_SOURCES=" , ")
    with pytest.raises(InvalidInput, match="LOUPE_S3_SOURCES"):
        remote.fetch("s3://brand/hero.png")


def test_a_bucket_is_browsed_folder_by_folder_and_page_by_page(me: Actor, opened: None) -> None:
    assert sources.roots() == ["s3://brand/", "s3://agency/open/"]
    top = sources.listing(me, "s3://brand")
    assert (top.address, top.above, top.folders) == ("s3://brand/", None, ["s3://brand/autumn/"])
    assert [file.name for file in top.files] == ["big.png", "empty.png", "hero.png", "words.png"]
    below = sources.listing(me, "s3://brand/autumn/")
    assert (below.above, below.folders, below.others) == ("s3://brand/", ["s3://brand/autumn/deep/"], 1)
    assert [(file.name, file.size) for file in below.files] == [
        ("Oat tin.png", len(PICTURE)),
        ("Zebra.jpeg", len(PICTURE)),
    ]
    assert sources.listing(me, "s3://agency/open/").above is None
    first = sources.listing(me, "s3://agency/open/many/")
    second = sources.listing(me, "s3://agency/open/many/", first.next)
    names = [file.name for page in (first, second) for file in page.files]
    assert (len(first.files), second.next, names) == (s3.PAGE, None, [f"{number:03}.png" for number in range(130)])


def test_pictures_below_a_folder_are_counted_before_they_are_taken(opened: None) -> None:
    assert s3.pictures_below("s3://brand/autumn/", 10) == [
        "s3://brand/autumn/Oat tin.png", "s3://brand/autumn/Zebra.jpeg", "s3://brand/autumn/deep/er.WEBP",
    ]  # fmt: skip
    with pytest.raises(InvalidInput, match="more than 100 pictures"):
        s3.pictures_below("s3://agency/open/", 100)
    with pytest.raises(InvalidInput, match="nothing is called like"):
        s3.pictures_below("s3://brand/nowhere/", 10)


def test_a_folder_is_imported_whole_and_a_missing_one_is_refused(me: Actor, server: str, opened: None) -> None:
    for number in range(3):
        client(server).put_object(Bucket="brand", Key=f"spring/{number}.png", Body=poster_png(seed=number, width=200))
    client(server).put_object(Bucket="brand", Key="spring/deep/words.png", Body=b"only words, and many of them")
    folders = [sources.Entry("s3://brand/spring/", tags=("spring",)), sources.Entry("s3://brand/nowhere/")]
    job = sources.start_import(me, folders)
    while not sources.work_import(job.id, spell=600):
        pass
    with db.transaction() as tx:
        done = sources.imported(tx, str(job.id))
        page = sources.import_items(tx, job)
        assert sources.library(tx, query="spring").assets[0].tags == ["spring"]
    assert done.counts == {"listed": 1, "added": 3, "refused": 2}
    assert (done.all, done.done, page.items[2].item.source) == (5, 5, "s3://brand/spring/0.png")


def test_a_file_is_shown_small_before_it_is_added_and_fetched_once(me: Actor, proxy: Proxy) -> None:
    [file] = [one for one in sources.listing(me, "s3://brand/").files if one.name == "big.png"]
    proxy.heard.clear()
    small = sources.thumbnail(me, file)
    with Image.open(io.BytesIO(small.data)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (320, 240))
    assert (small.width, small.height, small.format, small.media_type) == (800, 600, "PNG", "image/webp")
    assert sources.thumbnail(me, file) is small
    assert len(proxy.heard) == 2
    words = next(one for one in sources.listing(me, "s3://brand/").files if one.name == "words.png")
    with pytest.raises(RejectedImage):
        sources.thumbnail(me, words)


def test_who_may_not_add_may_not_look_either(me: Actor, opened: None) -> None:
    operators.add(me, "ada@aster.example", "auditor")
    ada = operators.actor("ada@aster.example", "cli")
    with pytest.raises(NotAllowed):
        sources.listing(ada, "s3://brand/")
