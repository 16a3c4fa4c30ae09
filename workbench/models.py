"""The tables, as rows in Python; their rules live in migrations/sql and hold whoever writes."""

import uuid
from datetime import datetime
from typing import Any, ClassVar, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlmodel import Field, SQLModel

EditState = Literal[
    "queued", "running", "ready", "failed", "unknown", "cancelled", "submitted", "accepted", "rejected", "withdrawn"
]
#: states that an edit leaves only by being run again as a new edit
FINAL_STATES = ("failed", "unknown", "cancelled", "rejected", "withdrawn")


def _id() -> Any:
    return Field(
        default=None, primary_key=True, sa_type=sa.Uuid, sa_column_kwargs={"server_default": sa.FetchedValue()}
    )


def _now(**more: Any) -> Any:
    return Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),
        sa_column_kwargs={"server_default": sa.func.now()},
        **more,
    )


def _when() -> Any:
    return Field(default=None, sa_type=sa.DateTime(timezone=True))


def _json(default: Any) -> Any:
    return Field(default_factory=default, sa_type=JSONB)


class Row(SQLModel):
    """What every table shares."""

    __table_args__: ClassVar[Any] = {}


class Workspace(Row, table=True):
    """One row: the rules that hold for everybody."""

    __tablename__ = "workspace"
    id: int = Field(default=1, primary_key=True)
    name: str = "Loupe"
    four_eyes: bool = False
    created_at: datetime = _now()


class Operator(Row, table=True):
    """A person who acts."""

    __tablename__ = "operators"
    id: uuid.UUID = _id()
    email: str
    name: str = ""
    role: str
    active: bool = True
    is_local: bool = False
    created_at: datetime = _now()


class Blob(Row, table=True):
    """Bytes in the store, by their SHA-256."""

    __tablename__ = "blobs"
    sha256: str = Field(primary_key=True)
    size: int = Field(sa_type=sa.BigInteger)
    media_type: str
    created_at: datetime = _now()
    erased_at: datetime | None = _when()
    erased_reason: str | None = None


class Picture(Row, table=True):
    """What one decode told about a blob that is a picture."""

    __tablename__ = "pictures"
    sha256: str = Field(primary_key=True, foreign_key="blobs.sha256")
    format: str
    width: int
    height: int
    alpha: bool
    profile: bool
    pixel_sha256: str
    phash: int = Field(sa_type=sa.BigInteger)
    preview_sha256: str = Field(foreign_key="blobs.sha256")
    thumb_sha256: str = Field(foreign_key="blobs.sha256")
    notes: list[str] = _json(list)


class Asset(Row, table=True):
    """One brand image with one line of history."""

    __tablename__ = "assets"
    id: uuid.UUID = _id()
    name: str
    collection: str | None = None
    tags: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    created_by: uuid.UUID = Field(foreign_key="operators.id")
    created_at: datetime = _now()
    updated_at: datetime = _now()
    archived_at: datetime | None = _when()
    #: the newest version, and what a list shows of it; empty only until the first version is appended
    head_id: uuid.UUID | None = None
    number: int = Field(default=None, nullable=True)
    sha256: str = Field(default=None, nullable=True, foreign_key="pictures.sha256")
    format: str = Field(default=None, nullable=True)
    width: int = Field(default=None, nullable=True)
    height: int = Field(default=None, nullable=True)
    alpha: bool = Field(default=None, nullable=True)
    thumb_sha256: str = Field(default=None, nullable=True)
    words: str | None = Field(
        default=None,
        sa_column=sa.Column(TSVECTOR, sa.Computed("asset_words(name, collection, tags)", persisted=True)),
        exclude=True,
    )


class Version(Row, table=True):
    """An immutable state of an asset."""

    __tablename__ = "versions"
    id: uuid.UUID = _id()
    #: filled by versions.append
    asset_id: uuid.UUID = Field(default=None, foreign_key="assets.id")
    number: int = Field(default=None)
    kind: str
    sha256: str = Field(foreign_key="pictures.sha256")
    parent_id: uuid.UUID | None = None
    #: the version whose bytes a revert brings back
    origin_id: uuid.UUID | None = Field(default=None, foreign_key="versions.id")
    edit_id: uuid.UUID | None = Field(default=None, foreign_key="edits.id")
    committed_by: uuid.UUID = Field(foreign_key="operators.id")
    approved_by: uuid.UUID | None = Field(default=None, foreign_key="operators.id")
    self_approved: bool = False
    note: str = ""
    provenance: dict[str, Any] = _json(dict)
    created_at: datetime = _now()


class TemplateName(Row, table=True):
    """The name under which a template's revisions stand."""

    __tablename__ = "templates"
    name: str = Field(primary_key=True)
    created_at: datetime = _now()


class Revision(Row):
    """What templates and guidelines share: text that never changes, and a state that only goes forward."""

    id: uuid.UUID = _id()
    revision: int
    title: str
    definition: dict[str, Any] = _json(dict)
    source: str
    sha256: str
    state: str = "proposed"
    author_id: uuid.UUID = Field(foreign_key="operators.id")
    approved_by: uuid.UUID | None = Field(default=None, foreign_key="operators.id")
    self_approved: bool = False
    created_at: datetime = _now()
    approved_at: datetime | None = _when()
    retired_at: datetime | None = _when()


class TemplateRevision(Revision, table=True):
    """One immutable revision of a template."""

    __tablename__ = "template_revisions"
    name: str = Field(foreign_key="templates.name")


class GuidelineRevision(Revision, table=True):
    """One immutable revision of the brand's rules."""

    __tablename__ = "guidelines"


class Edit(Row, table=True):
    """One recipe applied to one version's bytes, by one operator."""

    __tablename__ = "edits"
    id: uuid.UUID = _id()
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
    heartbeat_at: datetime | None = _when()
    progress: float = Field(default=0.0, sa_type=sa.REAL)
    phase: str = ""
    failure: str | None = None
    chosen_id: uuid.UUID | None = None
    #: what a list shows of the chosen candidate, else of the first one
    verdict: str | None = None
    thumb_sha256: str | None = None
    reused_from: uuid.UUID | None = Field(default=None, foreign_key="edits.id")
    rerun_of: uuid.UUID | None = Field(default=None, foreign_key="edits.id")
    reapplied_from: uuid.UUID | None = Field(default=None, foreign_key="versions.id")
    created_at: datetime = _now()
    updated_at: datetime = _now()
    submitted_at: datetime | None = _when()


class Candidate(Row, table=True):
    """One result of an edit."""

    __tablename__ = "candidates"
    id: uuid.UUID = _id()
    edit_id: uuid.UUID = Field(foreign_key="edits.id")
    index: int
    sha256: str = Field(foreign_key="pictures.sha256")
    raw_sha256: str | None = Field(default=None, foreign_key="blobs.sha256")
    mask_sha256: str | None = Field(default=None, foreign_key="blobs.sha256")
    verdict: str
    report: dict[str, Any] = _json(dict)
    notes: list[str] = _json(list)
    created_at: datetime = _now()


class Decision(Row, table=True):
    """Accept, reject, withdraw or undo, bound to the bytes that were seen."""

    __tablename__ = "decisions"
    id: uuid.UUID = _id()
    edit_id: uuid.UUID = Field(foreign_key="edits.id")
    author_id: uuid.UUID
    verb: str
    decided_by: uuid.UUID = Field(foreign_key="operators.id")
    self_approved: bool
    seen_sha256: str
    reason: str = ""
    note: str = ""
    version_id: uuid.UUID | None = Field(default=None, foreign_key="versions.id")
    created_at: datetime = _now()


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
    detail: dict[str, Any] = _json(dict)
    body: str = Field(default=None, sa_column_kwargs={"server_default": sa.FetchedValue()})
    prev: str = Field(default=None, sa_column_kwargs={"server_default": sa.FetchedValue()})
    hash: str = Field(default=None, sa_column_kwargs={"server_default": sa.FetchedValue()})
