"""What assets, tags and collections may be called."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from workbench.errors import InvalidInput
from workbench.models import Asset


def taken(tx: Session, name: str) -> bool:
    """Whether an asset that is not archived is called so."""
    query = select(Asset.id).where(sa.func.lower(Asset.name) == name.lower(), col(Asset.archived_at).is_(None))
    return tx.exec(query).first() is not None


def checked_name(name: str) -> str:
    """The name without needless spaces; raises InvalidInput for an empty or endless one."""
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not 1 <= len(name) <= 200:
        raise InvalidInput("An asset's name has 1 to 200 characters.")
    return name


def checked_tags(tags: Sequence[str]) -> list[str]:
    """Tags in lower case, each once, in order; raises InvalidInput for too many or too long ones."""
    clean = sorted({" ".join(tag.split()).lower() for tag in tags if tag.strip()})
    if any(len(tag) > 50 for tag in clean) or len(clean) > 50:
        raise InvalidInput("An asset has at most 50 tags of at most 50 characters each.")
    return clean


def checked_collection(name: str | None) -> str | None:
    """The collection's name, None for none; raises InvalidInput for an endless one."""
    clean = " ".join((name or "").split())
    if len(clean) > 100:
        raise InvalidInput("A collection's name has at most 100 characters.")
    return clean or None
