"""Copy update: lines drawn by resvg and Chromium are recognised, taken away and set anew."""

import base64
import io
import tempfile
from functools import cache
from html import escape
from pathlib import Path

import cv2
import numpy as np
import pytest
import resvg_py
from PIL import Image, ImageFont
from skimage import data

from tests.browser import launched
from workbench.errors import CopyDoesNotFit, CopyDoubtful, CopyNotFound, InvalidInput
from workbench.imaging import copy, fidelity, fitting, reading, typesetting
from workbench.imaging.colour_space import delta_e_2000, to_lab
from workbench.imaging.copy import erasing

#: the typeface that comes inside Pillow, so that resvg has a TTF on every machine
AILERON: bytes = ImageFont.load_default(20).font_bytes
INTER = Path("workbench/ui/static/Inter.woff2")
MONO = Path("workbench/ui/static/GeistMono.woff2")
FONTS = [AILERON, MONO]


@cache
def aileron() -> str:
    file = Path(tempfile.mkdtemp()) / "aileron.ttf"
    file.write_bytes(AILERON)
    return str(file)


def png(pixels: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def ground(name: str, width: int = 560, height: int = 130) -> np.ndarray:
    if name.startswith("#"):
        return np.full((height, width, 3), [int(name[i : i + 2], 16) for i in (1, 3, 5)], np.uint8)
    if name == "gradient":
        x, y = np.linspace(0, 1, width)[None, :, None], np.linspace(0, 1, height)[:, None, None]
        return np.rint(np.array([30, 60, 120]) * (1 - x) + np.array([200, 90, 140]) * x * (0.7 + 0.3 * y)).astype(
            np.uint8
        )
    return np.asarray(
        Image.fromarray(getattr(data, name)()[:300, :512]).resize((width, height), Image.Resampling.LANCZOS)
    )


def lines(behind: np.ndarray, *texts: tuple[str, float, float, float, str], more: str = "") -> np.ndarray:
    """`behind` with (text, pen x, baseline y, px per em, colour) drawn by resvg."""
    height, width = behind.shape[:2]
    drawn = "".join(
        f'<text x="{x}" y="{y}" font-family="Aileron" font-size="{size}" fill="{colour}" {more}>{escape(text)}</text>'
        for text, x, y, size, colour in texts
    )
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" '
        f'height="{height}"><image width="{width}" height="{height}" image-rendering="optimizeSpeed" '
        f'xlink:href="{png(behind)}"/>{drawn}</svg>'
    )
    file = bytes(resvg_py.svg_to_bytes(picture, font_files=[aileron()], skip_system_fonts=True))
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))


PLAIN = lines(ground("#FFFFFF"), ("From $49 a month", 40.37, 90.71, 34, "#C8102E"))


@cache
def cheaper() -> copy.Updated:
    """PLAIN with its price changed, which several tests look at."""
    return copy.update_details(PLAIN, "From $49 a month", "From $39 a month", fonts=FONTS)


def off(result: np.ndarray, truth: np.ndarray, behind: np.ndarray) -> float:
    """Mean ΔE2000 over the pixels that the true line inks."""
    inked = np.abs(truth.astype(int) - behind).max(-1) > 8
    return float(delta_e_2000(to_lab(result), to_lab(truth))[inked].mean())


@pytest.mark.parametrize(
    ("behind", "size", "colour", "spacing", "most"),
    [
        ("#FFFFFF", 17.3, "#222222", 0.0, 3.5),
        ("#0B1F3A", 40.0, "#F2A900", 0.08, 3.0),
        ("gradient", 28.5, "#FFFFFF", 0.0, 3.0),
        ("coffee", 36.0, "#FFFFFF", 0.0, 5.0),
    ],
)
def test_a_line_is_set_anew_where_and_as_it_stood(
    behind: str, size: float, colour: str, spacing: float, most: float
) -> None:
    under, more = ground(behind), f'letter-spacing="{spacing * size}"'
    before, truth = (
        lines(under, (text, 30.37, 90.21, size, colour), more=more) for text in ("Summer Sale", "Winter Deals")
    )
    updated = copy.update_details(before, "Summer Sale", "Winter Deals", fonts=FONTS)
    assert np.allclose(updated.pen, (30.37, 90.21), atol=0.25) and abs(updated.size - size) <= 0.25
    assert "Aileron" in updated.font and updated.score > 0.88
    assert off(updated.image, truth, under) <= most
    assert not ((updated.image != before).any(-1) & ~updated.mask).any()


def test_what_is_taken_away_leaves_exactly_the_even_ground() -> None:
    updated = copy.update_details(PLAIN, "From $49 a month", "From $9", fonts=FONTS)
    end = updated.box[0] + updated.box[2]
    assert (updated.image[:, end + 3 :] == 255).all() and (PLAIN[:, end + 3 :] != 255).any()
    assert updated.doubts == ()


def test_letters_that_stay_keep_every_pixel() -> None:
    columns = np.flatnonzero((cheaper().image != PLAIN).any(-1).any(0))
    assert 0 < len(columns) < 34


def test_a_line_that_chromium_drew_is_set_anew() -> None:
    font = base64.b64encode(INTER.read_bytes()).decode()
    shots = []
    with launched() as browser:
        page = browser.new_page(device_scale_factor=2, viewport={"width": 260, "height": 80})
        for text in ("Summer Sale", "Winter Deals"):
            page.set_content(
                f"<style>@font-face{{font-family:F;src:url(data:font/woff2;base64,{font});font-weight:100 900}}body{{margin:0;"
                "background:#F4EDE4}div{position:absolute;left:20.3px;top:20px;font:600 19px/1 F;color:#0057B8}</style>"
                f"<div>{text}</div>"
            )
            page.evaluate("document.fonts.ready.then(() => 1)")
            shots.append(np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")))
    updated = copy.update_details(shots[0], "Summer Sale", "Winter Deals", fonts=[INTER])
    assert updated.font == "Inter 600" and abs(updated.size - 38) <= 0.25 and abs(updated.pen[0] - 40.6) <= 0.5
    assert off(updated.image, shots[1], ground("#F4EDE4", 520, 160)) <= 3


def test_a_word_of_a_longer_line_is_changed_in_its_place() -> None:
    updated = copy.update_details(PLAIN, "$49", "$39", fonts=FONTS)
    truth = lines(ground("#FFFFFF"), ("From $39 a month", 40.37, 90.71, 34, "#C8102E"))
    assert off(updated.image, truth, ground("#FFFFFF")) < 1.5
    with pytest.raises(CopyDoesNotFit):
        copy.update(PLAIN, "$49", "$1,249", fonts=FONTS)


def test_a_centred_line_stays_centred() -> None:
    button = ground("#FFFFFF")
    button[40:120, 60:420] = (0, 87, 184)
    before = lines(button, ("Buy now", 240, 96, 32, "#FFFFFF"), more='text-anchor="middle"')
    updated = copy.update_details(before, "Buy now", "Shop", fonts=FONTS)
    assert abs(updated.box[0] + updated.box[2] / 2 - 240) <= 1.5
    with pytest.raises(CopyDoesNotFit, match="room for"):
        copy.update(before, "Buy now", "Add everything here to your basket", fonts=FONTS)


def test_copy_that_is_too_wide_is_refused_with_widths_or_shrunk_when_allowed() -> None:
    long = "From only $49 for every single month"
    with pytest.raises(CopyDoesNotFit, match=r"would be \d+ px wide .* room for \d+ px"):
        copy.update(PLAIN, "From $49 a month", long, fonts=FONTS)
    shrunk = copy.update_details(PLAIN, "From $49 a month", long, fonts=FONTS, shrink=True)
    assert 0.6 * 34 <= shrunk.size < 34 and any("% of the old size" in doubt for doubt in shrunk.doubts)
    assert shrunk.pen[1] == pytest.approx(90.71, abs=0.1)


def test_region_and_protection_hold_to_the_pixel() -> None:
    twice = lines(ground("#FFFFFF", 300, 170), ("Sale", 40, 60, 36, "#222222"), ("Sale", 40, 140, 36, "#222222"))
    region = np.zeros(twice.shape[:2], bool)
    region[95:160, :300] = True
    updated = copy.update_details(twice, "Sale", "Deal", fonts=FONTS, region=region)
    changed = (updated.image != twice).any(-1)
    assert changed[region].any() and not changed[~region].any()
    protect = np.zeros(twice.shape[:2], bool)
    protect[:, 60:70] = True
    with pytest.raises(CopyDoesNotFit, match="protected"):
        copy.update_details(twice, "Sale", "Deal", fonts=FONTS, region=region, protect=protect)
    region[:, 60:64] = False
    with pytest.raises(CopyDoesNotFit, match="cuts through"):
        copy.update(twice, "Sale", "Deal", fonts=FONTS, region=region)


def test_words_that_stand_there_twice_are_said() -> None:
    twice = lines(ground("#FFFFFF", 300, 170), ("Sale", 40, 60, 36, "#222222"), ("Sale", 40, 140, 36, "#222222"))
    assert any("2 times" in doubt for doubt in copy.update_details(twice, "Sale", "Deal", fonts=FONTS).doubts)


def test_alpha_is_kept_and_a_transparent_ground_refused() -> None:
    opaque = np.dstack([PLAIN, np.full(PLAIN.shape[:2], 255, np.uint8)])
    opaque[:20, :, 3] = 7
    result = copy.update(opaque, "From $49 a month", "From $39 a month", fonts=FONTS)
    assert (result[..., 3] == opaque[..., 3]).all() and (result != opaque).any()
    opaque[..., 3] = np.where((PLAIN < 250).any(-1), 255, 0)
    with pytest.raises(CopyDoubtful, match="transparent"):
        copy.update(opaque, "From $49 a month", "From $39 a month", fonts=FONTS)


def test_copy_that_is_not_there_is_named_beside_what_is() -> None:
    with pytest.raises(CopyNotFound, match="From"):
        copy.update(PLAIN, "Winter sale", "x", fonts=FONTS)


def test_patterns_that_were_read_as_signs_are_not_told() -> None:
    dots = ground("#FFFFFF", 400, 120)
    for x in range(20, 380, 24):
        cv2.circle(dots, (x, 60 + 6 * (x // 24 % 2)), 4, (0, 87, 184), -1)
    assert reading.lines(dots)
    with pytest.raises(CopyNotFound, match="No text could be read"):
        copy.locate(dots, "Winter sale")


@pytest.mark.parametrize("case", ["another font", "outlined", "turned", "shadowed", "glowing"])
def test_what_cannot_be_set_exactly_is_refused(case: str) -> None:
    text, more, fonts = "Summer Sale", "", FONTS
    if case == "outlined":
        more = 'fill-opacity="0" stroke="#222222" stroke-width="1.4"'
    elif case == "turned":
        more = 'transform="rotate(-5 40 100)"'
    elif case == "shadowed":
        more = 'filter="drop-shadow(1 2 3 rgba(0,0,0,0.3))"'
    elif case == "glowing":
        more = 'filter="drop-shadow(0 0 4 #FFCC00)"'
    elif case == "another font":
        fonts = [MONO]
    before = lines(ground("#FFFFFF"), (text, 40, 100, 36, "#222222"), more=more)
    said = {"shadowed": "casts", "glowing": "casts", "another font": "No font of the guideline looks like"}
    with pytest.raises(CopyDoubtful, match=said.get(case)):
        copy.update(before, text, "Winter Deals", fonts=fonts)


def test_a_sign_that_the_picture_does_not_show_is_named() -> None:
    with pytest.raises(CopyDoubtful, match="something else than “From \\$48 a month” at “8”"):
        copy.update(PLAIN, "From $48 a month", "From $39 a month", fonts=FONTS)


def test_a_ground_without_letters_has_no_setting() -> None:
    faint = np.random.default_rng(2).integers(126, 130, (90, 240, 3)).astype(np.uint8)
    for nothing in (ground("#808080", 240, 90), faint):
        assert fitting.fit(nothing, "Sale", (40, 30, 90, 30), typesetting.faces(AILERON)) == []


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("", "empty"), ("Hi 😀", "emoji"), ("שלום", "right to left"), ("two\nlines", "line break"),
        ("x" * 10_000, "10,000 characters"), ("a\x00b", "can't be seen"), ("価格", "“価”, “格”"),
    ],
)  # fmt: skip
def test_words_that_cannot_be_set_are_named(new: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        copy.update(PLAIN[50:120], "From $49 a month", new, fonts=FONTS)


def test_fonts_that_are_missing_or_broken_are_said() -> None:
    with pytest.raises(InvalidInput, match="no font"):
        copy.update(PLAIN, "From $49 a month", "x", fonts=[])
    with pytest.raises(InvalidInput, match="can't be read"):
        copy.update(PLAIN, "From $49 a month", "x", fonts=[b"nonsense"])


def test_the_expected_difference_of_a_filled_ground_is_close_to_the_true_one() -> None:
    rng = np.random.default_rng(1)
    hole = np.zeros((120, 200), bool)
    hole[50:70, 20:180:6] = True
    for behind, most in (
        (ground("gradient", 200, 120), 0.6),
        (rng.integers(90, 160, (120, 200, 3)).astype(np.uint8), 60),
    ):
        filled = erasing.fill(behind, hole, shifts=(-30, 30))
        true = delta_e_2000(to_lab(np.rint(filled.pixels).astype(np.uint8)), to_lab(behind))[hole].mean()
        assert filled.expected is not None and true <= most
        assert 0.6 * true - 0.1 <= filled.expected <= 1.5 * true + 0.3
        assert (filled.pixels[~hole] == behind[~hole]).all()


def test_the_room_beside_a_line_ends_before_other_text() -> None:
    picture = lines(ground("#FFFFFF"), ("Sale", 40, 90, 34, "#222222"), ("now", 400, 90, 34, "#222222"))
    line = copy.locate(picture, "Sale")
    x, _, w, _ = copy.room(picture, line)
    assert x <= line.box[0] and line.box[0] + line.box[2] + 100 < x + w < 400


def test_every_change_lies_in_the_room_that_is_told() -> None:
    x, y, w, h = cheaper().room
    changed = (cheaper().image != PLAIN).any(-1)
    assert changed[y : y + h, x : x + w].sum() == changed.sum() > 0
    assert h < 2 * 34 and w > 500


def test_other_type_above_and_below_is_no_trial_for_the_ground() -> None:
    smooth = np.broadcast_to(np.rint(np.linspace(60, 75, 200)).astype(np.uint8)[None, :, None], (120, 200, 3)).copy()
    hole = np.zeros((120, 200), bool)
    hole[50:70, 20:180:6] = True
    smooth[15:40, 20:180:5] = 240
    filled = erasing.fill(smooth, hole, shifts=(-30, 30))
    assert filled.expected is not None and filled.expected < 0.5


def test_the_report_reads_the_new_copy_back() -> None:
    after = lines(ground("#FFFFFF"), ("From $39 a month", 40.37, 90.71, 34, "#C8102E"))
    assert fidelity.measure(PLAIN, after, expected_copy="From $39 a month").copy_similarity == 1
    wrong = fidelity.measure(PLAIN, after, expected_copy="Winter deals today").copy_similarity
    assert wrong is not None and wrong < 0.6
    blurred = cv2.GaussianBlur(after, (0, 0), 14)
    assert fidelity.measure(PLAIN, blurred, expected_copy="From $39 a month").copy_similarity is None
