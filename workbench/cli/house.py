"""The house itself: set up, start, stop, show what is there, back up, bring back."""

from pathlib import Path
from typing import Annotated

import typer

from workbench import db, insights, postgres, storage, telemetry
from workbench import demo as demo_
from workbench import doctor as doctor_
from workbench import worker as worker_
from workbench.cli import backups, calls, running, telling
from workbench.errors import LoupeError
from workbench.settings import settings


def add_to(app: typer.Typer) -> None:
    """Put these commands at the top of `app`."""
    for command in (setup, up, down, demo, doctor, worker, stats, backup, restore):
        app.command()(command)


def setup() -> None:
    """Make the database ready and, on your own machine, add the starter templates; again changes nothing."""
    storage.store()  # where there can't be one, nothing is begun
    revision = db.migrate()
    installed = [] if settings().dyno or settings().port else demo_.starter()
    document = {"home": str(settings().root), "revision": revision, "installed": installed}
    calls.show(document, f"Ready, at schema {revision}." + (f" Installed {', '.join(installed)}." if installed else ""))


def up(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="8501 without it, or the next free one.")] = None,
) -> None:
    """Start web and worker and keep them running until Ctrl-C or `loupe down`."""
    setup_quietly()
    running.up(port)


def setup_quietly() -> None:
    """What `setup` does, without a word."""
    db.migrate()
    if not (settings().dyno or settings().port):
        demo_.starter()


def down() -> None:
    """Stop web, worker and the embedded database; again does nothing."""
    stopped = running.down()
    served = not settings().database_url and postgres.stop(settings().root)
    done = [name for name, was in (("app", stopped), ("database", served)) if was]
    calls.show({"stopped": done}, f"Stopped: {', '.join(done)}." if done else "Nothing was running.")


def demo() -> None:
    """Add the demo brand Aster: guideline, templates, pictures, some history; again changes nothing."""
    db.migrate()
    with calls.progress("Drawing") as tell:
        made = demo_.install(tell)
    calls.show(made, f"The demo brand has {made['pictures']} pictures; {made['waiting']} edits wait for a decision.")


def doctor(
    edit: Annotated[bool, typer.Option("--edit", help="Also ask the model for a small picture: costs money.")] = False,
) -> None:
    """Look at every part and say what is wrong and what to do; exit 1 when something is."""
    checks = doctor_.examine(calls.actor() if edit else None)
    rows = [vars(check) for check in checks]
    columns = {"part": "Part", "state": "State", "words": "What"}
    calls.show(
        {"ok": all(check.state != "broken" for check in checks), "checks": rows}, calls.table(rows, columns, empty="")
    )
    if any(check.state == "broken" for check in checks):
        raise typer.Exit(1)


def worker() -> None:
    """Run edits until stopped."""
    telemetry.configure("worker")
    worker_.serve()


def stats(
    days: Annotated[int, typer.Option(min=1, max=insights.LONGEST, help="How far to look back; today is one.")] = 30,
) -> None:
    """How much there is, how edits ended, how long they took, what models answered and what they cost."""
    document = doctor_.stats()
    with db.transaction() as tx:
        document |= insights.document(tx, days)
    calls.show(document, "\n".join(telling.stats(document)))


def backup(
    to: Annotated[Path, typer.Option(help="A folder; what it holds already is kept and added to.")],
) -> None:
    """Copy database and pictures into a folder while everything keeps running."""
    with calls.progress("Copying") as tell:
        document = backups.backup(to.expanduser(), tell)
    calls.show(document, f"Saved the database and {document['objects']} files to {to}.")


def restore(
    source: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder that `backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Replace everything that is here now.")] = False,
) -> None:
    """Bring database and pictures back from a backup, replacing what is here."""
    if not yes:
        raise LoupeError("This replaces everything in the database. Add --yes if that is what you want.")
    with calls.progress("Copying") as tell:
        document = backups.restore(source.expanduser(), tell)
    calls.show(document, f"Restored the database and {document['objects']} files.")
