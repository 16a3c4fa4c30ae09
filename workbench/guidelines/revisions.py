"""Revisions of the guideline: proposed, approved, succeeded, found again."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from workbench import audit, db, operators, recipes, storage, versions
from workbench.errors import MovedOn, NotAllowed, NotFound
from workbench.guidelines.files import check
from workbench.models import GuidelineRevision
from workbench.permissions import Actor, require

NO_GUIDELINE = {"guideline": {"name": "none", "title": "no guideline"}}


def propose(actor: Actor, text: str, files: Mapping[str, bytes]) -> GuidelineRevision:
    """Add the TOML `text` as the next revision, proposed; `files` holds the fonts and marks it refers to, by name.

    Every file is checked before the first one is kept. Raises RejectedFile and InvalidInput with nothing kept.
    """
    require(actor, "guideline:propose")
    guideline = recipes.parse_guideline(text)
    checked = check(guideline, files)
    guideline = guideline.with_files({name: one.sha256 for name, one in checked.items()})
    digest = recipes.definition_sha256(guideline)
    contents = [content for one in checked.values() for content in one.contents]
    blobs = [(storage.store().put(data), len(data), media_type) for data, media_type in contents]
    with db.transaction() as tx:
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("guidelines", 0))))
        newest = tx.exec(_newest()).first()
        if newest is not None and newest.sha256 == digest and newest.state != "retired":
            return newest
        for blob in blobs:
            versions.add_blob(tx, *blob)
        row = GuidelineRevision(
            revision=newest.revision + 1 if newest else 1,
            title=guideline.title,
            definition=guideline.to_json(),
            source=text,
            sha256=digest,
            author_id=actor.id,
        )
        tx.add(row)
        tx.flush()
        audit.record(tx, actor, "guideline:propose", row.id, revision=row.revision, sha256=digest)
        return row


def approve(actor: Actor, revision: int | None = None) -> GuidelineRevision:
    """Release the proposed `revision` (the newest proposed one without a number); the one before is retired."""
    require(actor, "guideline:approve")
    with db.transaction() as tx:
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("guidelines", 0))))
        query = _newest().where(GuidelineRevision.state == "proposed")
        row = tx.exec(query.where(GuidelineRevision.revision == revision) if revision is not None else query).first()
        if row is None:
            raise MovedOn("No revision of the guideline waits for approval.")
        own = row.author_id == actor.id
        if own and operators.four_eyes(tx):
            raise NotAllowed("Nobody approves their own guideline. Ask another lead to look at it.")
        for former in tx.exec(select(GuidelineRevision).where(GuidelineRevision.state == "approved")).all():
            former.state, former.retired_at = "retired", sa.func.now()  # type: ignore[assignment]
            tx.add(former)
        tx.flush()
        row.state, row.approved_by, row.self_approved = "approved", actor.id, own
        row.approved_at = sa.func.now()  # type: ignore[assignment]
        tx.add(row)
        tx.flush()
        tx.refresh(row)
        audit.record(
            tx, actor, "guideline:approve", row.id, revision=row.revision, sha256=row.sha256, self_approved=own
        )
        return row


def current(tx: Session) -> GuidelineRevision | None:
    """The approved revision, or None when there is none yet."""
    return tx.exec(select(GuidelineRevision).where(GuidelineRevision.state == "approved")).first()


def show(tx: Session, revision: int | None = None) -> GuidelineRevision:
    """One revision, the approved one without a number."""
    row = (
        tx.exec(_newest().where(GuidelineRevision.revision == revision)).first()
        if revision is not None
        else current(tx)
    )
    if row is None:
        raise NotFound(
            f"The guideline has no revision {revision}." if revision is not None
            else "There is no approved guideline yet. `guidelines add FILE` proposes one."
        )  # fmt: skip
    return row


def everything(tx: Session) -> Sequence[GuidelineRevision]:
    """The revisions, newest first."""
    return tx.exec(_newest().limit(200)).all()


def definition(row: GuidelineRevision | None) -> recipes.Guideline:
    """The guideline of a revision's row; one without colours, fonts and marks where there is no row yet."""
    return recipes.Guideline.from_json(row.definition if row else NO_GUIDELINE)


def _newest() -> SelectOfScalar[GuidelineRevision]:
    return select(GuidelineRevision).order_by(col(GuidelineRevision.revision).desc())


def names(text: str) -> tuple[str, ...]:
    """The names of the font and mark files that the TOML `text` refers to."""
    return recipes.parse_guideline(text).files()
