"""`operators`: the people who may act."""

from typing import Annotated, Any

import typer

from workbench import db
from workbench import operators as operators_
from workbench.cli import calls
from workbench.models import Operator
from workbench.permissions import require

operators = typer.Typer(name="operators", help="People and their roles.", no_args_is_help=True)
EMAIL = Annotated[str, typer.Argument(metavar="EMAIL")]


def _document(person: Operator) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.name,
        "role": person.role,
        "active": person.active,
        "local": person.is_local,
    }


@operators.command()
def add(
    email: EMAIL,
    role: Annotated[str, typer.Option(help="designer, lead, auditor or admin")],
    name: Annotated[str, typer.Option()] = "",
) -> None:
    """Add a person, or give one another role."""
    person = operators_.add(calls.actor(), email, role, name=name)
    calls.show(_document(person), f"{person.name} <{person.email}> is {person.role}.")


@operators.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=500)] = 200,
    after: Annotated[str | None, typer.Option(help="The cursor `next` of the page before.")] = None,
) -> None:
    """Everybody."""
    require(calls.actor(), "asset:view")
    with db.transaction() as tx:
        found = operators_.everybody(tx, after=after, limit=limit + 1)
    rows = [_document(person) for person in found[:limit]]
    further = found[limit - 1].email if len(found) > limit else None
    columns = {"email": "Address", "name": "Name", "role": "Role", "active": "Active"}
    calls.show({"items": rows, "next": further}, calls.table(rows, columns, empty="Nobody yet."))


@operators.command()
def deactivate(email: EMAIL) -> None:
    """Take a person's rights; what they did stays theirs."""
    person = operators_.deactivate(calls.actor(), email)
    calls.show(_document(person), f"{person.email} can't act any more.")
