"""Calls of image models, the money they cost, and pictures that are still being drawn."""

import uuid
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from workbench.models.rows import Row, made, moment, plain

#: whether a call was paid for, as far as anybody here can tell
Billed = Literal["no", "maybe", "yes"]


class ModelCall(Row, table=True):
    """One request that was sent to a provider, and what came of it; the row is there before the first byte goes out."""

    __tablename__ = "model_calls"
    id: uuid.UUID = made()
    edit_id: uuid.UUID = Field(foreign_key="edits.id")
    #: of the edit, and the try within it; both from 1
    attempt: int
    number: int
    #: a hash of the provider's address and key
    account: str
    model: str
    #: pictures that were asked for
    images: int
    #: what was sent, without prompt, pictures and key
    sent: dict[str, Any] = plain(dict)
    #: sent, answered, failed, lost (whoever waited for the answer died)
    state: str = "sent"
    sent_at: datetime = Field(
        default=None, sa_type=sa.DateTime(timezone=True), sa_column_kwargs={"server_default": sa.FetchedValue()}
    )
    ended_at: datetime | None = moment()
    status: int | None = None
    request_id: str | None = None
    kind: str | None = None
    sentence: str | None = None
    billed: str = "maybe"
    #: the raw pictures: [{"sha256", "size", "media_type", "width", "height"}]
    outputs: list[dict[str, Any]] = plain(list)
    usage: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    #: millionths of a US dollar, None = not known
    micros: int | None = Field(default=None, sa_type=sa.BigInteger)


class Spend(Row, table=True):
    """What an edit may cost, and what it came to, in millionths of a US dollar."""

    __tablename__ = "spends"
    edit_id: uuid.UUID = Field(foreign_key="edits.id", primary_key=True)
    operator_id: uuid.UUID = Field(foreign_key="operators.id")
    template: str
    model: str
    #: UTC
    day: date = Field(default=None, sa_column_kwargs={"server_default": sa.FetchedValue()})
    #: the estimate, None = the price is not known
    reserved: int | None = Field(default=None, sa_type=sa.BigInteger)
    spent: int | None = Field(default=None, sa_type=sa.BigInteger)
    #: reserved, settled, maybe (it may have been billed, so the estimate counts), released
    state: str = "reserved"
    #: the day of the price table
    priced_at: date | None = None
    updated_at: datetime = Field(
        default=None, sa_type=sa.DateTime(timezone=True), sa_column_kwargs={"server_default": sa.FetchedValue()}
    )


class Partial(Row, table=True):
    """A small preview of a candidate that a model is still drawing."""

    __tablename__ = "partials"
    edit_id: uuid.UUID = Field(foreign_key="edits.id", primary_key=True)
    index: int = Field(primary_key=True)
    number: int
    sha256: str = Field(foreign_key="blobs.sha256")
    at: datetime = Field(
        default=None, sa_type=sa.DateTime(timezone=True), sa_column_kwargs={"server_default": sa.FetchedValue()}
    )
