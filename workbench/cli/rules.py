"""`templates` and `guidelines`: what may be done, and the brand's rules."""

from pathlib import Path
from typing import Annotated, Any

import typer

from workbench import db, sources
from workbench import guidelines as guidelines_
from workbench import templates as templates_
from workbench.cli import calls
from workbench.errors import RejectedFile
from workbench.models import GuidelineRevision, TemplateRevision
from workbench.permissions import require

templates = typer.Typer(name="templates", help="Edits that may be run.", no_args_is_help=True)
guidelines = typer.Typer(name="guidelines", help="Palette, fonts and marks.", no_args_is_help=True)
FILE = Annotated[Path, typer.Argument(metavar="FILE", help="A TOML file.")]
NAME = Annotated[str, typer.Argument(metavar="NAME")]
REVISION = Annotated[int | None, typer.Option(help="A revision's number.")]


def read_text(path: Path) -> str:
    """The text of a TOML file. Raises RejectedFile or NotFound."""
    try:
        return sources.read_file(path.expanduser()).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RejectedFile(f"“{path.name}” is not a text file in UTF-8. Give a TOML file.") from error


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
    """One template with its revisions."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        shown = templates_.show(tx, name)
    document = {
        **_template(shown.current),
        "title": shown.current.title,
        "definition": shown.current.definition,
        "self_approved": shown.current.self_approved,
        "revisions": [{"revision": row.revision, "state": row.state, "sha256": row.sha256} for row in shown.revisions],
    }
    calls.show(document, shown.current.source)


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


def _guideline(row: GuidelineRevision) -> dict[str, Any]:
    guideline = guidelines_.definition(row)
    return {
        "revision": row.revision,
        "state": row.state,
        "title": row.title,
        "palette": [{"name": one.name, "hex": one.hex, "tolerance": one.tolerance} for one in guideline.colours],
        "fonts": [{"name": one.name, "file": one.file, "sha256": one.sha256} for one in guideline.fonts],
        "marks": [
            {"name": one.name, "kind": one.kind, "file": one.file, "sha256": one.sha256} for one in guideline.marks
        ],
        "sha256": row.sha256,
    }


@guidelines.command("add")
def guidelines_add(file: FILE) -> None:
    """Propose a guideline; fonts and marks it names lie beside the file."""
    text = read_text(file)
    folder = file.expanduser().resolve().parent
    names = guidelines_.names(text)
    beside = {name: sources.read_file(folder / name) for name in names if (folder / name).is_file()}
    row = guidelines_.propose(calls.actor(), text, beside)
    calls.show(_guideline(row), f"Revision {row.revision} of the guideline is {row.state}.")


@guidelines.command("list")
def guidelines_list() -> None:
    """The revisions, newest first."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        rows = [
            {"revision": row.revision, "state": row.state, "title": row.title} for row in guidelines_.everything(tx)
        ]
    columns = {"revision": "Revision", "state": "State", "title": "Title"}
    calls.show({"items": rows, "next": None}, calls.table(rows, columns, empty="There is no guideline yet."))


@guidelines.command("approve")
def guidelines_approve(
    revision: Annotated[int | None, typer.Argument(help="The newest proposed one without it.")] = None,
) -> None:
    """Release a proposed revision."""
    row = guidelines_.approve(calls.actor(), revision)
    calls.show({**_guideline(row), "self_approved": row.self_approved}, f"Revision {row.revision} holds from now on.")


@guidelines.command("show")
def guidelines_show(
    revision: Annotated[int | None, typer.Argument(help="The approved one without it.")] = None,
) -> None:
    """One revision."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        row = guidelines_.show(tx, revision)
    document = _guideline(row)
    palette = "\n".join(f"  {colour['hex']}  {colour['name']}" for colour in document["palette"])
    calls.show(document, f"{row.title}, revision {row.revision}, {row.state}\n{palette}")
