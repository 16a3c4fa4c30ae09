"""`templates`: the edits that may be run."""

from pathlib import Path
from typing import Annotated, Any

import typer

from workbench import db, proofs, sources
from workbench import templates as templates_
from workbench.cli import calls
from workbench.errors import LoupeError, RejectedFile
from workbench.models import TemplateRevision
from workbench.permissions import require

templates = typer.Typer(name="templates", help="Edits that may be run.", no_args_is_help=True)
FILE = Annotated[Path, typer.Argument(metavar="FILE", help="A TOML file.")]
NAME = Annotated[str, typer.Argument(metavar="NAME")]
REVISION = Annotated[int | None, typer.Option(help="A revision's number.")]


def read_text(path: Path) -> str:
    """The text of a TOML file. Raises RejectedFile or NotFound."""
    try:
        return sources.read_file(path.expanduser()).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RejectedFile(f"“{path.name}” is not a text file in UTF-8. Give a TOML file.") from error


def write_text(path: Path, text: str) -> None:
    """Save `text`. Raises LoupeError where that is not possible."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise LoupeError(f"“{path}” can't be written: {error.strerror}. Choose another place with --to.") from error


def _template(row: TemplateRevision) -> dict[str, Any]:
    engines = templates_.definition(row).engines.allowed
    return {"name": row.name, "revision": row.revision, "state": row.state, "engines": list(engines)}


@templates.command("add")
def templates_add(file: FILE) -> None:
    """Propose a template, or its next revision."""
    row = templates_.propose(calls.actor(), read_text(file))
    calls.show({**_template(row), "sha256": row.sha256}, f"“{row.name}” revision {row.revision} is {row.state}.")


@templates.command("list")
def templates_list() -> None:
    """The templates: what runs, and what waits for approval."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        shown = templates_.everything(tx)
    rows = [
        _template(row)
        for one in shown
        for row in ([row for row in one.revisions if row.state != "retired"] or one.revisions[:1])
    ]
    columns = {"name": "Name", "revision": "Revision", "state": "State", "engines": "Engines"}
    calls.show(rows, calls.table(rows, columns, empty="There are no templates. `templates add FILE` proposes one."))


@templates.command("show")
def templates_show(name: NAME) -> None:
    """One template with its revisions, and the newest proof of each."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        shown = templates_.show(tx, name)
        found = proofs.latest(tx, [row.id for row in shown.revisions])
        newest = {key: proofs.show(tx, str(proof.id)) for key, proof in found.items()}
    document = {
        **_template(shown.current),
        "title": shown.current.title,
        "definition": shown.current.definition,
        "self_approved": shown.current.self_approved,
        "revisions": [
            {
                "revision": row.revision,
                "state": row.state,
                "sha256": row.sha256,
                "approved_on_proof": row.proof_id,
                "proof": proven(newest[row.id]) if row.id in newest else None,
            }
            for row in shown.revisions
        ],
    }
    calls.show(document, shown.current.source)


def proven(shown: proofs.Shown) -> dict[str, Any]:
    """A proof in numbers."""
    return {
        "proof": shown.proof.id,
        "state": shown.state,
        "pictures": len(shown.items),
        "passed": shown.passed,
        "share": round(shown.share, 4),
        "counts": dict(shown.counts),
        "by": shown.author.email,
        "at": shown.proof.created_at.isoformat(),
    }


@templates.command("export")
def templates_export(
    name: NAME,
    to: Annotated[Path, typer.Option(metavar="FILE", help="Where the TOML goes; “-” prints it.")],
    revision: REVISION = None,
) -> None:
    """Write a template as the TOML that `templates add` reads."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        row = templates_.show(tx, name).current if revision is None else templates_.revision(tx, name, revision)
    document = {**_template(row), "path": str(to), "sha256": row.sha256}
    if str(to) == "-":
        calls.show({**document, "toml": row.source}, row.source)
        return
    write_text(to.expanduser(), row.source)
    calls.show(document, f"“{row.name}” revision {row.revision} is in {to}.")


@templates.command("approve")
def templates_approve(name: NAME, revision: REVISION = None) -> None:
    """Let a proposed revision run."""
    row = templates_.approve(calls.actor(), name, revision)
    document = {**_template(row), "self_approved": row.self_approved}
    calls.show(
        document, f"“{row.name}” revision {row.revision} may run{' (self-approved)' if row.self_approved else ''}."
    )


@templates.command("retire")
def templates_retire(name: NAME, revision: REVISION = None) -> None:
    """Take a template out of use."""
    row = templates_.retire(calls.actor(), name, revision)
    calls.show(_template(row), f"“{row.name}” revision {row.revision} is retired.")
