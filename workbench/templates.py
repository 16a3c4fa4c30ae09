"""Templates: propose, approve, retire. Every change is a new immutable revision, and only approved ones run."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from workbench import audit, db, operators, recipes
from workbench.errors import InvalidInput, MovedOn, NotAllowed, NotFound
from workbench.models import Candidate, Edit, Proof, ProofPicture, TemplateName, TemplateRevision
from workbench.permissions import Actor, require


def propose(actor: Actor, text: str) -> TemplateRevision:
    """Add the TOML `text` as the next revision of its template, proposed. The newest revision's own text adds none."""
    require(actor, "template:propose")
    template = recipes.parse_template(text)
    digest = recipes.definition_sha256(template)
    with db.transaction() as tx:
        tx.execute(insert(TemplateName).values(name=template.name).on_conflict_do_nothing())
        tx.exec(select(TemplateName).where(TemplateName.name == template.name).with_for_update()).one()
        newest = _revisions(tx, template.name, limit=1)
        if newest and newest[0].sha256 == digest and newest[0].state != "retired":
            return newest[0]
        row = TemplateRevision(
            name=template.name,
            revision=newest[0].revision + 1 if newest else 1,
            title=template.title,
            definition=template.to_json(),
            source=text,
            sha256=digest,
            author_id=actor.id,
        )
        tx.add(row)
        tx.flush()
        audit.record(tx, actor, "template:propose", template.name, revision=row.revision, sha256=digest)
        return row


def approve(actor: Actor, name: str, revision: int | None = None) -> TemplateRevision:
    """Let the proposed `revision` (the newest one without a number) run; the one approved before is retired.

    The approval names the newest finished proof of the revision, if there is one, with the sha256 of every result.
    """
    require(actor, "template:approve")
    with db.transaction() as tx:
        row = _proposed(tx, name, revision)
        own = row.author_id == actor.id
        if own and operators.four_eyes(tx):
            raise NotAllowed("Nobody approves their own template. Ask another lead to look at it.")
        for former in tx.exec(_of(name).where(TemplateRevision.state == "approved")).all():
            former.state, former.retired_at = "retired", sa.func.now()  # type: ignore[assignment]
            tx.add(former)
        tx.flush()
        proof = proven(tx, row.id)
        row.state, row.approved_by, row.self_approved = "approved", actor.id, own
        row.proof_id = proof.id if proof else None
        row.approved_at = sa.func.now()  # type: ignore[assignment]
        tx.add(row)
        tx.flush()
        tx.refresh(row)
        audit.record(tx, actor, "template:approve", name, revision=row.revision, sha256=row.sha256, self_approved=own,
                     **_told(proof))  # fmt: skip
        return row


@dataclass(frozen=True)
class Proven:
    """What a finished proof of a revision came to."""

    id: uuid.UUID
    at: datetime
    #: how many pictures there were, and in how many every number was inside its limit without a doubt
    pictures: int
    passed: int
    #: sha256 of every result, in the order of the pictures
    results: tuple[str, ...]


def proven(tx: Session, revision_id: uuid.UUID) -> Proven | None:
    """The newest proof of a revision that went to its end, None without one."""
    working = sa.exists().where(col(Edit.proof_id) == Proof.id, col(Edit.state).in_(("queued", "running")))
    query = (
        select(Proof)
        .where(Proof.template_revision_id == revision_id, ~working)
        .where(col(Proof.prepared_at).is_not(None), col(Proof.cancelled_at).is_(None))
        .order_by(col(Proof.id).desc())
        .limit(1)
    )
    proof = tx.exec(query).first()
    if proof is None:
        return None
    pictures = tx.exec(select(ProofPicture).where(ProofPicture.proof_id == proof.id)).all()
    places = {picture.asset_id: picture.place for picture in pictures}
    made = tx.exec(
        select(Candidate, Edit.asset_id)
        .join(Edit, col(Edit.id) == Candidate.edit_id)
        .where(Edit.proof_id == proof.id, Edit.state == "ready")
    ).all()
    results = [candidate for candidate, asset_id in sorted(made, key=lambda pair: places[pair[1]])]
    passed = sum(candidate.passed for candidate in results)
    return Proven(proof.id, proof.created_at, len(pictures), passed, tuple(one.sha256 for one in results))


def _told(proof: Proven | None) -> dict[str, Any]:
    if proof is None:
        return {"proof": None}
    return {
        "proof": str(proof.id), "pictures": proof.pictures, "passed": proof.passed, "results": list(proof.results),
    }  # fmt: skip


def retire(actor: Actor, name: str, revision: int | None = None) -> TemplateRevision:
    """Take the approved revision (or the given one) out of use; edits made with it keep it."""
    require(actor, "template:retire")
    with db.transaction() as tx:
        _locked(tx, name)
        query = _of(name).where(col(TemplateRevision.state).in_(("approved", "proposed")))
        query = query.where(TemplateRevision.revision == revision) if revision is not None else query
        row = tx.exec(query.order_by(TemplateRevision.state, col(TemplateRevision.revision).desc())).first()
        if row is None:
            raise MovedOn(f"Template “{name}” has no revision in use that could be retired.")
        row.state, row.retired_at = "retired", sa.func.now()  # type: ignore[assignment]
        tx.add(row)
        tx.flush()
        tx.refresh(row)
        audit.record(tx, actor, "template:retire", name, revision=row.revision)
        return row


def approved(tx: Session, name: str) -> TemplateRevision:
    """The approved revision of the template `name`. Raises NotFound, with the names there are."""
    row = tx.exec(_of(name).where(TemplateRevision.state == "approved")).first()
    if row is None:
        if revisions := _revisions(tx, name, limit=1):
            raise NotAllowed(
                f"Template “{name}” is {revisions[0].state}, and only approved templates run. Ask a lead to approve it."
            )
        raise NotFound(f"There is no template “{name}”. {_known(tx)}")
    return row


def revision(tx: Session, name: str, number: int | None = None) -> TemplateRevision:
    """Revision `number` of the template `name`; without a number the newest proposed one, else the approved one."""
    rows = show(tx, name).revisions
    if number is not None:
        row = next((row for row in rows if row.revision == number), None)
        if row is None:
            raise NotFound(f"Template “{name}” has no revision {number}; its newest is revision {rows[0].revision}.")
        return row
    by_state = {row.state: row for row in reversed(rows)}
    return by_state.get("proposed") or by_state.get("approved") or rows[0]


def definition(row: TemplateRevision) -> recipes.Template:
    """The template of a revision's row."""
    return recipes.Template.from_json(row.definition)


@dataclass(frozen=True)
class Shown:
    """A template with its revisions, newest first."""

    name: str
    revisions: Sequence[TemplateRevision]

    @property
    def current(self) -> TemplateRevision:
        """The approved revision, else the newest."""
        return next((row for row in self.revisions if row.state == "approved"), self.revisions[0])


def show(tx: Session, name: str) -> Shown:
    """One template. Raises NotFound."""
    rows = _revisions(tx, name)
    if not rows:
        raise NotFound(f"There is no template “{name}”. {_known(tx)}")
    return Shown(name, rows)


def everything(tx: Session) -> list[Shown]:
    """All templates by name, each with its newest revision and the approved one; one statement."""
    query = (
        select(TemplateRevision)
        .ext(distinct_on(col(TemplateRevision.name), col(TemplateRevision.state)))
        .order_by(TemplateRevision.name, TemplateRevision.state, col(TemplateRevision.revision).desc())
    )
    found: dict[str, list[TemplateRevision]] = {}
    for row in tx.exec(query).all():
        found.setdefault(row.name, []).append(row)
    return [Shown(name, sorted(rows, key=lambda row: -row.revision)) for name, rows in found.items()]


def runnable(tx: Session) -> list[TemplateRevision]:
    """The approved revisions, by title."""
    query = select(TemplateRevision).where(TemplateRevision.state == "approved").order_by(TemplateRevision.title)
    return list(tx.exec(query).all())


def _of(name: str) -> SelectOfScalar[TemplateRevision]:
    return select(TemplateRevision).where(TemplateRevision.name == name)


def _revisions(tx: Session, name: str, limit: int = 100) -> Sequence[TemplateRevision]:
    query = _of(name).order_by(col(TemplateRevision.revision).desc()).limit(limit)
    return tx.exec(query).all()


def _locked(tx: Session, name: str) -> None:
    if tx.exec(select(TemplateName).where(TemplateName.name == name).with_for_update()).first() is None:
        raise NotFound(f"There is no template “{name}”. {_known(tx)}")


def _proposed(tx: Session, name: str, revision: int | None) -> TemplateRevision:
    _locked(tx, name)
    query = _of(name).order_by(col(TemplateRevision.revision).desc())
    if revision is not None:
        query = query.where(TemplateRevision.revision == revision)
    rows = tx.exec(query).all()
    row = next((row for row in rows if row.state == "proposed"), None)
    if row is None:
        if revision is not None and not rows:
            raise InvalidInput(f"Template “{name}” has no revision {revision}.")
        raise MovedOn(f"Template “{name}” has no proposed revision that waits for approval.")
    return row


def _known(tx: Session) -> str:
    names = list(tx.exec(select(TemplateName.name).order_by(TemplateName.name).limit(12)).all())
    return f"There are: {', '.join(names)}." if names else "`templates add FILE` proposes one."
