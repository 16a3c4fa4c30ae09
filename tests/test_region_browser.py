"""Drawing on the picture in a real browser: with the mouse, a finger or keys, what is drawn is what the recipe gets."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests import test_components_browser as components
from tests.serving import free_port, serving
from workbench import recipes
from workbench.imaging import painting

ROOT = Path(__file__).parent.parent
SIZE = (800, 600)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("region")
    shutil.copy(ROOT / "tests/harness/scenes.py", home)
    shutil.copytree(ROOT / "workbench/ui/static", home / "static")
    components._paint(home / "pictures")
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "tests/harness/app.py"), "--server.port", str(port)]
    with serving(command, port, home, cwd=ROOT, HARNESS_HOME=str(home), PYTHONPATH=str(ROOT)):
        yield f"http://127.0.0.1:{port}"


class Canvas:
    """The drawing as a person meets it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.goto(f"{address}/?scene=draw")
        page.locator(".region[data-ready='1']").wait_for(timeout=30_000)
        page.wait_for_url("**drawn=1**", wait_until="commit", timeout=30_000)
        components.settled(page)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a pixel of the picture is on the screen now."""
        place = self.page.locator(".picture").bounding_box()
        assert place
        return place["x"] + x * place["width"] / SIZE[0], place["y"] + y * place["height"] / SIZE[1]

    def drag(self, *points: tuple[float, float]) -> None:
        first, *others = points
        self.page.mouse.move(*self.at(*first))
        self.page.mouse.down()
        for point in others:
            self.page.mouse.move(*self.at(*point), steps=4)
        self.page.mouse.up()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def has(self, words: str) -> None:
        expect(self.page.get_by_text(re.compile(words))).to_be_visible(timeout=15_000)

    def document(self, layer: str = "region") -> Any:
        """What the server has, which a recipe must take as it is."""
        components.settled(self.page)
        kept = json.loads(self.page.get_by_text(f"{layer}: ").text_content().removeprefix(f"{layer}: "))  # type: ignore[union-attr]
        assert recipes.checked_region(kept) == kept
        return kept

    def mask(self, layer: str = "region") -> NDArray[np.bool_]:
        return painting.mask(self.document(layer), SIZE)

    def shot(self, x: float, y: float, side: int) -> NDArray[np.uint8]:
        """The screen's colours in a square around a pixel of the picture."""
        left, top = self.at(x, y)
        clip = {"x": left - side / 2, "y": top - side / 2, "width": side, "height": side}
        return np.asarray(Image.open(BytesIO(self.page.screenshot(clip=clip))).convert("RGB"))  # type: ignore[arg-type]


@pytest.fixture
def canvas(chromium: Browser, address: str) -> Iterator[Canvas]:
    """A fresh page with a box on it; afterwards the console must have stayed clean."""
    complaints: list[str] = []
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(30_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield Canvas(page, address)
    page.close()
    assert not [words for words in complaints if "404" not in words], complaints


def test_a_box_is_drawn_moved_resized_typed_and_cleared_in_exact_pixels(canvas: Canvas) -> None:
    page = canvas.page
    canvas.drag((300.5, 200.5), (500, 320), (539.5, 379.5))
    canvas.has(r'region: \{"box": \[300, 200, 240, 180\]\}')
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    canvas.has(r"\[301, 210, 240, 180\]")
    page.get_by_role("button", name="Resize, bottom right", exact=True).press("ArrowLeft")
    canvas.has(r"\[301, 210, 239, 180\]")
    canvas.drag((301, 210), (-40, -40))
    canvas.has(r"\[0, 0, 540, 390\]")
    canvas.drag((270, 195), (2000, 2000))
    canvas.has(r"\[260, 210, 540, 390\]")
    page.get_by_role("spinbutton", name="Width", exact=True).fill("100")
    page.keyboard.press("Tab")
    canvas.has(r"\[260, 210, 100, 390\]")
    canvas.press("Clear drawing")
    canvas.has("region: null")
    page.get_by_role("button", name="Place a box", exact=True).press("Enter")
    canvas.has(r"\[200, 150, 400, 300\]")


def test_brush_and_eraser_change_what_is_marked_and_every_step_can_be_taken_back(canvas: Canvas) -> None:
    canvas.press("Brush")
    canvas.drag((500, 300), (700, 300))
    canvas.has('"stroke"')
    before = canvas.mask()
    assert before[300, 600] and before[150, 150] and not before[450, 600]
    canvas.page.keyboard.press("e")
    canvas.drag((600, 250), (600, 350))
    canvas.has('"erase"')
    after = canvas.mask()
    assert not after[300, 600] and after[300, 520] and after[300, 690]
    canvas.page.keyboard.press("Control+z")
    expect(canvas.page.get_by_text('"erase"')).to_have_count(0)
    assert np.array_equal(canvas.mask(), before)
    canvas.page.keyboard.press("Control+z")
    canvas.has(r'region: \{"box": \[100, 100, 200, 150\]\}')
    canvas.page.keyboard.press("Control+Shift+z")
    canvas.page.keyboard.press("Control+Shift+z")
    canvas.has('"erase"')
    assert np.array_equal(canvas.mask(), after)


def test_what_is_protected_is_hatched_and_what_may_change_is_outlined_so_no_colour_has_to_be_told(
    canvas: Canvas,
) -> None:
    canvas.press("Protected")
    canvas.drag((500, 100), (700, 250))
    canvas.has(r'protect: \{"box"')
    assert canvas.document() == {"box": [100, 100, 200, 150]}
    canvas.page.mouse.move(5, 5)
    canvas.page.wait_for_timeout(300)
    hatched = canvas.shot(600, 175, 40).astype(int).sum(axis=2)
    assert hatched.min() < 200 and hatched.max() > 700, "dark and light lines, seen on every picture"
    inside = canvas.shot(200, 175, 20).reshape(-1, 3)
    assert np.abs(inside.astype(int) - components.OAT).max() <= 2, "nothing is laid over what is in a lone box"
    canvas.page.locator(".stage").press("h")
    canvas.page.wait_for_timeout(300)
    assert np.abs(canvas.shot(600, 175, 40).astype(int) - components.OAT).max() <= 2


def test_found_text_and_areas_are_pressed_in_and_out_by_keys_too(canvas: Canvas) -> None:
    page = canvas.page
    canvas.press("Clear drawing")
    canvas.press("Find text")
    line = page.locator(".finds [role=button]")
    expect(line).to_have_attribute("aria-pressed", "false")
    assert "<img src=x" in (line.get_attribute("aria-label") or "") and page.evaluate("window.hacked") is None
    line.press("Enter")
    expect(line).to_have_attribute("aria-pressed", "true")
    canvas.has(r'region: \{"box": \[237, 237, 166, 36\]\}')
    line.press(" ")
    canvas.has("region: null")
    canvas.press("Find areas")
    area = page.get_by_role("button", name="Area of #7A8F6A, 16 % of the picture")
    area.click(position={"x": 5, "y": 5})
    canvas.has('"polygon"')
    mask = canvas.mask()
    assert mask[210, 210] and not mask[190, 190]
    assert page.locator(".said").text_content() == "May change: 16.0 % of the picture"


def test_everything_can_be_drawn_without_a_pointer(canvas: Canvas) -> None:
    page = canvas.page
    stage = page.locator(".stage")
    stage.press("b")
    size = page.locator(".size output")
    before = int(size.inner_text().split()[0])
    page.keyboard.press("]")
    expect(size).to_have_text(f"{round(before * 1.25)} px")
    page.keyboard.press("[")
    page.keyboard.press("Enter")
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    canvas.has('"stroke"')
    assert canvas.mask()[300, 420], "it began in the middle and went right"
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    canvas.has(r'protect: \{"shapes"')
    page.keyboard.press("Delete")
    canvas.has("protect: null")


def test_zooming_in_moves_the_view_and_not_what_is_drawn(canvas: Canvas) -> None:
    page = canvas.page
    page.mouse.move(*canvas.at(200, 150))
    page.mouse.wheel(0, -900)
    page.wait_for_timeout(300)
    fit = page.get_by_role("button", name="Fit", exact=True)
    assert int(fit.inner_text().split()[0]) > 250
    left, top = canvas.at(200, 150)
    page.keyboard.down(" ")  # nothing has the focus yet: no panning, and no harm
    page.keyboard.up(" ")
    page.locator(".stage").focus()
    page.keyboard.down(" ")
    canvas.drag((210, 160), (190, 130))
    page.keyboard.up(" ")
    page.wait_for_timeout(300)
    moved = canvas.at(200, 150)
    assert moved[0] < left and moved[1] < top
    assert canvas.document() == {"box": [100, 100, 200, 150]}
    page.keyboard.press("r")
    page.keyboard.down("Shift")
    canvas.drag((205.5, 155.5), (214.5, 164.5))
    page.keyboard.up("Shift")
    canvas.has('"shapes"')
    assert canvas.document()["shapes"][1] == {"box": [0.25625, 0.25833, 0.0125, 0.01667]}
    page.keyboard.press("0")
    expect(fit).not_to_have_text(re.compile("[23]..? %"))


def test_growing_and_feathering_are_shown_as_the_recipe_will_have_them(canvas: Canvas) -> None:
    page = canvas.page
    canvas.press("Brush")
    canvas.drag((400, 300), (600, 400))
    for name, presses in (("Grow or shrink", 20), ("Feather", 15)):
        slider = page.get_by_role("slider", name=name, exact=True)
        for _ in range(presses):
            slider.press("ArrowRight")
    canvas.has('"grow": 0.02, "feather": 0.015')
    truth = 100 * canvas.mask().mean()
    page.mouse.move(5, 5)
    said = page.locator(".said")
    expect(said).to_have_text(re.compile(r"^May change: [\d.]+ % of the picture$"))
    shown = float(re.findall(r"[\d.]+", said.inner_text())[0])
    assert abs(shown - truth) < 0.02 * truth
    tint = [int(canvas.shot(x, 175, 3)[1, 1, 1]) for x in (90, 94, 100)]
    assert tint[0] > tint[1] > tint[2], "the tint grows inwards"


def test_a_phone_draws_with_a_finger_and_has_large_targets(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, device_scale_factor=2)
    page = context.new_page()
    page.set_default_timeout(30_000)
    canvas = Canvas(page, address)
    canvas.press("Brush")
    session = context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]},
        )

    touch("touchStart", canvas.at(500, 300))
    touch("touchMove", canvas.at(650, 300))
    touch("touchEnd")
    canvas.has('"stroke"')
    assert canvas.mask()[300, 600]
    wide = page.locator(".picture").bounding_box()["width"]  # type: ignore[index]
    one, other = canvas.at(300, 300), canvas.at(500, 300)
    touch("touchStart", one)
    touch("touchStart", one, other)
    touch("touchMove", (one[0] - 40, one[1]), (other[0] + 40, other[1]))
    touch("touchEnd")
    page.wait_for_timeout(300)
    assert page.locator(".picture").bounding_box()["width"] > 1.3 * wide  # type: ignore[index]
    assert len(canvas.document()["shapes"]) == 2, "two fingers draw nothing"
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for button in page.locator(".row button:visible").all():
        place = button.bounding_box()
        assert place and place["height"] >= 44 and place["width"] >= 40, button.get_attribute("aria-label")
    context.close()
