"""History, queue and library at 100,000 assets and 1,000,000 versions: pages touched, statements, depth.

    python bench/scale.py [--assets 100000] [--versions 1000000] [--keep HOME]

Counters decide, not the clock: every hot statement must use an index (no sequential scan of a big table), touch at
most 150 pages, and page 2000 of a list may touch at most twice what page 1 does. Exit 1 when one of them misses.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from workbench import audit, db, edits, postgres, sources, versions
from workbench.models import Asset, Edit
from workbench.settings import settings

MOST_PAGES = 150
BIG = {"assets", "versions", "edits", "candidates", "events", "pictures", "blobs", "decisions"}

SEED = """
set session_replication_role = replica;
insert into operators (id, email, name, role)
  select md5('o' || n)::uuid, 'p' || n || '@seed.example', 'Person ' || n, case when n % 5 = 0 then 'lead' else 'designer' end
  from generate_series(1, 200) n;
insert into blobs (sha256, size, media_type)
  select encode(sha256(('b' || n)::bytea), 'hex'), 1000, 'image/png' from generate_series(0, 9999) n;
insert into pictures (sha256, format, width, height, alpha, profile, pixel_sha256, phash, preview_sha256, thumb_sha256)
  select sha256, 'PNG', 1600, 1200, false, false, sha256, 0, sha256, sha256 from blobs;
insert into templates (name) values ('colour-swap');
insert into template_revisions (id, name, revision, title, definition, source, sha256, state, author_id, approved_by, self_approved)
  select md5('t')::uuid, 'colour-swap', 1, 'Colour swap', '{}', '', repeat('a', 64), 'approved', md5('o1')::uuid, md5('o5')::uuid, false;
insert into assets (id, name, collection, tags, created_by, created_at, updated_at, head_id, number, sha256, format, width, height,
    alpha, thumb_sha256)
  select md5('a' || n)::uuid, 'Product ' || n || ' ' || (array['bottle','tin','jar','cup','tote'])[1 + n % 5], 'Collection ' || n % 40,
    array['tag' || n % 100], md5('o' || 1 + n % 200)::uuid, now() - n * interval '1 minute', now() - n * interval '1 minute',
    md5('v' || n || '.1')::uuid, 1, md5('x') || md5('y'), 'PNG', 1600, 1200, false, md5('x') || md5('y')
  from generate_series(1, :assets) n;
insert into versions (id, asset_id, number, kind, sha256, parent_id, committed_by, created_at)
  select md5('v' || n || '.' || k)::uuid, md5('a' || n)::uuid, k, case when k = 1 then 'import' else 'revert' end,
    encode(sha256(('b' || (n * 7 + k) % 10000)::bytea), 'hex'), case when k > 1 then md5('v' || n || '.' || k - 1)::uuid end,
    md5('o' || 1 + k % 200)::uuid, now() - n * interval '1 minute' + k * interval '1 second'
  from generate_series(1, :assets) n, generate_series(1, case when n = 1 then 2000 else :each end) k;
update assets a set head_id = v.id from (select distinct on (asset_id) asset_id, id from versions order by asset_id, number desc) v
  where v.asset_id = a.id;
insert into edits (id, asset_id, base_version_id, base_sha256, template_revision_id, engine, summary, recipe, recipe_sha256, state,
    author_id, via, chosen_id, verdict, thumb_sha256, submitted_at, created_at)
  select uuidv7(), md5('a' || n)::uuid, md5('v' || n || '.1')::uuid, encode(sha256(('b' || (n * 7 + 1) % 10000)::bytea), 'hex'),
    md5('t')::uuid, 'exact', 'Colour swap', '{}', encode(sha256(('r' || n || '.' || k)::bytea), 'hex'),
    case when k = 1 and n % 5 = 0 then 'submitted' else 'accepted' end, md5('o' || 1 + n % 200)::uuid, 'web',
    md5('c' || n || '.' || k)::uuid, 'pass', md5('x') || md5('y'), now() - n * interval '1 minute', now() - n * interval '1 minute'
  from generate_series(1, :assets) n, generate_series(1, 3) k;
insert into candidates (id, edit_id, index, sha256, verdict, report)
  select chosen_id, id, 1, base_sha256, 'pass', '{}' from edits;
insert into decisions (edit_id, author_id, verb, decided_by, self_approved, seen_sha256, version_id)
  select id, author_id, 'accept', md5('o5')::uuid, author_id = md5('o5')::uuid, base_sha256, base_version_id from edits
  where state = 'accepted';
insert into events (seq, at, verb, operator, via, subject, asset_id, detail, body, prev, hash)
  select n, now() - (:versions - n) * interval '1 second', 'edit:accept', 'p1@seed.example', 'web', 'x',
    md5('a' || 1 + n % :assets)::uuid, '{}', '{}', repeat('a', 64), repeat('b', 64) from generate_series(1, :versions) n;
set session_replication_role = origin;
"""


def seed(assets: int, count: int) -> None:
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("set statement_timeout = 0")
        values = {":assets": assets, ":versions": count, ":each": max(1, count // assets)}
        for statement in SEED.split(";\n"):
            for name, value in values.items():
                statement = statement.replace(name, str(value))
            if statement.strip():
                start = time.monotonic()
                connection.exec_driver_sql(statement.replace("%", "%%"))
                print(f"  {statement.split('(')[0].strip()[:60]:62} {time.monotonic() - start:6.1f} s", file=sys.stderr)
        connection.exec_driver_sql("vacuum analyze")


def measured(name: str, call: Callable[[Any], object]) -> dict[str, Any]:
    """Run `call(tx)`; explain every statement it made and add up pages and sequential scans of big tables."""
    made: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        made.append((statement, parameters))

    with db.transaction() as tx:
        sa.event.listen(db.engine(), "before_cursor_execute", note)
        try:
            call(tx)
        finally:
            sa.event.remove(db.engine(), "before_cursor_execute", note)
    pages, scans, took = 0, [], 0.0
    with db.engine().connect() as connection:
        for statement, parameters in made:
            if statement.startswith("set "):
                connection.exec_driver_sql(statement)
                continue
            rows = connection.exec_driver_sql(f"explain (analyze, buffers, format json) {statement}", parameters)
            plan = rows.scalar()
            top = (json.loads(plan) if isinstance(plan, str) else plan)[0]
            pages += top["Plan"]["Shared Hit Blocks"] + top["Plan"]["Shared Read Blocks"]
            took += top["Execution Time"]
            scans += [node["Relation Name"] for node in nodes(top["Plan"]) if node["Node Type"] == "Seq Scan"]
    return {"name": name, "pages": pages, "statements": len(made), "scans": sorted(set(scans) & BIG), "ms": took}


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


def deep(assets: int) -> dict[str, Any]:
    """Cursors that stand where page 2000 of 48 begins (or the last page there is)."""
    place = min(2000 * 48, assets - 60)
    with db.transaction() as tx:
        newest = tx.scalar(
            sa.select(Asset.id).order_by(sa.desc(Asset.updated_at), sa.desc(Asset.id)).offset(place).limit(1)
        )
        named = tx.scalar(sa.select(Asset.id).order_by(sa.func.lower(Asset.name), Asset.id).offset(place).limit(1))
        waits = tx.execute(
            sa.select(Edit.submitted_at, Edit.id).where(Edit.state == "submitted").order_by(Edit.submitted_at, Edit.id)
            .offset(assets // 5 - 60).limit(1)
        ).one()  # fmt: skip
        edit = tx.scalar(sa.select(Edit.id).order_by(sa.desc(Edit.id)).offset(place).limit(1))
    return {"newest": str(newest), "named": str(named), "waits": tuple(waits), "edit": str(edit)}


def table(assets: int) -> list[dict[str, Any]]:
    far = deep(assets)
    hot = "Product 1 tin"

    def history(before: int | None) -> Callable[[Any], object]:
        return lambda tx: versions.history(tx, versions.find_asset(tx, hot), before=before)

    calls: list[tuple[str, Callable[[Any], object]]] = [
        ("library, newest, page 1", lambda tx: sources.library(tx)),
        ("library, newest, page 2000", lambda tx: sources.library(tx, after=far["newest"])),
        ("library, by name, page 1", lambda tx: sources.library(tx, sort="name")),
        ("library, by name, page 2000", lambda tx: sources.library(tx, sort="name", after=far["named"])),
        ("library, one collection", lambda tx: sources.library(tx, collections=["Collection 7"])),
        ("library, one rare word", lambda tx: sources.library(tx, query="77777")),
        ("library, names of collections", lambda tx: sources.collections(tx)),
        ("history of 2,000 versions, page 1", history(None)),
        ("history of 2,000 versions, last page", history(31)),
        ("queue, page 1", lambda tx: edits.waiting(tx)),
        ("queue, last page", lambda tx: edits.waiting(tx, after=far["waits"])),
        ("edits, page 1", lambda tx: edits.rows(tx)),
        ("edits, page 2000", lambda tx: edits.rows(tx, after=far["edit"])),
        ("one edit", lambda tx: edits.show(tx, far["edit"])),
        ("trail, page 1", lambda tx: audit.trail(tx)),
        ("trail of one asset", lambda tx: audit.trail(tx, asset=versions.find_asset(tx, hot).id)),
    ]
    return [measured(name, call) for name, call in calls]


def verdict(rows: list[dict[str, Any]]) -> list[str]:
    """What misses its demand, as sentences."""
    # cursors cost a look-up of their own row: 12 pages are allowed for it
    by = {row["name"]: row for row in rows}
    wrong = [f"{row['name']}: {row['pages']} pages" for row in rows if row["pages"] > MOST_PAGES]
    wrong += [f"{row['name']}: reads all of {', '.join(row['scans'])}" for row in rows if row["scans"]]
    for first, last in (
        ("library, newest, page 1", "library, newest, page 2000"), ("library, by name, page 1", "library, by name, page 2000"),
        ("history of 2,000 versions, page 1", "history of 2,000 versions, last page"), ("queue, page 1", "queue, last page"),
        ("edits, page 1", "edits, page 2000"),
    ):  # fmt: skip
        if by[last]["pages"] > 2 * by[first]["pages"] + 12:
            wrong.append(f"{last} touches {by[last]['pages']} pages, {first} {by[first]['pages']}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--versions", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="use this home and leave it there")
    options = parser.parse_args()
    home = options.keep or Path(tempfile.mkdtemp(prefix="loupe-scale-"))
    os.environ["LOUPE_HOME"] = str(home)
    os.environ.pop("DATABASE_URL", None)
    settings.cache_clear()
    try:
        postgres.start(home, options={"fsync": "off", "max_wal_size": "4GB"})
        db.migrate()
        with db.transaction() as tx:
            empty = tx.scalar(sa.text("select not exists (select from assets)"))
        if empty:
            seed(options.assets, options.versions)
        rows = table(options.assets)
    finally:
        db.forget()
        if not options.keep:
            postgres.stop(home)
            shutil.rmtree(home, ignore_errors=True)
    print(f"{'':40} {'pages':>7} {'statements':>11} {'ms':>8}")
    for row in rows:
        print(f"{row['name']:40} {row['pages']:7} {row['statements']:11} {row['ms']:8.2f}  {' '.join(row['scans'])}")
    wrong = verdict(rows)
    print("\n".join(["", *wrong]) if wrong else "\nAll within their limits.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
