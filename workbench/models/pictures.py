"""The house and its people, bytes, pictures, assets and their versions."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlmodel import Field

from workbench.models.rows import Row, made, moment, now, plain


class Workspace(Row, table=True):
    """One row: the rules that hold for everybody."""

    __tablename__ = "workspace"
    id: int = Field(default=1, primary_key=True)
    name: str = "Loupe"
    four_eyes: bool = False
    created_at: datetime = now()


class Operator(Row, table=True):
    """A person who acts."""

    __tablename__ = "operators"
    id: uuid.UUID = made()
    email: str
    name: str = ""
    role: str
    active: bool = True
    is_local: bool = False
    created_at: datetime = now()


class Blob(Row, table=True):
    """Bytes in the store, by their SHA-256."""

    __tablename__ = "blobs"
    sha256: str = Field(primary_key=True)
    size: int = Field(sa_type=sa.BigInteger)
    media_type: str
    created_at: datetime = now()
    erased_at: datetime | None = moment()
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
    notes: list[str] = plain(list)


class Asset(Row, table=True):
    """One brand image with one line of history."""

    __tablename__ = "assets"
    id: uuid.UUID = made()
    name: str
    collection: str | None = None
    tags: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    created_by: uuid.UUID = Field(foreign_key="operators.id")
    created_at: datetime = now()
    updated_at: datetime = now()
    archived_at: datetime | None = moment()
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
    id: uuid.UUID = made()
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
    provenance: dict[str, Any] = plain(dict)
    created_at: datetime = now()
