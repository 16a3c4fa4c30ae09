"""Templates: propose, approve, retire. Every change is a new immutable revision, and only approved ones run."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from workbench import audit, db, operators, recipes
from workbench.errors import InvalidInput, MovedOn, NotAllowed, NotFound
from workbench.models import TemplateName, TemplateRevision
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
    """Let the proposed `revision` (the newest one without a number) run; the one approved before is retired."""
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
        row.state, row.approved_by, row.self_approved = "approved", actor.id, own
        row.approved_at = sa.func.now()  # type: ignore[assignment]
        tx.add(row)
        tx.flush()
        tx.refresh(row)
        audit.record(tx, actor, "template:approve", name, revision=row.revision, sha256=row.sha256, self_approved=own)
        return row


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
