"""Imports by workers: each picture once and with its own outcome, whoever dies, stops or goes away in between."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpcore2
import pytest
import redis
import sqlalchemy as sa

from tests.redis_server import serving_redis
from tests.scenes import poster, poster_png
from tests.test_likenesses import saved
from tests.test_worker import until, worker
from workbench import db, jobs, operators, sources, storage, versions
from workbench.errors import InvalidInput, MovedOn, NotAllowed, NotFound
from workbench.models import Import, ImportItem, ItemState
from workbench.permissions import Actor
from workbench.settings import settings
from workbench.sources import Entry, Imported
from workbench.sources.fetching import Network
from workbench.sources.imports import working

ROOT = Path(__file__).resolve().parent.parent
SOAK = bool(os.environ.get("LOUPE_SOAK"))
COLOURS = ("#B5532F", "#4F7A63", "#2747B8", "#D9B23C", "#7A4F73", "#2A2724")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="loupe-redis-"))
    with serving_redis(folder) as url:
        yield url
    shutil.rmtree(folder)


@pytest.fixture
def keys(me: Actor, server: str, monkeypatch: pytest.MonkeyPatch) -> "redis.Redis":
    """Keys a0, a1 … hold small pictures, each another one; `text` holds words. Waits are scaled down."""
    for name, value in {"REDIS_URL": server, "LOUPE_STALLED_AFTER": "1", "LOUPE_HEARTBEAT_EVERY": "0.2"}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    client = redis.Redis.from_url(server)
    client.flushall()
    client.set("text", "only words, and many of them")
    return client


def fill(keys: "redis.Redis", count: int) -> list[Entry]:
    for number in range(count):
        keys.set(f"a{number}", poster_png(COLOURS[number % 6], width=160 + 8 * (number // 6), height=120, seed=number))
    return [Entry(f"redis://a{number}") for number in range(count)]


def now(job: Import) -> Imported:
    with db.transaction() as tx:
        return sources.imported(tx, str(job.id))


def items(job: Import, *states: ItemState) -> list[ImportItem]:
    with db.transaction() as tx:
        return [one.item for one in sources.import_items(tx, job, states=states, limit=1000).items]


def work(job: Import) -> Imported:
    assert sources.work_import(job.id, spell=600)
    return now(job)


def names() -> list[str]:
    with db.transaction() as tx:
        return sorted(asset.name for asset in sources.library(tx, limit=1000).assets)


def test_a_manifest_s_pictures_come_in_with_their_names_and_tags_and_bad_rows_are_named(
    me: Actor, keys: "redis.Redis"
) -> None:
    fill(keys, 4)
    entries = [
        Entry("redis://a0", "Oat tin", "Autumn", ("tin",), line=2), Entry("redis://a1", line=3),
        Entry("(no source)", line=4, problem="Row 4: It names no source."), Entry("redis://nowhere", line=5),
        Entry("redis://text", line=6), Entry("/etc/passwd", line=7), Entry("http://x.example/a.png", line=8),
        Entry("redis://a2", "Oat tin", line=9), Entry("redis://a3", line=10),
    ]  # fmt: skip
    job = sources.start_import(me, entries, title="list.csv", collection="Spring", tags=["new"])
    assert (now(job).state, now(job).counts, now(job).all) == ("running", {"waiting": 6, "refused": 3}, 9)
    done = work(job)
    assert (done.state, done.counts, done.done) == ("finished", {"added": 3, "refused": 6}, 9)
    assert names() == ["Oat tin", "a1", "a3"]
    with db.transaction() as tx:
        first = versions.find_asset(tx, "Oat tin")
        assert (first.collection, first.tags) == ("Autumn", ["new", "tin"])
        assert versions.find_asset(tx, "a1").collection == "Spring"
    sentences = {one.line: one.sentence for one in items(job, "refused")}
    assert all(sentence and sentence.startswith(f"Row {line}: ") for line, sentence in sentences.items())
    assert "no key “nowhere”" in sentences[5] and "not a PNG" in sentences[6] and "already an asset" in sentences[9]  # type: ignore[operator]


def test_bringing_in_the_same_again_changes_nothing(me: Actor, keys: "redis.Redis") -> None:
    entries = fill(keys, 3)
    work(sources.start_import(me, entries))
    before, kept = names(), set(storage.store().all())
    again = work(sources.start_import(me, entries))
    assert (again.counts, names(), set(storage.store().all())) == ({"here": 3}, before, kept)
    assert sources.work_import(again.job.id), "an import that has ended stays as it is"


def test_what_looks_the_same_is_told_left_out_or_made_a_version(me: Actor, keys: "redis.Redis") -> None:
    pixels = poster(width=640, height=480)
    keys.mset(
        {"one": saved(pixels, "PNG"), "two": saved(pixels, "WEBP", quality=80), "three": saved(pixels, "PNG", 0.5)}
    )
    entries = [Entry("redis://one"), Entry("redis://two"), Entry("redis://three")]
    assert work(sources.start_import(me, entries[:1])).counts == {"added": 1}
    skipped = work(sources.start_import(me, entries, duplicates="skip"))
    assert skipped.counts == {"here": 3}
    assert [one.alike[0]["how"] for one in items(skipped.job)] == ["bytes", "nearly", "nearly"]
    updated = work(sources.start_import(me, entries, duplicates="version"))
    assert updated.counts == {"here": 1, "version": 2}
    with db.transaction() as tx:
        assert versions.find_asset(tx, "one").number == 3


def test_cancelling_keeps_what_came_in_and_leaves_the_rest(me: Actor, keys: "redis.Redis") -> None:
    job = sources.start_import(me, [*fill(keys, 12), Entry("https://x.example/b.png?key=secret")])
    assert sources.work_import(job.id, spell=0) is False
    sources.cancel_import(me, str(job.id)[:13])
    after = now(job)
    assert (after.state, after.counts["added"], after.counts["cancelled"]) == ("cancelled", working.AT_ONCE, 5)
    assert work(job).counts == after.counts and len(names()) == working.AT_ONCE
    assert sources.cancel_import(me, str(job.id)).id == job.id
    assert items(job)[-1].source == "https://x.example/b.png", "a query may hold a key"
    ended = work(sources.start_import(me, fill(keys, 1)))
    with pytest.raises(MovedOn, match="at its end"):
        sources.cancel_import(me, str(ended.job.id))


def test_a_place_that_is_out_of_reach_is_asked_again_later_and_given_up_at_last(me: Actor, keys: "redis.Redis") -> None:
    class Closed(httpcore2.NetworkBackend):
        def connect_tcp(self, *rest: object, **more: object) -> httpcore2.NetworkStream:
            raise httpcore2.ConnectError("nobody there")

    closed = Network(lambda host, port: ["93.184.216.34"], Closed())
    [entry] = fill(keys, 1)
    job = sources.start_import(me, [Entry("https://x.example/b.png?key=secret"), entry])
    with db.transaction() as tx:
        tx.execute(sa.text("delete from procrastinate_jobs"))  # as a worker does that takes the call
    for number in range(working.WEB_TRIES):
        assert sources.work_import(job.id, spell=600, network=closed) is False
        [waiting] = items(job, "waiting")
        assert (waiting.tries, waiting.attempt) == (number + 1, 0)
        assert waiting.sentence and "doesn't answer" in waiting.sentence
        assert (planned() - 5 * 2**number) < 2.5
        later(job)
    assert sources.work_import(job.id, spell=600, network=closed)
    assert now(job).counts == {"added": 1, "refused": 1}
    assert items(job)[0].source == "https://x.example/b.png"


def planned() -> float:
    """In how many seconds the next wake-up call of an import is due; it is then taken away."""
    with db.transaction() as tx:
        query = "delete from procrastinate_jobs where scheduled_at is not null returning extract(epoch from scheduled_at - now())"
        return float(max(tx.scalars(sa.text(query)).all()))


def later(job: Import) -> None:
    with db.transaction() as tx:
        tx.execute(
            sa.text("update import_items set not_before = now() where import_id = :id and state = 'waiting'"),
            {"id": job.id},
        )


def test_while_our_own_store_is_out_of_reach_pictures_wait_without_end(me: Actor, keys: "redis.Redis") -> None:
    job = sources.start_import(me, fill(keys, 2))
    store = Path(os.environ["LOUPE_HOME"]) / "store" / "objects"
    storage.store()
    store.rmdir()
    store.write_bytes(b"a file where the folder was")
    for _ in range(working.HOUSE_TRIES + 3):
        assert sources.work_import(job.id, spell=600) is False
        later(job)
    assert now(job).counts == {"waiting": 2}
    store.unlink()
    store.mkdir()
    assert work(job).counts == {"added": 2}


def test_an_import_is_carried_out_in_the_name_of_its_author_as_they_are_now(me: Actor, keys: "redis.Redis") -> None:
    operators.add(me, "mara@aster.example", "designer")
    mara = operators.actor("mara@aster.example", "web")
    with pytest.raises(NotAllowed):
        sources.start_import(mara, fill(keys, 1), duplicates="version")
    job = sources.start_import(mara, fill(keys, 2))
    operators.deactivate(me, "mara@aster.example")
    assert work(job).counts == {"refused": 2}
    assert "no longer active" in (items(job)[0].sentence or "")


def test_what_can_t_be_an_import_gets_a_sentence(me: Actor) -> None:
    with pytest.raises(InvalidInput, match="nothing to import"):
        sources.start_import(me, [])
    with pytest.raises(InvalidInput, match="up to 10,000"):
        sources.start_import(me, [Entry("redis://a")] * 10_001)
    for words in ("nonsense", "0" * 36):
        with pytest.raises(NotFound), db.transaction() as tx:
            sources.imported(tx, words)


def test_ten_thousand_entries_with_ten_bad_ones_are_queued_and_read_page_by_page(
    me: Actor, keys: "redis.Redis"
) -> None:
    entries = [Entry("ftp://x/a.png" if number % 1000 == 7 else f"redis://a{number}") for number in range(10_000)]
    job = sources.start_import(me, entries)
    assert now(job).counts == {"waiting": 9990, "refused": 10}
    with db.transaction() as tx:
        first = sources.import_items(tx, job, limit=400)
        last = sources.import_items(tx, job, after=9_900, limit=400)
        bad = sources.import_items(tx, job, states=["refused"])
        assert [one.job.id for one in sources.imports_newest(tx)] == [job.id]
    assert (len(first.items), first.next, len(last.items), last.next, len(bad.items)) == (400, 400, 100, None, 10)


def test_one_wake_up_call_waits_however_long_an_import_goes_on_without_a_worker(me: Actor, keys: "redis.Redis") -> None:
    job = sources.start_import(me, fill(keys, 3 * working.AT_ONCE))
    while not sources.work_import(job.id, spell=0):
        with db.transaction() as tx:
            assert tx.scalar(sa.text("select count(*) from procrastinate_jobs")) == 1
    assert now(job).state == "finished"


def test_what_an_import_asked_for_is_held_by_the_database(me: Actor, keys: "redis.Redis") -> None:
    job = work(sources.start_import(me, fill(keys, 1))).job
    for change in (
        "update imports set title = 'x'", "update imports set ended_at = null", "delete from imports",
        "update import_items set name = 'x'", "update import_items set state = 'waiting', ended_at = null, asset_id = null,"
        " version_id = null", "delete from import_items", "truncate import_items",
    ):  # fmt: skip
        with pytest.raises(sa.exc.DBAPIError, match=r"immutable|once|refused"), db.transaction() as tx:
            tx.execute(sa.text(change))
    assert now(job).state == "finished"


# ---- workers that die ----

RUN = "import sys, uuid; from workbench import sources; sources.work_import(uuid.UUID(sys.argv[1]), spell=600)"
POISON = (
    "import os, sys, uuid; from workbench import sources; from workbench.sources.fetching import Network;"
    " sources.work_import(uuid.UUID(sys.argv[1]), spell=600, network=Network(lambda *_: os._exit(9)))"
)


@contextmanager
def runner(job: Import, script: str = RUN) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-c", script, str(job.id)], cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def whole() -> None:
    """Every stored file has its hash, every row its file, every asset its version."""
    store = storage.store()
    for name in store.all():
        store.get(name)
    with db.transaction() as tx:
        for name in tx.scalars(sa.text("select sha256 from blobs")).all():
            assert store.exists(name)
        assert tx.scalar(sa.text("select count(*) from assets where head_id is null")) == 0
        assert tx.scalar(sa.text("select count(*) from versions")) == tx.scalar(sa.text("select count(*) from assets"))


def test_an_import_that_is_killed_again_and_again_ends_with_every_picture_once(me: Actor, keys: "redis.Redis") -> None:
    count, kills, rng = (200, 30, random.Random()) if SOAK else (24, 3, random.Random(11))
    entries = [*fill(keys, count), Entry("redis://text")]
    job = sources.start_import(me, entries)
    for _ in range(kills):
        before = now(job).done
        with runner(job) as process:
            until(lambda before=before: now(job).done > before or now(job).state == "finished", 60, "nothing came in")
            time.sleep(rng.random() * 0.15)
            process.kill()
        whole()
    while not sources.work_import(job.id, spell=600):
        time.sleep(0.2)
    unlucky = sum(one.sentence == working.STOPPED for one in items(job, "refused"))  # three kills hit the very same one
    assert now(job).counts == {"added": count - unlucky, "refused": 1 + unlucky}
    whole()
    again = work(sources.start_import(me, entries))
    assert (again.counts["here"], again.counts.get("added", 0)) == (count - unlucky, unlucky)
    assert names() == sorted(f"a{number}" for number in range(count))
    whole()


def test_a_runner_that_was_taken_for_dead_writes_nothing_when_it_wakes(me: Actor, keys: "redis.Redis") -> None:
    job = sources.start_import(me, fill(keys, 16))
    with runner(job) as sleeper:
        until(lambda: now(job).done > 0, 60, "nothing came in")
        sleeper.send_signal(signal.SIGSTOP)
        time.sleep(1.2)
        until(lambda: sources.work_import(job.id, spell=600) or bool(time.sleep(0.2)), 60, "it was not taken over")
        before = (now(job).counts, names(), items(job))
        sleeper.send_signal(signal.SIGCONT)
        sleeper.wait(30)
    assert before == (now(job).counts, names(), items(job))
    assert len(names()) == 16


def test_a_runner_whose_item_somebody_else_has_by_now_leaves_it_alone(me: Actor, keys: "redis.Redis") -> None:
    taken = "update import_items set runner = gen_random_uuid(), attempt = 2, heartbeat_at = now() + interval '1 hour'"

    def meanwhile(host: str, port: int) -> list[str]:
        with db.transaction() as tx:
            tx.execute(sa.text(taken))
        raise InvalidInput("There is no such server.")

    job = sources.start_import(me, [Entry("https://slow.example/a.png")])
    assert sources.work_import(job.id, network=Network(meanwhile)) is False
    [item] = items(job)
    assert (item.state, item.attempt, item.sentence) == ("running", 2, None)


def test_a_slow_runner_that_lives_keeps_what_it_has(me: Actor, keys: "redis.Redis") -> None:
    def slow(host: str, port: int) -> list[str]:
        time.sleep(2.5)
        raise InvalidInput("There is no such server.")

    job = sources.start_import(me, [Entry("https://slow.example/a.png")])
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(sources.work_import, job.id, network=Network(slow))
        until(lambda: now(job).counts == {"running": 1}, 10, "nobody began")
        while not first.done():
            assert sources.work_import(job.id) is (now(job).state == "finished")
            time.sleep(0.3)
    [item] = items(job)
    assert (item.state, item.attempt) == ("refused", 1)


def test_a_picture_that_kills_its_worker_is_refused_and_its_neighbours_are_not(me: Actor, keys: "redis.Redis") -> None:
    first, *rest = fill(keys, 5)
    job = sources.start_import(me, [first, Entry("https://poison.example/a.png"), *rest])
    for _ in range(working.MOST_ATTEMPTS):
        with runner(job, POISON) as process:
            assert process.wait(60) == 9
        time.sleep(1.1)
    assert work(job).counts == {"added": 5, "refused": 1}
    assert items(job, "refused")[0].sentence == working.STOPPED


def test_a_worker_carries_out_imports_and_a_lost_wake_up_call_is_renewed(me: Actor, keys: "redis.Redis") -> None:
    job = sources.start_import(me, fill(keys, 10))
    with db.transaction() as tx:
        tx.execute(sa.text("delete from procrastinate_jobs"))
    with worker(LOUPE_STALLED_AFTER="1"):
        until(lambda: now(job).state == "finished", 60, "no worker came")
    assert now(job).counts == {"added": 10}
    with db.transaction() as tx:
        assert not jobs.forgotten_imports(tx, working.timedelta(0))
