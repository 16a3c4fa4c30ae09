"""What all commands share: who calls, how results and errors are printed, how progress is shown."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from workbench import operators
from workbench.errors import InvalidInput, NotAllowed
from workbench.permissions import Actor
from workbench.settings import settings

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass
class _Call:
    json: bool = False
    email: str | None = None


_call = _Call()


def configure(arguments: Sequence[str]) -> list[str]:
    """Take --json and --as EMAIL, wherever they stand before a "--", out of `arguments` and remember them."""
    _call.json, _call.email = False, None
    rest: list[str] = []
    waiting = iter(arguments)
    for word in waiting:
        if word == "--":
            return [*rest, word, *waiting]
        if word == "--json":
            _call.json = True
        elif word == "--as":
            _call.email = next(waiting, "")
        elif word.startswith("--as="):
            _call.email = word.removeprefix("--as=")
        else:
            rest.append(word)
    return rest


def words(arguments: Sequence[str]) -> str:
    """The leading words of a call that are commands, for pointing at their help."""
    known = []
    for word in arguments[:2]:
        if word.startswith("-") or not word.isalpha():
            break
        known.append(word)
    return "".join(f"{word} " for word in known[:1])


def values(pairs: Sequence[str]) -> dict[str, str]:
    """What --set KEY=VALUE, given several times, says."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator or not key.strip():
            raise InvalidInput(f"“{pair}” is not KEY=VALUE. Write for example --set target=#2747B8.")
        if key.strip() in found:
            raise InvalidInput(f"“{key.strip()}” is given twice. Give each value once.")
        found[key.strip()] = value
    return found


def actor() -> Actor:
    """Whoever --as names; without it LOUPE_CLI_OPERATOR, else the local person with all roles."""
    email = _call.email if _call.email is not None else settings().cli_operator
    if email is None:
        return operators.local_actor("cli")
    if not email:
        raise NotAllowed("--as needs the address of a person.")
    return operators.actor(email, "cli")


def show(document: Any, human: str | Table) -> None:
    """Print the one document of this call: JSON with --json, else what a person reads."""
    if _call.json:
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")
    elif isinstance(human, Table):
        out.print(human)
    else:
        out.print(human, markup=False)


def complain(kind: str, message: str) -> None:
    """Print an error on stderr."""
    if _call.json:
        sys.stderr.write(json.dumps({"error": {"kind": kind, "message": message}}, ensure_ascii=False) + "\n")
    else:
        err.print(message, markup=False)


def remark(message: str) -> None:
    """Say something beside the result, on stderr."""
    err.print(message, markup=False)


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, empty: str) -> Table | str:
    """The rows as a table with the named columns (key → heading), or the sentence for none."""
    if not rows:
        return empty
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for heading in columns.values():
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*(("" if row[key] is None else str(row[key])) for key in columns))
    return drawn


@contextmanager
def progress(words: str) -> Iterator[Any]:
    """A bar on stderr; yields tell(done, all, words)."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(40), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total, what="": bar.update(
            task, completed=done, total=total, description=f"{words} {what}".strip()
        )
