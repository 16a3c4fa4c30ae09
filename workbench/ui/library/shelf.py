"""Everything the Library page shows, read in one transaction, and what its address says."""

import uuid
from dataclasses import dataclass

import streamlit as st

from workbench import db, sources, versions
from workbench.edits import reading
from workbench.errors import NotFound
from workbench.models import Asset
from workbench.permissions import Actor, may
from workbench.ui import address

#: pictures on one page: whole rows of 6, 5, 4, 3 and 2
PAGE = 60
SORTS = {"newest": "Newest first", "name": "By name"}


@dataclass(frozen=True)
class Shelf:
    """One page of the library."""

    actor: Actor
    page: sources.Page
    collections: list[str]
    #: assets on this page with an edit that waits for a decision
    awaited: set[uuid.UUID]
    #: the picture that is chosen, on this page or not
    chosen: Asset | None
    query: str
    within: list[str]
    sort: str
    archived: bool
    missing: str

    @property
    def narrowed(self) -> bool:
        """Whether a search or a collection leaves pictures out."""
        return bool(self.query or self.within)


def read(actor: Actor) -> Shelf:
    """What the address asks for."""
    query, sort = address.said("q", 100), address.said("sort") if address.said("sort") in SORTS else "newest"
    within = [name[:100] for name in st.query_params.get_all("in")[:20]]
    archived = address.said("archived") == "yes" and may(actor, "asset:archive")
    with db.transaction() as tx:
        missing = ""
        try:
            page = sources.library(
                tx, query=query, collections=within, archived=archived, sort=sort, limit=PAGE,
                after=address.said("after") or None, before=address.said("before") or None,
            )  # fmt: skip
        except NotFound:
            page = sources.library(tx, query=query, collections=within, archived=archived, sort=sort, limit=PAGE)
            missing = "The page in this address is gone, so the first one is shown."
        names = sources.collections(tx)
        awaited = reading.awaited(tx, [asset.id for asset in page.assets])
        chosen = next((asset for asset in page.assets if str(asset.id) == address.said("asset")), None)
        if chosen is None and address.said("asset"):
            try:
                chosen = versions.find_asset(tx, address.said("asset"))
            except NotFound:
                missing = "The picture in this address isn't here. The link may be cut off, or belong to another Loupe."
    return Shelf(actor, page, names, awaited, chosen, query, within, sort, archived, missing)


def first_page(**parameters: str | None) -> None:
    """Change what is asked for; another question begins on its first page, with nothing chosen."""
    address.put(after=None, before=None, asset=None, **parameters)
