"""`edits import`, `relock` and `use-raw`: outputs of other tools and models, locked to the picture or as they came."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from types import EllipsisType
from typing import Annotated, Any

import typer

from workbench import db, edits, sources
from workbench.cli import calls, work
from workbench.cli.work import CANDIDATE, EDIT
from workbench.errors import InvalidInput
from workbench.imaging.lock.settings import LockSettings

#: what people type → true or false
SWITCHES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
LOCK = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE",
        help="A setting of the fidelity lock: whole_frame, sensitivity (0.02-0.08 or auto), grow, feather (pixels or "
        "auto), align, nudge (x,y in pixels), match_colour, keep_texture; may be given several times.",
    ),
]
REGION = Annotated[str | None, typer.Option(help="x,y,w,h in whole pixels of the upright picture.")]
MASK = Annotated[Path | None, typer.Option(help="A PNG of the same size; white may change.")]
PROTECT = Annotated[str | None, typer.Option(help="x,y,w,h of what must not change.")]
PROTECT_MASK = Annotated[Path | None, typer.Option(help="A PNG of the same size; white must not change.")]
WAIT = Annotated[bool, typer.Option("--wait", help="Until it is ready or failed.")]
TIMEOUT = Annotated[float, typer.Option(min=0.1, help="Seconds to wait at most.")]


def add_to(group: typer.Typer) -> None:
    """Put the three among the commands of `group`."""
    group.command("import")(import_)
    group.command("relock")(relock)
    group.command("use-raw")(use_raw)


def import_(
    asset: Annotated[str, typer.Argument(metavar="ASSET", help="Name or id of the asset.")],
    template: Annotated[str, typer.Option(help="Name of an approved template that takes outputs of other tools.")],
    output: Annotated[Path, typer.Option(help="The output: PNG, JPEG or WebP of any size.")],
    set: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="A value; may be given several times.")
    ] = None,
    region: REGION = None,
    mask: MASK = None,
    protect: PROTECT = None,
    protect_mask: PROTECT_MASK = None,
    made_with: Annotated[str, typer.Option(help="The tool and its version, for the record.")] = "",
    lock: LOCK = None,
    wait: WAIT = False,
    timeout: TIMEOUT = 600.0,
) -> None:
    """Bring an output made in another tool: it is locked onto the picture, measured and reviewed like any edit."""
    wish = edits.Wish(
        template=template, values=calls.values(set or []), engine="external", region=region,
        mask=sources.read_file(mask) if mask else None, protected=protect,
        protect=sources.read_file(protect_mask) if protect_mask else None, output=sources.read_file(output),
        made_with=made_with, lock=settings(lock or []),
    )  # fmt: skip
    work.follow(edits.propose(calls.actor(), asset, wish), wait, timeout)


def relock(
    edit: EDIT,
    candidate: CANDIDATE = None,
    lock: LOCK = None,
    region: REGION = None,
    mask: MASK = None,
    protect: PROTECT = None,
    protect_mask: PROTECT_MASK = None,
    wait: WAIT = False,
    timeout: TIMEOUT = 600.0,
) -> None:
    """Lock the stored output of an edit anew, as a new edit; what isn't given stays as it was."""
    changed = settings(lock or [])
    with db.transaction() as tx:
        old = edits.find(tx, edit)
    made = edits.relock(
        calls.actor(), str(old.id), candidate=candidate,
        lock={**edits.lock_settings(old), **changed} if changed else ...,
        region=_place(region, mask, "region"), protected=_place(protect, protect_mask, "protected area"),
    )  # fmt: skip
    work.follow(made, wait, timeout)


def use_raw(
    edit: EDIT,
    reason: Annotated[str, typer.Option(help="Why: it stands beside the picture for ever.")],
    candidate: CANDIDATE = None,
    wait: WAIT = False,
    timeout: TIMEOUT = 600.0,
) -> None:
    """Take the stored output of an edit as it came, without the lock; only a lead may, and it stays marked."""
    work.follow(edits.use_raw(calls.actor(), edit, candidate=candidate, reason=reason), wait, timeout)


def _place(shape: str | None, mask: Path | None, called: str) -> str | bytes | EllipsisType:
    if shape is not None and mask is not None:
        raise InvalidInput(f"Give either a {called} or a mask of it, not both.")
    if mask is not None:
        return sources.read_file(mask)
    return shape if shape is not None else ...


def settings(pairs: list[str]) -> dict[str, Any]:
    """What --lock KEY=VALUE, given several times, says. Raises a usage error for what the lock doesn't know."""
    try:
        typed = calls.values(pairs)
    except InvalidInput as error:
        raise typer.BadParameter(str(error), param_hint="--lock") from error
    known = {field.name: field.default for field in fields(LockSettings)}
    found = {name: _setting(name, text.strip(), known) for name, text in typed.items()}
    try:
        LockSettings.from_json(found)
    except InvalidInput as error:
        raise typer.BadParameter(str(error), param_hint="--lock") from error
    return found


def _setting(name: str, text: str, known: Mapping[str, Any]) -> Any:
    if name not in known:
        raise typer.BadParameter(f"The lock has no setting “{name}”; it has {', '.join(known)}.", param_hint="--lock")
    default = known[name]
    if default is None and text.lower() == "auto":
        return None
    read, wanted = _READ[type(default)]
    try:
        return read(text)
    except (KeyError, ValueError) as error:
        raise typer.BadParameter(f"“{name}” takes {wanted}, not “{text[:40]}”.", param_hint="--lock") from error


def _switch(text: str) -> bool:
    return SWITCHES[text.lower()]


def _pair(text: str) -> list[float]:
    across, down = text.split(",")
    return [float(across), float(down)]


#: type of a setting's default → how it is read, and what it takes
_READ: Mapping[type, tuple[Callable[[str], Any], str]] = {
    bool: (_switch, "yes or no"),
    tuple: (_pair, "two numbers like 1.5,-2"),
    int: (float, "a whole number of pixels"),
    type(None): (float, "a number or auto"),
}
