"""The components' own rules, without a browser: which addresses, which boxes, which colours, which keys count."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from workbench.errors import InvalidInput
from workbench.ui import keys, urls
from workbench.ui.region import clamped

UI = Path(__file__).parent.parent / "workbench/ui"


@pytest.mark.parametrize("url", ["/blob/0f3a", "/blob/0f3a?size=512", "https://cdn.example.com/blob/a.png?X-Amz=1%2F2"])
def test_pictures_come_from_our_own_route_or_https(url: str) -> None:
    assert urls.checked(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "http://example.com/a.png",
        "//example.com/a.png",
        "/blob/../_stcore/metrics",
        '/blob/a"),url("https://evil.example',
        "/blob/a b",
        "https://user@evil.example/a",
        "/other/a",
        " /blob/a",
        "/blob/a\n",
        "",
    ],
)
def test_every_other_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        urls.checked(url)


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        ([10, 5, 30, 40], (10, 5, 30, 40)),
        ([-5, -5, 10, 10], (0, 0, 5, 5)),
        ([90, 40, 50, 50], (90, 40, 10, 10)),
        ([0, 0, 10**9, 10**9], (0, 0, 100, 50)),
        ([100, 0, 5, 5], None),
        ([0, 0, 0, 5], None),
        ([0, 0, -5, 5], None),
        ([0.5, 0, 5, 5], None),
        ([True, 0, 5, 5], None),
        (["0", 0, 5, 5], None),
        ([0, 0, 5], None),
        ({"x": 1}, None),
        (None, None),
    ],
)
def test_a_region_from_a_browser_is_whole_pixels_inside_the_picture_or_nothing(sent: object, counts: object) -> None:
    assert clamped(sent, 100, 50) == counts


@pytest.mark.parametrize("names", [{"y": "accept"}, {"YY": "accept"}, {"Y": 'a"]{}'}, {"<": "accept"}])
def test_only_plain_keys_and_names_become_style(names: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no key can be bound"):
        keys.keys(names)


def test_the_styles_hold_no_angle_bracket_which_would_make_streamlit_drop_them() -> None:
    assert "<" not in (UI / "shell.css").read_text(encoding="utf-8")


def test_what_people_write_is_escaped_in_every_component_that_writes_markup() -> None:
    def page() -> None:
        from workbench.ui import empty, progress, report, shell

        words = '<b onclick="x">&'
        shell.title(words, words)
        shell.label(words, words)
        shell.facts([(words, words, words)])
        shell.muted(words)
        with shell.bar("Run", f"**{words}** {words}"):
            pass
        report.report("fail", [(words, words, words, "none")], words)
        progress.show(None, words, note=words)
        empty.error(words, words)
        empty.show(words, words)
        empty.no_right(words)

    at = AppTest.from_function(page).run()
    assert not at.exception
    markup = [element.proto.body for element in at.get("html")]
    assert len(markup) >= 10
    assert all("<b onclick" not in body and "&lt;b onclick=&quot;x&quot;&gt;&amp;" in body for body in markup)


def test_swatches_take_only_what_they_offer() -> None:
    def page() -> None:
        import streamlit as st

        from workbench.ui.swatches import swatches

        palette = [("Aster blue", "#2747b8"), ("Clay", "#B5532F")]
        st.text(swatches("To", palette, key="a", default="Clay"))
        st.text(swatches("To", palette, key="b", default="Lilac"))
        st.text(swatches("From", palette, key="c", default="#7a8f6a", custom=True))
        st.text(swatches("From", palette, key="d", default="#7a8f6a"))

    at = AppTest.from_function(page).run()
    assert not at.exception
    assert [text.value for text in at.text] == ["Clay", "None", "#7A8F6A", "None"]


def test_tiles_refuse_a_thumbnail_from_elsewhere() -> None:
    def page() -> None:
        from workbench.ui.tiles import tiles

        tiles([{"id": 1, "img": "javascript:alert(1)", "title": "x"}], chosen=None, label="x", key="x")

    assert len(AppTest.from_function(page).run().exception) == 1
