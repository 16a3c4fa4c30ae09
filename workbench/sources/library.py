"""The library: assets page by page, by words, collection and order."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench import versions
from workbench.errors import NotFound
from workbench.models import Asset

#: up to so many assets that have the words searched for are sorted by themselves
FEW = 2000


@dataclass(frozen=True)
class Page:
    """One page of the library, the cursor of the next and, once turned over, that of the page before."""

    assets: list[Asset]
    next: str | None
    #: to be given as `before`; None on the first page
    back: str | None = None


def library(
    tx: Session, *, query: str = "", collections: Sequence[str] = (), archived: bool = False, sort: str = "newest",
    after: str | None = None, before: str | None = None, limit: int = 48,
) -> Page:  # fmt: skip
    """`limit` assets after the cursor `after`, newest change first or by name; words match by their beginning.

    With the cursor `before`, those just before it, in the same order.
    """
    among = _found(tx, query) if query.strip() else Asset
    statement = select(among).limit(limit + 1)
    statement = statement.where(col(among.archived_at).is_not(None) if archived else col(among.archived_at).is_(None))
    if words := _words(query):
        statement = statement.where(col(among.words).op("@@")(sa.func.to_tsquery("simple", words)))
    if len(collections) == 1:  # one by one, because only then an index has them in order
        statement = statement.where(col(among.collection) == collections[0])
    elif collections:
        statement = statement.where(col(among.collection).in_(list(collections)))
    first, by_name = sa.func.lower(among.name) if sort == "name" else col(among.updated_at), sort == "name"
    upwards = by_name != (before is not None)
    keys = (first, col(among.id))
    statement = statement.order_by(*(key.asc() if upwards else key.desc() for key in keys))
    if anchor := _anchor(tx, before or after):
        here = sa.tuple_(sa.func.lower(anchor.name) if by_name else sa.literal(anchor.updated_at), anchor.id)
        statement = statement.where(sa.tuple_(*keys) > here if upwards else sa.tuple_(*keys) < here)
    return _page(tx.exec(statement).all(), limit, turned=after is not None, backwards=before is not None)


def _found(tx: Session, query: str) -> type[Asset]:
    """Where to look for the words: among the few assets that have them, or, when they are many, among all in order.

    The planner can't know how many words begin so, and a rare word in the order of the list means reading all of it.
    """
    matches = select(Asset).where(col(Asset.words).op("@@")(sa.func.to_tsquery("simple", _words(query))))
    tx.execute(sa.text("set local enable_seqscan = off"))
    few = tx.execute(sa.select(sa.func.count()).select_from(matches.limit(FEW + 1).subquery())).scalar_one() <= FEW
    tx.execute(sa.text("set local enable_seqscan = on"))
    if not few:
        return Asset
    return sa.orm.aliased(Asset, matches.cte("found").prefix_with("materialized", dialect="postgresql"))


def _page(found: Sequence[Asset], limit: int, *, turned: bool, backwards: bool) -> Page:
    """The page that `found`, up to one more than `limit` in the direction of reading, makes."""
    more, shown = len(found) > limit, list(found[:limit])
    if backwards:
        shown.reverse()
    if not shown:
        return Page([], None)
    first, last = str(shown[0].id), str(shown[-1].id)
    return Page(shown, last if more or backwards else None, first if turned or (backwards and more) else None)


def _anchor(tx: Session, after: str | None) -> Asset | None:
    if after is None:
        return None
    found = versions.by_id(tx, Asset, after)
    if len(found) != 1:
        raise NotFound("That page is gone. Start again from the first one.")
    return found[0]  # type: ignore[no-any-return]


def _words(query: str) -> str:
    """The query as a tsquery of word beginnings; anything that is not a letter or digit separates words."""
    words = [
        "".join(c for c in word if c.isalnum()) for word in "".join(c if c.isalnum() else " " for c in query).split()
    ]
    return " & ".join(f"{word}:*" for word in words[:10] if word)


def collections(tx: Session, most: int = 30) -> list[str]:
    """The names of the first `most` collections, by stepping through their index: no asset more than once each."""
    step = sa.text(
        "with recursive step(name) as ("
        " (select collection from assets where archived_at is null and collection > '' order by collection limit 1)"
        " union all select (select collection from assets where archived_at is null and collection > step.name"
        " order by collection limit 1) from step where step.name is not null)"
        " select name from step where name is not null limit :most"
    )
    return list(tx.scalars(step, {"most": most}))
