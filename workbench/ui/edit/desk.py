"""Everything the Edit page shows, read in one transaction."""

import json
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from workbench import db, edits, guidelines, jobs, recipes, sources, templates, versions
from workbench.errors import InvalidInput, NotFound
from workbench.models import Asset, Candidate, Edit, Picture, TemplateRevision, Version
from workbench.permissions import Actor
from workbench.ui import makers
from workbench.ui.edit.address import Asked

#: pictures on one page of the picker
PICTURES = 24
#: states in which an edit is on its way without anybody's doing
ACTIVE = ("queued", "running")


@dataclass(frozen=True)
class Source:
    """The picture that a run would start from."""

    asset: Asset
    version: Version
    picture: Picture


@dataclass(frozen=True)
class Desk:
    """What lies on the table."""

    actor: Actor
    asked: Asked
    library: sources.Page
    source: Source | None
    templates: list[TemplateRevision]
    #: the approved revision that a run would use
    row: TemplateRevision | None
    guideline: recipes.Guideline
    shown: edits.Shown | None
    #: whether somebody is there to run edits
    attended: bool
    #: why what the address asks for isn't shown
    missing: str
    #: the image models that can be run here, None where none is set up; and why, where the settings are wrong
    models: edits.ModelChoice | None
    no_models: str
    #: of the shown edit: what an image model was asked, and what other edits made of the same values
    made: makers.Made
    beside: list[tuple[Edit, Candidate, Picture]]

    @property
    def template(self) -> recipes.Template | None:
        """The template that a run would use."""
        return templates.definition(self.row) if self.row else None

    @property
    def before(self) -> Source | None:
        """What is compared with: the edit's own start, else the newest version."""
        if self.shown is None:
            return self.source
        return Source(self.shown.asset, self.shown.base, self.shown.base_picture)

    @property
    def recipe(self) -> dict[str, Any]:
        """The shown edit's recipe, {} without one."""
        return json.loads(self.shown.edit.recipe) if self.shown else {}

    @property
    def same(self) -> bool:
        """Whether the form is the shown edit's own: what nobody changed comes from its recipe."""
        return self.shown is not None and self.row is not None and self.shown.template.name == self.row.name

    @property
    def running(self) -> bool:
        """Whether the shown edit is on its way."""
        return self.shown is not None and self.shown.edit.state in ACTIVE

    @property
    def looked_at(self) -> tuple[Candidate, Picture] | None:
        """The candidate on the screen: the one asked for, the submitted one, or the first."""
        if self.shown is None or not self.shown.candidates or self.running:
            return None
        asked = next((pair for pair in self.shown.candidates if pair[0].index == self.asked.candidate), None)
        return asked or self.shown.chosen or self.shown.candidates[0]

    @property
    def own(self) -> bool:
        """Whether the shown edit is this person's."""
        return self.shown is not None and self.shown.edit.author_id == self.actor.id


def read(actor: Actor, asked: Asked) -> Desk:
    """What the address asks for, or the newest picture where it asks for nothing or for what isn't there."""
    models, no_models = _models(actor)
    with db.transaction() as tx:
        library = sources.library(tx, query=asked.query, after=asked.after, limit=PICTURES)
        shown, missing = _shown(tx, asked)
        source, lost = (_newest_of(tx, shown.asset), "") if shown else _source(tx, asked, library)
        approved = templates.runnable(tx)
        guideline = guidelines.current(tx)
        made = makers.read(tx, shown.edit if shown else None)
        beside = edits.beside(tx, shown.edit) if shown and shown.candidates else []
        attended = jobs.anybody_there(tx) if shown and shown.edit.state in ACTIVE else True
    wanted = asked.template or (shown.template.name if shown else None)
    row = next((one for one in approved if one.name == wanted), _first(approved))
    if wanted and row and row.name != wanted:
        lost = f"The template “{wanted}” is not approved (any more), so “{row.title}” is chosen instead."
    return Desk(
        actor=actor,
        asked=asked,
        library=library,
        source=source,
        templates=approved,
        row=row,
        guideline=guidelines.definition(guideline),
        shown=shown,
        attended=attended,
        missing=missing or lost,
        models=models,
        no_models=no_models,
        made=made,
        beside=beside,
    )


def _models(actor: Actor) -> tuple[edits.ModelChoice | None, str]:
    try:
        return edits.models(actor), ""
    except InvalidInput as error:  # an address or a name in the settings is wrong: everything else still works
        return None, str(error)


def _first(approved: list[TemplateRevision]) -> TemplateRevision | None:
    """What is chosen before anybody chose: a template that runs right here and needs nothing to be marked first."""
    for row in approved:
        template = templates.definition(row)
        if "exact" in template.engines.allowed and template.region.rule in ("none", "optional"):
            return row
    return approved[0] if approved else None


def _shown(tx: Session, asked: Asked) -> tuple[edits.Shown | None, str]:
    if not asked.edit:
        return None, ""
    try:
        return edits.show(tx, asked.edit), ""
    except NotFound:
        return None, "The edit in this address isn't here. The link may be cut off, or belong to another Loupe."


def _source(tx: Session, asked: Asked, library: sources.Page) -> tuple[Source | None, str]:
    # looking for another picture must not change the one on the table
    newest = sources.library(tx, limit=1) if asked.query or asked.after else library
    first = _newest_of(tx, newest.assets[0]) if newest.assets else None
    if not asked.asset:
        return first, ""
    try:
        return _newest_of(tx, versions.find_asset(tx, asked.asset)), ""
    except NotFound:
        return first, "The picture in this address isn't here. The link may be cut off, or belong to another Loupe."


def _newest_of(tx: Session, asset: Asset) -> Source:
    version = versions.head(tx, asset)
    return Source(asset, version, tx.get_one(Picture, version.sha256))
