"""What an account at a provider may ask for, what it was granted, and who waits for a turn."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from workbench.models.rows import Row, moment


class ModelLimit(Row, table=True):
    """An account at a provider; whoever takes pictures from it holds this row."""

    __tablename__ = "model_limits"
    #: a hash of the provider's address and key
    account: str = Field(primary_key=True)
    #: pictures in a window, and seconds of it, as the last caller knew them
    most: int
    span: float
    #: the provider said to wait
    blocked_until: datetime | None = moment()
    #: what the database's clock said when the row was last held
    latest: datetime | None = moment()


class ModelGrant(Row, table=True):
    """Pictures that were granted at once."""

    __tablename__ = "model_grants"
    id: int = Field(
        default=None, primary_key=True, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": sa.FetchedValue()}
    )
    account: str = Field(foreign_key="model_limits.account")
    at: datetime | None = moment()
    pictures: int


class ModelWaiter(Row, table=True):
    """Somebody who was told to come back, and is expected until then."""

    __tablename__ = "model_waiters"
    account: str = Field(foreign_key="model_limits.account", primary_key=True)
    waiter: str = Field(primary_key=True)
    pictures: int
    #: after everybody who waits at a screen
    batch: bool
    since: datetime | None = moment()
    expected_until: datetime | None = moment()
