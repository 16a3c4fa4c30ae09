"""What people look at: a proof with every picture before and after, and what became of it."""

import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col, select

from workbench import versions
from workbench.errors import NotFound
from workbench.models import Asset, Candidate, Edit, Operator, Picture, Proof, ProofPicture, TemplateRevision

Outcome = Literal["passed", "review", "failed", "refused", "waiting", "cancelled"]


@dataclass(frozen=True)
class Item:
    """One picture of a proof."""

    asset: Asset
    #: the picture the edit started from; while there is no edit, the newest one when the proof was started
    before: Picture
    edit: Edit | None
    candidate: Candidate | None
    after: Picture | None
    #: why no edit could be made of it
    refusal: str | None
    #: whether the proof was stopped
    stopped: bool = False

    @property
    def state(self) -> str:
        """The edit's state, or “refused”, or “waiting” while there is no edit yet."""
        if self.edit is not None:
            return self.edit.state
        return "refused" if self.refusal else "cancelled" if self.stopped else "waiting"

    @property
    def outcome(self) -> Outcome:
        """How it counts: “passed” only when every number is inside its limit and nothing is doubtful."""
        if self.candidate is not None and self.state == "ready":
            return "passed" if self.candidate.passed else "failed" if self.candidate.verdict == "fail" else "review"
        match self.state:
            case "failed" | "unknown":
                return "failed"
            case "refused":
                return "refused"
            case "cancelled":
                return "cancelled"
        return "waiting"

    @property
    def failure(self) -> str | None:
        """Why there is no result, in a sentence."""
        return self.edit.failure if self.edit else self.refusal

    @property
    def sentences(self) -> list[str]:
        """What keeps it from passing, the worst first; none when it passed."""
        if self.failure:
            return [self.failure]
        return [*self.candidate.report["reasons"], *self.candidate.unsure] if self.candidate else []


@dataclass(frozen=True)
class Shown:
    """A proof with everything its page needs."""

    proof: Proof
    template: TemplateRevision
    author: Operator
    items: list[Item]

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many pictures came to what."""
        return Counter(item.outcome for item in self.items)

    @property
    def passed(self) -> int:
        """How many passed."""
        return self.counts.get("passed", 0)

    @property
    def share(self) -> float:
        """Of all pictures, 0–1."""
        return self.passed / len(self.items)

    @property
    def state(self) -> Literal["running", "finished", "cancelled"]:
        """Whether there is more to come."""
        if self.proof.cancelled_at is not None:
            return "cancelled"
        return "running" if self.proof.prepared_at is None or self.counts.get("waiting") else "finished"


def find(tx: Session, words: str) -> Proof:
    """The proof with that id, or 8 or more first characters of it. Raises NotFound."""
    found = versions.by_id(tx, Proof, words)
    if len(found) != 1:
        raise NotFound(f"There is no proof “{words}”. `templates prove NAME` makes one.")
    return found[0]  # type: ignore[no-any-return]


def show(tx: Session, words: str) -> Shown:
    """One proof, whole; three statements however many pictures it has. Raises NotFound."""
    proof = find(tx, words)
    query = (
        sa.select(TemplateRevision, Operator)
        .join(Operator, col(Operator.id) == proof.author_id)
        .where(col(TemplateRevision.id) == proof.template_revision_id)
    )
    template, author = tx.execute(query).one()
    return Shown(proof, template, author, _items(tx, proof))


def _items(tx: Session, proof: Proof) -> list[Item]:
    before, after = sa.orm.aliased(Picture), sa.orm.aliased(Picture)
    query = (
        sa.select(Asset, before, Edit, Candidate, after, col(ProofPicture.refusal))
        .select_from(ProofPicture)
        .join(Asset, col(Asset.id) == ProofPicture.asset_id)
        .outerjoin(Edit, sa.and_(col(Edit.proof_id) == ProofPicture.proof_id, col(Edit.asset_id) == Asset.id))
        .join(before, col(before.sha256) == sa.func.coalesce(Edit.base_sha256, ProofPicture.sha256))
        .outerjoin(Candidate, sa.and_(col(Candidate.edit_id) == Edit.id, col(Candidate.index) == 1))
        .outerjoin(after, col(after.sha256) == Candidate.sha256)
        .where(col(ProofPicture.proof_id) == proof.id)
        .order_by(col(ProofPicture.place))
        .execution_options(populate_existing=True)
    )
    stopped = proof.cancelled_at is not None
    return [
        Item(asset, old, edit, candidate, new, refusal, stopped)
        for asset, old, edit, candidate, new, refusal in tx.execute(query).all()
    ]


def latest(tx: Session, revisions: Collection[uuid.UUID]) -> dict[uuid.UUID, Proof]:
    """The newest proof of each of these revisions that has one; one statement."""
    query = (
        select(Proof)
        .ext(distinct_on(col(Proof.template_revision_id)))
        .where(col(Proof.template_revision_id).in_(revisions))
        .order_by(col(Proof.template_revision_id), col(Proof.id).desc())
    )
    return {proof.template_revision_id: proof for proof in tx.exec(query).all()}
