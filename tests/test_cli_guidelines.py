"""`guidelines` by the command line: files in and out, revisions compared, everything that can be wrong with a file."""

import json
from pathlib import Path

import pytest

from tests.fontfiles import INTER
from tests.test_cli import Loupe
from tests.test_guidelines import CHANGED, FILES, TEXT
from workbench import storage
from workbench.permissions import Actor


@pytest.fixture
def loupe(me: Actor, rules: None, capsys: pytest.CaptureFixture[str]) -> Loupe:
    return Loupe(capsys)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A guideline with its files beside it."""
    (tmp_path / "mine").mkdir()
    for name, data in {"guideline.toml": CHANGED.encode(), **FILES}.items():
        (tmp_path / "mine" / name).write_bytes(data)
    return tmp_path / "mine"


@pytest.mark.parametrize("place", ["out", "out.zip"])
def test_what_is_exported_is_added_as_the_same_definition(loupe: Loupe, folder: Path, place: str) -> None:
    added = loupe("guidelines", "add", folder / "guideline.toml")
    assert (added["revision"], added["state"]) == (2, "proposed")
    to = folder.parent / place
    written = loupe("guidelines", "export", 2, "--to", to)
    assert (written["sha256"], written["files"]) == (added["sha256"], sorted(["guideline.toml", *FILES]))
    again = loupe("guidelines", "add", to if to.suffix else to / "guideline.toml")
    assert (again["revision"], again["sha256"]) == (2, added["sha256"])


def test_an_export_never_writes_over_other_files(loupe: Loupe, tmp_path: Path) -> None:
    (tmp_path / "Inter.woff2").write_bytes(b"somebody's own")
    error = loupe("guidelines", "export", "--to", tmp_path, code=1)
    assert "has another Inter.woff2 already" in error["message"]
    assert [path.name for path in tmp_path.glob("*.png")] == []
    loupe("guidelines", "export", "--to", tmp_path / "new")
    loupe("guidelines", "export", "--to", tmp_path / "new")
    assert "can't be written" in loupe("guidelines", "export", "--to", tmp_path / "a" / "b.zip", code=1)["message"]


def test_a_revision_is_shown_beside_another_one(loupe: Loupe, folder: Path) -> None:
    loupe("guidelines", "add", folder / "guideline.toml")
    shown = loupe("guidelines", "show", 2, "--compare", 1)
    assert {"where": "colour Clay › hex", "before": "#B5532F", "after": "#B5502F"} in shown["compared"]
    assert {"where": "colour Sage › hex", "before": "#7A8F6A", "after": None} in shown["compared"]
    assert shown["fonts"][0]["licence"] is None
    assert loupe("guidelines", "show", 2, "--compare", 9, code=1)["kind"] == "not_found"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('name = "Clay"', 'name = "aster-blue"', "are the same name"),
        ("#B5532F", "#2747b8", "are both #2747B8"),
        ("#B5532F", "rust", "isn't a colour; write it as #RRGGBB"),
        ("tolerance = 2.0", "tolerance = 20.5", "must be at most 20"),
        ('"Inter.woff2"', '"../Inter.woff2"', "must be a plain file name"),
        ('"Inter.woff2"', '"Other.ttf"', "refers to Other.ttf; add the file beside it"),
        ('"logo-blue.png"', '"guideline.png"', "“guideline.png”: This is a text file"),
    ],
)
def test_a_wrong_file_gets_a_sentence_and_nothing_is_kept(
    loupe: Loupe, folder: Path, old: str, new: str, sentence: str
) -> None:
    (folder / "guideline.png").write_text("no picture")
    (folder / "guideline.toml").write_text(TEXT.replace(old, new, 1))
    before = list(storage.store().all())
    assert sentence in loupe("guidelines", "add", folder / "guideline.toml", code=1)["message"]
    assert list(storage.store().all()) == before
    assert [one["revision"] for one in loupe("guidelines", "list")["items"]] == [1]


def test_what_a_zip_has_beside_is_named(me: Actor, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from workbench import guidelines
    from workbench.cli import main

    files = {"guideline.toml": TEXT.encode(), **FILES, "OFL.txt": b"licence", "Inter.woff2": INTER}
    (folder / "all.zip").write_bytes(guidelines.zipped(files))
    assert main(["guidelines", "add", str(folder / "all.zip"), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["revision"] == 1
    assert "doesn't name it: OFL.txt" in err


def test_files_of_the_revision_in_force_need_not_be_given_again(loupe: Loupe, tmp_path: Path) -> None:
    former = loupe("guidelines", "show")
    (tmp_path / "next.toml").write_text(TEXT.replace("#B5532F", "#A84E2E"))
    row = loupe("guidelines", "add", tmp_path / "next.toml")
    assert row["revision"] == 2 and row["fonts"][0]["sha256"] == former["fonts"][0]["sha256"]
