"""Imports of many pictures by workers, and their items."""

import uuid
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from workbench.models.rows import Row, made, moment, now, plain

#: what becomes of a picture that the library has already, or nearly: only the very same bytes are left out (“add”),
#: everything that looks the same is left out (“skip”), or it becomes the next version of what it looks like (“version”)
Duplicates = Literal["add", "skip", "version"]
#: “here”: left out, because the library has it; “listed”: a folder, whose pictures became items
ItemState = Literal["waiting", "running", "added", "version", "here", "listed", "refused", "cancelled"]


class Import(Row, table=True):
    """Many pictures from elsewhere that one person brings in together."""

    __tablename__ = "imports"
    id: uuid.UUID = made()
    author_id: uuid.UUID = Field(foreign_key="operators.id")
    via: str
    title: str
    collection: str | None = None
    tags: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    duplicates: str = "add"
    created_at: datetime = now()
    ended_at: datetime | None = moment()
    cancelled_at: datetime | None = moment()


class ImportItem(Row, table=True):
    """One picture of an import, or one folder of a bucket."""

    __tablename__ = "import_items"
    import_id: uuid.UUID = Field(primary_key=True, foreign_key="imports.id")
    place: int = Field(primary_key=True)
    source: str
    #: of the manifest, as a spreadsheet counts them
    line: int | None = None
    name: str | None = None
    collection: str | None = None
    tags: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    state: str = "waiting"
    attempt: int = 0
    #: how often what it comes from was out of reach
    tries: int = 0
    runner: uuid.UUID | None = None
    heartbeat_at: datetime | None = moment()
    not_before: datetime | None = moment()
    #: why it was refused, or waits
    sentence: str | None = None
    asset_id: uuid.UUID | None = Field(default=None, foreign_key="assets.id")
    version_id: uuid.UUID | None = Field(default=None, foreign_key="versions.id")
    #: what it looks like: [{"asset", "version", "how"}], ids
    alike: list[dict[str, Any]] = plain(list)
    ended_at: datetime | None = moment()
