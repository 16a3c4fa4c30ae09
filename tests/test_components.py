"""The components' own rules, without a browser: which addresses, which boxes, which colours, which keys count."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from workbench.errors import InvalidInput
from workbench.models import Candidate
from workbench.ui import keys, sides, urls
from workbench.ui.region import clamped

UI = Path(__file__).parent.parent / "workbench/ui"


@pytest.mark.parametrize(
    "url",
    [
        "/blob/0f3a",
        "/blob/0f3a?size=512",
        "https://cdn.example.com/blob/a.png?X-Amz=1%2F2",
        "data:image/png;base64,AA+/AA==",
    ],
)
def test_pictures_come_from_our_own_route_https_or_a_png_of_its_own(url: str) -> None:
    assert urls.checked(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:image/svg+xml;base64,AAAA",
        "data:text/html;base64,AAAA",
        'data:image/png;base64,AAAA"),url("https://evil.example',
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
        report.report("fail", [(words, [(words, words, words, "none")])], words)
        progress.show(None, words, note=words)
        empty.error(words, words)
        empty.show(words, words)
        empty.no_right(words)

    at = AppTest.from_function(page).run()
    assert not at.exception
    markup = [element.proto.body for element in at.get("html")]
    assert len(markup) >= 10
    assert all("<b onclick" not in body and "&lt;b onclick=&quot;x&quot;&gt;&amp;" in body for body in markup)


def test_how_it_was_made_is_folded_until_something_in_it_asks_for_a_look() -> None:
    def page() -> None:
        from workbench.ui import report

        stayed = ("What stayed", [("Outside", "0 px", "0 px", "pass")])
        calm = ("How it was made", [("Lock", "local", "", "pass"), ("Drift", "1.84 px", "", "fact")])
        asks = ("How it was made", [("Registration", "doubtful", "good", "review")])
        report.report("pass", [stayed, calm], "")
        report.report("review", [stayed, asks], "")
        report.report("pass", [stayed], "")

    calm, asks, alone = (element.proto.body for element in AppTest.from_function(page).run().get("html"))
    assert "<summary>How it was made</summary>" in calm and "<caption>What stayed</caption>" in calm
    assert "1.84 px" in calm and "lp-fact" not in calm
    assert "<details" not in asks + alone and "<caption>How it was made</caption>" in asks


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


def candidate(**columns: object) -> Candidate:
    return Candidate(index=1, sha256="a" * 64, verdict="pass", **columns)


def test_a_locked_candidate_shows_its_maps_its_raw_output_and_what_the_lock_took_away() -> None:
    measured = {"lock": "local", "registration": "good", "drift_px": 1.837, "drift_delta_e": 12.34}
    kept = {
        f"{name}_sha256": letter * 64 for name, letter in zip(("mask", "found", "heat", "raw"), "bcde", strict=True)
    }
    side = sides.told({"url": "/blob/x", "label": "After"}, candidate(report=measured, **kept))
    assert [side.get(name) for name in ("mask", "found", "heat", "raw")] == [f"/blob/{one * 64}" for one in "bcde"]
    assert side["lock_note"] == "1.84 px and ΔE 12.3 taken away by the lock"


@pytest.mark.parametrize(
    ("measured", "note"),
    [
        ({}, ""),
        ({"drift_px": None, "drift_delta_e": 3.0}, ""),
        ({"drift_px": 40.0, "drift_delta_e": 3.0, "registration": "none"}, ""),
        ({"drift_px": 0.0512, "drift_delta_e": None, "registration": "doubtful"}, "0.05 px taken away by the lock"),
    ],
)
def test_no_drift_is_named_that_was_not_measured(measured: dict[str, object], note: str) -> None:
    side = sides.told({"url": "/blob/x", "label": "After"}, candidate(raw_sha256="e" * 64, report=measured))
    assert side.get("lock_note") == note


def test_neither_an_exact_result_nor_a_raw_one_has_a_raw_output_beside_it() -> None:
    exact = sides.told({"url": "/blob/x", "label": "After"}, candidate(mask_sha256="b" * 64, report={"lock": None}))
    raw = sides.told({"url": "/blob/x", "label": "After"}, candidate(raw_sha256="e" * 64, report={"lock": "raw"}))
    assert [side.get(name) for side in (exact, raw) for name in ("found", "heat", "raw")] == [None] * 6


def test_the_mark_of_a_raw_output_says_why_and_who_and_escapes_both() -> None:
    def page() -> None:
        from workbench.models import Edit, Operator
        from workbench.ui import rawmark

        lead = Operator(email="ines@aster.example", name="Ines <Roth>", role="lead")
        rawmark.show(rawmark.of(Edit(raw=False, reason=""), lead))
        rawmark.show(rawmark.of(Edit(raw=True, reason="The <b>type</b> is final."), lead))

    at = AppTest.from_function(page).run()
    assert not at.exception
    (notice,) = [element.proto.body for element in at.get("html")]
    assert 'class="lp-notice lp-fail"' in notice and 'class="lp-icon lp-fail"' in notice
    for words in ("Raw output, not locked", "The &lt;b&gt;type&lt;/b&gt; is final.", "Used by Ines &lt;Roth&gt;."):
        assert words in notice
