"""Files that can't be taken, given to the page's uploader: a sentence for each, the good ones stay, nothing half-stored."""

import io
import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.houses import PATIENCE, House, Visit, open_house, press, seen
from tests.scenes import encoded, poster, poster_png

pytestmark = pytest.mark.browser
#: bytes: the cap of this house
CAP = 1_000_000


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def png(width: int, height: int) -> bytes:
    """A PNG that says it has this size and holds next to nothing."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(bytes(4096))
    chunks = (
        struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in (header, body, b"IEND")
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def animated() -> bytes:
    frames = [Image.fromarray(poster(seed=seed)) for seed in (1, 2, 3)]
    return saved(frames[0], "WEBP", save_all=True, append_images=frames[1:])


def noise(size: int) -> bytes:
    """A PNG of exactly `size` bytes."""
    pixels = np.random.default_rng(5).integers(0, 255, (400, 600, 3), np.uint8)
    data = encoded(pixels)
    assert len(data) < size
    filler = b"tEXt" + b"Comment\0" + b"x" * (size - len(data) - 20)
    chunk = struct.pack(">I", len(filler) - 4) + filler + struct.pack(">I", zlib.crc32(filler))
    return data[:33] + chunk + data[33:]


#: file name → (bytes, words of its sentence)
REFUSED = {
    "cut.png": (poster_png(seed=8)[:-400], "cut off or damaged"),
    "bomb.png": (png(16_000, 16_000), "256,000,000 pixels"),
    "long.png": (png(60_000, 2), "60,000"),
    "drawing.png": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "This is an SVG"),
    "page.png": (b"<!doctype html><html><body>Not found</body></html>", "This is a web page"),
    "print.jpg": (saved(Image.fromarray(poster()).convert("CMYK"), "JPEG"), "CMYK"),
    "deep.png": (saved(Image.fromarray(np.full((60, 80), 40_000, np.uint16)), "PNG"), "16 bits"),
    "moving.webp": (animated(), "animat"),
    "empty.png": (b"", "empty"),
}


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house(LOUPE_MAX_MB="1") as made:
        yield made


def counts(house: House) -> dict[str, int]:
    """How many rows and stored files there are."""
    tables = ("assets", "versions", "pictures", "blobs", "events")
    found = {name: int(house.ask(f"select count(*) from {name}")) for name in tables}
    store = house.home / "store"
    return {**found, "files": sum(path.is_file() for path in store.rglob("*"))}


def upload(page: Page, files: dict[str, bytes]) -> Locator:
    """Give the files to the uploader and return the list of what became of them."""
    kinds = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
    page.locator("input[type=file]").set_input_files(
        [FilePayload(name=name, mimeType=kinds[name.rsplit(".")[-1]], buffer=data) for name, data in files.items()]
    )
    return page.get_by_role("status").get_by_role("listitem")


@pytest.mark.parametrize(("path", "button"), [("edit", "Add a picture"), ("library", "Add pictures")])
def test_every_bad_file_has_its_sentence_and_the_good_ones_are_added(
    visit: Visit, house: House, path: str, button: str
) -> None:
    page = visit.open(path)
    press(page, button)
    seen(page.get_by_text("up to 1 MB and 50 megapixels each").first)
    before = counts(house)
    seed = len(path)
    good = {f"first {path}.png": poster_png(seed=seed), f"last {path}.png": poster_png("#2747B8", seed=seed)}
    first, last = good.items()
    outcomes = upload(page, dict([first, *((name, data) for name, (data, _) in REFUSED.items()), last]))
    expect(outcomes).to_have_count(len(REFUSED) + 2, timeout=PATIENCE)
    for name, (_, words) in REFUSED.items():
        line = outcomes.filter(has_text=name)
        expect(line).to_contain_text(words)
    for name in good:
        expect(outcomes.filter(has_text=name)).to_contain_text("added · 320 × 240 · PNG")
    after = counts(house)
    assert {name: after[name] - before[name] for name in ("assets", "versions", "pictures", "events")} == dict.fromkeys(
        ("assets", "versions", "pictures", "events"), 2
    )
    # bytes, preview and thumbnail of the two, and nothing of the others
    assert after["blobs"] - before["blobs"] == after["files"] - before["files"]


def test_a_file_of_just_the_cap_is_added(visit: Visit, house: House) -> None:
    page = visit.open("edit")
    press(page, "Add a picture")
    outcomes = upload(page, {"just.png": noise(CAP)})
    expect(outcomes.filter(has_text="just.png")).to_contain_text("added · 600 × 400 · PNG", timeout=PATIENCE)
    assert house.ask(f"select count(*) from blobs where size = {CAP}") == 1


@pytest.mark.parametrize(("path", "button"), [("edit", "Add a picture"), ("library", "Add pictures")])
def test_a_file_just_over_the_cap_is_refused_beside_the_cap_in_words_and_the_good_one_is_added(
    visit: Visit, house: House, path: str, button: str
) -> None:
    page = visit.open(path)
    press(page, button)
    before = counts(house)
    outcomes = upload(page, {"over.png": noise(CAP + 1), f"beside {path}.png": poster_png(width=260 + len(path))})
    expect(outcomes.filter(has_text=f"beside {path}.png")).to_contain_text("added", timeout=PATIENCE)
    uploader = page.get_by_role("region", name=re.compile("up to 1 MB and 50 megapixels each"))
    expect(uploader.get_by_text("over.png")).to_be_visible(timeout=10_000)
    seen(uploader.get_by_role("alert").get_by_text("or smaller"))
    assert counts(house)["assets"] == before["assets"] + 1
