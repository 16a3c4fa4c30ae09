"""What a new revision of the guideline means for the templates that run today."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlmodel import Session, select

from workbench.models import TemplateRevision
from workbench.recipes import Guideline, Step, Template
from workbench.recipes.guidelines import HEX

_COLOURS = ("palette_colour", "colour")


@dataclass(frozen=True)
class Affected:
    """One place of an approved template that names something which is gone or different."""

    name: str
    title: str
    revision: int
    #: what it says there, as a sentence
    sentence: str
    #: whether the template can't be run as it stands, or not without another choice
    gone: bool


def affected(tx: Session, old: Guideline, new: Guideline) -> list[Affected]:
    """The approved templates whose defaults or fixed values name what `new` drops or changes of `old`, by title."""
    query = select(TemplateRevision).where(TemplateRevision.state == "approved").order_by(TemplateRevision.title)
    return [
        Affected(row.name, row.title, row.revision, sentence, gone)
        for row in tx.exec(query).all()
        for sentence, gone in dict(_sentences(Template.from_json(row.definition), old, new)).items()
    ]


def _sentences(template: Template, old: Guideline, new: Guideline) -> Iterator[tuple[str, bool]]:
    for kind, named, place in _named(template):
        before = old.colour(named) if kind == "colour" else old.mark(named)
        changed = _colour(named, old, new) if kind == "colour" else _mark(named, old, new)
        if before and changed:  # “auto” and “transparent” are no colours of the guideline
            yield f"{place} “{before.name}”, {changed[0]}.", changed[1]
    if any(step.kind == "copy_update" for step in template.operations):
        kept = {font.sha256 for font in new.fonts}
        dropped = [font.name for font in old.fonts if font.sha256 not in kept]
        if dropped and new.fonts:
            yield f"It sets copy in the brand’s fonts, and copy in {_listed(dropped)} won’t be found any more.", False
        elif dropped:
            yield "It sets copy in the brand’s fonts, and none is left.", True


def _named(template: Template) -> Iterator[tuple[str, str, str]]:
    """("colour" or "mark", the name, the words before it) of all that a template says by itself."""
    for parameter in template.parameters:
        default = getattr(parameter, "default", None)
        if default and parameter.kind in (*_COLOURS, "mark"):
            kind = "mark" if parameter.kind == "mark" else "colour"
            if parameter.kind != "colour" or not HEX.fullmatch(default):
                yield kind, default, f"“{parameter.words}” starts with"
    for step in template.operations:
        values = step.to_json()
        for arguments in (values, *values.get("pairs", ())):
            yield from _fixed(step, arguments)


def _fixed(step: Step, arguments: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    for name, value in arguments.items():
        kinds = step.takes[name].kinds if name in step.takes else ()
        if not isinstance(value, str) or value.startswith("{") or HEX.fullmatch(value):
            continue
        if "mark" in kinds:
            yield "mark", value, "It always uses"
        elif set(kinds) & set(_COLOURS):
            yield "colour", value, "It always uses"


def _colour(words: str, old: Guideline, new: Guideline) -> tuple[str, bool] | None:
    before, after = old.colour(words), new.colour(words)
    if after is None:
        return "which is no longer in the palette", True
    return None if before is None or after.hex == before.hex else (f"which becomes {after.hex}", False)


def _mark(words: str, old: Guideline, new: Guideline) -> tuple[str, bool] | None:
    before, after = old.mark(words), new.mark(words)
    if after is None:
        return "which is no longer among the marks", True
    if before is None:
        return None
    if after.kind != before.kind:
        return f"which becomes a {after.kind}", True
    return None if after.sha256 == before.sha256 else ("which gets another file", False)


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
