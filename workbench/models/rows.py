"""What all tables share: the base class and its kinds of columns."""

from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


def made() -> Any:
    """An id that the database makes."""
    return Field(
        default=None, primary_key=True, sa_type=sa.Uuid, sa_column_kwargs={"server_default": sa.FetchedValue()}
    )


def now(**more: Any) -> Any:
    """The moment of the insert."""
    return Field(
        default=None,
        sa_type=sa.DateTime(timezone=True),
        sa_column_kwargs={"server_default": sa.func.now()},
        **more,
    )


def moment() -> Any:
    """A moment that may still come."""
    return Field(default=None, sa_type=sa.DateTime(timezone=True))


def plain(default: Any) -> Any:
    """Plain JSON."""
    return Field(default_factory=default, sa_type=JSONB)


class Row(SQLModel):
    """What every table shares."""

    __table_args__: ClassVar[Any] = {}
