"""Pictures that are in the library already, or nearly: found, told, skipped or made versions, and never mixed up."""

import io
import itertools
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sqlalchemy as sa
from numpy.typing import NDArray
from PIL import Image

from tests.scenes import encoded, poster, poster_png
from workbench import db, operators, sources, storage
from workbench.errors import MovedOn, NotAllowed
from workbench.imaging import likeness
from workbench.imaging.phash import distance
from workbench.models import Picture
from workbench.permissions import Actor
from workbench.sources import arriving, likenesses
from workbench.sources.arriving import Arrival

POSTER = poster(width=640, height=480)


def saved(pixels: NDArray[np.uint8], format: str, share: float = 1, **options: object) -> bytes:
    image = Image.fromarray(pixels)
    size = tuple(round(side * share) for side in image.size)
    file = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(file, format, **options)
    return file.getvalue()


def added(me: Actor, data: bytes, name: str = "Poster", **more: object) -> sources.Added:
    return sources.add(me, data, name=name, origin="test", **more)  # type: ignore[arg-type]


AGAIN = {
    "png": lambda: saved(POSTER, "PNG", compress_level=1), "jpeg 90": lambda: saved(POSTER, "JPEG", quality=90),
    "jpeg 60": lambda: saved(POSTER, "JPEG", quality=60), "webp": lambda: saved(POSTER, "WEBP", quality=80),
    "half": lambda: saved(POSTER, "PNG", 0.5), "third, jpeg": lambda: saved(POSTER, "JPEG", 0.34, quality=80),
}  # fmt: skip


@pytest.mark.parametrize("again", AGAIN)
def test_a_picture_saved_again_is_told_and_added_all_the_same(me: Actor, again: str) -> None:
    first = added(me, encoded(POSTER))
    second = added(me, AGAIN[again]())
    assert (second.outcome, second.duplicate, second.asset.name) == ("added", False, "Poster 2")
    assert [(one.asset.id, one.how) for one in second.alike] == [
        (first.asset.id, "pixels" if again == "png" else "nearly")
    ]


def test_a_recoloured_a_cropped_and_a_marked_picture_are_others_however_near_their_hashes_are(me: Actor) -> None:
    added(me, encoded(POSTER))
    marked = POSTER.copy()
    marked[430:450, 560:620] = (39, 71, 184)
    for number, other in enumerate((poster("#4F7A63", width=640, height=480), POSTER[7:-7, 9:-9], marked)):
        assert added(me, encoded(np.ascontiguousarray(other)), f"Other {number}", duplicates="skip").outcome == "added"
    with db.transaction() as tx:
        hashes = [row & (1 << 64) - 1 for row in tx.scalars(sa.text("select phash from pictures")).all()]
    assert min(distance(a, b) for a, b in itertools.combinations(hashes, 2)) <= 2


def test_in_a_family_that_differs_in_colour_alone_the_right_one_is_found(me: Actor) -> None:
    family = [poster(f"#{40 + 9 * number:02x}{200 - 8 * number:02x}60") for number in range(20)]
    first = [added(me, encoded(pixels), f"Tin {number}", duplicates="skip") for number, pixels in enumerate(family)]
    assert {one.outcome for one in first} == {"added"}
    for number in (0, 7, 19):
        again = added(me, saved(family[number], "JPEG", quality=92), duplicates="skip")
        assert (again.outcome, again.asset.name) == ("here", f"Tin {number}")


def test_what_looks_the_same_can_be_left_out(me: Actor) -> None:
    first = added(me, encoded(POSTER))
    for again in AGAIN.values():
        found = added(me, again(), "Another", duplicates="skip")
        assert (found.outcome, found.duplicate, found.asset.id) == ("here", True, first.asset.id)
    assert library() == ["Poster"]


def test_of_pictures_that_look_the_same_and_come_at_once_one_is_added(me: Actor) -> None:
    arrival = Arrival("Poster", "test", duplicates="skip").checked(me)
    stored = [arriving.store(make(), arrival) for make in AGAIN.values()]
    together = threading.Barrier(len(stored))

    def enter(arrived: arriving.Arrived) -> sources.Added | None:
        together.wait(10)
        return arriving.enter(me, arrived, arrival)

    with ThreadPoolExecutor(len(stored)) as pool:
        found = [one for one in pool.map(enter, stored) if one]
    assert sorted(one.outcome for one in found) == ["added", *["here"] * (len(stored) - 1)]
    assert len({one.asset.id for one in found}) == 1


def test_what_looks_the_same_can_become_the_next_version(me: Actor) -> None:
    first = added(me, encoded(POSTER))
    second = added(me, AGAIN["webp"](), "Another", duplicates="version")
    assert (second.outcome, second.asset.id, second.version.number) == ("version", first.asset.id, 2)
    assert (second.version.kind, second.version.parent_id) == ("import", first.version.id)
    assert added(me, AGAIN["webp"](), "Another", duplicates="version").outcome == "here"
    new = added(me, poster_png("#4F7A63"), "New", duplicates="version")
    assert (new.outcome, new.version.number) == ("added", 1)


def test_a_picture_like_a_state_that_its_asset_has_left_never_undoes_what_came_after(me: Actor) -> None:
    first = added(me, encoded(POSTER))
    added(me, poster_png("#4F7A63"), onto=str(first.asset.id))
    found = added(me, AGAIN["webp"](), "Another", duplicates="version")
    assert (found.outcome, found.version.number) == ("here", 1)


def test_a_picture_becomes_the_next_version_of_the_asset_that_is_named(me: Actor) -> None:
    first = added(me, encoded(POSTER))
    second = added(me, poster_png("#4F7A63"), "ignored", onto="poster")
    assert (second.outcome, second.asset.id, second.version.number) == ("version", first.asset.id, 2)
    again = added(me, poster_png("#4F7A63"), "ignored", onto="poster")
    assert (again.outcome, again.version.number) == ("here", 2)
    back = added(me, encoded(POSTER), "ignored", onto="poster")
    assert back.version.number == 3, "bytes of an earlier version are asked for by name, so they come back"
    sources.archive(me, "poster")
    with pytest.raises(MovedOn, match="archived"):
        added(me, poster_png("#2747B8"), onto="poster")
    with db.transaction() as tx:
        assert tx.scalar(sa.text("select count(*) from events where verb = 'version:import'")) == 2


def test_only_a_lead_replaces_a_picture(me: Actor) -> None:
    operators.add(me, "mara@aster.example", "designer")
    mara = operators.actor("mara@aster.example", "cli")
    first = added(mara, encoded(POSTER))
    for more in ({"onto": str(first.asset.id)}, {"duplicates": "version"}):
        with pytest.raises(NotAllowed, match="replace pictures"):
            added(mara, poster_png("#4F7A63"), **more)
    assert added(mara, AGAIN["webp"](), duplicates="skip").outcome == "here"


def test_archived_assets_are_no_duplicates(me: Actor) -> None:
    first = added(me, encoded(POSTER))
    sources.archive(me, str(first.asset.id))
    second = added(me, AGAIN["webp"](), duplicates="skip")
    assert (second.outcome, second.alike) == ("added", ())


def test_a_lost_preview_makes_nothing_alike_and_breaks_nothing(me: Actor) -> None:
    first = added(me, encoded(POSTER))
    assert first.asset.thumb_sha256
    storage.store().erase(first.asset.thumb_sha256)
    likenesses._look.cache_clear()
    assert added(me, AGAIN["half"](), duplicates="skip").outcome == "added"


def library() -> list[str]:
    with db.transaction() as tx:
        return sorted(asset.name for asset in sources.library(tx).assets)


def test_transparency_counts_when_pictures_are_compared() -> None:
    blue, white = (np.zeros((64, 64, 4), np.uint8) for _ in range(2))
    blue[16:48, 16:48], white[16:48, 16:48] = (39, 71, 184, 255), (255, 255, 255, 255)
    assert same(blue, blue) and not same(blue, white)
    assert not same(np.zeros((64, 64, 3), np.uint8), np.zeros((64, 80, 3), np.uint8))


def same(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> bool:
    return likeness.same(likeness.look(first), likeness.look(second))


def test_a_long_strip_is_the_same_at_half_its_size_in_either_order() -> None:
    strip = np.ascontiguousarray(np.tile(POSTER, (1, 3, 1))[100:370, :1832])
    half = np.asarray(Image.open(io.BytesIO(saved(strip, "WEBP", 0.5, quality=80))).resize((512, 75)))
    full = np.asarray(Image.fromarray(strip).resize((512, 76)))
    assert same(strip, full) and same(half, full) and same(full, half)


def test_every_hash_within_reach_shares_a_probe_and_strangers_rarely_do() -> None:
    rng = random.Random(5)
    slices = lambda value: {(place << 16) + (value >> 16 * place & 0xFFFF) for place in range(4)}  # noqa: E731
    for _ in range(2000):
        value = rng.getrandbits(64)
        bits = rng.sample(range(64), rng.randint(0, likeness.BITS))
        other = value ^ sum(1 << bit for bit in bits)
        assert slices(other) & set(likenesses.probes(value))
    strangers = sum(bool(slices(rng.getrandbits(64)) & set(likenesses.probes(0))) for _ in range(2000))
    assert strangers < 20


ROWS = 100_000


@pytest.fixture
def crowded(me: Actor) -> Picture:
    """A library of 100,000 pictures with random hashes, a hundred of them near the one that is asked for."""
    first = added(me, encoded(POSTER))
    make = """
      with numbers as (select n, encode(sha256(n::text::bytea), 'hex') as sha from generate_series(1, :rows) n)
      insert into pictures (sha256, format, width, height, alpha, profile, pixel_sha256, phash, preview_sha256, thumb_sha256)
      select sha, 'PNG', 640, 480, false, false, sha, case when n <= 100 then :phash # (1::bigint << (n % 60)::integer)
        else (random() * 9e18)::bigint - (n % 2) * 4611686018427387904 end, :sha, :sha from numbers"""
    with db.transaction() as tx:
        picture = tx.get_one(Picture, first.version.sha256)
        values = {"rows": ROWS, "phash": picture.phash, "sha": picture.thumb_sha256}
        # without triggers and foreign keys, and with the index made at the end, this takes seconds and not a minute
        tx.execute(sa.text("set local session_replication_role = replica"))
        index = tx.scalar(sa.text("select indexdef from pg_indexes where indexname = 'pictures_alike'"))
        tx.execute(sa.text("drop index pictures_alike"))
        tx.execute(sa.text(make), values)
        tx.execute(
            sa.text(
                "insert into versions (asset_id, number, kind, sha256, parent_id, committed_by)"
                " select :asset, n + 1, 'import', encode(sha256(n::text::bytea), 'hex'), :parent, :me"
                " from generate_series(1, :rows) n"
            ),
            {"asset": first.asset.id, "parent": first.version.id, "me": me.id, "rows": ROWS},
        )
        tx.execute(sa.text(index))
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("analyze pictures, versions"))
    return picture


def test_among_100_000_pictures_the_near_ones_are_found_by_the_index_and_few_pages(crowded: Picture) -> None:
    with db.transaction() as tx:
        asked: list[tuple[str, object]] = []
        sa.event.listen(db.engine(), "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
        found = likenesses.near(tx, crowded)
        statement, values = next(one for one in asked if "phash_slices" in one[0])
        plan = (
            tx.connection().exec_driver_sql(f"explain (analyze, buffers, format json) {statement}", values).scalar_one()
        )
    assert len(found) == likenesses.LOOKED_AT
    text, top = str(plan), plan[0]["Plan"]
    pages = top["Shared Hit Blocks"] + top["Shared Read Blocks"]
    assert "pictures_alike" in text and "Seq Scan" not in text, text
    assert pages < 1500, pages
