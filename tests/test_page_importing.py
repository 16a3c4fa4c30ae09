"""Many pictures at once on the Library page: addresses and lists, a bucket to look into, and how an import goes."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.buckets import KEYS, Proxy, client, serving_bucket
from tests.pages import asked, buttons, opened, press, said
from tests.scenes import poster_png
from workbench import db, sources
from workbench.permissions import Actor
from workbench.settings import settings
from workbench.sources import s3, thumbnails

pytestmark = pytest.mark.usefixtures("rules")
FIRST, SECOND = poster_png(seed=1), poster_png(seed=2, width=480)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="loupe-s3-"))
    with serving_bucket(folder) as address:
        put = client(address)
        put.create_bucket(Bucket="brand")
        for key, data in (("autumn/First.png", FIRST), ("autumn/Second.png", SECOND), ("autumn/bad.png", b"no")):
            put.put_object(Bucket="brand", Key=key, Body=data)
        yield address
    shutil.rmtree(folder)


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch, me: Actor) -> Iterator[None]:
    for name, value in {**KEYS, "LOUPE_S3_ENDPOINT": server, "LOUPE_S3_SOURCES": "brand/autumn"}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    s3._client.cache_clear()
    yield
    settings.cache_clear()
    s3._client.cache_clear()


def chosen(page: AppTest, way: str) -> AppTest:
    """The dialog, with this way to bring pictures in."""
    page.session_state["library-from"] = way
    return press(page, "Add pictures")


def pressed(page: AppTest, name: str) -> AppTest:
    """The page after a button of the dialog: here every run is one of the whole page, which has to open it again."""
    buttons(page)[name].click()
    return press(page, "Add pictures")


def carried_out(page: AppTest) -> AppTest:
    """The page once a worker did what its import asks for."""
    sources.work_import(uuid.UUID(asked(page, "import")))
    return opened("library", **{"import": asked(page, "import") or ""})


def names() -> set[str]:
    with db.transaction() as tx:
        return {asset.name for asset in sources.library(tx).assets}


def test_pasted_addresses_become_an_import_that_names_what_it_refused(bucket: None) -> None:
    page = chosen(opened("library"), "addresses")
    assert buttons(page)["Import"].disabled
    page.text_area[0].set_value("s3://brand/autumn/First.png\nftp://nowhere/x.png\ns3://other/x.png")
    page = pressed(press(page, "Add pictures"), "Import")
    assert "2 pictures refused so far" in said(page) and "as soon as a worker runs" in said(page)
    page = carried_out(page)
    assert "<b>1</b> added" in said(page) and "<b>2</b> refused" in said(page)
    assert "ftp://nowhere/x.png" in said(page) and "not from s3://other/" in said(page)
    assert names() == {"First"}
    page = press(page, "Close")
    assert asked(page, "import") is None and "refused" not in said(page)
    page = chosen(page, "addresses")
    assert "3 of 3" in said(page), "it is still listed"
    assert asked(pressed(page, "Look"), "import")


def test_a_bucket_is_looked_into_and_ticked_pictures_are_brought_in(bucket: None) -> None:
    page = chosen(opened("library"), "bucket")
    assert "s3://brand/autumn/" in said(page) and said(page).count('src="data:image/') == 2
    assert "no preview" in said(page) and "480 × " in said(page)
    assert "Up" not in buttons(page), "nothing above is open"
    assert buttons(page)["Import 0 pictures"].disabled
    next(one for one in page.checkbox if one.key == "pick-s3://brand/autumn/Second.png").check()
    page = press(page, "Add pictures")
    page = carried_out(pressed(page, "Import 1 picture"))
    assert "<b>1</b> added" in said(page) and names() == {"Second"}


def test_previews_that_take_long_are_waited_for(bucket: None, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Proxy(int(server.rsplit(":", 1)[1]))
    monkeypatch.setenv("LOUPE_S3_ENDPOINT", proxy.address)
    settings.cache_clear()
    s3._client.cache_clear()
    thumbnails._made.cache_clear()
    proxy.script = ["ok", *["slow"] * 8]
    try:
        assert said(chosen(opened("library"), "bucket")).count('src="data:image/') == 2
    finally:
        proxy.close()


def test_a_running_import_can_be_cancelled_and_what_came_in_stays(bucket: None) -> None:
    page = chosen(opened("library"), "bucket")
    page = press(pressed(page, "Import all in this folder"), "Cancel import")
    assert "<b>1</b> not brought in" in said(page) and "cancelled" in said(page)
    assert names() == set()


def test_without_an_open_bucket_there_is_none_to_choose(me: Actor) -> None:
    page = press(opened("library"), "Add pictures")
    group = next(one for one in page.button_group if one.key == "library-from")
    assert list(group.options) == ["Files", "Addresses, lists"]


def test_an_import_that_is_not_here_is_said_to_be_missing(me: Actor) -> None:
    assert "The import in this address" in said(opened("library", **{"import": "nonsense"}))
