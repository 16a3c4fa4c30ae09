"""Pictures by their hash: exact bytes, cached for ever, and nothing for whoever guesses."""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from workbench import db, errors, storage, versions
from workbench.storage import FolderStore
from workbench.web import routes
from workbench.web.app import parts

PNG = b"\x89PNG" + bytes(range(256)) * 40


@dataclass
class Row:
    media_type: str = "image/png"
    erased_at: datetime | None = None


@dataclass
class Bench:
    web: TestClient
    store: FolderStore
    rows: dict[str, Row]

    def keep(self, data: bytes, row: Row) -> str:
        sha256 = self.store.put(data)
        self.rows[sha256] = row
        return sha256


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    store, rows = FolderStore(tmp_path), dict[str, Row]()

    def find(sha256: str) -> Row | None:
        with pytest.raises(RuntimeError):  # there is no event loop in this thread
            asyncio.get_running_loop()
        if sha256 == "d" * 64:
            raise errors.DatabaseFault("The database is resting.")
        return rows.get(sha256)

    app = Starlette(
        routes=routes.blobs(find, lambda sha256, _: store.path(sha256)),
        exception_handlers={errors.LoupeError: routes.refuse},
    )
    return Bench(TestClient(app, raise_server_exceptions=False), store, rows)


def test_the_exact_bytes_are_served_and_cached_for_ever(bench: Bench) -> None:
    sha256 = bench.keep(PNG, Row())
    answer = bench.web.get(f"/blob/{sha256}")
    assert answer.status_code == 200 and answer.content == PNG
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["etag"] == f'"{sha256}"'
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["content-length"] == str(len(PNG))


@pytest.mark.parametrize("tag", ['"{}"', 'W/"{}"', '"other", "{}"', "*"])
def test_what_the_browser_has_is_not_sent_again(bench: Bench, tag: str) -> None:
    sha256 = bench.keep(PNG, Row())
    answer = bench.web.get(f"/blob/{sha256}", headers={"If-None-Match": tag.format(sha256)})
    assert answer.status_code == 304 and not answer.content
    assert answer.headers["etag"] == f'"{sha256}"' and "immutable" in answer.headers["cache-control"]
    assert bench.web.get(f"/blob/{sha256}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_head_and_ranges_work(bench: Bench) -> None:
    address = f"/blob/{bench.keep(PNG, Row())}"
    head = bench.web.head(address)
    assert head.status_code == 200 and not head.content and head.headers["content-length"] == str(len(PNG))
    part = bench.web.get(address, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206 and part.content == PNG[100:200]
    assert part.headers["content-range"] == f"bytes 100-199/{len(PNG)}"
    assert bench.web.get(address, headers={"Range": "bytes=999999-"}).status_code == 416
    assert bench.web.post(address).status_code == 405


@pytest.mark.parametrize("name", ["0" * 64, "A" * 64, "0" * 63, "0" * 65, "0" * 64 + "%0A", "..%2f..%2fetc%2fpasswd"])
def test_whoever_guesses_learns_nothing(bench: Bench, name: str) -> None:
    bench.keep(PNG, Row())
    for address in (f"/blob/{name}", f"/blob/{name}/download"):
        answer = bench.web.get(address)
        assert answer.status_code == 404
        assert answer.text in ("", "Not Found")


def test_an_erased_or_lost_picture_is_not_there(bench: Bench) -> None:
    erased = bench.keep(PNG, Row(erased_at=datetime.now(UTC)))
    lost = bench.keep(PNG + b"2", Row())
    bench.store.erase(lost)
    for sha256 in (erased, lost):
        answer = bench.web.get(f"/blob/{sha256}")
        assert (answer.status_code, answer.content) == (404, b"")
        assert answer.headers["cache-control"] == "no-store"


def test_a_resting_database_is_said_without_details(bench: Bench) -> None:
    answer = bench.web.get("/blob/" + "d" * 64)
    assert (answer.status_code, answer.content) == (503, b"")


def test_the_apps_own_routes_find_a_kept_picture(house: Path) -> None:
    sha256 = storage.store().put(PNG)
    with db.transaction() as tx:
        versions.add_blob(tx, sha256, len(PNG), "image/png")
    web = TestClient(Starlette(routes=parts()["routes"]))
    assert web.get(f"/blob/{sha256}").content == PNG
    assert web.get("/blob/" + "0" * 64).status_code == 404


def test_a_download_is_named_for_people(bench: Bench) -> None:
    sha256 = bench.keep(PNG, Row())
    answer = bench.web.get(f"/blob/{sha256}/download", params={"name": 'Sérum "blau"/v2.PNG'})
    assert answer.content == PNG
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Serum -blau--v2.png\"; filename*=UTF-8''S%C3%A9rum%20-blau--v2.png"
    )


@pytest.mark.parametrize(
    ("name", "media_type", "wanted"),
    [
        ("", "image/png", "picture.png"),
        ("../../etc/passwd", "image/png", "-..-etc-passwd.png"),
        ("page.html", "image/jpeg", "page.html.jpg"),
        ("a\r\nSet-Cookie: x", "image/webp", "aSet-Cookie- x.webp"),
        ("\u202egnp.exe", "image/png", "gnp.exe.png"),
        ("图片", "image/png", "picture.png"),
        ("x" * 500, "image/png", "x" * 150 + ".png"),
        ("notes", "application/octet-stream", "notes"),
    ],
)
def test_a_name_can_do_no_harm(name: str, media_type: str, wanted: str) -> None:
    assert f'filename="{wanted}"' in routes.attachment(name, media_type)


@given(st.text(max_size=300))
def test_any_name_makes_one_valid_header(name: str) -> None:
    header = routes.attachment(name, "image/png")
    assert re.fullmatch(r"attachment; filename=\"[^\"/\\\x00-\x1f%]+\.png\"; filename\*=UTF-8''[\w.~%-]+\.png", header)
    header.encode("ascii")


def test_bytes_from_a_bucket_are_served_and_a_download_may_lie_elsewhere() -> None:
    def source(sha256: str, disposition: str) -> str | bytes:
        return f"https://bucket.example/{sha256}?{disposition[:10]}" if disposition else PNG

    web = TestClient(Starlette(routes=routes.blobs(lambda _: Row(), source)), follow_redirects=False)
    shown = web.get(f"/blob/{'a' * 64}")
    assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, PNG, "image/png")
    assert "immutable" in shown.headers["cache-control"] and "sandbox" in shown.headers["content-security-policy"]
    kept = web.get(f"/blob/{'a' * 64}/download?name=tea")
    assert (kept.status_code, kept.headers["location"]) == (307, f"https://bucket.example/{'a' * 64}?attachment")
    assert kept.headers["cache-control"] == "no-store", "the address holds for minutes only"
