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
from tests.conftest import STARTER
from tests.flows import VALUES, accepted, added, submitted
from workbench import audit, db, models, postgres, proofs, templates
from workbench.edits import pipeline
from workbench.models import Proof
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


def test_a_raw_output_is_marked_with_its_reason_for_ever(me: Actor, rules: None) -> None:
    edit = submitted(me)
    for change in ("raw = true, reason = 'x'", "reason = 'x'"):
        assert "immutable" in refused(f"update edits set {change} where id = :id", id=edit.id)
    copy = (
        "insert into edits (asset_id, base_version_id, base_sha256, template_revision_id, engine, summary, recipe,"
        " recipe_sha256, author_id, via, raw, reason) select asset_id, base_version_id, base_sha256,"
        " template_revision_id, 'external', summary, replace(recipe, :none, :lock), recipe_sha256, author_id,"
        " via, :raw, :reason from edits where id = :id"
    )
    none, as_it_came, locked = '"lock":null', '"lock":{"raw":true}', '"lock":{}'
    # the mark can't be left out, nor put on what was locked, nor stand without a reason
    for lock, raw, reason, constraint in (
        (as_it_came, False, "", "edits_raw"),
        (locked, True, "why", "edits_raw"),
        (as_it_came, True, "  ", "edits_reason"),
        (locked, False, "why", "edits_reason"),
    ):
        assert constraint in refused(copy, id=edit.id, none=none, lock=lock, raw=raw, reason=reason)
    with db.transaction() as tx:
        tx.execute(sa.text(copy), {"id": edit.id, "none": none, "lock": as_it_came, "raw": True, "reason": "why"})
    assert "immutable" in refused("update edits set raw = false, reason = '' where raw")


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


@pytest.fixture
def proof(me: Actor, rules: None) -> Proof:
    """A finished proof of a revision that waits for approval."""
    added(me)
    text = (STARTER / "templates" / "colour-swap.toml").read_text("utf-8")
    templates.propose(me, re.sub(r"ssim = [\d.]+", "ssim = 0.955", text))
    proof = proofs.start(me, "colour-swap", values=VALUES)
    proofs.prepare(proof.id, spell=600)
    with db.transaction() as tx:
        edit = proofs.show(tx, str(proof.id)).items[0].edit
    assert edit
    pipeline.run_now(edit.id)
    return proof


def test_what_was_made_in_a_proof_never_becomes_history(me: Actor, proof: Proof) -> None:
    edit = "(select id from edits where proof_id = :id)"
    assert "edits_proof" in refused(
        "update edits e set state = 'submitted', chosen_id = (select id from candidates where edit_id = e.id)"
        " where proof_id = :id",
        id=proof.id,
    )
    assert "immutable" in refused("update edits set kind = 'edit', proof_id = null where proof_id = :id", id=proof.id)
    assert "never submitted" in refused(
        "insert into decisions (edit_id, author_id, verb, decided_by, self_approved, seen_sha256, reason)"
        f" select id, author_id, 'reject', author_id, false, base_sha256, 'x' from edits where id = {edit}",
        id=proof.id,
    )
    assert "never submitted" in refused(
        "insert into versions (asset_id, number, kind, sha256, parent_id, edit_id, committed_by, approved_by, self_approved)"
        " select asset_id, 2, 'edit', base_sha256, base_version_id, id, author_id, author_id, true"
        f" from edits where id = {edit}",
        id=proof.id,
    )


def test_a_proof_and_its_pictures_are_immutable_but_for_their_end(me: Actor, proof: Proof) -> None:
    for change in ("values = '{}'", "created_at = now()", "prepared_at = null", "author_id = gen_random_uuid()"):
        assert "immutable" in refused(f"update proofs set {change} where id = :id", id=proof.id)
    for change in ("asset_id = gen_random_uuid()", "sha256 = repeat('a', 64)", "attempt = 0"):
        assert "immutable" in refused(f"update proof_pictures set {change} where proof_id = :id", id=proof.id)
    for table in ("proofs", "proof_pictures"):
        assert "refused" in refused(f"delete from {table}")
        assert "refused" in refused(f"truncate {table} cascade")
    proofs.start(me, "colour-swap", values=VALUES)
    with db.transaction() as tx:
        tx.execute(sa.text("update proofs set cancelled_at = now() where prepared_at is null"))
    assert "once" in refused("update proofs set cancelled_at = null where cancelled_at is not null")


def test_an_edit_stands_in_a_proof_only_with_its_revision_and_one_of_its_pictures(me: Actor, proof: Proof) -> None:
    other = accepted(me).edit
    copy = (
        "insert into edits (asset_id, base_version_id, base_sha256, template_revision_id, kind, engine, summary, recipe,"
        " recipe_sha256, author_id, via, proof_id) select {asset}, {version}, base_sha256, {revision}, 'proof', engine,"
        " summary, recipe, recipe_sha256, author_id, via, :id from edits where id = {edit}"
    )
    own = f"(select id from edits where proof_id = '{proof.id}')"
    same = {"asset": "asset_id", "version": "base_version_id", "revision": "template_revision_id", "edit": own}
    assert "edits_of_proof" in refused(copy.format(**same), id=proof.id)
    foreign = {**same, "edit": f"'{other.id}'", "revision": f"'{proof.template_revision_id}'"}
    assert "edits_proof_id_asset_id_fkey" in refused(copy.format(**foreign), id=proof.id)
    bare = proofs.start(me, "colour-swap", assets=[str(other.asset_id)], values=VALUES)
    wrong = {**same, "edit": f"'{other.id}'"}
    assert "edits_proof_id_template_revision_id_fkey" in refused(copy.format(**wrong), id=bare.id)


def test_an_approval_names_a_proof_of_its_own_revision_or_none_for_ever(me: Actor, proof: Proof) -> None:
    named = "update template_revisions set proof_id = :id where "
    assert "when a revision is approved" in refused(named + "state = 'proposed'", id=proof.id)
    assert "when a revision is approved" in refused(named + "state = 'approved' and name = 'place-logo'", id=proof.id)
    foreign = (
        "update template_revisions set state = 'approved', approved_by = author_id, self_approved = true, proof_id = :id"
        " where name = 'foreign'"
    )
    text = (STARTER / "templates" / "colour-swap.toml").read_text("utf-8")
    templates.propose(me, text.replace('"colour-swap"', '"foreign"'))
    assert "template_revisions_proof_id_id_fkey" in refused(foreign, id=proof.id)
    assert templates.approve(me, "colour-swap").proof_id == proof.id
    assert "when a revision is approved" in refused("update template_revisions set proof_id = null where proof_id = :id",
                                                    id=proof.id)  # fmt: skip


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
