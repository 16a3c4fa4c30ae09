"""The database: one engine per process, one way to open a transaction, and the migrations."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session

from workbench import postgres
from workbench.errors import DatabaseFault, Unavailable
from workbench.settings import settings

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
#: PostgreSQL's code for a table that isn't there
UNDEFINED_TABLE = "42P01"
_lock = threading.Lock()
#: Alembic keeps its state in the module; between processes the database's own lock serves
_migrating = threading.Lock()
_engine: sa.Engine | None = None


def url() -> str:
    """The SQLAlchemy URL of this process's database; starts the embedded server when no DATABASE_URL is set."""
    given = settings().database_url
    return explicit(given.get_secret_value()) if given else postgres.start(settings().root)


def explicit(given: str) -> str:
    """`given` with its driver named: a bare postgresql:// would mean psycopg 3, and Heroku's postgres:// nothing."""
    scheme, separator, rest = given.partition("://")
    if not separator or scheme.split("+")[0] not in ("postgres", "postgresql"):
        raise Unavailable("DATABASE_URL must begin with postgres:// or postgresql://. Correct it and start again.")
    return f"postgresql+psycopg2://{rest}"


def libpq_url() -> str:
    """The same database as a plain URL, for psycopg and the command-line tools of PostgreSQL."""
    return url().replace("postgresql+psycopg2://", "postgresql://", 1)


def engine() -> sa.Engine:
    """This process's engine. Statements are cut off after 60 s, so a forgotten lock can't hold a page for ever."""
    global _engine
    with _lock:
        if _engine is None:
            _engine = sa.create_engine(
                url(),
                pool_size=5,
                max_overflow=10,
                pool_pre_ping=True,
                connect_args={
                    "connect_timeout": 10,
                    "application_name": "loupe",
                    "options": "-c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000",
                },
            )
        return _engine


def forget() -> None:
    """Drop this process's connections; the next call finds, and where it is ours starts, the database anew."""
    global _engine
    with _lock:
        if _engine is not None:
            _engine.dispose()
        _engine = None


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction under READ COMMITTED: committed at the end of the block, rolled back on any error.

    Raises DatabaseFault when the database can't be reached; nothing was changed then.
    """
    try:
        with Session(engine(), expire_on_commit=False) as tx, tx.begin():
            yield tx
    except sa.exc.OperationalError as error:
        forget()
        raise DatabaseFault(
            "The database can't be reached, so nothing was changed. Try again in a moment. "
            "If it stays so, tell whoever runs Loupe: the command doctor says what is wrong."
        ) from error
    except sa.exc.ProgrammingError as error:
        if getattr(error.orig, "pgcode", "") != UNDEFINED_TABLE:
            raise
        raise Unavailable("The database isn't set up yet. Run `python -m workbench setup`, then try again.") from error


def migrate() -> str:
    """Bring the schema to this program's revision, one process at a time, and return that revision."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", url().replace("%", "%%"))
    head = ScriptDirectory.from_config(config).get_current_head()
    if head is not None and revision() == head:
        return head
    try:
        with _migrating:
            command.upgrade(config, "head")
    except CommandError as error:
        raise Unavailable(
            "The database was set up by a newer Loupe than this one. "
            "Update Loupe, or point LOUPE_HOME or DATABASE_URL elsewhere."
        ) from error
    except sa.exc.OperationalError as error:
        raise DatabaseFault("The database can't be reached. Check DATABASE_URL, or run `doctor`.") from error
    return head or ""


def revision() -> str | None:
    """The schema's revision, or None before the first migration."""
    try:
        with engine().connect() as connection:
            if connection.scalar(sa.text("select to_regclass('alembic_version')")) is None:
                return None
            return str(connection.scalar(sa.text("select version_num from alembic_version")))
    except sa.exc.OperationalError as error:
        raise DatabaseFault("The database can't be reached. Check DATABASE_URL, or run `doctor`.") from error
