"""`templates prove`, `show` and `export`: documents for programs, with and without a worker."""

import json
import re
from pathlib import Path

import pytest

from tests.conftest import STARTER
from tests.scenes import poster_png
from tests.test_cli import Loupe
from workbench.cli import main
from workbench.permissions import Actor

SWAP = (STARTER / "templates" / "colour-swap.toml").read_text("utf-8")
SET = ("--set", "source=#B5532F", "--set", "target=Aster blue")


@pytest.fixture
def loupe(me: Actor, rules: None, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Loupe:
    """With three pictures, one of them without the colour that is changed, and a revision that waits for approval."""
    loupe = Loupe(capsys)
    for name, colour in (("One", "#B5532F"), ("Two", "#B5532F"), ("Gold", "#D9B23C")):
        path = tmp_path / f"{name}.png"
        path.write_bytes(poster_png(colour, seed=len(name)))
        loupe("sources", "add", path, "--name", name, "--collection", "Gold" if name == "Gold" else "Clay")
    path = tmp_path / "swap.toml"
    path.write_text(re.sub(r"ssim = [\d.]+", "ssim = 0.955", SWAP), "utf-8")
    loupe("templates", "add", path)
    return loupe


def test_without_a_worker_a_proof_runs_to_its_end_in_the_calls_own_process(loupe: Loupe) -> None:
    proof = loupe("templates", "prove", "colour-swap", *SET, "--wait")
    assert (proof["template"], proof["revision"], proof["state"], proof["pictures"]) == (
        "colour-swap",
        2,
        "finished",
        3,
    )
    items = {item["name"]: item for item in proof["items"]}
    assert (items["Gold"]["outcome"], items["Gold"]["sha256"]) == ("failed", None)
    assert "nearest" in items["Gold"]["failure"]
    assert (items["One"]["state"], items["One"]["verdict"], len(items["One"]["sha256"])) == ("ready", "pass", 64)
    assert proof["share"] == round(proof["passed"] / 3, 4)
    assert loupe("edits", "list")["items"] == []
    shown = {row["revision"]: row for row in loupe("templates", "show", "colour-swap")["revisions"]}
    assert shown[1]["proof"] is None
    assert (shown[2]["proof"]["proof"], shown[2]["approved_on_proof"]) == (proof["proof"], None)
    loupe("templates", "approve", "colour-swap")
    assert loupe("templates", "show", "colour-swap")["revisions"][0]["approved_on_proof"] == proof["proof"]


def test_pictures_are_named_or_taken_from_a_collection(loupe: Loupe) -> None:
    named = loupe("templates", "prove", "colour-swap", *SET, "--on", "two", "--on", "Two", "--on", "gold")
    assert [item["name"] for item in named["items"]] == ["Two", "Gold"]
    assert (named["state"], {item["state"] for item in named["items"]}) == ("running", {"waiting"})
    clay = loupe("templates", "prove", "colour-swap", *SET, "--collection", "Clay")
    assert [item["name"] for item in clay["items"]] == ["Two", "One"]
    assert loupe("templates", "prove", "colour-swap", *SET, "--collection", "Moss", code=1)["kind"] == "invalid"
    assert "missing" in loupe("templates", "prove", "colour-swap", code=1)["message"]


def test_without_waiting_the_call_says_that_the_proof_waits(loupe: Loupe, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["templates", "prove", "colour-swap", *SET, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["state"] == "running"
    assert "No worker is running" in err


def test_a_person_reads_a_line_for_each_picture(loupe: Loupe, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["templates", "prove", "colour-swap", *SET, "--on", "Gold", "--wait"]) == 0
    out = capsys.readouterr().out
    assert "“colour-swap” revision 2 on 1 picture: 1 failed." in out
    assert re.search("Gold: failed: .*nearest", out)


def test_a_template_goes_out_as_the_file_that_comes_in(loupe: Loupe, tmp_path: Path) -> None:
    path = tmp_path / "out.toml"
    assert loupe("templates", "export", "colour-swap", "--to", path)["revision"] == 1
    assert path.read_text("utf-8") == SWAP
    assert loupe("templates", "export", "colour-swap", "--revision", 2, "--to", path)["revision"] == 2
    assert loupe("templates", "add", path)["revision"] == 2
    assert loupe("templates", "export", "colour-swap", "--to", "-")["toml"] == SWAP
    assert "can't be written" in loupe("templates", "export", "colour-swap", "--to", tmp_path, code=1)["message"]
