"""The command line: every use case as a verb, for people and, with --json, for programs."""

import logging
import sys

import typer
from typer._click.exceptions import UsageError

from workbench.cli import (
    adding,
    calls,
    guidelines,
    house,
    importing,
    ledger,
    people,
    pictures,
    proving,
    rules,
    stores,
    work,
)
from workbench.errors import LoupeError

app = typer.Typer(
    name="loupe", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
    help="Loupe, the workbench for brand images. Every command takes --json and --as EMAIL, at any place.",
)  # fmt: skip
# what goes wrong is told in sentences; only the worker, which nobody watches, writes a log
logging.getLogger("loupe").addHandler(logging.NullHandler())
house.add_to(app)
proving.add_to(rules.templates)
importing.add_to(work.edits)
for group in (
    adding.sources, pictures.assets, rules.templates, guidelines.guidelines, people.operators, work.edits,
    work.reviews, pictures.versions, stores.store, ledger.audit,
):  # fmt: skip
    app.add_typer(group)


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code: 0, 1 with a sentence on stderr, 2 for wrong usage."""
    rest = calls.configure(arguments)
    try:
        return int(app(rest, prog_name="loupe", standalone_mode=False) or 0)
    except LoupeError as error:
        calls.complain(error.kind, str(error))
        return 1
    except UsageError as error:
        message = error.format_message()
        hint = f"{message} See `loupe {calls.words(rest)}--help`." if message.strip() else ""
        calls.complain("usage", hint or "Say what to do: `loupe --help` lists the commands.")
        return 2
    except (KeyboardInterrupt, typer.Abort):
        calls.complain("interrupted", "Stopped. What was saved before stays.")
        return 1
    except BrokenPipeError:  # the reader, like `head`, has seen enough
        sys.stderr.close()
        return 0
