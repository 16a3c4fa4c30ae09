"""Transactions, and what a database that isn't ready or isn't there says."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from workbench import db, operators
from workbench.errors import DatabaseFault, Unavailable
from workbench.models import Operator
from workbench.permissions import Actor
from workbench.settings import settings

ROOT = Path(__file__).resolve().parent.parent


def test_a_transaction_keeps_all_or_nothing(me: Actor) -> None:
    with pytest.raises(RuntimeError), db.transaction() as tx:
        tx.add(Operator(email="half@aster.example", role="lead"))
        tx.flush()
        raise RuntimeError("the second half fails")
    with db.transaction() as tx:
        assert [person.email for person in operators.everybody(tx)] == [me.email]


def test_an_empty_database_says_what_to_run(house: Path) -> None:
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("drop schema public cascade; create schema public")
    with pytest.raises(Unavailable, match="workbench setup"):
        operators.local()


def test_a_database_that_is_not_there_says_so(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    settings.cache_clear()
    db.forget()
    with pytest.raises(DatabaseFault, match="nothing was changed"):
        operators.local()


@pytest.mark.parametrize("given", ["mysql://x/y", "nonsense", ""])
def test_an_address_of_something_else_is_refused(given: str) -> None:
    with pytest.raises(Unavailable, match="DATABASE_URL"):
        db.explicit(given)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_postgresql_means_the_same_driver(scheme: str) -> None:
    assert db.explicit(f"{scheme}://a:b@c/d?sslmode=require") == "postgresql+psycopg2://a:b@c/d?sslmode=require"


def test_many_migrations_at_once_end_at_the_same_revision(house: Path) -> None:
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("drop schema public cascade; create schema public")
    words = [sys.executable, "-c", "from workbench import db; print(db.migrate())"]
    processes = [subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate(timeout=120)[0].strip() for process in processes] == [db.revision()] * 3


def test_a_schema_from_a_newer_loupe_is_left_alone(house: Path) -> None:
    with db.transaction() as tx:
        tx.execute(sa.text("update alembic_version set version_num = '9999'"))
    with pytest.raises(Unavailable, match="newer Loupe"):
        db.migrate()
