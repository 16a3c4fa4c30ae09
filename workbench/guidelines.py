"""Guidelines: the brand's palette, fonts and marks, in revisions that are proposed, approved and succeeded."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from workbench import audit, db, operators, recipes, storage, versions
from workbench.errors import MovedOn, NotAllowed, NotFound, RejectedFile
from workbench.imaging import intake
from workbench.models import GuidelineRevision
from workbench.permissions import Actor, require

FONT_TYPES = {"ttf": "font/ttf", "otf": "font/otf", "woff2": "font/woff2"}


def propose(actor: Actor, text: str, files: Mapping[str, bytes]) -> GuidelineRevision:
    """Add the TOML `text` as the next revision, proposed; `files` holds the fonts and marks it refers to, by name."""
    require(actor, "guideline:propose")
    guideline = recipes.parse_guideline(text)
    kept = {name: _keep(name, files[name]) for name in guideline.files() if name in files}
    guideline = guideline.with_files({name: sha256 for name, (sha256, _, _) in kept.items()})
    digest = recipes.definition_sha256(guideline)
    with db.transaction() as tx:
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("guidelines", 0))))
        newest = tx.exec(_newest()).first()
        if newest is not None and newest.sha256 == digest and newest.state != "retired":
            return newest
        for blob in kept.values():
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


def _keep(name: str, data: bytes) -> tuple[str, int, str]:
    """Check one file of the guideline and put it into the store: (sha256, size, media type)."""
    ending = name.rsplit(".", 1)[-1].lower()
    if ending in FONT_TYPES:
        if data[:4] not in (b"\x00\x01\x00\x00", b"OTTO", b"true", b"wOF2"):
            raise RejectedFile(f"“{name}” is not a font file. Give a TTF, OTF or WOFF2 file.")
        return storage.store().put(data), len(data), FONT_TYPES[ending]
    picture = intake.read(data)
    return storage.store().put(data), len(data), versions.MEDIA_TYPES[picture.format]


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


def definition(row: GuidelineRevision) -> recipes.Guideline:
    """The guideline of a revision's row."""
    return recipes.Guideline.from_json(row.definition)


def _newest() -> SelectOfScalar[GuidelineRevision]:
    return select(GuidelineRevision).order_by(col(GuidelineRevision.revision).desc())


def names(text: str) -> tuple[str, ...]:
    """The names of the font and mark files that the TOML `text` refers to."""
    return recipes.parse_guideline(text).files()
