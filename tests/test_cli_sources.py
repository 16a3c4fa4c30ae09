"""`sources` as people and programs meet it: one picture, many from this machine, many from elsewhere."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.redis_server import serving_redis
from tests.scenes import poster_png
from tests.test_cli import ROOT, Loupe
from workbench import db, sources
from workbench.cli import main
from workbench.permissions import Actor
from workbench.settings import settings


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="loupe-redis-"))
    with serving_redis(folder) as url:
        yield url
    shutil.rmtree(folder)


@pytest.fixture
def loupe(
    me: Actor, server: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Loupe:
    """The command line; keys r0 to r4 hold pictures, and so do files f0.png to f4.png, other ones."""
    monkeypatch.setenv("REDIS_URL", server)
    settings.cache_clear()
    keys = redis.Redis.from_url(server)
    keys.flushall()
    for number in range(5):
        keys.set(f"r{number}", poster_png(seed=number, width=200))
        (tmp_path / f"f{number}.png").write_bytes(poster_png("#2747B8", seed=number, width=208))
    return Loupe(capsys)


def test_one_picture_may_come_from_a_key_and_replace_an_asset_s_newest(loupe: Loupe, tmp_path: Path) -> None:
    first = loupe("sources", "add", "redis://r0", "--name", "Tin", "--tag", "oat")
    assert (first["name"], first["number"], first["outcome"], first["alike"]) == ("Tin", 1, "added", [])
    second = loupe("sources", "add", tmp_path / "f0.png", "--onto", "tin")
    assert (second["asset"], second["number"], second["outcome"]) == (first["asset"], 2, "version")
    assert loupe("sources", "add", "redis://r0")["outcome"] == "here"
    error = loupe("sources", "add", "redis://r1", "--onto", "Tin", "--name", "x", code=1)
    assert "leave --name out" in error["message"]
    assert "add, skip, version" in loupe("sources", "add", "redis://r1", "--duplicates", "maybe", code=1)["message"]


def test_a_manifest_brings_files_by_this_call_and_the_rest_by_a_worker(loupe: Loupe, tmp_path: Path) -> None:
    rows = ["source,name,collection,tags,sku", "f0.png,Zero,Autumn,a;b,1", "redis://r0,From Redis,,c,2", ",Nothing,,,3",
            "nowhere.png,,,,4", "redis://nowhere,,,,5"]  # fmt: skip
    (tmp_path / "list.csv").write_text("\n".join(rows), "utf-8-sig")
    said = loupe("sources", "add", "--manifest", tmp_path / "list.csv", "--collection", "Rest", "--wait")
    assert [one["name"] for one in said["added"]] == ["Zero"]
    assert ["Row 4" in said["refused"][0]["message"], "no file" in said["refused"][1]["message"]] == [True, True]
    job = said["import"]
    assert (job["title"], job["state"], job["counts"]) == ("list.csv", "finished", {"added": 1, "refused": 1})
    assert job["refused"][0]["sentence"].startswith("Row 6: ")
    shown = loupe("assets", "show", "From Redis")
    assert (shown["collection"], shown["tags"]) == ("Rest", ["c"])


def test_several_files_and_a_list_are_many(loupe: Loupe, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("f2.png\n# a remark\nf3.png\n")
    (tmp_path / "shut.png").write_bytes(b"no picture")
    said = loupe(
        "sources",
        "add",
        tmp_path / "f0.png",
        tmp_path / "f1.png",
        tmp_path / "shut.png",
        "--list",
        tmp_path / "list.txt",
    )
    assert [one["name"] for one in said["added"]] == ["f0", "f1", "f2", "f3"]
    assert len(said["refused"]) == 1 and "import" not in said
    again = loupe("sources", "add", tmp_path)
    assert [one["duplicate"] for one in again["added"]] == [True] * 4 + [False]
    assert "named after their files" in loupe("sources", "add", tmp_path, "--name", "x", code=1)["message"]


def test_without_waiting_an_import_is_queued_listed_and_can_be_cancelled(
    loupe: Loupe, capsys: pytest.CaptureFixture[str]
) -> None:
    job = loupe("sources", "add", "redis://r0", "redis://r1")["import"]
    assert (job["state"], job["counts"]) == ("running", {"waiting": 2})
    [listed] = loupe("sources", "imports")["items"]
    assert (listed["import"], listed["title"]) == (job["import"], "2 pictures, first redis://r0")
    assert loupe("sources", "cancel", job["import"][:13])["state"] == "cancelled"
    shown = loupe("sources", "show", job["import"], "--limit", 1)
    assert (shown["items"][0]["state"], shown["next"]) == ("cancelled", 1)
    assert loupe("sources", "show", job["import"], "--after", 1)["next"] is None
    assert "no import" in loupe("sources", "show", "00000000", code=1)["message"]


def test_people_read_sentences(loupe: Loupe, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sources", "add", "redis://r0"]) == 0
    assert "Added “r0”." in capsys.readouterr().out
    assert main(["sources", "add", "redis://r0", "redis://r1", "redis://nowhere", "--wait"]) == 0
    out = capsys.readouterr().out
    assert "finished: " in out and "1 added" in out and "1 were here already" in out and "1 refused" in out
    assert "redis://nowhere: There is no key “nowhere”" in out
    assert main(["sources", "add", "redis://r2", "redis://r3"]) == 0
    assert "No worker is running" in capsys.readouterr().err
    for words in (["imports"], ["browse"]):
        assert main(["sources", *words]) == 0
    assert "No bucket is open" in capsys.readouterr().out


def test_a_folder_whose_import_was_killed_comes_in_whole_when_it_is_added_again(loupe: Loupe, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.png").write_bytes(poster_png(seed=number, width=300 + number))
    command = [sys.executable, "-m", "workbench", "sources", "add", str(folder), "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while (count := assets()) < 3:
            assert process.poll() is None, "it was through before it was killed"
        process.kill()
    added = loupe("sources", "add", folder)["added"]
    assert sorted(one["name"] for one in added) == [f"{number:02}" for number in range(30)]
    assert sum(one["duplicate"] for one in added) >= count
    assert assets() == 30


def assets() -> int:
    with db.transaction() as tx:
        return len(sources.library(tx, limit=100).assets)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add",), "at least one"),
        (("add", "s3://bucket/key.png"), "LOUPE_S3_SOURCES"),
        (("add", "s3://bucket/"), "LOUPE_S3_SOURCES"),
        (("add", "rediss://host/key"), "Write redis://"),
        (("add", "--list", "nowhere.txt"), "no file"),
        (("browse", "s3://bucket/"), "LOUPE_S3_SOURCES"),
        (("show", "x", "--state", "lost"), "--state takes waiting"),
    ],
)
def test_what_can_t_be_added_gets_a_sentence(loupe: Loupe, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in loupe("sources", *words, code=1)["message"]
