"""The quick slider: the package as it is asked for, without what it does to a process and to a network."""

import base64
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Request

from tests.browser import launched
from tests.serving import copy_app, free_port, serving, streamlit
from workbench import errors
from workbench.storage import FolderStore
from workbench.ui import quick


def preview(colour: tuple[int, ...], size: tuple[int, int] = (1200, 800), format: str = "PNG") -> bytes:
    picture = np.full((size[1], size[0], len(colour)), colour, np.uint8)
    out = io.BytesIO()
    Image.fromarray(picture).save(out, format, quality=95)
    return out.getvalue()


RED, BLUE = preview((200, 30, 30)), preview((30, 30, 200))


def embedded(html: str) -> list[Image.Image]:
    return [Image.open(io.BytesIO(base64.b64decode(code))) for code in re.findall(r"base64,([^']+)'", html)]


def test_pils_guard_is_what_it_was() -> None:
    """Checked in a process of its own, where importing the package is what comes first."""
    code = (
        "from PIL import Image; before = Image.MAX_IMAGE_PIXELS = 12_345_678\n"
        "from workbench.ui import quick\n"
        f"assert Image.MAX_IMAGE_PIXELS == before; quick.compose({RED!r}, {BLUE!r}, 704)\n"
        "assert Image.MAX_IMAGE_PIXELS == before\n"
        "import streamlit_image_comparison as package; package.read_image_as_pil(" + repr(RED) + ")\n"
        "assert Image.MAX_IMAGE_PIXELS == before\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parent.parent)
    assert ran.returncode == 0, ran.stderr


def test_the_markup_names_no_other_host_and_only_fixed_words() -> None:
    html, height = quick.compose(RED, BLUE, 600)
    assert height == 400
    words = re.sub(r"base64,[^']+", "", html)
    assert "//" not in words
    assert re.findall(r'(?:href|src)="([^"]+)"', words) == list(quick.OURS.values())
    assert re.findall(r"label: '([^']*)'", words) == ["Before", "After"]


def test_the_pictures_in_it_are_the_previews() -> None:
    before, after = embedded(quick.compose(RED, preview((30, 30, 200), format="WEBP"), 600)[0])
    assert before.size == after.size == (1200, 800)
    for picture, wanted in ((before, (200, 30, 30)), (after, (30, 30, 200))):
        assert np.abs(np.array(picture.convert("RGB")).astype(int) - wanted).max() <= 3


def test_transparency_lies_on_the_viewers_grey() -> None:
    before, _ = embedded(quick.compose(preview((0, 0, 0, 0)), BLUE, 600)[0])
    assert np.abs(np.array(before).astype(int) - quick.SURROUND).max() <= 2


def test_a_full_size_picture_is_refused_unread() -> None:
    with pytest.raises(errors.InvalidInput, match="at most 1600 px"):
        quick.compose(preview((1, 1, 1), (1601, 20)), BLUE, 600)


def test_nothing_is_written_to_the_shared_temp_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    quick.compose(RED, BLUE, 600)
    assert not list(tmp_path.iterdir())


PAGE = """
import streamlit as st
from workbench.ui import quick
again = st.button("Again")
quick.show({before!r}, {after!r}, key="test", width=700)
st.text("below")
st.text("ran again" if again else "ran first")
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("quick")
    store = FolderStore(home / "loupe/store")
    page = PAGE.format(before=store.put(RED), after=store.put(BLUE))
    app = copy_app(home / "copy", {"history": page}) / "app.py"
    port = free_port()
    with serving(streamlit(app, port), port, home):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


class Seen:
    """What a page asked for, and what it complained of."""

    def __init__(self, page: Page) -> None:
        self.urls: list[str] = []
        self.socket_bytes = 0
        self.complaints: list[str] = []
        page.on("request", self._request)
        page.on("websocket", lambda ws: ws.on("framereceived", self._frame))
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.complaints.append(str(e)))

    def _request(self, request: Request) -> None:
        self.urls.append(request.url)

    def _frame(self, data: str | bytes) -> None:
        self.socket_bytes += len(data)


@pytest.mark.browser
def test_the_slider_works_offline_by_mouse_keys_and_touch(address: str, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 1000, "height": 800}, has_touch=True)
    context.route(lambda url: not url.startswith(address), lambda route: route.abort())
    page = context.new_page()
    seen = Seen(page)
    page.goto(f"{address}/history")
    page.get_by_text("below", exact=True).wait_for()
    assert not any("quick-slider" in url for url in seen.urls)  # on demand

    page.get_by_text("Quick slider").click()
    frame = page.frame_locator("iframe[title^='Quick slider']")
    knob = frame.get_by_role("slider", name="Divider between before and after")
    knob.wait_for()
    assert knob.get_attribute("aria-valuenow") == "50"

    knob.focus()
    for key, wanted in (("ArrowRight", 51), ("Shift+ArrowLeft", 41), ("PageUp", 51), ("Home", 0), ("End", 100)):
        knob.press(key)
        assert knob.get_attribute("aria-valuenow") == str(wanted), key

    box = frame.locator(".qs").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] - 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, middle, steps=4)
    page.mouse.up()
    assert abs(int(knob.get_attribute("aria-valuenow") or 0) - 30) <= 1
    page.touchscreen.tap(box["x"] + box["width"] * 0.8, middle)
    assert abs(int(knob.get_attribute("aria-valuenow") or 0) - 80) <= 1

    shot = np.array(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
    row = int(box["y"] + box["height"] * 0.25)
    for share, wanted in ((0.4, (200, 30, 30)), (0.95, (30, 30, 200))):
        assert np.abs(shot[row, int(box["x"] + box["width"] * share)] - wanted).max() <= 3

    sent = seen.socket_bytes
    page.get_by_role("button", name="Again").click()
    page.get_by_text("ran again").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    assert seen.socket_bytes - sent < 20_000  # the pictures aren't sent again

    assert {url.split("/")[2] for url in seen.urls if url.startswith("http")} == {address.split("/")[2]}
    known = re.compile(r"status of 404")  # Streamlit asks below the page's path first
    assert [words for words in seen.complaints if not known.search(words)] == []
    context.close()


@pytest.mark.browser
def test_on_a_phone_the_slider_keeps_the_pictures_shape(address: str, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{address}/history")
    page.get_by_text("Quick slider").click()
    page.frame_locator("iframe[title^='Quick slider']").get_by_role("slider").wait_for()
    frame = page.locator("iframe[title^='Quick slider']").bounding_box()
    below = page.get_by_text("below", exact=True).bounding_box()
    assert frame is not None and below is not None
    assert frame["width"] <= 390 and abs(frame["width"] / frame["height"] - 1.5) < 0.02
    assert below["y"] - frame["y"] - frame["height"] < 24
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    context.close()
