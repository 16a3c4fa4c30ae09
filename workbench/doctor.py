"""What `loupe doctor` and `loupe stats` say: each part, whether it works, and what to do if not."""

import os
import shutil
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from workbench import audit, db, insights, jobs, postgres, sources, storage, telemetry
from workbench.engines import openai
from workbench.errors import LoupeError
from workbench.permissions import Actor
from workbench.settings import settings
from workbench.storage import examining

#: bytes of free disk below which the store gets a warning
LITTLE_SPACE = 2_000_000_000


@dataclass(frozen=True)
class Check:
    """One part of the house."""

    part: str
    state: Literal["good", "warning", "broken"]
    words: str


def examine(edit: Actor | None = None) -> list[Check]:
    """All checks, in the order in which things depend on each other.

    edit: who asks that the image model also makes a small picture, which costs money.
    """
    checks = [_home(), _database(), _schema(), _store(), _worker(), _ledger(), _model()]
    if edit is not None:
        checks.append(_trial(edit))
    checks += [_source(*place) for place in sources.places()]
    return checks + ([_metrics(*there)] if (there := telemetry.collector()) else [])


def _home() -> Check:
    root = settings().root
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return Check(
            "home", "broken", f"{root} can't be made: {error.strerror}. Set LOUPE_HOME to a folder you may write to."
        )
    if not os.access(root, os.W_OK):
        return Check("home", "broken", f"{root} can't be written to. Set LOUPE_HOME to a folder you may write to.")
    free = shutil.disk_usage(root).free
    words = f"{root}, {free / 1e9:.1f} GB free"
    return Check("home", "warning" if free < LITTLE_SPACE else "good", words)


def _database() -> Check:
    if settings().database_url:
        try:
            with db.engine().connect() as connection:
                version = connection.scalar(sa.text("show server_version"))
        except (LoupeError, sa.exc.OperationalError):
            return Check(
                "database", "broken", "DATABASE_URL is set, but no database answers there. Check address and password."
            )
        return Check("database", "good", f"PostgreSQL {version} at DATABASE_URL")
    try:
        db.url()
        found = postgres.status(settings().root)
    except LoupeError as error:
        return Check("database", "broken", str(error))
    account = f", run as {found.account}" if found.account else ""
    return Check(
        "database",
        "good",
        f"embedded PostgreSQL {found.version}, data in {found.data}, programs in {found.binaries}{account}",
    )


def _schema() -> Check:
    try:
        revision = db.revision()
    except LoupeError as error:
        return Check("schema", "broken", str(error))
    if revision is None:
        return Check("schema", "broken", "The database is empty. Run `loupe setup`.")
    return Check("schema", "good", f"revision {revision}")


def _store() -> Check:
    try:
        store = storage.store()
        trials = examining.examine(store) if isinstance(store, storage.S3Store) else []
        if not trials:
            sha256 = store.put(b"loupe doctor\n")
            store.get(sha256)
    except LoupeError as error:
        return Check("store", "broken", str(error))
    lacking = [f"no {one.what}: {one.otherwise}" for one in trials if not one.works]
    if lacking:
        return Check("store", "warning", f"{store.place}: {'; '.join(lacking)}")
    tried = ", ".join(one.what for one in trials) or "written and read back"
    return Check("store", "good", f"{store.place}: {tried}")


def _worker() -> Check:
    try:
        with db.transaction() as tx:
            there = jobs.anybody_there(tx)
            waiting = tx.scalar(sa.text("select count(*) from edits where state = 'queued'"))
    except (LoupeError, sa.exc.ProgrammingError):
        return Check("worker", "warning", "Not known without the database.")
    if there:
        return Check("worker", "good", f"running, {waiting} edits in the queue")
    return Check(
        "worker", "warning", f"none is running, {waiting} edits wait. `loupe up` or `loupe worker` starts one."
    )


def _ledger() -> Check:
    try:
        with db.transaction() as tx:
            number, tip = audit.tip(tx)
    except (LoupeError, sa.exc.ProgrammingError):
        return Check("ledger", "warning", "Not known without the database.")
    return Check("ledger", "good", f"{number} events, tip {tip[:16] or 'none'}; `loupe audit verify` walks all of them")


def _source(name: str, trouble: str) -> Check:
    """A bucket or server that pictures may be added from; without it everything else works."""
    return Check("source", "warning" if trouble else "good", trouble or f"{name} answers")


def _model() -> Check:
    try:
        connection = openai.connection()
    except LoupeError as error:
        return Check("model", "broken", str(error))
    if connection is None:
        return Check("model", "good", "none is set up, so only exact edits run; docs/reference/settings.md says how")
    found = openai.probe(connection)
    where = f"{connection.model} at {connection.host}, as {connection.profile.title}"
    if not found.works:
        return Check("model", "broken", f"{where}: {found.words}")
    if connection.emulated:
        return Check("model", "warning", f"{where}: an emulator, nothing it makes comes from a model")
    return Check("model", "good", f"{where}: {found.words}")


def _trial(actor: Actor) -> Check:
    try:
        found = insights.trial(actor)
    except LoupeError as error:
        return Check("small edit", "warning", str(error))
    return Check("small edit", "good" if found.works else "broken", found.words)


def _metrics(host: str, installed: bool) -> Check:
    if installed:
        return Check("metrics", "good", f"pushed to {host} by the worker")
    return Check(
        "metrics", "warning", f"meant for {host}, but the packages are missing: pip install -r requirements-otel.txt"
    )


def stats() -> dict[str, Any]:
    """Counts of what there is; edits by how they ended."""
    with db.transaction() as tx:
        count = {
            name: tx.scalar(sa.text(f"select count(*) from {table}"))
            for name, table in (
                ("assets", "assets where archived_at is null"),
                ("versions", "versions"),
                ("events", "events"),
            )
        }
        by_state = "select state, count(*) as n from edits where kind <> 'proof' group by state order by state"
        states = tx.execute(sa.text(by_state)).all()
        size = tx.scalar(sa.text("select coalesce(sum(size), 0) from blobs where erased_at is null"))
        templates = tx.scalar(sa.text("select count(*) from template_revisions where state = 'approved'"))
    return {
        **count,
        "approved_templates": templates,
        "stored_bytes": int(size or 0),
        "edits": {row.state: row.n for row in states},
    }
