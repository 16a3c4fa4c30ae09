"""Making edits of a proof's pictures, in the worker: one after the other, each once, whoever dies in between."""

import time
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench import db, edits, jobs, operators, templates
from workbench.errors import InvalidInput, MovedOn, NotAllowed, NotFound, OverBudget
from workbench.models import Edit, Operator, Proof, ProofPicture, TemplateRevision

#: seconds after which a worker turns to what is more urgent and comes back later
SPELL = 2.0
#: a picture whose worker died this often while it was prepared is refused: it may be what kills them
MOST_ATTEMPTS = 3
#: the constraint that a picture of a proof has one edit
ONE_EDIT = "edits_of_proof"
STOPPED = (
    f"The program that looked at this picture stopped {MOST_ATTEMPTS} times in the middle. "
    "Leave it out, try a smaller picture, or tell whoever runs Loupe."
)


def prepare(proof_id: uuid.UUID, spell: float = SPELL) -> bool:
    """Make edits of the proof's pictures for about `spell` seconds. False: there is more, and a worker was woken.

    1. Claim the next picture, counting the attempt. 2. Find where it may change. 3. Propose its edit, or keep the
    sentence that refused it. Whatever was done before is left as it is.
    """
    until = time.monotonic() + spell
    while True:
        claimed = _claim(proof_id)
        if claimed is None:
            return True
        proof, row, picture, email = claimed
        try:
            wish = _wish(proof, row, picture)
            edits.prove(operators.actor(email, "worker"), str(picture.asset_id), wish, row.id, proof.id)
        except (InvalidInput, NotFound, NotAllowed, MovedOn, OverBudget) as error:
            _refuse(proof_id, picture.place, str(error))
        except sa.exc.IntegrityError as error:
            if ONE_EDIT not in str(error.orig):
                raise
            return True  # while this worker was stopped, another one took over
        if time.monotonic() > until:
            with db.transaction() as tx:
                jobs.wake_proof(tx, proof_id)
            return False


def _pending(proof_id: uuid.UUID) -> Any:
    made = sa.exists().where(col(Edit.proof_id) == ProofPicture.proof_id, col(Edit.asset_id) == ProofPicture.asset_id)
    query = select(ProofPicture).where(ProofPicture.proof_id == proof_id, col(ProofPicture.refusal).is_(None), ~made)
    return query.order_by(col(ProofPicture.place)).limit(1)


def _claim(proof_id: uuid.UUID) -> tuple[Proof, TemplateRevision, ProofPicture, str] | None:
    """The next picture to be prepared, its attempt counted; None when there is none, which ends the preparation."""
    with db.transaction() as tx:
        proof = _locked(tx, proof_id)
        if proof.cancelled_at is not None:  # what was queued while somebody cancelled
            edits.cancel_proof(tx, proof_id)
        while proof.cancelled_at is None and proof.prepared_at is None:
            picture = tx.exec(_pending(proof_id)).first()
            if picture is None:
                proof.prepared_at = sa.func.clock_timestamp()  # type: ignore[assignment]
                tx.add(proof)
                return None
            if picture.attempt < MOST_ATTEMPTS:
                picture.attempt += 1
                tx.add(picture)
                row = tx.get_one(TemplateRevision, proof.template_revision_id)
                return proof, row, picture, tx.get_one(Operator, proof.author_id).email
            picture.refusal = STOPPED
            tx.add(picture)
            tx.flush()
        return None


def _wish(proof: Proof, row: TemplateRevision, picture: ProofPicture) -> edits.Wish:
    """The proof's values, with its own region or the newest one that was marked on this picture for the template."""
    wish = edits.Wish(row.name, proof.values)
    rule = templates.definition(row).region.rule
    if rule == "none":
        return wish
    if proof.region is not None:
        return replace(wish, protected=proof.region) if rule == "protected" else replace(wish, region=proof.region)
    former = _newest(picture.asset_id, row.name)
    if former is None:
        return wish
    was = edits.wish_of(former)
    if rule == "protected":
        return replace(wish, protected=was.protected, protect=was.protect)
    return replace(wish, region=was.region, mask=was.mask, protected=was.protected, protect=was.protect)


def _newest(asset_id: uuid.UUID, name: str) -> Edit | None:
    """The newest edit of an asset that people made with any revision of the template `name`."""
    with db.transaction() as tx:
        query = (
            select(Edit)
            .join(TemplateRevision, col(TemplateRevision.id) == Edit.template_revision_id)
            .where(Edit.asset_id == asset_id, Edit.kind != "proof", TemplateRevision.name == name)
            .order_by(col(Edit.id).desc())
            .limit(1)
        )
        return tx.exec(query).first()


def _refuse(proof_id: uuid.UUID, place: int, sentence: str) -> None:
    with db.transaction() as tx:
        query = sa.update(ProofPicture).where(
            col(ProofPicture.proof_id) == proof_id,
            col(ProofPicture.place) == place,
            col(ProofPicture.refusal).is_(None),
        )
        tx.execute(query.values(refusal=sentence))


def _locked(tx: Session, proof_id: uuid.UUID) -> Proof:
    return tx.exec(select(Proof).where(Proof.id == proof_id).with_for_update()).one()


def sweep(stalled_after: float) -> list[uuid.UUID]:
    """Renew the wake-up calls of proofs whose worker died while it prepared them; one sweeper at a time."""
    with db.transaction() as tx:
        if not tx.scalar(sa.text("select pg_try_advisory_xact_lock(hashtextextended('loupe.sweep.proofs', 0))")):
            return []
        lost = jobs.forgotten_proofs(tx, timedelta(seconds=stalled_after))
        for proof_id in lost:
            jobs.wake_proof(tx, proof_id)
        return lost
