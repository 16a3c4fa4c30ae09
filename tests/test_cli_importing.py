"""`edits import`, `relock` and `use-raw` as people and programs meet them."""

from pathlib import Path

import pytest

from tests.outputs import BOX, output, still_png
from tests.test_cli import Loupe
from workbench.permissions import Actor
from workbench.storage import store

RECOLOUR = ("--template", "label-recolour", "--set", "source=#B5532F", "--set", "target=Aster blue")


@pytest.fixture
def loupe(me: Actor, rules: None, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Loupe:
    """The command line over a library with one still life; its outputs lie in the folder of the test."""
    call = Loupe(capsys)
    (tmp_path / "still.png").write_bytes(still_png())
    (tmp_path / "output.jpg").write_bytes(output(stray=True))
    call("sources", "add", tmp_path / "still.png", "--name", "Still")
    return call


@pytest.fixture
def bring(loupe: Loupe, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Imports the output with more words."""
    return lambda *words, code=0: loupe(
        "edits", "import", "Still", *RECOLOUR, "--output", tmp_path / "output.jpg", *words, code=code
    )


def test_an_output_is_brought_locked_anew_used_raw_and_accepted(loupe: Loupe, bring) -> None:  # type: ignore[no-untyped-def]
    edit = bring("--region", BOX, "--made-with", "Brush 3", "--lock", "grow=1", "--wait")
    made = edit["candidates"][0]
    assert (edit["state"], edit["engine"], edit["raw"], made["report"]["outside_changed"]) == (
        "ready",
        "external",
        False,
        0,
    )
    assert (edit["recipe"]["lock"], edit["recipe"]["parameters"]["made_with"]) == ({"grow": 1}, "Brush 3")
    anew = loupe(
        "edits", "relock", edit["edit"][:8], "--lock", "match_colour=no", "--region", "24,24,200,300", "--wait"
    )
    assert anew["recipe"]["lock"] == {"grow": 1, "match_colour": False}
    assert anew["candidates"][0]["raw_sha256"] == made["raw_sha256"]
    assert anew["candidates"][0]["sha256"] != made["sha256"]
    raw = loupe("edits", "use-raw", edit["edit"], "--reason", "The paper is crisper", "--wait")
    assert (raw["raw"], raw["reason"]) == (True, "The paper is crisper")
    assert (raw["candidates"][0]["verdict"], raw["candidates"][0]["report"]["lock"]) == ("fail", "raw")
    loupe("edits", "submit", raw["edit"])
    loupe("reviews", "accept", raw["edit"])
    history = loupe("versions", "list", "Still")
    assert [one.get("raw", False) for one in history] == [False, True]
    assert history[1]["reason"] == "The paper is crisper"


def test_without_waiting_the_import_is_queued(bring, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    assert bring("--region", BOX)["state"] == "queued"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--lock", "gorw=3"), "no setting “gorw”; it has whole_frame, sensitivity"),
        (("--lock", "grow"), "isn't KEY=VALUE|is not KEY=VALUE"),
        (("--lock", "grow=a lot"), "takes a whole number of pixels, not “a lot”"),
        (("--lock", "grow=1.5"), "whole number"),
        (("--lock", "grow=65"), "from -64 to 64"),
        (("--lock", "align=perhaps"), "takes yes or no"),
        (("--lock", "nudge=3"), "two numbers like 1.5,-2"),
        (("--lock", "sensitivity=0.5"), "from 0.02 to 0.08"),
        (("--lock", "raw=true"), "no setting “raw”"),
        (("--lock", "grow=1", "--lock", "grow=2"), "given twice"),
    ],
)
def test_a_setting_that_the_lock_does_not_know_is_wrong_usage(bring, words: tuple[str, ...], sentence: str) -> None:  # type: ignore[no-untyped-def]
    import re

    error = bring("--region", BOX, *words, code=2)
    assert error["kind"] == "usage"
    assert re.search(sentence, error["message"]), error["message"]


def test_every_setting_of_the_lock_can_be_typed(bring) -> None:  # type: ignore[no-untyped-def]
    typed = ("whole_frame=on", "sensitivity=0.05", "grow=-2", "feather=1.5", "align=no", "nudge=1.5,-2",
             "match_colour=off", "keep_texture=false")  # fmt: skip
    words = [word for pair in typed for word in ("--lock", pair)]
    assert bring("--region", BOX, *words)["recipe"]["lock"] == {
        "whole_frame": True, "sensitivity": 0.05, "grow": -2, "feather": 1.5, "align": False, "nudge": [1.5, -2],
        "match_colour": False, "keep_texture": False,
    }  # fmt: skip
    assert bring("--region", BOX, "--lock", "sensitivity=auto")["recipe"]["lock"] == {}


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("cut.jpg", output()[:5000], "The output can't be taken: .*(incomplete|cut|end)"),
        ("notes.txt", b"only words", "The output can't be taken"),
        ("empty.png", b"", "empty"),
        ("nowhere.png", None, "nowhere.png"),
    ],
)
def test_a_bad_output_gets_a_sentence_and_leaves_nothing_behind(
    loupe: Loupe, tmp_path: Path, name: str, data: bytes | None, words: str
) -> None:
    import re

    if data is not None:
        (tmp_path / name).write_bytes(data)
    kept = set(store().all())
    error = loupe("edits", "import", "Still", *RECOLOUR, "--output", tmp_path / name, "--region", BOX, code=1)
    assert re.search(words, error["message"]), error["message"]
    assert "\n" not in error["message"] and error["message"].endswith(".")
    assert set(store().all()) == kept
    assert loupe("edits", "list")["items"] == []


def test_a_template_that_takes_no_output_names_those_that_do(loupe: Loupe, tmp_path: Path) -> None:
    error = loupe("edits", "import", "Still", "--template", "web-size", "--output", tmp_path / "output.jpg", code=1)
    assert "“Resize for web” takes no output" in error["message"]
    assert "colour-swap," in error["message"] and "copy-update" in error["message"]


def test_an_import_is_told_in_words_and_its_help_names_the_settings(
    loupe: Loupe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from workbench.cli import main

    words = ["edits", "import", "Still", *RECOLOUR, "--output", str(tmp_path / "output.jpg"), "--region", BOX, "--wait"]
    assert main(words) == 0
    assert "Recolour a label: Clay → Aster blue" in (said := capsys.readouterr().out) and "made elsewhere" in said
    assert main(["edits", "import", "--help"]) == 0
    assert "match_colour" in capsys.readouterr().out
