"""Starting and stopping a proof: which pictures, which values, and one wake-up call for a worker."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from workbench import audit, db, edits, guidelines, jobs, recipes, sources, templates, versions
from workbench.errors import InvalidInput, MovedOn, NotAllowed
from workbench.models import Asset, Proof, ProofPicture, TemplateRevision
from workbench.permissions import Actor, may, require
from workbench.proofs.reading import find

#: pictures in one proof
MOST = 40
#: the newest pictures that are taken when none are named
NEWEST = 8


def start(
    actor: Actor, name: str, *, revision: int | None = None, assets: Sequence[str] = (), collection: str | None = None,
    values: Mapping[str, str] = {}, region: str | Mapping[str, Any] | None = None,
) -> Proof:  # fmt: skip
    """Run a revision of the template `name` (the one that waits for approval, without a number) over pictures.

    `assets` are names or ids; without any, the newest pictures of the library, or of one collection. All get the same
    `values`. `region` is where each may change ("x,y,w,h", a box or shapes; for the rule “protected” what must stay);
    without it each picture's newest region of this template is taken. Returns at once; a worker does the rest. Raises
    InvalidInput with every missing or wrong value. That a picture can't be edited so is a result, not an error.
    """
    require(actor, "template:prove")
    place = recipes.parse_region(region) if isinstance(region, str) else recipes.checked_region(region)
    with db.transaction() as tx:
        row = _provable(tx, name, revision)
        guideline = guidelines.current(tx)
        _check_values(row, values, guideline)
        pictures = reference(tx, assets, collection)
        proof = Proof(
            template_revision_id=row.id, guideline_id=guideline.id if guideline else None, author_id=actor.id,
            via=actor.via, values=dict(values), region=place,
        )  # fmt: skip
        tx.add(proof)
        tx.flush()
        for number, asset in enumerate(pictures, 1):
            tx.add(ProofPicture(proof_id=proof.id, place=number, asset_id=asset.id, sha256=asset.sha256))
        tx.flush()
        jobs.wake_proof(tx, proof.id)
        audit.record(tx, actor, "template:prove", name, revision=row.revision, proof=str(proof.id),
                     pictures=len(pictures))  # fmt: skip
        return proof


def _provable(tx: Session, name: str, number: int | None) -> TemplateRevision:
    row = templates.revision(tx, name, number)
    if row.state == "retired":
        raise MovedOn(f"Revision {row.revision} of template “{name}” is retired. Propose it again to prove it.")
    return row


def _check_values(row: TemplateRevision, values: Mapping[str, str], found: Any) -> None:
    guideline = guidelines.definition(found)
    recipes.resolve(templates.definition(row), values, guideline, revision=found.revision if found else 0)


def reference(tx: Session, assets: Sequence[str] = (), collection: str | None = None) -> list[Asset]:
    """The pictures of a proof, each once: those named, else the newest of the library or of `collection`."""
    if assets and collection:
        raise InvalidInput("Name pictures or a collection, not both.")
    if assets:
        found = list({asset.id: asset for asset in (versions.find_asset(tx, words) for words in assets)}.values())
        if hidden := [asset.name for asset in found if asset.archived_at is not None]:
            raise MovedOn(f"“{hidden[0]}” is archived. Choose another picture, or ask an admin to restore it.")
    else:
        found = sources.library(tx, collections=[collection] if collection else (), limit=NEWEST).assets
    if not found:
        where = f"the collection “{collection}”" if collection else "the library"
        raise InvalidInput(f"There is no picture in {where} to prove the template on. Name others, or add some first.")
    if len(found) > MOST:
        raise InvalidInput(f"A proof takes up to {MOST} pictures, not {len(found)}. Choose those that differ most.")
    return found


def cancel(actor: Actor, words: str) -> Proof:
    """Stop a proof: what is done stays to be looked at, the rest is not run."""
    require(actor, "template:prove")
    with db.transaction() as tx:
        proof = find(tx, words)
        tx.refresh(proof, with_for_update=True)
        if proof.author_id != actor.id and not may(actor, "template:approve"):
            raise NotAllowed("Only who started a proof can cancel it, or a lead.")
        if proof.cancelled_at is not None:
            return proof
        stopped = edits.cancel_proof(tx, proof.id)
        if proof.prepared_at is not None and not stopped:
            raise MovedOn("The proof is at its end already, so there is nothing to cancel.")
        proof.cancelled_at = sa.func.clock_timestamp()  # type: ignore[assignment]
        tx.add(proof)
        tx.flush()
        tx.refresh(proof)
        row = tx.get_one(TemplateRevision, proof.template_revision_id)
        audit.record(tx, actor, "template:cancel", row.name, revision=row.revision, proof=str(proof.id))
        return proof
