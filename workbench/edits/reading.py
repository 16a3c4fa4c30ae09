"""What people look at: one edit with all that belongs to it, the queue, one's own edits."""

import json
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench import operators, recipes, versions
from workbench.errors import NotAllowed, NotFound
from workbench.models import (
    Asset,
    Candidate,
    Decision,
    Edit,
    ModelCall,
    Operator,
    Partial,
    Picture,
    TemplateRevision,
    Version,
)

#: the kind of an edit that only shows what a template does
PROOF = "proof"
#: candidates among which those with equal values are looked for
LOOKED_AT = 60


@dataclass(frozen=True)
class Shown:
    """An edit with everything its page needs."""

    edit: Edit
    asset: Asset
    base: Version
    base_picture: Picture
    head: Version
    template: TemplateRevision
    author: Operator
    candidates: list[tuple[Candidate, Picture]]
    decisions: list[tuple[Decision, Operator]]

    @property
    def outdated(self) -> bool:
        """Whether the asset's newest bytes are no longer those the edit started from."""
        return self.head.sha256 != self.edit.base_sha256

    @property
    def chosen(self) -> tuple[Candidate, Picture] | None:
        """The candidate that was submitted."""
        return next((pair for pair in self.candidates if pair[0].id == self.edit.chosen_id), None)


def find(tx: Session, words: str, *, lock: bool = False, proofs: bool = False) -> Edit:
    """The edit with that id, or 8 or more first characters of it; with `lock` its row is locked and read afresh.

    Those of proofs are refused without `proofs`: nothing that is done to edits is done to them.
    """
    found = versions.by_id(tx, Edit, words)
    if not found:
        raise NotFound(f"There is no edit “{words}”. `edits list` shows what there is.")
    if len(found) > 1:
        raise NotFound(f"“{words}” fits several edits. Give more characters of the id.")
    if found[0].kind == PROOF and not proofs:
        raise NotAllowed(
            "This is a picture of a proof: it shows what a template does, and is never submitted, decided on or run "
            "again. Once the template is approved, run it as an edit."
        )
    if lock:
        query = select(Edit).where(Edit.id == found[0].id).with_for_update()
        return tx.exec(query.execution_options(populate_existing=True)).one()
    return found[0]  # type: ignore[no-any-return]


def show(tx: Session, words: str) -> Shown:
    """One edit, whole; three statements however many candidates and decisions it has. Raises NotFound."""
    edit = find(tx, words, proofs=True)
    head = sa.orm.aliased(Version)
    query = (
        sa.select(Asset, Version, Picture, head, TemplateRevision, Operator)
        .select_from(Asset)
        .join(Version, col(Version.id) == edit.base_version_id)
        .join(Picture, col(Picture.sha256) == Version.sha256)
        .join(head, col(head.id) == Asset.head_id)
        .join(TemplateRevision, col(TemplateRevision.id) == edit.template_revision_id)
        .join(Operator, col(Operator.id) == edit.author_id)
        .where(col(Asset.id) == edit.asset_id)
    )
    asset, base, picture, newest, template, author = tx.execute(query).one()
    candidates = tx.exec(
        select(Candidate, Picture)
        .join(Picture, Picture.sha256 == Candidate.sha256)  # type: ignore[arg-type]
        .where(Candidate.edit_id == edit.id)
        .order_by(col(Candidate.index))
    ).all()
    decisions = tx.exec(
        select(Decision, Operator)
        .join(Operator, Operator.id == Decision.decided_by)  # type: ignore[arg-type]
        .where(Decision.edit_id == edit.id)
        .order_by(col(Decision.id))
    ).all()
    pairs, decided = [(c, p) for c, p in candidates], [(d, o) for d, o in decisions]
    return Shown(edit, asset, base, picture, newest, template, author, pairs, decided)


@dataclass(frozen=True)
class Row:
    """One line of a list of edits."""

    edit: Edit
    asset: Asset
    author: Operator

    @property
    def verdict(self) -> str | None:
        """Of the submitted candidate, else of the first one."""
        return self.edit.verdict

    @property
    def thumb_sha256(self) -> str | None:
        """Of the same candidate."""
        return self.edit.thumb_sha256


def rows(
    tx: Session, *, state: str | Sequence[str] | None = None, author: uuid.UUID | None = None,
    asset: uuid.UUID | None = None, after: str | None = None, limit: int = 24,
) -> tuple[list[Row], str | None]:  # fmt: skip
    """Edits, newest first, `limit` of them after the cursor `after`, and the cursor of the next page; one statement."""
    query = _rows().order_by(col(Edit.id).desc()).limit(limit + 1)
    if state is not None:
        query = query.where(col(Edit.state).in_([state] if isinstance(state, str) else list(state)))
    if author is not None:
        query = query.where(col(Edit.author_id) == author)
    if asset is not None:
        query = query.where(col(Edit.asset_id) == asset)
    if after is not None:
        query = query.where(col(Edit.id) < find(tx, after).id)
    found = _named(tx, [(edit, asset) for edit, asset in tx.execute(query).all()])
    return found[:limit], str(found[limit - 1].edit.id) if len(found) > limit else None


def waiting(tx: Session, *, after: tuple[datetime, uuid.UUID] | None = None, limit: int = 24) -> list[Row]:
    """Submitted edits, the longest waiting first, `limit` of them after (submitted_at, id); one statement."""
    query = _rows().where(col(Edit.state) == "submitted").order_by(col(Edit.submitted_at), col(Edit.id)).limit(limit)
    if after is not None:
        query = query.where(sa.tuple_(col(Edit.submitted_at), col(Edit.id)) > sa.tuple_(sa.literal(after[0]), after[1]))
    return _named(tx, [(edit, asset) for edit, asset in tx.execute(query).all()])


def awaited(tx: Session, assets: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of `assets` that have an edit waiting for a decision; one statement."""
    query = select(Edit.asset_id).where(Edit.state == "submitted", col(Edit.asset_id).in_(assets)).distinct()
    return set(tx.exec(query).all())


def partials(tx: Session, edit_id: uuid.UUID) -> list[Partial]:
    """Previews of the candidates that a model is still drawing, by candidate."""
    return list(tx.exec(select(Partial).where(Partial.edit_id == edit_id).order_by(col(Partial.index))).all())


def calls(tx: Session, edit_id: uuid.UUID) -> list[ModelCall]:
    """Everything that was asked of image models for an edit, in order."""
    return list(tx.exec(select(ModelCall).where(ModelCall.edit_id == edit_id).order_by(col(ModelCall.id))).all())


def _rows() -> sa.Select[Edit, Asset]:
    """Edits that can become history: those of proofs stand with their proof."""
    query = sa.select(Edit, Asset).select_from(Edit).join(Asset, col(Asset.id) == Edit.asset_id)
    return query.where(col(Edit.kind) != PROOF)


def _named(tx: Session, found: Sequence[tuple[Edit, Asset]]) -> list[Row]:
    people = operators.people(tx, [edit.author_id for edit, _ in found])
    return [Row(edit, asset, people[edit.author_id]) for edit, asset in found]


def settled(tx: Session, *, before: uuid.UUID | None = None, limit: int = 50) -> list[tuple[Row, Decision]]:
    """Edits that are decided, by their last decision, newest first; `limit` of them older than decision `before`."""
    later = sa.orm.aliased(Decision)
    overtaken = sa.exists().where(col(later.edit_id) == Decision.edit_id, col(later.id) > Decision.id)
    query = (
        _rows()
        .add_columns(Decision)
        .join(Decision, col(Decision.edit_id) == Edit.id)
        .where(col(Decision.verb) != "undo", ~overtaken)
        .order_by(col(Decision.id).desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(col(Decision.id) < before)
    found = tx.execute(query).all()
    rows = _named(tx, [(edit, asset) for edit, asset, _ in found])
    return [(row, decision) for row, (_, _, decision) in zip(rows, found, strict=True)]


def decided_since(tx: Session, who: uuid.UUID, since: datetime, *, most: int = 500) -> int:
    """How many edits this person accepted or rejected since then and that are still so; looks at `most` decisions."""
    recent = (
        select(Decision.edit_id, Decision.created_at)
        .where(Decision.decided_by == who, col(Decision.verb).in_(("accept", "reject")))
        .order_by(col(Decision.id).desc())
        .limit(most)
        .subquery()
    )
    query = (
        sa.select(sa.func.count(sa.distinct(recent.c.edit_id)))
        .join(Edit, col(Edit.id) == recent.c.edit_id)
        .where(recent.c.created_at >= since, col(Edit.state).in_(("accepted", "rejected")))
    )
    return int(tx.scalar(query) or 0)


def beside(tx: Session, edit: Edit, *, limit: int = 12) -> list[tuple[Edit, Candidate, Picture]]:
    """Candidates of other edits with the same base, template, values and place, whatever made them; newest first."""
    template = tx.get_one(TemplateRevision, edit.template_revision_id).name
    query = (
        sa.select(Edit, Candidate, Picture)
        .join(Candidate, col(Candidate.edit_id) == Edit.id)
        .join(Picture, col(Picture.sha256) == Candidate.sha256)
        .join(TemplateRevision, col(TemplateRevision.id) == Edit.template_revision_id)
        .where(col(Edit.asset_id) == edit.asset_id, col(Edit.base_sha256) == edit.base_sha256)
        .where(col(Edit.id) != edit.id, col(Edit.kind) != PROOF, col(Edit.reused_from).is_(None))
        .where(col(Edit.state).not_in(("cancelled", "failed", "unknown")), col(TemplateRevision.name) == template)
        .order_by(col(Edit.id).desc(), col(Candidate.index))
        .limit(LOOKED_AT)
    )
    mine, own = _question(edit), {one.sha256 for one in tx.exec(select(Candidate).where(Candidate.edit_id == edit.id))}
    found = [(other, candidate, picture) for other, candidate, picture in tx.execute(query).all()]
    return [row for row in found if row[1].sha256 not in own and _question(row[0]) == mine][:limit]


def _question(edit: Edit) -> tuple[Any, ...]:
    """What was asked for and where, without what an engine found out by itself."""
    recipe = json.loads(edit.recipe)
    values = {name: value for name, value in recipe["resolved"].items() if value not in recipes.MODES}
    return values, recipe["region"], recipe["protect"]
