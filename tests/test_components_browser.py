"""The components in a real browser: every claim is checked on what the person sees, presses or hears."""

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, FloatRect, Locator, Page, expect

from tests.serving import free_port, serving

ROOT = Path(__file__).parent.parent
SAGE, BLUE, OAT = (122, 143, 106), (39, 71, 184), (246, 240, 228)
RAW, CYAN = (60, 90, 200), (0, 225, 255)
Open = Callable[..., Page]

pytestmark = pytest.mark.browser


def _paint(folder: Path) -> None:
    """Flat pictures, so that a pixel on the screen tells which picture is shown there."""
    folder.mkdir()
    plain: NDArray[np.uint8] = np.full((600, 800, 3), OAT, np.uint8)

    def labelled(colour: tuple[int, int, int]) -> NDArray[np.uint8]:
        picture = plain.copy()
        picture[200:400, 200:600] = colour
        return picture

    mask = np.zeros((600, 800), np.uint8)
    mask[200:400, 200:600] = 255
    pictures = {"before": labelled(SAGE), "after": labelled(BLUE), "after-2": labelled((181, 83, 47)), "mask": mask}
    pictures |= {"raw": labelled(RAW)[::2, ::2], "banner": plain[:320], "banner-2": labelled(BLUE)[:320]}
    pictures["raw-wide"] = labelled(RAW)[150:450]
    pictures |= {"before-small": labelled(SAGE)[::2, ::2], "after-small": labelled(BLUE)[::2, ::2]}
    pictures["portrait"] = labelled(BLUE)[:, 200:600]
    pictures["cut-out"] = np.dstack([labelled(BLUE), mask])
    pictures["found"] = mask | np.pad(np.full((60, 60), 255, np.uint8), ((20, 520), (700, 40)))
    levels = np.tile(np.linspace(0, 255, 800).round().astype(np.uint8), (600, 1))
    pictures["heat"] = np.dstack([np.full((600, 800, 3), 255, np.uint8), levels])
    for name, array in pictures.items():
        Image.fromarray(array).save(folder / f"{name}.png")
    for number in range(60):
        Image.fromarray(plain[:90, :120]).save(folder / f"tile-{number}.png")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The harness app, served by Streamlit with the product's own configuration."""
    home = tmp_path_factory.mktemp("harness")
    shutil.copy(ROOT / "tests/harness/scenes.py", home)
    shutil.copytree(ROOT / "workbench/ui/static", home / "static")
    _paint(home / "pictures")
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "tests/harness/app.py"), "--server.port", str(port)]
    with serving(command, port, home, cwd=ROOT, HARNESS_HOME=str(home), PYTHONPATH=str(ROOT)):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """One profile for all tests: what is fetched once stays in its cache. Nothing else is left behind."""
    context = chromium.new_context()
    yield context
    context.close()


@pytest.fixture
def visit(address: str, context: BrowserContext) -> Iterator[Open]:
    """Opens a scene in a page of its own; afterwards the console must have stayed clean."""
    complaints: list[str] = []
    pages: list[Page] = []

    def go(query: str, *, width: int = 1440, height: int = 900, allow: str = "", calm: bool = False) -> Page:
        page = context.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(reduced_motion="reduce" if calm else "no-preference")
        page.on("pageerror", lambda error: complaints.append(str(error)))
        known = re.compile(rf"_stcore/(host-config|health){'|' + allow if allow else ''}")

        def hear(message: ConsoleMessage) -> None:
            words = f"{message.text} {message.location['url']}"
            if message.type == "error" and not known.search(words):
                complaints.append(words)

        page.on("console", hear)
        page.goto(f"{address}/?{query}")
        page.wait_for_url("**drawn=1**", wait_until="commit", timeout=30_000)
        settled(page)
        return page

    yield go
    for page in pages:
        page.evaluate("localStorage.clear()")
        page.close()
    assert complaints == []


def settled(page: Page) -> None:
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=30_000)


def ready(page: Page) -> Locator:
    viewer = page.locator(".viewer[data-ready='1']")
    viewer.wait_for(timeout=20_000)
    return viewer


def pixel(page: Page, x: float, y: float) -> tuple[int, ...]:
    """The colour on the screen at a place of the 800 × 600 picture, 0 to 1, as the viewer shows it now."""
    place = page.locator(".pictures .pane.before .sheet").bounding_box()
    assert place
    at = {"x": place["x"] + x * place["width"], "y": place["y"] + y * place["height"], "width": 1, "height": 1}
    shot = Image.open(BytesIO(page.screenshot(clip=at)))  # type: ignore[arg-type]
    return shot.convert("RGB").getpixel((0, 0))  # type: ignore[return-value]


def near(one: tuple[int, ...], other: tuple[int, ...], by: int = 2) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def focus_stage(page: Page) -> None:
    page.locator(".stage").focus()


# ---- the viewer ----


def test_every_mode_is_chosen_by_its_key_and_shows_what_it_says(visit: Open) -> None:
    page = visit("scene=viewer")
    viewer = ready(page)
    assert near(pixel(page, 0.3, 0.5), SAGE), "swipe: the before is left of the line"
    assert near(pixel(page, 0.7, 0.5), BLUE), "swipe: the after is right of it"
    focus_stage(page)
    for key, mode in enumerate(("swipe", "side", "onion", "difference", "blink"), start=1):
        page.keyboard.press(str(key))
        expect(viewer).to_have_attribute("data-mode", mode)
        expect(viewer.locator(f".modes button[data-mode={mode}]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("3")
    halfway = tuple(round((a + b) / 2) for a, b in zip(SAGE, BLUE, strict=True))
    assert near(pixel(page, 0.4, 0.5), halfway)
    page.keyboard.press("4")
    apart = tuple(abs(a - b) for a, b in zip(SAGE, BLUE, strict=True))
    assert near(pixel(page, 0.4, 0.5), apart)
    assert near(pixel(page, 0.1, 0.1), (0, 0, 0)), "what is equal is black"
    page.get_by_role("slider", name="Gain").press("ArrowRight")
    assert near(pixel(page, 0.4, 0.5), tuple(min(255, 2 * value) for value in apart)), "gain 2 doubles the difference"


def test_equal_pictures_differ_nowhere_not_even_at_their_edges(visit: Open) -> None:
    page = visit("scene=viewer&kind=same", width=1237, height=811)
    ready(page)
    focus_stage(page)
    page.keyboard.press("4")
    page.get_by_role("slider", name="Gain").press("End")
    page.mouse.move(5, 5)
    shot = np.asarray(Image.open(BytesIO(page.locator(".stage").screenshot())).convert("RGB"))
    assert shot[48:-60].max() == 0


def test_side_by_side_shares_one_zoom_and_pan(visit: Open) -> None:
    page = visit("scene=viewer")
    viewer = ready(page)
    focus_stage(page)
    page.keyboard.press("2")
    stage = viewer.locator(".stage").bounding_box()
    assert stage
    page.mouse.move(stage["x"] + stage["width"] * 0.75, stage["y"] + 250)
    page.mouse.wheel(0, -400)
    page.mouse.down()
    page.mouse.move(stage["x"] + stage["width"] * 0.75 + 40, stage["y"] + 230)
    page.mouse.up()
    sheets = [viewer.locator(f".pictures .{side} .sheet") for side in ("before", "after")]
    styles = [sheet.evaluate("e => [e.style.width, e.style.height, e.style.transform]") for sheet in sheets]
    assert styles[0] == styles[1]
    assert float(styles[0][0].removesuffix("px")) > 900
    panes = [sheet.evaluate("e => e.parentElement.getBoundingClientRect().width") for sheet in sheets]
    assert abs(panes[0] - panes[1]) <= 1


def test_a_wide_banner_is_set_above_its_other_half(visit: Open) -> None:
    page = visit("scene=viewer&kind=banner", width=900)
    viewer = ready(page)
    focus_stage(page)
    page.keyboard.press("2")
    expect(viewer).to_have_attribute("data-split", "rows")


def test_zoom_goes_from_ten_percent_to_9600_and_shows_hard_pixels_above_200(visit: Open) -> None:
    page = visit("scene=viewer")
    viewer = ready(page)
    focus_stage(page)
    percent = viewer.get_by_role("button", name="Fit", exact=True)
    page.keyboard.press("9")
    expect(percent).to_have_text("100 %")
    image = viewer.locator(".pictures .before img")
    assert image.evaluate("e => getComputedStyle(e).imageRendering") == "auto"
    for _ in range(4):
        page.keyboard.press("+")
    expect(percent).to_have_text("244 %")
    assert image.evaluate("e => getComputedStyle(e).imageRendering") == "pixelated"
    for _ in range(25):
        page.keyboard.press("+")
    expect(percent).to_have_text("9,600 %")
    for _ in range(45):
        page.keyboard.press("-")
    expect(percent).to_have_text("10 %")
    page.keyboard.press("0")
    expect(viewer).to_have_attribute("data-fitted", "")


def test_the_knob_is_a_slider_for_the_keyboard(visit: Open) -> None:
    page = visit("scene=viewer")
    ready(page)
    knob = page.get_by_role("slider", name="Swipe position")
    expect(knob).to_have_attribute("aria-valuenow", "50")
    for key, value in (("ArrowRight", 51), ("Shift+ArrowRight", 61), ("ArrowLeft", 60), ("Home", 0), ("End", 100)):
        knob.press(key)
        expect(knob).to_have_attribute("aria-valuenow", str(value))
    assert near(pixel(page, 0.7, 0.5), SAGE), "at its right end the whole before is seen"


def test_dragging_the_line_swipes_and_dragging_the_picture_moves_it(visit: Open) -> None:
    page = visit("scene=viewer")
    viewer = ready(page)
    line = viewer.locator(".line").bounding_box()
    sheet = viewer.locator(".pictures .before .sheet")
    place = sheet.bounding_box()
    assert line and place
    page.mouse.move(line["x"] + 12, line["y"] + 60)
    page.mouse.down()
    page.mouse.move(line["x"] + 12 + place["width"] * 0.25, line["y"] + 60)
    page.mouse.up()
    expect(page.get_by_role("slider", name="Swipe position")).to_have_attribute("aria-valuenow", "75")
    assert sheet.bounding_box() == place, "the picture stood still"
    page.mouse.move(place["x"] + 50, place["y"] + 50)
    page.mouse.down()
    page.mouse.move(place["x"] + 80, place["y"] + 40)
    page.mouse.up()
    moved = sheet.bounding_box()
    assert moved and (moved["x"] - place["x"], moved["y"] - place["y"]) == (30, -10)


def test_holding_space_shows_the_before_and_letting_go_the_after(visit: Open) -> None:
    page = visit("scene=viewer")
    ready(page)
    focus_stage(page)
    page.keyboard.down(" ")
    assert near(pixel(page, 0.7, 0.5), SAGE)
    page.keyboard.up(" ")
    assert near(pixel(page, 0.7, 0.5), BLUE)


def test_changes_lie_over_the_after_and_raw_replaces_it(visit: Open) -> None:
    page = visit("scene=viewer")
    viewer = ready(page)
    focus_stage(page)
    page.keyboard.press("d")
    expect(page.get_by_role("button", name="Changes", exact=True)).to_have_attribute("aria-pressed", "true")
    pink = tuple(round(0.72 * mark + 0.28 * under) for mark, under in zip((255, 61, 219), BLUE, strict=True))
    assert near(pixel(page, 0.7, 0.5), pink, 4)
    assert near(pixel(page, 0.9, 0.1), OAT), "where nothing changed there is no mark"
    page.keyboard.press("4")
    marked = pixel(page, 0.7, 0.5)
    assert marked[0] > 180 and marked[1] < 100, "the mark lies over the difference, too"
    page.keyboard.press("1")
    page.keyboard.press("d")
    page.keyboard.press("w")
    expect(viewer.locator(".tag.after")).to_have_text("Raw output400 × 300 · before the lock")
    assert near(pixel(page, 0.7, 0.5), RAW)
    page.keyboard.press("w")
    expect(viewer.locator(".tag.after b")).to_have_text("After")
    assert near(pixel(page, 0.7, 0.5), BLUE)


def mixed(mark: tuple[int, ...], under: tuple[int, ...], share: float) -> tuple[int, ...]:
    return tuple(round(share * one + (1 - share) * other) for one, other in zip(mark, under, strict=True))


def test_a_map_its_colour_and_its_opacity_are_chosen_and_stay_chosen(visit: Open) -> None:
    page = visit("scene=viewer&kind=locked")
    viewer = ready(page)
    caret = page.get_by_role("button", name="Choose the map", exact=True)
    expect(caret).to_have_attribute("aria-expanded", "false")
    caret.click()
    expect(caret).to_have_attribute("aria-expanded", "true")
    panel = page.get_by_role("group", name="Map", exact=True)
    expect(panel.get_by_role("radio", name="Changes")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(panel.get_by_role("radio", name="What the model changed")).to_be_checked()
    panel.get_by_role("radio", name="Cyan").check()
    panel.get_by_role("slider", name="Opacity").fill("50")
    expect(page.get_by_role("button", name="Changes", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(viewer.locator(".key b")).to_have_text("What the model changed")
    stray = (0.9125, 0.085)
    assert near(pixel(page, *stray), mixed(CYAN, OAT, 0.5), 4), "also what was thrown away"
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(caret).to_be_focused()
    page.keyboard.press("d")
    assert near(pixel(page, *stray), OAT)
    page.reload()
    ready(page)
    focus_stage(page)
    page.keyboard.press("d")
    assert near(pixel(page, *stray), mixed(CYAN, OAT, 0.5), 4), "as it was left"
    caret.click()
    viewer.locator(".stage").click(position={"x": 20, "y": 200})
    expect(panel).to_be_hidden()


def test_an_outline_leaves_open_what_it_surrounds(visit: Open) -> None:
    page = visit("scene=viewer&kind=locked")
    ready(page)
    page.get_by_role("button", name="Choose the map", exact=True).click()
    page.get_by_role("radio", name="Outline").check()
    page.get_by_role("slider", name="Opacity").fill("100")
    page.keyboard.press("Escape")
    assert near(pixel(page, 0.7, 0.4), BLUE)
    assert near(pixel(page, 0.9, 0.4), OAT)
    edges = [pixel(page, 0.6, 1 / 3), pixel(page, 0.6, 2 / 3), pixel(page, 0.75, 0.4), pixel(page, 0.75, 0.6)]
    assert all(colour[0] > 200 and colour[1] < 130 for colour in edges), edges


def test_colour_differences_grow_along_their_legend(visit: Open) -> None:
    page = visit("scene=viewer&kind=locked")
    viewer = ready(page)
    page.get_by_role("button", name="Choose the map", exact=True).click()
    page.get_by_role("radio", name="Colour difference (ΔE)").check()
    page.get_by_role("radio", name="Yellow").check()
    page.get_by_role("slider", name="Opacity").fill("100")
    expect(page.get_by_role("radio", name="Outline")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(viewer.locator(".key")).to_have_text("Colour difference025 ΔE")
    page.keyboard.press("3")  # the whole after, from here on
    page.get_by_role("slider", name="Share of the after").fill("100")
    little, some, strong = (pixel(page, x, 0.9) for x in (0.02, 0.3, 0.99))
    assert near(little, OAT, 22)
    assert some[2] < 120 and some[1] > 180, "yellow where it is seen"
    assert strong[1] < 40, "red where it is strong"
    assert near(pixel(page, 0.3, 0.05), some, 4), "one level, one colour"


def test_a_map_that_is_missing_is_said_and_the_others_go_on(visit: Open) -> None:
    page = visit("scene=viewer&kind=no-heat", allow="missing.png")
    viewer = ready(page)
    page.get_by_role("button", name="Choose the map", exact=True).click()
    heat = page.get_by_role("radio", name="Colour difference (ΔE)")
    expect(heat).to_be_disabled()
    expect(viewer.locator("label", has=heat)).to_contain_text("Not kept for this result")
    page.get_by_role("radio", name="What the model changed").check()
    expect(viewer.locator(".notice")).to_have_text(
        "The map “What the model changed” could not be loaded. The pictures are not affected."
    )
    expect(page.get_by_role("button", name="Changes", exact=True)).to_have_attribute("aria-pressed", "false")
    page.get_by_role("radio", name="Changes").check()
    expect(viewer.locator(".notice")).to_be_empty()
    page.keyboard.press("Escape")
    assert near(pixel(page, 0.7, 0.4), mixed((255, 61, 219), BLUE, 0.72), 4)


def test_raw_and_locked_change_places_without_moving(visit: Open) -> None:
    page = visit("scene=viewer&kind=locked")
    viewer = ready(page)
    focus_stage(page)
    sheets = viewer.locator(".pictures .sheet")

    def places() -> list[str | None]:
        return [sheet.get_attribute("style") for sheet in sheets.all()]

    fitted = places()
    page.keyboard.press("w")
    expect(viewer).to_have_attribute("data-raw", "after")
    assert places() == fitted
    note, picture = viewer.locator(".beside").bounding_box(), sheets.first.bounding_box()
    assert note and picture and note["y"] + note["height"] <= picture["y"], "the note covers nothing"
    expect(viewer.locator(".taken")).to_have_text("1.84 px and ΔE 3.12 taken away by the lock")
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.mouse.move(700, 300)
    page.mouse.down()
    page.mouse.move(640, 320)
    page.mouse.up()
    zoomed = places()
    assert near(pixel(page, 0.7, 0.5), RAW)
    page.keyboard.press("w")
    expect(page.get_by_role("button", name="Raw", exact=True)).to_have_attribute("aria-pressed", "false")
    assert places() == zoomed
    assert near(pixel(page, 0.7, 0.5), BLUE)
    page.keyboard.press("w")
    page.get_by_role("button", name="Run the page again").click()
    expect(viewer.locator(".pictures .before img")).to_have_attribute("src", "/blob/before-small.png")
    assert places() == zoomed, "a preview of another size is looked at in the same place"
    expect(page.get_by_role("button", name="Raw", exact=True)).to_have_attribute("aria-pressed", "true")


def test_raw_is_compared_with_the_original_or_with_the_locked_result(visit: Open) -> None:
    page = visit("scene=viewer&kind=locked")
    viewer = ready(page)
    page.get_by_role("button", name="Raw", exact=True).click()
    expect(page.get_by_role("button", name="Original", exact=True)).to_have_attribute("aria-pressed", "true")
    assert (near(pixel(page, 0.3, 0.5), SAGE), near(pixel(page, 0.7, 0.5), RAW)) == (True, True)
    page.get_by_role("button", name="Locked", exact=True).click()
    expect(viewer.locator(".tag.before b")).to_have_text("Raw output")
    expect(viewer.locator(".tag.after b")).to_have_text("After")
    assert (near(pixel(page, 0.3, 0.5), RAW), near(pixel(page, 0.7, 0.5), BLUE)) == (True, True)
    focus_stage(page)
    page.keyboard.press("4")
    assert near(pixel(page, 0.4, 0.5), tuple(abs(a - b) for a, b in zip(RAW, BLUE, strict=True)))
    page.keyboard.press("w")
    assert near(pixel(page, 0.4, 0.5), tuple(abs(a - b) for a, b in zip(SAGE, BLUE, strict=True)))


def test_a_raw_output_of_another_shape_lies_uncut_in_the_frame_of_the_result(visit: Open) -> None:
    page = visit("scene=viewer&kind=raw-wide")
    viewer = ready(page)
    focus_stage(page)
    page.keyboard.press("d")
    before = viewer.locator(".pictures .before .sheet").get_attribute("style")
    page.keyboard.press("w")
    expect(viewer.locator(".taken")).to_contain_text("Another shape: fitted in, no maps.")
    expect(viewer).to_have_attribute("data-mode", "swipe")
    assert viewer.locator(".pictures .before .sheet").get_attribute("style") == before
    frame, raw = (viewer.locator(f".pictures .{side} .sheet").bounding_box() for side in ("before", "after"))
    assert frame and raw
    assert (raw["x"], raw["width"]) == (frame["x"], frame["width"])
    assert raw["height"] == pytest.approx(frame["height"] / 2, abs=1)
    assert raw["y"] == pytest.approx(frame["y"] + frame["height"] / 4, abs=1)
    expect(viewer.locator(".sheet.mask")).to_be_hidden()
    page.keyboard.press("w")
    expect(viewer.locator(".sheet.mask")).to_be_visible()


def test_a_raw_output_of_a_part_lies_on_that_part_without_its_padding(visit: Open) -> None:
    page = visit("scene=viewer&kind=raw-part")
    viewer = ready(page)
    focus_stage(page)
    page.keyboard.press("w")
    expect(viewer.locator(".tag.after")).to_contain_text("Raw output")
    whole, part, output = (
        viewer.locator(f".pictures .after {place}").bounding_box() for place in (".sheet", ".part", ".part img")
    )
    assert whole and part and output
    x, y, width, height = (whole[name] for name in ("x", "y", "width", "height"))
    assert box(part) == pytest.approx((x + width / 2, y + height / 4, width / 2, height / 2), abs=1)
    assert box(output) == pytest.approx((x + width / 2, y, width / 2, height), abs=1), "the padding lies outside"
    assert near(pixel(page, 0.75, 0.5), RAW) and near(pixel(page, 0.55, 0.5), OAT), "the output covers the result"
    page.keyboard.press("d")
    expect(viewer.locator(".sheet.mask")).to_be_visible()
    page.keyboard.press("w")
    expect(viewer.locator(".part")).to_have_count(0)


def box(found: FloatRect) -> tuple[float, ...]:
    return found["x"], found["y"], found["width"], found["height"]


def test_a_raw_output_that_is_missing_is_said_and_the_result_stays(visit: Open) -> None:
    page = visit("scene=viewer&kind=no-raw", allow="missing.png")
    viewer = ready(page)
    page.get_by_role("button", name="Raw", exact=True).click()
    expect(viewer.locator(".notice")).to_have_text("The raw output could not be loaded. The result is not affected.")
    expect(page.get_by_role("button", name="Raw", exact=True)).to_have_attribute("aria-pressed", "false")
    expect(viewer).to_have_attribute("data-ready", "1")
    assert near(pixel(page, 0.7, 0.5), BLUE)


def test_maps_and_raw_are_in_reach_of_a_thumb(visit: Open) -> None:
    page = visit("scene=viewer&kind=locked", width=390, height=844)
    viewer = ready(page)
    room = viewer.bounding_box()
    assert room
    strip = viewer.locator(".strip").bounding_box()
    assert strip and strip["height"] <= 48, "one row"
    for name in ("Changes", "Choose the map", "Raw"):
        button = page.get_by_role("button", name=name, exact=True).bounding_box()
        assert button and button["height"] >= 44 and button["width"] >= 24
        assert button["x"] >= room["x"] and button["x"] + button["width"] <= room["x"] + room["width"]
    page.get_by_role("button", name="Choose the map", exact=True).click()
    panel = page.get_by_role("group", name="Map", exact=True).bounding_box()
    assert panel and panel["y"] >= room["y"] and panel["x"] >= room["x"]
    assert panel["x"] + panel["width"] <= room["x"] + room["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_sizes_that_differ_are_said_and_a_mark_that_fails_too(visit: Open) -> None:
    page = visit("scene=viewer&kind=other-shape")
    ready(page)
    expect(page.locator(".notice")).to_have_text(
        "Sizes differ: before 800 × 600, after 800 × 320; shown pixel for pixel, centred."
    )
    page = visit("scene=viewer&kind=reframed")
    viewer = ready(page)
    expect(page.locator(".notice")).to_have_text(
        "Sizes differ: before 800 × 600, after 400 × 600; shown equally large, centred."
    )
    expect(viewer).to_have_attribute("data-mode", "side")
    sheets = [viewer.locator(f".pictures .{side} .sheet").bounding_box() for side in ("before", "after")]
    assert sheets[0] and sheets[1] and abs(sheets[0]["width"] - sheets[1]["height"]) <= 1
    expect(page.get_by_role("button", name="Difference", exact=True)).to_be_disabled()
    focus_stage(page)
    page.keyboard.press("4")
    expect(viewer).to_have_attribute("data-mode", "side")
    page.keyboard.press("1")
    expect(viewer).to_have_attribute("data-mode", "swipe")
    page = visit("scene=viewer&kind=cut-out")
    ready(page)
    assert near(pixel(page, 0.7, 0.5), BLUE)
    ground = [pixel(page, 0.9, 0.1), pixel(page, 0.915, 0.1), pixel(page, 0.93, 0.1)]
    assert all(near((value,) * 3, colour, 1) for colour in ground for value in colour[:1]), "a grey checkerboard"
    page = visit("scene=viewer&kind=no-mask", allow="missing.png")
    ready(page)
    page.get_by_role("button", name="Changes", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("could not be loaded")
    expect(page.get_by_role("button", name="Changes", exact=True)).to_have_attribute("aria-pressed", "false")


def test_one_picture_has_no_modes_and_offers_only_what_makes_sense(visit: Open) -> None:
    page = visit("scene=viewer&kind=single")
    viewer = ready(page)
    for name in ("Swipe", "Side by side", "Changes", "Raw"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_hidden()
    focus_stage(page)
    page.keyboard.press("2")
    expect(viewer).to_have_attribute("data-mode", "swipe")
    assert near(pixel(page, 0.7, 0.5), SAGE)


def test_a_picture_that_is_missing_is_said_and_can_be_asked_for_again(visit: Open) -> None:
    page = visit("scene=viewer&kind=missing", allow="missing.png")
    state = page.locator(".viewer[data-state=error]")
    expect(state.locator(".state p")).to_contain_text("The picture could not be loaded.")
    assert state.get_attribute("data-ready") is None
    page = visit("scene=viewer&kind=flaky", allow="flaky-after.png")
    page.get_by_role("button", name="Try again", exact=True).click()
    ready(page)
    assert near(pixel(page, 0.7, 0.5), BLUE)


def test_mode_zoom_and_surround_survive_a_rerun_and_the_next_edit(visit: Open) -> None:
    page = visit("scene=review")
    viewer = ready(page)
    page.get_by_role("button", name="Black surround", exact=True).click()
    focus_stage(page)
    page.keyboard.press("3")
    page.keyboard.press("9")
    where = viewer.locator(".pictures .after .sheet").get_attribute("style")
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text("decided: 1:accepted", exact=True)).to_be_visible()
    expect(viewer.locator(".pictures .after img")).to_have_attribute("src", "/blob/after-2.png")
    viewer = ready(page)
    expect(viewer).to_have_attribute("data-mode", "onion")
    expect(viewer).to_have_attribute("data-surround", "black")
    assert viewer.locator(".pictures .after .sheet").get_attribute("style") == where


def test_people_who_ask_for_less_motion_see_no_blinking(visit: Open) -> None:
    page = visit("scene=viewer", calm=True)
    viewer = ready(page)
    focus_stage(page)
    page.keyboard.press("5")
    expect(viewer.locator(".notice")).to_contain_text("less motion")
    flips = viewer.evaluate(
        """box => new Promise(done => {
            let flips = 0;
            const watch = new MutationObserver(all => flips += all.filter(m => m.attributeName === "data-now").length);
            watch.observe(box, { attributes: true, attributeFilter: ["data-now"] });
            setTimeout(() => done(flips), 900);
        })"""
    )
    assert flips == 0
    page.keyboard.press("5")
    expect(viewer).to_have_attribute("data-now", "before")


def test_two_fingers_zoom_and_one_finger_on_a_fitted_picture_scrolls_the_page(visit: Open) -> None:
    page = visit("scene=viewer", width=390, height=844)
    viewer = ready(page)
    stage = viewer.locator(".stage")
    assert stage.evaluate("e => getComputedStyle(e).touchAction") == "pan-y"
    box = stage.bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, apart: float) -> None:
        points = [{"x": middle[0] + apart * side, "y": middle[1], "id": side + 1} for side in (-1, 1)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points if apart else []})

    before = viewer.locator(".pictures .before .sheet").bounding_box()
    touch("touchStart", 40)
    for apart in (50, 60, 70, 80):
        touch("touchMove", apart)
    touch("touchEnd", 0)
    after = viewer.locator(".pictures .before .sheet").bounding_box()
    assert before and after
    assert after["width"] == pytest.approx(2 * before["width"], rel=0.05)
    assert stage.evaluate("e => getComputedStyle(e).touchAction") == "none"


@pytest.mark.parametrize("widths", [(340, 360, 390, 600), (640, 860, 1000, 1440)])
def test_the_strip_keeps_inside_the_viewer_in_every_mode(visit: Open, widths: tuple[int, ...]) -> None:
    page = visit("scene=viewer&kind=locked")
    viewer = ready(page)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        focus_stage(page)
        for key in "12345":
            page.keyboard.press(key)
            expect(viewer.locator(".modes button[aria-pressed=true]")).to_have_attribute("title", re.compile(key))
            room, strip = viewer.bounding_box(), viewer.locator(".strip").bounding_box()
            shown = [box for one in viewer.locator(".strip button:visible").all() if (box := one.bounding_box())]
            assert room and strip and room["x"] <= strip["x"]
            assert strip["x"] + strip["width"] <= room["x"] + room["width"]
            assert max(box["x"] + box["width"] for box in shown) <= strip["x"] + strip["width"], (width, key)
            assert len({box["y"] for box in shown}) == 1, ("one row", width, key)


# ---- deciding by key, names, focus, the frame ----


def decided(page: Page, words: str) -> None:
    expect(page.get_by_text(f"decided: {words}", exact=True)).to_be_visible()


def test_a_double_click_and_a_double_key_decide_once(visit: Open) -> None:
    page = visit("scene=review")
    ready(page)
    page.get_by_role("button", name="Accept", exact=True).dblclick()
    decided(page, "1:accepted")
    settled(page)
    page.mouse.move(5, 5)
    page.keyboard.press("y")
    page.keyboard.press("y")
    decided(page, "1:accepted 2:accepted")
    settled(page)
    decided(page, "1:accepted 2:accepted")
    page.keyboard.press("y")
    decided(page, "1:accepted 2:accepted 3:accepted")


def test_a_key_presses_once_until_the_page_has_run_again(visit: Open) -> None:
    page = visit("scene=review")
    ready(page)
    clicks = page.evaluate(
        """() => {
            let clicks = 0;
            document.addEventListener("click", () => clicks++, true);
            for (const key of ["y", "Y", "n"]) {
                document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true }));
            }
            return clicks;
        }"""
    )
    assert clicks == 1
    decided(page, "1:accepted")


def test_keys_are_silent_in_fields_behind_dialogs_and_with_modifiers(visit: Open) -> None:
    page = visit("scene=review")
    ready(page)
    page.get_by_role("textbox", name="Note").click()
    page.keyboard.type("yes")
    page.keyboard.press("Tab")
    settled(page)
    decided(page, "nothing")
    page.locator("body").press("Control+y")
    page.get_by_role("button", name="Accept", exact=True).focus()
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(page.get_by_role("button", name="Send rejection", exact=True)).to_be_visible()
    page.keyboard.press("y")
    settled(page)
    decided(page, "nothing")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    decided(page, "nothing")


def test_buttons_have_exactly_the_names_that_are_agreed(visit: Open) -> None:
    page = visit("scene=review")
    ready(page)
    names = ["Undo", "Reject", "Accept", "Swipe", "Side by side", "Onion skin", "Difference", "Blink"]
    names += ["Changes", "Raw", "Zoom out", "Fit", "Zoom in", "Actual size", "Black surround", "Checkerboard surround"]
    for name in names:
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(1)
    accept = page.get_by_role("button", name="Accept", exact=True)
    assert accept.evaluate("e => getComputedStyle(e, '::after').content").startswith('"Y"'), "the hint is drawn"
    expect(accept).to_have_attribute("aria-keyshortcuts", "Y")


def test_the_focus_is_seen_on_everything_that_tab_reaches(visit: Open) -> None:
    page = visit("scene=review")
    ready(page)
    seen: list[str] = []
    for _ in range(45):
        page.keyboard.press("Tab")
        mark = page.evaluate(
            """() => {
                let on = document.activeElement;
                while (on?.shadowRoot?.activeElement) on = on.shadowRoot.activeElement;
                if (!on || on === document.body) return null;
                const name = on.getAttribute("aria-label") || on.textContent.slice(0, 20) || on.tagName;
                const around = [on, on.firstElementChild, on.parentElement, on.parentElement?.parentElement];
                const rings = around.filter(Boolean).map(e => getComputedStyle(e));
                const ring = rings.some(s => (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2)
                    || s.boxShadow !== "none") || /INPUT|TEXTAREA/.test(on.tagName);
                return [name, ring];
            }"""
        )
        if mark is None:
            break
        assert mark[1], f"no focus ring on {mark[0]!r}"
        seen.append(mark[0])
    assert any("Edit 1" in name for name in seen)
    assert {"Swipe position", "Difference", "Accept"} <= set(seen), seen


def test_a_phone_shows_the_picture_first_and_never_scrolls_sideways(visit: Open) -> None:
    for scene in ("review", "choose", "draw", "states", "viewer"):
        page = visit(f"scene={scene}", width=390, height=844)
        if scene == "review":
            viewer = ready(page)
            place, first = viewer.bounding_box(), page.locator(".tiles").bounding_box()
            assert place and first and place["y"] < first["y"]
            accept = page.get_by_role("button", name="Accept", exact=True).bounding_box()
            assert accept and accept["height"] >= 44
        assert page.evaluate("document.documentElement.scrollWidth") == 390, scene


def test_the_room_fills_the_window_without_scrolling_and_nothing_jumps_on_a_rerun(visit: Open) -> None:
    page = visit("scene=review")
    ready(page)
    columns = page.locator("[class*=st-key-room-] [data-testid=stColumn]")
    before = [columns.nth(index).bounding_box() for index in range(3)]
    assert before[0] and before[2] and (before[0]["width"], before[2]["width"]) == (272, 296)
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("e => e.scrollHeight - e.clientHeight") <= 0
    page.get_by_role("button", name="Accept", exact=True).click()
    decided(page, "1:accepted")
    settled(page)
    assert [columns.nth(index).bounding_box() for index in range(3)] == before


# ---- choosing and drawing ----


def test_tiles_answer_with_their_id_and_disabled_ones_do_not_answer(visit: Open) -> None:
    page = visit("scene=choose")
    page.get_by_role("button", name="Picture 4", exact=True).click()
    expect(page.get_by_text("picked: p4", exact=True)).to_be_visible()
    page.get_by_role("button", name="Picture 3", exact=True).dispatch_event("click")
    page.get_by_role("button", name="Picture 6", exact=True).press("Enter")
    expect(page.get_by_text("picked: p6", exact=True)).to_be_visible()
    expect(page.get_by_role("group", name="Pictures", exact=True)).to_be_visible()
    assert page.get_by_text("No preview").is_visible()
    expect(page.get_by_role("heading", name="First 4")).to_be_visible()


def test_pictures_that_are_out_of_sight_are_not_fetched(visit: Open, address: str) -> None:
    page = visit("scene=choose", height=700)
    page.wait_for_load_state("networkidle")
    fetched = page.evaluate(
        "performance.getEntriesByType('resource').filter(entry => entry.name.includes('/blob/tile-')).length"
    )
    assert 0 < fetched < 50


def test_swatches_are_a_radio_group_and_take_any_colour_where_allowed(visit: Open) -> None:
    page = visit("scene=choose")
    group = page.get_by_role("radiogroup", name="To", exact=True)
    expect(group.get_by_role("radio", name="Clay, #B5532F", exact=True)).to_have_attribute("aria-checked", "true")
    group.get_by_role("radio", name="Clay, #B5532F", exact=True).press("ArrowRight")
    expect(page.get_by_text("colours: Sage None", exact=True)).to_be_visible()
    field = page.get_by_role("textbox", name="From: any colour", exact=True)
    field.fill("green")
    field.press("Enter")
    expect(page.get_by_text("Write a colour as # and six digits", exact=False)).to_be_visible()
    field.fill("7a8f6a")
    field.press("Enter")
    expect(page.get_by_text("colours: Sage #7A8F6A", exact=True)).to_be_visible()


# ---- what people write never becomes markup ----


def test_words_from_people_are_shown_and_never_run(visit: Open) -> None:
    for query in ("scene=viewer&kind=hostile", "scene=choose", "scene=states", "scene=review"):
        page = visit(query)
        expect(page.get_by_text("<img src=x", exact=False).first).to_be_visible()
        assert page.evaluate("window.hacked") is None, query
        assert page.locator("img[src=x]").count() == 0, query


def test_waiting_working_and_reserved_progress_take_the_same_height(visit: Open) -> None:
    page = visit("scene=states")
    expect(page.locator(".lp-progress")).to_have_count(3)
    heights = {round(bar["height"]) for bar in map(Locator.bounding_box, page.locator(".lp-progress").all()) if bar}
    assert heights == {32}
    expect(page.get_by_role("progressbar").first).to_have_attribute("aria-valuenow", "42")
    page.get_by_role("button", name="Add pictures", exact=True).click()
    expect(page.get_by_text("pressed: True False", exact=True)).to_be_visible()
