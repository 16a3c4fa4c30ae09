"""A model's output from another tool in a real browser: brought along, locked, toggled, locked again, used raw by a lead."""

import io
import re
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.houses import PATIENCE, House, Visit, open_house, press, seen, settled, viewer
from tests.scenes import encoded, poster, rgb

pytestmark = pytest.mark.browser
SIZE = (960, 720)
#: what the other tool was asked to change, in pixels of the picture, and the region around it
BAR = (80, 530, 680, 80)
REGION = "60,500,740,150"
FORM = f"template=label-recolour&v.source=%23B5532F&v.target=Aster+blue&region={REGION}"


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as made:
        yield made


def paper(seed: int) -> NDArray[np.uint8]:
    """A poster on paper; every seed is another picture."""
    width, height = SIZE
    grain = np.random.default_rng(seed).normal(0, 5, (height, width, 1))
    return np.clip(poster(width=width, height=height, seed=seed).astype(float) + grain, 0, 255).astype(np.uint8)


def output(seed: int) -> bytes:
    """As a model gives it back: the bar in blue, a stray patch, all of it smaller, pushed aside, warmer, compressed."""
    x, y, width, height = BAR
    new = paper(seed)
    new[y : y + height, x : x + width] = rgb("#2747B8")
    new[60:100, 600:700] -= np.uint8(25)
    image = Image.fromarray(new).transform(
        SIZE, Image.Transform.AFFINE, (1, 0, 2.4, 0, 1, -1.6), Image.Resampling.BICUBIC
    )
    small = np.asarray(image.resize((800, 600), Image.Resampling.LANCZOS)).astype(float) * (1.04, 1.0, 0.95)
    file = io.BytesIO()
    Image.fromarray(np.clip(small, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=92, subsampling=0)
    return file.getvalue()


def added(house: House, name: str, seed: int) -> str:
    """The id of a new picture in the library."""
    path = house.home.with_name(f"{name}.png")
    path.write_bytes(encoded(paper(seed)))
    return str(house.loupe("sources", "add", path, "--name", name)["asset"])


def bring(page: Page, data: bytes, name: str = "output.jpg") -> None:
    page.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(
        FilePayload(name=name, mimeType="image/jpeg", buffer=data)
    )


def imported(page: Page, asset: str, address: str, seed: int) -> None:
    """Choose the engine, bring the output, say what made it, run."""
    page.goto(f"{address}/edit?asset={asset}&{FORM}")
    settled(page)
    page.get_by_role("radio", name="Made in another tool").click()
    expect(page.get_by_role("button", name="Run edit", exact=True)).to_be_disabled(timeout=PATIENCE)
    seen(page.get_by_text("Bring the output first."))
    bring(page, output(seed))
    seen(page.get_by_text("800 × 600 · JPEG"))
    field = page.get_by_role("textbox", name="Made with")
    field.fill("Painter 3")
    field.press("Enter")
    page.wait_for_url(re.compile("made=Painter"))
    settled(page)
    press(page, "Run edit")
    seen(page.get_by_role("button", name="Submit for approval", exact=True))
    viewer(page)


def shown_width(page: Page) -> int:
    """Pixels of the picture that stands in the place of the after."""
    return int(page.locator(".pictures .pane.after img").first.evaluate("img => img.naturalWidth"))


def test_a_drifted_output_is_locked_toggled_locked_again_and_used_raw_by_a_lead(visit: Visit, house: House) -> None:
    asset = added(house, "Paper", 3)
    page = visit.open("edit")
    imported(page, asset, visit.address, 3)
    edit = re.search(r"edit=([0-9a-f-]{36})", page.url)[1]  # type: ignore[index]
    report = house.loupe("edits", "show", edit)["candidates"][0]["report"]
    assert (report["outside_changed"], report["lock"]) == (0, "local")
    toggles_raw_and_locked(page)
    locks_again(page, house, edit)
    uses_raw(page, house)


def toggles_raw_and_locked(page: Page) -> None:
    """The raw output takes the place of the locked result and goes again; a reload forgets neither picture nor report."""
    raw = page.get_by_role("button", name="Raw", exact=True)
    after = page.locator(".tag.after")
    assert shown_width(page) == SIZE[0]
    raw.click()
    expect(after).to_contain_text("Raw output", timeout=PATIENCE)
    expect(after).to_contain_text("before the lock")
    assert shown_width(page) == 800
    raw.click()
    expect(after).to_contain_text("candidate 1", timeout=PATIENCE)
    assert shown_width(page) == SIZE[0]


def locks_again(page: Page, house: House, former: str) -> None:
    """Find less by the slider: a preview at once, a new edit of the same output on demand."""
    page.get_by_text("Automatic sensitivity").click()
    page.wait_for_url(re.compile("lock="))
    settled(page)
    slider = page.get_by_role("slider", name="Sensitivity")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
    page.wait_for_url(re.compile(r"sensitivity%22%3A0\.055"))
    seen(page.get_by_text("of the picture differs in the preview"))
    expect(page.locator(".tag.after")).to_contain_text("Preview", timeout=PATIENCE)
    expect(page.get_by_role("button", name="Submit for approval", exact=True)).to_have_count(0)
    viewer(page)
    page.reload()
    expect(page.locator(".tag.after")).to_contain_text("Preview", timeout=PATIENCE)
    press(page, "Lock again")
    page.wait_for_url(lambda url: former not in url)
    seen(page.get_by_role("button", name="Submit for approval", exact=True))
    expect(page.locator(".tag.after")).to_contain_text("candidate 1", timeout=PATIENCE)
    assert "lock=" not in page.url
    told = house.loupe("edits", "show", re.search(r"edit=([0-9a-f-]{36})", page.url)[1])  # type: ignore[index]
    assert told["candidates"][0]["report"]["outside_changed"] == 0


def uses_raw(page: Page, house: House) -> None:
    """A designer can't; a lead says why, and the picture is marked."""
    expect(page.get_by_role("button", name="Use raw output", exact=True)).to_be_disabled(timeout=PATIENCE)
    page.get_by_role("radio", name="Lead").click()
    settled(page)
    press(page, "Use raw output")
    dialog = page.get_by_role("dialog")
    seen(dialog.get_by_text("Nothing is repaired"))
    confirm = dialog.get_by_role("button", name="Use raw output", exact=True)
    confirm.click()
    seen(dialog.get_by_text("8 characters at least"))
    dialog.get_by_role("textbox", name="Reason").fill("The new type is final.")
    confirm.click()
    seen(page.get_by_text("Raw output, not locked"))
    seen(page.get_by_text("The new type is final."))
    assert int(house.ask("select count(*) from edits where raw and reason = 'The new type is final.'")) == 1


BAD = {
    "letter.jpg": (b"Dear all,", "This is a text file"),
    "empty.jpg": (b"", "empty"),
    "cut.jpg": (output(5)[:2000], "cut off or damaged"),
}


def test_what_can_not_be_an_output_is_said_in_place_and_nothing_stays(visit: Visit, house: House) -> None:
    asset = added(house, "Draft", 5)
    page = visit.open(f"edit?asset={asset}&engine=external&{FORM}")
    before = house.ask("select count(*) from blobs"), house.ask("select count(*) from edits")
    for name, (data, words) in BAD.items():
        bring(page, data, name)
        notice = page.get_by_role("alert").filter(has_text=f"{name} is not taken")
        expect(notice).to_contain_text(words, timeout=PATIENCE)
        expect(page.get_by_role("button", name="Run edit", exact=True)).to_be_disabled()
    assert (house.ask("select count(*) from blobs"), house.ask("select count(*) from edits")) == before


def test_an_output_of_another_picture_never_passes(visit: Visit, house: House) -> None:
    asset = added(house, "Meadow", 6)
    page = visit.open(f"edit?asset={asset}&engine=external&{FORM}")
    y, x = np.mgrid[0:600, 0:800]
    bring(page, encoded(np.dstack([x % 251, y % 241, (x * y // 97) % 239]).astype(np.uint8)), "other.png")
    seen(page.get_by_text("800 × 600 · PNG"))
    press(page, "Run edit")
    expect(page.get_by_text(re.compile("The edit failed|Registration is doubtful|Not registered")).first).to_be_visible(
        timeout=PATIENCE
    )
    report = page.get_by_role("region", name="Fidelity report")
    expect(report.get_by_text("Pass", exact=True).first.and_(report.locator(".lp-verdict *"))).to_have_count(0)
