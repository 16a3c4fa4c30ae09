"""The main job as people do it, in a real browser on a fresh house; then what breaks under their hands mid-way."""

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from playwright.sync_api import Page, expect

from tests import clusters
from tests.houses import PATIENCE, House, Up, Visit, open_house, press, seen, settled, until, viewer
from tests.scenes import encoded, poster, poster_png

pytestmark = pytest.mark.browser
SWAP = ("--template", "colour-swap", "--set", "source=#B5532F", "--set")
Added = Callable[..., str]
_others = itertools.count()


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as made:
        yield made


@pytest.fixture
def added(house: House, running: Up, tmp_path: Path) -> Added:
    """Adds a poster by the command line, each with other bytes, and gives its id."""

    def add(name: str, data: bytes | None = None) -> str:
        path = tmp_path / f"{name}.png"
        path.write_bytes(data or poster_png(width=480 + next(_others), height=360))
        return str(house.loupe("sources", "add", path, "--name", name)["asset"])

    return add


@pytest.fixture
def big() -> bytes:
    """A poster whose edit takes long enough to be caught in the middle."""
    pixels = poster(width=1800, height=1350)
    noise = np.random.default_rng(3).integers(0, 2, (1350, 1800, 3), dtype=np.uint8)
    return encoded(pixels ^ noise, compress_level=0)


def proposed(house: House, asset: str, target: str = "Aster blue", *more: str) -> Any:
    return house.loupe("edits", "propose", asset, *SWAP, f"target={target}", *more)


def submitted(house: House, asset: str, target: str = "Aster blue") -> str:
    edit = str(proposed(house, asset, target, "--wait")["edit"])
    house.loupe("edits", "submit", edit)
    return edit


def report(page: Page, verdict: str) -> None:
    """The measured report, once it gives this verdict."""
    words = page.get_by_role("region", name="Fidelity report")
    expect(words.get_by_text(verdict, exact=True).first).to_be_visible(timeout=PATIENCE)


def go(page: Page, name: str, menu: str = "") -> None:
    """To another page by the navigation, which keeps the document."""
    if menu:
        page.get_by_test_id("stHeader").get_by_role("button", name=menu, exact=True).click()
    page.get_by_role("menuitem" if menu else "link", name=name, exact=True).click()
    page.wait_for_url(f"**/{name.lower()}*")
    settled(page)


def act_as(page: Page, who: str) -> None:
    page.get_by_role("radiogroup", name="Acting as").get_by_text(who).click()
    seen(page.get_by_role("radio", name=who, checked=True))


def version(page: Page, number: int) -> None:
    """Look at this version in the timeline."""
    tile = page.get_by_role("group", name="Versions").get_by_role("button", name=re.compile(rf"^Version {number}\b"))
    tile.click()
    seen(page.get_by_role("heading", name=re.compile(rf"^Version {number}\b")))


# ---- the story ----


def test_a_picture_is_recoloured_accepted_undone_reverted_and_proven(
    visit: Visit, house: House, running: Up, tmp_path: Path
) -> None:
    original = tmp_path / "Autumn poster.png"
    original.write_bytes(poster_png(width=960, height=720))
    page = visit.open("edit")
    page.evaluate("window.sameDocument = true")
    choose(page, original)
    run(page, running)
    compare(page)
    press(page, "Submit for approval")
    seen(page.get_by_text("A lead decides").first)
    decide(page)
    revert_and_export(page, house, original, tmp_path)
    go(page, "Audit", "Proof")
    press(page, "Verify ledger")
    seen(page.get_by_text("The ledger is whole"))
    assert page.evaluate("window.sameDocument"), "somewhere the page was loaded anew"


def choose(page: Page, original: Path) -> None:
    press(page, "Add a picture")
    page.locator("input[type=file]").set_input_files(original)
    seen(page.get_by_text("added · 960 × 720 · PNG"))
    page.keyboard.press("Escape")
    seen(page.get_by_role("group", name="Source").get_by_role("button", name=re.compile("Autumn poster"), pressed=True))
    viewer(page)
    page.get_by_role("combobox", name="Template").click()
    page.get_by_role("option", name="Colour swap", exact=True).click()
    seen(page.get_by_text("Colour in the picture").first)
    for label, colour in (("Colour in the picture", "about Clay, #B5532F"), ("New colour", "Aster blue, #2747B8")):
        page.get_by_role("radiogroup", name=label).get_by_role("radio", name=colour).click()


def run(page: Page, running: Up) -> None:
    """Run it with a worker that only wakes once the progress was seen."""
    worker = running.child("worker")
    worker.suspend()
    try:
        press(page, "Run edit")
        seen(page.get_by_role("progressbar", name="Progress"))
        expect(page.get_by_role("button", name="Run edit", exact=True)).to_be_disabled()
    finally:
        worker.resume()
    report(page, "Pass")
    viewer(page)


def compare(page: Page) -> None:
    for mode in ("Side by side", "Onion skin", "Difference", "Blink", "Swipe"):
        press(page, mode)
        seen(page.get_by_role("button", name=mode, exact=True, pressed=True))
    press(page, "Changes")
    seen(page.get_by_role("button", name="Changes", exact=True, pressed=True))


def decide(page: Page) -> None:
    """Accept by Y, take it back by U, accept by the button; oneself, and the page says so."""
    go(page, "Review")
    expect(page.get_by_role("button", name="Accept", exact=True)).to_be_disabled()
    act_as(page, "Lead")
    viewer(page)
    report(page, "Pass")
    seen(page.get_by_text("the record says for ever that it is self-approved"))
    expect(page.get_by_role("button", name="Accept", exact=True)).to_be_enabled(timeout=PATIENCE)
    page.keyboard.press("y")
    seen(page.get_by_text("accepted, self-approved: it is now version 2"))
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_enabled(timeout=PATIENCE)
    settled(page)
    page.keyboard.press("u")
    seen(page.get_by_text("taken back: version 3 has the bytes from before"))
    press(page, "Accept")
    seen(page.get_by_text("accepted, self-approved: it is now version 4"))


def revert_and_export(page: Page, house: House, original: Path, folder: Path) -> None:
    go(page, "History")
    seen(page.get_by_role("heading", name=re.compile("^Version 4")))
    version(page, 1)
    press(page, "Revert to this version")
    dialog = page.get_by_role("dialog")
    seen(dialog.get_by_text("Now: version 4"))
    seen(dialog.get_by_text("Version 5 is added with exactly the bytes of version 1."))
    dialog.get_by_role("button", name="Add version 5", exact=True).click()
    seen(page.get_by_text("Version 5 is added with the bytes of version 1."))
    expect(dialog).not_to_be_visible(timeout=PATIENCE)
    assert exported(page, folder / "five.png") == original.read_bytes()
    version(page, 4)
    stored = house.ask(
        "select v.sha256 from versions v join assets a on a.id = v.asset_id where a.name = 'Autumn poster' and v.number = 4"
    )
    assert hashlib.sha256(exported(page, folder / "four.png")).hexdigest() == stored


def exported(page: Page, path: Path) -> bytes:
    """The exact file of the version that is looked at."""
    press(page, "Export")
    with page.expect_download(timeout=PATIENCE) as download:
        page.get_by_role("link", name="Download the exact file").click()
    download.value.save_as(path)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible(timeout=PATIENCE)
    return path.read_bytes()


def test_a_link_opens_the_same_picture_edit_or_version_in_a_fresh_tab(visit: Visit, house: House, added: Added) -> None:
    asset = added("Linked poster")
    edit = submitted(house, asset)
    page = visit.open(f"edit?asset={asset}")
    seen(page.get_by_role("group", name="Source").get_by_role("button", name=re.compile("Linked poster"), pressed=True))
    page = visit.open(f"edit?edit={edit}")
    report(page, "Pass")
    viewer(page)
    page = visit.open(f"review?edit={edit}&as=lead")
    seen(page.get_by_role("heading", name="Linked poster"))
    press(page, "Accept")
    seen(page.get_by_text("it is now version 2"))
    page = visit.open(f"history?asset={asset}&version=1")
    seen(page.get_by_role("heading", name=re.compile("^Version 1")))
    ident = house.ask(f"select id from versions where asset_id = '{asset}' and number = 2")
    page = visit.open(f"history?version={ident}")
    seen(page.get_by_role("heading", name=re.compile("^Version 2")))
    viewer(page)


def test_a_rejection_reaches_its_author_word_for_word_and_the_same_values_run_again(
    visit: Visit, house: House, added: Added
) -> None:
    edit = submitted(house, added("Rejected poster"))
    lead = visit.open(f"review?edit={edit}&as=lead")
    viewer(lead)
    lead.keyboard.press("n")
    dialog = lead.get_by_role("dialog")
    dialog.get_by_text("Colour", exact=True).click()
    dialog.get_by_role("textbox", name="Reason").fill("Honey is <b>warm</b> & soft.")
    dialog.get_by_role("button", name="Send rejection", exact=True).click()
    seen(lead.get_by_text("rejected. Its author reads why."))
    page = visit.open(f"edit?edit={edit}")
    seen(page.get_by_text("Colour: Honey is <b>warm</b> & soft."))
    press(page, "Try again")
    expect(page).not_to_have_url(re.compile(edit), timeout=PATIENCE)
    report(page, "Pass")
    press(page, "Submit for approval")
    seen(page.get_by_text("Waiting for a decision").first)
    assert (
        house.ask(
            f"select count(*) from edits a join edits b on b.rerun_of = a.id and b.recipe_sha256 = a.recipe_sha256 where a.id = '{edit}'"
        )
        == 1
    )


# ---- what happens behind the page's back ----


def test_an_edit_begun_elsewhere_is_seen_to_progress_and_to_end(
    visit: Visit, house: House, running: Up, added: Added
) -> None:
    asset = added("Begun elsewhere")
    worker = running.child("worker")
    worker.suspend()
    try:
        page = visit.open(f"edit?edit={proposed(house, asset)['edit']}")
        page.evaluate("window.sameDocument = true")
        seen(page.get_by_role("progressbar", name="Progress"))
    finally:
        worker.resume()
    report(page, "Pass")
    assert page.evaluate("window.sameDocument")


def test_a_worker_killed_in_the_middle_is_replaced_and_the_page_goes_on_by_itself(
    visit: Visit, house: House, running: Up, added: Added, big: bytes
) -> None:
    asset, worker = added("Killed in the middle", big), running.child("worker")
    page = visit.open(f"edit?asset={asset}&template=colour-swap&v.source=%23B5532F&v.target=Aster+blue")
    press(page, "Run edit")
    state = f"select state from edits where asset_id = '{asset}'"
    until(lambda: house.ask(state) == "running", 40, "nobody took the edit")
    worker.kill()
    assert house.ask(state) == "running", "it was done before the worker died"
    seen(page.get_by_role("progressbar", name="Progress"))
    report(page, "Pass")
    assert house.ask(f"select attempt from edits where asset_id = '{asset}'") == 2
    assert (
        house.ask(f"select count(*) from candidates c join edits e on e.id = c.edit_id where e.asset_id = '{asset}'")
        == 1
    )
    assert running.child("worker").pid != worker.pid


def test_a_killed_database_is_a_sentence_and_then_it_works_again(
    visit: Visit, house: House, running: Up, added: Added
) -> None:
    edit = proposed(house, added("Without a database"), "Aster blue", "--wait")["edit"]
    page = visit.open(f"edit?edit={edit}")
    report(page, "Pass")
    viewer(page)
    # a picture that is still on its way, or a worker, would bring it back before the page could notice
    page.wait_for_load_state("networkidle")
    worker, postmaster = running.child("worker"), clusters.postmaster(house.home)
    backends = postmaster.children()
    worker.suspend()
    try:
        clusters.kill(postmaster)
        psutil.wait_procs(backends, 20)
        press(page, "Submit for approval")
        seen(page.get_by_text("The database can't be reached, so nothing was changed"))
    finally:
        worker.resume()
    again = page.get_by_role("button", name="Show the page again")
    if again.count():
        again.click()
    press(page, "Submit for approval")
    seen(page.get_by_text("Waiting for a decision").first)
    assert running.process.poll() is None
