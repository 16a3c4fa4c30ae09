"""Edits, their candidates, decisions on them, and the ledger of everything."""

import uuid
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from workbench.models.rows import Row, made, moment, now, plain

EditState = Literal[
    "queued", "running", "ready", "failed", "unknown", "cancelled", "submitted", "accepted", "rejected", "withdrawn"
]
#: states that an edit leaves only by being run again as a new edit
FINAL_STATES = ("failed", "unknown", "cancelled", "rejected", "withdrawn")


class Edit(Row, table=True):
    """One recipe applied to one version's bytes, by one operator."""

    __tablename__ = "edits"
    id: uuid.UUID = made()
    asset_id: uuid.UUID = Field(foreign_key="assets.id")
    base_version_id: uuid.UUID = Field(foreign_key="versions.id")
    base_sha256: str = Field(foreign_key="pictures.sha256")
    template_revision_id: uuid.UUID = Field(foreign_key="template_revisions.id")
    guideline_id: uuid.UUID | None = Field(default=None, foreign_key="guidelines.id")
    kind: str = "edit"
    engine: str
    #: the change in a few words, as lists show it: “Colour swap: Sage → Aster blue”
    summary: str
    #: the recipe's canonical JSON
    recipe: str
    recipe_sha256: str
    wanted: int = 1
    state: str = "queued"
    author_id: uuid.UUID = Field(foreign_key="operators.id")
    via: str
    attempt: int = 0
    runner: uuid.UUID | None = None
    heartbeat_at: datetime | None = moment()
    progress: float = Field(default=0.0, sa_type=sa.REAL)
    phase: str = ""
    failure: str | None = None
    #: how it failed, as programs count it: the error's kind, and what was being done
    failure_kind: str | None = None
    failure_stage: str | None = None
    #: until when it waits for its turn at a provider
    not_before: datetime | None = moment()
    chosen_id: uuid.UUID | None = None
    #: what a list shows of the chosen candidate, else of the first one
    verdict: str | None = None
    thumb_sha256: str | None = None
    reused_from: uuid.UUID | None = Field(default=None, foreign_key="edits.id")
    rerun_of: uuid.UUID | None = Field(default=None, foreign_key="edits.id")
    reapplied_from: uuid.UUID | None = Field(default=None, foreign_key="versions.id")
    #: of kind “proof” only: the proof whose picture this is
    proof_id: uuid.UUID | None = Field(default=None, foreign_key="proofs.id")
    #: whether a model's output was used as it came, without the lock, and why; for ever
    raw: bool = False
    reason: str = ""
    created_at: datetime = now()
    updated_at: datetime = now()
    submitted_at: datetime | None = moment()


class Candidate(Row, table=True):
    """One result of an edit."""

    __tablename__ = "candidates"
    id: uuid.UUID = made()
    edit_id: uuid.UUID = Field(foreign_key="edits.id")
    index: int
    sha256: str = Field(foreign_key="pictures.sha256")
    raw_sha256: str | None = Field(default=None, foreign_key="blobs.sha256")
    mask_sha256: str | None = Field(default=None, foreign_key="blobs.sha256")
    #: maps of a locked result, smaller than it: all that the model changed, allowed or not, and how far its colours
    #: were off (alpha = 10·ΔE2000, at most 255)
    found_sha256: str | None = Field(default=None, foreign_key="blobs.sha256")
    heat_sha256: str | None = Field(default=None, foreign_key="blobs.sha256")
    verdict: str
    report: dict[str, Any] = plain(dict)
    notes: list[str] = plain(list)
    #: those of the notes that say what its maker was not sure of; None where they weren't told apart
    doubts: list[str] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    created_at: datetime = now()

    @property
    def unsure(self) -> list[str]:
        """The doubts; where they weren't told from other notes, every note."""
        return self.notes if self.doubts is None else self.doubts

    @property
    def passed(self) -> bool:
        """Whether every number is inside its limit and nothing is doubtful."""
        return self.verdict == "pass" and not self.unsure


class Decision(Row, table=True):
    """Accept, reject, withdraw or undo, bound to the bytes that were seen."""

    __tablename__ = "decisions"
    id: uuid.UUID = made()
    edit_id: uuid.UUID = Field(foreign_key="edits.id")
    author_id: uuid.UUID
    verb: str
    decided_by: uuid.UUID = Field(foreign_key="operators.id")
    self_approved: bool
    seen_sha256: str
    reason: str = ""
    note: str = ""
    version_id: uuid.UUID | None = Field(default=None, foreign_key="versions.id")
    created_at: datetime = now()


class Event(Row, table=True):
    """One row of the append-only, hash-chained ledger; a trigger fills what is not given."""

    __tablename__ = "events"
    seq: int = Field(
        default=None, primary_key=True, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": sa.FetchedValue()}
    )
    at: datetime = Field(
        default=None, sa_type=sa.DateTime(timezone=True), sa_column_kwargs={"server_default": sa.FetchedValue()}
    )
    verb: str
    operator: str
    via: str
    subject: str
    asset_id: uuid.UUID | None = None
    detail: dict[str, Any] = plain(dict)
    body: str = Field(default=None, sa_column_kwargs={"server_default": sa.FetchedValue()})
    prev: str = Field(default=None, sa_column_kwargs={"server_default": sa.FetchedValue()})
    hash: str = Field(default=None, sa_column_kwargs={"server_default": sa.FetchedValue()})
