"""Pictures under keys of a Redis server: a real one, which is also full of other things, slow, closed or gone."""

import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from tests.redis_server import PASSWORD, serving_redis
from tests.scenes import poster_png
from workbench import doctor, sources
from workbench.errors import InvalidInput, RejectedImage, Unavailable
from workbench.permissions import Actor
from workbench.settings import settings
from workbench.sources import redis as keys
from workbench.sources import remote

PICTURE = poster_png()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="loupe-redis-"))
    with serving_redis(folder) as url:
        yield url
    shutil.rmtree(folder)


@pytest.fixture
def set_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str | None], None]]:
    def change(url: str | None) -> None:
        monkeypatch.delenv("REDIS_URL", raising=False)
        if url is not None:
            monkeypatch.setenv("REDIS_URL", url)
        settings.cache_clear()

    yield change
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def there(server: str, set_url: Callable[[str | None], None]) -> "redis.Redis":
    """The server's own client, for what a test puts there."""
    set_url(server)
    client = redis.Redis.from_url(server)
    client.flushall()
    return client


def test_a_picture_comes_from_its_key_and_is_named_after_it(me: Actor, there: "redis.Redis", server: str) -> None:
    settings.cache_clear()
    there.set("campaign:autumn/Oat tin.png", PICTURE)
    one = sources.add_address(me, "redis://campaign:autumn/Oat tin.png")
    assert (one.asset.name, one.version.provenance["origin"]) == ("Oat tin", "redis://campaign:autumn/Oat tin.png")
    assert sources.add_address(me, "redis://campaign:autumn/Oat tin.png").outcome == "here"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("redis://nowhere", "no key “nowhere”"),
        ("redis://list", "is a list in Redis"),
        ("redis://text", "not a PNG, JPEG or WebP"),
        ("redis://empty", "empty"),
        ("redis://long", r"has 0\.2 MB; Loupe takes up to 0\.1 MB"),
        ("redis://", "1 to 1,024"),
        ("redis://a\nb", "1 to 1,024"),
        ("rediss://host/key", "Write redis:// and the key"),
        ("redis://127.0.0.1:6379/0/picture", "no key “127.0.0.1:6379/0/picture”"),
    ],
)
def test_what_is_no_picture_under_a_key_gets_a_sentence(there: "redis.Redis", address: str, words: str) -> None:
    there.rpush("list", b"1")
    there.set("text", "only words, and many of them")
    there.set("empty", b"")
    there.set("long", PICTURE + bytes(200_000))
    with pytest.raises((InvalidInput, Unavailable), match=words) as caught:
        keys.fetch(address, limit=100_000)
    assert caught.value.retry is False and "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_no_more_than_the_cap_is_ever_asked_for(there: "redis.Redis", monkeypatch: pytest.MonkeyPatch) -> None:
    there.set("grown", PICTURE)
    client = keys._client(keys._url())
    before = client.strlen

    def grows(name: str) -> int:
        size = int(before(name))
        there.append("grown", bytes(300_000))
        return size

    monkeypatch.setattr(client, "strlen", grows)  # between the two commands somebody writes
    with pytest.raises(RejectedImage, match=r"takes up to 0\.1 MB"):
        keys.fetch("redis://grown", limit=100_000)
    sent = there.info("commandstats")
    assert "cmdstat_get" not in sent, "GET has no bound"


def test_without_a_server_or_with_a_broken_setting_the_sentence_says_what_to_set(
    set_url: Callable[[str | None], None],
) -> None:
    set_url(None)
    with pytest.raises(InvalidInput, match="REDIS_URL"):
        remote.fetch("redis://key")
    set_url("http://nonsense")
    with pytest.raises(Unavailable, match="REDIS_URL must look like"):
        remote.fetch("redis://key")


def test_a_wrong_password_and_a_missing_right_are_told_apart(
    there: "redis.Redis", server: str, set_url: Callable[[str | None], None]
) -> None:
    set_url(server.replace(PASSWORD, "wrong"))
    with pytest.raises(Unavailable, match="refuses Loupe's password") as caught:
        remote.fetch("redis://key")
    assert caught.value.retry is False
    there.execute_command("ACL", "SETUSER", "shut", "on", ">pw", "~other", "+@all")
    set_url(server.replace(f":{PASSWORD}@", "shut:pw@"))
    with pytest.raises(Unavailable, match="doesn't let Loupe read “key”"):
        remote.fetch("redis://key")


def test_a_server_that_is_away_or_silent_may_be_back_later(
    set_url: Callable[[str | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "READ_SECONDS", 0.2)
    monkeypatch.setattr(keys, "TRIES", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        set_url(f"redis://127.0.0.1:{port}/1")
        with pytest.raises(Unavailable, match="can't be reached") as caught:
            remote.fetch("redis://key")
        assert caught.value.retry is True
    set_url(f"redis://127.0.0.1:{port}/2")
    with pytest.raises(Unavailable, match="can't be reached") as caught:
        remote.fetch("redis://key")
    assert caught.value.retry is True


def test_doctor_says_whether_the_server_answers(
    house: Path, there: "redis.Redis", set_url: Callable[[str | None], None], server: str
) -> None:
    settings.cache_clear()

    def said() -> list[tuple[str, str]]:
        return [(one.state, one.words) for one in doctor.examine() if one.part == "source"]

    assert said() == [("good", "the Redis server answers")]
    set_url("redis://127.0.0.1:1/0")
    assert [(state, "can't be reached" in words) for state, words in said()] == [("warning", True)]
    set_url(None)
    assert said() == []
