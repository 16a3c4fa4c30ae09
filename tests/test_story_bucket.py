"""The whole story on a bucket, with two workers in homes of their own: nothing of a picture lies on either's disk."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.buckets import KEYS, Proxy, client, serving_bucket
from tests.houses import House, until
from tests.scenes import poster_png
from tests.test_worker import worker
from workbench import db, edits, storage
from workbench.permissions import Actor
from workbench.settings import settings

BUCKET = "loupe-pictures"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving_bucket(tmp_path_factory.mktemp("bucket")) as address:
        client(address).create_bucket(Bucket=BUCKET)
        yield address


@pytest.fixture
def proxy(server: str) -> Iterator[Proxy]:
    made = Proxy(int(server.rsplit(":", 1)[1]))
    yield made
    made.close()


@pytest.fixture
def shared(me: Actor, proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """The command line on the test's database and the bucket, in a home of its own."""
    for name, value in {**KEYS, "LOUPE_S3_BUCKET": BUCKET, "LOUPE_S3_ENDPOINT": proxy.address}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    storage.store.cache_clear()
    kept = {name: os.environ[name] for name in ("DATABASE_URL", "LOUPE_S3_BUCKET", "LOUPE_S3_ENDPOINT", *KEYS)}
    return House(tmp_path / "desk", kept)


def proposed(house: House, asset: str, target: str, source: str = "#B5532F") -> str:
    values = ("--set", f"source={source}", "--set", f"target={target}")
    return str(house.loupe("edits", "propose", asset, "--template", "colour-swap", *values)["edit"])


def ready(house: House, edit: str) -> bool:
    found = house.loupe("edits", "show", edit)
    assert found["state"] in ("queued", "running", "ready"), found["failure"]
    return bool(found["state"] == "ready")


def test_two_machines_and_a_bucket_tell_the_whole_story(
    shared: House, rules: None, proxy: Proxy, server: str, tmp_path: Path
) -> None:
    original = tmp_path / "poster.png"
    original.write_bytes(poster_png(width=480, height=360))
    asset = str(shared.loupe("sources", "add", original, "--name", "Poster")["asset"])
    homes = [tmp_path / "one", tmp_path / "two"]
    first = proposed(shared, asset, "Aster blue")
    with ExitStack() as stack:
        one = stack.enter_context(worker(LOUPE_HOME=str(homes[0])))
        until(lambda: ready(shared, first), 60, "the first worker did not run the edit")
        stack.enter_context(worker(LOUPE_HOME=str(homes[1])))
        one.kill()  # the other goes on with what this one made
        one.wait()
        shared.loupe("edits", "submit", first)
        assert shared.loupe("reviews", "accept", first)["number"] == 2
        second = proposed(shared, asset, "Moss", source="#2747B8")
        until(lambda: ready(shared, second), 60, "the second worker did not run its edit")
    shared.loupe("edits", "submit", second)
    assert shared.loupe("reviews", "accept", second)["number"] == 3
    shared.loupe("reviews", "undo", second)
    assert shared.loupe("versions", "revert", asset, 1)["number"] == 5
    exported = tmp_path / "back.png"
    shared.loupe("versions", "export", asset, "--to", exported)
    assert exported.read_bytes() == original.read_bytes()
    assert shared.loupe("audit", "verify")["ok"] and shared.loupe("store", "scrub")["ok"]
    for home in (*homes, shared.home):
        assert not list(home.rglob("objects/*")), "a picture lies on a machine's own disk"


def test_an_outage_of_the_bucket_costs_waiting_and_no_work(
    shared: House, rules: None, proxy: Proxy, tmp_path: Path
) -> None:
    """Twenty minutes scaled down: the edit is handed back several times, each after all that one operation may try."""
    original = tmp_path / "poster.png"
    original.write_bytes(poster_png(width=500, height=360))
    asset = str(shared.loupe("sources", "add", original, "--name", "Outage")["asset"])
    edit = proposed(shared, asset, "Aster blue")
    proxy.away, handed_back = True, set()

    def again() -> bool:
        with db.transaction() as tx:
            row = edits.find(tx, edit)
        assert row.state in ("queued", "running"), row.failure
        if row.not_before is not None:
            assert row.state == "queued" and "store" in row.phase and row.attempt == 0
            handed_back.add(row.not_before)
        return len(handed_back) >= 2

    with worker(LOUPE_HOME=str(tmp_path / "one")):
        until(again, 120, "the edit was not handed back again and again")
        proxy.away = False
        until(lambda: ready(shared, edit), 120, "the edit did not come through once the bucket was back")
    shown = shared.loupe("edits", "show", edit)
    assert [one["verdict"] for one in shown["candidates"]] == ["pass"]
