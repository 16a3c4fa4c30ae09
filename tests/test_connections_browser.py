"""The same rules in a real browser: what it may load, who may frame us, and what a failing page looks like."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.serving import copy_app, free_port, marker, serving, streamlit

pytestmark = pytest.mark.browser

VIEWER = """
from workbench.ui.compare import compare
compare({"url": "/blob/1", "label": "Before"}, {"url": "/blob/2", "label": "After"}, key="viewer")
"""
FAILING = """
import streamlit as st
from workbench.errors import MovedOn
def late():
    raise MovedOn("Somebody decided before you.")
st.button("In a callback", on_click=late)
if st.button("In the page"):
    raise MovedOn("The asset has a newer version.")
if st.button("A bug"):
    raise ValueError("a secret detail")
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("connections")
    app = copy_app(home / "copy", {"review": VIEWER, "audit": FAILING}) / "app.py"
    port = free_port()
    with serving(streamlit(app, port), port, home):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def test_the_first_address_leads_to_edit(address: str, page: Page) -> None:
    page.goto(address)
    page.get_by_text(marker("edit")).wait_for()
    assert page.url.startswith(f"{address}/edit")
    for name in ("Edit", "Review", "History", "Library"):
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    for name in ("Brand", "Proof"):
        expect(page.get_by_text(name, exact=True)).to_be_visible()


def test_frame_and_viewer_run_under_the_policy_without_a_complaint(address: str, page: Page) -> None:
    complaints: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]) if "//" in request.url[:8] else None)
    # the pictures come from the test: no database runs here
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "#2747B8").save(picture, "PNG")
    page.route("**/blob/*", lambda route: route.fulfill(body=picture.getvalue(), content_type="image/png"))
    page.goto(f"{address}/review")
    page.locator("[data-ready='1']").wait_for()
    # Streamlit asks for host-config and health below the page's own path first
    assert [words for words in complaints if not re.search(r"status of 404", words)] == []
    assert hosts == {address.split("/")[2]}


def test_another_page_may_not_frame_us(address: str, page: Page, tmp_path: Path) -> None:
    outside = tmp_path / "outside.html"
    outside.write_text(f"<iframe src='{address}/audit' width=900 height=500></iframe>")
    with page.expect_console_message(lambda message: "frame" in message.text.lower()):
        page.goto(outside.as_uri())
    assert page.frame_locator("iframe").get_by_role("button", name="A bug").count() == 0


@pytest.mark.parametrize(
    ("button", "sentence"),
    [
        ("In a callback", "Somebody decided before you."),
        ("In the page", "The asset has a newer version."),
        ("A bug", "Something went wrong inside Loupe"),
    ],
)
def test_a_failing_page_says_so_calmly_and_comes_back(address: str, page: Page, button: str, sentence: str) -> None:
    page.goto(f"{address}/audit")
    page.get_by_role("button", name=button, exact=True).click()
    alert = page.get_by_role("alert").filter(has_text=sentence)
    expect(alert).to_be_visible()
    assert page.locator("[data-testid=stException]").count() == 0
    assert "a secret detail" not in page.content()
    # also where the frame had not been drawn yet, in a callback
    expect(page.get_by_test_id("stHeaderLogo").or_(page.get_by_test_id("stLogo")).first).to_be_visible()
    expect(alert).to_have_css("border-left-style", "solid")
    page.get_by_role("button", name="Show the page again").click()
    expect(alert).not_to_be_visible()
    expect(page.get_by_role("button", name="A bug", exact=True)).to_be_visible()
