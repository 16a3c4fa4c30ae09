"""Reading the lines of text in a picture."""

import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from workbench.imaging import reading

FONT = "workbench/ui/static/Inter.woff2"


def sheet(*texts: tuple[str, int, int, int], size: tuple[int, int] = (640, 400), ground: Any = "#1B3A5C") -> np.ndarray:
    """A picture with (text, x, y, px per em) in white."""
    picture = Image.new("RGB", size, ground)
    for text, x, y, height in texts:
        ImageDraw.Draw(picture).text((x, y), text, fill="white", font=ImageFont.truetype(FONT, height))
    return np.asarray(picture)


POSTER = sheet(("Summer Sale 2026", 40, 60, 48), ("from $49 a month", 40, 180, 30), ("Terms apply.", 40, 330, 16))


def test_a_line_is_found_where_it_stands() -> None:
    lines = reading.lines(POSTER)
    assert [reading.plain(line.text) for line in lines] == ["summersale2026", "from49amonth", "termsapply"]
    x, y, w, h = lines[0].box
    ink = np.argwhere((POSTER[0, 0] != POSTER).any(-1)[:160])
    assert x <= ink[:, 1].min() + 2 and x + w >= ink[:, 1].max() - 2 and w < np.ptp(ink[:, 1]) + 50
    assert y <= ink[:, 0].min() + 2 and y + h >= ink[:, 0].max() - 2 and h < np.ptp(ink[:, 0]) + 50


def test_a_region_restricts_what_is_read() -> None:
    region = np.zeros(POSTER.shape[:2], bool)
    region[150:260] = True
    assert [reading.plain(line.text) for line in reading.lines(POSTER, region=region)] == ["from49amonth"]
    assert reading.lines(POSTER, region=np.zeros_like(region)) == []


def test_text_on_a_transparent_ground_is_read() -> None:
    alpha = (POSTER[0, 0] != POSTER).any(-1).astype(np.uint8) * 255
    lines = reading.lines(np.dstack([np.full_like(POSTER, 255), alpha]))
    assert reading.plain(lines[0].text) == "summersale2026"


def test_a_picture_without_text_has_no_lines() -> None:
    assert reading.lines(np.full((300, 400, 3), 90, np.uint8)) == []


def test_a_strip_that_is_all_text_is_read() -> None:
    strip = sheet(("Summer Sale 2026", 2, 0, 24), size=(220, 30))
    assert reading.alike(reading.lines(strip)[0].text, "Summer Sale 2026") > 0.9


@pytest.mark.parametrize(
    ("found", "wanted", "least", "most"),
    [
        ("Winter Deals f rom $49", "winter deals from $49", 1.0, 1.0),
        ("Crème brûlée", "CREME BRULEE", 1.0, 1.0),
        ("Surnmer Sale", "Summer Sale", 0.8, 0.99),
        ("Summer", "Winter", 0.0, 0.6),
        ("", "Sale", 0.0, 0.0),
        ("%", "%", 1.0, 1.0),
    ],
)
def test_alike_looks_at_letters_and_digits_only(found: str, wanted: str, least: float, most: float) -> None:
    assert least <= reading.alike(found, wanted) <= most


def test_many_threads_read_the_same() -> None:
    small, results = POSTER[40:240], []
    threads = [threading.Thread(target=lambda: results.append(reading.lines(small))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 3 and results[0] == results[1] == results[2] and len(results[0]) == 2


def test_reading_prints_nothing_and_opens_no_connection() -> None:
    program = (
        "import socket, sys\n"
        "def refuse(*_): raise SystemExit('a connection was opened')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "import numpy as np\n"
        "from tests.test_reading import POSTER\n"
        "from workbench.imaging import reading\n"
        "assert len(reading.lines(POSTER[40:240])) == 2\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
