"""The command line as people and programs meet it: documents on stdout, sentences on stderr, exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image

from tests.scenes import encoded, poster, poster_png
from workbench import db, storage
from workbench.cli import main
from workbench.permissions import Actor

ROOT = Path(__file__).resolve().parent.parent
SWAP = ("--template", "colour-swap", "--set", "source=#B5532F", "--set", "target=Aster blue")


class Loupe:
    """Calls the command line in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: object, code: int = 0) -> Any:
        """The document of a call with --json that must end with `code`."""
        assert main([*map(str, words), "--json"]) == code, self.capsys.readouterr()
        out, err = self.capsys.readouterr()
        return json.loads(out) if code == 0 else json.loads(err.strip().splitlines()[-1])["error"]


@pytest.fixture
def loupe(me: Actor, rules: None, capsys: pytest.CaptureFixture[str]) -> Loupe:
    return Loupe(capsys)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "poster.png"
    path.write_bytes(poster_png())
    return path


def test_the_whole_story_by_the_command_line(loupe: Loupe, picture: Path, tmp_path: Path) -> None:
    added = loupe("sources", "add", picture, "--name", "Poster", "--tag", "autumn")
    assert (added["name"], added["number"], added["width"], added["duplicate"]) == ("Poster", 1, 320, False)
    edit = loupe("edits", "propose", "poster", *SWAP, "--wait")
    assert (edit["state"], edit["reused"], edit["candidates"][0]["index"], edit["candidates"][0]["verdict"]) == (
        "ready",
        False,
        1,
        "pass",
    )
    assert loupe("edits", "propose", "Poster", *SWAP, "--wait")["reused"] is True
    assert loupe("edits", "submit", edit["edit"])["state"] == "submitted"
    assert [one["edit"] for one in loupe("reviews", "list")["items"]] == [edit["edit"]]
    accepted = loupe("reviews", "accept", edit["edit"])
    assert accepted.keys() >= {"edit", "state", "asset", "version", "number", "sha256", "self_approved"}
    assert (accepted["number"], accepted["self_approved"], accepted["sha256"]) == (
        2,
        True,
        edit["candidates"][0]["sha256"],
    )
    assert loupe("reviews", "undo", edit["edit"])["number"] == 3
    assert loupe("reviews", "accept", edit["edit"])["number"] == 4
    reverted = loupe("versions", "revert", "Poster", 1)
    assert (reverted["number"], reverted["kind"], reverted["sha256"]) == (5, "revert", added["sha256"])
    history = loupe("versions", "list", "Poster")
    assert [(one["number"], one["kind"]) for one in history] == [
        (1, "import"),
        (2, "edit"),
        (3, "revert"),
        (4, "edit"),
        (5, "revert"),
    ]
    assert history[0].keys() == {
        "number",
        "kind",
        "sha256",
        "parent",
        "edit",
        "committed_by",
        "approved_by",
        "self_approved",
        "at",
    }
    loupe("versions", "export", "Poster", 1, "--to", tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes() == picture.read_bytes()
    loupe("versions", "export", "Poster", "--to", tmp_path / "out.webp", "--format", "webp", "--quality", 80)
    assert Image.open(tmp_path / "out.webp").format == "WEBP"
    other = loupe("sources", "add", picture, "--name", "Twin")
    assert (other["duplicate"], other["asset"] != added["asset"]) == (True, True)
    again = loupe("versions", "reapply", "Poster", 2, "--onto", "Twin")
    assert (again["kind"], again["state"]) == ("reapply", "ready")
    verified = loupe("audit", "verify")
    assert (verified["ok"], verified["first_break"]) == (True, None)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("edits", "propose", "nothing", *SWAP), "not_found"),
        (("edits", "propose", "Poster", "--template", "nothing"), "not_found"),
        (("edits", "propose", "Poster", *SWAP[:5], "target=#010203"), "invalid"),
        (("edits", "propose", "Poster", *SWAP, "--set", "target=Clay"), "invalid"),
        (("edits", "propose", "Poster", *SWAP, "--engine", "openai"), "invalid"),
        (("edits", "show", "0192abcd"), "not_found"),
        (("edits", "show", "xyz"), "not_found"),
        (("versions", "revert", "Poster", 7), "not_found"),
        (("versions", "export", "Poster", 7, "--to", "x.png"), "not_found"),
        (("assets", "show", "nothing"), "not_found"),
        (("templates", "approve", "nothing"), "not_found"),
        (("guidelines", "show", 99), "not_found"),
        (("sources", "add", "nowhere.png"), "not_found"),
        (("sources", "add", "https://10.0.0.1/x.png"), "invalid"),
        (("operators", "add", "nobody", "--role", "lead"), "invalid"),
        (("operators", "add", "a@b.example", "--role", "boss"), "invalid"),
        (("assets", "list", "--as", "ghost@b.example"), "not_found"),
    ],
)
def test_what_is_not_there_is_one_clear_line_and_exit_1(
    loupe: Loupe, picture: Path, words: Sequence[object], kind: str
) -> None:
    loupe("sources", "add", picture, "--name", "Poster")
    error = loupe(*words, code=1)
    assert error["kind"] == kind
    assert error["message"].endswith((".", "?")) and "\n" not in error["message"]
    assert not any(word in error["message"].lower() for word in ("traceback", "exception", "constraint", "none "))


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("edits", "propose"),
        ("edits", "propose", "x", "--nonsense"),
        ("versions", "revert", "x", "one"),
    ],
)
def test_wrong_usage_exits_2(loupe: Loupe, words: Sequence[str]) -> None:
    assert loupe(*words, code=2)["kind"] == "usage"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("cut.jpg", encoded(poster(width=900, height=700), "JPEG", quality=95)[:9000], "incomplete|cut|end"),
        ("empty.png", b"", "empty"),
        ("page.png", b"<!doctype html><title>x</title>", "HTML|web page|text"),
        ("drawing.svg.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        ("deep.png", encoded(np.zeros((20, 20), np.uint16) + 4000), "16"),
        ("wide.png", encoded(np.zeros((2, 60_000, 3), np.uint8)), "16,384"),
    ],
)
def test_bad_pictures_get_a_sentence_and_nothing_is_stored(
    loupe: Loupe, tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    import re

    path = tmp_path / name
    path.write_bytes(data)
    error = loupe("sources", "add", path, code=1)
    assert error["kind"] == "rejected_image"
    assert re.search(words, error["message"]), error["message"]
    assert loupe("assets", "list")["items"] == []
    with db.transaction() as tx:
        assert tx.scalar(sa.text("select count(*) from pictures")) == 0


def test_a_file_just_above_the_cap_is_refused_before_it_is_read(
    loupe: Loupe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.settings import settings

    monkeypatch.setenv("LOUPE_MAX_MB", "1")
    settings.cache_clear()
    path = tmp_path / "big.png"
    path.write_bytes(poster_png() + b"\0" * 1_000_000)
    assert "takes up to 1 MB" in loupe("sources", "add", path, code=1)["message"]


def test_a_folder_adds_what_is_good_and_names_what_is_not(loupe: Loupe, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    (folder / "one.png").write_bytes(poster_png(seed=1))
    (folder / "deep" / "two.png").write_bytes(poster_png(seed=2))
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("not looked at")
    first = loupe("sources", "add", folder, "--collection", "Autumn")
    assert sorted(one["name"] for one in first["added"]) == ["one", "two"]
    assert [Path(one["path"]).name for one in first["refused"]] == ["broken.png"]
    again = loupe("sources", "add", folder)
    assert [one["duplicate"] for one in again["added"]] == [True, True]
    assert len(loupe("assets", "list", "--collection", "Autumn")["items"]) == 2


def test_assets_are_found_named_tagged_archived_and_paged(loupe: Loupe, tmp_path: Path) -> None:
    for seed in range(5):
        path = tmp_path / f"poster {seed}.png"
        path.write_bytes(poster_png(seed=seed))
        loupe("sources", "add", path)
    page = loupe("assets", "list", "--limit", 2)
    rest = loupe("assets", "list", "--limit", 9, "--after", page["next"])
    names = [one["name"] for one in page["items"] + rest["items"]]
    assert names == [f"poster {seed}" for seed in (4, 3, 2, 1, 0)] and rest["next"] is None
    loupe("assets", "rename", "poster 1", "Herbst Banner")
    loupe("assets", "tag", "herbst banner", "season", "Autumn", "--collection", "Campaign")
    for query in ("herb", "autu", "campaign", "banner HERBST"):
        assert [one["name"] for one in loupe("assets", "list", "--query", query)["items"]] == ["Herbst Banner"], query
    assert loupe("assets", "tag", "Herbst Banner", "--remove", "season")["tags"] == ["autumn"]
    loupe("assets", "archive", "Herbst Banner")
    assert len(loupe("assets", "list")["items"]) == 4
    loupe("assets", "restore", "Herbst Banner")
    assert len(loupe("assets", "list")["items"]) == 5
    assert loupe("assets", "rename", "Herbst Banner", "poster 2", code=1)["kind"] == "invalid"


def test_the_global_words_stand_anywhere(loupe: Loupe, capsys: pytest.CaptureFixture[str]) -> None:
    loupe("operators", "add", "mara@aster.example", "--role", "designer", "--name", "Mara")
    for words in (
        ["--json", "operators", "list"],
        ["operators", "--json", "list"],
        ["operators", "list", "--as", "mara@aster.example", "--json"],
    ):
        assert main(words) == 0
        emails = [one["email"] for one in json.loads(capsys.readouterr().out)["items"]]
        assert "mara@aster.example" in emails
    assert main(["reviews", "accept", "0192abcd", "--as=mara@aster.example"]) == 1
    assert "Ask a lead" in capsys.readouterr().err


def test_without_a_worker_the_call_says_that_the_edit_waits(
    loupe: Loupe, picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loupe("sources", "add", picture, "--name", "Poster")
    assert main(["edits", "propose", "Poster", *SWAP, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["state"] == "queued"
    assert "No worker is running" in err


def test_a_failed_edit_tells_its_sentence_and_exits_1(
    loupe: Loupe, picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loupe("sources", "add", picture, "--name", "Poster")
    words = ["edits", "propose", "Poster", *SWAP[:3], "source=#00FF00", *SWAP[4:], "--wait", "--json"]
    assert main(words) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["state"] == "failed"
    assert "nearest" in json.loads(err)["error"]["message"]


def test_templates_and_guidelines_come_from_files(loupe: Loupe, tmp_path: Path) -> None:
    starter = ROOT / "workbench" / "starter"
    path = tmp_path / "mine.toml"
    path.write_text(
        (starter / "templates" / "colour-swap.toml").read_text("utf-8").replace('"colour-swap"', '"my-swap"'), "utf-8"
    )
    assert (loupe("templates", "add", path)["state"], loupe("templates", "add", path)["revision"]) == ("proposed", 1)
    assert loupe("edits", "propose", "x", "--template", "my-swap", code=1)["kind"] == "not_found"
    assert loupe("templates", "approve", "my-swap")["self_approved"] is True
    listed = {one["name"]: one for one in loupe("templates", "list")}
    assert listed["my-swap"] == {
        "name": "my-swap",
        "revision": 1,
        "state": "approved",
        "engines": ["exact", "external"],
    }
    path.write_text(path.read_text("utf-8") + "\n[nonsense]\n", "utf-8")
    assert loupe("templates", "add", path, code=1)["kind"] == "rejected_file"
    assert loupe("templates", "retire", "my-swap")["state"] == "retired"
    shown = loupe("guidelines", "show")
    assert shown["palette"][0]["name"] == "Aster blue" and shown["palette"][0]["hex"] == "#2747B8"
    assert {one["name"] for one in shown["marks"]} == {"Logo blue", "Logo white", "Badge new"}


def test_setup_and_demo_change_nothing_the_second_time(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["installed"]) >= {"guideline", "colour-swap"}
    assert main(["setup", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["installed"] == []


def test_doctor_and_stats_tell_how_it_is(loupe: Loupe) -> None:
    found = loupe("doctor")
    assert found["ok"] and {check["part"] for check in found["checks"]} == {
        "home",
        "database",
        "schema",
        "store",
        "worker",
        "ledger",
        "model",
    }
    assert loupe("stats")["approved_templates"] == 18


def test_only_who_asks_a_model_waits_for_its_package() -> None:
    loaded = "import sys, workbench.cli, workbench.worker; sys.exit('openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], cwd=ROOT).returncode == 0


def test_it_starts_as_a_program_and_its_help_costs_nothing(house: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "--help"], cwd=ROOT, env=os.environ, capture_output=True, text=True
    )
    assert done.returncode == 0 and "edits" in done.stdout
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "edits", "show", "zz"],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "") and done.stderr.startswith("There is no edit")


def test_a_backup_brings_everything_back(loupe: Loupe, picture: Path, tmp_path: Path) -> None:
    first = loupe("sources", "add", picture, "--name", "Poster")
    saved = loupe("backup", "--to", tmp_path / "safe")
    assert saved["objects"] > 3
    other = tmp_path / "other.png"
    other.write_bytes(poster_png(seed=4))
    loupe("sources", "add", other, "--name", "Too late")
    store = storage.store()
    store.erase(first["sha256"])
    assert loupe("restore", tmp_path / "safe", code=1)["message"].endswith("Add --yes if that is what you want.")
    assert loupe("restore", tmp_path / "safe", "--yes")["objects"] == saved["objects"]
    assert [one["name"] for one in loupe("assets", "list")["items"]] == ["Poster"]
    assert store.get(first["sha256"]) == picture.read_bytes()
    assert loupe("audit", "verify")["ok"]
    assert loupe("restore", tmp_path / "nothing", "--yes", code=1)["kind"] == "not_found"


def test_the_demo_is_added_once_and_shows_its_planted_flaw(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loupe = Loupe(capsys)
    assert loupe("demo") == {"pictures": 19, "waiting": 3}
    before = loupe("stats")
    assert loupe("demo") == {"pictures": 19, "waiting": 3}
    assert loupe("stats") == before
    flawed = next(one for one in loupe("reviews", "list")["items"] if one["verdict"] == "fail")
    report = loupe("edits", "show", flawed["edit"])["candidates"][0]["report"]
    assert report["outside_changed"] > 10_000 and "outside the region" in report["reasons"][0]
    assert {"import", "edit", "revert"} == {one["kind"] for one in loupe("versions", "list", "Calm serum 50 ml")}
    assert [one["kind"] for one in loupe("versions", "list", "Slow mornings, square")] == ["import", "edit"]
    stricter = loupe("templates", "show", "seasonal-accent")["revisions"][0]
    assert (stricter["state"], stricter["proof"]["state"], stricter["proof"]["share"]) == ("proposed", "finished", 0.75)
    assert loupe("audit", "verify")["ok"]
