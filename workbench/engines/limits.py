"""Whose turn it is at a provider: one row per account in the database, and the log of what it was granted.

    wait = limits.take(tx, account, most=5, window=60, waiter=str(edit.id))

Zero means the pictures are granted; otherwise wait that many seconds, without holding a transaction, and ask again
under the same name. Each of these functions is one short statement: give it a transaction of its own. All times are the
database's clock. docs/decisions/0010-limits.md tells why it is made so.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from workbench.errors import InvalidInput
from workbench.settings import settings

#: seconds that a grant is kept back beyond the provider's window: a request that took this much longer on its way than
#: the one that follows it a window later is still counted apart from it
MARGIN = 0.3
#: seconds after its time for which a waiter's room is kept: who was put back into the queue comes somewhat late
GRACE = 5.0
#: a provider that wants to be left alone for longer is asked again after an hour
LONGEST_BLOCK = 3600.0


@dataclass(frozen=True)
class Standing:
    """What an account has granted lately."""

    #: pictures granted within the window
    used: int
    most: int
    #: seconds
    window: float
    #: seconds until the provider takes requests again, 0.0 = it does
    blocked_for: float
    #: pictures that wait for their turn: of people at a screen, and of batches
    waiting: int = 0
    waiting_batch: int = 0


def take(
    tx: Session, account: str, *, pictures: int = 1, most: int, window: float, batch: bool = False, waiter: str,
    margin: float = MARGIN, grace: float = GRACE,
) -> float:  # fmt: skip
    """Ask for `pictures` at once: 0.0 when they are granted now, else the seconds until asking again makes sense.

    No `window` seconds hold more than `most` pictures, by all workers together. People are served in the order they
    first asked in under the name `waiter`, a request for several pictures in its turn, and before every `batch`.
    Raises InvalidInput for more pictures than a whole window has room for.
    """
    if pictures > most:
        raise InvalidInput(
            f"This asks for {pictures} pictures at once, and the provider gives {most} in {window:g} seconds. "
            f"Ask for {most} or fewer. Whoever runs Loupe can raise LOUPE_IMAGE_LIMIT if the account allows more."
        )
    statement = sa.text("select take_pictures(:account, :waiter, :pictures, :batch, :most, :window, :margin, :grace)")
    return float(tx.execute(statement, {
        "account": account, "waiter": waiter, "pictures": pictures, "batch": batch, "most": most, "window": window,
        "margin": margin, "grace": grace,
    }).scalar_one())  # fmt: skip


def block(tx: Session, account: str, seconds: float) -> None:
    """Let nobody take anything for `seconds`: the provider said so. A longer block that is there already stays."""
    statement = sa.text("select block_pictures(:account, :rest, :most, :window)")
    tx.execute(statement, {
        "account": account, "rest": max(0.0, min(seconds, LONGEST_BLOCK)),
        "most": settings().image_limit, "window": settings().image_window,
    })  # fmt: skip


def leave(tx: Session, account: str, waiter: str) -> None:
    """Give up a place in line, so that nobody waits for somebody who won't come."""
    tx.execute(
        sa.text("delete from model_waiters where account = :account and waiter = :waiter"),
        {"account": account, "waiter": waiter},
    )


def standing(tx: Session, account: str) -> Standing:
    """How much of its window an account has used, and who waits."""
    row = tx.execute(
        sa.text(
            "select l.most, l.span, greatest(extract(epoch from l.blocked_until - clock_timestamp()), 0) as blocked,"
            " (select coalesce(sum(pictures), 0) from model_grants g where g.account = l.account"
            "   and g.at > clock_timestamp() - make_interval(secs => l.span)) as used,"
            " coalesce(sum(w.pictures) filter (where not w.batch), 0) as people,"
            " coalesce(sum(w.pictures) filter (where w.batch), 0) as batches"
            " from model_limits l left join model_waiters w on w.account = l.account"
            "   and w.expected_until > clock_timestamp()"
            " where l.account = :account group by l.account"
        ),
        {"account": account},
    ).one_or_none()
    if row is None:
        return Standing(0, settings().image_limit, settings().image_window, 0.0)
    return Standing(int(row.used), row.most, row.span, float(row.blocked), int(row.people), int(row.batches))
