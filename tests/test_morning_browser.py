"""A brand lead's morning in a real browser: new rules, a new template, proven, approved by a second person, and run."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from tests.houses import PATIENCE, House, Visit, open_house, press, seen, settled
from tests.scenes import encoded
from workbench import recipes

pytestmark = pytest.mark.browser
PACKAGE = Path(recipes.__file__).parents[1]
NEXT = PACKAGE / "starter" / "next"
#: what comes along: the file itself, and only those fonts and marks that are new in it
BROUGHT = [NEXT / "guideline.toml", PACKAGE / "ui" / "static" / "GeistMono.woff2", *sorted(NEXT.glob("*.svg"))]
INES = ("--as", "ines@aster.example")
CLAY = "#A84E2E"
#: the library, the oldest first: the moss poster has no clay to recolour
POSTERS = ("Autumn", "Winter", "Spring", "Summer", "Moss", "Harvest", "Frost", "Blossom", "Logo sheet")
DAWN = """
[template]
name = "dawn"
title = "Recolour to Dawn"
prompt = "Recolour the parts of this picture that are {source} to exactly #D98A5B, and keep all else as it is."

[[parameter]]
name = "source"
label = "Colour in the picture"
kind = "colour"

[operation]
kind = "colour_swap"
source = "{source}"
target = "Dawn"
mode = "flat"

[limits]
outside_changed = 0
palette = 1
"""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as made:
        yield made


def test_new_rules_and_a_template_are_proven_approved_by_a_second_person_and_run(
    visit: Visit, house: House, tmp_path: Path
) -> None:
    house.loupe("operators", "add", "ines@aster.example", "--role", "lead", "--name", "Ines Roth")
    for number, name in enumerate(POSTERS):
        drawn = poster("#4F7A63" if name == "Moss" else CLAY, 480 + number)
        (tmp_path / f"{name}.png").write_bytes(drawn)
    for name in POSTERS:  # one by one, so that they stand in this order
        house.loupe("sources", "add", tmp_path / f"{name}.png", "--name", name)
    page = visit.open("guidelines")
    propose_guideline(page)
    second_person(page, house, "guidelines", "approve")
    page.goto(f"{visit.address}/templates")
    propose_template(page)
    prove(page)
    second_person(page, house, "templates", "approve", "dawn")
    seen(page.get_by_text("Proven on real pictures before"))
    page.goto(f"{visit.address}/edit?template=dawn")
    for name in ("Autumn", "Winter"):
        recolour(page, name)
        seen(page.get_by_role("region", name="Fidelity report").get_by_text("Pass", exact=True))
    recolour(page, "Moss")
    refused(page)


def poster(main: str, width: int) -> bytes:
    """A disc and a bar of one flat colour on oat, with the soft edges of a layout program, as PNG."""
    image = Image.new("RGB", (4 * width, 4 * 360), "#F6F0E4")
    draw = ImageDraw.Draw(image)
    draw.ellipse([200, 140, 900, 840], fill=main)
    draw.rectangle([200, 1000, 1600, 1220], fill=main)
    draw.rectangle([1200, 200, 1600, 700], fill="#2A2724")
    return encoded(np.asarray(image.reduce(4)))


def propose_guideline(page: Page) -> None:
    """Bring the next guideline with its new files, see what it changes, propose it."""
    press(page, "Propose")
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(BROUGHT)
    for words in ("What it changes of revision 1", "drawn from SVG", "GeistMono.woff2"):
        seen(dialog.get_by_text(words))
    seen(dialog.get_by_role("img", name="Badge dawn"))
    confirm(dialog)
    seen(page.get_by_text("Revision 2 of the guideline waits for approval."))
    for words in ("Dawn", "Badge dawn", "Dawn ground", "Geist Mono"):
        seen(page.get_by_role("article").get_by_text(words).first)
    seen(page.get_by_role("article").get_by_text("Removed"))
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_disabled()


def second_person(page: Page, house: House, *words: str) -> None:
    """Ines Roth approves on her own machine; the page says so once it is loaded anew."""
    assert house.loupe(*words, *INES)["self_approved"] is False
    page.reload()
    settled(page)
    seen(page.get_by_text(re.compile("^Approved by Ines Roth")))


def propose_template(page: Page) -> None:
    """Paste the text of a template that nobody has seen before."""
    settled(page)
    press(page, "Propose")
    dialog = page.get_by_role("dialog")
    text = dialog.get_by_role("textbox", name="Or its text, to be changed here")
    text.fill(DAWN)
    text.press("Control+Enter")
    seen(dialog.get_by_text("a new template"))
    confirm(dialog)
    seen(page.get_by_text("waits for approval. Once approved, it can be run on the Edit page."))
    seen(page.get_by_text("Not proven on any picture"))


def prove(page: Page) -> None:
    """Run it on eight pictures of one's own choice: seven pass, and the eighth says why not."""
    press(page, "Prove")
    dialog = page.get_by_role("dialog")
    tick(dialog, "Logo sheet", False)
    tick(dialog, "Autumn", True)
    colour(dialog)
    start = dialog.get_by_role("button", name="Run on 8 pictures", exact=True)
    expect(start).to_be_enabled(timeout=PATIENCE)
    start.click()
    proof = page.get_by_role("region", name="Proof")
    seen(proof.get_by_role("heading", name="7 of 8 passed (88 %)"))
    pairs = page.get_by_role("list", name="Before and after").get_by_role("button")
    expect(pairs).to_have_count(8)
    expect(pairs.first).to_contain_text("Moss")
    expect(pairs.first).to_contain_text(f"Clay ({CLAY}) is not in the picture")
    expect(pairs.filter(has_text="Autumn")).to_contain_text("Pass")
    seen(page.get_by_text(re.compile(r"7 of 8 passed \(88 %\), .*")))


def recolour(page: Page, name: str) -> None:
    """Choose the picture and its clay, and run."""
    settled(page)
    tile = page.get_by_role("group", name="Source").get_by_role("button", name=re.compile(f"^{name}"))
    tile.click()
    seen(page.get_by_role("group", name="Source").get_by_role("button", name=re.compile(f"^{name}"), pressed=True))
    seen(page.locator("p").filter(has_text=re.compile(rf"^{name} · version 1")))
    settled(page)
    if colour(page):  # the page takes it into its address, so that a reload has it
        page.wait_for_url(re.compile("v.source=%23A84E2E"))
        settled(page)
    press(page, "Run edit")


def refused(page: Page) -> None:
    """The third picture has no clay: a sentence says so, what is nearest, and what to do."""
    seen(page.get_by_text("The edit failed"))
    said = page.get_by_text(f"Clay ({CLAY}) is not in the picture; nearest: ")
    seen(said)
    expect(said).to_contain_text("Nothing was changed. Pick the colour from the picture and run again.")
    expect(page.get_by_role("button", name="Submit for approval", exact=True)).to_have_count(0)


def colour(place: Page | Locator) -> bool:
    """Choose the brand's clay, by its name or as what the picture shows of it; False where it is chosen already."""
    radios = place.get_by_role("radiogroup", name="Colour in the picture")
    clay = seen(radios.get_by_role("radio", name=re.compile(CLAY))).first
    if clay.is_checked():
        return False
    clay.click()
    expect(clay).to_be_checked(timeout=PATIENCE)
    return True


def tick(dialog: Locator, name: str, wanted: bool) -> None:
    dialog.get_by_role("group", name="Pictures").get_by_role("checkbox", name=name).set_checked(wanted)


def confirm(dialog: Locator) -> None:
    button = dialog.get_by_role("button", name="Propose this revision", exact=True)
    expect(button).to_be_enabled(timeout=PATIENCE)
    button.click()
    expect(dialog).not_to_be_visible(timeout=PATIENCE)
