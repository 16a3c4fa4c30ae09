"""The rules that the database keeps by itself, whoever writes, and the migrations."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from tests.clusters import open_place
from tests.flows import accepted, submitted
from workbench import audit, db, models, postgres
from workbench.permissions import Actor

assert models


def refused(statement: str, **values: object) -> str:
    """Run a statement that must be refused, and return the database's words."""
    with pytest.raises(sa.exc.DBAPIError) as caught, db.transaction() as tx:
        tx.execute(sa.text(statement), values)
    return str(caught.value.orig)


@pytest.mark.parametrize("table", ["versions", "candidates", "decisions", "events", "pictures", "templates"])
def test_history_refuses_update_delete_and_truncate(me: Actor, rules: None, table: str) -> None:
    accepted(me)
    column = {"versions": "note = 'x'", "candidates": "verdict = 'pass'", "decisions": "note = 'x'", "events": "via = 'x'",
              "pictures": "width = 1", "templates": "created_at = now()"}[table]  # fmt: skip
    assert "refused" in refused(f"update {table} set {column}")
    assert "refused" in refused(f"delete from {table}")
    assert "refused" in refused(f"truncate {table} cascade")


@pytest.mark.parametrize(
    "table", ["assets", "edits", "blobs", "operators", "template_revisions", "guidelines", "workspace"]
)
def test_nothing_is_ever_deleted(me: Actor, rules: None, table: str) -> None:
    accepted(me)
    assert "refused" in refused(f"delete from {table}")


def test_a_hash_has_the_shape_of_a_sha256(me: Actor) -> None:
    for bad in ("x" * 64, "a" * 63, "A" * 64, ""):
        assert "check constraint" in refused(
            "insert into blobs (sha256, size, media_type) values (:bad, 1, 'x')", bad=bad
        )


def test_an_asset_has_each_version_number_once(me: Actor, rules: None) -> None:
    done = accepted(me)
    words = refused(
        "insert into versions (asset_id, number, kind, sha256, parent_id, committed_by)"
        " select asset_id, number, 'revert', sha256, parent_id, committed_by from versions where id = :id",
        id=done.version.id,
    )
    assert "versions_asset_id_number_key" in words


def test_an_edit_only_goes_the_ways_there_are(me: Actor, rules: None) -> None:
    done = accepted(me)
    for state in ("queued", "running", "ready", "rejected", "withdrawn", "failed", "nonsense"):
        with pytest.raises(sa.exc.DBAPIError), db.transaction() as tx:
            tx.execute(sa.text("update edits set state = :state where id = :id"), {"state": state, "id": done.edit.id})


def test_what_an_edit_asked_for_never_changes(me: Actor, rules: None) -> None:
    edit = submitted(me)
    for column in (
        "recipe = '{}'",
        "author_id = gen_random_uuid()",
        "base_sha256 = repeat('a', 64)",
        "engine = 'external'",
    ):
        assert "immutable" in refused(f"update edits set {column} where id = :id", id=edit.id)
    assert "chosen when the edit was submitted" in refused(
        "update edits set chosen_id = gen_random_uuid() where id = :id", id=edit.id
    )


def test_a_revision_is_immutable_and_its_state_goes_forward(me: Actor, rules: None) -> None:
    assert "immutable" in refused("update template_revisions set source = 'x'")
    assert "can't go" in refused("update template_revisions set state = 'proposed'")
    assert "immutable" in refused("update guidelines set definition = '{}'")


def test_four_eyes_are_kept_by_the_database_and_never_unset(me: Actor, rules: None) -> None:
    edit = submitted(me)
    with db.transaction() as tx:
        tx.execute(sa.text("update workspace set four_eyes = true"))
    decide = (
        "insert into decisions (edit_id, author_id, verb, decided_by, self_approved, seen_sha256, version_id) select e.id,"
        " e.author_id, 'accept', e.author_id, {own}, e.base_sha256, e.base_version_id from edits e where e.id = :id"
    )
    assert "nobody approves their own work" in refused(decide.format(own="true"), id=edit.id)
    # claiming that somebody else approved doesn't help: the author is part of the reference
    assert "check constraint" in refused(decide.format(own="false"), id=edit.id)
    lie = decide.replace("e.author_id, 'accept'", "gen_random_uuid(), 'accept'").format(own="false")
    assert "foreign key" in refused(lie, id=edit.id)
    assert "nobody approves their own work" in refused(
        "insert into template_revisions (name, revision, title, definition, source, sha256, state, author_id, approved_by,"
        " self_approved) select name, revision + 1, title, definition, source, sha256, 'approved', author_id, author_id, true"
        " from template_revisions limit 1"
    )
    assert "stay on" in refused("update workspace set four_eyes = false")


def test_the_ledger_is_chained_and_a_change_behind_its_back_is_found(me: Actor, rules: None) -> None:
    accepted(me)
    with db.transaction() as tx:
        assert audit.verify(tx).ok
        count = audit.verify(tx).events
    for change, broken in (
        ("operator = 'somebody@else.example'", "operator"),
        ("detail = '{}'", "detail"),
        ("at = at + interval '1 second'", "at"),
        ("body = replace(body, 'cli', 'web')", "hash"),
    ):
        with pytest.raises(RuntimeError, match="undo"), db.transaction() as tx:
            tx.execute(sa.text("alter table events disable trigger user"))
            tx.execute(sa.text(f"update events set {change} where seq = 3"))
            found = audit.verify(tx)
            assert (found.ok, found.first_break) == (False, 3)
            assert broken in found.why
            raise RuntimeError("undo")
    with pytest.raises(RuntimeError, match="undo"), db.transaction() as tx:
        tx.execute(sa.text("alter table events disable trigger user"))
        tx.execute(sa.text("delete from events where seq = 5"))
        assert audit.verify(tx).first_break == 6
        raise RuntimeError("undo")
    with db.transaction() as tx:
        assert audit.verify(tx).events == count


def test_events_refuse_another_isolation_level(me: Actor) -> None:
    with db.engine().connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        with pytest.raises(sa.exc.DBAPIError, match="READ COMMITTED"):
            connection.execute(
                sa.text("insert into events (verb, operator, via, subject) values ('a:b', 'x', 'cli', 'y')")
            )


def test_the_rows_in_python_are_the_tables_in_the_database(me: Actor) -> None:
    with db.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _ours, "compare_type": False})
        missing = [
            one for one in compare_metadata(context, SQLModel.metadata)
            if not isinstance(one, list) and one[0] in ("add_table", "remove_table", "add_column", "remove_column")
        ]  # fmt: skip
    assert not missing


def _ours(name: str | None, kind: str, parents: object) -> bool:
    return kind != "table" or not re.match(r"procrastinate|alembic", name or "")


@pytest.fixture(scope="module")
def sixteen() -> Iterator[str]:
    with open_place() as home:
        yield postgres.start(home, major=16, options={"fsync": "off"})


def test_the_migrations_run_on_postgresql_16_without_any_extension(
    sixteen: str, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sixteen.replace("+psycopg2", ""))
    db.forget()
    from workbench.settings import settings

    settings.cache_clear()
    assert db.migrate() == db.revision()
    with db.transaction() as tx:
        assert str(tx.scalar(sa.text("show server_version"))).startswith("16")
        assert list(tx.scalars(sa.text("select extname from pg_extension"))) == ["plpgsql"]
        first, second = (uuid.UUID(str(tx.scalar(sa.text("select uuidv7()")))) for _ in range(2))
        assert first.version == second.version == 7
        assert first.int >> 80 <= second.int >> 80
