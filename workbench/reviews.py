"""Submit, accept, reject, withdraw, undo: once, bound to the bytes that were seen, under the asset's row lock."""

import json
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench import audit, db, edits, operators, versions
from workbench.errors import InvalidInput, MovedOn, NotAllowed
from workbench.models import (
    Asset,
    Candidate,
    Decision,
    Edit,
    GuidelineRevision,
    Operator,
    Picture,
    TemplateRevision,
    Version,
)
from workbench.permissions import Actor, require

CLOCK = sa.func.clock_timestamp()


@dataclass(frozen=True)
class Decided:
    """What a decision did."""

    edit: Edit
    asset: Asset
    decision: Decision | None = None
    version: Version | None = None


def submit(actor: Actor, words: str, candidate: int | None = None) -> Decided:
    """Ask a lead to decide on one candidate (number `candidate`; the only or first one without a number)."""
    require(actor, "edit:submit")
    with db.transaction() as tx:
        asset, edit = _locked(tx, words)
        if edit.author_id != actor.id:
            raise NotAllowed("Only its author can submit an edit. Run it again to make it yours.")
        if edit.state != "ready":
            raise MovedOn(_not(edit, "ready", "submitted"))
        _refuse_outdated(tx, asset, edit, "submitted")
        query = select(Candidate).where(Candidate.edit_id == edit.id).order_by(col(Candidate.index))
        found = tx.exec(query if candidate is None else query.where(Candidate.index == candidate)).first()
        if found is None:
            raise InvalidInput(f"The edit has no candidate {candidate}.")
        edit.chosen_id, edit.state, edit.verdict = found.id, "submitted", found.verdict
        edit.thumb_sha256 = tx.get_one(Picture, found.sha256).thumb_sha256
        edit.submitted_at = edit.updated_at = CLOCK  # type: ignore[assignment]
        _save(tx, edit)
        audit.record(tx, actor, "edit:submit", edit.id, asset=asset.id, candidate=found.index, sha256=found.sha256)
        return Decided(edit, asset)


def accept(actor: Actor, words: str, *, note: str = "", seen: str | None = None) -> Decided:
    """Make the submitted candidate the asset's next version.

    `seen` is the sha256 of the picture the person looked at; other bytes are refused. Raises MovedOn when somebody
    decided before or the asset has newer bytes, NotAllowed for one's own edit under four eyes.
    """
    require(actor, "edit:accept")
    with db.transaction() as tx:
        asset, edit = _locked(tx, words)
        chosen = _submitted(tx, edit, seen)
        own = edit.author_id == actor.id
        if own and operators.four_eyes(tx):
            raise NotAllowed("Nobody accepts their own edit. Ask another lead to look at it.")
        _refuse_outdated(tx, asset, edit, "accepted")
        version = versions.append(tx, asset, Version(
            kind=edit.kind, sha256=chosen.sha256, edit_id=edit.id, committed_by=edit.author_id, approved_by=actor.id,
            self_approved=own, note=note, origin_id=edit.reapplied_from,
            provenance=_provenance(tx, edit, chosen, actor),
        ))  # fmt: skip
        decision = _decide(tx, actor, edit, "accept", chosen.sha256, note=note, version=version)
        edit.state = "accepted"
        _save(tx, edit)
        audit.record(tx, actor, "edit:accept", edit.id, asset=asset.id, version=str(version.id), number=version.number,
                     sha256=chosen.sha256, self_approved=own, note=note)  # fmt: skip
        return Decided(edit, asset, decision, version)


def _provenance(tx: Session, edit: Edit, chosen: Candidate, actor: Actor) -> dict[str, object]:
    """Who did what with which words to which bytes, as the version keeps it for ever."""
    recipe = json.loads(edit.recipe)
    template = tx.get_one(TemplateRevision, edit.template_revision_id)
    guideline = tx.get(GuidelineRevision, edit.guideline_id) if edit.guideline_id else None
    return {
        "summary": edit.summary,
        "prompt": recipe["prompt"] or template.definition["template"]["prompt"],
        "template": recipe["template"],
        "guideline": {"revision": guideline.revision, "sha256": guideline.sha256} if guideline else None,
        "engine": {"name": recipe["engine"], "version": recipe["engine_version"], "model": recipe["model"]},
        "made_with": recipe["parameters"].get("made_with"),
        "raw": {"reason": edit.reason} if edit.raw else None,
        "recipe_sha256": edit.recipe_sha256,
        "original_sha256": edit.base_sha256,
        "result_sha256": chosen.sha256,
        "operator": tx.get_one(Operator, edit.author_id).email,
        "proposed_at": edit.created_at.isoformat(),
        "approved_by": actor.email,
        "report": chosen.report,
    }


def reject(actor: Actor, words: str, *, reason: str, seen: str | None = None) -> Decided:
    """Send the edit back with a reason its author reads word for word; nothing is deleted."""
    require(actor, "edit:reject")
    reason = reason.strip()
    if not reason:
        raise InvalidInput("Say why, in a few words: the author reads it and runs the edit again.")
    return _close(actor, words, "reject", "rejected", reason, seen)


def withdraw(actor: Actor, words: str) -> Decided:
    """Take one's own submitted edit back."""
    require(actor, "edit:withdraw")
    return _close(actor, words, "withdraw", "withdrawn", "", None)


def _close(actor: Actor, words: str, verb: str, state: str, reason: str, seen: str | None) -> Decided:
    with db.transaction() as tx:
        asset, edit = _locked(tx, words)
        if verb == "withdraw" and edit.author_id != actor.id:
            raise NotAllowed("Only its author can withdraw an edit. A lead can reject it.")
        chosen = _submitted(tx, edit, seen)
        decision = _decide(tx, actor, edit, verb, chosen.sha256, reason=reason)
        edit.state = state
        _save(tx, edit)
        audit.record(tx, actor, f"edit:{verb}", edit.id, asset=asset.id, sha256=chosen.sha256, reason=reason)
        return Decided(edit, asset, decision)


def undo(actor: Actor, words: str, *, note: str = "") -> Decided:
    """Take an acceptance back while its version is the newest: the former bytes come back, the edit waits again."""
    with db.transaction() as tx:
        asset, edit = _locked(tx, words)
        last = tx.exec(
            select(Decision).where(Decision.edit_id == edit.id).order_by(col(Decision.id).desc()).limit(1)
        ).first()
        if last is None or last.decided_by != actor.id:
            require(actor, "edit:undo")
        if edit.state != "accepted" or last is None:
            raise MovedOn(_not(edit, "accepted", "undone"))
        newest = versions.head(tx, asset)
        if newest.id != last.version_id:
            raise MovedOn(
                f"“{asset.name}” has moved on to version {newest.number} since. "
                "Revert to an earlier version on the History page."
            )
        former = tx.get_one(Version, newest.parent_id)
        back = versions.reverted(former, actor, note or "Decision undone", undone_edit=str(edit.id))
        version = versions.append(tx, asset, back)
        decision = _decide(tx, actor, edit, "undo", last.seen_sha256, note=note, version=version)
        edit.state = "submitted"
        _save(tx, edit)
        audit.record(tx, actor, "edit:undo", edit.id, asset=asset.id, version=str(version.id), number=version.number,
                     sha256=version.sha256)  # fmt: skip
        return Decided(edit, asset, decision, version)


def _locked(tx: Session, words: str) -> tuple[Asset, Edit]:
    """The asset and the edit, locked in this order everywhere, so that two deciders can't wait for each other."""
    asset = versions.locked(tx, edits.find(tx, words).asset_id)
    return asset, edits.find(tx, words, lock=True)


def _submitted(tx: Session, edit: Edit, seen: str | None) -> Candidate:
    if edit.state != "submitted":
        raise MovedOn(_not(edit, "submitted", "decided"))
    chosen = tx.get_one(Candidate, edit.chosen_id)
    if seen is not None and seen != chosen.sha256:
        raise MovedOn(
            "The picture that was submitted is not the one you looked at. Open the edit again and decide on that."
        )
    return chosen


def _refuse_outdated(tx: Session, asset: Asset, edit: Edit, deed: str) -> None:
    newest = versions.head(tx, asset)
    if newest.sha256 != edit.base_sha256:
        raise MovedOn(
            f"“{asset.name}” has moved on to version {newest.number} since this edit began, so it can't be {deed}. "
            "Run it again on the newest version."
        )


def _not(edit: Edit, needed: str, deed: str) -> str:
    return f"The edit is {edit.state}, not {needed}, so it can't be {deed}. Open it again to see what happened."


def _decide(
    tx: Session, actor: Actor, edit: Edit, verb: str, seen: str, *, reason: str = "", note: str = "",
    version: Version | None = None,
) -> Decision:  # fmt: skip
    decision = Decision(
        edit_id=edit.id, author_id=edit.author_id, verb=verb, decided_by=actor.id, seen_sha256=seen, reason=reason,
        self_approved=verb == "accept" and edit.author_id == actor.id, note=note,
        version_id=version.id if version else None,
    )  # fmt: skip
    tx.add(decision)
    tx.flush()
    return decision


def _save(tx: Session, edit: Edit) -> None:
    edit.updated_at = CLOCK  # type: ignore[assignment]
    tx.add(edit)
    tx.flush()
    tx.refresh(edit)


def decided(tx: Session, *, by: Actor | None = None, limit: int = 50) -> list[tuple[Decision, Edit, Asset]]:
    """The newest decisions, of one person with `by`."""
    query = (
        select(Decision, Edit, Asset)
        .join(Edit, Edit.id == Decision.edit_id)  # type: ignore[arg-type]
        .join(Asset, Asset.id == Edit.asset_id)  # type: ignore[arg-type]
        .order_by(col(Decision.id).desc())
        .limit(limit)
    )
    if by is not None:
        query = query.where(Decision.decided_by == by.id)
    return [(decision, edit, asset) for decision, edit, asset in tx.exec(query).all()]
