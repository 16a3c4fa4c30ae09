"""Templates and guidelines in revisions, and the proofs of templates."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from workbench.models.rows import Row, made, moment, now, plain


class TemplateName(Row, table=True):
    """The name under which a template's revisions stand."""

    __tablename__ = "templates"
    name: str = Field(primary_key=True)
    created_at: datetime = now()


class Revision(Row):
    """What templates and guidelines share: text that never changes, and a state that only goes forward."""

    id: uuid.UUID = made()
    revision: int
    title: str
    definition: dict[str, Any] = plain(dict)
    source: str
    sha256: str
    state: str = "proposed"
    author_id: uuid.UUID = Field(foreign_key="operators.id")
    approved_by: uuid.UUID | None = Field(default=None, foreign_key="operators.id")
    self_approved: bool = False
    created_at: datetime = now()
    approved_at: datetime | None = moment()
    retired_at: datetime | None = moment()


class TemplateRevision(Revision, table=True):
    """One immutable revision of a template."""

    __tablename__ = "template_revisions"
    name: str = Field(foreign_key="templates.name")
    #: the proof that lay before whoever approved it
    proof_id: uuid.UUID | None = None


class GuidelineRevision(Revision, table=True):
    """One immutable revision of the brand's rules."""

    __tablename__ = "guidelines"


class Proof(Row, table=True):
    """A template's revision run over a reference set of pictures, with the same values."""

    __tablename__ = "proofs"
    id: uuid.UUID = made()
    template_revision_id: uuid.UUID = Field(foreign_key="template_revisions.id")
    guideline_id: uuid.UUID | None = Field(default=None, foreign_key="guidelines.id")
    author_id: uuid.UUID = Field(foreign_key="operators.id")
    via: str
    values: dict[str, str] = plain(dict)
    #: as a recipe keeps it, for all pictures; None = each picture's own newest region of this template
    region: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    created_at: datetime = now()
    #: when every picture had become an edit or was refused
    prepared_at: datetime | None = moment()
    cancelled_at: datetime | None = moment()


class ProofPicture(Row, table=True):
    """One picture of a proof's reference set; what became of it is its edit, or the sentence that refused it."""

    __tablename__ = "proof_pictures"
    proof_id: uuid.UUID = Field(primary_key=True, foreign_key="proofs.id")
    place: int = Field(primary_key=True)
    asset_id: uuid.UUID = Field(foreign_key="assets.id")
    #: the newest bytes when the proof was started
    sha256: str = Field(foreign_key="pictures.sha256")
    attempt: int = 0
    refusal: str | None = None
